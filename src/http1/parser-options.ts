import type { Leniencies } from './leniency.ts'
import type { ParserLimits } from './limits.ts'

/** Options of a parser. */
export interface ParserOptions {
  /** How much the peer may send. Defaults: see ParserLimits. */
  readonly limits?: Partial<ParserLimits> | undefined
  /** Which violations of HTTP/1.1 are accepted. Default: none. */
  readonly lenient?: Partial<Leniencies> | undefined
}
