import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { expect, test as base } from '../helpers/test.ts'
import { cassettePath } from '../../src/store/cassette-name.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import { VirtualClock } from '../../src/clock.ts'
import type { OnExpiry } from '../../src/use/plan.ts'
import { recordMode, type RecordMode, type RecordModeAlias } from '../../src/use/record-mode.ts'
import { useCassette, withCassette } from '../../src/use/use-cassette.ts'
import type { UseCassetteOptions } from '../../src/use/use-options.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { answer, oneConnection, request as requestText, slowly } from '../helpers/tape.ts'

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
  test('saves no secrets, and finds the request with another one; redact: false saves all', async ({ dir, api }) => {
    const secret = ['aB3dE6gH', '9jK2mN5p'].join('')
    const env = { TENANT_API_KEY: secret }
    await ask(api.url, `/a?token=x1y2z3a4b5&t=${secret}`, { dir, env })
    const text = await readFile(join(dir, 'users.yaml'), 'utf8')
    expect(text).toContain('/a?token={{token.1}}&t={{env.1}}')
    expect(text).not.toContain(secret)
    expect(text).not.toContain('x1y2z3a4b5')

    expect(await ask(api.url, '/a?token=other&t=another', { dir, mode: 'none' })).toContain('answer 1')
    await ask(api.url, `/b?token=${secret}`, { dir, mode: 'all', redact: false, env })
    expect(await readFile(join(dir, 'users.yaml'), 'utf8')).toContain(`/b?token=${secret}`)
  })

  test('refuses a registered secret that is too short before the first request', async ({ dir, api }) => {
    const failure = ask(api.url, '/a', { dir, redact: { secrets: ['short'] } })
    await expect(failure).rejects.toMatchObject({ code: 'SECRET_TOO_SHORT' })
    expect(api.requests).toEqual([])
  })

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

/** The targets that the cassette `users` holds. */
async function recordedTargets(dir: string): Promise<string[]> {
  return interactionsOf(await loadCassette(join(dir, 'users.yaml'))).map(({ request }) => request.target)
}

test.describe('mode new_episodes', () => {
  test('replays what is there, records what is missing, and keeps both', async ({ dir, api }) => {
    await ask(api.url, '/a', { dir })
    {
      await using cassette = await useCassette('users', { dir, env: {}, mode: 'new_episodes' })
      const connection = cassette.connect(api.url)
      for (const target of ['/a', '/b']) await connection.request('GET', target)
      expect(await (await connection.getResponse()).text()).toBe('answer 1 to /a')
      expect(await (await connection.getResponse()).text()).toBe('answer 2 to /b')
      expect(cassette.summary).toEqual({ played: 1, recorded: 1, unused: 0 })
      expect(cassette.interactions.map(({ index, request }) => [index, request.target])).toEqual([
        [0, '/a'],
        [1, '/b'],
      ])
    }
    expect(api.requests).toEqual(['/a', '/b'])
    api.stop()
    expect(await ask(api.url, '/b', { dir, mode: 'none' })).toBe('answer 2 to /b')
    expect(await ask(api.url, '/a', { dir, mode: 'none' })).toBe('answer 1 to /a')
  })

  test('leaves the file alone where nothing was missing', async ({ dir, api }) => {
    await ask(api.url, '/a', { dir })
    const before = await readFile(join(dir, 'users.yaml'))
    await ask(api.url, '/a', { dir, mode: 'newEpisodes' })
    expect(await readFile(join(dir, 'users.yaml'))).toEqual(before)
    expect(api.requests).toEqual(['/a'])
  })
})

test.describe('mode update', () => {
  test('replaces the cassette, though the old one is broken', async ({ dir, api }) => {
    await writeFile(join(dir, 'users.yaml'), 'wiretape: [')
    expect(await ask(api.url, '/a', { dir, mode: 'update' })).toBe('answer 1 to /a')
    expect(await recordedTargets(dir)).toEqual(['/a'])
  })

  for (const recordOnError of [false, true]) {
    test(`leaves the old one where the run fails, with recordOnError ${recordOnError}`, async ({ dir, api }) => {
      await ask(api.url, '/a', { dir })
      await expect(failAfter(api.url, '/b', { dir, mode: 'rewrite', recordOnError })).rejects.toThrow('the run failed')
      expect(api.requests).toEqual(['/a', '/b'])
      expect(await recordedTargets(dir)).toEqual(['/a'])
    })
  }
})

test.describe('a run that fails', () => {
  test('leaves no cassette', async ({ dir, api }) => {
    await expect(failAfter(api.url, '/a', { dir })).rejects.toThrow('the run failed')
    await expect(access(join(dir, 'users.yaml'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('leaves one where recordOnError asks for it', async ({ dir, api }) => {
    await expect(failAfter(api.url, '/a', { dir, recordOnError: true })).rejects.toThrow('the run failed')
    expect(await recordedTargets(dir)).toEqual(['/a'])
  })
})

/** Asks for `target`, and then something else goes wrong. */
function failAfter(url: string, target: string, options: UseCassetteOptions): Promise<never> {
  return withCassette('users', { env: {}, ...options }, async (cassette) => {
    const connection = cassette.connect(url)
    await connection.request('GET', target)
    await (await connection.getResponse()).text()
    throw new Error('the run failed')
  })
}

test('withCassette gives what the run gives', async ({ dir }) => {
  expect(await withCassette('users', { dir, env: {} }, ({ mode }) => mode)).toBe('once')
})

test('mode passthrough neither reads nor writes a cassette', async ({ dir, api }) => {
  await writeFile(join(dir, 'users.yaml'), 'broken')
  expect(await ask(api.url, '/a', { dir, mode: 'passthrough' })).toBe('answer 1 to /a')
  expect(await readFile(join(dir, 'users.yaml'), 'utf8')).toBe('broken')
})

const passthrough: UseCassetteOptions['passthrough'] = ({ target }) => target === '/live'

test.describe('what passes through', () => {
  for (const ignoreHosts of [['127.0.0.1'], [/127\..*/]]) {
    test(`to ignoreHosts ${String(ignoreHosts)} is live in every mode, and not recorded`, async ({ dir, api }) => {
      await ask(api.url, '/a', { dir, ignoreHosts })
      await expect(access(join(dir, 'users.yaml'))).rejects.toMatchObject({ code: 'ENOENT' })
      await ask(api.url, '/a', { dir })
      expect(await ask(api.url, '/a', { dir, mode: 'none', ignoreHosts })).toBe('answer 3 to /a')
      expect(await ask(api.url, '/a', { dir, mode: 'none', ignoreHosts: ['127.0.0'] })).toBe('answer 2 to /a')
    })
  }

  test('by the function is live in every mode, and not recorded', async ({ dir, api }) => {
    const askBoth = async (mode: RecordMode): Promise<string[]> => {
      await using cassette = await useCassette('users', { dir, env: {}, mode, passthrough })
      const connection = cassette.connect(api.url)
      const answers: string[] = []
      for (const target of ['/a', '/live']) {
        await connection.request('GET', target)
        answers.push(await (await connection.getResponse()).text())
      }
      return answers
    }
    expect(await askBoth('once')).toEqual(['answer 1 to /a', 'answer 2 to /live'])
    expect(await recordedTargets(dir)).toEqual(['/a'])
    expect(await askBoth('none')).toEqual(['answer 1 to /a', 'answer 3 to /live'])
    expect(await askBoth('new_episodes')).toEqual(['answer 1 to /a', 'answer 4 to /live'])
    expect(await recordedTargets(dir)).toEqual(['/a'])
  })
})

test.describe('allowUnused: false', () => {
  test('makes eject name what was not replayed, each time it is called', async ({ dir, api }) => {
    await ask(api.url, '/a', { dir })
    const cassette = await useCassette('users', { dir, env: {}, allowUnused: false })
    await expect(cassette.eject()).rejects.toMatchObject({ code: 'UNPLAYED', message: /\/a/ })
    await expect(cassette.eject()).rejects.toMatchObject({ code: 'UNPLAYED' })
  })

  test('is content where all was replayed, or recorded, and silent about a run that failed', async ({ dir, api }) => {
    for (const _ of ['recorded', 'replayed']) await ask(api.url, '/a', { dir, allowUnused: false })
    const failure = withCassette('users', { dir, env: {}, allowUnused: false }, () => {
      throw new Error('the run failed')
    })
    await expect(failure).rejects.toThrow('the run failed')
  })
})

test('a clock given as timing moves the time limits of the connections, too', async ({ dir }) => {
  const cassette = oneConnection('http://api.test', (it) => it.sent(requestText('GET', '/')).received(answer('late')))
  await saveCassette(join(dir, 'users.yaml'), slowly(cassette, 60_000))
  const clock = new VirtualClock()
  await expect(ask('http://api.test', '/', { dir, mode: 'none', timing: clock })).rejects.toMatchObject({
    code: 'HEADERS_TIMEOUT',
  })
  expect(clock.now()).toBe(30_001)
})

test('while recording, a clock given as timing moves nothing: the server has its own', async ({ dir, api }) => {
  const clock = new FakeClock()
  const schedule = clock.schedule.bind(clock)
  let timers = 0
  clock.schedule = (delay, action) => ((timers += 1), schedule(delay, action))
  expect(await ask(api.url, '/a', { dir, timing: clock })).toBe('answer 1 to /a')
  expect(timers).toBe(0)
})

test.describe('a cassette older than maxAge', () => {
  const DAY = 86_400_000
  const inTwoDays = (): number => Date.now() + 2 * DAY

  async function askLate(dir: string, url: string, mode: RecordMode, onExpiry?: OnExpiry): Promise<string> {
    await ask(url, '/a', { dir })
    return ask(url, '/a', { dir, mode, maxAge: DAY, now: inTwoDays, onExpiry })
  }

  test('is replayed with a warning', async ({ dir, api }) => {
    const emitWarning = process.emitWarning.bind(process)
    const warnings: unknown[] = []
    process.emitWarning = (...warning: readonly unknown[]) => void warnings.push(...warning)
    try {
      expect(await askLate(dir, api.url, 'once')).toBe('answer 1 to /a')
    } finally {
      process.emitWarning = emitWarning
    }
    expect(warnings).toEqual([
      expect.stringMatching(/recorded at .*, maxAge is 86400000 ms; record it again with WIRETAPE_MODE=update/),
      { type: 'WiretapeWarning', code: 'CASSETTE_EXPIRED' },
    ])
  })

  test('fails where onExpiry says so', async ({ dir, api }) => {
    const expired = { code: 'CASSETTE_EXPIRED', file: join(dir, 'users.yaml'), message: /WIRETAPE_MODE=update/ }
    await expect(askLate(dir, api.url, 'none', 'fail')).rejects.toMatchObject(expired)
  })

  // oxfmt-ignore
  const RERECORDING: readonly (readonly [mode: RecordMode, answer: string])[] = [
    ['once',         'answer 2 to /a'],
    ['new_episodes', 'answer 2 to /a'],
    ['none',         'answer 1 to /a'],
  ]
  for (const [mode, expected] of RERECORDING) {
    test(`with rerecord in mode ${mode} gives ${expected}`, async ({ dir, api }) => {
      expect(await askLate(dir, api.url, mode, 'rerecord')).toBe(expected)
      expect(await ask(api.url, '/a', { dir, mode: 'none' })).toBe(expected)
    })
  }

  test('is as good as new on the day', async ({ dir, api }) => {
    await ask(api.url, '/a', { dir })
    expect(await ask(api.url, '/a', { dir, maxAge: DAY, onExpiry: 'fail' })).toBe('answer 1 to /a')
  })

  for (const option of [{ maxAge: -1 }, { maxAge: NaN }, { onExpiry: 'never' }]) {
    test(`refuses ${JSON.stringify(option)}`, async ({ dir }) => {
      // @ts-expect-error A caller without types.
      await expect(useCassette('users', { dir, env: {}, ...option })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    })
  }
})

type Option = RecordMode | RecordModeAlias | undefined

test.describe('a cassette in use', () => {
  test('reports which interactions it used, what it holds, and the misses that a client swallowed', async ({
    dir,
    api,
  }) => {
    const target = '/b?token=aB3dE6gH9jK2mN5p'
    {
      await using cassette = await useCassette('users', { dir, env: {} })
      const connection = cassette.connect(api.url)
      for (const path of ['/a', target, '/c']) {
        await connection.request('GET', path)
        await (await connection.getResponse()).bytes()
      }
      expect(cassette.used).toEqual([0, 1, 2])
      expect(JSON.stringify(cassette.cassette?.tape.map(textOf))).not.toContain('aB3dE6gH9jK2mN5p')
    }
    await using cassette = await useCassette('users', { dir, env: {} })
    const connection = cassette.connect(api.url)
    await connection.request('GET', target)
    await (await connection.getResponse()).bytes()
    expect(cassette.used).toEqual([1])
    expect(cassette.isExpired).toBe(false)
    await cassette
      .connect(api.url)
      .request('GET', '/unknown')
      .then(
        (it) => it,
        () => {},
      )
    await expect.poll(() => cassette.misses.map(({ code }) => code)).toEqual(['NO_MATCH'])
    expect(cassette.cassette?.tape.length).toBeGreaterThan(6)
  })

  test('that is not saved shows no secrets either', async ({ dir, api }) => {
    await using cassette = await useCassette('users', { dir, env: {}, save: false })
    await cassette.connect(api.url).request('GET', '/?token=aB3dE6gH9jK2mN5p')
    expect(JSON.stringify(cassette.cassette?.tape.map(textOf))).toContain('token={{token.1}}')
  })

  test('keeps what was sent, live and replayed, as much as it was asked to', async ({ dir, api }) => {
    const post = async (keepSent?: number): Promise<readonly string[]> => {
      await using cassette = await useCassette('users', { dir, env: {}, keepSent })
      const connection = cassette.connect(api.url)
      await connection.request('POST', '/', { body: 'tea' })
      await (await connection.getResponse()).bytes()
      return cassette.sent.map(({ to, bytes, omitted }) => `${to} ${Buffer.from(bytes).toString('latin1')} +${omitted}`)
    }
    const whole = `POST / HTTP/1.1\r\nHost: ${new URL(api.url).host}\r\nContent-Length: 3\r\n\r\ntea`
    expect(await post(1000)).toEqual([`${api.url} ${whole} +0`])
    expect(await post(1000)).toEqual([`${api.url} ${whole} +0`])
    expect(await post(4)).toEqual([`${api.url} POST +${whole.length - 4}`])
    expect(await post()).toEqual([])
  })
})

const textOf = (event: object): string => ('bytes' in event ? Buffer.from(Object(event.bytes)).toString('latin1') : '')

test.describe('the record mode', () => {
  const CASES: readonly (readonly [option: Option, env: Record<string, string>, mode: RecordMode])[] = [
    ['newEpisodes', {}, 'new_episodes'],
    ['rewrite', {}, 'update'],
    [undefined, { WIRETAPE_MODE: 'newEpisodes' }, 'new_episodes'],
    ['passthrough', { CI: 'true' }, 'none'],
    [undefined, {}, 'once'],
    ['all', {}, 'all'],
    [undefined, { CI: '' }, 'once'],
    [undefined, { CI: 'false' }, 'once'],
    [undefined, { CI: 'FALSE' }, 'once'],
    [undefined, { CI: '0' }, 'once'],
    [undefined, { CI: 'no' }, 'none'],
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
