/** Finishes the run that the environment names, for a process that ended without waiting. */
import { MISSED } from './finish-at-exit.ts'
import { finishRun } from './finish-run.ts'
import { parseRun, RUN_VARIABLE } from './run.ts'
import { tellRun } from './tell-run.ts'

const text = process.env[RUN_VARIABLE]
if (text !== undefined) {
  const run = parseRun(text)
  const result = await finishRun(run)
  tellRun(result, run)
  if (result.problems.length > 0) process.exitCode = MISSED
}
