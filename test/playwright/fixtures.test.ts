import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect } from '../helpers/test.ts'
import { cassettePath } from '../../src/store/cassette-name.ts'
import { cassetteNameOf } from '../../src/use/test-name.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { configWith, makeProject, type Project, startNumberingApi, test } from './suite.ts'

// Each of these starts a runner of its own, more than once.
test.describe.configure({ mode: 'parallel', timeout: 240_000 })

/** One suite for all tests of the first group: a run of the inner runner costs more than what is in it. */
const SPECS = {
  'users.spec.ts': `
import { expect, test } from 'wiretape/playwright'

for (const name of ['lists users', 'Lists users', '../../escape']) {
  test(name, async ({ cassette }) => {
    const connection = cassette.connect(process.env.API_URL)
    await connection.request('GET', '/' + encodeURIComponent(name))
    const response = await connection.getResponse()
    expect(await response.text()).toMatch(/^answer/)
    expect(process.env.FAIL).not.toBe(name)
  })
}
`,
  'misses.spec.ts': `
import { expect, test } from 'wiretape/playwright'

test('asks for something else', async ({ fetch }) => {
  // In two pieces, since a report shows the line that failed.
  const token = 'aB3dE6gH' + '9jK2mN5p'
  await (await fetch(process.env.API_URL + (process.env.TARGET ?? '/recorded?token=' + token))).text()
})
`,
  'fails.spec.ts': `
import { expect, test } from 'wiretape/playwright'

test('fails while it is recorded', async ({ fetch }) => {
  await (await fetch(process.env.API_URL + '/recorded?token=aB3dE6gH9jK2mN5p')).text()
  expect(1).toBe(2)
})
`,
  'flaky.spec.ts': `
import { expect, test } from 'wiretape/playwright'

test.describe.configure({ retries: 1 })

test('passes when it is tried again', async ({ connect }, info) => {
  const connection = connect(process.env.API_URL)
  await connection.request('GET', '/')
  await (await connection.getResponse()).bytes()
  expect(info.retry).toBe(1)
})

test('breaks off by its own wish', async ({ fetch }) => {
  await (await fetch(process.env.API_URL + '/')).text()
  test.skip(true, 'not here')
})
`,
  'served.spec.ts': `
import { expect, test } from 'wiretape/playwright'

test('any client', async ({ replayServer }) => {
  const url = await replayServer(process.env.API_URL)
  expect(url).not.toBe(process.env.API_URL)
  const response = await globalThis.fetch(url + '/served')
  expect(response).toHaveStatus(200)
  expect(await response.text()).toMatch(/^answer/)
  served = url
})

let served = ''
test('afterwards', async () => {
  const error = await globalThis.fetch(served).catch((reason) => reason)
  expect(error.cause.code).toBe('ECONNREFUSED')
})
`,
  'hooks.spec.ts': `
import { expect, test } from 'wiretape/playwright'

const changing = (word) => ({ origin, request, response }) =>
  ({ origin, request, response: response && { ...response, body: response.body + word } })
test.use({ cassetteOptions: { beforeRecord: changing(', recorded'), beforePlayback: changing(', replayed') } })
test('asks', async ({ fetch }) => {
  const answer = await (await fetch(process.env.API_URL + '/hooked')).text()
  expect(answer.replace(/\\d+/, 'N')).toBe(process.env.CI ? 'answer N, recorded, replayed' : 'answer N')
})
`,
  'swallows.spec.ts': `
import { test } from 'wiretape/playwright'

test('swallows a miss', async ({ fetch }) => {
  await fetch(process.env.API_URL + (process.env.TARGET ?? '/recorded')).then((it) => it.text(), () => 'none')
})
`,
  'lenient.spec.ts': `
import { test } from 'wiretape/playwright'

test.use({ cassetteOptions: { failOnMiss: false } })
test('swallows a miss', async ({ fetch }) => {
  await fetch(process.env.API_URL + (process.env.TARGET ?? '/recorded')).then((it) => it.text(), () => 'none')
})
`,
  'absent.spec.ts': `
import { expect, test } from 'wiretape/playwright'

test('was never recorded', async ({ fetch }) => {
  await fetch(process.env.API_URL + '/absent')
})
`,
}
type Spec = keyof typeof SPECS

const FAILING: readonly Spec[] = ['fails.spec.ts', 'flaky.spec.ts']
const ABSENT: readonly Spec[] = ['absent.spec.ts']

/** What one run of the suite came to. */
interface Stage {
  readonly output: string
  /** What the server was asked for during the run. */
  readonly requests: readonly string[]
  /** The texts of the cassettes after it, by their paths. */
  readonly cassettes: Readonly<Record<string, string>>
  /** By `file: title`: `expected`, `unexpected`, `flaky` or `skipped`. */
  readonly outcomes: Readonly<Record<string, string>>
  /** What was attached to the last try of a test, decoded. */
  attachmentsOf(name: string): Readonly<Record<string, string>>
}

interface Attachment {
  readonly name: string
  readonly body?: string
}

async function runStage(project: Project, requests: string[], args: readonly string[], env: Record<string, string>) {
  const before = requests.length
  const { output } = await project.run(['--reporter=json', ...args], env)
  const report = Object(JSON.parse(output.slice(output.indexOf('{\n'))))
  const results = new Map<string, { status: string; results: { attachments: Attachment[] }[] }>()
  for (const { file, specs } of report.suites)
    for (const { title, tests } of specs) results.set(`${file}: ${title}`, tests[0])
  const stage: Stage = {
    output,
    requests: requests.slice(before),
    cassettes: await cassettesIn(project.dir),
    outcomes: Object.fromEntries([...results].map(([name, { status }]) => [name, status])),
    attachmentsOf: (name) => {
      const attachments = results.get(name)?.results.at(-1)?.attachments ?? []
      return Object.fromEntries(attachments.map((each) => [each.name, decoded(each)] as const))
    },
  }
  return stage
}

const decoded = ({ body = '' }: Attachment): string => Buffer.from(body, 'base64').toString()

async function cassettesIn(dir: string): Promise<Readonly<Record<string, string>>> {
  const paths = (await readdir(dir, { recursive: true })).filter((path) => path.includes('yaml')).toSorted()
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(dir, path), 'utf8')])),
  )
}

test.describe('the fixtures, over the life of a suite,', () => {
  test.describe.configure({ mode: 'default' })
  let recording: Stage
  let update: Stage
  let replay: Stage

  test.beforeAll(async () => {
    test.setTimeout(240_000)
    await using project = await makeProject()
    await using api = await startNumberingApi()
    for (const [name, text] of Object.entries(SPECS)) await writeFile(join(project.dir, name), text)
    const run = (specs: readonly Spec[], args: readonly string[], env: Record<string, string>): Promise<Stage> =>
      runStage(project, api.requests, [...args, ...specs], { API_URL: api.url, ...env })

    // The inner runner starts another worker for each file with options of its own, and after each failure.
    const quick: readonly Spec[] = ['users.spec.ts', 'misses.spec.ts']
    const more: readonly Spec[] = ['swallows.spec.ts', 'lenient.spec.ts', 'served.spec.ts', 'hooks.spec.ts']
    const recorded = isWhole ? [...quick, ...more] : quick
    recording = await run([...recorded, ...(isWhole ? FAILING : [])], [], {})
    if (isWhole)
      update = await run(['users.spec.ts', 'flaky.spec.ts'], ['--update-snapshots=all'], { FAIL: 'lists users' })
    replay = await run([...recorded, ...(isWhole ? ABSENT : [])], [], { CI: 'true', TARGET: '/other' })
  })

  test('record each test into a file of its own, and replay it without a request', () => {
    const users = Object.keys(recording.cassettes).filter((path) => path.startsWith('users'))
    expect(users).toEqual([
      expect.stringMatching(/^users\.spec\.ts-cassettes\/escape-[0-9a-f]{10}\.yaml$/),
      expect.stringMatching(/^users\.spec\.ts-cassettes\/lists-users-[0-9a-f]{10}\.yaml$/),
      LISTS_USERS,
    ])
    const outcomes = {
      'users.spec.ts: lists users': 'expected',
      'users.spec.ts: Lists users': 'expected',
      'users.spec.ts: ../../escape': 'expected',
    }
    expect(recording.outcomes).toMatchObject(outcomes)
    expect(replay.outcomes).toMatchObject(outcomes)
    expect(replay.requests).toEqual([])
  })

  test('leave the cassette of a failing test as it was, and replace that of one that passes', () => {
    test.skip(!isWhole, ONLY_WHOLE)
    expect(update.outcomes).toMatchObject({ 'users.spec.ts: lists users': 'unexpected' })
    expect(update.requests).toHaveLength(6)
    const changed = Object.keys(recording.cassettes).filter(
      (path) => update.cassettes[path] !== recording.cassettes[path],
    )
    expect(changed).toEqual(
      Object.keys(recording.cassettes).filter((path) => /^users.*-[0-9a-f]{10}\.yaml$/.test(path)),
    )
  })

  test('fail in CI where there is no cassette, without a request', () => {
    test.skip(!isWhole, ONLY_WHOLE)
    expect(replay.outcomes).toMatchObject({ 'absent.spec.ts: was never recorded': 'unexpected' })
    expect(replay.output).toMatch(/CASSETTE_NOT_FOUND|there is no cassette/)
    expect(replay.requests).toEqual([])
  })

  test('fail a test that swallows a miss, unless it says that this is fine', () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const name = 'spec.ts: swallows a miss'
    expect(recording.outcomes).toMatchObject({ [`swallows.${name}`]: 'expected', [`lenient.${name}`]: 'expected' })
    expect(replay.outcomes).toMatchObject({ [`swallows.${name}`]: 'unexpected', [`lenient.${name}`]: 'expected' })
  })

  test('attach the misses, the cassette and the conversation to a test that fails', () => {
    const name = 'misses.spec.ts: asks for something else'
    expect(replay.outcomes[name]).toBe('unexpected')
    const attachments = replay.attachmentsOf(name)
    expect(attachments['wiretape-misses.txt']).toContain('/other')
    expect(attachments['wiretape-misses.txt']).toContain('/recorded')
    expect(attachments['wiretape-cassette.yaml']).toContain('/recorded?token={{token.1}}')
    expect(attachments['wiretape-conversation.html']).toContain('asks for something else')
    expect(attachments['wiretape-conversation.html']).toContain('0 played, 0 recorded, 1 unused')
    expect(replay.output).not.toContain(SECRET)
  })

  test('attach what was recorded to a test that fails meanwhile, without secrets, and leave no file', () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const name = 'fails.spec.ts: fails while it is recorded'
    expect(recording.outcomes[name]).toBe('unexpected')
    const attachments = recording.attachmentsOf(name)
    expect(attachments['wiretape-cassette.yaml']).toContain('/recorded?token={{token.1}}')
    expect(attachments['wiretape-conversation.html']).toContain('0 played, 1 recorded, 0 unused')
    expect(JSON.stringify(attachments)).not.toContain(SECRET)
    expect(Object.keys(recording.cassettes).filter((path) => path.startsWith('fails'))).toEqual([])
  })

  test('record a test that passes when it is tried again where there is nothing, and replace nothing', () => {
    test.skip(!isWhole, ONLY_WHOLE)
    for (const { outcomes } of [recording, update])
      expect(outcomes).toMatchObject({ 'flaky.spec.ts: passes when it is tried again': 'flaky' })
    const path = 'flaky.spec.ts-cassettes/passes-when-it-is-tried-again.yaml'
    expect(recording.cassettes[path]).toContain('GET / HTTP/1.1')
    expect(update.cassettes[path]).toBe(recording.cassettes[path])
  })

  test('record nothing for a test that skips itself', () => {
    test.skip(!isWhole, ONLY_WHOLE)
    expect(recording.outcomes).toMatchObject({ 'flaky.spec.ts: breaks off by its own wish': 'skipped' })
    expect(Object.keys(update.cassettes).filter((path) => path.includes('breaks-off'))).toEqual([])
  })

  test('serve an origin to any client, recorded and replayed', () => {
    test.skip(!isWhole, ONLY_WHOLE)
    for (const { outcomes } of [recording, replay])
      expect(outcomes).toMatchObject({ 'served.spec.ts: any client': 'expected' })
    expect(recording.requests.filter((path) => path === '/served')).toHaveLength(1)
    expect(recording.cassettes['served.spec.ts-cassettes/any-client.yaml']).toMatch(/ost: 127\.0\.0\.1:\d+\n/)
  })

  test('close a server at the end of its test', () => {
    test.skip(!isWhole, ONLY_WHOLE)
    for (const { outcomes } of [recording, replay])
      expect(outcomes).toMatchObject({ 'served.spec.ts: afterwards': 'expected' })
  })

  test('put hooks of cassetteOptions before what is recorded and replayed', () => {
    test.skip(!isWhole, ONLY_WHOLE)
    for (const { outcomes } of [recording, replay])
      expect(outcomes).toMatchObject({ 'hooks.spec.ts: asks': 'expected' })
  })
})

const SECRET = 'aB3dE6gH9jK2mN5p'
const LISTS_USERS = 'users.spec.ts-cassettes/lists-users.yaml'

const REPORTED_SUITE = `
import { expect, test } from 'wiretape/playwright'
test.use({ baseURL: process.env.API_URL })

for (const title of ['one', 'two', 'three']) {
  test(title, async ({ fetch }) => {
    for (const path of (process.env.PATHS ?? '/a /b').split(' ')) expect(await fetch(path)).toHaveStatus('2xx')
  })
}

test.skip('skipped today', async ({ fetch }) => {})
`

// A reporter is looked for from Playwright's own folder, where this package does not know itself by name.
const REPORTER = resolve(import.meta.dirname, '../../dist/playwright/reporter.js')

test.describe('the reporter', () => {
  test('ends a run with what its cassettes were used for, and fails it where that is asked for', async ({
    project,
    api,
  }) => {
    test.skip(!isWhole, ONLY_WHOLE)
    const options = "{ failOn: process.env.FAIL_ON?.split(' '), playedList: 'played.jsonl' }"
    const reporter = `reporter: [['line'], [${JSON.stringify(REPORTER)}, ${options}]]`
    await writeFile(join(project.dir, 'playwright.config.ts'), configWith(reporter))
    await writeFile(join(project.dir, 'a.spec.ts'), REPORTED_SUITE)
    const recording = await project.run([], { API_URL: api.url })
    expect(recording).toMatchObject({ code: 0, output: /wiretape: 3 cassettes, 0 played, 6 recorded, 0 unused/ })
    expect(recording.output).toMatch(/recorded {2}a\.spec\.ts-cassettes\/one\.yaml: 2 interactions/)

    const folder = join(project.dir, 'a.spec.ts-cassettes')
    const text = await readFile(join(folder, 'one.yaml'), 'utf8')
    for (const name of ['left-over.yaml', 'skipped-today.yaml']) await writeFile(join(folder, name), text)
    const env = { API_URL: api.url, CI: 'true', PATHS: '/a' }
    const replay = await project.run([], { ...env, FAIL_ON: 'orphan expired' })
    expect(replay).toMatchObject({ code: 1, output: /wiretape: 3 cassettes, 3 played, 0 recorded, 3 unused/ })
    expect(replay.output).toMatch(/unused {4}a\.spec\.ts-cassettes\/two\.yaml: 1 of 2/)
    expect(replay.output.match(/orphan .*/g)).toEqual(['orphan    a.spec.ts-cassettes/left-over.yaml'])
    const played = (await readFile(join(project.dir, 'played.jsonl'), 'utf8')).trim().split('\n').slice(3)
    expect(played.map((line) => JSON.parse(line)).toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual(
      ['one', 'three', 'two'].map((name) => ({ path: `a.spec.ts-cassettes/${name}.yaml`, played: [0] })),
    )

    expect(replay.output).toContain('wiretape: the run fails for orphan')
    expect(await project.run([], env)).toMatchObject({ code: 0, output: /orphan {4}/ })
    // What only a part of the run cannot know, it does not say.
    expect((await project.run(['-g', 'one'], env)).output).not.toContain('orphan')
  })
})

test.describe('the name of a cassette', () => {
  test('is the title where that is a plain phrase, with a folder for each describe', () => {
    expect(cassetteNameOf(['users', 'lists all 3'])).toBe('users/lists-all-3')
  })

  test('is never shared by two titles, even where case is ignored', () => {
    const words = [
      'a',
      'A',
      'a b',
      'a-b',
      'a  b',
      'a_b',
      'ä',
      'a\u0308',
      '',
      ' ',
      '.',
      '..',
      '/',
      'con',
      'CON',
      '\0',
      '\n',
      '😀',
    ]
    const titles = [
      ...words,
      ...words.flatMap((left) => words.map((right) => left + right)),
      'x'.repeat(300),
      'x'.repeat(301),
    ]
    const distinct = new Set(titles)
    const names = new Set([...distinct].map((title) => cassetteNameOf([title]).toLowerCase()))
    expect(names.size).toBe(distinct.size)
    expect([...names].filter((name) => !/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(name))).toEqual([])
  })

  test('keeps 2,000 hostile titles apart, inside the folder', () => {
    const titles = new Set<string>()
    // oxfmt-ignore
    const words = ['../', '..', '/etc/passwd', 'C:\\', 'a', 'A', '\0', '\n', ' ', '.', '-', '%2e%2e', 'con', 'x'.repeat(90), '\u202e', '\u00e9', 'e\u0301', '\ud800', '~', '*', '|']
    for (let number = 0; titles.size < 2000; number++) {
      const digits = number
        .toString(words.length)
        .split('')
        .map((digit) => words[Number.parseInt(digit, words.length)])
      titles.add(digits.join(''))
    }
    const paths = [...titles].map((title) => cassettePath('/tapes', cassetteNameOf(['project', title])).toLowerCase())
    expect(new Set(paths).size).toBe(2000)
    expect(paths.filter((path) => !/^\/tapes\/project\/[a-z0-9-]+\.yaml$/.test(path))).toEqual([])
  })
})
