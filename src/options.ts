import { LocalProtocolError } from './errors.ts'

/**
 * Refuses options that do not exist: otherwise a typing error, such as `matchon`, is accepted and changes nothing.
 *
 * An option that is `undefined` counts as absent, even if its name is unknown.
 *
 * @param known every option; a record, so that the compiler checks that none is missing.
 * @throws LocalProtocolError `UNKNOWN_OPTION`, with the option that was probably meant; `INVALID_OPTION` if `options` is not an object.
 */
export function checkOptions<Options extends object>(
  what: string,
  options: Options,
  known: Readonly<Record<keyof Options, true>>,
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new LocalProtocolError('INVALID_OPTION', `${what} takes an object of options`)
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || Reflect.get(known, name) === true) continue
    const names = Object.keys(known)
    const nearest = nearestOf(name, names)
    const advice = nearest === undefined ? `known are ${names.join(', ')}` : `did you mean ${nearest}?`
    throw new LocalProtocolError('UNKNOWN_OPTION', `${JSON.stringify(name)} of ${what}; ${advice}`)
  }
}

/** Those of some options that are known: what is meant for somebody else is left out. */
export function pickOptions<Options extends object>(
  options: Options,
  known: Readonly<Record<string, true>>,
): Partial<Options> {
  const picked: Partial<Options> = {}
  for (const name in options) if (known[name] === true) picked[name] = options[name]
  return picked
}

/** The name that is at most a third of its letters away. */
function nearestOf(name: string, names: readonly string[]): string | undefined {
  const [nearest] = names
    .map((known) => ({ known, distance: distance(name.toLowerCase(), known.toLowerCase()) }))
    .filter((it) => it.distance <= Math.max(1, it.known.length / 3))
    .toSorted((one, other) => one.distance - other.distance)
  return nearest?.known
}

/** How many letters must be inserted, deleted or replaced (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (const [index, letter] of Array.from(one).entries()) {
    const next = [index + 1]
    for (let column = 1; column <= other.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (other[column - 1] === letter ? 0 : 1)
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
