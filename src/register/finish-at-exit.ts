import { existsSync } from 'node:fs'
import { type Run, RUN_VARIABLE } from './run.ts'

/**
 * However this process ends, by `process.exit()` too: what it and its children have recorded becomes the cassette.
 *
 * @param script finishes the run in its environment, and exits with 3 if there were misses.
 * @param onMissed called if there were.
 */
export function finishAtExit(run: Run, script: string, onMissed: () => void = () => {}): void {
  process.once('exit', () => {
    if (!existsSync(run.folder)) return
    const { spawnSync } = process.getBuiltinModule('node:child_process')
    const { NODE_OPTIONS: _, ...env } = process.env
    // An exit handler can wait for nothing but another process.
    const { status } = spawnSync(process.execPath, [script], {
      env: { ...env, [RUN_VARIABLE]: JSON.stringify(run) },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    if (status === MISSED) onMissed()
  })
}

/** The exit code that `wiretape run` has for misses. */
export const MISSED = 3
