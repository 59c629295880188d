import type { Socket } from 'node:net'
import { expect, test } from '../helpers/test.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import type { RequestOptions } from '../../src/client/connection-settings.ts'
import { connectSocket } from '../../src/client/socket-connector.ts'
import { ConnectionError, WiretapeError } from '../../src/errors.ts'
import type { ResponseEvent } from '../../src/http1/events.ts'
import { Recorder } from '../../src/recorder/recorder.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import type { Connector } from '../../src/transport.ts'
import { serve } from '../helpers/live-server.ts'
import { formatEvent, joinData } from '../helpers/trace.ts'

/** A server that misbehaves, and the requests of a client that meets it; `GET /` where nothing else is said. */
interface Ending {
  readonly name: string
  /** Called with what came on the connection so far, each time something comes; `heard` waits for the client to read. */
  readonly serve: (socket: Socket, received: string, heard: (length: number) => Promise<void>) => unknown
  readonly requests?: readonly (readonly [method: string, target: string, options?: RequestOptions])[]
  readonly read?: number
  /** Something that the outcome must hold, lest both runs agree on nothing. */
  readonly outcome: string
}

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const isHead = (received: string): boolean => received.endsWith('\r\n\r\n')

const ENDINGS: readonly Ending[] = [
  { name: 'FIN before the answer', serve: (socket) => socket.end(), outcome: 'EMPTY_RESPONSE' },
  { name: 'reset before the answer', serve: (socket) => socket.resetAndDestroy(), outcome: 'CONNECTION_LOST' },
  { name: 'FIN inside the head', serve: (socket) => socket.end(HEAD.slice(0, 20)), outcome: 'PREMATURE_EOF' },
  { name: 'FIN inside the body', serve: (socket) => socket.end(`${HEAD}hello`), outcome: 'PREMATURE_EOF' },
  { name: 'reset inside the body', serve: resetAfter(`${HEAD}hello`), outcome: 'CONNECTION_LOST' },
  { name: 'reset inside a chunk', serve: resetAfter(`${CHUNKED}a\r\nhello`), outcome: 'CONNECTION_LOST' },
  { name: 'FIN between chunks', serve: (socket) => socket.end(`${CHUNKED}5\r\nhello\r\n`), outcome: 'PREMATURE_EOF' },
  {
    name: 'FIN ends a body without length',
    serve: (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nhello'),
    outcome: '"hello"',
  },
  {
    name: 'reset inside a body without length',
    serve: resetAfter('HTTP/1.1 200 OK\r\n\r\nhello'),
    outcome: 'CONNECTION_LOST',
  },
  { name: 'FIN behind the answer', serve: (socket) => socket.end(`${HEAD}helloworld`), outcome: '"helloworld"' },
  {
    name: 'reset behind an interim response',
    serve: resetAfter('HTTP/1.1 103 Early Hints\r\n\r\n'),
    outcome: 'CONNECTION_LOST',
  },
  { name: 'silence instead of an answer', serve: () => {}, read: 40, outcome: 'HEADERS_TIMEOUT' },
  {
    name: 'silence inside the head',
    serve: (socket) => socket.write(HEAD.slice(0, 20)),
    read: 40,
    outcome: 'HEADERS_TIMEOUT',
  },
  {
    name: 'silence inside the body',
    serve: (socket) => socket.write(`${HEAD}hello`),
    read: 40,
    outcome: 'BODY_TIMEOUT',
  },
  {
    name: 'an answer that is not HTTP',
    serve: (socket) => socket.write('220 mail.test ready\r\n'),
    outcome: 'BAD_START_LINE',
  },
  {
    name: 'a chunk-size that is none',
    serve: (socket) => socket.write(`${CHUNKED}5\r\nhello\r\nxyz\r\n`),
    outcome: 'BAD_CHUNK_SIZE',
  },
  {
    name: 'two pipelined requests, one answer and a reset',
    serve: (socket, received, heard) => {
      if (received.split('\r\n\r\n').length === 3) resetAfter(`${HEAD}helloworld`)(socket, received, heard)
    },
    requests: [
      ['GET', '/1'],
      ['GET', '/2'],
    ],
    outcome: 'CONNECTION_LOST',
  },
  {
    name: 'a body refused after Expect',
    serve: (socket, received) => {
      if (isHead(received))
        socket.end('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    },
    requests: [['POST', '/', { body: 'hello', expectContinue: true }]],
    outcome: '417',
  },
  {
    name: 'a reset instead of 100 Continue',
    serve: (socket) => socket.resetAndDestroy(),
    requests: [['POST', '/', { body: 'hello', expectContinue: true }]],
    outcome: 'CONNECTION_LOST',
  },
  {
    name: 'a reset behind 100 Continue and the body',
    serve: (socket, received) => {
      if (isHead(received)) socket.write('HTTP/1.1 100 Continue\r\n\r\n')
      if (received.endsWith('hello')) socket.resetAndDestroy()
    },
    requests: [['POST', '/', { body: 'hello', expectContinue: true }]],
    outcome: 'CONNECTION_LOST',
  },
  {
    name: 'an upload refused while it is sent',
    serve: (socket, received) => {
      if (received.endsWith('\r\nfirst\r\n'))
        socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n')
    },
    requests: [['POST', '/', { body: untilRefused() }]],
    outcome: '413',
  },
]

test.describe('what a client meets in a replay is what it met live', () => {
  for (const ending of ENDINGS) {
    test(ending.name, async () => {
      const recorder = new Recorder()
      const live = await runLive(ending, recorder.wrap(connectSocket))
      const replayer = new Replayer(decodeCassette(encodeCassette(recorder.cassette)))
      const replayed = await run(ending, live.port, replayer.connector)

      expect(live.outcome.join('\n')).toContain(ending.outcome)
      expect(replayed).toEqual(live.outcome)
      expect(replayer.allPlayed).toBe(true)
    })
  }

  test('a refused connection', async () => {
    const { port } = await runLive({ name: '', serve: (socket) => socket.end(), outcome: '' }, connectSocket)
    const recorder = new Recorder()
    const live = await run(undefined, port, recorder.wrap(connectSocket))
    const replayer = new Replayer(decodeCassette(encodeCassette(recorder.cassette)))

    expect(live).toEqual([expect.stringContaining('CONNECT_FAILED tcp ECONNREFUSED')])
    expect(await run(undefined, port, replayer.connector)).toEqual(live)
    expect(replayer.allPlayed).toBe(true)
  })
})

async function runLive(ending: Ending, connector: Connector): Promise<{ port: number; outcome: string[] }> {
  const ear = earOn(connector)
  await using server = await serve((socket) => {
    let received = ''
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1')
      ending.serve(socket, received, ear.heard)
    })
  })
  return { port: server.port, outcome: await run(ending, server.port, ear.connector) }
}

/** Counts the bytes that have been read through `connector`: a reset any earlier may take them back. */
function earOn(connector: Connector): { connector: Connector; heard: (length: number) => Promise<void> } {
  const waiting = new Map<() => void, number>()
  let length = 0
  const tell = (): void => {
    for (const [resolve, wanted] of waiting) if (wanted <= length) resolve()
  }
  return {
    heard: (wanted) => new Promise((resolve) => (waiting.set(resolve, wanted), tell())),
    connector: async (origin, options) => {
      const transport = await connector(origin, options)
      const read = transport.read.bind(transport)
      // Without `receive` all bytes are read.
      return Object.assign(transport, {
        receive: undefined,
        read: async () => {
          const segment = await read()
          length += segment?.length ?? 0
          tell()
          return segment
        },
      })
    },
  }
}

/** Every event and error that the client sees, in order. */
async function run(ending: Ending | undefined, port: number, connector: Connector): Promise<string[]> {
  const events: ResponseEvent[] = []
  const errors: string[] = []
  const requests = ending?.requests ?? [['GET', '/']]
  await using connection = new HttpConnection({
    host: '127.0.0.1',
    port,
    connector,
    timeouts: ending?.read ?? 5_000,
    onEvent: (event) => void events.push(event),
  })
  try {
    for (const [method, target, options] of requests) await connection.request(method, target, options)
    for (const _ of requests) await (await connection.getResponse()).bytes()
  } catch (error) {
    errors.push(describe(error))
  }
  return [...joinData(events).map(formatEvent), ...errors]
}

function describe(error: unknown): string {
  if (error instanceof ConnectionError) return `${error.code} ${error.phase} ${error.systemCode} ${error.message}`
  return error instanceof WiretapeError ? `${error.code} ${error.message}` : String(error)
}

function resetAfter(text: string): Ending['serve'] {
  return async (socket, _received, heard) => {
    socket.write(text)
    await heard(text.length)
    socket.resetAndDestroy()
  }
}

/** A body that goes on until nobody wants it any more. */
function untilRefused(): AsyncIterable<string> {
  return {
    async *[Symbol.asyncIterator]() {
      for (let piece = 'first'; ; piece = 'more') {
        yield piece
        await new Promise((resolve) => void setImmediate(resolve))
      }
    },
  }
}
