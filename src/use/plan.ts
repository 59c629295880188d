import type { Cassette } from '../tape/cassette.ts'
import { openCassette } from '../store/cassette-file.ts'
import { CassetteError, LocalProtocolError } from '../errors.ts'
import { type Action, RECORD_MODES, type RecordMode } from './record-mode.ts'
import { systemNow } from '../timers.ts'

/** What to do about a cassette that is too old. */
export type OnExpiry = 'warn' | 'fail' | 'rerecord'

/** When a cassette is too old, and what to do then. */
export interface ExpiryOptions {
  /** Milliseconds after which a cassette has expired, counted from when it was recorded. Default: never. */
  readonly maxAge?: number | undefined
  /**
   * Default: `'warn'`, with a process warning. `'rerecord'` records again in the modes that record what is missing, and
   * warns in the others: `'none'` never records.
   */
  readonly onExpiry?: OnExpiry | undefined
  /** Milliseconds since 1970, for `maxAge`. Default: `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** What to do with a cassette; it depends on the mode, on whether there is a cassette, and on its age. */
export interface Plan {
  readonly action: Action
  /** The cassette to replay. */
  readonly cassette: Cassette | undefined
  readonly isExpired: boolean
}

/** @throws CassetteError as `openCassette`, or `CASSETTE_EXPIRED` with `onExpiry: 'fail'`. */
export async function planFor(mode: RecordMode, path: string, options: ExpiryOptions): Promise<Plan> {
  const { found, missing } = RECORD_MODES[mode]
  // A cassette that is not read may be broken.
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

/** An unreadable recording time counts as too old. */
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

/** The error for a missing cassette; it mentions a recording that was cut short. */
export async function notFound(path: string, advice: string): Promise<CassetteError> {
  const { describeLeftOver, leftOver } = await import('../store/resume.ts')
  const left = await leftOver(path)
  const more = left && `${describeLeftOver(path, left)}, which \`wiretape recover\` makes a cassette`
  return new CassetteError('CASSETTE_NOT_FOUND', [advice, more].filter((part) => part !== undefined).join('; '), {
    file: path,
  })
}
