import type { FieldLine } from '../http1/events.ts'
import { listElements } from '../http1/framing.ts'
import { type Code, type Codec, CODINGS, isNoCoding } from './coding-table.ts'

/** The first bytes of gzip (RFC 1952 section 2.3.1). */
export const GZIP_MAGIC = '\x1f\x8b'

/** The codings that were applied, in order. */
export const codingsOf = (fields: readonly FieldLine[]): readonly string[] =>
  listElements(valueOf(fields, 'content-encoding')).filter((name) => !isNoCoding(name))

/** More than this is not decoded. */
export const MOST_DECODED = 64 << 20
/** Contents that come to more than this are compared byte for byte, as they came. */
export const MOST_COMPARED = 16 << 20
export const MOST_CODINGS = 5

/** The values of a field, joined as in RFC 9110 section 5.3. */
export function valueOf(fields: readonly FieldLine[], name: string): string {
  return fields
    .filter((field) => field.name.toLowerCase() === name)
    .map(({ value }) => value)
    .join(', ')
}

export const bufferOf = ({ buffer, byteOffset, length }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, length)

/** The result, unless the bytes are not in this coding. */
export function tried(decode: Code, bytes: Uint8Array, budget?: DecodingBudget): Uint8Array | undefined {
  try {
    return decode(bytes)
  } catch (error) {
    if (error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') budget?.refuse()
    return undefined
  }
}

/** Bytes without one coding; `undefined` if it is not known, or not theirs, or they decode to more than the budget. */
export function withoutCoding(name: string, bytes: Uint8Array, budget = new DecodingBudget()): Uint8Array | undefined {
  for (const { decode } of codecs(name, true, Math.max(1, budget.limit))) {
    const decoded = tried(decode, bytes, budget)
    if (decoded !== undefined) return budget.take(decoded)
  }
  return undefined
}

/** How many bytes may still be decoded, of one message and of all: a few kilobytes can decode to gigabytes. */
export class DecodingBudget {
  readonly #mostOfOne: number
  #left: number
  /** Whether something was not decoded because it would be too much. */
  isExceeded = false

  constructor({ all = MOST_DECODED, one = all }: { readonly all?: number; readonly one?: number } = {}) {
    this.#left = all
    this.#mostOfOne = one
  }

  /** Bytes that the next coding may decode to. */
  get limit(): number {
    return Math.min(this.#left, this.#mostOfOne)
  }

  /** Counts bytes that were decoded, and returns them; `undefined` if they are too many. */
  take(decoded: Uint8Array): Uint8Array | undefined {
    if (decoded.length > this.limit) return this.refuse()
    this.#left -= decoded.length
    return decoded
  }

  /** Counts an attempt that failed: it took time, so that even attempts that fail must come to an end. */
  refuse(): undefined {
    this.isExceeded = true
    this.#left -= Math.ceil(this.limit / 4)
  }
}

/** How a body in a coding may be decoded; none for a coding that is not known. */
export const codecs = (name: string, isWhole: boolean, maxOutputLength = MOST_DECODED): readonly Codec[] =>
  CODINGS.get(name)?.codecs({ isWhole, maxOutputLength }) ?? []

/** What a text holds that is gzip; `undefined` where it is not. Both are one character a byte. */
export function gunzipIn(bytes: string, budget = new DecodingBudget({ all: MOST_COMPARED })): string | undefined {
  if (!bytes.startsWith(GZIP_MAGIC)) return undefined
  const content = withoutCoding('gzip', Buffer.from(bytes, 'latin1'), budget)
  return content && bufferOf(content).latin1Slice(0, content.length)
}
