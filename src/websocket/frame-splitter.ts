import { type FrameHead, LONGEST_HEAD, readHead, turned } from './frame.ts'

/** A stretch of the bytes that one side sent. Offsets count in the bytes that were split. */
export type FramePart = PlainPart | HeadedPart | RestPart

interface Stretch {
  readonly start: number
  readonly end: number
}

/** Bytes that are not a frame, or a piece of a head that lies across the border of two segments. */
export interface PlainPart extends Stretch {
  readonly type: 'plain'
  /** Whether it is a piece of a head. */
  readonly isTornHead: boolean
  /** The head that it is the end of, of a frame without a payload: no other part follows for it. */
  readonly empty?: FrameHead | undefined
}

/** A head and as much of the payload as is there. */
export interface HeadedPart extends Stretch {
  readonly type: 'frame'
  readonly head: FrameHead
  readonly payloadStart: number
}

/** More of the payload of a frame that began before, or whose head lay across a border. */
export interface RestPart extends Stretch {
  readonly type: 'rest'
  readonly head: FrameHead
  /** Where in the payload it begins. */
  readonly offset: number
  /** The mask as it applies to the first byte here. */
  readonly mask: Uint8Array | undefined
}

/**
 * Cuts what one side sends into frames, segment by segment.
 *
 * After bytes that are not a frame there is no telling where the next one begins, so all that follows is plain.
 */
export class FrameSplitter {
  readonly #allowsRsv: boolean
  /** The frame under way, and how much of its payload has come. */
  #head: FrameHead | undefined
  #offset = 0
  /** The beginning of a head. */
  #torn = NOTHING
  #isLost = false

  /** `allowsRsv`: whether an extension was agreed on, which may use reserved bits. */
  constructor(allowsRsv: boolean) {
    this.#allowsRsv = allowsRsv
  }

  /** Whether no frame is under way. */
  get isBetween(): boolean {
    return this.#head === undefined && this.#torn.length === 0
  }

  /** Whether bytes came that are not a frame. */
  get isLost(): boolean {
    return this.#isLost
  }

  copy(): FrameSplitter {
    const copy = new FrameSplitter(this.#allowsRsv)
    copy.#head = this.#head
    copy.#offset = this.#offset
    copy.#torn = this.#torn
    copy.#isLost = this.#isLost
    return copy
  }

  split(bytes: Uint8Array): readonly FramePart[] {
    const parts: FramePart[] = []
    for (let at = 0; at < bytes.length;) {
      const part = this.#next(bytes, at)
      parts.push(part)
      at = part.end
    }
    return parts
  }

  #next(bytes: Uint8Array, at: number): FramePart {
    if (this.#head !== undefined) return this.#rest(this.#head, bytes, at)
    if (this.#isLost) return plain(at, bytes.length, false)
    if (this.#torn.length > 0) return this.#headAcross(bytes, at)
    const found = readHead(bytes, at, this.#allowsRsv)
    if (typeof found !== 'string') return this.#frame(found.head, bytes, { start: at, end: at + found.size })
    this.#isLost = found === 'invalid'
    if (found === 'torn') this.#torn = bytes.slice(at)
    return plain(at, bytes.length, found === 'torn')
  }

  #frame(head: FrameHead, bytes: Uint8Array, { start, end: payloadStart }: Stretch): HeadedPart {
    const end = Math.min(payloadStart + head.length, bytes.length)
    this.#goOn(head, end - payloadStart)
    return { type: 'frame', start, end, head, payloadStart }
  }

  #rest(head: FrameHead, bytes: Uint8Array, start: number): RestPart {
    const offset = this.#offset
    const end = Math.min(start + head.length - offset, bytes.length)
    this.#goOn(head, end - start)
    return { type: 'rest', start, end, head, offset, mask: head.mask && turned(head.mask, offset) }
  }

  #goOn(head: FrameHead, more: number): void {
    const offset = this.#offset + more
    const isOver = offset === head.length
    this.#head = isOver ? undefined : head
    this.#offset = isOver ? 0 : offset
  }

  /** The end of a head that began in an earlier segment. */
  #headAcross(bytes: Uint8Array, start: number): PlainPart {
    const before = this.#torn
    const head = new Uint8Array([...before, ...bytes.subarray(start, start + LONGEST_HEAD)])
    const found = readHead(head, 0, this.#allowsRsv)
    if (typeof found === 'string') {
      this.#isLost = found === 'invalid'
      this.#torn = this.#isLost ? NOTHING : head
      return plain(start, bytes.length, !this.#isLost)
    }
    this.#torn = NOTHING
    const end = start + found.size - before.length
    if (found.head.length === 0) return { ...plain(start, end, true), empty: found.head }
    this.#head = found.head
    return plain(start, end, true)
  }
}

const NOTHING = new Uint8Array(0)

const plain = (start: number, end: number, isTornHead: boolean): PlainPart => ({
  type: 'plain',
  start,
  end,
  isTornHead,
})
