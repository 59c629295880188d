import { ConnectionError } from '../errors.ts'
import { chunkHead, lastChunk, type PlannedRequest } from '../http1/request-writer.ts'
import type { FieldLine } from '../http1/events.ts'
import { exactly, type RequestBody, toBytes } from './request-body.ts'
import type { UpgradeWish } from './upgrade-wish.ts'
import { type Exchange, MAX_UNREAD_BYTES } from './exchange.ts'
import { Delay } from './timeouts.ts'
import type { Wire } from './wire.ts'

/** A checked request, with everything that is needed to write it. */
export interface OutgoingRequest {
  readonly planned: PlannedRequest
  readonly body: RequestBody | undefined
  readonly trailers: readonly FieldLine[]
  /** How long to hold the body back for `100 Continue`, ms; `undefined`: not at all. */
  readonly continueWait: number | undefined
  /** Whether it may be sent once more. */
  readonly mayRetry: boolean
  readonly wish: UpgradeWish
  /** Whether it says `Connection: close`. */
  readonly isLast: boolean
}

/**
 * Writes a request to its last byte, unless an answer makes that pointless.
 *
 * Does not throw failures that the peer caused: getResponse() reports them, after an answer that came first.
 *
 * @throws the error of the body's source, LocalProtocolError `BODY_LENGTH_MISMATCH`, or the error with which this side ended
 * the wire; the wire is then destroyed, because half a message must not be taken for a complete one.
 */
export function sendRequest(wire: Wire, exchange: Exchange, request: OutgoingRequest): void | Promise<void> {
  const whole = wholeRequest(wire, request)
  // The usual case takes one call and needs no wait.
  const blocked = whole === undefined ? writeInParts(wire, exchange, request) : wire.writeRequest(whole)
  if (blocked === undefined) return undefined
  exchange.isSending = true
  return untilSent(wire, exchange, blocked)
}

async function untilSent(wire: Wire, exchange: Exchange, sent: Promise<void>): Promise<void> {
  try {
    await sent
  } catch (error) {
    if (wire.isLostToPeer || (error instanceof ConnectionError && exchange.failure === undefined)) return
    wire.destroy(error instanceof Error ? error : new Error(String(error)))
    throw error
  } finally {
    wire.noteSent(exchange)
  }
  if (exchange.failure !== undefined && !wire.isLostToPeer) throw exchange.failure
}

async function writeInParts(wire: Wire, exchange: Exchange, request: OutgoingRequest): Promise<void> {
  const { planned, continueWait } = request
  await wire.write(wire.headBytes(planned.head))
  if (continueWait !== undefined) {
    await untilContinue(wire, exchange, continueWait)
    // RFC 9110 section 10.1.1: any final answer here is an answer to the request without its body.
    if (exchange.head !== undefined || exchange.isSettled) return wire.withholdBody(exchange)
  }
  await writeBody(wire, exchange, request)
}

/** Waits until the server asks for the body or answers without it, but no longer than `limit` ms (RFC 9110 section 10.1.1). */
async function untilContinue(wire: Wire, exchange: Exchange, limit: number): Promise<void> {
  const delay = new Delay(wire.clock, limit)
  try {
    while (!delay.isOver && exchange.head === undefined && !exchange.isSettled) {
      if (exchange.interim.some(({ status }) => status === 100)) return
      await Promise.race([wire.fill(), delay.over])
    }
  } finally {
    delay.cancel()
  }
}

async function writeBody(wire: Wire, exchange: Exchange, { planned, body, trailers }: OutgoingRequest): Promise<void> {
  const plan = planned.body
  const source = pieces(plan.kind === 'length' ? plan.bytes : undefined, body)
  const stopListening = listen(wire, exchange)
  try {
    while (!exchange.isBodyRefused) {
      const next = await unlessRefused(exchange, source.next())
      if (next === undefined) {
        cancel(body)
        break
      }
      if (next.done === true) {
        if (plan.kind === 'chunked') await wire.write(Buffer.from(lastChunk(trailers), 'latin1'))
        return
      }
      if (next.value.length === 0) continue
      const blocked = wire.write(plan.kind === 'chunked' ? chunk(next.value) : next.value)
      if (blocked !== undefined) await unlessRefused(exchange, blocked)
    }
    wire.withholdBody(exchange)
  } finally {
    stopListening()
    // Not awaited: a source that was asked for more and has nothing does not return.
    source.return().catch(() => {})
  }
}

/**
 * Keeps reading while a body is sent, to notice an early answer (RFC 9112 section 9.5).
 *
 * The amount is limited: if a server answers while it reads, the caller must read the answer at the same time.
 */
function listen(wire: Wire, exchange: Exchange): () => void {
  let isListening = true
  const hear = (): void => {
    if (!isListening || exchange.isSettled || exchange.unreadBytes > MAX_UNREAD_BYTES) return
    void wire.fill().then(hear)
  }
  hear()
  return () => {
    isListening = false
  }
}

/** The result of `promise`, or `undefined` as soon as the rest of the body is pointless. */
function unlessRefused<T>(exchange: Exchange, promise: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    exchange.onBodyRefused = () => resolve(undefined)
    promise.then(resolve, reject)
  })
}

/** Closes a source while a piece is pending, if it can; an iterator would finish the piece first. */
function cancel(body: RequestBody | undefined): void {
  if (body?.kind === 'stream') body.cancel?.()
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

/** Head and body in one segment, if the body is complete and small and is not held back for `100 Continue`. */
function wholeRequest(wire: Wire, { planned, body, continueWait }: OutgoingRequest): Uint8Array | undefined {
  if (continueWait !== undefined || planned.body.kind === 'chunked') return undefined
  const head = wire.headBytes(planned.head)
  if (body === undefined) return head
  if (body.kind !== 'bytes' || body.bytes.length > SMALL_BODY) return undefined
  return body.bytes.length === 0 ? head : Buffer.concat([head, body.bytes])
}

const SMALL_BODY = 65_536
const CRLF = Buffer.from('\r\n')

const chunk = (bytes: Uint8Array): Uint8Array => Buffer.concat([Buffer.from(chunkHead(bytes.length)), bytes, CRLF])
