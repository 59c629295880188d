import { CassetteError } from '../errors.ts'
import type { Cassette, TapeEvent } from './cassette.ts'
import { decodeCassette, encodeBeginning, encodeEnd } from './codec.ts'
import { byConnection } from './record.ts'

/** @throws CassetteError `CASSETTE_UNFAITHFUL` unless the text gives the same cassette again. */
export function checkFaithful(file: string, text: string, cassette: Cassette): void {
  const decoded = decode(file, text)
  if (!isSame(cassette.recorded, decoded.recorded)) {
    throw new CassetteError('CASSETTE_UNFAITHFUL', 'the note of the recording', { file })
  }
  // How the connections lie in each other is told by the times; equal times have no order between connections.
  checkSame(file, byConnection(cassette.tape).flat(), byConnection(decoded.tape).flat())
}

/** The same for the lines of one record. */
export function checkRecord(file: string, text: string, events: readonly TapeEvent[]): void {
  const [first] = events
  const isOpened = first === undefined || first.type === 'open' || first.type === 'failed'
  const opening = isOpened ? '' : `  - { open: ${first.connection}, to: http://a, at: 0, took: 0 }\n`
  const count = events.length + (isOpened ? 0 : 1)
  const decoded = decode(file, [BEGINNING, opening, text, encodeEnd(count)].join(''))
  checkSame(file, events, isOpened ? decoded.tape : decoded.tape.slice(1))
}

const BEGINNING = encodeBeginning({ at: '', by: '', node: '' }, 1)

function decode(file: string, text: string): Cassette {
  try {
    return decodeCassette(text, file)
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    throw new CassetteError('CASSETTE_UNFAITHFUL', detail, { file }, { cause: error })
  }
}

function checkSame(file: string, recorded: readonly TapeEvent[], read: readonly TapeEvent[]): void {
  const wrong = recorded.findIndex((event, index) => !isSame(event, read[index]))
  if (wrong === -1 && recorded.length === read.length) return
  throw new CassetteError('CASSETTE_UNFAITHFUL', `event ${wrong + 1}, counted connection by connection`, { file })
}

/** Whether two values are equal byte for byte and field for field; a field that is `undefined` counts as absent. */
function isSame(one: unknown, other: unknown): boolean {
  if (one instanceof Uint8Array) return other instanceof Uint8Array && Buffer.compare(one, other) === 0
  if (!isObject(one) || !isObject(other)) return Object.is(one, other)
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((key) => isSame(one[key], other[key]))
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
