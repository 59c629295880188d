/**
 * Records the same tests under each runner, stops their server, and replays them again and again: `npm run runners -- [times] [runner...]`.
 *
 * A line for each runner: replays, misses, answers that a test did not get when it was recorded, and requests that reached the server.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { notesOfRun } from '../../src/runner/notes-file.ts'
import { Project } from '../../test/runner/project.ts'
import { RUNNERS, type RunnerCase } from '../../test/runner/runners.ts'
import { TicketServer } from '../../test/runner/scenario.ts'

interface Score {
  replays: number
  misses: number
  /** Tests that saw what another one should have seen, or nothing. */
  crossed: number
  connects: number
  failed: number
}

async function play(runner: RunnerCase, times: number): Promise<Score> {
  const files = Object.entries(runner.files).filter(([name]) => !name.startsWith('c.'))
  await using project = await Project.create(Object.fromEntries(files))
  const server = await TicketServer.start()
  const run = async (name: string, env: Readonly<Record<string, string>>) => {
    const [seen, notes] = [join(project.dir, name, 'seen'), join(project.dir, name, 'notes.jsonl')]
    await mkdir(join(project.dir, name))
    const given = { API_URL: `http://localhost:${server.port}`, SEEN: seen, WIRETAPE_NOTES: notes, ...env }
    const result = await project.run(runner.args({ workers: 2 }), given)
    return { ...result, seen: await project.notes(seen), notes: notesOfRun(notes) }
  }
  const first = await run('recorded', {})
  if (first.code !== 0) throw new Error(`${runner.name} did not record:\n${first.output}`)
  const score: Score = { replays: 0, misses: 0, crossed: 0, connects: 0, failed: 0 }
  const asked = server.requests.length
  const { port } = server
  await server.stop()
  for (; score.replays < times; score.replays++) {
    // Without a server for the odd ones; the even ones would find one that counts.
    const trap = score.replays % 2 === 0 ? await TicketServer.start(port) : undefined
    const { code, seen, notes } = await run(`replayed-${score.replays}`, {
      CI: 'true',
      API_URL: `http://localhost:${port}`,
    })
    score.connects += trap?.requests.length ?? 0
    await trap?.stop()
    if (code !== 0) score.failed++
    score.misses += notes.reduce((sum, { missed }) => sum + missed, 0)
    score.crossed += Object.keys(first.seen).filter((name) => !isDeepStrictEqual(seen[name], first.seen[name])).length
  }
  console.log(`${runner.name.padEnd(10)}  ${asked} requests recorded, ${JSON.stringify(score)}`)
  return score
}

const [times = '20', ...names] = process.argv.slice(2)
const chosen = RUNNERS.filter(({ name }) => names.length === 0 || names.includes(name))
for (const runner of chosen) {
  const { misses, crossed, connects, failed } = await play(runner, Number(times))
  if (misses + crossed + connects + failed > 0) process.exitCode = 1
}
