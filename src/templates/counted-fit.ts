/** A piece of a recorded content that counts its bytes: what stands there, or how long what stood there was. */
export type CountedPiece =
  | { readonly type: 'literal'; readonly text: string }
  | { readonly type: 'value'; readonly length: number; readonly accepts: (value: string) => boolean }

/**
 * Whether a content is the recorded one but for its values, which may have other lengths if the counts before them say so.
 *
 * It knows no format: where a byte differs, it tries what a count could look like there. Where the count says that it ends, both
 * contents must have come to the same place. Gives the values.
 */
export function countedValues(pieces: readonly CountedPiece[], asked: string): readonly string[] | undefined {
  return new CountedReader(pieces, asked).read()
}

/** Where a count says that something ends, in the recorded content and in the asked one. */
interface Goal {
  readonly recorded: number
  readonly asked: number
}

interface Place {
  /** Number of the piece. */
  readonly piece: number
  readonly recorded: number
  readonly asked: number
  /** The innermost one last. */
  readonly goals: readonly Goal[]
  readonly values: readonly string[]
}

/** Places that are tried, so that a hostile content takes no longer. */
const MOST_TRIED = 5000

class CountedReader {
  readonly #pieces: readonly CountedPiece[]
  readonly #asked: string
  /** With any bytes where values are. */
  readonly #recorded: string
  /** Where each piece ends in it. */
  readonly #ends: readonly number[]
  #tried = 0

  constructor(pieces: readonly CountedPiece[], asked: string) {
    this.#pieces = pieces
    this.#asked = asked
    this.#recorded = pieces.map((piece) => (piece.type === 'literal' ? piece.text : ' '.repeat(piece.length))).join('')
    let end = 0
    this.#ends = pieces.map((piece) => (end += piece.type === 'literal' ? piece.text.length : piece.length))
  }

  read(): readonly string[] | undefined {
    return this.#readFrom({ piece: 0, recorded: 0, asked: 0, goals: [], values: [] })
  }

  #readFrom(place: Place): readonly string[] | undefined {
    this.#tried += 1
    if (this.#tried > MOST_TRIED) return undefined
    const goal = place.goals.at(-1)
    if (goal?.recorded === place.recorded)
      return goal.asked === place.asked ? this.#readFrom({ ...place, goals: place.goals.slice(0, -1) }) : undefined
    const piece = this.#pieces[place.piece]
    if (piece === undefined) return place.asked === this.#asked.length ? place.values : undefined
    return piece.type === 'literal' ? this.#readLiteral(place) : this.#readValue(place, piece)
  }

  #readLiteral(place: Place): readonly string[] | undefined {
    const end = this.#ends[place.piece] ?? 0
    const limit = Math.min(end, place.goals.at(-1)?.recorded ?? end)
    let { recorded, asked } = place
    while (recorded < limit && this.#recorded[recorded] === this.#asked[asked])
      [recorded, asked] = [recorded + 1, asked + 1]
    if (recorded === limit)
      return this.#readFrom({ ...place, piece: place.piece + (recorded === end ? 1 : 0), recorded, asked })
    for (let back = 0; back <= Math.min(MOST_BACK, recorded - place.recorded); back += 1)
      for (const next of this.#countsAt(place, recorded - back, asked - back, recorded)) {
        const values = this.#readFrom(next)
        if (values !== undefined) return values
      }
    return undefined
  }

  /** The places after what may be a count that begins there and reaches over `different`. */
  *#countsAt(place: Place, recorded: number, asked: number, different: number): Generator<Place> {
    const outer = place.goals.at(-1) ?? { recorded: this.#recorded.length, asked: this.#asked.length }
    const firstValue = this.#ends[place.piece + 1] ?? Infinity
    for (const read of COUNTS) {
      const [ours, theirs] = [read(this.#recorded, recorded), read(this.#asked, asked)]
      if (ours === undefined || theirs === undefined || ours.value === theirs.value) continue
      const behind = recorded + ours.width
      if (behind <= different || behind > (this.#ends[place.piece] ?? 0)) continue
      // Some count themselves, too, and some one more than there is.
      for (const [one, other] of [
        [0, 0],
        [-ours.width, -theirs.width],
        [-1, -1],
      ] as const) {
        const goal = { recorded: behind + ours.value + one, asked: asked + theirs.width + theirs.value + other }
        const isInside = goal.recorded <= outer.recorded && goal.asked <= outer.asked
        if (isInside && goal.recorded >= firstValue)
          yield { ...place, recorded: behind, asked: asked + theirs.width, goals: [...place.goals, goal] }
      }
    }
  }

  #readValue(place: Place, piece: CountedPiece & { readonly type: 'value' }): readonly string[] | undefined {
    const recorded = this.#ends[place.piece] ?? 0
    const goal = place.goals.at(-1)
    const length = goal === undefined ? piece.length : goal.asked - place.asked - (goal.recorded - recorded)
    const value = this.#asked.slice(place.asked, place.asked + length)
    if (length < 0 || value.length < length || !piece.accepts(value)) return undefined
    return this.#readFrom({
      ...place,
      piece: place.piece + 1,
      recorded,
      asked: place.asked + length,
      values: [...place.values, value],
    })
  }
}

/** A count is that long at most before the first byte in which two of them differ. */
const MOST_BACK = 7

interface Count {
  readonly value: number
  readonly width: number
}

type ReadCount = (text: string, at: number) => Count | undefined

const fixed =
  (width: number, isLittle = false): ReadCount =>
  (text, at) => {
    if (at + width > text.length) return undefined
    let value = 0
    for (let k = 0; k < width; k += 1) value = value * 256 + text.charCodeAt(isLittle ? at + width - 1 - k : at + k)
    return { value, width }
  }

/** Seven bits a byte, the lowest first, as protobuf has them. */
const varint: ReadCount = (text, at) => {
  let value = 0
  for (let width = 1; width <= 5; width += 1) {
    const byte = text.charCodeAt(at + width - 1)
    if (Number.isNaN(byte)) return undefined
    value += (byte & 0x7f) * 2 ** (7 * (width - 1))
    if (byte < 0x80) return { value, width }
  }
  return undefined
}

/** The same with the sign in the lowest bit, as Avro has it. */
const zigzag: ReadCount = (text, at) => {
  const count = varint(text, at)
  return count === undefined || count.value % 2 === 1 ? undefined : { ...count, value: count.value / 2 }
}

/** A byte that says how many bytes of the count follow, or is the count with some bits before it. */
const marked =
  (
    short: { readonly from: number; readonly to: number },
    long: readonly (readonly [mark: number, width: number])[],
  ): ReadCount =>
  (text, at) => {
    const first = text.charCodeAt(at)
    if (first >= short.from && first <= short.to) return { value: first - short.from, width: 1 }
    const width = long.find(([mark]) => mark === first)?.[1]
    const count = width === undefined ? undefined : fixed(width)(text, at + 1)
    return count && { value: count.value, width: count.width + 1 }
  }

const COUNTS: readonly ReadCount[] = [
  varint,
  fixed(4),
  fixed(4, true),
  fixed(2),
  fixed(2, true),
  fixed(1),
  // Texts and bytes of MessagePack, of CBOR (RFC 8949), and lengths of ASN.1.
  marked({ from: 0xa0, to: 0xbf }, [
    [0xd9, 1],
    [0xda, 2],
    [0xdb, 4],
  ]),
  marked({ from: 0x60, to: 0x77 }, [
    [0x78, 1],
    [0x79, 2],
    [0x7a, 4],
  ]),
  marked({ from: 0x40, to: 0x57 }, [
    [0x58, 1],
    [0x59, 2],
    [0x5a, 4],
  ]),
  marked({ from: 0, to: 0x7f }, [
    [0x81, 1],
    [0x82, 2],
    [0x83, 3],
  ]),
  zigzag,
]
