import { EventEmitter, once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { expect, test } from '../helpers/test.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { proxyConnector } from '../../src/client/proxy.ts'
import { connectSocket } from '../../src/client/socket-connector.ts'
import { WiretapeError } from '../../src/errors.ts'
import type { Connector } from '../../src/transport.ts'
import { attempt, endOf } from '../helpers/attempt.ts'
import { afterRequests, serve } from '../helpers/live-server.ts'
import { growthDuring, MiB } from '../helpers/memory.ts'
import { answer } from '../helpers/tape.ts'
import { serveTls } from '../helpers/tls-server.ts'
import { countOf } from '../helpers/share.ts'

/** A body of so many bytes, made as it is asked for. */
async function* upload(bytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let sent = 0; sent < bytes; sent += 65_536) yield Buffer.alloc(65_536)
}

test.describe('an upload that the server refuses (R141)', () => {
  /** It has an event loop of its own, so that its reset may come in the middle of a write. */
  const SERVER = `
    const { parentPort } = require('node:worker_threads')
    const server = require('node:net').createServer((socket) => {
      socket.on('error', () => {})
      socket.on('readable', function onReadable() {
        if (socket.read(1024) === null) return
        socket.off('readable', onReadable)
        socket.write('HTTP/1.1 413 X\\r\\nConnection: close\\r\\nContent-Length: 0\\r\\n\\r\\n', () => socket.resetAndDestroy())
      })
    }).listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`

  for (const [what, body] of [
    ['in pieces', () => upload(64 * MiB)],
    ['in one piece', () => Buffer.alloc(64 * MiB)],
  ] as const) {
    test(`gets the refusal before the reset: ${what}`, async () => {
      const worker = new Worker(SERVER, { eval: true })
      const [port] = await once(worker, 'message')
      const ends = new Set<string>()
      for (let count = 0; count < countOf(5, 20); count += 1) {
        await using connection = HttpConnection.to(`http://127.0.0.1:${port}`)
        const { response, error } = await attempt(connection, 'POST', '/', { body: body() })
        ends.add(`${response?.status} ${endOf({ error })}`)
      }
      expect([...ends]).toEqual(['413 complete'])
      await worker.terminate()
    })
  }
})

test.describe('an upload that the server does not read (R146)', () => {
  for (const [what, body] of [
    ['in pieces', () => upload(64 * MiB)],
    ['in one piece', () => Buffer.alloc(64 * MiB)],
  ] as const) {
    test(`ends in a time limit, and is not buffered: ${what}`, async () => {
      await using server = await serve((socket) => socket.pause())
      const given = body()
      const growth = await growthDuring(async () => {
        await using connection = HttpConnection.to(`http://127.0.0.1:${server.port}`, { timeouts: { write: 300 } })
        expect(endOf(await attempt(connection, 'POST', '/', { body: given }))).toBe('WRITE_TIMEOUT')
      })
      expect(growth).toBeLessThan(4 * MiB)
    })
  }
})

test('a body is sent even if the server never sends 100 Continue (R145)', async () => {
  await using server = await serve((socket) => {
    let text = ''
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1')
      if (text.endsWith('\r\n\r\nhello')) socket.write(answer(text))
    })
  })
  await using connection = HttpConnection.to(`http://127.0.0.1:${server.port}`)
  const started = performance.now()
  const { body, error } = await attempt(connection, 'POST', '/', { body: 'hello', expectContinue: 100 })
  expect(error).toBe(undefined)
  expect(body.toString()).toContain('Expect: 100-continue\r\n')
  expect(performance.now() - started).toBeGreaterThanOrEqual(99)
})

test.describe('TLS that ends without close_notify (R142)', () => {
  const HEAD = 'HTTP/1.1 200 OK\r\n'
  const SMALL = 'hello'
  const LARGE = 'x'.repeat(3_000_000)

  for (const [what, head, body, whole, cut] of [
    ['a body without a length', `${HEAD}\r\n`, SMALL, 'complete', 'TLS_TRUNCATED'],
    ['a large body without a length', `${HEAD}\r\n`, LARGE, 'complete', 'TLS_TRUNCATED'],
    ['a body with its length', `${HEAD}Content-Length: 5\r\n\r\n`, SMALL, 'complete', 'complete'],
    ['half a body', `${HEAD}Content-Length: 9\r\n\r\n`, SMALL, `PREMATURE_EOF at 43`, 'TLS_TRUNCATED'],
  ] as const) {
    test(`does not count as an end: ${what}`, async () => {
      for (const isCut of [false, true]) {
        await using server = await serveTls((socket) => {
          afterRequests(socket, 1, () =>
            isCut ? socket.write(head + body, () => socket.destroy()) : socket.end(head + body),
          )
        })
        const { port, ca } = server
        await using connection = HttpConnection.to(`https://localhost:${port}`, { tls: { ca } })
        const seen = await attempt(connection, 'GET', '/')
        expect(endOf(seen)).toBe(isCut ? cut : whole)
        expect(seen.body.equals(Buffer.from(body))).toBe(true)
      }
    })
  }

  for (const [what, head, end] of [
    ['a body without a length', `${HEAD}\r\n`, 'complete'],
    ['half a body', `${HEAD}Content-Length: 9\r\n\r\n`, 'PREMATURE_EOF at 43'],
  ] as const) {
    test(`counts as an end if that is allowed: ${what}`, async () => {
      await using server = await serveTls((socket) => {
        afterRequests(socket, 1, () => socket.write(head + SMALL, () => socket.destroy()))
      })
      const { port, ca } = server
      const notes: unknown[] = []
      const connector: Connector = (origin, options) => {
        notes.push(options.lenient)
        return connectSocket(origin, options)
      }
      const settings = { tls: { ca }, allowMissingCloseNotify: true, connector }
      await using connection = HttpConnection.to(`https://localhost:${port}`, settings)
      expect(endOf(await attempt(connection, 'GET', '/'))).toBe(end)
      expect(notes).toEqual([['missingCloseNotify']])
    })
  }

  test('does not count as an end through the tunnel of a proxy', async () => {
    const ends: string[] = []
    for (const isCut of [false, true]) {
      await using server = await serveTls((socket) => {
        const text = `${HEAD}\r\n${SMALL}`
        afterRequests(socket, 1, () => (isCut ? socket.write(text, () => socket.destroy()) : socket.end(text)))
      })
      await using proxy = await serve((client) => {
        afterRequests(client, 1, () => {
          const tunnel = connect(server.port, '127.0.0.1').on('error', () => {})
          client.write('HTTP/1.1 200 Connected\r\n\r\n')
          client.pipe(tunnel).pipe(client)
        })
      })
      const connector = proxyConnector(`http://127.0.0.1:${proxy.port}`)
      const tls = { ca: server.ca }
      await using connection = HttpConnection.to(`https://localhost:${server.port}`, { connector, tls })
      ends.push(endOf(await attempt(connection, 'GET', '/')))
    }
    expect(ends).toEqual(['complete', 'TLS_TRUNCATED'])
  })

  test('is distinguished from an orderly end, even if the reader is late and the rest comes in one piece', async () => {
    for (const [cutOff, end] of [
      [0, 'complete'],
      [CLOSE_NOTIFY, 'TLS_TRUNCATED'],
    ] as const) {
      await using server = await serveTls((socket) => afterRequests(socket, 1, () => socket.end(`${HEAD}\r\n${LARGE}`)))
      const relayed = new EventEmitter()
      await using relay = await serve((client) => {
        client.on('finish', () => relayed.emit('all'))
        relayAsOne(client, server.port, cutOff)
      })
      const { ca } = server
      await using connection = HttpConnection.to(`https://localhost:${relay.port}`, { tls: { ca } })
      const isRelayed = once(relayed, 'all')
      await connection.request('GET', '/')
      const response = await connection.getResponse()
      // All is on its way, and has to wait.
      await isRelayed
      const ended = await response.bytes().then(
        ({ length }) => (length === LARGE.length ? 'complete' : 'short'),
        (error: unknown) => (error instanceof WiretapeError ? error.code : error),
      )
      expect(ended).toBe(end)
    }
  })
})

/** Bytes of a close_notify alert in TLS 1.3, its record included (RFC 8446 section 5.2). */
const CLOSE_NOTIFY = 24

/** Passes everything on, but what comes after the handshake at its end, in one piece and without its last bytes. */
function relayAsOne(client: Socket, port: number, cutOff: number): void {
  const server = connect(port, '127.0.0.1')
  server.on('error', () => {})
  const held: Buffer[] = []
  let flights = 0
  client.on('data', (bytes: Buffer) => {
    flights += 1
    server.write(bytes)
  })
  // The client's second flight ends the handshake (RFC 8446 section 2).
  server.on('data', (bytes: Buffer) => void (flights < 2 ? client.write(bytes) : held.push(bytes)))
  server.on('end', () => {
    const bytes = Buffer.concat(held)
    client.end(bytes.subarray(0, bytes.length - cutOff))
  })
}
