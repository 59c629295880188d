import { gunzipSync, inflateRawSync } from 'node:zlib'

// RFC 1952 section 2.3.1.
const HAS_CHECKSUM = 2
const HAS_EXTRA = 4
const HAS_NAME = 8
const HAS_COMMENT = 16
const HEADER_LENGTH = 10
const TRAILER_LENGTH = 8

// A few kilobytes can inflate to gigabytes: more than this, or than this much growth, is not inflated to find an end.
const MOST_DECODED = 16 << 20
const LEAST_DECODED = 1 << 20
const MOST_GROWTH = 16

/** The length of the first gzip member in bytes, ignoring all bytes after it; undefined if there is none. */
export function gzipMemberLength(bytes: Buffer): number | undefined {
  const start = headerLength(bytes)
  if (start === undefined) return undefined
  try {
    const { engine } = inflateWithInfo(bytes.subarray(start))
    const end = start + engine.bytesWritten + TRAILER_LENGTH
    return end <= bytes.length ? end : undefined
  } catch {
    return undefined // it only looked like a member
  }
}

/**
 * The content of a file that may be compressed, as `.gz` files are; other files as they are.
 *
 * @param most bytes that it may become.
 * @throws Error of zlib if it is broken or becomes more.
 */
export const decompressedFile = (file: Uint8Array, most: number): Uint8Array =>
  file[0] === 0x1f && file[1] === 0x8b ? gunzipSync(file, { maxOutputLength: most }) : file

function headerLength(bytes: Buffer): number | undefined {
  if (bytes.length < HEADER_LENGTH + TRAILER_LENGTH || bytes.readUInt32BE(0) >>> 8 !== 0x1f8b08) return undefined
  const flags = bytes.readUInt8(3)
  let end: number = HEADER_LENGTH
  if ((flags & HAS_EXTRA) !== 0) end += 2 + bytes.readUInt16LE(end)
  for (const text of [HAS_NAME, HAS_COMMENT])
    if ((flags & text) !== 0) {
      const zero = bytes.indexOf(0, end)
      if (zero === -1) return undefined
      end = zero + 1
    }
  if ((flags & HAS_CHECKSUM) !== 0) end += 2
  return end < bytes.length ? end : undefined
}

/** With `info`, Node returns how much it read; its types do not show this. */
interface WithInfo {
  readonly engine: { readonly bytesWritten: number }
}

function inflateWithInfo(bytes: Buffer): WithInfo {
  const maxOutputLength = Math.min(MOST_DECODED, Math.max(LEAST_DECODED, bytes.length * MOST_GROWTH))
  const result: unknown = inflateRawSync(bytes, { info: true, maxOutputLength })
  if (!hasInfo(result)) throw new TypeError('zlib returned no engine')
  return result
}

const hasInfo = (result: unknown): result is WithInfo =>
  typeof result === 'object' && result !== null && 'engine' in result
