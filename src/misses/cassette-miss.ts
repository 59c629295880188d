import { styleText } from 'node:util'
import { type ErrorCode, WiretapeError } from '../errors.ts'
import type { LineKind, Painter } from './miss-text.ts'
import type { MissReport } from './report.ts'

/** The name of the method that `util.inspect` looks for. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom')

/** Gives the report as text. */
export type FormatReport = (report: MissReport, paint?: Painter) => string

/** The client asked for something that is not on the cassette, or not any more. The message is the report as text. */
export class CassetteMiss extends WiretapeError {
  override readonly name = 'CassetteMiss'
  readonly report: MissReport
  readonly #format: FormatReport

  /** The text comes from the caller, so that a program without misses need not load what writes it. */
  constructor(report: MissReport, format: FormatReport) {
    super(codeOf(report), format(report))
    this.report = report
    this.#format = format
  }

  /** What `console.error` shows, and Node of an error that nobody caught: the report, in colours where the terminal has them. */
  [INSPECT](_depth: number, { colors = false }: { readonly colors?: boolean | undefined } = {}): string {
    const { stack = String(this), report } = this
    return colors ? stack.replace(this.#format(report), () => this.#format(report, paintLine)) : stack
  }
}

function codeOf({ placeholder, told, isRefused }: MissReport): ErrorCode {
  if (isRefused === true) return 'WEBSOCKET_DIFFERS'
  if (placeholder !== undefined) return 'PLACEHOLDER_SENT'
  return told === undefined ? 'NO_MATCH' : 'RECORDING_ENDS'
}

const COLORS = {
  asked: 'bold',
  nearest: 'cyan',
  reason: 'red',
  recorded: 'green',
  advice: 'yellow',
  aside: 'dim',
} as const satisfies Record<LineKind, Parameters<typeof styleText>[0]>

// Whether there is a terminal has been asked before.
const paintLine: Painter = (kind, text) =>
  text === '' ? text : styleText(COLORS[kind], text, { validateStream: false })
