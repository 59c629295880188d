import { CassetteError } from '../errors.ts'

/** What a field holds: a scalar, or a message with fields of its own. */
type Kind = 'bytes' | 'string' | 'bool' | 'number' | 'time' | Message

interface Field {
  readonly name: string
  readonly kind: Kind
  /** `plain` has a default, which is not written; `choice` is one of several, and there only if it was written. */
  readonly as: 'plain' | 'choice' | 'list'
}

/** The fields of a message, by their numbers. */
type Message = Readonly<Record<number, Field>>

const plain = (name: string, kind: Kind): Field => ({ name, kind, as: 'plain' })
const choice = (name: string, kind: Kind): Field => ({ name, kind, as: 'choice' })
const list = (name: string, kind: Kind): Field => ({ name, kind, as: 'list' })

// `envoy.data.tap.v3` and what it uses of `envoy.config.core.v3`.
const HEADER: Message = { 1: plain('key', 'string'), 2: plain('value', 'string'), 3: plain('raw_value', 'bytes') }
const HEADERS: Message = { 1: list('headers', HEADER) }
const BODY: Message = {
  1: choice('as_bytes', 'bytes'),
  2: choice('as_string', 'string'),
  3: plain('truncated', 'bool'),
}
const SOCKET_ADDRESS: Message = {
  1: plain('protocol', 'number'),
  2: plain('address', 'string'),
  3: choice('port_value', 'number'),
  5: plain('resolver_name', 'string'),
  6: plain('ipv4_compat', 'bool'),
}
const ADDRESS: Message = { 1: choice('socket_address', SOCKET_ADDRESS) }
/** Of a trace of HTTP. */
const DOWNSTREAM: Message = { 1: choice('local_address', ADDRESS), 2: choice('remote_address', ADDRESS) }
/** Of a trace of a socket. */
const CONNECTION: Message = { 2: choice('local_address', ADDRESS), 3: choice('remote_address', ADDRESS) }
const HTTP_MESSAGE: Message = {
  1: list('headers', HEADER),
  2: choice('body', BODY),
  3: list('trailers', HEADER),
  4: choice('headers_received_time', 'time'),
}
const HTTP_TRACE: Message = {
  1: choice('request', HTTP_MESSAGE),
  2: choice('response', HTTP_MESSAGE),
  3: choice('downstream_connection', DOWNSTREAM),
}
const HTTP_SEGMENT: Message = {
  1: plain('trace_id', 'number'),
  2: choice('request_headers', HEADERS),
  3: choice('request_body_chunk', BODY),
  4: choice('request_trailers', HEADERS),
  5: choice('response_headers', HEADERS),
  6: choice('response_body_chunk', BODY),
  7: choice('response_trailers', HEADERS),
}
const READ: Message = { 1: choice('data', BODY) }
const WRITE: Message = { 1: choice('data', BODY), 2: plain('end_stream', 'bool') }
const SOCKET_EVENT: Message = {
  1: choice('timestamp', 'time'),
  2: choice('read', READ),
  3: choice('write', WRITE),
  4: choice('closed', {}),
}
const SOCKET_TRACE: Message = {
  1: plain('trace_id', 'number'),
  2: choice('connection', CONNECTION),
  3: list('events', SOCKET_EVENT),
  4: plain('read_truncated', 'bool'),
  5: plain('write_truncated', 'bool'),
}
const SOCKET_SEGMENT: Message = {
  1: plain('trace_id', 'number'),
  2: choice('connection', CONNECTION),
  3: choice('event', SOCKET_EVENT),
  4: choice('events', { 1: list('events', SOCKET_EVENT) }),
}
const TRACE: Message = {
  1: choice('http_buffered_trace', HTTP_TRACE),
  2: choice('http_streamed_trace_segment', HTTP_SEGMENT),
  3: choice('socket_buffered_trace', SOCKET_TRACE),
  4: choice('socket_streamed_trace_segment', SOCKET_SEGMENT),
}

/**
 * Traces of Envoy in protobuf as its JSON has them: one message, or several, each after its length.
 *
 * A field that is not known is a member such as `field 9`, so that the reader of the rest can name it.
 *
 * @throws CassetteError `IMPORT_INVALID`. See docs/decisions/025-protobuf-of-envoy.md.
 */
export function tracesInProtobuf(file: Uint8Array): readonly object[] {
  return attempt(() => [traceIn(file)]) ?? attempt(() => messagesIn(file).map(traceIn)) ?? refuse()
}

function refuse(): never {
  const advice = 'set `format: JSON_BODY_AS_BYTES` or `PROTO_BINARY_LENGTH_DELIMITED` in the sink of the tap'
  throw new CassetteError('IMPORT_INVALID', `the file is neither JSON nor a tap of Envoy in protobuf: ${advice}`)
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof Damaged) return undefined
    throw error
  }
}

/** The bytes are not what was looked for; never seen outside. */
class Damaged extends Error {}

/** One trace, of a kind that is known: that distinguishes a message from a length that comes before one. */
function traceIn(bytes: Uint8Array): object {
  const trace = messageIn(new WireReader(bytes), TRACE)
  if (!Object.values(TRACE).some(({ name }) => Object.hasOwn(trace, name))) throw new Damaged()
  return trace
}

function messagesIn(file: Uint8Array): readonly Uint8Array[] {
  const reader = new WireReader(file)
  const messages: Uint8Array[] = []
  while (!reader.isAtEnd) messages.push(reader.counted())
  if (messages.length === 0) throw new Damaged()
  return messages
}

function messageIn(reader: WireReader, message: Message): Record<string, unknown> {
  const fields = Object.values(message).filter(({ as }) => as !== 'choice')
  const values: Record<string, unknown> = Object.fromEntries(
    fields.map(({ name, kind, as }) => [name, as === 'list' ? [] : defaultOf(kind)]),
  )
  const written = new Set<string>()
  while (!reader.isAtEnd) {
    const { number, type } = reader.tag()
    const raw = reader.value(type)
    const field = message[number]
    if (field === undefined || typeof raw !== (isVarint(field.kind) ? 'bigint' : 'object')) {
      values[`field ${number}`] = typeof raw === 'bigint' ? String(raw) : Buffer.from(raw).toString('base64')
      continue
    }
    const { name, kind, as } = field
    const value = valueOf(raw, kind)
    const before = values[name]
    if (as === 'list' && Array.isArray(before)) before.push(value)
    // The last one counts, but one that it takes the place of is not lost in silence.
    else values[written.has(name) ? `${name} again` : name] = value
    written.add(name)
  }
  return values
}

const isVarint = (kind: Kind): boolean => kind === 'bool' || kind === 'number'

const defaultOf = (kind: Kind): unknown => (kind === 'bool' ? false : kind === 'number' ? 0 : '')

/** As JSON of protobuf has it. */
function valueOf(raw: bigint | Uint8Array, kind: Kind): unknown {
  if (typeof raw === 'bigint') return kind === 'bool' ? raw !== 0n : String(raw)
  if (kind === 'string') return Buffer.from(raw).toString()
  if (kind === 'bytes') return Buffer.from(raw).toString('base64')
  if (kind === 'time') return timeIn(raw)
  return typeof kind === 'object' ? messageIn(new WireReader(raw), kind) : undefined
}

const TIMESTAMP: Message = { 1: plain('seconds', 'number'), 2: plain('nanos', 'number') }

function timeIn(bytes: Uint8Array): string {
  const { seconds, nanos } = messageIn(new WireReader(bytes), TIMESTAMP)
  const time = new Date(Number(seconds) * 1000 + Number(nanos) / 1_000_000)
  if (Number.isNaN(time.getTime())) throw new Damaged()
  return time.toISOString()
}

/** The wire format of protobuf: https://protobuf.dev/programming-guides/encoding/. */
class WireReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  tag(): { readonly number: number; readonly type: number } {
    const tag = this.#varint()
    const number = Number(tag >> 3n)
    if (number === 0 || number > 536_870_911) throw new Damaged()
    return { number, type: Number(tag & 7n) }
  }

  /** Groups, which proto3 does not have, are refused. */
  value(type: number): bigint | Uint8Array {
    switch (type) {
      case 0:
        return this.#varint()
      case 1:
        return this.#take(8)
      case 2:
        return this.counted()
      case 5:
        return this.#take(4)
      default:
        throw new Damaged()
    }
  }

  /** Bytes after their number. */
  counted(): Uint8Array {
    return this.#take(Number(this.#varint()))
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new Damaged()
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  /** Seven bits a byte, at most ten bytes. */
  #varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) throw new Damaged()
      this.#at += 1
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
    throw new Damaged()
  }
}
