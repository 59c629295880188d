/**
 * `npm run beside -- 22 24`: libraries that hook the same methods as we do, or replace the same clients, started before and after us and ended
 * before and after us.
 *
 * A line for each library and version of Node: mocked requests on the cassette (0), requests that passed and are on it once, and clients
 * that worked when all had ended. `--only NAME` takes only libraries whose names begin so. Ends with 1 if something was not so.
 */
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { installPrograms, run } from '../clients/programs.ts'
import { nodeBinary } from '../install/nodes.ts'

/** Libraries, and the first version of Node on which they run. */
const LIBRARIES: Readonly<Record<string, number>> = {
  msw2: 20,
  msw3: 22,
  nock14: 20,
  nock15: 22,
  opentelemetry: 20,
  datadog: 22,
  sentry: 20,
}

/** What one of them has come to, in one order. */
interface Result {
  readonly seen: readonly string[]
  readonly after: readonly string[]
  readonly asked: readonly string[]
  readonly taped: readonly string[]
  /** How often a request that is not known as one is on it. */
  readonly raw: number
  /** The code with which no cassette was opened. */
  readonly refused?: string
}

const ROOT = resolve(import.meta.dirname, '..', '..')
const { values, positionals } = parseArgs({ allowPositionals: true, options: { only: { type: 'string' } } })
const programs = installPrograms(import.meta.dirname)
const env = {
  WIRETAPE: pathToFileURL(join(ROOT, 'dist', 'index.js')).href,
  WIRETAPE_CASSETTES: pathToFileURL(join(ROOT, 'dist', 'entries', 'cassette.js')).href,
}

for (const version of positionals.length === 0 ? [undefined] : positionals) {
  const node = nodeBinary(version)
  const major = Number.parseInt((await run(dirname(node), ['node', '-p', 'process.versions.node'], {})).stdout, 10)
  for (const [library, since] of Object.entries(LIBRARIES)) {
    if (values.only !== undefined && !library.startsWith(values.only)) continue
    const start = `${library.padEnd(14)} Node ${major}`
    if (major < since) console.log(`${start}  does not run`)
    else console.log(`${start}  ${await playAll(dirname(node), library)}`)
  }
}

async function playAll(bin: string, library: string): Promise<string> {
  const words: string[] = []
  const refused = new Set<string>()
  let played = 0
  for (const starts of ['first', 'last'])
    for (const ends of ['first', 'last']) {
      const program = join(programs, 'beside.mjs')
      const { code, stdout, stderr } = await run(bin, ['node', program, library, starts, ends], env)
      const result: Result | undefined = code === 0 ? JSON.parse(stdout.trim().split('\n').at(-1) ?? '') : undefined
      if (result?.refused !== undefined) refused.add(`started ${starts}: refused, ${result.refused}`)
      const problem = result === undefined ? stderr : problemIn(library, result)
      if (problem === undefined) played++
      if (problem === undefined || isExpected(library, starts, result)) continue
      process.exitCode = 1
      words.push(`started ${starts}, ended ${ends}: ${problem}`)
    }
  if (words.length > 0) return words.join('\n    ')
  return [
    `${played} of 4 orders: 0 mocked on the cassette, each that passed once, clients work after`,
    ...refused,
  ].join('; ')
}

/** These take the sockets of Node for themselves, so they have to come after us; that is said, and nothing is recorded. */
function isExpected(library: string, starts: string, result: Result | undefined): boolean {
  return ['msw3', 'nock15'].includes(library) && starts === 'first' && result?.refused === 'HOOKED_BEFORE'
}

function problemIn(library: string, { seen, after, asked, taped, raw, refused }: Result): string | undefined {
  const mocked = /^(?:msw|nock)/.test(library) ? ['mocked', 'mocked'] : []
  const expected = {
    seen: [...mocked, 'live /a', 'live /b', 'live /c'],
    after: ['live /d', 'live /e', 'live /f'],
    asked: ['/a', '/b', '/c', '/d', '/e', '/f'],
    taped: ['/a', '/b'],
    raw: 1,
  }
  if (refused !== undefined) return refused
  const found = { seen, after, asked, taped, raw }
  return isDeepStrictEqual(found, expected) ? undefined : JSON.stringify(found)
}
