import type { BytesEvent } from './cassette.ts'

/**
 * From this many bytes on, one direction of a record is not kept in memory: it lies in a file, its text is searched in parts, and it
 * becomes a blob in the cassette.
 */
export const LONG = 4 * 1024 * 1024

/** Where the bytes of a segment come from. */
export interface LateBytes {
  /** How many bytes there are. Absent: only reading them says so. */
  readonly length?: number | undefined
  read(): Uint8Array
}

type Fields = Omit<BytesEvent, 'bytes'>

/** A segment whose bytes are read each time they are asked for; `{ ...event }` asks once and gives a plain copy. */
export class LateEvent implements BytesEvent {
  readonly type: BytesEvent['type']
  readonly connection: number
  readonly at: number
  declare readonly ends?: readonly number[]
  declare readonly redacted?: Readonly<Record<string, string>>
  declare readonly bytes: Uint8Array
  readonly #source: LateBytes

  constructor({ type, connection, at, ends, redacted }: Fields, source: LateBytes) {
    this.type = type
    this.connection = connection
    this.at = at
    if (ends !== undefined) this.ends = ends
    if (redacted !== undefined) this.redacted = redacted
    this.#source = source
    Object.defineProperty(this, 'bytes', LateEvent.#BYTES)
  }

  /** How many bytes a segment has. */
  static lengthOf(event: BytesEvent): number {
    return (#source in event ? event.#source.length : undefined) ?? event.bytes.length
  }

  /** An own property, because `{ ...event }` does not copy those of a prototype; shared, because a getter per event is several times slower. */
  static readonly #BYTES: PropertyDescriptor = {
    enumerable: true,
    get(this: LateEvent) {
      return this.#source.read()
    },
  }
}

/** A segment of known length. The bytes that were read last are kept until those of another such segment are read. */
export const lateEvent = (fields: Fields, length: number, read: () => Uint8Array): BytesEvent =>
  new LateEvent(fields, new LastRead(length, read))

class LastRead implements LateBytes {
  static #last: { readonly source: LastRead; readonly bytes: Uint8Array } | undefined
  readonly length: number
  readonly #read: () => Uint8Array

  constructor(length: number, read: () => Uint8Array) {
    this.length = length
    this.#read = read
  }

  /** Callers often ask several times for the bytes of one segment before they go on to the next. */
  read(): Uint8Array {
    if (LastRead.#last?.source !== this) LastRead.#last = { source: this, bytes: this.#read() }
    return LastRead.#last.bytes
  }
}

/** How many bytes a segment has. A late one is not read if its length is known. */
export const lengthOf = (event: BytesEvent): number => LateEvent.lengthOf(event)
