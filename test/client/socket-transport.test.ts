import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from '../helpers/test.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { connectSocket } from '../../src/client/socket-connector.ts'
import { SocketTransport } from '../../src/client/socket-transport.ts'
import type { ConnectOptions, Origin, Transport } from '../../src/transport.ts'
import { afterRequests, serve } from '../helpers/live-server.ts'
import { nextTurn } from '../helpers/scripted-transport.ts'
import { answer } from '../helpers/tape.ts'
import { certificateOf } from '../helpers/certificate-of.ts'
import { serveTls, type TlsServer } from '../helpers/tls-server.ts'

const at = (port: number, protocol: Origin['protocol'] = 'http'): Origin => ({ protocol, host: '127.0.0.1', port })

/** A server, the client's transport to it, and the server's socket. */
async function pair(options: ConnectOptions = {}): Promise<AsyncDisposable & { transport: Transport; socket: Socket }> {
  const sockets: Socket[] = []
  const server = await serve((socket) => sockets.push(socket))
  const transport = await connectSocket(at(server.port), options)
  const socket = await until(() => sockets[0])
  return {
    transport,
    socket,
    async [Symbol.asyncDispose]() {
      transport.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** What `look` sees once there is something to see. */
async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const seen = look()
    if (seen !== undefined) return seen
    await nextTurn()
  }
}

/** Everything up to the end of the peer's side. */
async function readAll(transport: Transport): Promise<string> {
  let text = ''
  for (let segment = await transport.read(); segment !== null; segment = await transport.read()) text += String(segment)
  return text
}

test.describe('a socket', () => {
  test('carries bytes both ways, awaited or not', async () => {
    await using ends = await pair()
    const { transport, socket } = ends
    const early = transport.read()
    socket.write('one')
    expect(String(await early)).toBe('one')
    socket.end('two')
    await once(socket, 'finish')
    await nextTurn()
    expect(await readAll(transport)).toBe('two')
    expect(await transport.read()).toBe(null)

    void transport.write(Buffer.from('three'))
    expect(String((await once(socket, 'data'))[0])).toBe('three')
  })

  test('knows its addresses, and reports no TLS', async () => {
    await using ends = await pair()
    expect(ends.transport.info).toEqual({
      remoteAddress: '127.0.0.1',
      remotePort: ends.socket.localPort,
      localAddress: '127.0.0.1',
      localPort: ends.socket.remotePort,
    })
  })

  test('ends only its own side', async () => {
    await using ends = await pair()
    const { transport, socket } = ends
    socket.resume()
    transport.end()
    await once(socket, 'end')
    socket.end('still here')
    expect(await readAll(transport)).toBe('still here')
  })

  test('reports a reset after the bytes before it, to every further read', async () => {
    await using ends = await pair()
    const { transport, socket } = ends
    socket.write('hello')
    expect(String(await transport.read())).toBe('hello')
    socket.resetAndDestroy()
    const lost = { code: 'CONNECTION_LOST', phase: 'open', systemCode: 'ECONNRESET' }
    await expect(transport.read()).rejects.toMatchObject(lost)
    await expect(transport.read()).rejects.toMatchObject(lost)
    await expect(transport.write(Buffer.from('x'))).rejects.toMatchObject(lost)
  })

  test('still sends written bytes when it is destroyed without an error', async () => {
    await using ends = await pair()
    const { transport, socket } = ends
    // Whether the write has to wait depends on the kernel; it goes out all the same.
    const written = Promise.allSettled([transport.write(Buffer.alloc(3_000_000))])
    transport.destroy()
    transport.destroy(new Error('too late to matter'))
    expect(await buffer(socket)).toHaveLength(3_000_000)
    await written
    await expect(transport.read()).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  })

  test('fails an outstanding read and write with the error that it is destroyed with', async () => {
    await using ends = await pair()
    const { transport } = ends
    const reading = transport.read()
    const writing = transport.write(Buffer.alloc(30_000_000))
    const error = new Error('of the owner')
    transport.destroy(error)
    await expect(reading).rejects.toBe(error)
    await expect(writing).rejects.toBe(error)
  })

  test('is closed a second after its end, even if the peer accepts nothing', async () => {
    const before = openSockets()
    await using ends = await pair()
    const writing = ends.transport.write(Buffer.alloc(30_000_000))
    expect(openSockets()).toBe(before + 2)
    ends.transport.destroy()
    await expect(writing).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    await until(() => (openSockets() === before + 1 ? true : undefined))
    expect(ends.socket.bytesRead).toBeLessThan(30_000_000)
  })

  test('stops the sender while nobody reads, and continues with the next read', async () => {
    const size = 64 * 1_048_576
    await using ends = await pair()
    const { transport, socket } = ends
    const sending = pour(socket, size)
    // What the kernel holds for both ends, and a quarter of a megabyte here.
    expect(await untilStalled(() => socket.bytesWritten - socket.writableLength)).toBeLessThan(size / 2)

    let received = 0
    for (let segment = await transport.read(); segment !== null; segment = await transport.read()) {
      received += segment.length
    }
    await sending
    expect(received).toBe(size)
  })
})

test.describe('connecting fails with its phase and the code of the system', () => {
  test('if nobody listens', async () => {
    const server = await serve(() => {})
    await server[Symbol.asyncDispose]()
    await expect(connectSocket(at(server.port), {})).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      phase: 'tcp',
      systemCode: 'ECONNREFUSED',
      message: expect.stringContaining(`http://127.0.0.1:${server.port}`),
    })
  })

  test('if the host name does not exist', async () => {
    // A label is 63 bytes at most (RFC 1035 section 2.3.4): no server is asked for this one.
    const host = `${'x'.repeat(64)}.invalid`
    await expect(connectSocket({ protocol: 'http', host, port: 80 }, {})).rejects.toMatchObject({
      code: 'DNS_FAILED',
      phase: 'dns',
      systemCode: expect.stringMatching(/^E/),
    })
  })

  test('if it was aborted before or meanwhile', async () => {
    const reason = new Error('no longer wanted')
    const controller = new AbortController()
    await using server = await serve(() => controller.abort(reason))
    const aborted = { code: 'ABORTED', cause: reason }
    const before = { signal: AbortSignal.abort(reason) }
    await expect(connectSocket(at(server.port), before)).rejects.toMatchObject({ ...aborted, phase: 'tcp' })
    // The server takes the connection and leaves the handshake unanswered.
    const meanwhile = { signal: controller.signal }
    await expect(connectSocket(at(server.port, 'https'), meanwhile)).rejects.toMatchObject(aborted)
  })

  test('if the server does not accept in time', async () => {
    test.skip(process.platform !== 'linux', 'how a full backlog behaves depends on the system')
    const script = `require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
      process.stdout.write(String(this.address().port))
    })`
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [port] = await once(child.stdout, 'data')
    child.kill('SIGSTOP')
    const waiting: Transport[] = []
    const fillBacklog = async (): Promise<void> => {
      for (let count = 0; count < 10; count += 1) {
        waiting.push(await connectSocket(at(Number(String(port))), { timeout: 200 }))
      }
    }
    await expect(fillBacklog()).rejects.toMatchObject({
      code: 'CONNECT_TIMEOUT',
      phase: 'tcp',
      detail: expect.stringContaining('200 ms'),
    })
    child.kill('SIGKILL')
    for (const transport of waiting) transport.destroy()
  })
})

/** A TLS server that says which name it was asked for. */
const nameServer = (): Promise<TlsServer> => serveTls((socket) => socket.write(String(socket.servername)))

test.describe('TLS', () => {
  test('is verified, and reports the agreed version and protocol', async () => {
    await using server = await nameServer()
    const transport = await connectSocket(at(server.port, 'https'), { tls: { ca: server.ca } })
    expect(transport.info.tls).toEqual({
      version: 'TLSv1.3',
      alpn: 'http/1.1',
      authorized: true,
      subject: { CN: 'localhost' },
    })
    // RFC 6066 section 3: an address is not sent as a name.
    expect(String(await transport.read())).toBe('false')
    transport.destroy()
  })

  test('reports whom the certificate is for, unless that is only the name of the host', async () => {
    const CN = 'localhost'
    for (const [subject, shown] of [
      [{ CN }, undefined],
      [
        { O: 'Example', CN },
        { O: 'Example', CN },
      ],
      [{ CN: 'other.test' }, { CN: 'other.test' }],
      [{ O: 'localhost' }, { O: 'localhost' }],
    ] as const) {
      const certificate = await certificateOf('localhost', -1, 1, subject)
      await using server = await serveTls(() => {}, certificate)
      const transport = await connectSocket(
        { ...at(server.port, 'https'), host: 'localhost' },
        { tls: { ca: server.ca } },
      )
      expect(transport.info.tls?.subject).toEqual(shown)
      transport.destroy()
    }
  })

  test('asks for the server by its name', async () => {
    await using server = await nameServer()
    const { ca } = server
    const transport = await connectSocket({ ...at(server.port, 'https'), host: 'localhost' }, { tls: { ca } })
    expect(String(await transport.read())).toBe('localhost')
    transport.destroy()
  })

  test('accepts any certificate with verify: false, and reports it as unauthorized', async () => {
    await using server = await nameServer()
    const transport = await connectSocket(at(server.port, 'https'), { verify: false })
    expect(transport.info.tls).toMatchObject({ authorized: false })
    transport.destroy()
  })

  for (const [what, options, systemCode] of [
    ['a certificate that nobody trusts', () => ({}), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    [
      'a certificate for another name',
      (ca: string) => ({ tls: { ca, servername: 'other.test' } }),
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
  ] as const) {
    test(`refuses ${what}`, async () => {
      await using server = await nameServer()
      await expect(connectSocket(at(server.port, 'https'), options(server.ca))).rejects.toMatchObject({
        code: 'TLS_FAILED',
        phase: 'tls',
        systemCode,
      })
    })
  }

  for (const [what, act] of [
    ['text', (socket: Socket) => socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))],
    ['its end', (socket: Socket) => socket.end()],
    ['a reset', (socket: Socket) => socket.once('data', () => socket.resetAndDestroy())],
  ] as const) {
    test(`fails if a server answers the handshake with ${what}`, async () => {
      await using server = await serve(act)
      await expect(connectSocket(at(server.port, 'https'), {})).rejects.toMatchObject({
        code: 'TLS_FAILED',
        phase: 'tls',
        systemCode: expect.stringMatching(/^E/),
      })
    })
  }

  test('has a time limit of its own', async () => {
    await using server = await serve(() => {})
    const before = openSockets()
    await expect(connectSocket(at(server.port, 'https'), { timeout: 200 })).rejects.toMatchObject({
      code: 'TLS_TIMEOUT',
      phase: 'tls',
      detail: expect.stringContaining('200 ms'),
    })
    await until(() => (openSockets() <= before + 1 ? true : undefined))
  })

  test('carries a keep-alive conversation', async () => {
    let connections = 0
    await using server = await serveTls((socket) => {
      connections += 1
      socket.on('data', () => socket.write(answer('secret')))
    })
    const { port, ca } = server
    await using connection = HttpConnection.to(`https://localhost:${port}`, { tls: { ca } })
    for (let count = 0; count < 10; count += 1) {
      await connection.request('GET', '/')
      expect(await (await connection.getResponse()).text()).toBe('secret')
    }
    expect(connections).toBe(1)
  })
})

test.describe('over sockets, a connection', () => {
  test('that the server closed while it was idle is replaced', async () => {
    let connections = 0
    await using server = await serve((socket) => {
      connections += 1
      afterRequests(socket, 1, () => socket.end(answer(`on connection ${connections}`)))
    })
    await using connection = HttpConnection.to(`http://127.0.0.1:${server.port}`)
    for (const body of ['on connection 1', 'on connection 2']) {
      await connection.request('GET', '/')
      expect(await (await connection.getResponse()).text()).toBe(body)
      await nextTurn()
      await nextTurn()
    }
  })

  test('returns the part of a body that came before a reset', async () => {
    const sockets: Socket[] = []
    await using server = await serve((socket) => {
      sockets.push(socket)
      afterRequests(socket, 1, () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'))
    })
    await using connection = HttpConnection.to(`http://127.0.0.1:${server.port}`)
    await connection.request('GET', '/')
    const body = (await connection.getResponse()).body[Symbol.asyncIterator]()
    expect(String((await body.next()).value)).toBe('hello')
    for (const socket of sockets) socket.resetAndDestroy()
    await expect(body.next()).rejects.toMatchObject({ code: 'CONNECTION_LOST', systemCode: 'ECONNRESET' })
  })

  test('pulls no more of a body than a server accepts, and gives up in time', async () => {
    await using server = await serve((socket) => socket.pause())
    await using connection = HttpConnection.to(`http://127.0.0.1:${server.port}`, { timeouts: { write: 100 } })
    let pulled = 0
    const endless = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      for (;;) {
        pulled += 65_536
        yield Buffer.alloc(65_536)
      }
    }
    await expect(connection.request('POST', '/', { body: endless() })).rejects.toMatchObject({ code: 'WRITE_TIMEOUT' })
    // What the kernel holds for both ends.
    expect(pulled).toBeLessThan(32 * 1_048_576)
  })

  test('gets a refusal while the server leaves a large body unread', async () => {
    await using server = await serve((socket) => {
      socket.once('data', () => socket.pause().write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n'))
    })
    await using connection = HttpConnection.to(`http://127.0.0.1:${server.port}`)
    await connection.request('POST', '/', { body: Buffer.alloc(64 * 1_048_576) })
    expect((await connection.getResponse()).status).toBe(413)
  })

  test('leaves no open socket and no timer', async () => {
    await using server = await serve((socket) => socket.on('data', () => socket.write(answer('hello'))))
    const [sockets, timers] = [openSockets(), handles('Timeout')]
    for (let count = 0; count < 3; count += 1) {
      await using connection = HttpConnection.to(`http://127.0.0.1:${server.port}`)
      await connection.request('GET', '/')
      expect(await (await connection.getResponse()).text()).toBe('hello')
    }
    // The server's sockets see the end, and end; then there are as many as before.
    await until(() => (openSockets() <= sockets + 3 ? true : undefined))
    expect(handles('Timeout')).toBeLessThanOrEqual(timers)
  })
})

/** Writes so many bytes and ends. */
async function pour(socket: Socket, size: number): Promise<void> {
  const chunk = Buffer.alloc(65_536)
  for (let written = 0; written < size; written += chunk.length) {
    if (!socket.write(chunk)) await once(socket, 'drain')
  }
  socket.end()
}

/** Where a number stays that grows no more. */
async function untilStalled(progress: () => number): Promise<number> {
  let last = progress()
  for (let still = 0; still < 500; still += 1) {
    await nextTurn()
    if (progress() === last) continue
    last = progress()
    still = 0
  }
  return last
}

const handles = (type: string): number => process.getActiveResourcesInfo().filter((one) => one === type).length

const openSockets = (): number => handles('TCPSocketWrap')

/** A socket without a system below it: a write ends with `failure`, or not at all. */
function made(failure?: () => Error | null): {
  readonly socket: Socket
  readonly transport: SocketTransport
} {
  const socket = new Socket()
  const write = (callback: (error?: Error | null) => void): void => {
    if (failure !== undefined) callback(failure())
  }
  Object.assign(socket, {
    _write: (_chunk: unknown, _encoding: unknown, callback: () => void) => write(callback),
    _writev: (_chunks: unknown, callback: () => void) => write(callback),
  })
  return { socket, transport: new SocketTransport(socket) }
}

const errorOf = (code: string): Error => Object.assign(new Error(`write ${code}`), { code })

test.describe('SocketTransport', () => {
  test('fails reads and writes if the socket is closed without an end or an error', async () => {
    const { socket, transport } = made()
    const reading = transport.read()
    const writing = transport.write(Buffer.alloc(100_000))
    socket.destroy()
    const closed = { code: 'CONNECTION_CLOSED', phase: 'open', detail: '' }
    await expect(reading).rejects.toMatchObject(closed)
    await expect(writing).rejects.toMatchObject(closed)
    await expect(transport.write(Buffer.from('x'))).rejects.toMatchObject(closed)
  })

  test('lets a write wait until the socket has room', async () => {
    const { socket, transport } = made()
    expect(transport.write(Buffer.from('x'))).toBeUndefined()
    let isWritten = false
    const writing = Promise.resolve(transport.write(Buffer.alloc(100_000))).then(() => (isWritten = true))
    await nextTurn()
    expect(isWritten).toBe(false)
    socket.emit('drain')
    await writing
    socket.destroy()
  })

  test('takes a broken pipe after the end of the peer for that end, and before it for a failure', async () => {
    for (const isEnded of [true, false]) {
      const { socket, transport } = made(() => null)
      if (isEnded) socket.emit('end')
      socket.emit('error', errorOf('EPIPE'))
      if (isEnded) expect(await transport.read()).toBeNull()
      else await expect(transport.read()).rejects.toMatchObject({ code: 'CONNECTION_LOST', systemCode: 'EPIPE' })
      socket.destroy()
    }
  })

  for (const [code, seen] of [
    ['EPIPE', null],
    ['ECONNRESET', { code: 'CONNECTION_LOST', systemCode: 'ECONNRESET', socketError: 'end' }],
  ] as const) {
    test(`finds ${code} behind an end by a write of nothing`, async () => {
      const { socket, transport } = made(() => errorOf(code))
      socket.emit('end')
      if (seen === null) expect(await transport.read()).toBeNull()
      else await expect(transport.read()).rejects.toMatchObject(seen)
    })
  }

  test('reports an end at once if this side has ended, and in a later turn if bytes wait to be written', async () => {
    const ended = made(() => null)
    ended.transport.end()
    await nextTurn()
    ended.socket.emit('end')
    expect(await ended.transport.read()).toBeNull()
    ended.socket.destroy()

    const { socket, transport } = made()
    void transport.write(Buffer.from('x'))
    let isOver = false
    const reading = transport.read().then((segment) => (isOver = segment === null))
    socket.emit('end')
    await Promise.resolve()
    expect(isOver).toBe(false)
    expect(await reading).toBe(true)
    socket.destroy()
  })

  test('leaves a released socket to others, and keeps what was read', async () => {
    const { socket, transport } = made()
    socket.emit('data', Buffer.from('before'))
    expect(transport.release()).toBe(socket)
    expect(socket.isPaused()).toBe(true)
    for (const name of ['data', 'end', 'close', 'drain']) expect([name, listenersOf(socket, name)]).toEqual([name, 0])
    expect(listenersOf(socket, 'error')).toBe(1)
    expect(String(await transport.read())).toBe('before')
    socket.destroy()
  })

  test('drops what was not read when it is destroyed, and does so once', async () => {
    const { socket, transport } = made(() => null)
    socket.emit('data', Buffer.from('unread'))
    const why = new Error('enough')
    transport.destroy(why)
    expect(socket.destroyed).toBe(true)
    transport.destroy(new Error('again'))
    await expect(transport.read()).rejects.toBe(why)
  })

  test('is not destroyed at once by an end in order', async () => {
    const { socket, transport } = made()
    void transport.write(Buffer.from('x'))
    transport.destroy()
    expect(socket.destroyed).toBe(false)
    await expect(transport.read()).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    socket.destroy()
  })

  test('keeps the process alive through what has such a switch', () => {
    for (const carrier of [new Duplex(), Object.assign(new Duplex(), { ref: 5, unref: 5 })]) {
      const told: string[] = []
      const socket = Object.assign(new Socket(), { ref: () => told.push('ref'), unref: () => told.push('unref') })
      const transport = new SocketTransport(socket, undefined, carrier)
      transport.keepAlive(false)
      transport.keepAlive(true)
      expect(told).toEqual(['unref', 'ref'])
      socket.destroy()
    }
  })
})

/** Listeners of this package: Node's own of a new socket do not count. */
const listenersOf = (socket: Socket, name: string): number =>
  socket.listenerCount(name) - new Socket().listenerCount(name)
