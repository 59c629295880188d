import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CassetteError } from '../errors.ts'
import { BlobsBeside, blobsNamedIn, removeUnnamedBlobs } from '../store/blobs.ts'
import type { Cassette, DecodedCassette, TapeEvent } from '../tape/cassette.ts'
import { loadCassette } from '../store/load-cassette.ts'
import { saveCassette } from '../store/save-cassette.ts'
import { decodeWithBlobs } from '../format/decode.ts'
import { encodeWithBlobs } from '../format/encode.ts'
import { lockCassette } from '../store/lock.ts'
import { readYaml, YamlSource } from '../format/yaml-reader.ts'
import { inspectEditedRecords, type PlacedProblem } from './edited-records.ts'
import { placesOfEvents } from './event-places.ts'
import { checkOptions } from '../options.ts'

/** How to format a cassette. */
export interface FormatOptions {
  /** Only report what would change. Default: `false`. */
  readonly check?: boolean | undefined
}

/** What was wrong with the form of a cassette. */
export interface FormatReport {
  readonly path: string
  /** Whether the file was rewritten or, with `check`, would be. */
  readonly isChanged: boolean
  /** What was corrected, in the order of the file. */
  readonly mended: readonly PlacedRemark[]
  /** What only a person can correct. */
  readonly left: readonly PlacedRemark[]
}

/** A remark about a place in a file. */
export interface PlacedRemark {
  /** Both count from 1. */
  readonly line: number
  readonly column: number
  readonly message: string
}

/**
 * Formats a cassette like a recording: layout, checksums, number of events, and in edited records the lengths of bodies
 * and chunks.
 *
 * A record with a correct checksum keeps every byte, and times and derived comments stay, too; comments of your own are lost, and
 * reported. The file is replaced as a whole, or does not change.
 *
 * Blobs that only the old form needed are removed.
 *
 * @throws CassetteError as `loadCassette`, unless only the number of events is wrong; `CASSETTE_LOCKED` during a recording; and as
 * `saveCassette`.
 */
export async function formatCassette(path: string, options: FormatOptions = {}): Promise<FormatReport> {
  checkOptions('formatCassette', options, { check: true })
  const { check = false } = options
  const planned = await format(path, () => Promise.resolve())
  if (check || !planned.isChanged) return planned
  const lock = lockCassette(path)
  try {
    // Read again, because somebody may have replaced the file meanwhile.
    return await format(path, async (cassette, records, checksums) => {
      const digests = blobsNamedIn(path)
      await saveCassette(path, cassette, { records, checksums })
      removeUnnamedBlobs(path, digests)
    })
  } finally {
    lock.release()
  }
}

type Checksums = ReadonlyMap<number, string | undefined>
type Save = (cassette: Cassette, records: DecodedCassette['records'], checksums: Checksums) => Promise<void>

async function format(path: string, save: Save): Promise<FormatReport> {
  const { cassette, text, recount } = await loadRecounted(path)
  const { mended: records, lengths, broken } = inspectEditedRecords(cassette)
  const formatted = { ...cassette, tape: records.flat() }
  // A new checksum would say that all is well, and nobody would correct the rest.
  const kept = checksumsOf(cassette, text, new Set(broken.map(({ event }) => event)))
  const newText = await encodeAside(formatted, records, kept)
  const isChanged = newText !== text
  if (isChanged) await save(formatted, records, kept)
  const mended = [
    ...remarksOf(lengths, text, cassette),
    ...checksumRemarks(cassette, kept),
    ...recount,
    ...(isChanged ? lostComments(text, newText) : []),
  ]
  if (isChanged && mended.length === 0) mended.push({ line: 1, column: 1, message: 'the layout was another one' })
  return {
    path,
    isChanged,
    mended: mended.toSorted((one, other) => one.line - other.line),
    left: remarksOf(broken, text, cassette),
  }
}

/** The text; writes no blob beside the cassette, because it may not be needed in the end. */
async function encodeAside(
  cassette: Cassette,
  records: DecodedCassette['records'],
  checksums: Checksums,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wiretape-fmt-'))
  try {
    return encodeWithBlobs(cassette, records, new BlobsBeside(join(folder, 'aside.yaml')), checksums)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Recounted {
  readonly cassette: DecodedCassette
  readonly text: string
  readonly recount: readonly PlacedRemark[]
}

/** People who add or remove an event do not count all events. */
async function loadRecounted(path: string): Promise<Recounted> {
  try {
    const cassette = await loadCassette(path)
    return { cassette, text: await readFile(path, 'utf8'), recount: [] }
  } catch (error) {
    if (!(error instanceof CassetteError) || error.code !== 'CASSETTE_INVALID') throw error
    const text = await readFile(path, 'utf8')
    const recounted = withCount(text)
    if (recounted === undefined) throw error
    const { line = 1, column = 1 } = error
    const message = `events: ${recounted.before} -> ${recounted.after}`
    return {
      cassette: decodeWithBlobs(recounted.text, path, new BlobsBeside(path)),
      text,
      recount: [{ line, column, message }],
    }
  }
}

/** The text with the right number of events; `undefined` if it is right already. */
function withCount(
  text: string,
): { readonly text: string; readonly before: number; readonly after: number } | undefined {
  const source = new YamlSource(text, undefined)
  const root = readYaml(source)
  const [tape, events] = root.type === 'map' ? ['tape', 'events'].map((key) => root.entries.get(key)?.value) : []
  if (tape?.type !== 'list' || events?.type !== 'scalar' || typeof events.value !== 'number') return undefined
  const after = tape.items.filter((item) => item.type === 'map' && !item.entries.has('saved')).length
  const before = events.value
  const digits = String(before)
  if (after === before || !source.text.startsWith(digits, events.offset)) return undefined
  const end = events.offset + digits.length
  return { text: `${source.text.slice(0, events.offset)}${after}${source.text.slice(end)}`, before, after }
}

/** The checksum for records that are still broken: the wrong one that they have, or none. */
function checksumsOf({ records, notes }: DecodedCassette, text: string, broken: ReadonlySet<TapeEvent>): Checksums {
  const lines = text.split('\n')
  const unmended = notes.filter(({ record }) => records[record]?.some((event) => broken.has(event)))
  return new Map(
    unmended.map(({ record, line }) => [record, /saved: crc32 ([\da-f]{8})/.exec(lines[line - 1] ?? '')?.[1]]),
  )
}

function checksumRemarks({ notes }: DecodedCassette, kept: Checksums): readonly PlacedRemark[] {
  const mended = notes.filter(({ record }) => !kept.has(record))
  return mended.map(({ code, line, column }) => ({
    line,
    column,
    message: code === 'CHECKSUM_WRONG' ? 'the checksum of an edited record' : 'a checksum was missing',
  }))
}

/** Comments in the file that a recording would not write there. */
function lostComments(text: string, newText: string): readonly PlacedRemark[] {
  const derived = new Set(
    newText
      .split('\n')
      .filter((line) => COMMENT.test(line))
      .map(trimmed),
  )
  return text.split(/\r?\n/).flatMap((line, index): PlacedRemark[] => {
    if (!COMMENT.test(line) || DERIVED_COMMENT.test(line) || derived.has(trimmed(line))) return []
    // In a block of text it is not a comment, and the new text has it, too.
    if (newText.includes(trimmed(line))) return []
    return [{ line: index + 1, column: line.indexOf('#') + 1, message: `a comment is lost: ${trimmed(line)}` }]
  })
}

const COMMENT = /^\s*#/

/** A comment that a recording writes for people, about bytes that may have changed. */
const DERIVED_COMMENT = /^\s*# (?:-->|<--| {4}|yaml-language-server:)/

const trimmed = (line: string): string => line.trim()

function remarksOf(problems: readonly PlacedProblem[], text: string, { records }: DecodedCassette): PlacedRemark[] {
  if (problems.length === 0) return []
  const places = placesOfEvents(text)
  const events = records.flat()
  return problems.map(({ event, problem }) => {
    return { ...(places[events.indexOf(event)] ?? { line: 1, column: 1 }), message: problem }
  })
}
