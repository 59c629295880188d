import { CassetteError } from '../errors.ts'
import type { Cassette, TapeEvent } from '../tape/cassette.ts'
import type { BlobSource, Inline } from './blob-access.ts'
import { decodeWithBlobs } from './decode.ts'
import { TapeReader } from './reader.ts'
import { byConnection } from '../tape/record.ts'
import { readYaml, YamlSource } from './yaml-reader.ts'

/** @throws CassetteError `CASSETTE_UNFAITHFUL` unless the text decodes to the same cassette. */
export function checkFaithful(file: string, text: string, cassette: Cassette, blobs: BlobSource | Inline): void {
  const decoded = faithfully(file, () => decodeWithBlobs(text, file, blobs))
  if (!isSame(cassette.recorded, decoded.recorded)) {
    throw new CassetteError('CASSETTE_UNFAITHFUL', 'the note of the recording', { file })
  }
  // The times show how the connections interleave; equal times have no order between connections.
  checkSame(file, byConnection(cassette.tape).flat(), byConnection(decoded.tape).flat())
}

/** The same for the lines of events of one connection. */
export function checkEvents(
  file: string,
  text: string,
  events: readonly TapeEvent[],
  blobs: BlobSource | Inline,
): void {
  const [first] = events
  if (first === undefined) return
  checkSame(
    file,
    events,
    faithfully(file, () => {
      const source = new YamlSource(`tape:\n${text}`, file)
      const reader = new TapeReader(source, blobs)
      const isOpened = first.type === 'open' || first.type === 'failed'
      return (isOpened ? reader : reader.goOnWith(first.connection)).events(readYaml(source))
    }),
  )
}

function faithfully<Read>(file: string, read: () => Read): Read {
  try {
    return read()
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
  for (const key of Object.keys(one)) if (!isSame(one[key], other[key])) return false
  return Object.keys(other).every((key) => key in one || other[key] === undefined)
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
