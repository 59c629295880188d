/** One header or trailer line, with the case of the name as on the wire (RFC 9110 section 5.1), latin-1, one char a byte. */
export interface FieldLine {
  readonly name: string
  /** Without the blanks around it. */
  readonly value: string
}

/**
 * The bytes that made an event: `[start, end)`, counted from the first byte of the connection in that direction.
 *
 * The ranges of one parser's events cover its input without gaps: each starts where the previous one ended.
 */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** Request line and header section (RFC 9112 section 3). */
export interface RequestHead extends ByteRange {
  readonly type: 'request-head'
  readonly method: string
  readonly target: string
  readonly version: '1.0' | '1.1'
  readonly fields: readonly FieldLine[]
}

/** A 1xx response other than 101; any number of these may come before the final one (RFC 9110 section 15.2). */
export interface InterimResponse extends ByteRange {
  readonly type: 'interim-response'
  readonly version: '1.0' | '1.1'
  readonly status: number
  readonly reason: string
  readonly fields: readonly FieldLine[]
}

/** Status line and header section of the final response (RFC 9112 section 4), or of a 101. */
export interface ResponseHead extends ByteRange {
  readonly type: 'response-head'
  readonly version: '1.0' | '1.1'
  readonly status: number
  readonly reason: string
  readonly fields: readonly FieldLine[]
}

/** A chunk-size line (RFC 9112 section 7.1); its range starts with the CRLF that ends the chunk before it. */
export interface ChunkHead extends ByteRange {
  readonly type: 'chunk-head'
  /** Data bytes that follow; never 0, the last chunk is part of `end-of-message`. */
  readonly size: number
  /** Everything after the size, from the first `;` on, unchanged; `''` if there is nothing. */
  readonly extensions: string
}

/** A piece of content. Pieces follow the reads, not the chunks: do not rely on their boundaries. */
export interface Data extends ByteRange {
  readonly type: 'data'
  readonly bytes: Uint8Array
}

/** The message is complete. Its range holds the last chunk and the trailer section, or is empty. */
export interface EndOfMessage extends ByteRange {
  readonly type: 'end-of-message'
  /** Only a chunked message can have any (RFC 9112 section 7.1.2). */
  readonly trailers: readonly FieldLine[]
}

/** Everything a server can send. */
export type ResponseEvent = InterimResponse | ResponseHead | ChunkHead | Data | EndOfMessage

/** Everything a client can send. */
export type RequestEvent = RequestHead | ChunkHead | Data | EndOfMessage
