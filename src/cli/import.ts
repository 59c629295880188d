import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { Argument } from 'commander'
import { type Cassette, interactionsOf, redactCassette, saveCassette } from '../entries/cassette.ts'
import type { Imported } from '../import/index.ts'
import type { AddCommand } from './command.ts'
import { UserError } from './console/failure.ts'
import { count, escapeText, type Output } from './console/terminal.ts'

export const addImport: AddCommand = (program, { err }) => {
  program
    .command('import')
    .description('Make a cassette from a recording of another tool: pcap, HAR, VCR, vcrpy, nock, Polly.')
    .addArgument(new Argument('<kind>', 'what the file is').choices(KINDS))
    .argument('<file>', 'file of the other tool')
    .option(
      '-o, --output <path>',
      'cassette to write (default: the name of the file, with .yaml, in the current folder)',
    )
    .option('--key-log <path>', 'for pcap: secrets of TLS, as SSLKEYLOGFILE holds them; needs tshark')
    .option('--raw', 'for pcap: take connections that are not HTTP/1.1, too')
    .option('--no-redact', 'keep secrets as they are')
    .addHelpText('after', IMPORT_HELP)
    .action((kind: Kind, file: string, options: ImportOptions) => importFile(kind, file, options, err))
}

const KINDS = ['pcap', 'har', 'vcr', 'vcrpy', 'nock', 'polly'] as const
type Kind = (typeof KINDS)[number]

/** Options of `wiretape import`. */
export interface ImportOptions {
  readonly output?: string
  readonly keyLog?: string
  /** Default: `false`. */
  readonly raw?: boolean
  /** Default: `true`. */
  readonly redact?: boolean
}

/** Writes a cassette, and prints what the file did not contain. */
export async function importFile(kind: Kind, file: string, options: ImportOptions, err: Output): Promise<void> {
  if (kind !== 'pcap' && (options.keyLog !== undefined || options.raw === true))
    throw new UserError('INVALID_OPTION', '--key-log and --raw are for pcap')
  const { cassette, notes } = await read(kind, file, options)
  const output = options.output ?? `${basename(file).replace(ENDINGS, '')}.yaml`
  await saveCassette(output, options.redact === false ? cassette : redacted(cassette))
  err.line(`wrote ${count(interactionsOf(cassette).length, 'interaction')} to ${escapeText(output)}`)
  for (const note of notes) err.line(`  ${escapeText(note)}`)
}

/** What the name of the cassette does not take over from the file. */
const ENDINGS = /\.(?:json|har|ya?ml|pcap|pcapng|cap)(?:\.gz)?$/i

async function read(kind: Kind, file: string, { keyLog, raw }: ImportOptions): Promise<Imported> {
  // Loaded here: the other commands do not need it.
  const { importHar, importNock, importPcap, importPolly, importVcr } = await import('../import/index.ts')
  const bytes = await readFile(file)
  if (kind === 'pcap')
    return importPcap(bytes, { keyLog: keyLog === undefined ? undefined : await readFile(keyLog), raw })
  const readers = { har: importHar, vcr: importVcr, vcrpy: importVcr, nock: importNock, polly: importPolly }
  return readers[kind](bytes.toString())
}

const redacted = (cassette: Cassette): Cassette => redactCassette(cassette, { env: process.env }).cassette

const IMPORT_HELP = `
What the other tool did not keep is filled in as plainly as possible, and listed: one connection for each origin, one segment
for each message, a Content-Length for each body. Placeholders replace secrets, as in a recording.

A capture of packets (pcap or pcapng) has all bytes: its segments, times and endings become those of the cassette. Bytes that it
lacks end their connection there.

Examples:
  $ wiretape import vcr test/cassettes/users.yml -o cassettes/users.yaml
  $ wiretape import har site.har
  $ sudo tcpdump -i any -w site.pcap port 8080; wiretape import pcap site.pcap

Exit codes:
  0  written
  1  the file cannot be read or is not of that kind; one line on stderr says where
  2  the command line is not understood`
