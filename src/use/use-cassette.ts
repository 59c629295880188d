import { namedHosts } from '../intercept/named-hosts.ts'
import { enterPlace, insidePlace, leavePlace } from '../intercept/scope-context.ts'
import { checkOptions } from '../options.ts'
import { checkPlayHooks } from '../playback/play-hooks.ts'
import { checkProtocols } from '../protocols/names.ts'
import { checkSecrets } from '../redaction/redaction-options.ts'
import { cassettePath } from '../store/cassette-name.ts'
import { captureOptions } from './capture-options.ts'
import type { Capture } from './capture.ts'
import { CassetteInUse } from './cassette-in-use.ts'
import type { OpenCassette } from './open-cassette.ts'
import { type HookedPlan, openRecording, partsFor, playbackHookOf } from './parts.ts'
import { checkExpiryOptions, notFound, planFor } from './plan.ts'
import { inCi, recordMode } from './record-mode.ts'
import { USE_OPTIONS, type UseCassetteOptions } from './use-options.ts'

/**
 * Opens the cassette `name`: replays it, or records it, as the mode says.
 *
 * ```ts
 * await using cassette = await useCassette('users')
 * const connection = cassette.connect('https://api.example.com')
 * ```
 *
 * @throws CassetteError `CASSETTE_NOT_FOUND` where there is none and the mode does not record; `CASSETTE_LOCKED` where somebody else records
 * it; `CASSETTE_IO` where it could not be written; and whatever is wrong with one that is there: a broken cassette is never taken
 * for a missing one.
 */
export async function useCassette(name: string, options: UseCassetteOptions = {}): Promise<OpenCassette> {
  checkOptions('useCassette', options, USE_OPTIONS)
  const captured = captureOptions(options.capture)
  if (captured === undefined) return openInMode(name, options)
  // Before the first `await`, so that the context of the caller is entered and not only this function's.
  const place = enterPlace<Capture>()
  const cassette = await openInMode(name, options)
  place.scope = await cassette.startCapture(captured, () => leavePlace(place))
  return cassette
}

async function openInMode(name: string, options: UseCassetteOptions): Promise<CassetteInUse> {
  const { dir = 'cassettes', env = process.env } = options
  checkExpiryOptions(options)
  checkPlayHooks(options)
  namedHosts('ignoreHosts', options.ignoreHosts ?? [])
  checkProtocols(options.protocols)
  if (options.redact !== undefined && options.redact !== false) checkSecrets(options.redact)
  const mode = recordMode(options.mode, env)
  const path = cassettePath(dir, name)
  const hook = await playbackHookOf(options)
  const plan: HookedPlan = { ...(await planFor(mode, path, options)), hook }
  switch (plan.action) {
    case 'fail':
      throw await notFound(path, `record it with WIRETAPE_MODE=once, the mode is ${mode}${inCi(env)}`)
    case 'pass':
    case 'replay':
      return new CassetteInUse(path, mode, await partsFor(plan, undefined, options), options)
    case 'record':
    case 'extend': {
      const recording = await openRecording(path, plan, options)
      const parts = await partsFor({ ...plan, cassette: recording.base }, recording, options)
      return new CassetteInUse(path, mode, parts, options)
    }
  }
}

/**
 * Opens a cassette for the time that `run` takes, and reports to it how that ended.
 *
 * ```ts
 * await withCassette('users', {}, async (cassette) => { ... })
 * ```
 *
 * @throws what `run` throws, after which nothing is saved unless `recordOnError` says so; and as {@link useCassette}.
 */
export async function withCassette<Result>(
  name: string,
  options: UseCassetteOptions,
  run: (cassette: OpenCassette) => Result | Promise<Result>,
): Promise<Result> {
  return insidePlace(() => runWith(name, options, run))
}

async function runWith<Result>(
  name: string,
  options: UseCassetteOptions,
  run: (cassette: OpenCassette) => Result | Promise<Result>,
): Promise<Result> {
  await using cassette = await useCassette(name, options)
  try {
    return await run(cassette)
  } catch (error) {
    cassette.noteFailure()
    throw error
  }
}
