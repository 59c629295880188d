import type { Leniencies } from './leniency.ts'
import type { ParserLimits } from './limits.ts'

/** How a parser is set up. */
export interface ParserOptions {
  /** How much the peer may send. Defaults: see ParserLimits. */
  readonly limits?: Partial<ParserLimits> | undefined
  /** What is taken for HTTP/1.1 although it is not. Default: nothing. */
  readonly lenient?: Partial<Leniencies> | undefined
}
