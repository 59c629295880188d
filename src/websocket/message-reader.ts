import { type Compression, Inflater } from './deflate.ts'
import { type FrameHead, type FrameKind, isControl, masked, RSV1 } from './frame.ts'
import { type FramePart, FrameSplitter } from './frame-splitter.ts'

/** A message, or a control frame. */
export interface SocketMessage {
  readonly kind: Exclude<FrameKind, 'continuation'>
  /** Unmasked, defragmented and inflated; of a compressed message that cannot be inflated, as it came. */
  readonly payload: Uint8Array
  /** Whether it came compressed. */
  readonly isCompressed: boolean
  /** Whether it came compressed and could not be inflated. */
  readonly isOpaque: boolean
  /** Whether all of it came. */
  readonly isWhole: boolean
  readonly frames: readonly PlacedFrame[]
}

/** A frame and its place in the bytes of its side. */
export interface PlacedFrame {
  readonly head: FrameHead
  /** Where the head begins and the payload ends, as far as it came; offsets count from the first byte that was read. */
  readonly start: number
  readonly end: number
  /** Unmasked, as far as it came. */
  readonly payload: Uint8Array
}

interface Draft {
  readonly head: FrameHead
  readonly start: number
  end: number
  readonly pieces: Uint8Array[]
  length: number
}

/** How the messages of one side are read. */
export interface MessageReaderOptions {
  /** Whether an extension was agreed on. */
  readonly allowsRsv: boolean
  /** How this side compresses; `undefined` if it does not. */
  readonly compression: Compression | undefined
}

/** Reads the messages of one side, segment by segment. */
export class MessageReader {
  readonly #options: MessageReaderOptions
  #splitter: FrameSplitter
  #inflater: Inflater | undefined
  /** Frames of the message under way. */
  #fragments: readonly PlacedFrame[] = []
  #frame: Draft | undefined
  /** Where a head began that lies across a border. */
  #headStart: number | undefined
  #position = 0

  constructor(options: MessageReaderOptions) {
    this.#options = options
    this.#splitter = new FrameSplitter(options.allowsRsv)
    this.#inflater = options.compression && new Inflater(options.compression)
  }

  /** Whether no message is under way. */
  get isBetween(): boolean {
    return this.#splitter.isBetween && this.#fragments.length === 0
  }

  /** Whether no frame is under way. */
  get isBetweenFrames(): boolean {
    return this.#splitter.isBetween
  }

  /** Whether bytes came that are not a frame, so that nothing more is read. */
  get isLost(): boolean {
    return this.#splitter.isLost
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#position
  }

  /** A reader that goes on from here on its own. */
  copy(): MessageReader {
    const copy = new MessageReader(this.#options)
    copy.#splitter = this.#splitter.copy()
    copy.#inflater = this.#inflater?.copy()
    copy.#fragments = this.#fragments
    copy.#frame = this.#frame && { ...this.#frame, pieces: [...this.#frame.pieces] }
    copy.#headStart = this.#headStart
    copy.#position = this.#position
    return copy
  }

  /** The messages that are whole now. */
  push(bytes: Uint8Array): readonly SocketMessage[] {
    const messages: SocketMessage[] = []
    for (const part of this.#splitter.split(bytes)) {
      const message = this.#add(part, bytes)
      if (message !== undefined) messages.push(message)
    }
    this.#position += bytes.length
    return messages
  }

  /** What there is of messages that never came to their end: of a fragmented one, and of a control frame between its parts. */
  unfinished(): readonly SocketMessage[] {
    const frame = this.#frame && placed(this.#frame)
    if (frame !== undefined && isControl(frame.head.kind))
      return [...this.#partly(this.#fragments), messageOf([frame], frame.payload, { isWhole: false })]
    return this.#partly(frame === undefined ? this.#fragments : [...this.#fragments, frame])
  }

  #partly(frames: readonly PlacedFrame[]): readonly SocketMessage[] {
    const [first] = frames
    if (first === undefined) return []
    const payload = joined(frames)
    const isCompressed = this.#isCompressed(first)
    const inflated = isCompressed ? this.#inflater?.copy().inflate(payload, false) : payload
    return [messageOf(frames, inflated ?? payload, { isWhole: false, isCompressed, isOpaque: inflated === undefined })]
  }

  #add(part: FramePart, bytes: Uint8Array): SocketMessage | undefined {
    const start = this.#position + part.start
    switch (part.type) {
      case 'plain':
        if (part.isTornHead) this.#headStart ??= start
        return part.empty && this.#grow(part.empty, this.#headStart ?? start, part, NOTHING, undefined)
      case 'frame':
        return this.#grow(part.head, start, part, bytes.subarray(part.payloadStart, part.end), part.head.mask)
      case 'rest': {
        const from = this.#headStart ?? start
        this.#headStart = undefined
        return this.#grow(part.head, from, part, bytes.subarray(part.start, part.end), part.mask)
      }
    }
  }

  #grow(
    head: FrameHead,
    start: number,
    { end }: FramePart,
    bytes: Uint8Array,
    mask: Uint8Array | undefined,
  ): SocketMessage | undefined {
    this.#headStart = undefined
    const frame = this.#frame ?? { head, start, end: 0, pieces: [], length: 0 }
    frame.pieces.push(masked(bytes, mask))
    frame.length += bytes.length
    frame.end = this.#position + end
    this.#frame = frame.length < head.length ? frame : undefined
    return this.#frame === undefined ? this.#finish(placed(frame)) : undefined
  }

  #finish(frame: PlacedFrame): SocketMessage | undefined {
    const { kind, fin } = frame.head
    if (isControl(kind)) return messageOf([frame], frame.payload)
    const frames = [...this.#fragments, frame]
    this.#fragments = fin ? [] : frames
    if (!fin) return undefined
    const payload = joined(frames)
    const isCompressed = frames[0] !== undefined && this.#isCompressed(frames[0])
    if (!isCompressed) return messageOf(frames, payload)
    const inflated = this.#inflater?.inflate(payload)
    return messageOf(frames, inflated ?? payload, { isCompressed, isOpaque: inflated === undefined })
  }

  #isCompressed({ head }: PlacedFrame): boolean {
    return (head.rsv & RSV1) !== 0 && this.#inflater !== undefined
  }
}

const NOTHING = new Uint8Array(0)

const placed = ({ head, start, end, pieces }: Draft): PlacedFrame => ({ head, start, end, payload: joinAll(pieces) })

const joined = (frames: readonly PlacedFrame[]): Uint8Array => joinAll(frames.map(({ payload }) => payload))

const joinAll = (pieces: readonly Uint8Array[]): Uint8Array => {
  const [first] = pieces
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces)
}

function messageOf(
  frames: readonly PlacedFrame[],
  payload: Uint8Array,
  facts: Partial<Pick<SocketMessage, 'isCompressed' | 'isOpaque' | 'isWhole'>> = {},
): SocketMessage {
  const kind = frames[0]?.head.kind ?? 'binary'
  return {
    // A continuation of nothing is read as the bytes that it is.
    kind: kind === 'continuation' ? 'binary' : kind,
    payload,
    frames,
    isCompressed: false,
    isOpaque: false,
    isWhole: true,
    ...facts,
  }
}
