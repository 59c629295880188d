import { decodesToTooMuch } from '../content/coded-content.ts'
import { codingsOf, DecodingBudget, GZIP_MAGIC, MOST_DECODED } from '../content/codings.ts'
import type { Edit, LongText } from '../content/edits.ts'
import { type Direction, readDirections, withEdits } from '../messages/directions.ts'
import { contentOf } from '../messages/message-content.ts'
import type { Message } from '../messages/speech.ts'
import type { BytesEvent, Cassette, TapeEvent } from '../tape/cassette.ts'

/** A cassette as far as it can be searched. */
export interface Searchable {
  /** With as many events of the same sizes. */
  readonly cassette: Cassette
  /** The events of the given cassette with which contents begin that were left out. */
  readonly unsearched: readonly TapeEvent[]
}

/**
 * A few megabytes can decode to gigabytes, and every decoded byte is searched several times: one content may decode to 16 MiB, and
 * all of a cassette to 64 MiB.
 */
const BUDGET = { one: 16 << 20, all: 64 << 20 } as const

/** The cassette with dots in place of contents that decode to more than can be searched. */
export function searchable(cassette: Cassette): Searchable {
  const budget = new DecodingBudget(BUDGET)
  const directions = readDirections(cassette.tape)
  const unsearched = directions.flatMap((direction) => {
    const bombs = direction.speech.messages.filter((message) => isTooMuch(direction.text, message, budget))
    direction.edit(bombs.flatMap((message) => blanked(direction.text, message)))
    return bombs.map(({ headEnd, chunks }) => eventAt(cassette.tape, direction, chunks[0]?.dataStart ?? headEnd))
  })
  if (unsearched.length === 0) return { cassette, unsearched: [] }
  return {
    cassette: { ...cassette, tape: withEdits(cassette.tape, directions) },
    unsearched: unsearched.filter((event) => event !== undefined),
  }
}

function isTooMuch(speech: LongText, message: Message, budget: DecodingBudget): boolean {
  const content = contentOf(speech, message)
  const isCoded = codingsOf(message.fields).length > 0 || content.slice(0, GZIP_MAGIC.length) === GZIP_MAGIC
  if (!isCoded || content.length > MOST_DECODED) return false
  return decodesToTooMuch(Buffer.from(content.slice(0, content.length), 'latin1'), message.fields, budget)
}

/** Offsets stay as they are: dots for the content, and a field of another name instead of `Content-Encoding`. */
function blanked(speech: LongText, { headStart, headEnd, chunks }: Message): readonly Edit[] {
  const head = speech.slice(headStart, headEnd)
  const names = Array.from(head.matchAll(/^content-encoding(?=[ \t]*:)/gim), ({ index }) => {
    return { start: headStart + index, end: headStart + index + FIELD_NAME.length, with: FIELD_NAME }
  })
  const content = chunks.map(({ dataStart, dataEnd }) => {
    return { start: dataStart, end: dataEnd, with: '.'.repeat(dataEnd - dataStart) }
  })
  return [...names, ...content]
}

const FIELD_NAME = 'Content-Unopened'

function eventAt(tape: readonly TapeEvent[], { connection, type }: Direction, offset: number): BytesEvent | undefined {
  let end = 0
  for (const event of tape) {
    if (event.type !== type || event.connection !== connection) continue
    end += event.bytes.length
    if (offset < end) return event
  }
  return undefined
}
