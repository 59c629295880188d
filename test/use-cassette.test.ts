import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { expect, test as base } from '@playwright/test'
import { cassettePath } from '../src/cassette/cassette-name.ts'
import { recordMode, type RecordMode, useCassette, type UseCassetteOptions } from '../src/use-cassette.ts'

const test = base.extend<{ dir: string; api: { readonly url: string; readonly requests: string[]; stop(): void } }>({
  dir: async ({}, use) => {
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
    await use(dir)
    await rm(dir, { recursive: true })
  },
  api: async ({}, use) => {
    const requests: string[] = []
    const server: Server = createServer((request, response) => {
      requests.push(String(request.url))
      response.end(`answer ${requests.length} to ${request.url}`)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const stop = (): void => server.close().closeAllConnections()
    await use({ url: `http://127.0.0.1:${Object(server.address()).port}`, requests, stop })
    stop()
  },
})

/** Asks for `target` with the cassette `users`; an environment in which nothing is set. */
async function ask(url: string, target: string, options: UseCassetteOptions): Promise<string> {
  await using cassette = await useCassette('users', { env: {}, ...options })
  const connection = cassette.connect(url)
  await connection.request('GET', target)
  return (await connection.getResponse()).text()
}

test.describe('useCassette', () => {
  test('records the first time and replays from then on, with the server gone', async ({ dir, api }) => {
    expect(await ask(api.url, '/a', { dir })).toBe('answer 1 to /a')
    api.stop()
    expect(await ask(api.url, '/a', { dir })).toBe('answer 1 to /a')
    expect(api.requests).toEqual(['/a'])
  })

  test('mode none fails where there is no cassette, and says how to record one', async ({ dir, api }) => {
    const failure = ask(api.url, '/a', { dir, mode: 'none' })
    await expect(failure).rejects.toMatchObject({ code: 'CASSETTE_NOT_FOUND', message: /WIRETAPE_MODE=once/ })
    expect(api.requests).toEqual([])
  })

  test('mode all records again and replaces the file', async ({ dir, api }) => {
    await ask(api.url, '/a', { dir })
    expect(await ask(api.url, '/a', { dir, mode: 'all' })).toBe('answer 2 to /a')
    expect(await ask(api.url, '/a', { dir, mode: 'none' })).toBe('answer 2 to /a')
  })

  test('mode once fails on a request that the cassette does not hold, and leaves the file alone', async ({
    dir,
    api,
  }) => {
    await ask(api.url, '/a', { dir })
    const before = await readFile(join(dir, 'users.yaml'))
    await expect(ask(api.url, '/b', { dir })).rejects.toMatchObject({ code: 'NO_MATCH', message: /\/a/ })
    expect(await readFile(join(dir, 'users.yaml'))).toEqual(before)
    expect(api.requests).toEqual(['/a'])
  })

  test('a cassette that is broken is an error in every mode that reads it, never "no cassette"', async ({
    dir,
    api,
  }) => {
    await ask(api.url, '/a', { dir })
    const path = join(dir, 'users.yaml')
    const whole = await readFile(path, 'utf8')
    await writeFile(path, whole.slice(0, whole.length / 2))
    for (const mode of ['none', 'once'] as const) {
      await expect(ask(api.url, '/a', { dir, mode })).rejects.toMatchObject({
        name: 'CassetteError',
        file: path,
        line: expect.any(Number),
        column: expect.any(Number),
      })
    }
    expect(api.requests).toEqual(['/a'])
  })

  test('what was recorded is given up when the caller says so', async ({ dir, api }) => {
    const cassette = await useCassette('users', { dir, env: {} })
    const connection = cassette.connect(api.url)
    await connection.request('GET', '/a')
    await connection.getResponse()
    cassette.discard()
    await cassette.eject()
    await expect(access(join(dir, 'users.yaml'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('nothing recorded leaves no file', async ({ dir }) => {
    await (await useCassette('users', { dir, env: {} })).eject()
    await expect(access(join(dir, 'users.yaml'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('counts what was played, and names what was not', async ({ dir, api }) => {
    {
      await using recording = await useCassette('users', { dir, env: {} })
      const connection = recording.connect(api.url)
      for (const target of ['/a', '/b']) {
        await connection.request('GET', target)
        await (await connection.getResponse()).text()
      }
      expect(recording.summary).toEqual({ played: 0, recorded: 2, unused: 0 })
    }
    await using cassette = await useCassette('users', { dir, env: {} })
    const connection = cassette.connect(api.url)
    await connection.request('GET', '/b')
    await (await connection.getResponse()).text()
    expect(cassette.interactions.map(({ request }) => request.target)).toEqual(['/a', '/b'])
    expect(cassette.summary).toEqual({ played: 1, recorded: 0, unused: 1 })
    expect(cassette.allPlayed).toBe(false)
    expect(() => cassette.assertAllPlayed()).toThrow(/\/a/)
  })

  test('a refused connection is recorded, and refused again by the replay', async ({ dir, api }) => {
    api.stop()
    const refused = { code: 'CONNECT_FAILED', phase: 'tcp', systemCode: 'ECONNREFUSED' }
    await expect(ask(api.url, '/a', { dir })).rejects.toMatchObject(refused)
    await expect(ask(api.url, '/a', { dir, mode: 'none' })).rejects.toMatchObject(refused)
  })
})

test.describe('the record mode', () => {
  const CASES: readonly (readonly [option: RecordMode | undefined, env: Record<string, string>, mode: RecordMode])[] = [
    [undefined, {}, 'once'],
    ['all', {}, 'all'],
    [undefined, { CI: '' }, 'once'],
    [undefined, { CI: 'false' }, 'once'],
    [undefined, { CI: 'true' }, 'none'],
    ['once', { CI: '1' }, 'none'],
    ['all', { CI: 'true' }, 'none'],
    ['none', { WIRETAPE_MODE: 'all' }, 'all'],
    ['all', { WIRETAPE_MODE: 'none' }, 'none'],
    [undefined, { CI: 'true', WIRETAPE_MODE: 'once' }, 'once'],
  ]
  for (const [option, env, mode] of CASES) {
    test(`is ${mode} for option ${option} and environment ${JSON.stringify(env)}`, () => {
      expect(recordMode(option, env)).toBe(mode)
    })
  }

  test('that does not exist is refused by name', () => {
    expect(() => recordMode(undefined, { WIRETAPE_MODE: 'toString' })).toThrow(
      /WIRETAPE_MODE: "toString" is not one of/,
    )
  })
})

test.describe('the file of a cassette', () => {
  test('lies in the folder, under its name', () => {
    expect(cassettePath('/tapes', 'users/login')).toBe('/tapes/users/login.yaml')
    expect(cassettePath('/tapes', 'users.yml')).toBe('/tapes/users.yml')
  })

  const ESCAPES = [
    '',
    '.',
    '..',
    '../x',
    'a/../../b',
    '/abs',
    'a//b',
    'C:\\x',
    'a\\b',
    'x\0',
    'a\nb',
    'x.',
    ' x',
    'NUL',
  ]
  for (const name of [...ESCAPES, 'con.yaml', 'a'.repeat(300)]) {
    test(`cannot be called ${JSON.stringify(name).slice(0, 40)}`, () => {
      expect(() => cassettePath('/tapes', name)).toThrow(expect.objectContaining({ code: 'PATH_ESCAPE' }))
    })
  }
})
