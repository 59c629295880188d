import type { MatchList, MatchRule } from '../matching/match-on.ts'

/**
 * Where a cassette is played, which decides what can be done about a miss.
 *
 * - `'replayer'`: by a `Replayer` in code.
 * - `'cassette'`: by `useCassette` or a test runner's fixture, which have record modes.
 * - `'server'`: by `serveCassette`.
 * - `'command'`: by `wiretape serve`.
 * - `'run'`: by `wiretape run` and `wiretape proxy`, which have record modes.
 */
export type Face = 'replayer' | 'cassette' | 'server' | 'command' | 'run'

/** How options are written where a cassette is played. */
export interface Words {
  /** The option that plays interactions more than once. */
  readonly repeats: string
  readonly matchOn: (list: MatchList) => string
  /** What can make a list stricter that leaves something out; `undefined` if nothing can. */
  readonly refines: string | undefined
  /** What records the request that was missed. */
  readonly recordsIt: string
  /** What records the whole conversation anew; `undefined` if that is the same. */
  readonly recordsAll: string | undefined
  /** What lets a host through, unrecorded; `undefined` if nothing does. */
  readonly ignores: ((host: string) => string) | undefined
  /** What lets single requests through to their server; `undefined` if nothing does. */
  readonly passes: string | undefined
}

const inCode = (list: MatchList): string => `matchOn: ${literal(list)}`

// A shell takes all between single quotes as it is.
const asFlag = (list: MatchList): string =>
  list.every((rule) => typeof rule === 'string')
    ? `--match-on ${list.join(',')}`
    : `--match-on '${JSON.stringify(list).replaceAll("'", String.raw`'\''`)}'`

const BY_FUNCTION = 'a function in the list can say what else must agree'
const APPEND = '`wiretape record --append` adds it to the cassette'

export const WORDS: Readonly<Record<Face, Words>> = {
  replayer: {
    repeats: 'allowPlaybackRepeats: true',
    matchOn: inCode,
    refines: BY_FUNCTION,
    recordsIt: "useCassette with mode: 'new_episodes' records it, and keeps the rest",
    recordsAll: "useCassette with mode: 'all' records the conversation anew",
    ignores: undefined,
    passes: 'route',
  },
  cassette: {
    repeats: 'allowPlaybackRepeats: true',
    matchOn: inCode,
    refines: BY_FUNCTION,
    recordsIt: 'WIRETAPE_MODE=new_episodes records it, and keeps the rest',
    recordsAll: 'WIRETAPE_MODE=all records the conversation anew',
    ignores: (host) => `ignoreHosts: [${quote(host)}]`,
    passes: 'passthrough',
  },
  server: {
    repeats: 'allowPlaybackRepeats: true',
    matchOn: inCode,
    refines: BY_FUNCTION,
    recordsIt: APPEND,
    recordsAll: undefined,
    ignores: undefined,
    passes: 'route',
  },
  command: {
    repeats: '--repeat',
    matchOn: asFlag,
    refines: undefined,
    recordsIt: APPEND,
    recordsAll: undefined,
    ignores: undefined,
    passes: undefined,
  },
  run: {
    repeats: '--repeat',
    matchOn: asFlag,
    refines: undefined,
    recordsIt: '--mode new_episodes records it, and keeps the rest',
    recordsAll: '--mode all records the conversation anew',
    ignores: (host) => `--ignore-host ${host}`,
    passes: undefined,
  },
}

/** A value as it is written in code; a function by its name. */
function literal(value: MatchList | MatchRule | boolean | undefined | readonly string[] | object): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'function') return value.name || 'function'
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object') return String(value)
  const members = Object.entries(value).flatMap(([name, member]: [string, object | undefined]) =>
    member === undefined ? [] : [`${name}: ${literal(member)}`],
  )
  return `{ ${members.join(', ')} }`
}

/** A text as it is written in code. */
export const quote = (text: string): string => `'${text.replaceAll(/[\\']/g, (char) => `\\${char}`)}'`
