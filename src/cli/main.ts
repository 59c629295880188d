#!/usr/bin/env node
import { CommanderError } from 'commander'
import { LocalProtocolError } from '../index.ts'
import { EXIT } from './command.ts'
import { describeError, UserError } from '../console/failure.ts'
import { newProgram } from './program.ts'
import { escapeText, Output } from '../console/terminal.ts'

const out = new Output(process.stdout)
const err = new Output(process.stderr)

surviveClosedPipe()
const exitCode = await run(process.argv)
process.exitCode ??= exitCode // a failure of the output has set it before

async function run(argv: readonly string[]): Promise<number> {
  let outcome: number = EXIT.done
  const exitWith = (code: number): void => {
    outcome = code
  }
  const behindDashes = argv.includes('--') ? argv.slice(argv.indexOf('--') + 1) : []
  try {
    const program = await newProgram(argv.slice(2), { out, err, complain, exitWith, behindDashes })
    await program.parseAsync(argv)
    return outcome
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
    complain(error)
    return isUsage(error) ? EXIT.usage : EXIT.failed
  }
}

/** Such as a header value with a line break: nothing was sent, and the same arguments would fail again. */
function isUsage(error: unknown): boolean {
  return error instanceof LocalProtocolError || (error instanceof UserError && error.isUsage)
}

function complain(error: unknown): void {
  err.line(`${err.paint('failed', 'error:')} ${escapeText(describeError(error))}`)
}

/** `| head -1` closes our output early, which is not a failure. Any other error of the output is one, such as a full disk. */
function surviveClosedPipe(): void {
  process.stderr.on('error', () => {}) // nowhere left to report it
  process.stdout.on('error', (error) => {
    if ('code' in error && error.code === 'EPIPE') return
    err.line(`error: ${escapeText(describeError(error))}`)
    process.exitCode = EXIT.failed
  })
}
