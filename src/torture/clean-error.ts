/**
 * Whether an error says cleanly that something went wrong: it has a `code`, itself or by what caused it, or it is of an abort
 * or time-out. One of a mistake in the program (`TypeError`, `SyntaxError`, an assertion) is none, unless its cause is.
 */
export function isCleanError(error: unknown): boolean {
  let current = error
  for (let depth = 0; depth < DEEPEST && current instanceof Error; depth += 1) {
    if (ABORTS.has(current.name) || hasCode(current)) return true
    current = current instanceof AggregateError ? current.errors[0] : current.cause
  }
  return false
}

const DEEPEST = 8

const ABORTS: ReadonlySet<string> = new Set(['AbortError', 'TimeoutError'])

const hasCode = (error: Error): boolean => 'code' in error && typeof error.code === 'string' && !isMistake(error.code)

/** Codes of Node for calls that should not have been made. */
const isMistake = (code: string): boolean => /^ERR_(?:INVALID_(?:ARG|THIS|STATE)|OUT_OF_RANGE|ASSERTION)/.test(code)
