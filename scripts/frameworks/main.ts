/**
 * Records the tests of an unchanged app with its page, stops the API, and replays them again and again:
 * `npm run frameworks -- express next sveltekit --replays 50`.
 *
 * A line for each app: replays, those that failed, answers that a test did not get when it was recorded, requests that reached the API, and how many
 * answers were recorded. Ends with 1 if there was any of these. Apps are installed into `.tmp/frameworks`.
 */
import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, rm, symlink } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { CHROMIUM } from '../../test/helpers/chromium.ts'
import { runSuite } from '../../test/playwright/suite.ts'
import { Upstream } from './upstream.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const CACHE = join(ROOT, '.tmp/frameworks')
const run = promisify(execFile)

interface App {
  /** The folder in `apps`. */
  readonly folder: string
  /** Done once, before the first test. */
  readonly build?: readonly string[]
  readonly command: string
  /** The folder whose files it serves as they are. Default: `public`. */
  readonly files?: string
}

const APPS: Readonly<Record<string, App>> = {
  express: { folder: 'express', command: 'node server.mjs' },
  next: { folder: 'next', build: ['next', 'build'], command: 'npx next start' },
  'next-dev': { folder: 'next', command: 'npx next dev' },
  // It compares the Origin of a form with its own address, which it has to be told.
  sveltekit: {
    folder: 'sveltekit',
    build: ['vite', 'build'],
    command: 'ORIGIN=http://localhost:$PORT node build',
    files: 'static',
  },
}

/** What each test saw: by its number, as JSON. */
type Seen = ReadonlyMap<number, string>

interface Score {
  readonly replays: number
  failed: number
  crossed: number
  hits: number
}

async function play(name: string, app: App, replays: number): Promise<Score> {
  const dir = await install(app)
  const suite = join(CACHE, `${name}-suite`)
  await prepareSuite(suite)
  await using api = await Upstream.start()
  const env = { APP_DIR: dir, APP_COMMAND: app.command, PORT: String(await freePort()), CHROMIUM, ...api.env }
  if (app.build !== undefined) await run('npx', [...app.build], { cwd: dir, env: { ...process.env, ...api.env } })
  const score: Score = { replays, failed: 0, crossed: 0, hits: 0 }

  const recorded = await attempt(suite, 'recorded', env)
  if (recorded.code !== 0) throw new Error(`${name} was not recorded:\n${recorded.output}`)
  checkDifferent(recorded.seen)
  const asked = api.asked.length
  console.log(`${name}: recorded ${recorded.seen.size} tests, ${asked} requests, ${api.preflights} preflights`)
  for (let number = 0; number < replays; number++) {
    // Without the API in every other replay; the others would find one that counts.
    await (number % 2 === 0 ? api.stop() : api.resume())
    const { code, output, seen } = await attempt(suite, `replay-${number}`, { ...env, CI: 'true' })
    if (code !== 0) console.log(output)
    if (code !== 0) score.failed++
    score.crossed += Array.from(recorded.seen).filter(([test, text]) => seen.get(test) !== text).length
  }
  score.hits = api.asked.length - asked
  console.log(`${name}: ${JSON.stringify(score)}`)
  return score
}

async function install({ folder, files = 'public' }: App): Promise<string> {
  const dir = join(CACHE, folder)
  await mkdir(dir, { recursive: true })
  await cp(join(import.meta.dirname, 'apps', folder), dir, { recursive: true })
  // What the page does is the same in all of them.
  await cp(join(import.meta.dirname, 'page.mjs'), join(dir, files, 'page.mjs'))
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: dir })
  return dir
}

async function prepareSuite(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true })
  await cp(join(import.meta.dirname, 'suite'), dir, { recursive: true })
  await mkdir(join(dir, 'node_modules'))
  await symlink(ROOT, join(dir, 'node_modules/wiretape'))
}

async function attempt(
  suite: string,
  name: string,
  env: Record<string, string>,
): Promise<{ readonly code: number; readonly output: string; readonly seen: Seen }> {
  const file = join(suite, `${name}.jsonl`)
  const result = await runSuite(suite, [], { ...env, SEEN: file })
  return { ...result, seen: await readSeen(file) }
}

async function readSeen(file: string): Promise<Seen> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const lines = text.split('\n').filter((line) => line !== '')
  return new Map(
    lines.map((line) => {
      const [, number = '', seen = ''] = /^\[(\d+),(.*)\]$/.exec(line) ?? []
      return [Number(number), seen]
    }),
  )
}

/** Otherwise nobody would notice if one test got the answer of another. */
function checkDifferent(seen: Seen): void {
  const numbers = [...seen.values()].flatMap((text) => Array.from(text.matchAll(/ (\d+)"/g), ([, number]) => number))
  if (new Set(numbers).size !== seen.size * 5) throw new Error('two answers of the API were equal')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = Object(server.address())
  await once(server.close(), 'close')
  return port
}

const { values, positionals } = parseArgs({
  options: { replays: { type: 'string', default: '5' } },
  allowPositionals: true,
})
for (const name of positionals.length === 0 ? Object.keys(APPS) : positionals) {
  const app = APPS[name]
  if (app === undefined) throw new Error(`${name} is none of ${Object.keys(APPS).join(', ')}`)
  const { failed, crossed, hits } = await play(name, app, Number(values.replays))
  if (failed + crossed + hits > 0) process.exitCode = 1
}
