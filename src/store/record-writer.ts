import type { BytesEvent, TapeEvent } from '../tape/cassette.ts'
import type { BlobSink, BlobSource } from '../format/blob-access.ts'
import { lengthOf } from '../tape/late-bytes.ts'
import { encodeChecksum, encodeEvents, encodePlace, newTracks } from '../format/encode.ts'
import { checkEvents } from '../format/faithful.ts'

/** The lines of a segment, without the two that say on which connection and when it passed. */
interface Written {
  readonly comments: string
  readonly payload: string
}

/** All segments of a record that went one way, if their lines depend on nothing else. */
interface Side {
  readonly key: string
  readonly segments: readonly BytesEvent[]
}

/**
 * Encodes the records of one cassette. Each text is decoded again and compared with the events.
 *
 * The same bytes are often sent again. They get the lines of the earlier ones, which were compared then.
 */
export class RecordWriter {
  readonly #file: string
  readonly #blobs: BlobSource & BlobSink
  readonly #written = new Map<string, readonly Written[]>()
  /** Characters of the keys in it. */
  #length = 0
  readonly #tracks = newTracks()

  /** @param file the path that errors name. */
  constructor(file: string, blobs: BlobSource & BlobSink) {
    this.#file = file
    this.#blobs = blobs
  }

  /** The lines of one record with its checksum. @throws CassetteError `CASSETTE_UNFAITHFUL`, and as `blobs` does. */
  write(events: readonly TapeEvent[]): string {
    const sockets = this.#tracks.read(events)
    const texts = new Map<TapeEvent, string>()
    const sides = sockets.size === 0 ? sidesOf(events) : []
    const isKnown = (side: Side): boolean => this.#again(side, texts)
    const newSides = sides.filter((side) => !isKnown(side))
    const fresh = events.filter((event) => !texts.has(event))
    const freshTexts = encodeEvents(fresh, this.#blobs, sockets, events)
    checkEvents(this.#file, freshTexts.join(''), fresh, this.#blobs)
    for (const [index, event] of fresh.entries()) texts.set(event, freshTexts[index] ?? '')
    for (const side of newSides) this.#keep(side, texts)
    return events.map((event) => texts.get(event) ?? '').join('') + encodeChecksum(events)
  }

  /** Adds the lines of what was written before; `false` if it was not. */
  #again({ key, segments }: Side, texts: Map<TapeEvent, string>): boolean {
    const written = this.#written.get(key)
    if (written === undefined) return false
    for (const [index, event] of segments.entries()) {
      const { comments = '', payload = '' } = written[index] ?? {}
      texts.set(event, comments + encodePlace(event) + payload)
    }
    return true
  }

  #keep({ key, segments }: Side, texts: ReadonlyMap<TapeEvent, string>): void {
    const written = segments.map((event): Written => {
      const text = texts.get(event) ?? ''
      const place = encodePlace(event)
      const at = text.indexOf(place)
      return { comments: text.slice(0, at), payload: text.slice(at + place.length) }
    })
    // A blob may be gone when its bytes come again.
    if (key.length > LONGEST_INLINE && written.some(({ payload }) => payload.includes('blob:'))) return
    this.#written.set(key, written)
    this.#length += key.length
    for (const oldest of this.#written.keys()) {
      if (this.#written.size <= MOST_WRITTEN && this.#length <= MOST_CHARACTERS) return
      this.#written.delete(oldest)
      this.#length -= oldest.length
    }
  }
}

const MOST_WRITTEN = 16
const MOST_CHARACTERS = 1 << 20
const LONGEST_WRITTEN = 1 << 17
/** So many bytes are never in a blob. */
const LONGEST_INLINE = 4096

/** Of what is neither marked nor too long. */
function sidesOf(events: readonly TapeEvent[]): readonly Side[] {
  return (['sent', 'received'] as const).flatMap((type) => {
    const segments = events.filter((each): each is BytesEvent => each.type === type)
    const length = segments.reduce((sum, event) => sum + lengthOf(event), 0)
    const isPlain = segments.every(({ ends, redacted }) => ends === undefined && redacted === undefined)
    if (segments.length === 0 || length > LONGEST_WRITTEN || !isPlain) return []
    const parts = segments.map(({ bytes }) =>
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'),
    )
    return [{ key: `${type} ${parts.map((part) => part.length).join(' ')}\n${parts.join('')}`, segments }]
  })
}
