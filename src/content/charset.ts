import { DecodeError } from './decode-error.ts'

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

/** The first `charset` parameter of a media type (RFC 9110 section 8.3.1); `undefined`: none. */
export function charsetOf(contentType: string | undefined): string | undefined {
  const parameters = (contentType ?? '').matchAll(/;[ \t]*([^\s;="]*)=(?:"((?:[^"\\]|\\.)*)"|([^;]*))/g)
  for (const [, name = '', quoted, bare = ''] of parameters) {
    if (name.toLowerCase() !== 'charset') continue
    const value = quoted === undefined ? bare.trim() : quoted.replaceAll(/\\(.)/g, '$1')
    return value === '' ? undefined : value
  }
  return undefined
}

const UTF_8 = new TextDecoder()

function decoderOf(label: string | undefined, fatal: boolean): InstanceType<typeof TextDecoder> {
  if (label === undefined && !fatal) return UTF_8
  try {
    return new TextDecoder(label, { fatal })
  } catch (cause) {
    throw new DecodeError('UNKNOWN_CHARSET', JSON.stringify(label), { cause })
  }
}

/** WHATWG Encoding section 6. */
const BYTE_ORDER_MARKS = [
  { charset: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { charset: 'utf-16be', bytes: [0xfe, 0xff] },
  { charset: 'utf-16le', bytes: [0xff, 0xfe] },
] as const
