import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { Argument } from 'commander'
import { type Cassette, interactionsOf, redactCassette, saveCassette } from '../entries/cassette.ts'
import type { AddCommand } from './command.ts'
import { count, escapeText, type Output } from './console/terminal.ts'

export const addImport: AddCommand = (program, { err }) => {
  program
    .command('import')
    .description('Make a cassette from a recording of another tool: HAR, VCR, vcrpy, nock, Polly.')
    .addArgument(new Argument('<kind>', 'what the file is').choices(KINDS))
    .argument('<file>', 'file of the other tool')
    .option(
      '-o, --output <path>',
      'cassette to write (default: the name of the file, with .yaml, in the current folder)',
    )
    .option('--no-redact', 'keep secrets as they are')
    .addHelpText('after', IMPORT_HELP)
    .action((kind: Kind, file: string, options: ImportOptions) => importFile(kind, file, options, err))
}

const KINDS = ['har', 'vcr', 'vcrpy', 'nock', 'polly'] as const
type Kind = (typeof KINDS)[number]

/** Options of `wiretape import`. */
export interface ImportOptions {
  readonly output?: string
  /** Default: `true`. */
  readonly redact?: boolean
}

/** Writes a cassette, and prints what the file did not contain. */
export async function importFile(kind: Kind, file: string, options: ImportOptions, err: Output): Promise<void> {
  const text = await readFile(file, 'utf8')
  const { importHar, importNock, importPolly, importVcr } = await import('../import/index.ts')
  const readers = { har: importHar, vcr: importVcr, vcrpy: importVcr, nock: importNock, polly: importPolly }
  const { cassette, notes } = readers[kind](text)
  const output = options.output ?? `${basename(file).replace(/\.(?:json|har|ya?ml)$/i, '')}.yaml`
  await saveCassette(output, options.redact === false ? cassette : redacted(cassette))
  err.line(`wrote ${count(interactionsOf(cassette).length, 'interaction')} to ${escapeText(output)}`)
  for (const note of notes) err.line(`  ${escapeText(note)}`)
}

const redacted = (cassette: Cassette): Cassette => redactCassette(cassette, { env: process.env }).cassette

const IMPORT_HELP = `
What the other tool did not keep is filled in as plainly as possible, and listed: one connection for each origin, one segment
for each message, a Content-Length for each body. Placeholders replace secrets, as in a recording.

Examples:
  $ wiretape import vcr test/cassettes/users.yml -o cassettes/users.yaml
  $ wiretape import har site.har

Exit codes:
  0  written
  1  the file cannot be read or is not of that kind; one line on stderr says where
  2  the command line is not understood`
