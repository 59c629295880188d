import { DecodeError } from './decode-error.ts'

/** One event of an event stream (HTML standard, section 9.2). */
export interface ServerSentEvent {
  /** `message` if the server gives none. */
  readonly event: string
  /** The data lines, joined by LF. */
  readonly data: string
  /** The last id from the server, in this event or before; `''`: none. Send it as `Last-Event-ID`. */
  readonly id: string
  /** How long to wait before connecting again, as the server last requested, ms; `undefined`: it did not. */
  readonly retry: number | undefined
}

/**
 * The events of a `text/event-stream` body, each as soon as its last byte has arrived.
 *
 * An event that is not complete when the body ends is dropped, as the standard requires.
 *
 * @param maxLength the most characters of one event.
 * @throws DecodeError `EVENT_TOO_LARGE`, or what `pieces` throws.
 */
export async function* serverSentEvents(
  pieces: AsyncIterable<Uint8Array>,
  maxLength: number,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  // Always UTF-8, even if there is a charset parameter; removes a byte order mark.
  const decoder = new TextDecoder()
  const stream = new EventStream(maxLength)
  for await (const piece of pieces) yield* stream.push(decoder.decode(piece, { stream: true }))
}

class EventStream {
  readonly #maxLength: number
  /** The beginning of a line that has not ended. */
  #line = ''
  /** The last text ended in CR: an LF at the start of the next one belongs to the same line end. */
  #isAfterCr = false
  #event = ''
  #data: string[] = []
  #dataLength = 0
  #id = ''
  #retry: number | undefined

  constructor(maxLength: number) {
    this.#maxLength = maxLength
  }

  *push(text: string): Generator<ServerSentEvent, void, undefined> {
    if (text === '') return
    let start = this.#isAfterCr && text.startsWith('\n') ? 1 : 0
    this.#isAfterCr = text.endsWith('\r')
    const lineEnds = /\r\n|\r|\n/g
    lineEnds.lastIndex = start
    for (let end = lineEnds.exec(text); end !== null; end = lineEnds.exec(text)) {
      const line = this.#line + text.slice(start, end.index)
      this.#line = ''
      start = lineEnds.lastIndex
      this.#checkLength(line.length)
      const event = this.#take(line)
      if (event !== undefined) yield event
    }
    this.#line += text.slice(start)
    this.#checkLength(this.#line.length)
  }

  /** Processes a whole line; an empty one completes an event. */
  #take(line: string): ServerSentEvent | undefined {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(line.charAt(colon + 1) === ' ' ? colon + 2 : colon + 1)
    switch (name) {
      case 'event':
        this.#event = value
        break
      case 'data':
        this.#data.push(value)
        this.#dataLength += value.length + 1
        break
      case 'id':
        if (!value.includes('\0')) this.#id = value
        break
      case 'retry':
        if (/^[0-9]+$/.test(value)) this.#retry = Number(value)
        break
      // A comment, or a field of a later standard.
      default:
    }
    return undefined
  }

  #dispatch(): ServerSentEvent | undefined {
    const isEmpty = this.#data.length === 0
    const event = {
      event: this.#event === '' ? 'message' : this.#event,
      data: this.#data.join('\n'),
      id: this.#id,
      retry: this.#retry,
    }
    this.#event = ''
    this.#data = []
    this.#dataLength = 0
    return isEmpty ? undefined : event
  }

  #checkLength(lineLength: number): void {
    if (lineLength + this.#dataLength <= this.#maxLength) return
    throw new DecodeError('EVENT_TOO_LARGE', `more than ${this.#maxLength} characters`)
  }
}
