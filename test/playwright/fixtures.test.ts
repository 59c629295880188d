import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect } from '@playwright/test'
import { cassettePath } from '../../src/cassette/cassette-name.ts'
import { cassetteNameOf } from '../../src/playwright/title-path.ts'
import { configWith, test } from './suite.ts'

// Each test starts a runner or two of its own.
test.describe.configure({ mode: 'parallel', timeout: 240_000 })

const SUITE = `
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
`

test.describe('the cassette fixture', () => {
  test('records each test into a file of its own, and replays with the server gone', async ({ project, api }) => {
    await writeFile(join(project.dir, 'users.spec.ts'), SUITE)
    const recording = await project.run([], { API_URL: api.url })
    expect(recording).toMatchObject({ code: 0, output: /3 passed/ })
    expect(api.requests).toHaveLength(3)
    const files = await readdir(join(project.dir, 'users.spec.ts-cassettes'))
    expect(files.toSorted()).toEqual([
      expect.stringMatching(/^escape-[0-9a-f]{10}\.yaml$/),
      expect.stringMatching(/^lists-users-[0-9a-f]{10}\.yaml$/),
      'lists-users.yaml',
    ])

    api.stop()
    const replay = await project.run([], { API_URL: api.url, CI: 'true' })
    expect(replay).toMatchObject({ code: 0, output: /3 passed/ })
  })

  test('leaves the cassette of a failing test as it was', async ({ project, api }) => {
    await writeFile(join(project.dir, 'users.spec.ts'), SUITE)
    await project.run([], { API_URL: api.url })
    const folder = join(project.dir, 'users.spec.ts-cassettes')
    const passing = String((await readdir(folder)).find((name) => name.startsWith('lists-users-')))
    const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8')
    const before = [await read('lists-users.yaml'), await read(passing)]

    const failing = await project.run(['--update-snapshots=all'], { API_URL: api.url, FAIL: 'lists users' })
    expect(failing).toMatchObject({ code: 1, output: /1 failed/ })
    expect(api.requests).toHaveLength(6)
    expect(await read('lists-users.yaml')).toBe(before[0])
    expect(await read(passing)).not.toBe(before[1])
  })

  test('fails in CI where there is no cassette, without a request', async ({ project, api }) => {
    await writeFile(join(project.dir, 'users.spec.ts'), SUITE)
    const run = await project.run([], { API_URL: api.url, CI: 'true' })
    expect(run).toMatchObject({ code: 1, output: /CASSETTE_NOT_FOUND|there is no cassette/ })
    expect(api.requests).toEqual([])
  })
})

const FAILING_SUITE = `
import { expect, test } from 'wiretape/playwright'

test('asks for something else', async ({ fetch }) => {
  await (await fetch(process.env.API_URL + (process.env.TARGET ?? '/recorded?token=aB3dE6gH9jK2mN5p'))).text()
  expect(process.env.FAIL).toBe(undefined)
})
`

interface Attachment {
  readonly name: string
  readonly body?: string
}

/** The attachments of the last result of the only test, decoded. */
function attachmentsIn(report: string): Readonly<Record<string, string>> {
  const { suites } = Object(JSON.parse(report.slice(report.indexOf('{\n'))))
  const attachments: readonly Attachment[] = suites[0].specs[0].tests[0].results.at(-1).attachments
  return Object.fromEntries(
    attachments.map(({ name, body = '' }) => [name, Buffer.from(body, 'base64').toString()] as const),
  )
}

test.describe('a test that fails', () => {
  test('gets the misses, the cassette and the conversation attached', async ({ project, api }) => {
    await writeFile(join(project.dir, 'a.spec.ts'), FAILING_SUITE)
    await project.run([], { API_URL: api.url })
    const { code, output } = await project.run(['--reporter=json'], { API_URL: api.url, TARGET: '/other', CI: 'true' })
    expect(code).toBe(1)
    const attachments = attachmentsIn(output)
    expect(attachments['wiretape-misses.txt']).toContain('/other')
    expect(attachments['wiretape-misses.txt']).toContain('/recorded')
    expect(attachments['wiretape-cassette.yaml']).toContain('/recorded?token={{token.1}}')
    expect(attachments['wiretape-conversation.html']).toContain('asks for something else')
    expect(attachments['wiretape-conversation.html']).toContain('0 played, 0 recorded, 1 unused')
    expect(output).not.toContain('aB3dE6gH9jK2mN5p')
  })

  test('while it is recorded gets attached what was recorded, without secrets, and leaves no file', async ({
    project,
    api,
  }) => {
    await writeFile(join(project.dir, 'a.spec.ts'), FAILING_SUITE)
    const { code, output } = await project.run(['--reporter=json'], { API_URL: api.url, FAIL: 'yes' })
    expect(code).toBe(1)
    const attachments = attachmentsIn(output)
    expect(attachments['wiretape-cassette.yaml']).toContain('/recorded?token={{token.1}}')
    expect(attachments['wiretape-conversation.html']).toContain('0 played, 1 recorded, 0 unused')
    expect(JSON.stringify(attachments)).not.toContain('aB3dE6gH9jK2mN5p')
    const files = await readdir(project.dir, { recursive: true })
    expect(files.filter((name) => name.includes('yaml'))).toEqual([])
  })
})

const FLAKY_SUITE = `
import { expect, test } from 'wiretape/playwright'

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
`

test.describe('a test that passes when it is tried again', () => {
  test('records where there is nothing, and replaces nothing; one that skips itself records nothing', async ({
    project,
    api,
  }) => {
    await writeFile(join(project.dir, 'a.spec.ts'), FLAKY_SUITE)
    const first = await project.run(['--retries=1'], { API_URL: api.url })
    expect(first).toMatchObject({ code: 0, output: /1 flaky/ })
    const folder = join(project.dir, 'a.spec.ts-cassettes')
    expect(await readdir(folder)).toEqual(['passes-when-it-is-tried-again.yaml'])
    const before = await readFile(join(folder, 'passes-when-it-is-tried-again.yaml'), 'utf8')

    const again = await project.run(['--retries=1', '--update-snapshots=all'], { API_URL: api.url })
    expect(again).toMatchObject({ code: 0, output: /1 flaky/ })
    expect(await readFile(join(folder, 'passes-when-it-is-tried-again.yaml'), 'utf8')).toBe(before)
  })
})

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

const SERVED_SUITE = `
import { expect, test } from 'wiretape/playwright'

test('any client', async ({ replayServer }) => {
  const url = await replayServer(process.env.API_URL)
  expect(url).not.toBe(process.env.API_URL)
  const response = await globalThis.fetch(url + '/users')
  expect(response).toHaveStatus(200)
  expect(await response.text()).toMatch(/^answer/)
})
`

test('replayServer stands for the origin, for any client, while it is recorded and replayed', async ({
  project,
  api,
}) => {
  await writeFile(join(project.dir, 'a.spec.ts'), SERVED_SUITE)
  expect(await project.run([], { API_URL: api.url })).toMatchObject({ code: 0 })
  expect(api.requests).toEqual(['/users'])
  const text = await readFile(join(project.dir, 'a.spec.ts-cassettes/any-client.yaml'), 'utf8')
  expect(text).toContain(`ost: ${new URL(api.url).host}\n`)
  api.stop()
  expect(await project.run([], { API_URL: api.url, CI: 'true' })).toMatchObject({ code: 0 })
})

test.describe('the reporter', () => {
  test('ends a run with what its cassettes were used for, and fails it where that is asked for', async ({
    project,
    api,
  }) => {
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
    const replay = await project.run([], env)
    expect(replay).toMatchObject({ code: 0, output: /wiretape: 3 cassettes, 3 played, 0 recorded, 3 unused/ })
    expect(replay.output).toMatch(/unused {4}a\.spec\.ts-cassettes\/two\.yaml: 1 of 2/)
    expect(replay.output.match(/orphan .*/g)).toEqual(['orphan    a.spec.ts-cassettes/left-over.yaml'])
    const played = (await readFile(join(project.dir, 'played.jsonl'), 'utf8')).trim().split('\n').slice(3)
    expect(played.map((line) => JSON.parse(line)).toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual(
      ['one', 'three', 'two'].map((name) => ({ path: `a.spec.ts-cassettes/${name}.yaml`, played: [0] })),
    )

    // What only a part of the run cannot know, it does not say.
    expect((await project.run(['-g', 'one'], env)).output).not.toContain('orphan')
    const failing = await project.run([], { ...env, FAIL_ON: 'orphan expired' })
    expect(failing).toMatchObject({ code: 1, output: /wiretape: the run fails for orphan/ })
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
    for (const name of names) expect(name).toMatch(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/)
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
    for (const path of paths) expect(path).toMatch(/^\/tapes\/project\/[a-z0-9-]+\.yaml$/)
  })
})

test('hooks of cassetteOptions stand before what the fixture records and replays', async ({ project, api }) => {
  await writeFile(
    join(project.dir, 'hooks.spec.ts'),
    `
import { expect, test } from 'wiretape/playwright'

const changing = (word) => ({ origin, request, response }) =>
  ({ origin, request, response: response && { ...response, body: response.body + word } })
test.use({ cassetteOptions: { beforeRecord: changing(', recorded'), beforePlayback: changing(', replayed') } })
test('asks', async ({ fetch }) => {
  expect(await (await fetch(process.env.API_URL)).text()).toBe(process.env.EXPECTED)
})
`,
  )
  const recording = await project.run([], { API_URL: api.url, EXPECTED: 'answer 1' })
  expect(recording).toMatchObject({ code: 0, output: /1 passed/ })
  const replay = await project.run([], { API_URL: api.url, EXPECTED: 'answer 1, recorded, replayed', CI: 'true' })
  expect(replay).toMatchObject({ code: 0, output: /1 passed/ })
})
