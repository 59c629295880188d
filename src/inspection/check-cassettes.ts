import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CassetteError } from '../errors.ts'
import type { DecodedCassette, TapeEvent } from '../tape/cassette.ts'
import { hasLeftEarly } from '../messages/left-early.ts'
import { byConnection } from '../tape/record.ts'
import { loadCassette } from '../store/load-cassette.ts'
import { Conversations } from '../interactions/conversations.ts'
import type { RedactionOptions } from '../redaction/redaction-options.ts'
import { inspectEditedRecords } from './edited-records.ts'
import { type Place, placesOfEvents } from './event-places.ts'
import { readExchanges, segmentAt } from '../messages/exchanges.ts'
import { findCassettes } from './find-cassettes.ts'
import { findSecrets } from './find-secrets.ts'
import { type Finding, finding, findingOf, type Severity } from './findings.ts'
import { checkBlobs, checkLeftovers } from './leftovers.ts'
import { type PlayedCassette, usedInteractions } from './played-list.ts'
import { checkOptions } from '../options.ts'

/** What to look for in cassettes. */
export interface CheckOptions {
  /** What is secret besides known names and forms; `false`: do not look for secrets. Default: `{}`. */
  readonly secrets?: RedactionOptions | false | undefined
  /** What a test run played, so that unused interactions and cassettes are findings. Default: they are not reported. */
  readonly played?: readonly PlayedCassette[] | undefined
  /** Called before each cassette is read. */
  readonly onProgress?: ((done: number, total: number, path: string) => void) | undefined
}

/** The findings about some cassettes. */
export interface CheckReport {
  /** The cassettes that were read. */
  readonly files: readonly string[]
  /** By file, then by place. */
  readonly findings: readonly Finding[]
}

const CHECK_OPTIONS: Readonly<Record<keyof CheckOptions, true>> = {
  secrets: true,
  played: true,
  onProgress: true,
}

/**
 * Checks cassettes, given as files or as folders to search: form, checksums, lengths in edited records, secrets, and leftovers of
 * recordings beside them.
 *
 * It never throws because of the content of a file: that is a finding.
 */
export async function checkCassettes(paths: readonly string[], options: CheckOptions = {}): Promise<CheckReport> {
  checkOptions('checkCassettes', options, CHECK_OPTIONS)
  const found = await findCassettes(paths)
  const used = options.played && usedInteractions(options.played)
  const findings: Finding[] = []
  for (const [index, file] of found.cassettes.entries()) {
    options.onProgress?.(index, found.cassettes.length, file)
    findings.push(...(await checkFile(file, options.secrets ?? {}, used)))
  }
  findings.push(...checkLeftovers(found), ...(await checkBlobs(found)))
  return { files: found.cassettes, findings: findings.toSorted(byPlace) }
}

/** Counts the findings of each severity. */
export function countFindings(findings: readonly Finding[]): Readonly<Record<Severity, number>> {
  const counts = { error: 0, warning: 0, note: 0 }
  for (const { severity } of findings) counts[severity] += 1
  return counts
}

function byPlace(one: Finding, other: Finding): number {
  if (one.file !== other.file) return one.file < other.file ? -1 : 1
  return one.line - other.line || one.column - other.column
}

type Used = ReadonlyMap<string, ReadonlySet<number>>

async function checkFile(
  file: string,
  secrets: RedactionOptions | false,
  used: Used | undefined,
): Promise<readonly Finding[]> {
  try {
    const cassette = await loadCassette(file)
    return new FileCheck(file, await readFile(file, 'utf8'), cassette).run(secrets, used)
  } catch (error) {
    if (!(error instanceof CassetteError)) throw error
    return [findingOf(error, file)]
  }
}

/** Checks one readable cassette. */
class FileCheck {
  readonly #file: string
  readonly #text: string
  readonly #cassette: DecodedCassette
  /** Place of each event in the file. */
  #places: ReadonlyMap<TapeEvent, Place> | undefined

  constructor(file: string, text: string, cassette: DecodedCassette) {
    this.#file = file
    this.#text = text
    this.#cassette = cassette
  }

  run(secrets: RedactionOptions | false, used: Used | undefined): readonly Finding[] {
    return [
      ...this.#checksums(),
      ...this.#editedRecords(),
      ...this.#cutAnswers(),
      ...(secrets === false ? [] : this.#secrets(secrets)),
      ...(used === undefined ? [] : this.#use(used)),
    ]
  }

  #checksums(): readonly Finding[] {
    const file = this.#file
    return this.#cassette.notes.map(({ code, line, column }) => finding(code, { file, line, column }))
  }

  #editedRecords(): readonly Finding[] {
    const { lengths, broken } = inspectEditedRecords(this.#cassette)
    return [
      ...lengths.map(({ event, problem }) => finding('LENGTH_WRONG', this.#placeOf(event), problem)),
      ...broken.map(({ code, event, problem }) => finding(code, this.#placeOf(event), problem)),
    ]
  }

  #cutAnswers(): readonly Finding[] {
    return byConnection(this.#cassette.tape)
      .filter(hasLeftEarly)
      .map((events) => finding('ANSWER_CUT', this.#placeOf(events.findLast(({ type }) => type === 'close'))))
  }

  #secrets(options: RedactionOptions): readonly Finding[] {
    const { found, unsearched } = findSecrets(this.#cassette, options)
    return [
      ...found.map(({ event, kinds }) => finding('SECRET_FOUND', this.#placeOf(event), kinds)),
      ...unsearched.map((event) => finding('NOT_SEARCHED', this.#placeOf(event))),
    ]
  }

  #use(used: Used): readonly Finding[] {
    const places = used.get(resolve(this.#file))
    if (places === undefined) return [finding('ORPHAN_CASSETTE', { file: this.#file })]
    const { interactions } = new Conversations(this.#cassette)
    const unplayed = interactions.filter(({ index }) => !places.has(index))
    if (unplayed.length === 0) return []
    const { connections } = readExchanges(this.#cassette)
    return unplayed.map(({ connection, request }) => {
      const sent = connections.find(({ number }) => number === connection)?.sent
      const event = sent && segmentAt(sent, request.start)?.event
      return finding('UNPLAYED', this.#placeOf(event), `${request.method} ${request.url}`)
    })
  }

  #placeOf(event: TapeEvent | undefined): { readonly file: string } & Partial<Place> {
    this.#places ??= this.#findPlaces()
    return { file: this.#file, ...(event && this.#places.get(event)) }
  }

  #findPlaces(): ReadonlyMap<TapeEvent, Place> {
    const places = placesOfEvents(this.#text)
    const events = this.#cassette.records.flat()
    return new Map(events.flatMap((event, index) => (places[index] === undefined ? [] : [[event, places[index]]])))
  }
}
