import type { InteractionHook, RecordHook } from '../hooks/hook.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import type { RedactionOptions } from '../redaction/redaction-options.ts'
import { REPLAYER_OPTIONS, type ReplayerOptions } from '../replay/replayer.ts'
import type { Connector } from '../transport.ts'
import type { CaptureOptions } from './capture-options.ts'
import type { ExpiryOptions } from './plan.ts'
import type { RecordMode, RecordModeAlias } from './record-mode.ts'

/** How a cassette is used: its place, its mode, what is matched, and what is secret. */
export interface UseCassetteOptions
  extends Omit<ReplayerOptions, 'fallback' | 'route' | 'redact' | 'changedRequests' | 'face'>, ExpiryOptions {
  /** Folder of the cassettes. Default: `cassettes` in the current folder. */
  readonly dir?: string | undefined
  /**
   * Default: `'once'`; where the environment says `CI`, always `'none'`.
   *
   * `WIRETAPE_MODE` in the environment overrides both.
   */
  readonly mode?: RecordMode | RecordModeAlias | undefined
  /** How the network is reached while recording. Default: sockets. */
  readonly connector?: Connector | undefined
  /**
   * Hosts that are always reached live, and never recorded: names and addresses without case, also as `host:port` and with a `*` at the
   * beginning or the end, as in `*.example.com`; or regular expressions, searched in the host. Default: none.
   */
  readonly ignoreHosts?: readonly (string | RegExp)[] | undefined
  /**
   * Requests that go to the server and are not recorded, whatever the mode. Default: none.
   *
   * A connection is live and unrecorded from the first such request on, to its end.
   */
  readonly passthrough?: ((request: WireRequest) => boolean) | undefined
  /**
   * Whether `eject` rejects if there were misses: the code under test may have swallowed one. Default: `false`, and `true` in the
   * fixtures for test runners.
   */
  readonly failOnMiss?: boolean | undefined
  /** Whether a cassette may hold interactions that nobody asked for; if not, `eject` says so. Default: `true`. */
  readonly allowUnused?: boolean | undefined
  /**
   * Whether what is recorded gets into a file at all; if not, nobody is kept from recording the same cassette at the same time.
   *
   * Default: `true`.
   */
  readonly save?: boolean | undefined
  /** Whether what a failed run recorded is saved; the mode `update` never does. Default: `false`. */
  readonly recordOnError?: boolean | undefined
  /**
   * What is secret beyond what names and forms tell; `false` saves everything as it was on the wire.
   *
   * Default: the variables of `env` with secret names. See `docs/redaction.md`.
   */
  readonly redact?: RedactionOptions | false | undefined
  /**
   * Returns what is recorded instead of an interaction; `null` leaves the interaction out. It sees placeholders instead of secrets, and its result
   * is redacted again.
   *
   * Where it throws, rejects, hangs or gives what is not an interaction, the bodies of that interaction are withheld, and `eject` says so
   * once all is saved. Default: none. See `docs/redaction.md`.
   */
  readonly beforeRecord?: RecordHook | undefined
  /**
   * Gives what is replayed instead of a recorded interaction; called for all of them as the cassette is opened. The file stays as it is.
   *
   * Where it fails, as with `beforeRecord`. Default: none.
   */
  readonly beforePlayback?: InteractionHook | undefined
  /**
   * Whether all connections of this process go through the cassette, whatever client makes them; see `docs/your-app-unchanged.md`. Tests that run at
   * the same time keep apart, as each of them calls `useCassette`. Default: `false`.
   */
  readonly capture?: boolean | CaptureOptions | undefined
  /** Bytes that are kept in memory of what is sent over each connection, for `sent`. Default: 0. */
  readonly keepSent?: number | undefined
  /** In whose words a miss gives advice: as options of this function, or of `wiretape run` and `wiretape proxy`. Default: `'cassette'`. */
  readonly face?: 'cassette' | 'run' | undefined
  /** Where `WIRETAPE_MODE`, `CI` and secrets are read from. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

const {
  fallback: _fallback,
  route: _route,
  redact: _redact,
  changedRequests: _changedRequests,
  ...PLAYED
} = REPLAYER_OPTIONS

/** Every option there is. */
export const USE_OPTIONS: Readonly<Record<keyof UseCassetteOptions, true>> = {
  dir: true,
  mode: true,
  connector: true,
  ignoreHosts: true,
  passthrough: true,
  allowUnused: true,
  save: true,
  recordOnError: true,
  redact: true,
  beforeRecord: true,
  beforePlayback: true,
  capture: true,
  keepSent: true,
  env: true,
  maxAge: true,
  onExpiry: true,
  now: true,
  ...PLAYED,
  failOnMiss: true,
}
