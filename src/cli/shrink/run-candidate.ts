import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { UserError } from '../../console/failure.ts'
import type { Outcome } from './failure-of.ts'

/** Runs a command to its end, or until the signal, and keeps what it printed. @throws UserError if it does not start. */
export async function runCandidate(
  [program = '', ...words]: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Outcome> {
  // In a group of its own, so that what it starts ends with it.
  const isGrouped = process.platform !== 'win32'
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], env, detached: isGrouped })
  const end = (): void => kill(child, isGrouped)
  signal.addEventListener('abort', end)
  const output = Promise.all([tailOf(child.stdout), tailOf(child.stderr)])
  try {
    if (signal.aborted) end()
    const [code, by]: unknown[] = await once(child, 'close')
    const [stdout, stderr] = await output
    return {
      code: typeof code === 'number' ? code : undefined,
      signal: typeof by === 'string' ? by : undefined,
      stdout,
      stderr,
    }
  } catch (error) {
    throw new UserError('COMMAND_NOT_STARTED', error instanceof Error ? error.message : String(error))
  } finally {
    signal.removeEventListener('abort', end)
    // What it has started may still be there.
    if (isGrouped) end()
  }
}

function kill({ pid }: ChildProcess, isGrouped: boolean): void {
  if (pid === undefined) return
  try {
    process.kill(isGrouped ? -pid : pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

/** The end of an output. */
async function tailOf(output: AsyncIterable<unknown>): Promise<string> {
  let parts: Uint8Array[] = []
  let length = 0
  for await (const bytes of output) {
    if (!(bytes instanceof Uint8Array)) continue
    parts.push(bytes)
    length += bytes.length
    if (length < 2 * MOST_KEPT) continue
    parts = [Buffer.concat(parts).subarray(-MOST_KEPT)]
    length = MOST_KEPT
  }
  return Buffer.concat(parts).toString()
}

const MOST_KEPT = 4 << 20
