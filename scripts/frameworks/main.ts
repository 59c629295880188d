/**
 * Runs the tests of an unchanged app with its page without wiretape, records them, stops the API, and replays them again and again:
 * `npm run frameworks -- express next sveltekit --replays 50`.
 *
 * A line for each run, and one for each app: replays, those that failed, tests that got another answer than when they were recorded or whose page sent
 * another number of preflights than without wiretape, and requests that reached the API. Ends with 1 if there was any of these. Apps are installed into
 * `.tmp/frameworks`.
 */
import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, rm, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { CHROMIUM } from '../../test/helpers/chromium.ts'
import { runSuite } from '../../test/playwright/suite.ts'
import { Upstream } from './upstream.ts'
import { freePort } from '../../test/helpers/free-port.ts'

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

/** What a test saw, and how many preflights its page sent. */
interface Sight {
  readonly seen: string
  readonly preflights: number
}

/** By the number of the test. */
type Sights = ReadonlyMap<number, Sight>

interface Score {
  readonly replays: number
  failed: number
  crossed: number
  preflighted: number
  hits: number
}

async function play(name: string, app: App, replays: number): Promise<Score> {
  const dir = await install(app)
  const suite = join(CACHE, `${name}-suite`)
  await prepareSuite(suite)
  await using api = await Upstream.start()
  const env = { APP_DIR: dir, APP_COMMAND: app.command, PORT: String(await freePort()), CHROMIUM, ...api.env }
  if (app.build !== undefined) await run('npx', [...app.build], { cwd: dir, env: { ...process.env, ...api.env } })

  const plain = await live(suite, `${name}: plain`, { ...env, PLAIN: 'yes' }, api)
  const recorded = await live(suite, `${name}: recorded`, env, api)
  const score: Score = { replays, failed: 0, crossed: 0, preflighted: apart(plain, recorded, 'preflights'), hits: 0 }
  for (let number = 1; number <= replays; number++) {
    // Without the API in every other replay; the others would find one that counts.
    await (number % 2 === 1 ? api.stop() : api.resume())
    const asked = api.asked.length
    const begun = performance.now()
    const { code, output, sights } = await attempt(suite, `replay-${number}`, { ...env, CI: 'true' })
    if (code !== 0) console.log(output)
    const crossed = apart(recorded, sights, 'seen')
    const preflighted = apart(plain, sights, 'preflights')
    const hits = api.asked.length - asked
    const seconds = Math.round((performance.now() - begun) / 1000)
    console.log(
      `${name}: replay ${number} of ${replays}${code === 0 ? '' : ' failed'}: ${sights.size} tests, ${crossed} crossed, ${sum(sights)} preflights, ${hits} hits, ${seconds} s`,
    )
    if (code !== 0) score.failed++
    score.crossed += crossed
    score.preflighted += preflighted
    score.hits += hits
  }
  console.log(`${name}: ${JSON.stringify(score)}`)
  return score
}

/** A run whose requests reach the API. */
async function live(suite: string, name: string, env: Record<string, string>, api: Upstream): Promise<Sights> {
  const before = { asked: api.asked.length, preflights: api.preflights }
  const { code, output, sights } = await attempt(suite, name.replaceAll(': ', '-'), env)
  if (code !== 0) throw new Error(`${name} run failed:\n${output}`)
  checkDifferent(sights)
  const preflights = api.preflights - before.preflights
  if (preflights !== sum(sights))
    throw new Error(`the browser sent ${sum(sights)} preflights, the API got ${preflights}`)
  console.log(`${name}: ${sights.size} tests, ${api.asked.length - before.asked} requests, ${preflights} preflights`)
  return sights
}

/** How many tests of the first are not the same in the second. */
const apart = (from: Sights, to: Sights, what: keyof Sight): number =>
  Array.from(from).filter(([test, sight]) => to.get(test)?.[what] !== sight[what]).length

const sum = (sights: Sights): number => Array.from(sights.values()).reduce((all, { preflights }) => all + preflights, 0)

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
): Promise<{ readonly code: number; readonly output: string; readonly sights: Sights }> {
  const file = join(suite, `${name}.jsonl`)
  const result = await runSuite(suite, [], { ...env, SEEN: file })
  return { ...result, sights: await readSights(file) }
}

async function readSights(file: string): Promise<Sights> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const lines = text.split('\n').filter((line) => line !== '')
  return new Map(
    lines.map((line) => {
      const { number, seen, preflights } = Object(JSON.parse(line))
      return [Number(number), { seen: JSON.stringify(seen), preflights: Number(preflights) }]
    }),
  )
}

/** Otherwise nobody would notice if one test got the answer of another. */
function checkDifferent(sights: Sights): void {
  const all = Array.from(sights.values(), ({ seen }) => seen).join('\n')
  const numbers = Array.from(all.matchAll(/ (\d+)"/g), ([, number]) => number)
  if (new Set(numbers).size !== sights.size * 5) throw new Error('two answers of the API were equal')
}

const { values, positionals } = parseArgs({
  options: { replays: { type: 'string', default: '5' } },
  allowPositionals: true,
})
for (const name of positionals.length === 0 ? Object.keys(APPS) : positionals) {
  const app = APPS[name]
  if (app === undefined) throw new Error(`${name} is none of ${Object.keys(APPS).join(', ')}`)
  const { failed, crossed, preflighted, hits } = await play(name, app, Number(values.replays))
  if (failed + crossed + preflighted + hits > 0) process.exitCode = 1
}
