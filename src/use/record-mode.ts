import { LocalProtocolError } from '../errors.ts'

/** What to do when there is a cassette, and when there is none. */
export type RecordMode = 'none' | 'once' | 'new_episodes' | 'all' | 'update' | 'passthrough'

/** The names of record modes in other tools. */
export type RecordModeAlias = 'newEpisodes' | 'rewrite'

/** `extend`: replay what is there, record what is missing. `pass`: neither read nor write a cassette. */
export type Action = 'replay' | 'extend' | 'record' | 'pass' | 'fail'

interface ModeRules {
  readonly found: Action
  readonly missing: Action
  /** Whether `recordOnError` may save the recording of a failed run. */
  readonly keepsFailedRuns: boolean
  /** What happens to the records of a killed run; until then `wiretape recover` can read them. */
  readonly leftOver: 'named' | 'kept' | 'recorded anew' | 'ignored'
}

// oxfmt-ignore
export const RECORD_MODES: Readonly<Record<RecordMode, ModeRules>> = {
  'none':         { found: 'replay', missing: 'fail',   keepsFailedRuns: false, leftOver: 'named' },   // never touches the network
  'once':         { found: 'replay', missing: 'record', keepsFailedRuns: true,  leftOver: 'recorded anew' },
  'new_episodes': { found: 'extend', missing: 'extend', keepsFailedRuns: true,  leftOver: 'kept' },
  'all':          { found: 'record', missing: 'record', keepsFailedRuns: true,  leftOver: 'recorded anew' },
  'update':       { found: 'record', missing: 'record', keepsFailedRuns: false, leftOver: 'recorded anew' },   // the old one stays until the new one is right
  'passthrough':  { found: 'pass',   missing: 'pass',   keepsFailedRuns: false, leftOver: 'ignored' },
}

const ALIASES: Readonly<Record<RecordModeAlias, RecordMode>> = { newEpisodes: 'new_episodes', rewrite: 'update' }

/** @throws LocalProtocolError `INVALID_OPTION` for a mode that does not exist. */
export function recordMode(
  option: RecordMode | RecordModeAlias | undefined,
  env: Readonly<Record<string, string | undefined>>,
): RecordMode {
  const fromEnvironment = env['WIRETAPE_MODE']
  if (fromEnvironment !== undefined && fromEnvironment !== '') return checkMode(fromEnvironment, 'WIRETAPE_MODE')
  // A test that records in CI would pass with any answer, so only the environment can allow it.
  return isCi(env) ? 'none' : checkMode(option ?? 'once', 'mode')
}

/** The mode of this name, which may be that of another tool. */
export function modeNamed(name: string): RecordMode | undefined {
  if (isAlias(name)) return ALIASES[name]
  return isRecordMode(name) ? name : undefined
}

function checkMode(name: string, where: string): RecordMode {
  const mode = modeNamed(name)
  if (mode !== undefined) return mode
  const known = [...Object.keys(RECORD_MODES), ...Object.keys(ALIASES)].join(', ')
  throw new LocalProtocolError('INVALID_OPTION', `${where}: ${JSON.stringify(name)} is not one of ${known}`)
}

const isRecordMode = (mode: string): mode is RecordMode => Object.hasOwn(RECORD_MODES, mode)

const isAlias = (mode: string): mode is RecordModeAlias => Object.hasOwn(ALIASES, mode)

const isCi = (env: Readonly<Record<string, string | undefined>>): boolean => !/^(?:|0|false)$/i.test(env['CI'] ?? '')

/** For a message that names the mode. */
export const inCi = (env: Readonly<Record<string, string | undefined>>): string => (isCi(env) ? ', as CI is set' : '')
