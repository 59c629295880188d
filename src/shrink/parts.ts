import { type Edit, mergeEdits } from '../content/edits.ts'
import { directionKey, editTape } from '../messages/edit-tape.ts'
import type { Direction } from '../messages/directions.ts'
import type { BytesEvent, Cassette } from '../tape/cassette.ts'

/** What may be left out of a cassette, and the cassette without it. */
export interface Parts {
  readonly parts: readonly Part[]
  /** @param removed indices of parts. */
  without(removed: ReadonlySet<number>): Cassette
}

/** Something that may be left out. */
export interface Part {
  /** In words, such as `header X-Flag of the answer`. */
  readonly what: string
  /** Its bytes; `undefined` for what has none. */
  readonly place?: PartPlace | undefined
}

/** Some bytes of what went one way over a connection. */
export interface PartPlace {
  readonly connection: number
  readonly type: BytesEvent['type']
  /** Offsets in that direction. */
  readonly start: number
  readonly end: number
}

/** One way of making a cassette smaller. */
export interface Phase {
  readonly name: string
  /** Whether what is left of a part that could not go says what the failure needs. */
  readonly isTelling: boolean
  readonly partsOf: (cassette: Cassette) => Parts
}

/** Parts that are cut out of the bytes, each by edits of its own. */
export function cuts(cassette: Cassette, parts: readonly CutPart[]): Parts {
  return {
    parts,
    without(removed) {
      const edits = new Map<string, Edit[]>()
      for (const index of removed) {
        const part = parts[index]
        if (part === undefined) continue
        const key = directionKey(part.place.type, part.place.connection)
        edits.set(key, [...(edits.get(key) ?? []), ...part.edits])
      }
      return edited(cassette, edits)
    },
  }
}

/** A part with the edits that cut it out. */
export interface CutPart extends Part {
  readonly place: PartPlace
  readonly edits: readonly Edit[]
}

/** The cassette with edits of its directions. */
export function edited(cassette: Cassette, edits: ReadonlyMap<string, readonly Edit[]>): Cassette {
  const merged = new Map(Array.from(edits, ([key, each]) => [key, mergeEdits(each)] as const))
  return { ...cassette, tape: editTape(cassette.tape, merged) }
}

/** A range that goes as it is. */
export function cut({ connection, type }: Direction, what: string, start: number, end: number): CutPart {
  return { what, place: { connection, type, start, end }, edits: [{ start, end, with: '' }] }
}

/** `request` or `answer`. */
export const sideOf = ({ type }: Pick<Direction, 'type'>): 'request' | 'answer' =>
  type === 'sent' ? 'request' : 'answer'
