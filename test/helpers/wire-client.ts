import { EventEmitter, once } from 'node:events'
import type { Cassette } from '../../src/tape/cassette.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { RemoteProtocolError, WiretapeError } from '../../src/errors.ts'
import type { ResponseEvent } from '../../src/http1/events.ts'
import { Recorder } from '../../src/recorder/recorder.ts'
import type { Connector } from '../../src/transport.ts'
import { nextTurn } from './scripted-transport.ts'
import { formatError, formatEvent, joinData } from './trace.ts'
import type { WireCase } from './wire.ts'

/** What came of a {@link WireCase} with the whole client. */
export interface Run {
  /** Every event and then every error, adjacent data joined. */
  readonly trace: readonly string[]
  readonly cassette: Cassette
}

/** Sends the requests of the case and reads what can be read; every event and error, in order. */
export async function runCase(
  { to = [], limits, lenient, trace: expected, bytes }: WireCase,
  inner: Connector,
  port: number,
  { isReplay = false }: { readonly isReplay?: boolean } = {},
): Promise<Run> {
  const recorder = new Recorder()
  const events: ResponseEvent[] = []
  const errors: string[] = []
  const received = receivedBytes(bytes.length)
  const connector = received.count(recorder.wrap(inner))
  const settings = { host: '127.0.0.1', port, connector, limits, lenient, timeouts: 5_000 }
  await using connection = new HttpConnection({ ...settings, onEvent: (event) => void events.push(event) })
  // A server may switch only to what was asked for.
  const headers = expected.some((line) => line.includes('"HTTP/1.1 101 ')) ? UPGRADE : {}
  for (const method of to) await connection.request(method, method === 'CONNECT' ? 'example.com:443' : '/', { headers })

  const heads = count(expected, 'response-head')
  const answers = count(expected, 'end-of-message')
  // One more shows what comes instead of the next answer, where the case says that something does.
  const hasError = !expected.every(isEvent)
  const wanted = hasError ? Math.min(answers + 1, to.length) : heads
  if (to.length === 0) await connection.connect()
  for (let index = 0; index < wanted; index += 1) {
    await connection
      .getResponse()
      .then((response) => {
        const body = response.bytes()
        // A body without an end is read, too, or back-pressure would hide what comes behind it.
        return index < answers || hasError ? body : void body.catch(() => {})
      })
      .catch((error: unknown) => errors.push(describe(error)))
  }
  // Bytes behind the last answer are read as well, or a run would end before it has seen them.
  await (isReplay ? nextTurn() : received.all)
  return { trace: [...joinData(events).map(formatEvent), ...errors], cassette: recorder.cassette }
}

const UPGRADE = { Connection: 'Upgrade', Upgrade: 'websocket, x' }

/** Resolves when so many bytes have been read, or the connection has ended. */
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

export const isEvent = (line: string): boolean => line.startsWith('[')

function describe(error: unknown): string {
  if (error instanceof RemoteProtocolError) return formatError(error.code, error.offset)
  return error instanceof WiretapeError ? `error ${error.code}` : String(error)
}
