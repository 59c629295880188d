import { WiretapeError } from '../errors.ts'
import type { FieldLine, RequestEvent, RequestHead, ResponseEvent, ResponseHead } from '../http1/events.ts'
import { STRICT } from '../http1/leniency.ts'
import { ReceiveBuffer } from '../http1/receive-buffer.ts'
import { RequestParser } from '../http1/request-parser.ts'
import { answersIn, fed, Feed, inTurn } from './answers.ts'

/** What one side said on a connection, taken apart; offsets count from its first byte. */
export interface Speech {
  readonly messages: readonly Message[]
  /** Where the bytes begin that are not a message, such as a tunnel; the length where there are none. */
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
