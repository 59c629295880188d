import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from '../helpers/test.ts'
import { every } from '../helpers/share.ts'
import { fetchOver } from '../../src/fetch/fetch-over.ts'
import { useCassette } from '../../src/index.ts'
import { serve } from '../helpers/live-server.ts'

/** Bytes for each path, as latin-1 text; what is not there is answered with `ok`. */
type Answers = Readonly<Record<string, string>>

interface Origin extends AsyncDisposable {
  readonly url: string
  /** The first lines of the requests that have come. */
  readonly asked: string[]
}

async function origin(answers: Answers): Promise<Origin> {
  const asked: string[] = []
  const server = await serve((socket) =>
    onRequests(socket, (line) => {
      asked.push(line)
      socket.write(Buffer.from(answers[line.split(' ')[1] ?? ''] ?? OK, 'latin1'))
    }),
  )
  return { url: `http://127.0.0.1:${server.port}`, asked, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** Requests without a body, or with one that comes with its head. */
function onRequests(socket: Socket, take: (line: string, count: number) => void): void {
  let count = 0
  socket.on('data', (bytes) => {
    const [line = ''] = bytes.toString('latin1').split(' HTTP/1.1\r\n')
    // A body of its own segment has no such line.
    if (/^[A-Z]+ \S+$/.test(line)) take(line, ++count)
  })
}

/** What a caller of `fetch` sees, with the port of the server left out. */
async function outcome(fetch: typeof globalThis.fetch, url: string, init: RequestInit): Promise<unknown> {
  const seen = await see(fetch, `${url}/from`, init).catch(
    ({ name, message, cause }) => ({ name, message, cause: { code: cause.code, message: cause.message } }) as const,
  )
  return JSON.parse(JSON.stringify(seen).replaceAll(url, 'http://server'))
}

async function see(fetch: typeof globalThis.fetch, url: string, init: RequestInit): Promise<object> {
  const response = await fetch(url, init)
  const { status, statusText, type, redirected } = response
  const headers = [...response.headers]
  const body = Buffer.from(await response.arrayBuffer()).toString('latin1')
  return { status, statusText, type, redirected, url: response.url, headers, body }
}

/** The three ways in which each case is asked. */
interface Ways {
  readonly plain: unknown
  readonly live: unknown
  readonly replayed: unknown
  readonly askedPlain: readonly string[]
  readonly askedLive: readonly string[]
}

async function inAllWays(dir: string, answers: Answers, init: RequestInit = {}): Promise<Ways> {
  const over = async (url: string): Promise<unknown> => {
    await using cassette = await useCassette('case', { dir, env: {}, mode: 'once', failOnMiss: true })
    await using fetch = fetchOver(cassette.connector)
    return await outcome(fetch, url, init)
  }
  const plainly = await origin(answers)
  const plain = await outcome(globalThis.fetch, plainly.url, init)
  await plainly[Symbol.asyncDispose]()
  const server = await origin(answers)
  const live = await over(server.url)
  await server[Symbol.asyncDispose]()
  const replayed = await over(server.url)
  return { plain, live, replayed, askedPlain: plainly.asked, askedLive: server.asked }
}

const redirect = (location: string, status = 302): string =>
  `HTTP/1.1 ${status} Found\r\n${location}\r\nContent-Length: 0\r\n\r\n`
const coded = (coding: string, body: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
const PNG = '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89'

interface Case {
  readonly from: string
  readonly init?: RequestInit
  /** The last request that the server sees. */
  readonly asks?: string
  readonly sees?: Readonly<Record<string, unknown>>
}

const CASES: Readonly<Record<string, Case>> = {
  'UTF-8 bytes in Location': { from: redirect('Location: /caf\xc3\xa9'), asks: 'GET /caf%C3%A9' },
  'UTF-8 bytes in the query of Location': {
    from: redirect('Location: /a?q=\xe2\x82\xac&r=\xf0\x9f\x8d\xb5'),
    asks: 'GET /a?q=%E2%82%AC&r=%F0%9F%8D%B5',
  },
  'an encoded Location': { from: redirect('Location: /caf%c3%a9'), asks: 'GET /caf%c3%a9' },
  'a Latin-1 byte in Location': { from: redirect('Location: /caf\xe9') },
  'a space in Location': { from: redirect('Location: /a b'), asks: 'GET /a%20b' },
  'redirect: manual, to an app': {
    from: redirect('Location: com.example.app:/cb?code=x'),
    init: { redirect: 'manual' },
    sees: { status: 302, headers: expect.arrayContaining([['location', 'com.example.app:/cb?code=x']]) },
  },
  'redirect: manual, to no host': {
    from: redirect('Location: https://'),
    init: { redirect: 'manual' },
    sees: { status: 302, headers: expect.arrayContaining([['location', 'https://']]) },
  },
  'redirect: manual, to mailto': {
    from: redirect('Location: mailto:ada@example.com', 303),
    init: { redirect: 'manual' },
    sees: { status: 303 },
  },
  'redirect: manual, with two places': {
    from: redirect('Location: /a\r\nLocation: /b'),
    init: { redirect: 'manual' },
    sees: { status: 302, headers: expect.arrayContaining([['location', '/a, /b']]) },
  },
  'a redirect to an app': { from: redirect('Location: com.example.app:/cb'), sees: { message: 'fetch failed' } },
  'a redirect to no host': { from: redirect('Location: https://'), sees: { message: 'fetch failed' } },
  'a redirect without Location': { from: redirect('X-Other: 1'), sees: { status: 302, redirected: false } },
  'redirect: error': { from: redirect('Location: /a'), init: { redirect: 'error' }, sees: { message: 'fetch failed' } },
  'a redirect without a length on an open connection': {
    from: 'HTTP/1.1 302 Found\r\nLocation: /a\r\n\r\n',
    asks: 'GET /a',
    sees: { status: 200, redirected: true },
  },
  'a redirect whose chunks do not end': {
    from: 'HTTP/1.1 303 See Other\r\nLocation: /a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
    asks: 'GET /a',
    sees: { status: 200 },
  },
  'a redirect of POST without a length': {
    from: 'HTTP/1.1 307 Temporary Redirect\r\nLocation: /a\r\n\r\n',
    init: { method: 'POST', body: 'tea' },
    asks: 'POST /a',
    sees: { status: 200 },
  },
  'status 999': { from: 'HTTP/1.1 999 Denied\r\nContent-Length: 2\r\n\r\nno', sees: { status: 999, body: 'no' } },
  'status 600': { from: 'HTTP/1.1 600 Odd\r\nContent-Length: 2\r\n\r\nno', sees: { status: 600, body: 'no' } },
  'status 101': {
    from: 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
    sees: { message: 'fetch failed', cause: { code: 'UND_ERR_SOCKET', message: 'bad upgrade' } },
  },
  'status 205 with a body': { from: 'HTTP/1.1 205 Reset\r\nContent-Length: 2\r\n\r\nno' },
  'Content-Encoding: aws-chunked': { from: coded('aws-chunked', 'a\0b'), sees: { status: 200, body: 'a\0b' } },
  'Content-Encoding: UTF-8': { from: coded('UTF-8', 'caf\xc3\xa9'), sees: { body: 'caf\xc3\xa9' } },
  'Content-Encoding: binary, a picture': { from: coded('binary', PNG), sees: { body: PNG } },
  'Content-Encoding: aws-chunked, a picture': { from: coded('aws-chunked', PNG), sees: { body: PNG } },
  'Content-Encoding: x-acme, a picture': { from: coded('x-acme', PNG), sees: { body: PNG } },
  'Content-Encoding: x-acme, text': { from: coded('x-acme', 'tea'), sees: { body: 'tea' } },
  'Content-Encoding: none': { from: coded('none', '{"a":1}'), sees: { body: '{"a":1}' } },
  'Content-Encoding: identity': { from: coded('identity', 'tea'), sees: { body: 'tea' } },
  'Content-Encoding: gzip, but it is not': { from: coded('gzip', 'tea') },
  'an answer that is cut': { from: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut\r\nHTTP' },
  'an answer that is not HTTP': { from: 'SSH-2.0-OpenSSH_9.6\r\n' },
}

test.describe('fetchOver is the fetch of this Node, live and replayed:', () => {
  for (const [name, { from, init, asks, sees }] of every(2, Object.entries(CASES)))
    test(name, async ({}, info) => {
      const ways = await inAllWays(info.outputPath(), { '/from': from }, init)
      expect(ways.live).toEqual(ways.plain)
      expect(ways.replayed).toEqual(ways.plain)
      expect(ways.askedLive).toEqual(ways.askedPlain)
      expect(ways.live).toMatchObject({ ...sees })
      if (asks !== undefined) expect(ways.askedLive.at(-1)).toBe(asks)
    })
})

test.describe('fetchOver is better than the fetch of this Node', () => {
  const REPEATED = ['Location: /a\r\nLocation: /a', 'Location: /a\r\nX: 1\r\nLOCATION: /a\r\nlocation: /a']
  for (const [at, lines] of REPEATED.entries())
    test(`where a redirect repeats its Location: it follows once (${at + 1})`, async ({}, info) => {
      const ways = await inAllWays(info.outputPath(), { '/from': redirect(lines) })
      expect(ways.askedLive).toEqual(['GET /from', 'GET /a'])
      expect(ways.live).toMatchObject({ status: 200, redirected: true, url: 'http://server/a' })
      expect(ways.replayed).toEqual(ways.live)
    })

  for (const lines of ['Location: /a\r\nLocation: /b', 'Location: /a\r\nLocation: /a\r\nLocation: /a/'])
    test(`where a redirect has several places it says so: ${JSON.stringify(lines)}`, async ({}, info) => {
      const ways = await inAllWays(info.outputPath(), { '/from': redirect(lines) })
      expect(ways.askedLive).toEqual(['GET /from'])
      expect(ways.live).toMatchObject({ message: 'fetch failed', cause: { code: 'AMBIGUOUS_LOCATION' } })
      expect(ways.replayed).toEqual(ways.live)
    })

  const ENDS: Readonly<Record<string, (socket: Socket) => void>> = {
    FIN: (socket) => void socket.end(),
    RST: (socket) => void socket.resetAndDestroy(),
  }
  for (const [how, end] of Object.entries(ENDS)) {
    for (const method of ['GET', 'HEAD'])
      test(`where a used connection ends with ${how} at the next ${method}: it asks again`, async ({}, info) => {
        const again: string[] = []
        const server = await endingServer(end, again)
        const ask = async (): Promise<readonly number[]> => {
          await using cassette = await useCassette('case', { dir: info.outputPath(), env: {}, mode: 'once' })
          await using fetch = fetchOver(cassette.connector)
          // undici ends a connection after HEAD, so every other request is a GET.
          return await times(10, async (at) => {
            const response = await fetch(`http://127.0.0.1:${server.port}/`, { method: at % 2 === 0 ? 'GET' : method })
            await response.text()
            return response.status
          })
        }
        expect(await ask()).toEqual(Array.from({ length: 10 }, () => 200))
        expect(again).toContain(`${method} /`)
        await server[Symbol.asyncDispose]()
        expect(await ask()).toEqual(Array.from({ length: 10 }, () => 200))
      })

    for (const init of [{ method: 'POST', body: 'tea' }, { method: 'POST' }, { method: 'PUT', body: 'tea' }])
      test(`but a ${init.method} with ${init.body ?? 'nothing'} is never sent twice (${how})`, async ({}, info) => {
        const again: string[] = []
        await using server = await endingServer(end, again)
        await using cassette = await useCassette('case', { dir: info.outputPath(), env: {}, mode: 'once' })
        await using fetch = fetchOver(cassette.connector)
        const results = await times(10, () =>
          fetch(`http://127.0.0.1:${server.port}/`, init).then(
            async (response) => response.text(),
            ({ cause }) => String(cause.code),
          ),
        )
        const failed = results.filter((result) => result !== 'ok')
        expect(failed.length).toBeGreaterThan(0)
        expect(failed).toHaveLength(again.length)
        for (const code of failed) expect(code).toMatch(/^(?:UND_ERR_SOCKET|ECONNRESET|EPIPE)$/)
      })
  }

  test('but a new connection that ends at once is not made again', async ({}, info) => {
    let connections = 0
    await using server = await serve((socket) => {
      connections += 1
      onRequests(socket, () => void socket.end())
    })
    await using cassette = await useCassette('case', { dir: info.outputPath(), env: {}, mode: 'once' })
    await using fetch = fetchOver(cassette.connector)
    const asking = fetch(`http://127.0.0.1:${server.port}/`)
    await expect(asking).rejects.toMatchObject({ cause: { code: 'UND_ERR_SOCKET' } })
    expect(connections).toBe(1)
  })
})

/** Answers the first request of each connection, and ends the connection at the second one. */
const endingServer = (end: (socket: Socket) => void, again: string[]): ReturnType<typeof serve> =>
  serve((socket) =>
    onRequests(socket, (line, count) => {
      if (count === 1) return void socket.write(line.startsWith('HEAD') ? OK.replace('ok', '') : OK)
      again.push(line)
      end(socket)
    }),
  )

/** One after another, with the moment between them in which a connection becomes idle. */
async function times<Result>(count: number, act: (at: number) => Promise<Result>): Promise<readonly Result[]> {
  const results: Result[] = []
  for (let at = 0; at < count; at++) {
    results.push(await act(at))
    for (let turn = 0; turn < 5; turn++) await setImmediate()
  }
  return results
}
