import { WiretapeError } from '../errors.ts'
import { bodyReader, type BodyReader } from '../http1/body-reader.ts'
import type { FieldLine, RequestEvent, RequestHead, ResponseEvent, ResponseHead } from '../http1/events.ts'
import { keepsAlive, responseFraming } from '../http1/framing.ts'
import { type Leniencies, STRICT } from '../http1/leniency.ts'
import { DEFAULT_LIMITS } from '../http1/limits.ts'
import { ReceiveBuffer } from '../http1/receive-buffer.ts'
import { RequestParser } from '../http1/request-parser.ts'
import { SectionScanner } from '../http1/section-scanner.ts'
import { StartLineScanner } from '../http1/start-line.ts'

/** What one side said on a connection, taken apart; offsets count from its first byte. */
export interface Speech {
  readonly messages: readonly Message[]
  /** Where the bytes begin that are no message, such as a tunnel; the length where there are none. */
  readonly restStart: number
}

/** One request or response, interim ones included. */
export interface Message {
  readonly headStart: number
  readonly headEnd: number
  /** `''` in a response. */
  readonly method: string
  readonly fields: readonly FieldLine[]
  readonly isChunked: boolean
  /** Stretches of content with their chunk-size lines; one without such a line where the body is not chunked. */
  readonly chunks: readonly Chunk[]
  /** Last chunk and trailers; `undefined` where the message never came to its end. */
  readonly end: { readonly start: number; readonly end: number } | undefined
}

/** A chunk as far as it came. */
export interface Chunk {
  /** Range of the chunk-size line, with the CRLF before it; empty where the body is not chunked. */
  readonly lineStart: number
  readonly lineEnd: number
  /** Bytes that were announced. */
  readonly size: number
  readonly dataStart: number
  readonly dataEnd: number
}

/** Takes apart what a client sent. */
export function readRequests(segments: Iterable<Uint8Array>): Speech {
  const parser = new RequestParser()
  const feed = new Feed(segments, parser)
  const speech = new SpeechReader()
  try {
    while (feed.more()) for (let event = parser.next(); event !== undefined; event = parser.next()) speech.add(event)
  } catch (error) {
    if (!(error instanceof WiretapeError)) throw error // what cannot be parsed is the rest
  }
  return speech.finish(feed.lengthOfAll())
}

/** Takes apart what a server sent in answer to requests with these methods, as ResponseParser does. */
export function readResponses(segments: Iterable<Uint8Array>, methods: readonly string[]): Speech {
  const buffer = new ReceiveBuffer()
  const feed = new Feed(segments, buffer)
  const speech = new SpeechReader()
  try {
    for (const event of fed(answersIn(buffer, inTurn(methods), STRICT), feed)) speech.add(event)
  } catch (error) {
    if (!(error instanceof WiretapeError)) throw error // what cannot be parsed is the rest
  }
  return speech.finish(feed.lengthOfAll())
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

/** Hands segments on one by one: all of them together may be more than there is memory for. */
class Feed {
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

/** The methods of the requests that are answered, each asked for when the head of its answer is there. */
interface Methods {
  /** Whether nothing more is answered. */
  readonly isOver: boolean
  next(): string
}

function inTurn(methods: readonly string[]): Methods {
  let at = 0
  return {
    get isOver() {
      return at === methods.length
    },
    next: () => methods[at++] ?? '',
  }
}

/**
 * Where answers end, for whoever hears them as they come.
 *
 * What cannot be parsed has no end that this knows of, nor has what follows it.
 */
export class AnswerEnds {
  readonly #requests = new RequestParser()
  readonly #buffer = new ReceiveBuffer()
  readonly #methods: string[] = []
  #events: Generator<ResponseEvent | undefined, void, undefined> | undefined

  constructor() {
    this.#events = answersIn(this.#buffer, { isOver: false, next: () => this.#methods.shift() ?? 'GET' }, STRICT)
  }

  /** Whether there will be no more ends: this is no HTTP, or not any more. */
  get isOver(): boolean {
    return this.#events === undefined
  }

  sent(bytes: Uint8Array): void {
    if (this.isOver) return
    try {
      this.#requests.push(bytes)
      for (let event = this.#requests.next(); event !== undefined; event = this.#requests.next())
        if (event.type === 'request-head') this.#methods.push(event.method)
    } catch (error) {
      this.#endWith(error)
    }
  }

  /** Returns the offset behind the last answer that is whole now and was not before, counted from the first byte received. */
  received(bytes: Uint8Array): number | undefined {
    const events = this.#events
    if (events === undefined) return undefined
    let end: number | undefined
    try {
      this.#buffer.push(bytes)
      for (let step = events.next(); ; step = events.next()) {
        if (step.done === true) this.#events = undefined
        if (step.done === true || step.value === undefined) break
        if (step.value.type === 'end-of-message') end = step.value.end
      }
    } catch (error) {
      this.#endWith(error)
    }
    return end
  }

  #endWith(error: unknown): void {
    if (!(error instanceof WiretapeError)) throw error
    this.#events = undefined
  }
}

/** The events of which all bytes are there. */
function* fed(
  events: Generator<ResponseEvent | undefined, void, undefined>,
  feed: Feed,
): Generator<ResponseEvent, void, undefined> {
  for (const event of events) {
    if (event !== undefined) yield event
    else if (!feed.more()) return
  }
}

/** Gives `undefined` where it needs more bytes. */
function* answersIn(
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

type MessageDraft = { -readonly [K in keyof Omit<Message, 'chunks'>]: Message[K] } & { readonly chunks: ChunkDraft[] }
type ChunkDraft = { -readonly [K in keyof Chunk]: Chunk[K] }

class SpeechReader {
  readonly #messages: MessageDraft[] = []
  #parsed = 0

  add(event: RequestEvent | ResponseEvent): void {
    this.#parsed = event.end
    const message = this.#messages.at(-1)
    switch (event.type) {
      case 'request-head':
      case 'response-head':
      case 'interim-response':
        this.#messages.push(draftOf(event))
        break
      case 'chunk-head': {
        const { start, end, size } = event
        message?.chunks.push({ lineStart: start, lineEnd: end, size, dataStart: end, dataEnd: end })
        break
      }
      case 'data': {
        const chunk = message?.chunks.at(-1)
        if (chunk !== undefined) chunk.dataEnd = event.end
        else
          message?.chunks.push({
            lineStart: event.start,
            lineEnd: event.start,
            size: 0,
            dataStart: event.start,
            dataEnd: event.end,
          })
        break
      }
      case 'end-of-message':
        if (message !== undefined) message.end = { start: event.start, end: event.end }
        break
    }
  }

  finish(length: number): Speech {
    return { messages: this.#messages, restStart: Math.min(this.#parsed, length) }
  }
}

function draftOf(
  head: RequestHead | ResponseHead | (ResponseEvent & { readonly type: 'interim-response' }),
): MessageDraft {
  const { start, end, fields } = head
  const method = head.type === 'request-head' ? head.method : ''
  const isChunked = fields.some(({ name }) => name.toLowerCase() === 'transfer-encoding')
  return { headStart: start, headEnd: end, method, fields, isChunked, chunks: [], end: undefined }
}
