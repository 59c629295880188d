import {
  type BytesChange,
  type CassetteDiff,
  type Change,
  type ConnectionDiff,
  diffCassettes,
  type HeaderChange,
  type InteractionDiff,
  type JsonChange,
  type LinesChange,
  loadCassette,
  type ValueChange,
} from '../index.ts'
import { type AddCommand, EXIT } from './command.ts'
import { count, escapeBytes, escapeText, type Output, toPrintableJson } from './terminal.ts'

export const addDiff: AddCommand = (program, { out, complain, exitWith }) => {
  program
    .command('diff')
    .description('Compare two cassettes, interaction by interaction: status, headers, body, framing and endings.')
    .argument('<before>', 'cassette')
    .argument('<after>', 'cassette')
    .option('--json', 'print the differences as JSON')
    .option('--segments', 'compare the borders of reads and writes, too')
    .addHelpText('after', DIFF_HELP)
    .action(async (before: string, after: string, options: DiffOptions) => {
      try {
        if (!(await diff(before, after, options, out))) exitWith(EXIT.failed)
      } catch (error) {
        // As other programs that compare: 1 says that there is a difference, and this is not known.
        complain(error)
        exitWith(EXIT.usage)
      }
    })
}

/** What `wiretape diff` can be told. */
export interface DiffOptions {
  /** Print the differences as JSON. Default: `false`. */
  readonly json?: boolean
  /** Compare the borders of reads and writes, too. Default: `false`. */
  readonly segments?: boolean
}

/** Prints how two cassettes differ; gives whether they are the same. */
export async function diff(before: string, after: string, options: DiffOptions, out: Output): Promise<boolean> {
  const [old, fresh] = await Promise.all([loadCassette(before), loadCassette(after)])
  const found = diffCassettes(old, fresh, { segments: options.segments })
  if (options.json === true) out.line(toPrintableJson({ before, after, ...toPlainData(found) }))
  else showDiff({ before, after }, found, out)
  return found.isSame
}

interface Names {
  readonly before: string
  readonly after: string
}

function showDiff(names: Names, found: CassetteDiff, out: Output): void {
  if (!found.isSame) {
    out.line(out.paint('failed', `--- ${escapeText(names.before)}`))
    out.line(out.paint('received', `+++ ${escapeText(names.after)}`))
    for (const interaction of found.interactions) showInteraction(interaction, out)
    for (const connection of found.connections) showConnection(connection, out)
    out.line()
  }
  out.line(summarize(found))
}

function summarize({ equal, interactions, connections }: CassetteDiff): string {
  const ofKind = (kind: InteractionDiff['kind']): number => interactions.filter((one) => one.kind === kind).length
  const parts = [`${count(equal, 'interaction')} equal`]
  for (const kind of ['changed', 'removed', 'added'] as const)
    if (ofKind(kind) > 0) parts.push(`${ofKind(kind)} ${kind}`)
  if (connections.length > 0) parts.push(`${count(connections.length, 'connection')} not alike`)
  return parts.join(', ')
}

function showInteraction({ kind, method, url, before, after, changes }: InteractionDiff, out: Output): void {
  const places = [before, after].map((place) => (place === undefined ? '-' : String(place + 1)))
  const where = places[0] === places[1] ? `interaction ${places[0]}` : `interaction ${places.join(' -> ')}`
  out.line()
  out.line(`${out.paint('title', `${MARKS[kind]} ${escapeText(method)} ${escapeBytes(latin1(url))}`)}  ${where}`)
  showChanges(changes, out)
}

function showConnection({ kind, to, changes }: ConnectionDiff, out: Output): void {
  out.line()
  out.line(out.paint('title', `${MARKS[kind]} connection to ${escapeText(to)}`))
  showChanges(changes, out)
}

const MARKS = { changed: '~', removed: '-', added: '+' } as const

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1')

/** The changes, each field named once. */
function showChanges(changes: readonly Change[], out: Output): void {
  let field: string | undefined
  for (const change of changes) {
    if (change.kind === 'value') {
      showValue(change, out)
    } else {
      if (change.field !== field) out.line(`  ${change.field}`)
      showDetails(change, out)
    }
    ;({ field } = change)
  }
}

function showValue({ field, before, after }: ValueChange, out: Output): void {
  out.line(`  ${field}: ${showText(before)} -> ${out.paint('received', showText(after))}`)
}

const showText = (text: string | undefined): string =>
  text === undefined ? 'none' : shorten(escapeBytes(latin1(text)))

const LONGEST_VALUE = 200

/** Counts characters, so that none is cut in two. */
function shorten(escaped: string): string {
  if (escaped.length <= LONGEST_VALUE) return escaped
  const characters = Array.from(escaped)
  if (characters.length <= LONGEST_VALUE) return escaped
  return `${characters.slice(0, LONGEST_VALUE).join('')}... (${count(characters.length, 'character')})`
}

function showDetails(change: Exclude<Change, ValueChange>, out: Output): void {
  switch (change.kind) {
    case 'header':
      return showHeader(change, out)
    case 'json':
      return showJson(change, out)
    case 'lines':
      return showLines(change, out)
    case 'bytes':
      return showBytes(change, out)
  }
}

function showHeader({ change, before, after }: HeaderChange, out: Output): void {
  if (change === 'order') {
    out.line(`    order: ${showText(before)}`)
    out.line(`        -> ${showText(after)}`)
    return
  }
  const remark = change === 'case' ? '  (case only)' : ''
  if (before !== undefined) out.line(out.paint('failed', `    - ${showText(before)}`))
  if (after !== undefined) out.line(out.paint('received', `    + ${showText(after)}`) + remark)
}

function showJson({ path, before, after }: JsonChange, out: Output): void {
  const name = escapeText(path)
  if (before === undefined) out.line(out.paint('received', `    + ${name}: ${showJsonText(after)}`))
  else if (after === undefined) out.line(out.paint('failed', `    - ${name}: ${showJsonText(before)}`))
  else out.line(`    ${name}: ${showJsonText(before)} -> ${out.paint('received', showJsonText(after))}`)
}

const showJsonText = (json: string | undefined): string => shorten(escapeText(json ?? 'none'))

function showLines({ hunks }: LinesChange, out: Output): void {
  for (const { before, after, lines } of hunks) {
    out.line(out.paint('aside', `    @@ line ${before === after ? before : `${before} -> ${after}`}`))
    for (const line of lines) {
      const style = line.startsWith('-') ? 'failed' : line.startsWith('+') ? 'received' : 'aside'
      out.line(out.paint(style, `    ${shorten(escapeText(line.replace(/\r$/, '')))}`))
    }
  }
}

function showBytes({ offset, before, after }: BytesChange, out: Output): void {
  out.line(`    differ from byte ${offset} on, ${count(before.length, 'byte')} -> ${count(after.length, 'byte')}`)
  for (const [style, mark, { excerpt, excerptStart }] of [
    ['failed', '-', before],
    ['received', '+', after],
  ] as const) {
    out.line(
      out.paint(style, `    ${mark} at ${excerptStart}: ${excerpt.length === 0 ? 'nothing' : showExcerpt(excerpt)}`),
    )
  }
}

/** Text as text; what has many other bytes in it as hex. */
function showExcerpt(bytes: Uint8Array): string {
  const text = escapeBytes(bytes)
  return text.length <= bytes.length * 2
    ? text
    : Buffer.from(bytes)
        .toString('hex')
        .replaceAll(/..(?!$)/g, '$& ')
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
differing byte on, each without its Content-Encoding. Times do not count.

Examples:
  $ wiretape diff before.yaml after.yaml
  $ wiretape diff before.yaml after.yaml --json | jq '.interactions[].changes'
  $ git difftool --no-prompt --extcmd 'wiretape diff' HEAD~1 -- cassettes

Exit codes:
  0  the same conversation
  1  it is another one
  2  a file cannot be read (one line on stderr says why), or the command line is not understood`
