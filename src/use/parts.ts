import { connectSocket } from '../client/socket-connector.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import { namedHosts } from '../intercept/named-hosts.ts'
import { inRun, runIn } from '../one-run.ts'
import { pickOptions } from '../options.ts'
import { SentLog } from '../recorder/sent-log.ts'
import type { RedactionOptions } from '../redaction/redaction-options.ts'
import { REPLAYER_OPTIONS, Replayer } from '../replay/replayer.ts'
import type { Connector } from '../transport.ts'
import type { Notes, NotesOptions } from './notes.ts'
import type { Plan } from './plan.ts'
import type { PlaybackHook } from './playback-hook.ts'
import type { UseCassetteOptions } from './use-options.ts'

/** What a cassette in use is made of. */
export interface Parts {
  readonly connector: Connector
  readonly replayer: Replayer | undefined
  readonly recording: Notes | undefined
  readonly sentLog: SentLog
  readonly plan: HookedPlan
}

/** Puts them together. */
export async function partsFor(
  plan: HookedPlan,
  recording: Notes | undefined,
  options: UseCassetteOptions,
): Promise<Parts> {
  const { cassette, hook } = plan
  const { connector: live = connectSocket, ignoreHosts = [], passthrough, keepSent = 0 } = options
  const sentLog = new SentLog(keepSent)
  const recorded = recording?.wrap(live)
  const route =
    passthrough && ((request: WireRequest): Connector | undefined => (passthrough(request) ? live : undefined))
  const played = cassette && hook ? await hook.apply(cassette) : cassette
  const asked = {
    ...pickOptions(options, REPLAYER_OPTIONS),
    redact: secretsOf(options),
    route,
    fallback: recorded,
    changedRequests: options.beforeRecord !== undefined,
    face: options.face ?? 'cassette',
  } as const
  const replayer = played && new Replayer(played, inRun(asked, runIn(options)))
  // What a miss needs is there before the first request, so that nothing waits for a file later.
  await replayer?.prepare()
  const isIgnored = namedHosts('ignoreHosts', ignoreHosts)
  const taped = replayer?.connector ?? recorded ?? live
  const ignored = replayer?.guarded(live) ?? live
  const routed: Connector = (origin, settings) =>
    isIgnored(origin) ? ignored(origin, settings) : taped(origin, settings)
  return { connector: keepSent > 0 ? sentLog.wrap(routed) : routed, replayer, recording, sentLog, plan }
}

/** A plan, and what is to be done with the interactions before they are replayed. */
export interface HookedPlan extends Plan {
  readonly hook: PlaybackHook | undefined
}

/** What calls hooks is loaded where there is one. */
export async function playbackHookOf(options: UseCassetteOptions): Promise<PlaybackHook | undefined> {
  const { beforePlayback, hookTimeout } = options
  if (beforePlayback === undefined) return undefined
  const { PlaybackHook: Hook } = await import('./playback-hook.ts')
  return new Hook(beforePlayback, { hookTimeout, redact: secretsOf(options) })
}

/** What records is loaded when something is recorded: most runs replay. */
export async function openRecording(
  path: string,
  { action, cassette }: Plan,
  options: UseCassetteOptions,
): Promise<Notes> {
  const { openNotes } = await import('./notes.ts')
  const settings: NotesOptions = {
    redact: secretsOf(options),
    isUnwanted: options.passthrough,
    protocols: options.protocols,
    beforeRecord: options.beforeRecord,
    normalizeRequest: options.normalizeRequest,
    hookTimeout: options.hookTimeout,
    saves: options.save !== false,
    adds: action === 'extend',
    // A caller that asks for its age wants to know when it was recorded, though nothing has changed since.
    keepsDate: options.maxAge === undefined,
  }
  return openNotes(path, cassette, inRun(settings, runIn(options)))
}

const secretsOf = ({ redact, env = process.env }: UseCassetteOptions): RedactionOptions | false =>
  redact === false ? false : { env, ...redact }
