import { ConnectionError } from '../errors.ts'
import { chunkHead, lastChunk, type PlannedRequest } from '../http1/request-writer.ts'
import type { FieldLine } from '../http1/events.ts'
import type { Exchange } from './exchange.ts'
import { exactly, type RequestBody, toBytes } from './request-body.ts'
import type { Wire } from './wire.ts'

/** A request that has been checked, and everything that is needed to write it. */
export interface OutgoingRequest {
  readonly planned: PlannedRequest
  readonly body: RequestBody | undefined
  readonly trailers: readonly FieldLine[]
  /** How long to hold the body back for `100 Continue`, ms; `undefined`: not at all. */
  readonly continueWait: number | undefined
}

/**
 * Writes a request to its last byte, unless an answer makes that pointless.
 *
 * @throws what the body's source threw, or LocalProtocolError `BODY_LENGTH_MISMATCH`; the wire is then destroyed, for half
 * a message must not be taken for a whole one.
 */
export async function sendRequest(wire: Wire, exchange: Exchange, request: OutgoingRequest): Promise<void> {
  try {
    await write(wire, exchange, request)
  } catch (error) {
    // A peer that takes no more bytes may have answered all the same; if it has, getResponse() tells.
    if (error instanceof ConnectionError && exchange.failure === undefined) return
    wire.destroy(error instanceof Error ? error : new Error(String(error)))
    throw error
  }
}

async function write(wire: Wire, exchange: Exchange, request: OutgoingRequest): Promise<void> {
  const { planned, body, continueWait } = request
  const head = Buffer.from(planned.head, 'latin1')
  const small = continueWait === undefined && planned.body.kind === 'length' ? smallBody(body) : undefined
  if (small !== undefined) return wire.write(small.length === 0 ? head : Buffer.concat([head, small]))
  await wire.write(head)
  if (continueWait !== undefined) {
    await wire.untilContinue(exchange, continueWait)
    if (isAnswered(wire, exchange)) return
  }
  await writeBody(wire, exchange, request)
}

async function writeBody(wire: Wire, exchange: Exchange, { planned, body, trailers }: OutgoingRequest): Promise<void> {
  const plan = planned.body
  if (plan.kind === 'none') return
  for await (const bytes of pieces(plan.kind === 'length' ? plan.bytes : undefined, body)) {
    if (isAnswered(wire, exchange)) return
    if (bytes.length === 0) continue
    // Reads on while it writes: a server that answers before the end of the upload is heard (RFC 9112 section 9.5).
    void wire.fill()
    await wire.write(plan.kind === 'chunked' ? chunk(bytes) : bytes)
  }
  if (plan.kind === 'chunked') await wire.write(Buffer.from(lastChunk(trailers), 'latin1'))
}

/** A final answer (or the end) came before the body was sent: the rest is withheld, and the connection not used again. */
function isAnswered(wire: Wire, exchange: Exchange): boolean {
  if (exchange.head === undefined && !exchange.isSettled) return false
  exchange.isBodyWithheld = true
  if (exchange.end !== undefined) wire.destroy()
  return true
}

async function* pieces(
  length: number | undefined,
  body: RequestBody | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (body === undefined) return
  if (body.kind === 'bytes') yield body.bytes
  else if (length === undefined) for await (const piece of body.pieces) yield toBytes(piece)
  else yield* exactly(length, body.pieces)
}

/** A body that is best sent with the head, in one segment. */
function smallBody(body: RequestBody | undefined): Uint8Array | undefined {
  if (body === undefined) return NO_BYTES
  return body.kind === 'bytes' && body.bytes.length <= SMALL_BODY ? body.bytes : undefined
}

const SMALL_BODY = 65_536
const NO_BYTES = new Uint8Array(0)
const CRLF = Buffer.from('\r\n')

const chunk = (bytes: Uint8Array): Uint8Array => Buffer.concat([Buffer.from(chunkHead(bytes.length)), bytes, CRLF])
