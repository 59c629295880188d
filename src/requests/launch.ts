import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { parse } from 'node:path'
import { withPreload } from '../register/preload.ts'
import { type Run, RUN_VARIABLE } from '../register/run.ts'
import { UserError } from '../console/failure.ts'

/** `node scripts/smoke.mjs` is recorded in `smoke.yaml`, as is `python3 smoke.py`; a command without a script in a file named after the command. */
export function cassetteNameFor([program = 'recording', ...words]: readonly string[]): string {
  const script = words.find((word) => SCRIPT.test(word))
  return `${parse(script ?? program).name}.yaml`
}

const SCRIPT = /\.(?:[cm]?[jt]sx?|py|rb|php|pl|sh|bash|go|java|jar|cs|exs?|lua|r)$/i

/**
 * Runs a command, all of whose processes join the run: those of Node by a preload, the others by a proxy. Signals are passed on to it.
 *
 * Resolves with its exit code, or 128 plus the number of the signal that ended it.
 *
 * @throws UserError `COMMAND_NOT_STARTED`.
 */
export async function launch(words: readonly string[], run: Run): Promise<number> {
  if (run.action === 'pass') return start(words, run)
  const { RunProxy } = await import('../register/run-proxy.ts')
  await using proxy = await RunProxy.start(run, process.env)
  return await start(words, proxy.run)
}

async function start([program = '', ...words]: readonly string[], run: Run): Promise<number> {
  const env = {
    ...process.env,
    ...run.proxy?.given,
    NODE_OPTIONS: withPreload(process.env['NODE_OPTIONS']),
    [RUN_VARIABLE]: JSON.stringify(run),
  }
  const running = spawn(program, words, { stdio: 'inherit', env })
  const pass = (signal: NodeJS.Signals): void => {
    // A terminal sends Ctrl-C to both processes.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) running.kill(signal)
  }
  for (const signal of PASSED) process.on(signal, pass)
  try {
    const [code, signal]: unknown[] = await once(running, 'exit')
    return typeof code === 'number' ? code : 128 + numberOf(signal)
  } catch (error) {
    throw new UserError('COMMAND_NOT_STARTED', error instanceof Error ? error.message : String(error))
  } finally {
    for (const signal of PASSED) process.off(signal, pass)
  }
}

const PASSED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

const numberOf = (signal: unknown): number =>
  Object.entries(constants.signals).find(([name]) => name === signal)?.[1] ?? 0
