import type { BytesEvent, TapeEvent } from '../tape/cassette.ts'
import type { BlobSink, BlobSource } from '../format/blob-access.ts'
import { encodeChecksum, encodeEvents, encodePlace, newTracks } from '../format/encode.ts'
import { checkEvents } from '../format/faithful.ts'

/** The lines of a segment, without the two that say on which connection and when it passed. */
interface Written {
  readonly comments: string
  readonly payload: string
}

/**
 * Encodes the records of one cassette. Each text is decoded again and compared with the events.
 *
 * Clients often send the same bytes again. Such a segment gets the lines of the earlier one, which were compared then.
 */
export class RecordWriter {
  readonly #file: string
  readonly #blobs: BlobSource & BlobSink
  readonly #written = new Map<string, Written>()
  /** Characters of the segments in it. */
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
    const keys = keysOf(events.filter((event) => !sockets.has(event)))
    const fresh = events.filter((event) => !this.#written.has(keys.get(event) ?? ''))
    const freshTexts = encodeEvents(fresh, this.#blobs, sockets, events)
    checkEvents(this.#file, freshTexts.join(''), fresh, this.#blobs)
    const texts = new Map(fresh.map((event, index) => [event, freshTexts[index] ?? '']))
    const lines = events.map((event) => texts.get(event) ?? this.#again(event, keys.get(event) ?? ''))
    for (const [event, key] of keys) this.#keep(event, key, texts.get(event))
    return lines.join('') + encodeChecksum(events)
  }

  #again(event: TapeEvent, key: string): string {
    const { comments = '', payload = '' } = this.#written.get(key) ?? {}
    return comments + encodePlace(event) + payload
  }

  #keep(event: TapeEvent, key: string, text: string | undefined): void {
    // A blob may be gone when its bytes come again.
    if (text === undefined || (key.length > LONGEST_INLINE && text.includes('blob:'))) return
    const place = encodePlace(event)
    const at = text.indexOf(place)
    this.#written.set(key, { comments: text.slice(0, at), payload: text.slice(at + place.length) })
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

/** Keys for segments that are alone in their direction; the lines of others depend on their neighbours, those of frames on what came before. */
function keysOf(events: readonly TapeEvent[]): ReadonlyMap<TapeEvent, string> {
  const keys = new Map<TapeEvent, string>()
  for (const type of ['sent', 'received'] as const) {
    const [event, second] = events.filter((each): each is BytesEvent => each.type === type)
    if (event === undefined || second !== undefined || event.ends !== undefined) continue
    const { bytes } = event
    if (bytes.length <= LONGEST_WRITTEN)
      keys.set(event, type + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'))
  }
  return keys
}
