import { loadCassette } from '../entries/cassette.ts'
import {
  type BytesChange,
  type CassetteDiff,
  type ConnectionDiff,
  diffCassettes,
  type InteractionDiff,
  withoutVolatile,
} from '../entries/inspect.ts'
import { showDiff } from '../report/diff-text.ts'
import { collect } from './collect.ts'
import { type AddCommand, EXIT } from './command.ts'
import { type Output, toPrintableJson } from '../console/terminal.ts'

export const addDiff: AddCommand = (program, { out, complain, exitWith }) => {
  program
    .command('diff')
    .description('Compare two cassettes, interaction by interaction: status, headers, body, framing and endings.')
    .argument('<before>', 'cassette')
    .argument('<after>', 'cassette')
    .option('--json', 'print the differences as JSON')
    .option('--segments', 'compare the borders of reads and writes, too')
    .option('--hide-volatile', 'leave out what differs every time, and do not count it')
    .option(
      '--volatile <rule>',
      'what else differs every time: header:ETag, json:$..id, body; may be repeated',
      collect,
    )
    .addHelpText('after', DIFF_HELP)
    .action(async (before: string, after: string, options: DiffOptions) => {
      try {
        if (!(await diff(before, after, options, out))) exitWith(EXIT.failed)
      } catch (error) {
        // As in other programs that compare: 1 would mean that there is a difference, and that is not known.
        complain(error)
        exitWith(EXIT.usage)
      }
    })
}

/** Options of `wiretape diff`. */
export interface DiffOptions {
  /** Print the differences as JSON. Default: `false`. */
  readonly json?: boolean
  /** Compare the borders of reads and writes, too. Default: `false`. */
  readonly segments?: boolean
  /** Leave out what differs every time. Default: `false`. */
  readonly hideVolatile?: boolean
  /** Rules for what else differs every time. Default: none. */
  readonly volatile?: readonly string[]
}

/** Prints how two cassettes differ; returns whether they are the same. */
export async function diff(before: string, after: string, options: DiffOptions, out: Output): Promise<boolean> {
  const [old, fresh] = await Promise.all([loadCassette(before), loadCassette(after)])
  const all = diffCassettes(old, fresh, { segments: options.segments, volatile: options.volatile })
  const found = options.hideVolatile === true ? withoutVolatile(all) : all
  if (options.json === true) out.line(toPrintableJson({ before, after, ...toPlainData(found) }))
  else showDiff({ before, after }, found, out)
  return found.isSame
}

/** Excerpts in base64, as JSON has no bytes. */
function toPlainData({ interactions, connections, ...rest }: CassetteDiff): object {
  return { ...rest, interactions: interactions.map(withPlainChanges), connections: connections.map(withPlainChanges) }
}

const withPlainChanges = (one: InteractionDiff | ConnectionDiff): object => ({
  ...one,
  changes: one.changes.map((change) =>
    change.kind === 'bytes' ? { ...change, before: inBase64(change.before), after: inBase64(change.after) } : change,
  ),
})

const inBase64 = ({ excerpt, ...rest }: BytesChange['before']): object => ({
  ...rest,
  excerpt: Buffer.from(excerpt).toString('base64'),
})

const DIFF_HELP = `
Interactions with the same method and URL are compared in their order; what is left, with the same path on another
origin or with another query. JSON is compared value by value, text line by line, anything else from its first
differing byte on, each without its Content-Encoding. Times do not count. What differs every time is listed last: Date, ids of
requests, values that are a time, a UUID or the like in both, and lengths and digests that follow from them.

Examples:
  $ wiretape diff before.yaml after.yaml
  $ wiretape diff before.yaml after.yaml --hide-volatile --volatile 'json:$..cursor'
  $ wiretape diff before.yaml after.yaml --json | jq '.interactions[].changes'
  $ git difftool --no-prompt --extcmd 'wiretape diff' HEAD~1 -- cassettes

Exit codes:
  0  the same conversation
  1  it is another one
  2  a file cannot be read (one line on stderr says why), or the command line is not understood`
