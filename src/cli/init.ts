import { Option } from 'commander'
import { type AddCommand, EXIT } from './command.ts'
import { escapeText } from '../console/terminal.ts'
import { initProject, type Step } from './init/init-project.ts'

export const addInit: AddCommand = (program, { out, err, exitWith }) => {
  program
    .command('init')
    .description('Set up the test runner of the project in this folder: one line, and how git treats cassettes.')
    .option('--dry-run', 'change nothing, only say what would change')
    .addOption(
      new Option('--runner <name>', 'only this one').choices(['vitest', 'jest', 'mocha', 'node-test', 'playwright']),
    )
    .addHelpText('after', INIT_HELP)
    .action(async ({ dryRun = false, runner }: { readonly dryRun?: boolean; readonly runner?: string }) => {
      const steps = await initProject(process.cwd(), { isDryRun: dryRun, runner })
      for (const step of steps) out.line(lineOf(step, dryRun))
      if (steps.length > 0) return
      err.line('no test runner found here: neither in package.json nor by its configuration; name it with --runner')
      exitWith(EXIT.failed)
    })
}

function lineOf({ kind, file, what }: Step, isDryRun: boolean): string {
  const verb = isDryRun && (kind === 'written' || kind === 'made') ? `would be ${kind}` : kind
  return `${verb.padEnd(isDryRun ? 16 : 9)}  ${escapeText(file)}: ${escapeText(what)}`
}

const INIT_HELP = `
It looks for Vitest, Jest, Mocha, node:test and Playwright in package.json and by their configurations. A
configuration gets one line; if its form is not one of the common ones, it stays as it is, and the line to add is
printed. Running it again changes nothing.

Examples:
  $ wiretape init --dry-run
  $ wiretape init
  $ wiretape init --runner jest

Exit codes:
  0  done, or nothing was to do; lines that begin with "by hand" are left for you
  1  no test runner was found, or a file could not be read or written
  2  the command line is not understood`
