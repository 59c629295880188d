import { EventEmitter, once } from 'node:events'
import { expect, test } from '@playwright/test'
import { decodeCassette, encodeCassette } from '../../src/cassette/codec.ts'
import type { Cassette } from '../../src/cassette/cassette.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { connectSocket } from '../../src/client/socket-transport.ts'
import { RemoteProtocolError, WiretapeError } from '../../src/errors.ts'
import type { ResponseEvent } from '../../src/http1/events.ts'
import { Recorder } from '../../src/recorder/recorder.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import type { Connector } from '../../src/transport.ts'
import { afterRequests, serve } from '../helpers/live-server.ts'
import { formatError, formatEvent, joinData } from '../helpers/trace.ts'
import { type WireCase, wireCases } from '../helpers/wire.ts'

test.describe('what a client sees of a replay is what it saw live', () => {
  for (const wireCase of wireCases()) {
    if (wireCase.to === undefined) continue
    test(`${wireCase.name} (${wireCase.file})`, async () => {
      const live = await runLive(wireCase)
      const cassette = decodeCassette(encodeCassette(live.cassette))
      const replay = await run(wireCase, new Replayer(cassette).connector, live.port)

      expect(replay.trace).toEqual(live.trace)
      expect(endings(replay.cassette)).toEqual(endings(live.cassette))
      expect(live.trace.filter(isEvent)).toEqual(wireCase.trace.filter(isEvent))
    })
  }
})

interface Run {
  readonly trace: readonly string[]
  readonly cassette: Cassette
}

/** Over a real socket, from a server that sends the bytes of the case in two writes. */
async function runLive(wireCase: WireCase): Promise<Run & { port: number }> {
  const middle = Math.floor(wireCase.bytes.length / 2)
  await using server = await serve((socket) => {
    afterRequests(socket, wireCase.to?.length ?? 0, () => {
      socket.write(wireCase.bytes.subarray(0, middle))
      setImmediate(() => {
        socket.write(wireCase.bytes.subarray(middle))
        if (wireCase.eof) socket.end()
      })
    })
  })
  return { ...(await run(wireCase, connectSocket, server.port)), port: server.port }
}

/** Sends the requests of the case and reads what can be read; every event and error, in order. */
async function run(
  { to = [], limits, trace: expected, bytes }: WireCase,
  inner: Connector,
  port: number,
): Promise<Run> {
  const recorder = new Recorder()
  const events: ResponseEvent[] = []
  const errors: string[] = []
  const received = receivedBytes(bytes.length)
  const connector = received.count(recorder.wrap(inner))
  const settings = { host: '127.0.0.1', port, connector, limits, timeouts: 5_000 }
  await using connection = new HttpConnection({ ...settings, onEvent: (event) => void events.push(event) })
  for (const method of to) await connection.request(method, method === 'CONNECT' ? 'example.com:443' : '/')

  const heads = count(expected, 'response-head')
  const answers = count(expected, 'end-of-message')
  // One more shows what comes instead of the next answer, where the case says that something does.
  const hasError = !expected.every(isEvent)
  const wanted = hasError ? Math.min(answers + 1, to.length) : heads
  if (to.length === 0) await connection.connect()
  for (let index = 0; index < wanted; index += 1) {
    await connection
      .getResponse()
      .then((response) => (index < answers || hasError ? response.bytes() : undefined))
      .catch((error: unknown) => errors.push(describe(error)))
  }
  // Bytes behind the last answer are read as well, or a run would end before it has seen them.
  await received.all
  return { trace: [...joinData(events).map(formatEvent), ...errors], cassette: recorder.cassette }
}

/** Tells when so many bytes have been read, or the connection has ended. */
function receivedBytes(total: number): { count(inner: Connector): Connector; all: Promise<unknown> } {
  const gate = new EventEmitter()
  const resolve = (): boolean => gate.emit('open')
  let count = 0
  return {
    all: once(gate, 'open'),
    count: (inner) => async (origin, options) => {
      const transport = await inner(origin, options)
      return {
        info: transport.info,
        write: (bytes) => transport.write(bytes),
        end: () => transport.end(),
        destroy: (error) => (resolve(), transport.destroy(error)),
        async read() {
          const segment = await transport.read()
          count += segment?.length ?? total
          if (count >= total) setImmediate(resolve)
          return segment
        },
      }
    },
  }
}

const count = (trace: readonly string[], type: string): number =>
  trace.filter((line) => line.includes(`) ${type} `)).length

const isEvent = (line: string): boolean => line.startsWith('[')

function describe(error: unknown): string {
  if (error instanceof RemoteProtocolError) return formatError(error.code, error.offset)
  return error instanceof WiretapeError ? `error ${error.code}` : String(error)
}

/** How each connection ended, without the times. */
const endings = ({ tape }: Cassette): string[] =>
  tape.flatMap((event) => {
    if (event.type === 'end') return [`end by ${event.by}`]
    return event.type === 'close' ? [`close by ${event.by} ${event.failure?.code ?? ''}`] : []
  })
