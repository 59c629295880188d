import type { Cassette } from '../tape/cassette.ts'
import { openCassette } from '../store/cassette-file.ts'
import { CassetteError, LocalProtocolError } from '../errors.ts'
import { type Action, RECORD_MODES, type RecordMode } from './record-mode.ts'
import { systemNow } from '../timers.ts'

/** What to do about a cassette that is too old. */
export type OnExpiry = 'warn' | 'fail' | 'rerecord'

/** When a cassette is too old, and what is done then. */
export interface ExpiryOptions {
  /** Milliseconds after which a cassette has expired, counted from when it was recorded. Default: never. */
  readonly maxAge?: number | undefined
  /**
   * Default: `'warn'`, with a warning of the process. `'rerecord'` does so in the modes that record what is missing, and
   * warns in the others: nothing records under `'none'`.
   */
  readonly onExpiry?: OnExpiry | undefined
  /** Milliseconds since 1970, for `maxAge`. Default: `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** What is done with a cassette, by the mode, what is there, and its age. */
export interface Plan {
  readonly action: Action
  /** What is there to be replayed. */
  readonly cassette: Cassette | undefined
  readonly isExpired: boolean
}

/** @throws CassetteError as `openCassette`, or `CASSETTE_EXPIRED` where that is asked for. */
export async function planFor(mode: RecordMode, path: string, options: ExpiryOptions): Promise<Plan> {
  const { found, missing } = RECORD_MODES[mode]
  // What is not read may as well be broken.
  if (found !== 'replay' && found !== 'extend') return { action: found, cassette: undefined, isExpired: false }
  const cassette = await loadIfThere(path)
  if (cassette === undefined) return { action: missing, cassette, isExpired: false }
  const isOutdated = isExpired(cassette, options)
  if (isOutdated && options.onExpiry === 'rerecord' && missing !== 'fail')
    return { action: 'record', cassette: undefined, isExpired: false }
  if (isOutdated) complainOfAge(cassette, path, options)
  return { action: found, cassette, isExpired: isOutdated }
}

async function loadIfThere(path: string): Promise<Cassette | undefined> {
  try {
    return await openCassette(path)
  } catch (error) {
    if (error instanceof CassetteError && error.code === 'CASSETTE_NOT_FOUND') return undefined
    throw error
  }
}

/** @throws LocalProtocolError `INVALID_OPTION`. */
export function checkExpiryOptions({ maxAge, onExpiry = 'warn' }: ExpiryOptions): void {
  if (maxAge !== undefined && !(maxAge >= 0))
    throw new LocalProtocolError('INVALID_OPTION', `maxAge: not a number of milliseconds: ${maxAge}`)
  if (!['warn', 'fail', 'rerecord'].includes(onExpiry))
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `onExpiry: ${JSON.stringify(onExpiry)} is not one of warn, fail, rerecord`,
    )
}

/** A time of recording that cannot be read is too long ago. */
function isExpired({ recorded }: Cassette, { maxAge = Infinity, now = systemNow }: ExpiryOptions): boolean {
  return maxAge !== Infinity && !(now() - Date.parse(recorded.at) <= maxAge)
}

function complainOfAge({ recorded }: Cassette, path: string, { maxAge, onExpiry }: ExpiryOptions): void {
  const complaint = new CassetteError(
    'CASSETTE_EXPIRED',
    `it was recorded at ${recorded.at}, maxAge is ${maxAge} ms; record it again with WIRETAPE_MODE=update`,
    { file: path },
  )
  if (onExpiry === 'fail') throw complaint
  process.emitWarning(complaint.message, { type: 'WiretapeWarning', code: complaint.code })
}

/** The error for a cassette that is not there; it tells of a recording that was cut short. */
export async function notFound(path: string, advice: string): Promise<CassetteError> {
  const { describeLeftOver, leftOver } = await import('../store/resume.ts')
  const left = await leftOver(path)
  const more = left && `${describeLeftOver(path, left)}, which \`wiretape recover\` makes a cassette`
  return new CassetteError('CASSETTE_NOT_FOUND', [advice, more].filter((part) => part !== undefined).join('; '), {
    file: path,
  })
}
