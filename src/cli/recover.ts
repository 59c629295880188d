import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { finishRun } from '../register/finish-run.ts'
import { leftRuns } from '../register/left-runs.ts'
import { recoverCassette, type Recovery } from '../entries/cassette.ts'
import { restoreOriginal } from '../entries/shrink.ts'
import { type AddCommand, type CommandContext, EXIT } from './command.ts'
import { UserError } from '../console/failure.ts'
import { count, escapeText, type Output } from '../console/terminal.ts'

export const addRecover: AddCommand = (program, context) => {
  program
    .command('recover')
    .description('Make whole cassettes from what killed recordings left.')
    .argument('<file...>', 'cassettes without their end, or journals (NAME.yaml.rec)')
    .option('-o, --output <file>', 'where the cassette goes (default: the path without .rec)')
    .option('--force', 'replace an existing whole cassette')
    .addHelpText('after', RECOVER_HELP)
    .action((files: readonly string[], options: RecoverOptions) => recover(files, options, context))
}

/** Options of `wiretape recover`. */
interface RecoverOptions {
  readonly output?: string
  readonly force?: boolean
}

async function recover(
  files: readonly string[],
  { output, force = false }: RecoverOptions,
  { out, complain, exitWith }: CommandContext,
): Promise<void> {
  if (output !== undefined && files.length > 1)
    throw new UserError('INVALID_OPTION', '-o takes one cassette; give one file')
  for (const file of files) {
    try {
      const name = file.replace(/\.before-shrink$/, '')
      if (restoreOriginal(name))
        out.line(`${out.paint('title', escapeText(name))}  put back as it was before a shrink that was killed`)
      else if (await recoverRuns(name, force))
        out.line(`${out.paint('title', escapeText(name))}  made of what a killed run left`)
      else showRecovery(await recoverCassette(file, { to: output, replace: force }), out)
    } catch (error) {
      complain(error)
      exitWith(EXIT.failed)
    }
  }
}

/** Whether there was a run that was killed. What it has recorded replaces or extends the cassette, as it would have. */
async function recoverRuns(file: string, force: boolean): Promise<boolean> {
  const path = resolve(file)
  const runs = leftRuns(path)
  if (runs.some(({ action }) => action === 'record') && existsSync(path) && !force)
    throw new UserError('FILE_EXISTS', `${file} is whole; --force replaces it by what a killed run has recorded`)
  for (const run of runs) await finishRun(run)
  return runs.length > 0
}

function showRecovery({ from, path, records, events, droppedBytes, line }: Recovery, out: Output): void {
  const lost = droppedBytes === 0 ? 'nothing lost' : `${count(droppedBytes, 'byte')} dropped from line ${line} on`
  out.line(`${out.paint('title', escapeText(path))}  ${count(records, 'record')}, ${count(events, 'event')}, ${lost}`)
  if (from !== path) out.line(`  from ${escapeText(from)}`)
}

const RECOVER_HELP = `
A recording writes NAME.yaml.rec, which replaces NAME.yaml at the end. A recording that is killed leaves that file behind. All
whole records in it are kept; what follows them is dropped and reported. A file that is whole does not change. What a killed
shrink has put aside (NAME.yaml.before-shrink) is put back, and what a killed wiretape run has
recorded becomes the cassette.

Examples:
  $ wiretape recover cassettes/users.yaml.rec
  $ wiretape recover cassettes/users.yaml --force
  $ wiretape recover torn.yaml -o whole.yaml

Exit codes:
  0  the cassettes are whole
  1  one could not be recovered, is still being recorded, or would replace a whole one; one line on stderr says why
  2  the command line is not understood`
