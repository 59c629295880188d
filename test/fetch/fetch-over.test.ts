import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { gzipSync } from 'node:zlib'
import { buffer } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from '../helpers/test.ts'
import { type ConnectorFetch, fetchOver } from '../../src/fetch/fetch-over.ts'
import { connectSocket } from '../../src/client/socket-connector.ts'
import type { Connector } from '../../src/transport.ts'

interface Site extends AsyncDisposable {
  readonly url: string
  readonly fetch: ConnectorFetch
  /** Connections made so far. */
  readonly connects: () => number
}

async function site(listener: RequestListener): Promise<Site> {
  const server = createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  let connects = 0
  const counting: Connector = (origin, settings) => {
    connects += 1
    return connectSocket(origin, settings)
  }
  const fetch = fetchOver(counting)
  return {
    url: `http://127.0.0.1:${Object(server.address()).port}`,
    fetch,
    connects: () => connects,
    async [Symbol.asyncDispose]() {
      await fetch.close()
      server.close().closeAllConnections()
    },
  }
}

const echo: RequestListener = (request, response) => {
  void describe(request).then((text) => response.setHeader('Content-Type', 'application/json').end(text))
}

const describe = async (request: IncomingMessage): Promise<string> =>
  JSON.stringify({
    method: request.method,
    url: request.url,
    headers: request.rawHeaders,
    body: (await buffer(request)).toString('latin1'),
  })

/** Answers `/N` with a redirect to what `steps` says, and anything else as `echo` does. */
const redirecting =
  (status: number, location: string): RequestListener =>
  (request, response) => {
    if (request.url !== '/from') return echo(request, response)
    request.resume().on('end', () => response.writeHead(status, { Location: location }).end('moved'))
  }

test.describe('fetchOver', () => {
  test('returns a Response like fetch, and reuses a connection after its body was read', async () => {
    await using it = await site(echo)
    const response = await it.fetch(`${it.url}/a?b=c#d`)
    expect(response).toBeInstanceOf(Response)
    expect(response).toMatchObject({
      status: 200,
      statusText: 'OK',
      ok: true,
      redirected: false,
      url: `${it.url}/a?b=c`,
    })
    expect(await response.json()).toMatchObject({ method: 'GET', url: '/a?b=c', body: '' })
    const made = new Request(`${it.url}/c`, { headers: { 'X-Tea': 'green' } })
    for (const input of [new URL('/b', it.url), made, `${it.url}/d`, `${it.url}/e`]) {
      // A connection is idle again a moment after its answer has been read.
      await setImmediate()
      expect(await (await it.fetch(input)).json()).toMatchObject({ method: 'GET', body: '' })
    }
    expect(it.connects()).toBeLessThan(5)
  })

  test('makes another connection if a body has not been read', async () => {
    await using it = await site(echo)
    const unread = await it.fetch(it.url)
    await (await it.fetch(it.url)).text()
    expect(it.connects()).toBe(2)
    await unread.text()
  })

  const BODIES: readonly (readonly [string, NonNullable<RequestInit['body']>, string])[] = [
    ['text', 'tea & milk', 'tea & milk'],
    ['bytes', new Uint8Array([0, 255, 10]), '\0\u00ff\n'],
    ['a form', new URLSearchParams({ tea: 'green & hot' }), 'tea=green+%26+hot'],
    ['a stream', new Blob(['streamed']).stream(), 'streamed'],
  ]
  // `fetch` wants it for streams, and takes it for others.
  const STREAMED = { duplex: 'half' } as const
  for (const [name, body, sent] of BODIES) {
    test(`sends ${name} unchanged`, async () => {
      await using it = await site(echo)
      const response = await it.fetch(it.url, { method: 'POST', body, ...STREAMED })
      expect(await response.json()).toMatchObject({ method: 'POST', body: sent })
    })
  }

  test('sends the type of a form', async () => {
    await using it = await site(echo)
    const body = new FormData()
    body.set('tea', 'green')
    const { headers } = Object(await (await it.fetch(it.url, { method: 'POST', body })).json())
    expect(headers[headers.indexOf('content-type') + 1]).toMatch(/^multipart\/form-data; boundary=/)
  })

  test('decodes content codings', async () => {
    await using it = await site((_request, response) => {
      response.setHeader('Content-Encoding', 'gzip').end(gzipSync('squeezed'))
    })
    expect(await (await it.fetch(it.url)).text()).toBe('squeezed')
  })

  for (const status of [204, 205, 304]) {
    test(`returns no body with ${status}, and keeps the connection`, async () => {
      await using it = await site((_request, response) => response.writeHead(status).end())
      const response = await it.fetch(it.url)
      expect(response.status).toBe(status)
      expect(response.body).toBeNull()
      await (await it.fetch(it.url)).text()
    })
  }

  test.describe('a redirect', () => {
    const REWRITES: readonly (readonly [status: number, method: string, becomes: string])[] = [
      [301, 'GET', 'GET'],
      [301, 'POST', 'GET'],
      [302, 'POST', 'GET'],
      [302, 'PUT', 'PUT'],
      [303, 'PUT', 'GET'],
      [303, 'GET', 'GET'],
      [307, 'POST', 'POST'],
      [308, 'POST', 'POST'],
    ]
    for (const [status, method, becomes] of REWRITES) {
      test(`${status} of ${method} is followed by ${becomes}`, async () => {
        await using it = await site(redirecting(status, '/to'))
        const body = method === 'GET' ? undefined : 'sent'
        const response = await it.fetch(`${it.url}/from`, { method, ...(body === undefined ? {} : { body }) })
        expect(response).toMatchObject({ redirected: true, url: `${it.url}/to` })
        const seen = Object(await response.json())
        expect(seen).toMatchObject({ method: becomes, body: becomes === 'GET' ? '' : 'sent' })
        expect(seen.headers.includes('content-type')).toBe(becomes !== 'GET')
      })
    }

    for (const status of [301, 302, 303, 307, 308])
      test(`${status} of HEAD is followed by HEAD`, async () => {
        const methods: unknown[] = []
        await using it = await site((request, response) => {
          methods.push(`${request.method} ${request.url}`)
          redirecting(status, '/to')(request, response)
        })
        const response = await it.fetch(`${it.url}/from`, { method: 'HEAD' })
        expect(response).toMatchObject({ redirected: true, status: 200, body: null })
        expect(methods).toEqual(['HEAD /from', 'HEAD /to'])
      })

    test('to another origin drops credentials', async () => {
      await using other = await site(echo)
      await using it = await site(redirecting(307, `${other.url}/to`))
      const headers = { Authorization: 'Bearer x', Cookie: 'a=b', 'X-Tea': 'green' }
      const response = await it.fetch(`${it.url}/from`, { headers })
      const seen: readonly string[] = Object(await response.json()).headers
      const names = seen.map((text) => text.toLowerCase())
      expect(names).toContain('x-tea')
      expect(names).not.toContain('authorization')
      expect(names).not.toContain('cookie')
    })

    test('is an error with redirect: error, and an answer with redirect: manual', async () => {
      await using it = await site(redirecting(302, '/to'))
      await expect(it.fetch(`${it.url}/from`, { redirect: 'error' })).rejects.toMatchObject({
        cause: { message: 'unexpected redirect' },
      })
      const response = await it.fetch(`${it.url}/from`, { redirect: 'manual' })
      expect(response.status).toBe(302)
      expect(await response.text()).toBe('moved')
    })

    test('that is not followed may have several places, as in fetch', async () => {
      await using it = await site((request, response) => {
        request.resume().on('end', () => response.writeHead(302, ['Location', '/a', 'Location', '/b']).end('moved'))
      })
      const asked = new Request(`${it.url}/from`, { redirect: 'manual' })
      for (const response of [await it.fetch(`${it.url}/from`, { redirect: 'manual' }), await it.fetch(asked)])
        expect([response.status, await response.text()]).toEqual([302, 'moved'])
      // What is said beside the request counts more.
      await expect(it.fetch(asked.clone(), { redirect: 'follow' })).rejects.toMatchObject({
        cause: { code: 'AMBIGUOUS_LOCATION' },
      })
    })

    test('that never ends is given up after 20', async () => {
      let requests = 0
      await using it = await site((_request, response) => {
        requests += 1
        response.writeHead(302, { Location: '/' }).end()
      })
      await expect(it.fetch(it.url)).rejects.toMatchObject({
        cause: { message: 'redirect count exceeded' },
      })
      expect(requests).toBe(21)
    })
  })

  test('resolves relative URLs against the given base', async () => {
    await using it = await site(echo)
    await using fetch = fetchOver(connectSocket, { baseURL: `${it.url}/base/` })
    expect(await (await fetch('users?a=b')).json()).toMatchObject({ url: '/base/users?a=b' })
  })

  test('stops when its signal aborts', async () => {
    await using it = await site((_request, response) => response.write('the beginning'))
    const reason = new Error('enough')
    const aborter = new AbortController()
    const response = await it.fetch(it.url, { signal: aborter.signal })
    const reading = response.text()
    aborter.abort(reason)
    await expect(reading).rejects.toBe(reason)
    await expect(it.fetch(it.url, { signal: aborter.signal })).rejects.toBe(reason)
  })

  test('closes the connection of a cancelled body', async () => {
    const closed: Promise<unknown>[] = []
    await using it = await site((request, response) => {
      closed.push(once(request.socket, 'close'))
      response.write('the beginning')
    })
    const response = await it.fetch(it.url)
    await response.body?.cancel()
    await closed[0]
  })

  test('refuses what fetch refuses', async () => {
    await using it = await site(echo)
    await expect(it.fetch('/no-origin')).rejects.toThrow(TypeError)
    await expect(it.fetch(it.url, { method: 'GET', body: 'x' })).rejects.toThrow(TypeError)
  })

  test('has the error of the connection as its cause', async () => {
    const missed = Object.assign(new Error('not on the cassette'), { code: 'NO_MATCH' })
    await using fetch = fetchOver(() => Promise.reject(missed))
    await expect(fetch('http://127.0.0.1/')).rejects.toMatchObject({ name: 'TypeError', cause: { code: 'NO_MATCH' } })
  })

  test('ends its connections when it is closed, and makes no more', async () => {
    const closed: Promise<unknown>[] = []
    await using it = await site((request, response) => {
      closed.push(once(request.socket, 'close'))
      response.end('whole')
    })
    await (await it.fetch(it.url)).text()
    await it.fetch.close()
    await closed[0]
    await expect(it.fetch(it.url)).rejects.toMatchObject({ cause: { code: 'UND_ERR_DESTROYED' } })
    expect(it.connects()).toBe(1)
  })

  test('gives up a connection that is being made when it is closed', async () => {
    const signals: (AbortSignal | undefined)[] = []
    const fetch = fetchOver((_origin, { signal }) => {
      signals.push(signal)
      return new Promise(() => {})
    })
    const asking = fetch('http://127.0.0.1/').catch((error: unknown) => error)
    await expect.poll(() => signals.length).toBe(1)
    await fetch.close()
    expect(signals[0]?.aborted).toBe(true)
    expect(await asking).toMatchObject({ name: 'TypeError' })
  })

  const LIMITS: readonly (readonly [string, object])[] = [
    ['HEADERS_TIMEOUT', { headers: 50 }],
    ['BODY_TIMEOUT', { body: 50 }],
  ]
  for (const [code, timeouts] of LIMITS)
    test(`ends with UND_ERR_${code} at a limit of its own`, async () => {
      await using it = await site((_request, response) => void (code === 'BODY_TIMEOUT' && response.write('begun')))
      await using fetch = fetchOver(connectSocket, { timeouts })
      const reading = fetch(it.url).then((response) => response.text())
      await expect(reading).rejects.toMatchObject({ cause: { code: `UND_ERR_${code}` } })
    })

  test('takes each limit, also none, for connecting too', async () => {
    const limits: unknown[] = []
    const connector: Connector = async (_origin, { timeout }) => {
      limits.push(timeout)
      throw new Error('enough')
    }
    for (const timeouts of [
      undefined,
      {},
      { connect: 1 },
      { connect: 0 },
      { connect: 7, headers: 0, body: 0 },
      { headers: 1, body: 1 },
    ]) {
      await using fetch = fetchOver(connector, { timeouts })
      await expect(fetch('http://a.test/')).rejects.toThrow('fetch failed')
    }
    expect(limits).toEqual([10_000, 10_000, 1, undefined, 7, 10_000])
  })

  test('refuses limits that no timer supports', () => {
    expect(() => fetchOver(connectSocket, { timeouts: { body: -1 } })).toThrow(/not a time limit/)
    const unknown: object = { read: 1 }
    expect(() => fetchOver(connectSocket, { timeouts: unknown })).toThrow(/"read" of timeouts of fetchOver/)
  })
})
