import { Command } from 'commander'
import { VERSION } from '../index.ts'
import { addCheck } from './check.ts'
import type { AddCommand, CommandContext } from './command.ts'
import { addDiff } from './diff.ts'
import { addFmt } from './fmt.ts'
import { addGenerate } from './generate.ts'
import { addImport } from './import.ts'
import { addRecord } from './record.ts'
import { addRecover } from './recover.ts'
import { addRedact } from './redact.ts'
import { addServe } from './serve.ts'
import { addShow } from './show.ts'
import { escapeLines } from './console/terminal.ts'
import { addVerify } from './verify.ts'

/** In the order of the help. */
// oxfmt-ignore
const COMMANDS: readonly AddCommand[] = [
  addRecord,
  addShow,
  addDiff,
  addCheck,
  addFmt,
  addRedact,
  addRecover,
  addVerify,
  addGenerate,
  addImport,
  addServe,
]

/** All commands, ready to parse arguments. */
export function newProgram(context: CommandContext): Command {
  const program = new Command('wiretape')
    .description('Records HTTP/1.1 conversations byte for byte, and shows what is on the tape.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .configureOutput({
      // What commander prints quotes the arguments, and those are as little ours as a recorded body.
      writeOut: (text) => void process.stdout.write(escapeLines(text)),
      writeErr: (text) => void process.stderr.write(escapeLines(text)),
    })
    .addHelpText('after', PROGRAM_HELP)
  for (const addCommand of COMMANDS) addCommand(program, context)
  return program
}

const PROGRAM_HELP = `
Examples:
  $ wiretape record https://example.com/       one request, and a cassette of it
  $ wiretape show example.com.yaml             what is on it, in the order it happened
  $ wiretape check                             before a commit, and in CI
  $ wiretape help record                       options, more examples, exit codes

Exit codes:
  0  done
  1  something was found, or failed; one line for each says what, and what to do
  2  the command line is not understood
  130  interrupted`
