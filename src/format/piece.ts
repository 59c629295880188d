import type { ErrorCode } from '../errors.ts'
import { inStyle, type JsonStyle } from './json-style.ts'

/** How a piece of a segment is written. `docs/cassette-format.md` says what each means. */
export type PieceKind = 'crlf' | 'text' | 'json' | 'latin1' | 'base64' | 'blob'

/** Some bytes of a segment in the form that reads best. */
export interface Piece {
  readonly kind: Exclude<PieceKind, 'blob'>
  /** As it is in the file: lines of `crlf` end in LF, `json` is the compact text, `base64` has no line breaks. */
  readonly text: string
  /** Of `json`: what its encoder does beyond compact JSON. */
  readonly style?: readonly JsonStyle[] | undefined
}

/**
 * The bytes of a piece.
 *
 * `refuse` is called where the text is nothing that this kind of piece can hold.
 */
export function bytesOf(
  { kind, text, style = [] }: Piece,
  refuse: (code: ErrorCode, detail: string) => never,
): Uint8Array {
  switch (kind) {
    case 'crlf':
      if (text.includes('\r'))
        refuse('CASSETTE_INVALID', 'a `crlf` piece gets its CRs from its line ends and holds none itself')
      return utf8(text.replaceAll('\n', '\r\n'), refuse)
    case 'text':
      return utf8(text, refuse)
    case 'json':
      return utf8(inStyle(text, style), refuse)
    case 'latin1':
      if (/[^\0-\xff]/.test(text)) refuse('CASSETTE_INVALID', 'a `latin1` piece holds characters up to U+00FF only')
      return Buffer.from(text, 'latin1')
    case 'base64': {
      const compact = text.replaceAll('\n', '')
      const bytes = Buffer.from(compact, 'base64')
      if (bytes.toString('base64') !== compact)
        refuse('BAD_BASE64', 'it must be what an encoder gives (RFC 4648 section 4), padding included')
      return bytes
    }
  }
}

function utf8(text: string, refuse: (code: ErrorCode, detail: string) => never): Uint8Array {
  if (/\p{Cs}/u.test(text)) refuse('CASSETTE_INVALID', 'half of a surrogate pair has no UTF-8 form')
  return Buffer.from(text, 'utf8')
}
