import { once } from 'node:events'
import * as http from 'node:http'
import * as https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { expect, test } from '../helpers/test.ts'
import { Agent, fetch as undiciFetch, getGlobalDispatcher, setGlobalDispatcher } from 'undici'
import { ConnectionError, type Connector, connectSocket, Replayer } from '../../src/index.ts'
import { TransportSocket } from '../../src/client/to-socket.ts'
import { nodeConnect, toSocket, undiciConnect } from '../../src/entries/sockets.ts'
import { formatOrigin } from '../../src/transport.ts'
import { type Cassette, Recorder } from '../../src/entries/cassette.ts'
import { errnoOf } from '../../src/system-error.ts'
import { createCertificate } from '../../demo/certificate.ts'
import { serve } from '../helpers/live-server.ts'
import { nextTurn, ScriptedPeers, ScriptedTransport } from '../helpers/scripted-transport.ts'

/** What a client saw of an answer. */
interface Seen {
  readonly status: number | undefined
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** A client that was not written for us, on connections of `connector`. */
interface Client extends AsyncDisposable {
  request(method: string, url: string, body?: string): Promise<Seen>
}

test.describe('a keep-alive conversation is recorded, and replayed with the server gone, by', () => {
  const CLIENTS: readonly (readonly [name: string, protocol: 'http' | 'https', open: (from: Connector) => Client])[] = [
    ['node:http', 'http', (connector) => nodeClient(connector, http)],
    ['node:https', 'https', (connector) => nodeClient(connector, https)],
    ['fetch of undici', 'http', (connector) => fetchClient(connector, undiciFetch)],
    ['fetch of undici, over TLS', 'https', (connector) => fetchClient(connector, undiciFetch)],
    ['fetch of Node', 'http', (connector) => fetchClient(connector, fetch)],
  ]
  for (const [name, protocol, open] of CLIENTS) {
    test(name, async () => {
      const live = await record(protocol, open)

      expect(live.connections).toBe(1)
      expect(live.seen.map(({ status, body }) => [status, body])).toEqual([
        [200, '{"id":42}'],
        [201, 'got ping'],
        [200, 'x'.repeat(100_000)],
      ])

      const replayer = new Replayer(live.cassette)
      await using client = open(replayer.connector)
      expect(await converse(client, live.origin)).toEqual(live.seen)
      expect(replayer.allPlayed).toBe(true)
    })
  }
})

test.describe('a failure is the same error live and replayed:', () => {
  const RESET = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'

  for (const [name, open] of [
    ['node:http', (connector: Connector) => nodeClient(connector, http)],
    ['fetch', (connector: Connector) => fetchClient(connector, undiciFetch)],
  ] as const) {
    test(`a reset in the middle of a body, ${name}`, async () => {
      const recorder = new Recorder()
      const sockets: Socket[] = []
      await using server = await serve((socket) => {
        sockets.push(socket)
        socket.once('data', () => socket.write(RESET))
      })
      const url = `http://127.0.0.1:${server.port}/`
      const reset = (): void => sockets.forEach((socket) => socket.resetAndDestroy())
      await using liveClient = open(recorder.wrap(onceRead(connectSocket, reset)))
      const live = await failureOf(liveClient.request('GET', url))
      expect(live).toContain('ECONNRESET')

      await using client = open(new Replayer(recorder.cassette).connector)
      expect(await failureOf(client.request('GET', url))).toEqual(live)
    })

    test(`a port where nobody listens, ${name}`, async () => {
      const server = await serve(() => {})
      const url = `http://127.0.0.1:${server.port}/`
      await server[Symbol.asyncDispose]()
      const recorder = new Recorder()
      await using liveClient = open(recorder.wrap(connectSocket))
      const live = await failureOf(liveClient.request('GET', url))
      expect(live).toContain('ECONNREFUSED')

      await using client = open(new Replayer(recorder.cassette).connector)
      expect(await failureOf(client.request('GET', url))).toEqual(live)
    })

    test(`a request that was not recorded is a miss, not a request to the network, ${name}`, async () => {
      const { cassette, origin } = await record('http', open)
      await using client = open(new Replayer(cassette).connector)
      expect(await failureOf(client.request('GET', `${origin}/other`))).toContain('NO_MATCH')
    })
  }
})

test.describe('nodeConnect', () => {
  test('makes a new connection when the server has closed the idle one', async () => {
    const peers = new ScriptedPeers()
    await using client = nodeClient(peers.connector, http)
    const first = client.request('GET', 'http://api.test/1')
    await nextTurn()
    peers.at(0).say('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none')
    expect((await first).body).toBe('one')

    peers.at(0).hangUp()
    await nextTurn()
    await nextTurn()
    const second = client.request('GET', 'http://api.test/2')
    await nextTurn()
    peers.at(1).say('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo')
    expect((await second).body).toBe('two')
    expect(peers.at(0).isDestroyed).toBe(true)
  })

  for (const [what, agent, place, origin] of [
    ['the port of http by default', {}, { host: 'a.test' }, 'http://a.test'],
    ['the port of https by default', { protocol: 'https:' }, { host: 'a.test', port: '' }, 'https://a.test'],
    [
      'the protocol of the request if its agent has none',
      {},
      { protocol: 'https:', host: 'a.test', port: 81 },
      'https://a.test:81',
    ],
    [
      'the protocol of its agent before that',
      { protocol: 'http:' },
      { protocol: 'https:', host: 'a.test' },
      'http://a.test',
    ],
    [
      'http for any other protocol',
      { protocol: null },
      { protocol: null, host: 'a.test', port: '9' },
      'http://a.test:9',
    ],
    ['this machine if there is no host', {}, { port: 81 }, 'http://localhost:81'],
    ['this machine if the host is null', {}, { host: null, port: null }, 'http://localhost'],
    ['an address without its brackets', {}, { host: '[::1]', port: 81 }, 'http://[::1]:81'],
  ] as const) {
    test(`connects to ${what}`, async () => {
      const peers = new ScriptedPeers()
      const socket = Reflect.apply(nodeConnect(peers.connector), agent, [place])
      await once(socket, 'ready')
      expect(peers.origins.map(formatOrigin)).toEqual([origin])
      expect(socket.encrypted).toBe(origin.startsWith('https'))
      socket.destroy()
    })
  }

  test('gives up the attempt of a socket that is destroyed, and only that', async () => {
    for (const isEarly of [true, false]) {
      const peers = new ScriptedPeers()
      const socket = Reflect.apply(nodeConnect(peers.connector), {}, [{ host: 'a.test' }])
      expect(socket).toMatchObject({ connecting: true, pending: true, timeout: 0 })
      if (!isEarly) await once(socket, 'ready')
      expect(socket.connecting).toBe(isEarly)
      socket.destroy()
      expect([socket.connecting, peers.options[0]?.signal?.aborted]).toEqual([false, isEarly])
      await nextTurn()
      await nextTurn()
      expect(peers.at(0).isDestroyed).toBe(true)
    }
  })

  test('has the idle limit of the request, if there is one', () => {
    for (const [timeout, limit] of [
      [5, 5],
      [1, 1],
      [0, 0],
      [undefined, 0],
    ] as const) {
      const socket = Reflect.apply(nodeConnect(new ScriptedPeers().connector), {}, [{ host: 'a.test', timeout }])
      expect(socket.timeout).toBe(limit)
      socket.destroy()
    }
  })

  test('takes the protocol from its agent', async () => {
    const peers = new ScriptedPeers()
    const createConnection = nodeConnect(peers.connector)
    for (const [get, agent] of [
      [http.get, Object.assign(new http.Agent(), { createConnection })],
      [https.get, Object.assign(new https.Agent(), { createConnection })],
    ] as const) {
      const request = get({ host: 'api.test', agent })
      const response = once(request, 'response')
      await nextTurn()
      peers.all.at(-1)?.say('HTTP/1.1 204 No Content\r\n\r\n')
      await response
    }
    expect(peers.origins).toEqual([
      { protocol: 'http', host: 'api.test', port: 80 },
      { protocol: 'https', host: 'api.test', port: 443 },
    ])
  })

  test('serves a request that names it without an agent', async () => {
    const peers = new ScriptedPeers()
    const request = https.get('https://[::1]:8443/', { createConnection: nodeConnect(peers.connector) })
    const response = once(request, 'response')
    await nextTurn()
    peers.at(0).say('HTTP/1.1 204 No Content\r\n\r\n')
    await response
    expect(peers.origins).toEqual([{ protocol: 'https', host: '::1', port: 8443 }])
  })
})

test.describe('toSocket', () => {
  test('delivers nothing before the next turn of the event loop, even after a write', async () => {
    const transport = new ScriptedTransport()
    const socket = toSocket(transport)
    const events: string[] = []
    socket.on('data', () => events.push('data'))
    transport.say('pong')
    socket.write('ping')
    events.push('written')
    await Promise.resolve().then(() => Promise.resolve())
    events.push('promises settled')
    await once(socket, 'data')
    expect(events).toEqual(['written', 'promises settled', 'data'])
    socket.destroy()
  })

  test('emits close in a later phase than end, with hadError false', async () => {
    const transport = new ScriptedTransport()
    const socket = toSocket(transport)
    const events: unknown[] = []
    socket.on('end', () => {
      events.push('end')
      process.nextTick(() => void Promise.resolve().then(() => events.push('later in that turn')))
    })
    socket.on('close', (hadError: boolean) => events.push(['close', hadError]))
    transport.say('bytes').hangUp()
    socket.resume()
    await once(socket, 'close')
    expect(events).toEqual(['end', 'later in that turn', ['close', false]])
  })

  test('notices the end of a connection without a reader, and ends its own side', async () => {
    const transport = new ScriptedTransport()
    const socket = toSocket(transport)
    transport.hangUp()
    await once(socket, 'close')
    expect(transport).toMatchObject({ isEnded: true, isDestroyed: true })
  })

  test('emits the error of the Node socket', async () => {
    const transport = new ScriptedTransport()
    const socket = toSocket(transport)
    const closed = new Promise((resolve) => void socket.on('close', resolve))
    const own = new Error('read ECONNRESET')
    transport.fail(new ConnectionError('CONNECTION_LOST', 'open', '', { systemCode: 'ECONNRESET', socketError: own }))
    expect(await once(socket, 'error')).toEqual([own])
    expect(await closed).toBe(true)
  })

  test('ends if a Node socket sees an end, and fails later writes', async () => {
    const transport = new ScriptedTransport()
    const socket = toSocket(transport)
    const cut = new ConnectionError('TLS_TRUNCATED', 'open', '', { socketError: 'end' })
    transport.fail(cut)
    expect(await buffer(socket)).toHaveLength(0)

    const other = new ScriptedTransport()
    other.write = () => Promise.reject(cut)
    const writing = toSocket(other)
    writing.write('ping')
    expect(await once(writing, 'error')).toEqual([cut])
  })

  for (const [detail, code, error] of [
    ['read ECONNRESET', 'ECONNRESET', { message: 'read ECONNRESET', syscall: 'read' }],
    [
      'http://127.0.0.1:9, connect ECONNREFUSED 127.0.0.1:9',
      'ECONNREFUSED',
      { message: 'connect ECONNREFUSED 127.0.0.1:9', syscall: 'connect', address: '127.0.0.1', port: 9 },
    ],
    [
      'http://no.test, getaddrinfo ENOTFOUND no.test',
      'ENOTFOUND',
      { message: 'getaddrinfo ENOTFOUND no.test', syscall: 'getaddrinfo', hostname: 'no.test', errno: -3008 },
    ],
    ['https://a.test, certificate has expired', 'CERT_HAS_EXPIRED', { message: 'certificate has expired' }],
  ] as const) {
    test(`builds the error of an old cassette from its message: ${detail}`, async () => {
      const transport = new ScriptedTransport()
      const socket = toSocket(transport)
      transport.fail(new ConnectionError('CONNECTION_LOST', 'open', detail, { systemCode: code }))
      const [seen] = await once(socket, 'error')
      const errno = errnoOf(code)
      expect({ ...seen, message: seen.message }).toEqual({ code, ...(errno !== undefined && { errno }), ...error })
    })
  }

  test('passes any other error on unchanged', async () => {
    const miss = new TypeError('of the connector')
    const transport = new ScriptedTransport()
    const socket = toSocket(transport)
    transport.write = () => {
      throw miss
    }
    socket.write('ping')
    expect(await once(socket, 'error')).toEqual([miss])
    expect(transport.destroyedWith).toBe(miss)
  })

  test('stops reading while its reader does not read', async () => {
    const transport = new ScriptedTransport()
    const socket = toSocket(transport)
    for (let count = 0; count < 100; count += 1) transport.say(new Uint8Array(16_384))
    for (let count = 0; count < 100; count += 1) await nextTurn()
    const readsWhilePaused = transport.reads
    expect(readsWhilePaused).toBeLessThan(8)

    transport.hangUp()
    expect(await buffer(socket)).toHaveLength(1_638_400)
    expect(transport.reads).toBe(101)
  })

  test('makes its writer wait as long as the transport does', async () => {
    const transport = new ScriptedTransport()
    const socket = toSocket(transport)
    const release = transport.block()
    expect(socket.write(new Uint8Array(100_000))).toBe(false)
    let isDrained = false
    socket.on('drain', () => (isDrained = true))
    await nextTurn()
    expect(isDrained).toBe(false)
    release()
    await once(socket, 'drain')
    socket.destroy()
  })

  test('sends corked writes together', async () => {
    const transport = new ScriptedTransport()
    const socket = toSocket(transport)
    socket.cork()
    socket.write('GET / HTTP/1.1\r\n')
    socket.write('Host: é\r\n\r\n', 'latin1')
    socket.uncork()
    expect(transport.writes).toEqual(['GET / HTTP/1.1\r\nHost: é\r\n\r\n'])
    expect(socket.bytesWritten).toBe(27)
    socket.destroy()
  })

  test('lets a client reuse its buffer after the callback', async () => {
    const transport = new ScriptedTransport()
    const socket = toSocket(transport)
    const bytes = Buffer.from('first')
    await new Promise((resolve) => void socket.write(bytes, resolve))
    bytes.write('other')
    expect(transport.sent).toBe('first')
    socket.destroy()
  })

  test('ends only its own side, and keeps reading', async () => {
    const transport = new ScriptedTransport()
    const socket = toSocket(transport)
    socket.end('request')
    await once(socket, 'finish')
    expect(transport).toMatchObject({ sent: 'request', isEnded: true, isDestroyed: false })

    transport.say('answer').hangUp()
    expect(String(await buffer(socket))).toBe('answer')
    expect(socket.bytesRead).toBe(6)
  })

  test('destroys its transport, and emits nothing more', async () => {
    const transport = new ScriptedTransport()
    const socket = toSocket(transport)
    socket.on('data', () => expect(false).toBe(true))
    transport.say('late')
    const cause = new Error('of the client')
    socket.destroy(cause)
    expect(transport.destroyedWith).toBe(cause)
    expect(await once(socket, 'error')).toEqual([cause])
    await nextTurn()
  })

  test('destroySoon still sends written bytes', async () => {
    const transport = new ScriptedTransport()
    const socket = toSocket(transport)
    const release = transport.block()
    socket.write('bytes')
    socket.destroySoon()
    await nextTurn()
    expect(transport.isDestroyed).toBe(false)
    release()
    await once(socket, 'close')
    expect(transport).toMatchObject({ isEnded: true, isDestroyed: true })
  })

  test('emits timeout after the given idle time, and not otherwise', async () => {
    const socket = toSocket(new ScriptedTransport())
    let timeouts = 0
    const onTimeout = (): void => void (timeouts += 1)
    socket.setTimeout(1, onTimeout).setTimeout(0, onTimeout)
    expect(socket.listenerCount('timeout')).toBe(0)
    socket.setTimeout(1, onTimeout)
    expect(socket.timeout).toBe(1)
    // Its timer lets the process end; this one does not.
    const keepAlive = setInterval(() => {}, 1_000)
    await once(socket, 'timeout')
    clearInterval(keepAlive)
    expect(timeouts).toBe(1)
    expect(socket.destroyed).toBe(false)
    socket.destroy()
  })

  test('has the addresses of its transport, and their families', () => {
    const info = { remoteAddress: '127.0.0.1', remotePort: 443, localAddress: '::1', localPort: 50_000 }
    const socket = toSocket(new ScriptedTransport(info))
    expect(socket).toMatchObject({
      ...info,
      remoteFamily: 'IPv4',
      localFamily: 'IPv6',
      connecting: false,
      pending: false,
    })
    const unknown = toSocket(new ScriptedTransport())
    expect(unknown).toMatchObject({ remoteAddress: undefined, remoteFamily: undefined, localFamily: undefined })
    socket.destroy()
    unknown.destroy()
  })

  test('keeps the process alive or not, also if the connection is made later', async () => {
    const told: boolean[] = []
    const make = (): ScriptedTransport =>
      Object.assign(new ScriptedTransport(), { keepAlive: (value: boolean) => void told.push(value) })
    const socket = toSocket(make())
    expect(socket.unref().ref()).toBe(socket)
    expect(told).toEqual([false, true])
    for (const [act, heard] of [
      [(later: TransportSocket) => later.unref(), [false]],
      [(later: TransportSocket) => later.unref().ref(), []],
      [(later: TransportSocket) => later, []],
    ] as const) {
      told.length = 0
      const later = new TransportSocket(Promise.resolve(make()))
      act(later)
      await once(later, 'ready')
      expect(told).toEqual(heard)
      later.destroy()
    }
    socket.destroy()
  })

  test('can be told about the system, which changes nothing', () => {
    const socket = toSocket(new ScriptedTransport())
    expect(socket.setKeepAlive().setNoDelay().setTypeOfService()).toBe(socket)
    socket.destroy()
  })

  test('tells that it is connected in the order of a socket, and over TLS also that', async () => {
    for (const isSecure of [true, false]) {
      const heard: string[] = []
      const socket = new TransportSocket(Promise.resolve(new ScriptedTransport()), { isSecure, giveUp: () => {} })
      for (const name of ['connect', 'ready', 'secureConnect']) socket.on(name, () => heard.push(name))
      await nextTurn()
      await nextTurn()
      expect(heard).toEqual(isSecure ? ['connect', 'ready', 'secureConnect'] : ['connect', 'ready'])
      socket.destroy()
    }
  })

  test('fails a write that waits for the handshake as Node does, and the socket without one as it is', async () => {
    const ended = Object.assign(new Error('wrong version number'), { code: 'ERR_SSL_WRONG_VERSION_NUMBER' })
    const failure = new ConnectionError('TLS_FAILED', 'tls', '', { socketError: ended })
    for (const hasWrite of [true, false]) {
      const socket = new TransportSocket(Promise.reject(failure))
      if (hasWrite) socket.write('early')
      const [seen] = await once(socket, 'error')
      expect(seen).toMatchObject({ code: hasWrite ? 'EPROTO' : 'ERR_SSL_WRONG_VERSION_NUMBER' })
    }
  })

  test('sends what was written before the connection was made, and ends after it', async () => {
    const transport = new ScriptedTransport()
    const socket = new TransportSocket(Promise.resolve(transport))
    socket.write('early')
    socket.end()
    expect([transport.sent, socket.bytesWritten]).toEqual(['', 0])
    await once(socket, 'finish')
    expect(transport).toMatchObject({ sent: 'early', isEnded: true })
    expect([socket.bytesWritten, socket.bytesRead]).toEqual([5, 0])
    transport.say('abc', 'de').hangUp()
    await buffer(socket)
    expect(socket.bytesRead).toBe(5)
  })

  test('knows nothing of TLS before it is connected, except whether there will be TLS', () => {
    for (const isSecure of [true, false]) {
      const socket = new TransportSocket(new Promise(() => {}), { isSecure, giveUp: () => {} })
      expect(socket).toMatchObject({ encrypted: isSecure, authorized: false, alpnProtocol: false, connecting: true })
      socket.destroy()
    }
  })

  test('fails as it is if the connection fails after an early write went out', async () => {
    const transport = new ScriptedTransport()
    const socket = new TransportSocket(Promise.resolve(transport))
    socket.write('early')
    await once(socket, 'ready')
    const alert = Object.assign(new Error('alert'), { code: 'ERR_SSL_ALERT' })
    transport.fail(new ConnectionError('CONNECTION_LOST', 'open', '', { socketError: alert }))
    expect(await once(socket, 'error')).toEqual([alert])
  })

  test('destroySoon destroys what has been sent already, and what is destroyed without an error has none', async () => {
    const transport = new ScriptedTransport()
    const socket = toSocket(transport)
    socket.end('bytes')
    await once(socket, 'finish')
    socket.destroySoon()
    expect([socket.destroyed, transport.isDestroyed, transport.destroyedWith]).toEqual([true, true, undefined])
  })

  test('sets no limit once it is destroyed', () => {
    const socket = toSocket(new ScriptedTransport())
    socket.destroy()
    expect(socket.setTimeout(5)).toBe(socket)
    expect(socket.timeout).toBe(0)
  })

  test('has the TLS facts of its transport', () => {
    const tls = { version: 'TLSv1.3', alpn: 'http/1.1', authorized: true }
    const secure = toSocket(new ScriptedTransport({ remoteAddress: '127.0.0.1', remotePort: 443, tls }))
    expect(secure).toMatchObject({ encrypted: true, authorized: true, alpnProtocol: 'http/1.1', remotePort: 443 })
    expect(toSocket(new ScriptedTransport())).toMatchObject({
      encrypted: false,
      authorized: false,
      alpnProtocol: false,
    })
    const unverified = toSocket(new ScriptedTransport({ tls: { version: 'TLSv1.2', authorized: false } }))
    expect(unverified).toMatchObject({ encrypted: true, authorized: false, alpnProtocol: false })
  })
})

/** One conversation with a real server, which is gone afterwards. */
async function record(
  protocol: 'http' | 'https',
  open: (connector: Connector) => Client,
): Promise<{ cassette: Cassette; seen: Seen[]; connections: number; origin: string }> {
  const { key, cert } = await createCertificate()
  const server = protocol === 'http' ? http.createServer(answer) : https.createServer({ key, cert }, answer)
  let connections = 0
  server.on('connection', () => (connections += 1))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `${protocol}://127.0.0.1:${portOf(server.address())}`
  const recorder = new Recorder()
  try {
    await using client = open(recorder.wrap((to, options) => connectSocket(to, { ...options, tls: { ca: cert } })))
    const seen = await converse(client, origin)
    return { cassette: recorder.cassette, seen, connections, origin }
  } finally {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
}

/**
 * Calls `act` once the client has bytes of the server.
 *
 * A reset that comes together with them is shown to Node as an orderly end, for libuv looks no further.
 */
const onceRead =
  (connector: Connector, act: () => void): Connector =>
  async (origin, options) => {
    const transport = await connector(origin, options)
    const read = transport.read.bind(transport)
    transport.read = async () => {
      const segment = await read()
      act()
      return segment
    }
    return transport
  }

const portOf = (address: string | AddressInfo | null): number =>
  typeof address === 'object' ? (address?.port ?? 0) : 0

async function converse(client: Client, origin: string): Promise<Seen[]> {
  return [
    await client.request('GET', `${origin}/users/42`),
    await client.request('POST', `${origin}/echo`, 'ping'),
    await client.request('GET', `${origin}/large`),
  ]
}

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  switch (request.url) {
    case '/users/42':
      response.writeHead(200, { 'Content-Type': 'application/json', 'Set-Cookie': ['a=1', 'b=2'] }).end('{"id":42}')
      return
    case '/echo':
      void buffer(request).then((body) => response.writeHead(201).end(`got ${String(body)}`))
      return
    default:
      // No length: in chunks.
      response.write('x'.repeat(50_000))
      response.end('x'.repeat(50_000))
  }
}

function nodeClient(connector: Connector, { Agent: NodeAgent, request }: typeof http | typeof https): Client {
  const agent = Object.assign(new NodeAgent({ keepAlive: true, maxSockets: 1 }), {
    createConnection: nodeConnect(connector),
  })
  return {
    request: (method, url, body) =>
      new Promise((resolve, reject) => {
        const outgoing = request(url, { method, agent }, (response) => {
          const { statusCode: status, rawHeaders } = response
          const headers = rawHeaders.flatMap((name, index) =>
            index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as const] : [],
          )
          buffer(response).then((bytes) => resolve({ status, headers, body: String(bytes) }), reject)
        })
        outgoing.on('error', reject).end(body)
      }),
    async [Symbol.asyncDispose]() {
      agent.destroy()
    },
  }
}

/** Through the global dispatcher, which is put back in the end. */
function fetchClient(connector: Connector, fetchUrl: typeof fetch | typeof undiciFetch): Client {
  const before = getGlobalDispatcher()
  const agent = new Agent({ connect: undiciConnect(connector), connections: 1 })
  setGlobalDispatcher(agent)
  return {
    async request(method, url, body) {
      const response = await fetchUrl(url, { method, ...(body !== undefined && { body }) })
      return { status: response.status, headers: [...response.headers], body: await response.text() }
    },
    async [Symbol.asyncDispose]() {
      setGlobalDispatcher(before)
      await agent.destroy()
    },
  }
}

/** Codes and messages of an error and its causes, down to ours: only live has that another one. */
async function failureOf(request: Promise<Seen>): Promise<string[]> {
  const facts: string[] = []
  let error: unknown = await request.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  for (; error instanceof Error; error = error.cause) {
    facts.push(error.message)
    if ('code' in error) facts.push(String(error.code))
    if (error instanceof ConnectionError) break
  }
  return facts
}
