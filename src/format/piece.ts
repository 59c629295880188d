import type { ErrorCode } from '../errors.ts'
import { inStyle, type JsonStyle } from './json-style.ts'

/** How a piece of a segment is written. `docs/cassette-format.md` defines each kind. */
export type PieceKind = 'crlf' | 'text' | 'json' | 'latin1' | 'base64' | 'blob'

/** Some bytes of a segment in the most readable form. */
export interface Piece {
  readonly kind: Exclude<PieceKind, 'blob'>
  /** The text in the file: lines of `crlf` end in LF, `json` is the compact text, `base64` has no line breaks. */
  readonly text: string
  /** For `json`: how its encoder differs from compact JSON. */
  readonly style?: readonly JsonStyle[] | undefined
}

/**
 * The bytes of a piece.
 *
 * Calls `refuse` if this kind of piece cannot hold the text.
 */
export function bytesOf(
  { kind, text, style = [] }: Piece,
  refuse: (code: ErrorCode, detail: string) => never,
): Uint8Array {
  switch (kind) {
    case 'crlf':
      if (text.includes('\r'))
        refuse('CASSETTE_INVALID', 'a `crlf` piece must not hold a CR; its line ends become CRLF')
      return utf8(text.replaceAll('\n', '\r\n'), refuse)
    case 'text':
      return utf8(text, refuse)
    case 'json':
      return utf8(inStyle(text, style), refuse)
    case 'latin1':
      if (/[^\0-\xff]/.test(text)) refuse('CASSETTE_INVALID', 'a `latin1` piece may hold only characters up to U+00FF')
      return Buffer.from(text, 'latin1')
    case 'base64': {
      const compact = text.replaceAll('\n', '')
      const bytes = Buffer.from(compact, 'base64')
      if (bytes.toString('base64') !== compact)
        refuse('BAD_BASE64', 'it must be as an encoder writes it (RFC 4648 section 4), padding included')
      return bytes
    }
  }
}

function utf8(text: string, refuse: (code: ErrorCode, detail: string) => never): Uint8Array {
  if (/\p{Cs}/u.test(text)) refuse('CASSETTE_INVALID', 'half of a surrogate pair has no UTF-8 form')
  return Buffer.from(text, 'utf8')
}
