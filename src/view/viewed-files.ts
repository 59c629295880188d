import { readFile, stat } from 'node:fs/promises'
import { dirname, relative, sep } from 'node:path'
import { placesOfEvents } from '../inspection/event-places.ts'
import { findCassettes } from '../inspection/find-cassettes.ts'
import { loadCassette } from '../store/load-cassette.ts'
import type { DecodedCassette, TapeEvent } from '../tape/cassette.ts'
import type { ViewedCassette } from './model.ts'

/** The cassettes that paths name: files, and those in folders; a recording that goes on counts as far as it is written. */
export async function viewedFiles(paths: readonly string[], page?: string): Promise<readonly ViewedCassette[]> {
  const { cassettes, journals } = await findCassettes(paths)
  const recorded = journals.map((journal) => journal.replace(/\.rec$/, ''))
  const found = [...new Set([...cassettes, ...recorded])]
  // Two files that are compared stay in the order in which they were given.
  const files = found.every((file) => paths.includes(file)) ? paths : found.toSorted()
  return await Promise.all(files.map((file) => viewedFile(file, page)))
}

async function viewedFile(name: string, page: string | undefined): Promise<ViewedCassette> {
  const file = (await isThere(`${name}.rec`)) ? `${name}.rec` : name
  const cassette = await loadCassette(file, { recover: true })
  const href = page === undefined ? undefined : addressOf(relative(dirname(page), file))
  return { name, cassette, lines: linesOf(await readFile(file, 'utf8'), cassette), href }
}

const isThere = async (file: string): Promise<boolean> => (await stat(file).catch(() => undefined))?.isFile() === true

/** Begins with a dot, so that no name is taken for an address of another kind. */
const addressOf = (path: string): string =>
  `./${path.split(sep).map(encodeURIComponent).join('/')}`.replaceAll('/%2E%2E', '/..')

/** The line of each event. Every item of a list at that depth is an event or a checksum, as no text of a recording is indented so little. */
function linesOf(text: string, { records }: DecodedCassette): ReadonlyMap<TapeEvent, number> {
  const events = records.flat()
  const lines = text.split('\n')
  const starts = lines.flatMap((line, index) => (/^ {2}- (?!saved:)/.test(line) ? [index + 1] : []))
  const places = starts.length >= events.length ? starts : placesOfEvents(text).map(({ line }) => line)
  return new Map(events.flatMap((event, index) => (places[index] === undefined ? [] : [[event, places[index]]])))
}

/** Changes when one of the files does, or a recording of one goes on. */
export async function stateOf(paths: readonly string[]): Promise<string> {
  const { cassettes, journals } = await findCassettes(paths)
  const files = [...new Set([...cassettes, ...journals, ...cassettes.map((file) => `${file}.rec`)])]
  const states = await Promise.all(
    files.map(async (file) => {
      const found = await stat(file).catch(() => undefined)
      return found === undefined ? '' : `${file} ${found.size} ${found.mtimeMs}`
    }),
  )
  return states.join('\n')
}
