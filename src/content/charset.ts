import { DecodeError } from './decode-error.ts'
import { mediaTypeOf } from './media-type.ts'

/** Options for decoding text. */
export interface TextOptions {
  /** Overrides the charset of `Content-Type`; a label of the WHATWG Encoding standard. A byte order mark wins over both. */
  readonly charset?: string | undefined
  /** Refuses bytes that are invalid in the charset, instead of replacing them by U+FFFD. Default: `false`. */
  readonly fatal?: boolean | undefined
}

/**
 * How to decode a text of that `Content-Type`; UTF-8 if it names no charset.
 *
 * @throws DecodeError `UNKNOWN_CHARSET`; the decoder itself throws `DECODE_ERROR` if `fatal` is set.
 */
export function textDecoder(
  contentType: string | undefined,
  { charset, fatal = false }: TextOptions = {},
): (bytes: Uint8Array) => string {
  const named = decoderOf(charset ?? charsetOf(contentType), fatal)
  return (bytes) => {
    const mark = BYTE_ORDER_MARKS.find(({ bytes: marks }) => marks.every((byte, index) => bytes[index] === byte))
    const decoder = mark === undefined ? named : decoderOf(mark.charset, fatal)
    try {
      return decoder.decode(bytes)
    } catch (cause) {
      throw new DecodeError('DECODE_ERROR', `the body is not valid ${decoder.encoding} text`, { cause })
    }
  }
}

/** The charset of a media type, the first one if it has several; `undefined`: none. */
export const charsetOf = (contentType: string | undefined): string | undefined =>
  mediaTypeOf(contentType ?? '').parameters.get('charset') || undefined

/** The charset of a text whose ASCII may not be what it seems, or that nobody knows; `undefined` where it is read as it stands. */
export function strangeCharset(contentType: string): string | undefined {
  const charset = charsetOf(contentType)
  if (charset === undefined || isUtf16(charset) || MYSQL_UTF_8.test(charset)) return undefined
  try {
    // All that it knows are made of ASCII and more, but for ISO-2022-JP, which begins as ASCII.
    return new TextDecoder(charset).encoding === 'iso-2022-jp' ? charset : undefined
  } catch {
    return charset
  }
}

/** Whether the charset has characters of two bytes. */
export const isUtf16 = (charset: string | undefined): boolean => charset !== undefined && /^utf-?16/i.test(charset)

const UTF_8 = new TextDecoder()

function decoderOf(label: string | undefined, fatal: boolean): InstanceType<typeof TextDecoder> {
  if (label === undefined && !fatal) return UTF_8
  try {
    return new TextDecoder(label === undefined || MYSQL_UTF_8.test(label) ? 'utf-8' : label, { fatal })
  } catch (cause) {
    throw new DecodeError('UNKNOWN_CHARSET', JSON.stringify(label), { cause })
  }
}

/** What MySQL calls UTF-8; servers pass it on. */
const MYSQL_UTF_8 = /^utf8mb[34]$/i

/** WHATWG Encoding section 6. */
const BYTE_ORDER_MARKS = [
  { charset: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { charset: 'utf-16be', bytes: [0xfe, 0xff] },
  { charset: 'utf-16le', bytes: [0xff, 0xfe] },
] as const
