import type { BytesEvent, Cassette, TapeEvent } from '../cassette.ts'
import { applyEdits, type Edit, mapOffsets, mergeEdits } from './edits.ts'
import { readRequests, readResponses, type Speech } from './messages.ts'

/** All bytes that went one way over one connection, and what is to change in them. */
export class Direction {
  readonly connection: number
  readonly type: BytesEvent['type']
  /** One character a byte. */
  readonly text: string
  readonly speech: Speech
  readonly #borders: readonly number[]
  #edits: readonly Edit[] = []
  #edited: Buffer | undefined
  #newBorders: readonly number[] = []
  #given = 0

  constructor(events: readonly BytesEvent[], first: BytesEvent, read: (bytes: Uint8Array) => Speech) {
    this.connection = first.connection
    this.type = first.type
    const bytes = Buffer.concat(events.map((event) => event.bytes))
    this.text = bytes.toString('latin1')
    const borders = [0]
    for (const event of events) borders.push((borders.at(-1) ?? 0) + event.bytes.length)
    this.#borders = borders
    this.speech = read(bytes)
  }

  get key(): string {
    return keyOf(this)
  }

  get methods(): readonly string[] {
    return this.speech.messages.map(({ method }) => method)
  }

  get edits(): readonly Edit[] {
    return this.#edits
  }

  /** Replaces the edits there were. */
  edit(edits: readonly Edit[]): void {
    this.#edits = mergeEdits(edits)
    this.#edited = undefined
    this.#given = 0
  }

  get isEdited(): boolean {
    return this.#edits.length > 0
  }

  /** Where ascending offsets lie once the edits are made. */
  offsetsOf(offsets: readonly number[]): readonly number[] {
    return mapOffsets(this.#edits, offsets)
  }

  /** What stands for the next segment; where nothing changed, itself; nothing where nothing is left of it. */
  next(event: BytesEvent): BytesEvent | undefined {
    if (this.#edits.length === 0) return event
    if (this.#edited === undefined) {
      this.#edited = Buffer.from(applyEdits(this.text, this.#edits), 'latin1')
      this.#newBorders = mapOffsets(this.#edits, this.#borders)
    }
    const before = this.#borders[this.#given] ?? 0
    const [start = 0, end = 0] = this.#newBorders.slice(this.#given, this.#given + 2)
    this.#given += 1
    if (start === end && event.bytes.length > 0) return undefined
    const ends = this.offsetsOf((event.ends ?? []).map((offset) => before + offset)).map((offset) => offset - start)
    const inside = ends.filter((offset, k) => offset > (ends[k - 1] ?? 0) && offset < end - start)
    return { ...event, bytes: this.#edited.subarray(start, end), ends: inside.length > 0 ? inside : undefined }
  }
}

/** What went over each connection of a tape, requests before the responses to them. */
export function readDirections(tape: readonly TapeEvent[]): Direction[] {
  const connections = new Map<number, { readonly sent: BytesEvent[]; readonly received: BytesEvent[] }>()
  for (const event of tape) {
    if (!isBytes(event)) continue
    const events = connections.get(event.connection) ?? {
      sent: new Array<BytesEvent>(),
      received: new Array<BytesEvent>(),
    }
    connections.set(event.connection, events)
    events[event.type].push(event)
  }
  return [...connections.values()].flatMap(({ sent, received }) => {
    const directions: Direction[] = []
    const [firstSent] = sent
    const [firstReceived] = received
    if (firstSent !== undefined) directions.push(new Direction(sent, firstSent, readRequests))
    const methods = directions[0]?.methods ?? []
    if (firstReceived !== undefined)
      directions.push(new Direction(received, firstReceived, (bytes) => readResponses(bytes, methods)))
    return directions
  })
}

/** The tape with the edits of its directions made. Segments keep their borders as near as lengths allow. */
export function withEdits(tape: Cassette['tape'], directions: readonly Direction[]): TapeEvent[] {
  const byKey = new Map(directions.map((direction) => [direction.key, direction]))
  return tape.flatMap((event): TapeEvent | TapeEvent[] => {
    const direction = isBytes(event) ? byKey.get(keyOf(event)) : undefined
    return direction === undefined || !isBytes(event) ? event : (direction.next(event) ?? [])
  })
}

export const isBytes = (event: TapeEvent): event is BytesEvent => event.type === 'sent' || event.type === 'received'

const keyOf = ({ connection, type }: Pick<BytesEvent, 'connection' | 'type'>): string => `${type} ${connection}`
