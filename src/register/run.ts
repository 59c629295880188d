import type { MatchOn } from '../matching/match-on.ts'
import type { ProtocolOptions } from '../protocols/names.ts'
import type { Timing } from '../replay/timing.ts'

/**
 * One run of a command, and of all processes that it starts: what `wiretape run` hands to them, or the first process to its children.
 *
 * JSON in the variable {@link RUN_VARIABLE}.
 */
export interface Run {
  /** The cassette, an absolute path without the ending. */
  readonly cassette: string
  /** What is done with it, `add` to it what is all new included; decided once, so that all processes do the same. */
  readonly action: 'record' | 'add' | 'extend' | 'replay' | 'pass' | 'missing'
  /** The folder of what each process has recorded and says about itself; made by the first one that needs it. */
  readonly folder: string
  /** When it began, in milliseconds of the machine's clock. */
  readonly beganAt: number
  /** Hosts that are recorded though they would not be by default. */
  readonly hosts: readonly string[]
  /** What some of them speak. */
  readonly protocols: ProtocolOptions
  readonly ignoreHosts: readonly string[]
  /** Whether HTTP servers of this machine are recorded without being named. */
  readonly thisMachine: boolean
  /** With which secrets are known to all processes. It is in no file: `undefined` in what is read from one. */
  readonly nameKey?: string | undefined
  /** Whether secrets are saved as they are. */
  readonly allowSecrets: boolean
  /** Whether the proxy takes any certificate of servers; a program in Node decides itself. Absent: it verifies them. */
  readonly insecure?: boolean | undefined
  /** The proxy for programs other than Node, if there is one. */
  readonly proxy?: ProxyOfRun | undefined
  /** Whether what is there may be played more than once, as the app under test may be started more often. */
  readonly repeats?: boolean | undefined
  /** What a request must have in common with a recorded one; absent: as by default. Not a function, which cannot be handed on. */
  readonly matchOn?: MatchOn | undefined
  /** When answers come; absent: at once. Not a clock. */
  readonly timing?: Timing | undefined
  /** The module of hooks, an absolute path, which each process loads for itself; absent: none. */
  readonly hooks?: string | undefined
  /** The process that puts the parts together; absent: `wiretape run` does. */
  readonly leader?: number | undefined
}

/** How the programs of a run reach its proxy. */
export interface ProxyOfRun {
  readonly port: number
  /** The variables that lead programs there. */
  readonly given: Readonly<Record<string, string>>
  /** What those variables were without it; those that are missing here were not set. */
  readonly before: Readonly<Record<string, string>>
}

export const RUN_VARIABLE = 'WIRETAPE_RUN'

/** In the folder of a run: the same JSON without the key, for the process that finds the folder after the run was killed. */
export const RUN_FILE = 'run'

/** What a process says when it ends, in `NAME.json` of the run's folder. */
export interface ProcessReport {
  /** Places of the interactions that it played or recorded. */
  readonly used: readonly number[]
  /** How many there were to play. */
  readonly interactions: number
  readonly played: number
  /** Connections that were recorded or played, and are not HTTP. */
  readonly others: number
  /** Texts of misses, and of connections that were refused or had escaped. */
  readonly problems: readonly string[]
}

/** @throws TypeError or SyntaxError if the variable was not set by this package. */
export function parseRun(json: string): Run {
  const value: unknown = JSON.parse(json)
  if (!isRun(value)) throw new TypeError(`${RUN_VARIABLE} is not what wiretape sets`)
  return value
}

const isRun = (value: unknown): value is Run =>
  typeof value === 'object' &&
  value !== null &&
  ['cassette', 'action', 'folder'].every((name) => typeof Reflect.get(value, name) === 'string') &&
  ['hosts', 'ignoreHosts'].every((name) => Array.isArray(Reflect.get(value, name)))
