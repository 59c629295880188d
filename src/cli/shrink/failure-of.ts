import { stripVTControlCharacters } from 'node:util'

/** What a command did. */
export interface Outcome {
  /** `undefined` if a signal ended it. */
  readonly code: number | undefined
  readonly signal: string | undefined
  readonly stdout: string
  readonly stderr: string
}

/** What two runs must have in common to fail the same way. */
export interface Sameness {
  /** Text that the output must hold, or an expression in slashes. Default: the last line that names an error. */
  readonly match?: string | undefined
  /** Whether the exit code alone counts. */
  readonly codeOnly?: boolean | undefined
}

/** How a command failed, in one line; `undefined` if it did not. */
export function failureOf(outcome: Outcome, { match, codeOnly = false }: Sameness): string | undefined {
  if (outcome.code === 0) return undefined
  const ending = outcome.code === undefined ? `ended by ${outcome.signal ?? 'a signal'}` : `exit code ${outcome.code}`
  if (match !== undefined) return matches(outcome, match) ? `${ending}, ${match}` : undefined
  const line = codeOnly ? undefined : errorLine(outcome)
  return line === undefined ? ending : `${ending}, ${line}`
}

function matches({ stdout, stderr }: Outcome, match: string): boolean {
  const text = `${stdout}\n${stderr}`
  const [, source, flags] = /^\/(.+)\/([imsu]*)$/s.exec(match) ?? []
  return source === undefined ? text.includes(match) : new RegExp(source, flags).test(text)
}

/** The last line that names an error, without what differs from run to run; of standard error, if it has one. */
function errorLine({ stdout, stderr }: Outcome): string | undefined {
  return lastError(stderr) ?? lastError(stdout)
}

function lastError(output: string): string | undefined {
  const lines = stripVTControlCharacters(output).split(/\r?\n/)
  const found = lines.findLast((line) => ERROR_LINE.test(line))
  return found === undefined ? undefined : normalised(found)
}

/** `TypeError: x`, `[cause]: Error [CODE]: x`, `AssertionError`, `panic: x`, `thread 'main' panicked`, `error: x`. */
const ERROR_LINE =
  /^\W*(?:\[cause\]:\s*)?(?:Uncaught\s+)?(?:[\w.$:]*(?:Error|Exception|Failure|Miss|Refusal)\b(?:\s*\[\w+\])?(?::|\s*$)|(?:fatal|panic|error|assert\w*)\b.*:|thread '.*' panicked)/i

/** Numbers, hashes and paths differ from run to run. */
function normalised(line: string): string {
  return line
    .trim()
    .replaceAll(/(?:file:\/\/)?(?:\/[\w.@+-]+){2,}/g, '/...')
    .replaceAll(/\b(?:0x)?(?=[\da-f]*\d)[\da-f]{8,}\b/gi, '#')
    .replaceAll(/\d+(?:\.\d+)*/g, '#')
}
