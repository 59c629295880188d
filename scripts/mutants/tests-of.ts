import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

/** Test folders that also cover a room, besides its own. */
const WIDER: Readonly<Record<string, readonly string[]>> = {
  http1: ['test/conformance', 'test/client', 'test/fuzz.test.ts'],
  content: ['test/client', 'test/redaction', 'test/inspection'],
  client: ['test/reliability', 'test/raw', 'test/replay'],
  tape: ['test/store', 'test/recorder', 'test/format', 'test/use'],
  messages: ['test/redaction', 'test/hooks', 'test/inspection'],
  interactions: ['test/replay', 'test/recorder'],
  format: ['test/store', 'test/inspection'],
  redaction: ['test/recorder', 'test/replay', 'test/inspection'],
  hooks: ['test/use'],
  store: ['test/recorder', 'test/use', 'test/torture.test.ts', 'test/cli'],
  recorder: ['test/store', 'test/use', 'test/redaction', 'test/replay', 'test/torture.test.ts'],
  replay: ['test/interactions', 'test/use', 'test/serve'],
  inspection: ['test/cli', 'test/report', 'test/verify'],
  report: ['test/cli', 'test/playwright'],
  listen: ['test/serve', 'test/cli'],
  serve: ['test/cli', 'test/use'],
  use: ['test/hooks', 'test/playwright', 'test/recorder'],
  generate: ['test/msw'],
  msw: ['test/generate'],
  intercept: ['test/use', 'test/runner', 'test/cli/run.test.ts'],
  register: [
    'test/cli/run.test.ts',
    'test/cli/run-any-language.test.ts',
    'test/cli/redact-recover.test.ts',
    'test/intercept',
  ],
  link: ['test/register', 'test/playwright'],
  templates: ['test/matching', 'test/replay'],
  runner: ['test/runners.test.ts', 'test/playwright'],
  requests: ['test/cli'],
  console: ['test/cli'],
  proxy: ['test/cli/proxy.test.ts', 'test/cli/run-any-language.test.ts', 'test/serve'],
  certificates: ['test/proxy', 'test/intercept'],
  matching: ['test/replay', 'test/misses'],
  misses: ['test/replay', 'test/cli'],
  outgoing: ['test/replay', 'test/redaction'],
  playback: ['test/use', 'test/hooks'],
  protocols: ['test/replay', 'test/misses'],
  packets: ['test/import', 'test/cli'],
  shrink: ['test/cli'],
  view: ['test/cli', 'test/report'],
  websocket: ['test/replay', 'test/misses', 'test/redaction'],
}

/** Rooms whose tests run built code: their mutants are built, too. */
export const BUILT: ReadonlySet<string> = new Set([
  'cli',
  'console',
  'playwright',
  'register',
  'report',
  'requests',
  'runner',
])

/** Groups of test files for a mutant of `file`, the most likely to detect it first. */
export function testsOf(root: string, file: string): readonly (readonly string[])[] {
  const room = file.split('/')[0] ?? file
  const tests = testFiles(root)
  const near = tests.filter((test) => importsOf(root, test).has(`src/${file}`))
  const name = file.replace(/^.*\//, '').replace(/\.ts$/, '')
  const named = tests.filter((test) => test.endsWith(`/${name}.test.ts`))
  const own = tests.filter(
    (test) => test.startsWith(`test/${room}/`) || test === `test/${room.replace('.ts', '')}.test.ts`,
  )
  const wider = (WIDER[room] ?? []).flatMap((place) =>
    tests.filter((test) => test === place || test.startsWith(`${place}/`)),
  )
  const groups = [[...near, ...named], own, wider]
  const seen = new Set<string>()
  return groups
    .map((group) => [...new Set(group)].filter((test) => !seen.has(test) && seen.add(test)))
    .filter((group) => group.length > 0)
}

const testFiles = (root: string): readonly string[] =>
  readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `test/${file}`)
    .toSorted()

function importsOf(root: string, test: string): ReadonlySet<string> {
  const text = readFileSync(join(root, test), 'utf8')
  const targets = Array.from(text.matchAll(/from '(\.[^']+)'/g), ([, target = '']) =>
    relative(root, resolve(root, dirname(test), target)),
  )
  return new Set(targets)
}
