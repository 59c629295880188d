import type { RecordedLeaving, Tell } from './replay-transport.ts'

/** What a connection goes on with that is not HTTP, being played. */
export interface ScriptInPlay {
  /** Where the recorded client left, if this one has come so far. */
  readonly leaving: RecordedLeaving | undefined
  /** @throws CassetteMiss when the client does not say what was recorded. */
  sent(bytes: Uint8Array, tell: Tell): void
  ended(tell: Tell): void
}
