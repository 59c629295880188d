import type { Socket } from 'node:net'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { connectSocket } from '../../src/client/socket-connector.ts'
import { WiretapeError } from '../../src/errors.ts'
import type { ParserLimits } from '../../src/http1/limits.ts'
import type { Connector, Transport } from '../../src/transport.ts'
import { attempt } from '../helpers/attempt.ts'
import { type LiveServer, serve } from '../helpers/live-server.ts'
import { finallyHeldBytes, growthDuring } from '../helpers/memory.ts'
import { every } from '../helpers/share.ts'

/** More of one thing than anybody needs. */
export interface Flood {
  readonly name: string
  readonly before?: string
  /** This again and again. */
  readonly unit: string
  readonly after: string
  /** What stops it; none: it is a body, however strange. */
  readonly code?: string
  /** Bytes that may be read until then. */
  readonly limit: number
}

const OK = 'HTTP/1.1 200 OK\r\n'
const EMPTY = 'Content-Length: 0\r\n\r\n'
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`
const NO_CHUNK = '0\r\n\r\n'
const HEAD = 65_536
const TRAILERS = 16_384

/** The one flood that is a body: R104. */
export const ONE_BYTE_CHUNKS: Flood = {
  name: 'one-byte chunks',
  before: CHUNKED,
  unit: '1\r\nx\r\n',
  after: NO_CHUNK,
  limit: Infinity,
}

// oxfmt-ignore
export const FLOODS: readonly Flood[] = [
  { name: 'fields',             before: OK,             unit: 'a: b\r\n', after: EMPTY, code: 'TOO_MANY_HEADERS', limit: HEAD },
  { name: 'one field',          before: `${OK}X: `,     unit: 'a', after: `\r\n${EMPTY}`, code: 'HEADERS_TOO_LARGE', limit: HEAD },
  { name: 'blanks in a field',  before: `${OK}X: `,     unit: ' ', after: `\r\n${EMPTY}`, code: 'HEADERS_TOO_LARGE', limit: HEAD },
  { name: 'a list',             before: `${OK}Connection: `, unit: 'a,', after: `\r\n${EMPTY}`, code: 'HEADERS_TOO_LARGE', limit: HEAD },
  { name: 'a reason',           before: 'HTTP/1.1 200 ', unit: 'a', after: `\r\n${EMPTY}`, code: 'HEADERS_TOO_LARGE', limit: HEAD },
  { name: 'interim responses',  unit: 'HTTP/1.1 100 Continue\r\n\r\n', after: OK + EMPTY, code: 'TOO_MANY_INFORMATIONAL', limit: 2_525 },
  { name: 'blank lines',        unit: '\r\n', after: OK + EMPTY, code: 'BAD_START_LINE', limit: 6 },
  { name: 'trailers',           before: `${CHUNKED}0\r\n`, unit: 'a: b\r\n', after: '\r\n', code: 'TOO_MANY_HEADERS', limit: TRAILERS },
  { name: 'one trailer',        before: `${CHUNKED}0\r\nX: `, unit: 'a', after: '\r\n\r\n', code: 'TRAILERS_TOO_LARGE', limit: TRAILERS },
  { name: 'one extension',      before: `${CHUNKED}1;`, unit: 'a', after: `\r\nx\r\n${NO_CHUNK}`, code: 'CHUNK_EXT_TOO_LARGE', limit: TRAILERS },
  { name: 'extensions',         before: CHUNKED,        unit: '1;a\r\nx\r\n', after: NO_CHUNK, code: 'CHUNK_EXT_TOO_LARGE', limit: 8 * 8_192 },
  { name: 'zeros of a size',    before: CHUNKED,        unit: '0', after: `1\r\nx\r\n${NO_CHUNK}`, code: 'CHUNK_LINE_TOO_LONG', limit: 100 },
  ONE_BYTE_CHUNKS,
]

/** A share of them, in which one-byte chunks are. */
export const TRIED_FLOODS = every(2, FLOODS)

/** What is read at once, bytes. */
export const SEGMENT = 65_536

const NO_LIMITS: ParserLimits = {
  headBytes: 1e9,
  fields: 1e9,
  trailerBytes: 1e9,
  chunkExtensionBytes: 1e9,
  chunkSizeDigits: 1e9,
  interimResponses: 1e9,
  interimBytes: 1e9,
  blankLines: 1e9,
}

/** A server that is asked for `/<flood>/<bytes>`. */
export function serveFloods(): Promise<LiveServer> {
  return serve((socket) => {
    socket.on('data', (bytes: Buffer) => {
      const [, number, size] = /^GET \/(\d+)\/(\d+) /.exec(bytes.toString('latin1')) ?? []
      const flood = FLOODS[Number(number)]
      if (flood !== undefined) void pour(socket, flood, Number(size))
    })
  })
}

async function pour(socket: Socket, { before = '', unit, after }: Flood, size: number): Promise<void> {
  const block = Buffer.from(unit.repeat(Math.ceil(SEGMENT / unit.length)))
  socket.write(before)
  for (let poured = 0; poured < size && !socket.destroyed; poured += block.length) {
    if (!socket.write(block)) await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve))
  }
  if (!socket.destroyed) socket.end(after)
}

/** How a flood ended. */
export interface Flooded {
  readonly end: string
  /** Bytes that the client took from the system. */
  readonly read: number
  /** The most bytes that it held, beyond what it held before. */
  readonly growth: number
}

/** Meets a flood of so many bytes with the usual limits. */
export async function meetFlood(port: number, flood: Flood, bytes: number): Promise<Flooded> {
  let read = 0
  const connector: Connector = async (origin, options) =>
    counted(await connectSocket(origin, options), (length) => (read += length))
  await using connection = new HttpConnection({ host: '127.0.0.1', port, connector })
  let end = ''
  await finallyHeldBytes()
  const growth = await growthDuring(async () => {
    await connection.request('GET', `/${FLOODS.indexOf(flood)}/${bytes}`)
    end = await drain(connection)
  })
  return { end, read, growth }
}

/** The same transport, telling how much is read from it. */
function counted(transport: Transport, count: (length: number) => void): Transport {
  return {
    info: transport.info,
    read: () => transport.read(),
    receive: (reader) =>
      transport.receive?.({
        onBytes(buffer, length) {
          count(length)
          reader.onBytes(buffer, length)
        },
        onEnd: () => reader.onEnd(),
        onFailure: (error) => reader.onFailure(error),
      }),
    write: (bytes) => transport.write(bytes),
    end: () => transport.end(),
    destroy: (error) => transport.destroy(error),
  }
}

/** Reads an answer without keeping it. */
async function drain(connection: HttpConnection): Promise<string> {
  try {
    const { body } = await connection.getResponse()
    for await (const _ of body);
    return 'complete'
  } catch (error) {
    if (error instanceof WiretapeError) return error.code
    throw error
  }
}

/**
 * How many times as long a flood takes for each doubling, where no limit stops it: over two doublings, for a collection of garbage
 * more or less moves one of them by a tenth. Whatever else goes on can only add to a time, so the least of several runs counts.
 */
export async function growthOfTime(port: number, flood: Flood, bytes: number, enough: number): Promise<number> {
  let [single, fourfold] = [Infinity, Infinity]
  for (let round = 0; round < 3 || (round < 9 && Math.sqrt(fourfold / single) >= enough); round += 1) {
    single = Math.min(single, await timeOfFlood(port, flood, bytes, 1))
    fourfold = Math.min(fourfold, await timeOfFlood(port, flood, 4 * bytes, 1))
  }
  return Math.sqrt(fourfold / single)
}

/** Milliseconds of this process that a flood takes where no limit stops it: the least of several runs. */
export async function timeOfFlood(port: number, flood: Flood, bytes: number, runs: number): Promise<number> {
  let least = Infinity
  for (let run = 0; run < runs; run += 1) {
    await using connection = new HttpConnection({ host: '127.0.0.1', port, limits: NO_LIMITS, timeouts: null })
    globalThis.gc?.()
    const before = process.cpuUsage()
    const seen = await attempt(connection, 'GET', `/${FLOODS.indexOf(flood)}/${bytes}`)
    const { user, system } = process.cpuUsage(before)
    if (seen.error !== undefined) throw seen.error
    least = Math.min(least, (user + system) / 1_000)
  }
  return least
}
