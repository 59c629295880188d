import type { BytesEvent, Cassette, TapeEvent } from '../tape/cassette.ts'
import { lateEvent, lengthOf, LONG } from '../tape/late-bytes.ts'
import { applyEdits, type Edit, editedText, type LongText, mapOffsets, mergeEdits } from '../content/edits.ts'
import { readRequests, readResponses, type Message, type Speech } from './speech.ts'
import { SegmentText } from './segment-text.ts'

/** All bytes that went one way over one connection, and what is to change in them. */
export class Direction {
  readonly connection: number
  readonly type: BytesEvent['type']
  /** One character a byte. */
  readonly text: LongText
  readonly speech: Speech
  /** What it says where masks and compression hide it in the text, once the edits are made. */
  readable = ''
  readonly #borders: readonly number[]
  #edits: readonly Edit[] = []
  #edited: LongText | undefined
  #newBorders: readonly number[] = []
  #given = 0
  #disguised: Readonly<Record<string, string>> | undefined
  #before: Readonly<Record<string, string>> = {}

  /** @param methods of the requests that are answered in it. */
  constructor(events: readonly BytesEvent[], methods: readonly string[], { long, recall }: HowToRead) {
    const read = (segments: Iterable<Uint8Array>): Speech =>
      this.type === 'sent' ? readRequests(segments) : readResponses(segments, methods)
    const [first] = events
    this.connection = first?.connection ?? 0
    this.type = first?.type ?? 'sent'
    const borders = [0]
    let length = 0
    for (const event of events) {
      length += lengthOf(event)
      borders.push(length)
    }
    this.#borders = borders
    for (const { redacted } of events) if (redacted) this.#before = { ...this.#before, ...redacted }
    if (length >= long) {
      this.text = new SegmentText(events, borders)
      this.speech = read(bytesOfEach(events))
    } else {
      const bytes = joined(events)
      const text = bytes.toString('latin1')
      this.text = text
      this.speech = recall(`${this.type} ${methods.join(' ')}`, text, () => read([bytes]))
    }
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

  /** Notes what stands for secrets in the edited text and does not show it; a long text is not searched. */
  nameDisguised(find: (text: string) => Readonly<Record<string, string>> | undefined): void {
    if (this.#edits.length === 0 || typeof this.text !== 'string') return
    this.#disguised = find(`${applyEdits(this.text, this.#edits)}\n${this.readable}`)
  }

  /** Where ascending offsets lie once the edits are made. */
  offsetsOf(offsets: readonly number[]): readonly number[] {
    return mapOffsets(this.#edits, offsets)
  }

  /** What stands for the next segment; where nothing changed, itself; nothing where nothing is left of it. */
  next(event: BytesEvent): BytesEvent | undefined {
    if (this.#edits.length === 0) return event
    if (this.#edited === undefined) {
      this.#edited = editedText(this.text, this.#edits)
      this.#newBorders = mapOffsets(this.#edits, this.#borders)
    }
    const isFirst = this.#given === 0
    const before = this.#borders[this.#given] ?? 0
    const [start = 0, end = 0] = this.#newBorders.slice(this.#given, this.#given + 2)
    this.#given += 1
    if (start === end && lengthOf(event) > 0) return undefined
    const ends = this.offsetsOf((event.ends ?? []).map((offset) => before + offset)).map((offset) => offset - start)
    const inside = ends.filter((offset, k) => offset > (ends[k - 1] ?? 0) && offset < end - start)
    const { type, connection, at } = event
    const redacted = isFirst ? { ...this.#before, ...this.#disguised } : {}
    const fields = {
      type,
      connection,
      at,
      ...(inside.length > 0 && { ends: inside }),
      ...(Object.keys(redacted).length > 0 && { redacted }),
    }
    const edited = this.#edited
    const read = (): Uint8Array => Buffer.from(edited.slice(start, end), 'latin1')
    return typeof edited === 'string' ? { ...fields, bytes: read() } : lateEvent(fields, end - start, read)
  }
}

interface HowToRead {
  readonly long: number
  readonly recall: RecallSpeech
}

function joined(events: readonly BytesEvent[]): Buffer {
  const [first, second] = events
  if (first === undefined || second !== undefined) return Buffer.concat(events.map((event) => event.bytes))
  const { buffer, byteOffset, length } = first.bytes
  return Buffer.from(buffer, byteOffset, length)
}

/** Gives what a direction said if it is known, and else reads it. */
export type RecallSpeech = (kind: string, text: string, read: () => Speech) => Speech

function* bytesOfEach(events: readonly BytesEvent[]): Generator<Uint8Array> {
  for (const event of events) yield event.bytes
}

/**
 * What went over each connection of a tape, requests before the responses to them.
 *
 * @param long how many bytes of a direction are too many to be read at once. Default: `LONG`.
 * @param unanswered methods of the requests before the tape that are answered in it, by connection. Default: none.
 * @param recall is asked before a direction is read that is not too long. Default: all are read.
 */
export function readDirections(
  tape: readonly TapeEvent[],
  long = LONG,
  unanswered: ReadonlyMap<number, readonly string[]> = new Map(),
  recall: RecallSpeech = (_kind, _text, read) => read(),
): Direction[] {
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
  return [...connections].flatMap(([connection, { sent, received }]) => {
    const directions: Direction[] = []
    if (sent.length > 0) directions.push(new Direction(sent, [], { long, recall }))
    const methods = [...(unanswered.get(connection) ?? []), ...(directions[0]?.methods ?? [])]
    if (received.length > 0) directions.push(new Direction(received, methods, { long, recall }))
    return directions
  })
}

/** What was asked and not answered on each connection of these directions, after what was unanswered before them. */
export function unansweredIn(
  directions: readonly Direction[],
  before: ReadonlyMap<number, readonly string[]>,
): ReadonlyMap<number, readonly string[]> {
  const methods = new Map<number, readonly string[]>()
  for (const { connection, type, speech, text, methods: own } of directions) {
    const asked = methods.get(connection) ?? before.get(connection) ?? []
    if (type === 'sent') methods.set(connection, [...asked, ...own])
    else methods.set(connection, asked.slice(speech.messages.filter((answer) => isFinal(answer, text)).length))
  }
  return methods
}

const isFinal = ({ headStart, end }: Message, text: LongText): boolean =>
  end !== undefined && !/^HTTP\/1\.[01] 1(?!01)/.test(text.slice(headStart, headStart + 'HTTP/1.1 101'.length))

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
