import type { Leniencies } from '../../src/http1/leniency.ts'
import type { ParserLimits } from '../../src/http1/limits.ts'

/** What one peer sends on one connection, and to what parser. */
export interface Input {
  /** Methods of the requests that wait for an answer; `undefined` where a client sends the bytes. */
  readonly to: readonly string[] | undefined
  readonly bytes: Buffer
  /** Whether the peer ends its side after the bytes. */
  readonly eof: boolean
  readonly limits: Partial<ParserLimits>
  readonly lenient: Partial<Leniencies>
}
