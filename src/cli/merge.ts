import { type Merge, mergeBranches, mergeCassettes } from '../entries/inspect.ts'
import { loadCassette, saveCassette } from '../entries/cassette.ts'
import { type AddCommand, type CommandContext, EXIT } from './command.ts'
import { UserError } from '../console/failure.ts'
import { count, escapeText } from '../console/terminal.ts'
import { GitVersions } from './merge/git-files.ts'

export const addMerge: AddCommand = (program, context) => {
  program
    .command('merge')
    .description('Join cassettes into one; and a merge driver for git.')
    .argument('<cassette...>', 'cassettes; with --driver: %O %A %B %P')
    .option('-o, --output <file>', 'cassette to write')
    .option('--keep-duplicates', 'keep interactions that are equal in several cassettes')
    .option('--driver', 'called by git: base, ours, theirs and the path')
    .addHelpText('after', MERGE_HELP)
    .action(async (files: readonly string[], options: MergeCommandOptions) => {
      if (options.driver === true) await drive(files, context)
      else await merge(files, options, context)
    })
}

/** Options of `wiretape merge`. */
interface MergeCommandOptions {
  readonly output?: string
  readonly keepDuplicates?: boolean
  readonly driver?: boolean
}

async function merge(
  files: readonly string[],
  { output, keepDuplicates = false }: MergeCommandOptions,
  { out }: CommandContext,
): Promise<void> {
  if (files.length < 2) throw new UserError('INVALID_OPTION', 'give two cassettes or more')
  if (output === undefined) throw new UserError('INVALID_OPTION', 'name the cassette to write with -o')
  const cassettes = await Promise.all(files.map((file) => loadCassette(file)))
  const merged = mergeCassettes(cassettes, { duplicates: keepDuplicates ? 'keep' : 'once' })
  await saveCassette(output, merged.cassette)
  for (const line of remarksOn(merged)) out.line(line)
  out.line(`wrote ${escapeText(output)}`)
}

/**
 * Git takes `ours` as the result, and 0 for merged. On a conflict the file stays a cassette, with our answers, and git
 * reports it as not merged.
 */
async function drive(files: readonly string[], { err, exitWith }: CommandContext): Promise<void> {
  const [base, ours, theirs, path = ours, ...others] = files
  if (base === undefined || ours === undefined || theirs === undefined || path === undefined || others.length > 0)
    throw new UserError('INVALID_OPTION', 'the driver is called with %O %A %B %P')
  await using versions = await GitVersions.open(path)
  const merged = mergeBranches(await versions.load(base), await versions.load(ours), await versions.load(theirs))
  await versions.save(ours, merged.cassette)
  for (const line of remarksOn(merged)) err.line(`${escapeText(path)}: ${line}`)
  for (const request of merged.conflicts)
    err.line(`${escapeText(path)}: both branches have another answer to ${escapeText(request)}; ours is kept`)
  if (merged.conflicts.length > 0) exitWith(EXIT.failed)
}

function remarksOn({ duplicates, renamed, notRenamed }: Merge): readonly string[] {
  return [
    ...(duplicates === 0 ? [] : [`${count(duplicates, 'interaction')} that were there already are kept once`]),
    ...renamed.map(
      ({ from, to }) => `the placeholder ${escapeText(from)} is ${escapeText(to)} now: the name was taken`,
    ),
    ...notRenamed.map(
      (name) => `the placeholder ${escapeText(name)} stays in a coded content, and may stand for two secrets`,
    ),
  ]
}

const MERGE_HELP = `
The connections of each cassette follow those of the one before, with new numbers and later times; every byte stays.
A placeholder whose name is in use gets another number. The date is the earliest.

As a merge driver it keeps what either branch has added, and leaves out what either has removed. If both have recorded the same
request anew, and the answers differ in more than dates, ids and the like, that is a conflict: ours is kept, and git reports it.

  $ git config merge.wiretape.name 'cassettes of wiretape'
  $ git config merge.wiretape.driver 'npx wiretape merge --driver %O %A %B %P'
  $ echo 'cassettes/**/*.yaml merge=wiretape' >> .gitattributes

Examples:
  $ wiretape merge login.yaml orders.yaml -o all.yaml

Exit codes:
  0  merged
  1  a conflict, or a file cannot be read or written; one line on stderr says why
  2  the command line is not understood`
