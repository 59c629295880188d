import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from './helpers/test.ts'
import { SYSTEM_CLOCK } from '../src/clock.ts'
import { LONGEST_TIMER } from '../src/timers.ts'
import { isWhole, ONLY_WHOLE } from './helpers/share.ts'
import { runTypeScript } from './helpers/ts-process.ts'

const ROOT = join(import.meta.dirname, '..')
const SRC = join(ROOT, 'src')

test.describe('a conversation is recorded and replayed while the timers of the process are replaced by', () => {
  test('mock.timers of node:test', async () => {
    const { code, stdout, stderr } = await runTypeScript(new URL('reliability/fake-timers-process.ts', import.meta.url))
    expect([code, stderr.replaceAll(/^.*ExperimentalWarning.*\n|^.*--trace-warnings.*\n/gm, '')]).toEqual([0, ''])
    const live = ['hello /1', 'hello /2', 'hello /3']
    expect(JSON.parse(stdout)).toEqual({ live, replayed: live, isDated: true })
  })

  test('vi.useFakeTimers of Vitest', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
    const args = [vitest, 'run', '--config', 'test/reliability/vitest.config.ts', '--reporter=json']
    // What Playwright's environment says is not meant for another runner.
    const env = { PATH: process.env['PATH'] }
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, env })
    expect(JSON.parse(stdout)).toMatchObject({ numPassedTests: 1, numTotalTests: 1, success: true })
  })
})

test.describe('src', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    // Scripts of the page of `view` run in a browser.
    .filter((file) => file.endsWith('.ts') && file !== 'timers.ts' && !file.startsWith('view/page-'))

  test('takes its timers only from timers.ts', () => {
    const offenders = files.filter((file) => usesGlobals(readFileSync(join(SRC, file), 'utf8')))
    expect(offenders).toEqual([])
  })

  // The rule is worth nothing if a forbidden use passes it.
  for (const text of [
    'const timer = setTimeout(act, 1)',
    "import { setTimeout } from 'node:timers/promises'",
    'await new Promise(setImmediate)',
    'globalThis.queueMicrotask(act)',
    'const began = performance.now()',
    'const { now = Date.now } = options',
    'const at = new Date().toISOString()',
    'process.nextTick(act)',
  ]) {
    test(`may not say ${text}`, () => expect(usesGlobals(text)).toBe(true))
  }
  for (const text of [
    "import { setTimeout } from '../timers.ts'\nconst timer = setTimeout(act, 1)",
    'socket.setTimeout(5)',
    'const at = new Date(began)',
  ]) {
    test(`may say ${text}`, () => expect(usesGlobals(text)).toBe(false))
  }
})

test('a wait longer than the longest Node timer does not end at once', async () => {
  let hasRun = false
  const wait = SYSTEM_CLOCK.schedule(LONGEST_TIMER + 1, () => (hasRun = true))
  await new Promise<void>((resolve) => void SYSTEM_CLOCK.schedule(20, resolve))
  wait.cancel()
  expect(hasRun).toBe(false)
})

test('a wait of months uses several timers, none of which keeps the process alive after unref', async () => {
  const { stdout, stderr } = await runTypeScript(new URL('reliability/long-wait-process.ts', import.meta.url))
  expect(stderr).toBe('')
  const asked = [LONGEST_TIMER, LONGEST_TIMER, 5_000_000_000 - 2 * LONGEST_TIMER]
  expect(JSON.parse(stdout)).toEqual({ asked, unrefs: 3 })
})

/** Whether a file names timers or clocks that it has not from `timers.ts`. */
function usesGlobals(text: string): boolean {
  const code = text.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '')
  const [, names = ''] = /import \{([^}]*)\} from '[./]+\/timers\.ts'/.exec(code) ?? []
  const own = new Set(names.split(',').map((name) => name.trim()))
  const rest = code.replaceAll(/import \{[^}]*\} from '[./]+\/timers\.ts'/g, '')
  if (/\bperformance\b|\bDate\.now\b|\bnew Date\(\)|\bprocess\.nextTick\b|['"](?:node:)?timers/.test(rest)) return true
  return [...rest.matchAll(TIMERS)].some(([, before = '', name = '']) => before !== '' || !own.has(name))
}

const TIMERS =
  /(globalThis\.|(?<![\w.#]))\b((?:set|clear)(?:Timeout|Immediate|Interval)|queueMicrotask)\b(?!\(milliseconds)/g
