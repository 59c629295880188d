import { Command } from 'commander'
import { VERSION } from '../index.ts'
import type { AddCommand, CommandContext } from './command.ts'
import { escapeLines } from '../console/terminal.ts'

/** In the order of the help. Each command is loaded when it is used; the help loads all of them. */
// oxfmt-ignore
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  init: async () => (await import('./init.ts')).addInit,
  record: async () => (await import('./record.ts')).addRecord,
  run: async () => (await import('./run.ts')).addRun,
  show: async () => (await import('./show.ts')).addShow,
  view: async () => (await import('./view.ts')).addView,
  diff: async () => (await import('./diff.ts')).addDiff,
  check: async () => (await import('./check.ts')).addCheck,
  fmt: async () => (await import('./fmt.ts')).addFmt,
  redact: async () => (await import('./redact.ts')).addRedact,
  recover: async () => (await import('./recover.ts')).addRecover,
  extract: async () => (await import('./extract.ts')).addExtract,
  merge: async () => (await import('./merge.ts')).addMerge,
  shrink: async () => (await import('./shrink.ts')).addShrink,
  verify: async () => (await import('./verify.ts')).addVerify,
  generate: async () => (await import('./generate.ts')).addGenerate,
  import: async () => (await import('./import.ts')).addImport,
  serve: async () => (await import('./serve.ts')).addServe,
  proxy: async () => (await import('./proxy.ts')).addProxy,
}

/** The command that `args` name, or all of them if it is none, ready to parse. */
export async function newProgram(args: readonly string[], context: CommandContext): Promise<Command> {
  const program = new Command('wiretape')
    .description('Record HTTP/1.1 conversations byte for byte, replay and inspect them.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .configureOutput({
      // Commander quotes the arguments, which are as untrusted as a recorded body.
      writeOut: (text) => void process.stdout.write(escapeLines(text)),
      writeErr: (text) => void process.stderr.write(escapeLines(text)),
    })
    .addHelpText('after', PROGRAM_HELP)
  const [name = ''] = args
  const wanted = Object.entries(COMMANDS).filter(([each]) => each === name || !Object.hasOwn(COMMANDS, name))
  for (const addCommand of await Promise.all(wanted.map(([, load]) => load()))) addCommand(program, context)
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
  1  something was found, or failed; one line for each says what happened, and what to do
  2  the command line is not understood
  130  interrupted`
