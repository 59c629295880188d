/** How much a peer may send before it is stopped. Exceeding a limit is an error, never a silent truncation. */
export interface ParserLimits {
  /** Bytes of start line and header section, blank lines before it included. Default: 65,536, for requests 131,072. */
  readonly headBytes: number
  /** Field lines of one header or trailer section. Default: 2,000. */
  readonly fields: number
  /** Bytes of a trailer section. Default: 16,384. */
  readonly trailerBytes: number
  /** Bytes of all chunk extensions of one message. Default: 16,384. */
  readonly chunkExtensionBytes: number
  /** Digits of a chunk-size, leading zeros included. Default: 16. */
  readonly chunkSizeDigits: number
  /** Interim (1xx) responses before a final one. Default: 100. */
  readonly interimResponses: number
  /** Bytes of all interim (1xx) responses before a final one. Default: 262,144. */
  readonly interimBytes: number
  /** Empty lines before a start line. Default: 2 (RFC 9112 section 2.2 asks a server to ignore one). */
  readonly blankLines: number
}

export const DEFAULT_LIMITS: ParserLimits = {
  headBytes: 65_536,
  fields: 2_000,
  trailerBytes: 16_384,
  chunkExtensionBytes: 16_384,
  chunkSizeDigits: 16,
  interimResponses: 100,
  interimBytes: 262_144,
  blankLines: 2,
}

/** Larger, because clients send larger heads than servers, and every recorded request must be readable. */
export const DEFAULT_REQUEST_LIMITS: ParserLimits = { ...DEFAULT_LIMITS, headBytes: 131_072 }
