import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import path from 'node:path'
import { loadCassette, recoverCassette } from '../../entries/cassette.ts'
import { redactFile } from '../../entries/inspect.ts'
import { UserError } from '../console/failure.ts'
import { count, type Output } from '../console/terminal.ts'
import { type CassetteTarget, exists, tellSaved } from './cassette-target.ts'
import { type ChildRecording, RECORDING_VARIABLE } from './child-recording.ts'

/** `scripts/smoke.mjs` is recorded in `smoke.yaml`, a command without a script in a file named after the command. */
export function cassetteNameFor([program = 'recording', ...words]: readonly string[]): string {
  const script = words.find((word) => /\.[cm]?[jt]sx?$/.test(word))
  return `${path.parse(script ?? program).name}.yaml`
}

/**
 * Runs a command whose `HttpConnection`s are recorded, and prints on `err` what is in the cassette: stdout belongs to the command.
 *
 * Returns the exit code of the command, or 128 plus the number of the signal that ended it.
 *
 * @throws UserError if it does not start, or never connects through wiretape.
 */
export async function runCommand(words: readonly string[], target: CassetteTarget, err: Output): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), 'wiretape-'))
  try {
    const file = path.resolve(target.file)
    const child: ChildRecording = { ...target, file, name: target.file, state: path.join(folder, 'state') }
    const code = await run(words, child)
    const state = await readFile(child.state, 'utf8').catch(() => '')
    if (state === '') throw new UserError('NOTHING_RECORDED', NOTHING_RECORDED)
    if (state === 'open') await keepWhatIsThere(target, err)
    return code
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const NOTHING_RECORDED =
  'the command opened no connection through wiretape; ' +
  'HttpConnection and fetchOver(defaultConnector) do, other clients with nodeConnect or undiciConnect(defaultConnector)'

async function run([program = '', ...words]: readonly string[], child: ChildRecording): Promise<number> {
  const env = {
    ...process.env,
    NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${import.meta.resolve('#record-preload')}`.trim(),
    [RECORDING_VARIABLE]: JSON.stringify(child),
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

/** For a command that ended before it could save: the journal has every answer that it saw whole. */
async function keepWhatIsThere({ file, allowSecrets }: CassetteTarget, err: Output): Promise<void> {
  if (!(await exists(`${file}.rec`))) throw new UserError('NOTHING_RECORDED', NOTHING_RECORDED)
  const { droppedBytes } = await recoverCassette(file, { replace: true })
  const redaction = allowSecrets ? undefined : await redactFile(file, { env: process.env })
  await tellSaved({ file, name: file, cassette: await loadCassette(file), redaction }, err)
  if (droppedBytes > 0) err.line(`the last record was cut short: ${count(droppedBytes, 'byte')} dropped`)
}
