/** Finishes the run that the environment names, for a process that ended without waiting. */
import { finishRun } from './finish-run.ts'
import { parseRun, RUN_VARIABLE } from './run.ts'
import { tellRun } from './tell-run.ts'

const text = process.env[RUN_VARIABLE]
if (text !== undefined) {
  const run = parseRun(text)
  tellRun(await finishRun(run), run)
}
