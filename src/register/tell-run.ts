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
  const { saved, unsaved, shared, played, unused, others, problems } = result
  const counts = [
    ...(saved === undefined ? [] : [`${interactionsOf(saved).length} recorded`]),
    ...(run.action === 'record' ? [] : [`${played} played`]),
    ...(unused === 0 ? [] : [`${unused} unused`]),
    ...(others === 0 ? [] : [`${count(others, 'connection')} not of HTTP`]),
    `${problems.length} missed`,
  ]
  const listed = problems.slice(0, MOST_LISTED).flatMap((problem) => problem.split('\n'))
  const more = problems.length > MOST_LISTED ? [`and ${problems.length - MOST_LISTED} more`] : []
  return [
    ...listed,
    ...more,
    ...remarkOn(shared),
    ...whyUnsaved(unsaved, run, played + others),
    `${file}: ${counts.join(', ')}`,
  ]
}

/** One is enough to know of it. */
const remarkOn = ([first, ...others]: readonly string[]): readonly string[] => {
  if (first === undefined) return []
  const more = others.length === 0 ? '' : ` (and ${count(others.length, 'request')} more)`
  return [
    `${first}${more}: several processes were answered differently at the same time; in a replay the first to ask gets the first answer`,
  ]
}

/** Nobody would look for a reason in a line of zeros. */
function whyUnsaved(unsaved: RunResult['unsaved'], { action, hosts }: Run, played: number): readonly string[] {
  if (unsaved === 'failed') return ['the command failed, so nothing was saved']
  // Where something is on the cassette, nothing new is what one hopes for.
  if (unsaved === undefined || action === 'extend' || played > 0) return []
  const places = hosts.length === 0 ? '' : ` and to ${hosts.join(', ')}`
  const advice = hosts.length === 0 ? '; name those of this one: --host localhost:3000' : ''
  return [`nothing was recorded: only what goes to other machines${places} is, and nothing did${advice}`]
}

const MOST_LISTED = 5
