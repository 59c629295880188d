/** How a run of characters is read as bytes. */
export type RunCoding = 'base64' | 'base64url' | 'hex'

/**
 * Whether a run may have eight printable bytes in a row, read as base64 from any of its first four characters on.
 *
 * `false` is certain, and takes no decoding: nearly all runs are words, paths and hashes. Eight bytes have two whole groups of three in
 * them, which are four characters each.
 */
export function mayHaveWords(run: string): boolean {
  for (let lead = 0; lead < 4; lead += 1) {
    let groups = 0
    for (let at = lead; at + 4 <= run.length; at += 4) {
      groups = isPrintableGroup(run, at) ? groups + 1 : 0
      if (groups === 2) return true
    }
  }
  return false
}

function isPrintableGroup(run: string, at: number): boolean {
  const first = sixAt(run, at)
  // Of the first byte these six bits are the highest.
  if (IS_PRINTABLE_START[first] !== 1) return false
  const [second, third, fourth] = [sixAt(run, at + 1), sixAt(run, at + 2), sixAt(run, at + 3)]
  return (
    IS_PRINTABLE[(first << 2) | (second >> 4)] === 1 &&
    IS_PRINTABLE[((second & 15) << 4) | (third >> 2)] === 1 &&
    IS_PRINTABLE[((third & 3) << 6) | fourth] === 1
  )
}

/** Whether so many digits of hex, or of base64 without the two signs for URLs, stand in a run one after the other. */
export function hasDigits(run: string, coding: 'base64' | 'hex', least: number): boolean {
  const digits = coding === 'hex' ? IS_HEX : IS_STRICT
  for (let at = least - 1; at < run.length;) {
    let start = at
    while (start > at - least && digits[run.charCodeAt(start)] === 1) start -= 1
    if (start === at - least) return true
    at = start + least
  }
  return false
}

/**
 * Whether the first bytes of a run may be those of text in UTF-8, or of gzip, of which `length` bytes are asked for.
 *
 * `false` is certain. A byte that no text has shows at once, since one of the first three or four of random ones is none.
 */
export function mayBeginText(run: string, coding: RunCoding, length: number): boolean {
  let following = 0
  const most = Math.min(length, MOST_LOOKED_AT)
  for (let k = 0; k < most; k += 1) {
    const byte = coding === 'hex' ? hexByte(run, k) : base64Byte(run, k)
    if (k === 0 && byte === 0x1f) return true
    if (CONTROLS[byte] === 1) return false
    // What stands at the end may be a part of a character.
    if (k >= length - PART_OF_CHARACTER) continue
    if (following > 0) {
      if (byte >> 6 !== 2) return false
      following -= 1
    } else if (byte >= 0x80) {
      following = byte < 0xc2 || byte > 0xf4 ? -1 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
      if (following < 0) return false
    }
  }
  return true
}

const MOST_LOOKED_AT = 16
const PART_OF_CHARACTER = 4

const hexByte = (run: string, k: number): number => (hexAt(run, 2 * k) << 4) | hexAt(run, 2 * k + 1)

function base64Byte(run: string, k: number): number {
  const at = Math.floor(k / 3) * 4 + (k % 3)
  const shift = 2 * (k % 3)
  return ((sixAt(run, at) << (2 + shift)) | (sixAt(run, at + 1) >> (4 - shift))) & 255
}

const hexAt = (run: string, at: number): number => HEX_DIGITS[run.charCodeAt(at)] ?? 0
const sixAt = (run: string, at: number): number => SIXES[run.charCodeAt(at)] ?? 0

const tableOf = (length: number, value: (code: number) => number): Uint8Array =>
  Uint8Array.from({ length }, (_, code) => value(code))

/** RFC 4648 sections 4 and 5; what is in neither alphabet, as padding, counts as what is not printable. */
const SIXES = tableOf(128, (code) => {
  const char = String.fromCharCode(code)
  const place = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.indexOf(char)
  return place >= 0 ? place : char === '-' ? 62 : 63
})
const HEX_DIGITS = tableOf(128, (code) => parseInt(String.fromCharCode(code), 16) || 0)
const IS_HEX = tableOf(128, (code) => Number(/[\da-f]/i.test(String.fromCharCode(code))))
const IS_STRICT = tableOf(128, (code) => Number(/[A-Za-z0-9+/]/.test(String.fromCharCode(code))))
const IS_PRINTABLE = tableOf(256, (byte) => Number(/[\t\n\r\x20-\x7e]/.test(String.fromCharCode(byte))))
const IS_PRINTABLE_START = tableOf(64, (six) => (IS_PRINTABLE.subarray(six << 2, (six << 2) + 4).includes(1) ? 1 : 0))
// oxlint-disable-next-line no-control-regex
const CONTROLS = tableOf(256, (byte) => Number(/[\0-\x08\x0e-\x1a\x1c\x1d\x1f]/.test(String.fromCharCode(byte))))
