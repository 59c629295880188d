import { resolve } from 'node:path'
import { LocalProtocolError } from '../errors.ts'

/** What one test did with a cassette. A list of these shows which cassettes and interactions are unused. */
export interface PlayedCassette {
  /** Path of the cassette; absolute, or relative to the current folder. */
  readonly path: string
  /** Places of the interactions that were played or recorded, from 0. */
  readonly played: readonly number[]
}

/**
 * Parses a played list: one JSON object a line, `{"path":"cassettes/users.yaml","played":[0,1,3]}`. Other keys are allowed.
 *
 * Several lines for one cassette add up, so that workers and shards may each append their own.
 *
 * @throws LocalProtocolError `INVALID_OPTION` with the line that has another form.
 */
export function parsePlayedList(text: string, file = 'the played list'): readonly PlayedCassette[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '') return []
    const entry = parseLine(line)
    if (entry !== undefined) return [entry]
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `${file}:${index + 1}: not of the form {"path":"users.yaml","played":[0,1]}`,
    )
  })
}

/** Formats the line for one cassette, with its line end. */
export function formatPlayed({ path, played }: PlayedCassette): string {
  return `${JSON.stringify({ path, played })}\n`
}

function parseLine(line: string): PlayedCassette | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isPlayed(value) ? { path: value.path, played: value.played } : undefined
  } catch {
    return undefined
  }
}

function isPlayed(value: unknown): value is PlayedCassette {
  if (typeof value !== 'object' || value === null || !('path' in value) || !('played' in value)) return false
  const { path, played } = value
  return typeof path === 'string' && Array.isArray(played) && played.every((place) => Number.isSafeInteger(place))
}

/** The interactions that were used, by the absolute path of their cassette. */
export function usedInteractions(list: readonly PlayedCassette[]): ReadonlyMap<string, ReadonlySet<number>> {
  const used = new Map<string, Set<number>>()
  for (const { path, played } of list) {
    const places = used.get(resolve(path)) ?? new Set()
    used.set(resolve(path), places)
    for (const place of played) places.add(place)
  }
  return used
}
