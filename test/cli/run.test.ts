import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { finish, type Finished, startCli } from './run-cli.ts'
import { api, projectWith, targetsIn } from './run-project.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'

test.describe('wiretape run -- COMMAND', () => {
  test('an unchanged script is recorded, then replayed without its server; its output and exit code are its own', async () => {
    const server = await api()
    await using project = await projectWith({
      'app.mjs': `import http from 'node:http'
console.log(await (await fetch('${server.url}/fetch')).text())
http.get('${server.url}/http', (answer) => {
  answer.on('data', (data) => console.log(String(data)))
  answer.on('end', () => process.exit(7))
})`,
    })
    const first = await project.run('--host', server.host, '--', 'node', 'app.mjs')
    expect(first).toMatchObject({ code: 7, stdout: '/fetch 1\n/http 2\n' })
    expect(first.stderr).toMatch(/^wiretape: cassettes\/app\.yaml: 2 recorded, 0 missed\n$/m)
    await server.stop()
    const second = await project.run('--host', server.host, '--', 'node', 'app.mjs')
    expect(second).toMatchObject({ code: 7, stdout: first.stdout })
    expect(second.stderr).toMatch(/2 played, 0 missed/)
    expect(await readdir(path.join(project.path, 'cassettes'))).toEqual(['app.yaml'])
  })

  test('what differs each time is left out as the miss says', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const server = await api()
    await using project = await projectWith({
      'app.mjs': `const url = '${server.url}/q?query_id=' + crypto.randomUUID()
console.log((await (await fetch(url)).text()).split('?')[0])`,
    })
    const run = (...options: readonly string[]): Promise<Finished> =>
      project.run('--host', server.host, ...options, '--', 'node', 'app.mjs')
    const first = await run()
    await server.stop()
    const missed = await run()
    expect(missed.code).not.toBe(0)
    const [, advice = ''] = /--match-on '(.*)' accepts it/.exec(missed.stderr) ?? []
    expect(missed.stderr).toContain('--mode new_episodes records it, and keeps the rest')
    expect(await run('--match-on', advice)).toMatchObject({ code: 0, stdout: first.stdout })
    expect(await run('--match-on', '["metod"]')).toMatchObject({ code: 2, stdout: '' })
    expect(await run('--mode', 'non')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("'-m, --mode <mode>'"),
    })
  })

  test('a module of hooks acts in all of its processes, when they record and when they replay', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const server = await api()
    await using project = await projectWith({
      'app.mjs': `import { spawnSync } from 'node:child_process'
const url = '${server.url}/q?query_id=' + crypto.randomUUID()
console.log(await (await fetch(url)).text())
if (process.argv[2] === undefined) spawnSync(process.execPath, [import.meta.filename, 'child'], { stdio: 'inherit' })`,
      'hooks.mjs': `export const normalizeRequest = ({ request }) =>
  ({ ...request, target: request.target.replace(/query_id=[^&]*/, 'query_id=any') })
export const beforeRecord = (interaction) =>
  ({ ...interaction, response: { ...interaction.response, body: 'as the hook wrote it' } })`,
      'none.mjs': 'export const name = 1',
    })
    const run = (hooks: string): Promise<Finished> =>
      project.run('--host', server.host, '--hooks', hooks, '--', 'node', 'app.mjs')
    expect((await run('hooks.mjs')).stdout).toMatch(/^\/q\S+ 1\n\/q\S+ 2\n$/)
    expect(await targetsIn(path.join(project.path, 'cassettes/app.yaml'))).toEqual(Array(2).fill('/q?query_id=any'))
    await server.stop()
    expect(await run('hooks.mjs')).toMatchObject({ code: 0, stdout: 'as the hook wrote it\n'.repeat(2) })
    for (const wrong of ['none.mjs', 'missing.mjs'])
      expect(await run(wrong)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('INVALID_OPTION') })
  })

  test('an answer is played as often as it is asked for, and when it came, if that is wanted', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const server = await api()
    await using project = await projectWith({
      'app.mjs': `for (let left = Number(process.argv[2]); left > 0; left--)
  console.log(await (await fetch('${server.url}/next')).text())`,
    })
    const run = (...words: readonly string[]): Promise<Finished> =>
      project.run('--host', server.host, ...words.slice(0, -1), '--', 'node', 'app.mjs', words.at(-1) ?? '')
    await run('1')
    await server.stop()
    expect(await run('2')).toMatchObject({ code: 1, stdout: '/next 1\n' })
    const more = await run('--repeat', '--timing', 'recorded', '2')
    expect(more).toMatchObject({ code: 0, stdout: '/next 1\n/next 1\n' })
  })

  test('workers, children and children that are killed are on the same cassette', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const server = await api()
    await using project = await projectWith({
      'app.mjs': `import { Worker } from 'node:worker_threads'
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
if (process.argv[2] !== undefined) {
  await (await fetch('${server.url}/' + process.argv[2])).text()
  if (process.argv[2] === 'killed') process.kill(process.pid, 'SIGKILL')
  if (process.argv[2] === 'ended') setInterval(() => process.kill(process.pid, 'SIGTERM'), 1)
} else {
  const ask = (name) => "fetch('${server.url}/" + name + "').then((answer) => answer.text())"
  await once(new Worker(ask('eval-worker'), { eval: true }), 'exit')
  await once(new Worker(new URL('file-worker.mjs', import.meta.url)), 'exit')
  await once(fork(new URL(import.meta.url), ['forked'], { execArgv: [] }), 'exit')
  await once(spawn(process.execPath, ['-e', ask('spawned')]), 'exit')
  await once(fork(new URL(import.meta.url), ['killed']), 'exit')
  console.log(await once(fork(new URL(import.meta.url), ['ended']), 'exit'))
}`,
      'file-worker.mjs': `await (await fetch('${server.url}/file-worker')).text()`,
    })
    const first = await project.run('--host', server.host, '--', 'node', 'app.mjs')
    const asked = ['/eval-worker', '/file-worker', '/forked', '/spawned', '/killed', '/ended']
    expect(first).toMatchObject({ code: 0, stdout: "[ null, 'SIGTERM' ]\n" })
    expect(server.asked).toEqual(asked)
    expect(await targetsIn(path.join(project.path, 'cassettes/app.yaml'))).toEqual(asked)
    await server.stop()
    const second = await project.run('--host', server.host, '--', 'node', 'app.mjs')
    expect(second).toMatchObject({ code: 0, stdout: first.stdout })
    expect(await readdir(path.join(project.path, 'cassettes'))).toEqual(['app.yaml'])
  })

  test('processes that ask the same one after another get the answers in recorded order, and more of them those of the first', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const server = await api()
    await using project = await projectWith({
      'ask.mjs': `console.log(await (await fetch('${server.url}/next')).text())
await fetch('${server.url}/' + process.argv[2])`,
      'twice.sh': 'node ask.mjs one\nnode ask.mjs two',
    })
    const first = await project.run('--host', server.host, '--', 'sh', 'twice.sh')
    expect(first.stdout).toBe('/next 1\n/next 3\n')
    expect(first.stderr).not.toContain('several processes')
    await server.stop()
    const second = await project.run('--host', server.host, '--', 'sh', 'twice.sh')
    expect(second).toMatchObject({ code: 0, stdout: first.stdout })
    await project.write('twice.sh', 'node ask.mjs one\nnode ask.mjs two\nnode ask.mjs two')
    const third = await project.run('--host', server.host, '--', 'sh', 'twice.sh')
    expect(third).toMatchObject({ code: 0, stdout: '/next 1\n/next 3\n/next 1\n' })
  })

  test('processes and threads that ask in turns get the answers in recorded order; that they were answered differently is named', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const server = await api()
    await using project = await projectWith({
      'ask.mjs': `import { parentPort } from 'node:worker_threads'
const ask = async () => (await fetch('${server.url}/next')).text()
if (parentPort) parentPort.on('message', async (last) => {
  parentPort.postMessage(await ask())
  if (last) parentPort.close()
})
else process.on('message', async (last) => {
  process.send(await ask())
  if (last) process.disconnect()
})`,
      'app.mjs': `import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
const child = fork('./ask.mjs'), thread = new Worker('./ask.mjs')
for (let turn = 0; turn < 3; turn++) {
  child.send(turn === 2)
  const [one] = await once(child, 'message')
  thread.postMessage(turn === 2)
  const [other] = await once(thread, 'message')
  console.log(one, other, await (await fetch('${server.url}/next')).text())
}`,
    })
    const first = await project.run('--host', server.host, '--', 'node', 'app.mjs')
    expect(first.stdout).toBe('/next 1 /next 2 /next 3\n/next 4 /next 5 /next 6\n/next 7 /next 8 /next 9\n')
    expect(first.stderr.match(/wiretape: .*several processes.*/g)).toEqual([
      `wiretape: GET ${server.url}/next: several processes were answered differently at the same time; in a replay the first to ask gets the first answer`,
    ])
    await server.stop()
    const second = await project.run('--host', server.host, '--', 'node', 'app.mjs')
    expect(second).toMatchObject({ code: 0, stdout: first.stdout })
    expect(second.stderr).toContain('9 played, 0 missed')
    expect(second.stderr).not.toContain('several processes')
  })

  test('a miss that the program swallows is reported, and gives 3 unless the program fails by itself', async () => {
    const server = await api()
    const ask = (target: string): string =>
      `await fetch('${server.url}${target}').then((it) => it.text()).catch(() => {})
process.exitCode = Number(process.argv[2] ?? 0)`
    await using project = await projectWith({ 'app.mjs': ask('/a') })
    await project.run('--host', server.host, '--', 'node', 'app.mjs')
    await project.write('app.mjs', ask('/b'))
    const missed = await project.run('--host', server.host, '--', 'node', 'app.mjs')
    expect(missed.code).toBe(3)
    expect(missed.stderr).toContain('no recorded interaction matches the request: GET')
    expect(missed.stderr).toMatch(/0 played, 1 unused, 1 missed/)
    expect((await project.run('--allow-misses', '--host', server.host, '--', 'node', 'app.mjs')).code).toBe(0)
    const failed = await project.run('--host', server.host, '--', 'node', 'app.mjs', '7')
    expect(failed.code).toBe(7)
    expect(failed.stderr).toMatch(/0 played, 1 unused, 1 missed/)
    expect(server.asked).toEqual(['/a'])
    await server.stop()
  })

  test('new_episodes adds what is new; update replaces, but not by a run that failed', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const server = await api()
    const ask = (...targets: readonly string[]): string =>
      targets.map((target) => `await (await fetch('${server.url}${target}')).text()\n`).join('')
    await using project = await projectWith({ 'app.mjs': ask('/a') })
    const file = path.join(project.path, 'cassettes/app.yaml')
    const run = (mode: string): Promise<Finished> =>
      project.run('-m', mode, '--host', server.host, '--', 'node', 'app.mjs')
    await run('once')
    await project.write('app.mjs', ask('/a', '/b'))
    expect((await run('new_episodes')).code).toBe(0)
    expect(server.asked).toEqual(['/a', '/b'])
    expect(await targetsIn(file)).toEqual(['/a', '/b'])
    await project.write('app.mjs', `${ask('/c')}process.exitCode = 1`)
    for (const mode of ['update', 'rewrite']) {
      expect((await run(mode)).code).toBe(1)
      expect(await targetsIn(file)).toEqual(['/a', '/b'])
    }
    await project.write('app.mjs', ask('/c'))
    expect((await run('update')).code).toBe(0)
    expect(await targetsIn(file)).toEqual(['/c'])
    await server.stop()
  })

  test('nothing is recorded in CI; a cassette that is not there is named', async () => {
    const server = await api()
    await using project = await projectWith({ 'app.mjs': `await fetch('${server.url}/a').catch(() => {})` })
    const env = { CI: 'true', WIRETAPE_MODE: '' }
    const words = ['run', '--host', server.host, '--', 'node', 'app.mjs']
    const run = await finish(startCli(words, { cwd: project.path, env }))
    expect(run.code).toBe(3)
    expect(run.stderr).toContain('there is no such cassette')
    expect(run.stderr).toContain('app.yaml')
    expect(server.asked).toEqual([])
    await server.stop()
  })

  test('a run that is killed with its leader is reported, and recovered', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const server = await api()
    await using project = await projectWith({
      'app.mjs': `await (await fetch('${server.url}/a')).text()\nprocess.kill(process.ppid, 'SIGKILL')\nprocess.kill(process.pid, 'SIGKILL')`,
    })
    const words = ['--host', server.host, '--', 'node', 'app.mjs']
    expect((await project.run(...words)).code).toBeNull()
    await project.write('app.mjs', '')
    expect((await project.run(...words)).stderr).toContain('wiretape recover cassettes/app.yaml')
    const recovered = await finish(startCli(['recover', 'cassettes/app.yaml'], { cwd: project.path }))
    expect(recovered).toMatchObject({ code: 0 })
    expect(await targetsIn(path.join(project.path, 'cassettes/app.yaml'))).toEqual(['/a'])
    expect(await readdir(path.join(project.path, 'cassettes'))).toEqual(['app.yaml'])
    await server.stop()
  })

  test('secrets do not reach a file', async () => {
    const server = await api()
    await using project = await projectWith({
      'app.mjs': `await fetch('${server.url}/a', { headers: { authorization: 'Bearer tok-8f3a91c07d52' } })\nprocess.exit(0)`,
    })
    await project.run('--host', server.host, '--', 'node', 'app.mjs')
    const text = await readFile(path.join(project.path, 'cassettes/app.yaml'), 'utf8')
    expect(text).toContain('{{authorization.1}}')
    expect(text).not.toContain('tok-8f3a91c07d52')
    await server.stop()
  })
})
