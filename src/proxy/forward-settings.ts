import { HeldBytes } from '../listen/held-bytes.ts'
import type { RequestLimits } from '../serve/request-watch.ts'
import { requestLimits } from '../serve/time-limits.ts'
import type { ConnectOptions } from '../transport.ts'
import type { OpenCassette } from '../use/open-cassette.ts'
import type { ClientSettings } from './forward-client.ts'
import { plays, type RawAt, rawAmong } from './raw-targets.ts'

/** What a forward proxy leaves to its caller; the rest follows from the cassette. */
export interface ForwardParts
  extends
    Pick<ClientSettings, 'connector' | 'authority' | 'isOpaque' | 'onRefused'>,
    Partial<Pick<ClientSettings, 'missStatus' | 'onFailed' | 'onExchange'>> {
  readonly connect?: ConnectOptions | undefined
  readonly rawAt?: RawAt | undefined
  readonly limits?: RequestLimits | undefined
  readonly maxRequestBytes?: number | undefined
  /** Counts the bytes of requests that are held for a replay. */
  readonly held?: HeldBytes | undefined
}

/** The most bytes of requests, of all clients together, that are held for a replay. */
export const MAX_HELD_BYTES = 256 << 20

/** How the clients of a forward proxy are served, with this cassette behind it; `undefined`: none could be opened. */
export function forwardSettings(cassette: OpenCassette | undefined, parts: ForwardParts): ClientSettings {
  const { connect, rawAt = () => undefined, limits = requestLimits({}), maxRequestBytes = 64 << 20 } = parts
  const { held = new HeldBytes(MAX_HELD_BYTES), missStatus, onFailed, onExchange } = parts
  const recorded = cassette && rawAmong(cassette)
  const isPlaying = cassette !== undefined && plays(cassette)
  return {
    connector: parts.connector,
    connect: { timeout: CONNECT_TIMEOUT, ...connect },
    authority: parts.authority,
    limits,
    missStatus,
    // A recording passes everything on as it comes.
    maxRequestBytes: isPlaying ? maxRequestBytes : Infinity,
    held: isPlaying ? held : UNLIMITED,
    rawAt: (target) => rawAt(target) ?? recorded?.(target),
    isOpaque: parts.isOpaque,
    onRefused: parts.onRefused,
    onFailed,
    onExchange,
  }
}

/** Milliseconds. */
export const CONNECT_TIMEOUT = 30_000
const UNLIMITED = new HeldBytes(Infinity)
