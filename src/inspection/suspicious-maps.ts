// Written a second time on purpose, as `suspicious-values.ts`: it decodes nothing, and looks at the bytes on both sides of a telling word.

/** Finds values after telling names in MessagePack and CBOR, where each text has its length before it. */
export function* suspiciousMaps(text: string, isMixed: (value: string) => boolean): Generator<number> {
  for (const { index, 0: word } of text.matchAll(TELLING)) {
    const end = index + word.length
    for (const [short, shortest, wide, wider] of FAMILIES) {
      if (!hasLength(text, index, end, short, wide)) continue
      const code = text.charCodeAt(end)
      const isShort = code >= short && code < short + shortest
      const size = isShort ? 0 : code === wide ? 1 : code === wider ? 2 : undefined
      if (size === undefined) continue
      const at = end + 1 + size
      const length = isShort
        ? code - short
        : Number.parseInt(Buffer.from(text.slice(end + 1, at), 'latin1').toString('hex'), 16)
      const value = text.slice(at, at + length)
      if (value.length < Math.max(4, length) || NO_VALUE.test(value)) continue
      if (SURE.test(word) || isMixed(value)) yield at
    }
  }
}

// oxlint-disable-next-line no-control-regex
const NO_VALUE = /^(?:\{\{|\*{3}|(?:true|false|null|none)$)|[\0-\x1f]/i

const TELLING =
  /(?:pass(?:word|wd|phrase|code)?|pwd|secret(?:_?key)?|token|api_?key|private_?key|access_?key|session(?:_?id)?|credentials?|authorization|jwt|otp|pin|csrf|signature)(?=[\x60-\x79\xa0-\xbf\xd9\xda])/gi
const SURE = /pass|pwd|secret|private|api|otp|pin/i

/** The first byte of short texts and how many of these there are, and those before a length of one byte and of two. */
const FAMILIES = [
  [0xa0, 32, 0xd9, 0xda],
  [0x60, 24, 0x78, 0x79],
] as const

/** Whether the name that ends with the word has its own length before it. */
function hasLength(text: string, start: number, end: number, short: number, wide: number): boolean {
  for (let from = start; from > Math.max(0, end - LONGEST_NAME); from -= 1) {
    const length = end - from
    if (text.charCodeAt(from - 1) === (length < (short === 0xa0 ? 32 : 24) ? short + length : length))
      return length < 24 || short === 0xa0 || text.charCodeAt(from - 2) === wide
    if (!/[\w.-]/.test(text.charAt(from - 1))) return false
  }
  return false
}

const LONGEST_NAME = 60
