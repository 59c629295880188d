import { type ErrorCode, RemoteProtocolError } from '../errors.ts'
import type { ChunkHead, Data, EndOfMessage, FieldLine } from './events.ts'
import { failAt } from './fail-at.ts'
import type { Framing } from './framing.ts'
import { BACKSLASH, CR, DQUOTE, EQUALS, HEX, isBlank, isFieldVchar, isTchar, LF, SEMICOLON } from './grammar.ts'
import type { Leniencies } from './leniency.ts'
import type { ParserLimits } from './limits.ts'
import type { ReceiveBuffer } from './receive-buffer.ts'
import { SectionScanner } from './section-scanner.ts'

/** Takes the bytes of bodies instead of events for each piece and chunk. */
export interface BodySink {
  /**
   * Takes `bytes[start, end)`, which may change after the call returns.
   *
   * @param expected how many bytes of the body are announced, counted from these on.
   */
  add(bytes: Uint8Array, start: number, end: number, expected: number | undefined): void
}

/** Turns buffered bytes into the events of one body. */
export interface BodyReader {
  /** The next event, or `undefined` when more bytes are needed. With a sink, data and chunk heads are not events. */
  next(buffer: ReceiveBuffer, sink?: BodySink): ChunkHead | Data | EndOfMessage | undefined
  /** What the end of the connection means after all events that `next` returned. */
  eof(buffer: ReceiveBuffer): EndOfMessage
}

export function bodyReader(framing: Framing, limits: ParserLimits, lenient: Leniencies): BodyReader {
  switch (framing.kind) {
    case 'none':
      return NO_BODY
    case 'content-length':
      return new FixedLengthBody(framing.length)
    case 'chunked':
      return new ChunkedBody(limits, lenient)
    case 'until-close':
      return UNTIL_CLOSE
  }
}

/** The end of the connection inside a message (RFC 9112 section 8). */
export function prematureEof(buffer: ReceiveBuffer, detail: string): RemoteProtocolError {
  return new RemoteProtocolError('PREMATURE_EOF', buffer.offset + buffer.length, detail)
}

const NO_BODY: BodyReader = { next: end, eof: end }

const UNTIL_CLOSE: BodyReader = {
  next(buffer, sink) {
    if (buffer.length === 0) return undefined
    if (sink === undefined) return takeData(buffer, buffer.length)
    return pour(buffer, buffer.length, sink, undefined)
  },
  eof: end,
}

class FixedLengthBody implements BodyReader {
  readonly #length: number
  #remaining: number

  constructor(length: number) {
    this.#length = length
    this.#remaining = length
  }

  next(buffer: ReceiveBuffer, sink?: BodySink): Data | EndOfMessage | undefined {
    if (this.#remaining === 0) return end(buffer)
    if (buffer.length === 0) return undefined
    const count = Math.min(this.#remaining, buffer.length)
    const remaining = this.#remaining
    this.#remaining -= count
    if (sink === undefined) return takeData(buffer, count)
    pour(buffer, count, sink, remaining)
    return this.#remaining === 0 ? end(buffer) : undefined
  }

  eof(buffer: ReceiveBuffer): EndOfMessage {
    throw prematureEof(buffer, `${this.#remaining} of ${this.#length} body bytes missing`)
  }
}

/** RFC 9112 section 7.1. */
class ChunkedBody implements BodyReader {
  readonly #limits: ParserLimits
  readonly #lenient: Leniencies
  #at: ChunkPlace = 'size'
  /** How many bytes of the current chunk-size line, and of the line end before it, have been scanned. */
  #scanned = 0
  #lineStart = 0
  /** Where the extensions are in these bytes; 0 if there are none. */
  #extensionStart = 0
  #extensionEnd = 0
  #extensionBytes = 0
  #size = 0
  #remaining = 0
  #trailers: SectionScanner | undefined
  /** Offset of the end of the message: the CRLF before the last chunk, or the last chunk. */
  #endStart = 0

  constructor(limits: ParserLimits, lenient: Leniencies) {
    this.#limits = limits
    this.#lenient = lenient
  }

  next(buffer: ReceiveBuffer, sink?: BodySink): ChunkHead | Data | EndOfMessage | undefined {
    if (sink !== undefined) return this.#pourAll(buffer, sink)
    if (this.#remaining > 0) {
      if (buffer.length === 0) return undefined
      const count = Math.min(this.#remaining, buffer.length)
      this.#remaining -= count
      return takeData(buffer, count)
    }
    if (this.#trailers === undefined) {
      const length = this.#scanSizeLine(buffer)
      if (length === undefined) return undefined
      if (this.#size > 0) return this.#startChunk(buffer, length)
      this.#startTrailers(buffer, length)
    }
    return this.#readTrailers(buffer)
  }

  /** Reads all buffered chunks, without an event for any of them. */
  #pourAll(buffer: ReceiveBuffer, sink: BodySink): EndOfMessage | undefined {
    while (this.#trailers === undefined) {
      if (this.#remaining > 0) {
        if (buffer.length === 0) return undefined
        const count = Math.min(this.#remaining, buffer.length)
        this.#remaining -= count
        pour(buffer, count, sink, undefined)
      }
      if (this.#remaining > 0) return undefined
      const length = this.#scanSizeLine(buffer)
      if (length === undefined) return undefined
      if (this.#size > 0) this.#enterChunk(buffer, length)
      else this.#startTrailers(buffer, length)
    }
    return this.#readTrailers(buffer)
  }

  eof(buffer: ReceiveBuffer): EndOfMessage {
    const missing = this.#remaining > 0 ? `${this.#remaining} of ${this.#size} bytes of a chunk` : 'the last chunk'
    throw prematureEof(buffer, this.#trailers === undefined ? `${missing} missing` : 'inside the trailer section')
  }

  #startChunk(buffer: ReceiveBuffer, length: number): ChunkHead {
    const size = this.#size
    const extensions =
      this.#extensionStart === 0
        ? ''
        : buffer.bytes.latin1Slice(buffer.start + this.#extensionStart, buffer.start + this.#extensionEnd)
    const start = buffer.offset
    this.#enterChunk(buffer, length)
    return { type: 'chunk-head', start, end: buffer.offset, size, extensions }
  }

  #enterChunk(buffer: ReceiveBuffer, length: number): void {
    buffer.consume(length)
    this.#remaining = this.#size
    this.#scanned = 0
    this.#at = 'data-cr'
  }

  #startTrailers(buffer: ReceiveBuffer, length: number): void {
    const { trailerBytes: bytes, fields } = this.#limits
    this.#endStart = buffer.offset
    buffer.consume(length)
    this.#trailers = new SectionScanner(undefined, { bytes, fields, tooLarge: 'TRAILERS_TOO_LARGE' }, this.#lenient)
  }

  #readTrailers(buffer: ReceiveBuffer): EndOfMessage | undefined {
    const length = this.#trailers?.scan(buffer)
    if (length === undefined) return undefined
    const trailers = this.#trailers?.fields(buffer.text(length)) ?? []
    buffer.consume(length)
    return { type: 'end-of-message', start: this.#endStart, end: buffer.offset, trailers }
  }

  /** The length of a complete chunk-size line with the line end before it; left to right, as the SectionScanner does. */
  #scanSizeLine(buffer: ReceiveBuffer): number | undefined {
    const { bytes, start, length } = buffer
    const plain = this.#at === 'data-cr' ? this.#scanPlainLine(bytes, start, start + length) : undefined
    if (plain !== undefined) return plain
    let at = this.#at
    let i = this.#scanned
    for (; i < length; i += 1) {
      const byte = bytes[start + i] ?? 0
      switch (at) {
        case 'data-cr':
          if (byte === CR) at = 'data-lf'
          else if (byte === LF && this.#lenient.bareLf) at = 'size'
          else this.#refuse(buffer, 'BAD_CHUNK_END', i)
          break
        case 'data-lf':
          if (byte !== LF) failAt(buffer, 'BARE_CR', i - 1)
          at = 'size'
          break
        case 'size':
          this.#lineStart = i
          this.#size = 0
          this.#extensionStart = 0
          if (HEX[byte] === 255) this.#refuse(buffer, 'BAD_CHUNK_SIZE', i)
          this.#addDigit(buffer, i, byte)
          at = 'digits'
          break
        case 'digits':
          if (HEX[byte] !== 255) this.#addDigit(buffer, i, byte)
          else if (byte === CR) at = 'line-lf'
          else if (byte === LF && this.#lenient.bareLf) return this.#endLine(i)
          else at = this.#extend(buffer, i, 'after-size')
          break
        case 'line-lf':
          if (byte !== LF) failAt(buffer, 'BARE_CR', i - 1)
          return this.#endLine(i)
        default:
          if ((byte === CR || (byte === LF && this.#lenient.bareLf)) && this.#mayEndLine(at)) {
            this.#endExtensions(i, at)
            if (byte === LF) return this.#endLine(i)
            at = 'line-lf'
          } else {
            at = this.#extend(buffer, i, at)
          }
      }
    }
    this.#at = at
    this.#scanned = i
    return undefined
  }

  /** Reads the usual line, `CRLF 1*HEXDIG CRLF`, if all of it is buffered. Every other line takes the slow path. */
  #scanPlainLine(bytes: Uint8Array, start: number, stop: number): number | undefined {
    if (bytes[start] !== CR || bytes[start + 1] !== LF) return undefined
    let size = 0
    let i = start + 2
    for (let digit = HEX[bytes[i] ?? 0] ?? 255; i < stop && digit !== 255; digit = HEX[bytes[i] ?? 0] ?? 255) {
      size = size * 16 + digit
      i += 1
    }
    const digits = i - start - 2
    // 13 digits stay below 2^53.
    if (digits === 0 || digits > Math.min(13, this.#limits.chunkSizeDigits)) return undefined
    if (i + 1 >= stop || bytes[i] !== CR || bytes[i + 1] !== LF) return undefined
    this.#size = size
    this.#extensionStart = 0
    return i + 2 - start
  }

  #endLine(i: number): number {
    this.#scanned = i + 1
    return i + 1
  }

  #addDigit(buffer: ReceiveBuffer, i: number, byte: number): void {
    if (i - this.#lineStart >= this.#limits.chunkSizeDigits) failAt(buffer, 'CHUNK_LINE_TOO_LONG', i)
    this.#size = this.#size * 16 + (HEX[byte] ?? 0)
    if (this.#size > Number.MAX_SAFE_INTEGER) failAt(buffer, 'CHUNK_SIZE_OVERFLOW', this.#lineStart)
  }

  /** One more byte of the extensions, or of the blanks before them. */
  #extend(buffer: ReceiveBuffer, i: number, at: ExtensionPlace): ExtensionPlace {
    const next = EXTENSION_STEPS[at](buffer.bytes[buffer.start + i] ?? 0)
    if (next === undefined) return this.#refuse(buffer, at === 'after-size' ? 'BAD_CHUNK_SIZE' : 'BAD_CHUNK_EXT', i)
    if (at === 'after-size') this.#extensionStart = i
    this.#extensionBytes += 1
    if (this.#extensionBytes > this.#limits.chunkExtensionBytes) failAt(buffer, 'CHUNK_EXT_TOO_LARGE', i)
    return next === 'before-name' && this.#lenient.looseChunkExtensions ? 'anything' : next
  }

  #mayEndLine(at: ExtensionPlace): boolean {
    return MAY_END_LINE.has(at) || (this.#lenient.chunkSizeBlanks && MAY_END_LINE_LOOSELY.has(at))
  }

  #endExtensions(i: number, at: ExtensionPlace): void {
    // Blanks alone are not an extension.
    if (at === 'after-size') this.#extensionStart = 0
    this.#extensionEnd = i
  }

  #refuse(buffer: ReceiveBuffer, code: ErrorCode, i: number): never {
    const isBareLf = buffer.bytes[buffer.start + i] === LF && !this.#lenient.bareLf
    return failAt(buffer, isBareLf ? 'BARE_LF' : code, i)
  }
}

type ChunkPlace = 'data-cr' | 'data-lf' | 'size' | 'digits' | 'line-lf' | ExtensionPlace

type ExtensionPlace =
  | 'after-size'
  | 'before-name'
  | 'name'
  | 'after-name'
  | 'before-value'
  | 'value'
  | 'quoted'
  | 'escaped'
  | 'after-quoted'
  | 'after-value'
  | 'anything'

/** The places in an extension where the line may end: blanks are allowed only before `;` and around `=`. */
const MAY_END_LINE: ReadonlySet<ExtensionPlace> = new Set(['name', 'value', 'after-quoted', 'anything'])
const MAY_END_LINE_LOOSELY: ReadonlySet<ExtensionPlace> = new Set(['after-size', 'after-name', 'after-value'])

/** RFC 9112 section 7.1.1: `*( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )`. */
// oxfmt-ignore
const EXTENSION_STEPS: Readonly<Record<ExtensionPlace, (byte: number) => ExtensionPlace | undefined>> = {
  'after-size':   (byte) => byte === SEMICOLON ? 'before-name' : isBlank(byte) ? 'after-size' : undefined,
  'before-name':  (byte) => isTchar(byte) ? 'name' : isBlank(byte) ? 'before-name' : undefined,
  'name':         (byte) => isTchar(byte) ? 'name' : EXTENSION_STEPS['after-name'](byte),
  'after-name':   (byte) => byte === EQUALS ? 'before-value' : byte === SEMICOLON ? 'before-name' : isBlank(byte) ? 'after-name' : undefined,
  'before-value': (byte) => isTchar(byte) ? 'value' : byte === DQUOTE ? 'quoted' : isBlank(byte) ? 'before-value' : undefined,
  'value':        (byte) => isTchar(byte) ? 'value' : EXTENSION_STEPS['after-value'](byte),
  'quoted':       (byte) => byte === DQUOTE ? 'after-quoted' : byte === BACKSLASH ? 'escaped' : isFieldVchar(byte) ? 'quoted' : undefined,
  'escaped':      (byte) => isFieldVchar(byte) ? 'quoted' : undefined,
  'after-quoted': (byte) => EXTENSION_STEPS['after-value'](byte),
  'after-value':  (byte) => byte === SEMICOLON ? 'before-name' : isBlank(byte) ? 'after-value' : undefined,
  'anything':     (byte) => isFieldVchar(byte) ? 'anything' : undefined,
}

function takeData(buffer: ReceiveBuffer, count: number): Data {
  const start = buffer.offset
  const bytes = buffer.take(count)
  return { type: 'data', start, end: buffer.offset, bytes }
}

function pour(buffer: ReceiveBuffer, count: number, sink: BodySink, expected: number | undefined): undefined {
  const { bytes, start } = buffer
  buffer.consume(count)
  sink.add(bytes, start, start + count, expected)
}

function end(buffer: ReceiveBuffer): EndOfMessage {
  return { type: 'end-of-message', start: buffer.offset, end: buffer.offset, trailers: NO_TRAILERS }
}

const NO_TRAILERS: readonly FieldLine[] = []
