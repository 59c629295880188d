import type { Socket } from 'node:net'
import type { HttpConnection } from '../../src/client/http-connection.ts'
import type { HttpConnectionOptions, RequestOptions } from '../../src/client/connection-settings.ts'
import type { HttpResponse } from '../../src/client/http-response.ts'
import { WiretapeError } from '../../src/errors.ts'
import { answer } from '../helpers/tape.ts'

/** Where the servers are that a failure needs. */
export interface FailurePlaces {
  /** Does with a connection what the path of its first request names. */
  readonly port: number
  /** Nobody listens. */
  readonly closedPort: number
  /** A TLS server whose certificate nobody trusts. */
  readonly tlsPort: number
  /** Never answers, and never reads. */
  readonly deafPort: number
}

/** One way for a request to go wrong, or right. */
export interface FailureKind {
  readonly name: string
  /** A status or a code, as a regular expression. */
  readonly ends: string
  readonly options?: (places: FailurePlaces) => Partial<HttpConnectionOptions>
  readonly run: (connection: HttpConnection, signal: AbortSignal) => Promise<unknown>
}

const OK = 'HTTP/1.1 200 OK\r\n'
const HEAD = `${OK}Content-Length: 5\r\n\r\n`

/** What the server does with a request for `/name`. */
const SERVER_ACTS: Readonly<Record<string, (socket: Socket) => void>> = {
  fine: (socket) => socket.write(answer('hello')),
  'no-answer': (socket) => socket.end(),
  'half-head': (socket) => socket.end(OK),
  'half-body': (socket) => socket.end(`${HEAD}hel`),
  reset: (socket) => socket.resetAndDestroy(),
  'reset-in-body': (socket) => socket.write(`${HEAD}hel`, () => socket.resetAndDestroy()),
  'reset-without-length': (socket) => socket.write(`${OK}\r\nhello`, () => socket.resetAndDestroy()),
  'not-http': (socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n'),
  'bad-chunk': (socket) => socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n`),
  'large-head': (socket) => socket.write(`${OK}X: ${'x'.repeat(70_000)}\r\n\r\n`),
  surplus: (socket) => socket.write(`${HEAD}helloEVIL`),
  silent: () => {},
  'stalled-body': (socket) => socket.write(`${HEAD}hel`),
  'last-answer': (socket) => socket.end(`${OK}Connection: close\r\nContent-Length: 5\r\n\r\nhello`),
  refuse: (socket) =>
    socket.write('HTTP/1.1 413 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () => socket.resetAndDestroy()),
  expectation: (socket) => socket.write('HTTP/1.1 417 X\r\nContent-Length: 0\r\n\r\n'),
}

/** Does what the path of each request names, and answers what is not HTTP in plain text. Leaves when its client does. */
export function actOnPaths(socket: Socket): void {
  socket.on('end', () => socket.end())
  socket.on('data', (bytes: Buffer) => {
    if (bytes[0] === TLS_HANDSHAKE) socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')
    for (const [, path = ''] of bytes.toString('latin1').matchAll(/^[A-Z]+ \/(\S*) HTTP\/1\.1\r\n/gm)) {
      SERVER_ACTS[path]?.(socket)
    }
  })
}

/** Type of a TLS record (RFC 8446 section 5.1). */
const TLS_HANDSHAKE = 0x16

export const FAILURE_KINDS: readonly FailureKind[] = [
  gets('fine', '200'),
  gets('last-answer', '200'),
  gets('surplus', '200'),
  gets('no-answer', 'EMPTY_RESPONSE'),
  gets('half-head', 'PREMATURE_EOF'),
  gets('half-body', 'PREMATURE_EOF'),
  gets('reset', 'CONNECTION_LOST'),
  gets('reset-in-body', 'CONNECTION_LOST'),
  gets('reset-without-length', 'CONNECTION_LOST'),
  gets('not-http', 'BAD_START_LINE'),
  gets('bad-chunk', 'BAD_CHUNK_END'),
  gets('large-head', 'HEADERS_TOO_LARGE'),
  { ...gets('silent', 'HEADERS_TIMEOUT'), options: () => ({ timeouts: { read: 15 } }) },
  {
    name: 'stalled-body',
    ends: 'BODY_TIMEOUT',
    run: async (connection) => {
      connection.setTimeouts(null)
      const response = await ask(connection, 'stalled-body')
      connection.setTimeouts(15)
      return response.bytes()
    },
  },
  {
    name: 'a signal that has aborted',
    ends: 'ABORTED',
    run: (connection) => readAll(connection, 'fine', { signal: AbortSignal.abort() }),
  },
  {
    name: 'a signal that aborts before the head',
    ends: 'ABORTED',
    run: async (connection) => {
      const controller = new AbortController()
      await connection.request('GET', '/silent', { signal: controller.signal })
      const response = connection.getResponse()
      controller.abort()
      return response
    },
  },
  {
    name: 'a signal that aborts in the body',
    ends: 'ABORTED',
    run: async (connection) => {
      const controller = new AbortController()
      const response = await ask(connection, 'stalled-body', { signal: controller.signal })
      const rest = response.bytes()
      controller.abort()
      return rest
    },
  },
  {
    name: 'a body that is left',
    ends: 'left',
    run: async (connection) => {
      const { body } = await ask(connection, 'stalled-body')
      for await (const _ of body) break
      return 'left'
    },
  },
  {
    name: 'a body that is given up',
    ends: 'given up',
    run: async (connection) => {
      const response = await ask(connection, 'stalled-body')
      response.cancel()
      return 'given up'
    },
  },
  {
    name: 'a body that is not read',
    ends: '200',
    run: async (connection) => (await ask(connection, 'fine')).status,
  },
  {
    name: 'close() in the wait',
    ends: 'CONNECTION_CLOSED',
    run: async (connection) => {
      await connection.request('GET', '/silent')
      const response = connection.getResponse()
      await connection.close()
      return response
    },
  },
  {
    name: 'requests behind a last answer',
    ends: '200, CONNECTION_CLOSED, CONNECTION_CLOSED',
    run: async (connection) => {
      for (let count = 0; count < 3; count += 1) await connection.request('GET', '/last-answer')
      const ends = [0, 1, 2].map(() => endOf(connection.getResponse().then(({ status }) => status)))
      return (await Promise.all(ends)).join(', ')
    },
  },
  {
    name: 'a source that throws',
    ends: 'Error: of the source',
    run: (connection) => connection.request('POST', '/fine', { body: throwing() }),
  },
  {
    name: 'a source that is too short',
    ends: 'BODY_LENGTH_MISMATCH',
    run: (connection) => connection.request('POST', '/silent', { body: pieces(1), contentLength: 100_000 }),
  },
  {
    name: 'an upload that is refused',
    ends: '413',
    run: async (connection) => (await ask(connection, 'refuse', { body: pieces(100) }, 'POST')).status,
  },
  {
    name: 'an expectation that is not met',
    ends: '417',
    run: async (connection) =>
      (await ask(connection, 'expectation', { body: pieces(2), expectContinue: true }, 'POST')).status,
  },
  {
    name: 'a server that does not read',
    ends: 'WRITE_TIMEOUT',
    options: ({ deafPort }) => ({ port: deafPort, timeouts: { write: 15 } }),
    run: (connection) => connection.request('POST', '/', { body: pieces(10_000) }),
  },
  {
    name: 'a header that is none',
    ends: 'INVALID_HEADER_VALUE',
    run: (connection) => connection.request('GET', '/fine', { headers: { a: 'b\r\nX: 1' } }),
  },
  {
    name: 'a port where nobody listens',
    ends: 'CONNECT_FAILED',
    options: ({ closedPort }) => ({ port: closedPort }),
    run: (connection) => connection.connect(),
  },
  {
    name: 'a name that is none',
    ends: 'DNS_FAILED',
    // A label is 63 bytes at most (RFC 1035 section 2.3.4): no server is asked for this one.
    options: () => ({ host: `${'x'.repeat(64)}.invalid` }),
    run: (connection) => connection.connect(),
  },
  {
    name: 'a certificate that nobody trusts',
    ends: 'TLS_FAILED',
    options: ({ tlsPort }) => ({ protocol: 'https', port: tlsPort }),
    run: (connection) => connection.connect(),
  },
  {
    name: 'plain text instead of TLS',
    ends: 'TLS_FAILED',
    options: () => ({ protocol: 'https' }),
    run: (connection) => connection.connect(),
  },
  {
    name: 'a handshake that stalls',
    // On a busy machine TCP itself may take so long.
    ends: '(TLS|CONNECT)_TIMEOUT',
    options: ({ deafPort }) => ({ protocol: 'https', port: deafPort, timeouts: { connect: 15 } }),
    run: (connection) => connection.connect(),
  },
]

/** How it ended, in a word: what it gave, or the code of its error. */
export async function endOf(ending: Promise<unknown>): Promise<string> {
  try {
    return String(await ending)
  } catch (error) {
    return error instanceof WiretapeError ? error.code : String(error)
  }
}

function gets(path: string, ends: string): FailureKind {
  return { name: path, ends, run: (connection, signal) => readAll(connection, path, { signal }) }
}

async function readAll(connection: HttpConnection, path: string, options: RequestOptions): Promise<number> {
  const response = await ask(connection, path, options)
  await response.bytes()
  return response.status
}

async function ask(
  connection: HttpConnection,
  path: string,
  options?: RequestOptions,
  method = 'GET',
): Promise<HttpResponse> {
  await connection.request(method, `/${path}`, options)
  return connection.getResponse()
}

async function* pieces(count: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let piece = 0; piece < count; piece += 1) yield PIECE
}

const PIECE = Buffer.alloc(65_536)

async function* throwing(): AsyncGenerator<Uint8Array, void, undefined> {
  yield PIECE
  throw new Error('of the source')
}
