import { relative } from 'node:path'
import { interactionsOf } from '../interactions/conversations.ts'
import { count, escapeText } from '../content/printable.ts'
import type { RunResult } from './finish-run.ts'
import type { Run } from './run.ts'

/** Prints what a run came to, on stderr: stdout belongs to the program. */
export function tellRun(result: RunResult, run: Run): void {
  for (const line of linesFor(result, run)) process.stderr.write(`wiretape: ${escapeText(line)}\n`)
}

function linesFor(result: RunResult, run: Run): readonly string[] {
  const file = relative(process.cwd(), run.cassette)
  const { saved, shared, played, unused, problems } = result
  const counts = [
    ...(saved === undefined ? [] : [`${interactionsOf(saved).length} recorded`]),
    ...(run.action === 'record' ? [] : [`${played} played`]),
    ...(unused === 0 ? [] : [`${unused} unused`]),
    `${problems.length} missed`,
  ]
  const listed = problems.slice(0, MOST_LISTED).flatMap((problem) => problem.split('\n'))
  const more = problems.length > MOST_LISTED ? [`and ${problems.length - MOST_LISTED} more`] : []
  return [...listed, ...more, ...remarkOn(shared), `${file}: ${counts.join(', ')}`]
}

/** One is enough to know of it. */
const remarkOn = ([first, ...others]: readonly string[]): readonly string[] => {
  if (first === undefined) return []
  const more = others.length === 0 ? '' : ` (and ${count(others.length, 'request')} more)`
  return [
    `${first}${more}: several processes were answered differently at the same time; in a replay the first to ask gets the first answer`,
  ]
}

const MOST_LISTED = 5
