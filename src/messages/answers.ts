import { WiretapeError } from '../errors.ts'
import { bodyReader, type BodyReader } from '../http1/body-reader.ts'
import type { ResponseEvent, ResponseHead } from '../http1/events.ts'
import { keepsAlive, responseFraming } from '../http1/framing.ts'
import { type Leniencies, STRICT } from '../http1/leniency.ts'
import { DEFAULT_LIMITS } from '../http1/limits.ts'
import { ReceiveBuffer } from '../http1/receive-buffer.ts'
import { SectionScanner } from '../http1/section-scanner.ts'
import { StartLineScanner } from '../http1/start-line.ts'
import type { TapeEvent } from '../tape/cassette.ts'

/**
 * The events of a recorded direction. Unlike ResponseParser this has all the bytes there will ever be, and needs no states;
 * scanner, framing rules and body readers are the same.
 */
export function responseEvents(
  bytes: Uint8Array,
  methods: readonly string[],
  lenient: Leniencies = STRICT,
): Generator<ResponseEvent, void, undefined> {
  const buffer = new ReceiveBuffer()
  return fed(answersIn(buffer, inTurn(methods), lenient), new Feed([bytes], buffer))
}

/** How many answers to requests with these methods came to their end; `undefined` if the bytes are not HTTP. */
export function countWholeResponses(segments: Iterable<Uint8Array>, methods: readonly string[]): number | undefined {
  const buffer = new ReceiveBuffer()
  let count = 0
  try {
    for (const { type } of fed(answersIn(buffer, inTurn(methods), STRICT), new Feed(segments, buffer)))
      if (type === 'end-of-message') count += 1
  } catch (error) {
    if (error instanceof WiretapeError) return undefined
    throw error
  }
  return count
}

/** What one side said. */
export function* bytesOf(events: readonly TapeEvent[], type: 'sent' | 'received'): Generator<Uint8Array> {
  for (const event of events) if (event.type === type) yield event.bytes
}

/** The methods of the requests that are answered, each asked for when the head of its answer is there. */
export interface Methods {
  /** Whether nothing more is answered. */
  readonly isOver: boolean
  next(): string
}

export function inTurn(methods: readonly string[]): Methods {
  let at = 0
  return {
    get isOver() {
      return at === methods.length
    },
    next: () => methods[at++] ?? '',
  }
}

/** Hands segments on one by one: all of them together may be more than there is memory for. */
export class Feed {
  readonly #segments: Iterator<Uint8Array>
  readonly #target: { push(segment: Uint8Array): void }
  #length = 0

  constructor(segments: Iterable<Uint8Array>, target: { push(segment: Uint8Array): void }) {
    this.#segments = segments[Symbol.iterator]()
    this.#target = target
  }

  /** Whether there was another segment. */
  more(): boolean {
    const next = this.#segments.next()
    if (next.done === true) return false
    this.#length += next.value.length
    this.#target.push(next.value)
    return true
  }

  /** Bytes in all segments, those included that nobody asked for. */
  lengthOfAll(): number {
    for (let next = this.#segments.next(); next.done !== true; next = this.#segments.next())
      this.#length += next.value.length
    return this.#length
  }
}

/** The events of which all bytes are there. */
export function* fed(
  events: Generator<ResponseEvent | undefined, void, undefined>,
  feed: Feed,
): Generator<ResponseEvent, void, undefined> {
  for (const event of events) {
    if (event !== undefined) yield event
    else if (!feed.more()) return
  }
}

/** Gives `undefined` where it needs more bytes. */
export function* answersIn(
  buffer: ReceiveBuffer,
  methods: Methods,
  lenient: Leniencies,
): Generator<ResponseEvent | undefined, void, undefined> {
  while (!methods.isOver) {
    let head = yield* readHead(buffer, lenient)
    while (head.status < 200 && head.status !== 101) {
      yield { ...head, type: 'interim-response' }
      head = yield* readHead(buffer, lenient)
    }
    yield head
    const method = methods.next()
    const framing = responseFraming(method, head, lenient, refuse)
    yield* bodyEvents(bodyReader(framing, DEFAULT_LIMITS, lenient), buffer)
    const isSwitch = head.status === 101 || (method === 'CONNECT' && head.status < 300)
    const isLast = framing.kind === 'until-close' || (framing.kind === 'chunked' && head.version === '1.0')
    if (isSwitch || isLast || !keepsAlive(head.version, head.fields)) return
  }
}

function* readHead(buffer: ReceiveBuffer, lenient: Leniencies): Generator<undefined, ResponseHead, undefined> {
  const { headBytes, fields: mostFields, blankLines } = DEFAULT_LIMITS
  const startLine = new StartLineScanner('status-line', blankLines, lenient)
  const scanner = new SectionScanner(
    startLine,
    { bytes: headBytes, fields: mostFields, tooLarge: 'HEADERS_TOO_LARGE' },
    lenient,
  )
  let length = scanner.scan(buffer)
  while (length === undefined) {
    yield undefined
    length = scanner.scan(buffer)
  }
  const text = buffer.text(length)
  const { version, status, reasonStart, reasonEnd } = startLine
  const start = buffer.offset
  buffer.consume(length)
  const reason = text.slice(reasonStart, reasonEnd)
  return { type: 'response-head', start, end: start + length, version, status, reason, fields: scanner.fields(text) }
}

function* bodyEvents(reader: BodyReader, buffer: ReceiveBuffer): Generator<ResponseEvent | undefined, void, undefined> {
  for (;;) {
    for (let event = reader.next(buffer); event !== undefined; event = reader.next(buffer)) {
      yield event
      if (event.type === 'end-of-message') return
    }
    yield undefined
  }
}

const refuse = (): never => {
  throw new WiretapeError('BAD_TRANSFER_CODING', '')
}
