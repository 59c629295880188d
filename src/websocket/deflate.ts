import type * as Zlib from 'node:zlib'
import type { Extension } from './extensions.ts'

/** How one side compresses its messages (RFC 7692 section 7.1). */
export interface Compression {
  /** Whether a message may refer to the messages before it. */
  readonly takesOver: boolean
  /** The window is 2 to the power of this many bytes. */
  readonly windowBits: number
}

/** What both sides agreed on. */
export interface Deflate {
  readonly sent: Compression
  readonly received: Compression
}

/** The agreement on `permessage-deflate` among the extensions that a server accepted; `undefined` if there is none. */
export function deflateIn(accepted: readonly Extension[]): Deflate | undefined {
  const parameters = accepted.find(({ name }) => name === 'permessage-deflate')?.parameters
  if (parameters === undefined) return undefined
  const of = (side: 'client' | 'server'): Compression => {
    const bits = Number(parameters.get(`${side}_max_window_bits`) ?? 15)
    return { takesOver: !parameters.has(`${side}_no_context_takeover`), windowBits: isWindow(bits) ? bits : 15 }
  }
  return { sent: of('client'), received: of('server') }
}

const isWindow = (bits: number): boolean => Number.isInteger(bits) && bits >= 8 && bits <= 15

/** What a message ends with, and what is left out of it (section 7.2.1). */
const TAIL = Uint8Array.of(0, 0, 0xff, 0xff)
const LONGEST_WINDOW = 32_768
/** A message that inflates to more is not inflated. */
const LONGEST_INFLATED = 64 << 20

/** Loaded with the first compressed message. */
const zlib = (): typeof Zlib => process.getBuiltinModule('node:zlib')

/** Inflates the messages of one side, in their order. */
export class Inflater {
  readonly #takesOver: boolean
  #window: Uint8Array = new Uint8Array(0)

  constructor({ takesOver }: Pick<Compression, 'takesOver'>) {
    this.#takesOver = takesOver
  }

  copy(): Inflater {
    const copy = new Inflater({ takesOver: this.#takesOver })
    copy.#window = this.#window
    return copy
  }

  /** `undefined` if it is not a compressed message, or too long. `isWhole`: whether all of it is there. */
  inflate(payload: Uint8Array, isWhole = true): Uint8Array | undefined {
    try {
      const bytes = zlib().inflateRawSync(isWhole ? Buffer.concat([payload, TAIL]) : payload, {
        finishFlush: zlib().constants.Z_SYNC_FLUSH,
        maxOutputLength: LONGEST_INFLATED,
        ...(this.#window.length > 0 && { dictionary: this.#window }),
      })
      if (this.#takesOver) this.#window = Buffer.concat([this.#window, bytes]).subarray(-LONGEST_WINDOW)
      return bytes
    } catch {
      return undefined // It is shown and compared as the bytes that it is.
    }
  }
}

/** A message that refers to none before it, compressed: fit for any agreement with this window. */
export function deflated(payload: Uint8Array, windowBits = 15): Uint8Array {
  const { constants } = zlib()
  const bytes = zlib().deflateRawSync(payload, {
    finishFlush: constants.Z_SYNC_FLUSH,
    // zlib has no window of 256 bytes; without references there is none to leave.
    windowBits: Math.max(windowBits, 9),
    ...(windowBits < 9 && { strategy: constants.Z_HUFFMAN_ONLY }),
  })
  return payload.length === 0 ? Uint8Array.of(0) : bytes.subarray(0, -TAIL.length)
}
