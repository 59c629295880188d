import { charsetOf, isUtf16 } from './charset.ts'

/** Text in characters of two bytes, and how it is written so again. */
export interface WideCoding {
  /** Characters of two bytes to UTF-8; both are one character a byte. */
  readonly decode: (text: string) => string
  readonly encode: (text: string) => string
}

/** UTF-16, by its mark, by the charset unless it begins as JSON in UTF-8, or by the zero bytes that ASCII has in it. */
export function wideCoding(text: string, type: string): WideCoding | undefined {
  if (text === '' || text.length % 2 !== 0) return undefined
  const isMarked = /^(?:\xff\xfe|\xfe\xff)/.test(text)
  let [even, odd] = [0, 0]
  const end = Math.min(text.length, 64)
  for (let at = 0; at < end; at += 2) {
    even += Number(text.charCodeAt(at) === 0)
    odd += Number(text.charCodeAt(at + 1) === 0)
  }
  const most = end / 4
  const isSaid = isUtf16(charsetOf(type)) && !/^[[{"][^\0]/.test(text)
  if (!isMarked && !isSaid && even < most && odd < most) return undefined
  const isBigEndian = isMarked ? text.startsWith('\xfe') : even > odd
  const swap = (bytes: Buffer): Buffer => (isBigEndian ? bytes.swap16() : bytes)
  return {
    decode: (wide) => Buffer.from(swap(Buffer.from(wide, 'latin1')).toString('utf16le')).toString('latin1'),
    encode: (narrow) => swap(Buffer.from(Buffer.from(narrow, 'latin1').toString('utf8'), 'utf16le')).toString('latin1'),
  }
}
