import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { Argument } from 'commander'
import { type Cassette, interactionsOf, redactCassette, saveCassette } from '../entries/cassette.ts'
import type { Imported } from '../import/index.ts'
import type { AddCommand } from './command.ts'
import { UserError } from '../console/failure.ts'
import { count, escapeText, type Output } from '../console/terminal.ts'

export const addImport: AddCommand = (program, { err }) => {
  program
    .command('import')
    .description(
      'Make a cassette from a recording of another tool: pcap, HAR, mitmproxy, Envoy, WireMock, VCR, vcrpy, nock, Polly.',
    )
    .addArgument(new Argument('<kind>', 'what the file is').choices(KINDS))
    .argument('<file>', 'file of the other tool')
    .option(
      '-o, --output <path>',
      'cassette to write (default: the name of the file, with .yaml, in the current folder)',
    )
    .option('--key-log <path>', 'for pcap: secrets of TLS, as SSLKEYLOGFILE holds them; needs tshark')
    .option('--raw', 'for pcap: take connections that are not HTTP/1.1, too')
    .option('--origin <url>', 'for wiremock: the server that the stubs stand for (default: http://localhost:8080)')
    .option('--no-redact', 'keep secrets as they are')
    .addHelpText('after', IMPORT_HELP)
    .action((kind: Kind, file: string, options: ImportOptions) => importFile(kind, file, options, err))
}

const KINDS = ['pcap', 'har', 'mitmproxy', 'envoy-tap', 'wiremock', 'vcr', 'vcrpy', 'nock', 'polly'] as const
type Kind = (typeof KINDS)[number]

/** Options of `wiretape import`. */
export interface ImportOptions {
  readonly output?: string
  readonly keyLog?: string
  /** Default: `false`. */
  readonly raw?: boolean
  readonly origin?: string
  /** Default: `true`. */
  readonly redact?: boolean
}

/** Writes a cassette, and prints what the file did not contain. */
export async function importFile(kind: Kind, file: string, options: ImportOptions, err: Output): Promise<void> {
  if (kind !== 'pcap' && (options.keyLog !== undefined || options.raw === true))
    throw new UserError('INVALID_OPTION', '--key-log and --raw are for pcap')
  if (kind !== 'wiremock' && options.origin !== undefined)
    throw new UserError('INVALID_OPTION', '--origin is for wiremock')
  const { cassette, notes } = await read(kind, file, options)
  const output = options.output ?? `${basename(file).replace(ENDINGS, '')}.yaml`
  await saveCassette(output, options.redact === false ? cassette : redacted(cassette))
  err.line(`wrote ${count(interactionsOf(cassette).length, 'interaction')} to ${escapeText(output)}`)
  for (const note of notes) err.line(`  ${escapeText(note)}`)
}

/** What the name of the cassette does not take over from the file. */
const ENDINGS = /\.(?:json|har|har\.zip|zip|ya?ml|pcap|pcapng|cap|mitm|flows?)(?:\.gz)?$/i

async function read(kind: Kind, file: string, options: ImportOptions): Promise<Imported> {
  // Loaded here: the other commands do not need it.
  const make = await import('../import/index.ts')
  const { keyLog, raw, origin } = options
  if (kind === 'wiremock') return make.importWireMock(stubsIn(file), { origin, file: fileIn(...besideStubs(file)) })
  const bytes = await readFile(file)
  switch (kind) {
    case 'pcap':
      return make.importPcap(bytes, { keyLog: keyLog === undefined ? undefined : await readFile(keyLog), raw })
    case 'har':
      // An archive has its files in it.
      return make.importHar(bytes, isArchive(bytes) ? {} : { file: fileIn(dirname(file)) })
    case 'mitmproxy':
      return make.importMitmproxy(bytes)
    case 'envoy-tap':
      return make.importEnvoyTap(bytes)
    case 'vcr':
    case 'vcrpy':
      return make.importVcr(bytes)
    case 'nock':
      return make.importNock(bytes.toString())
    case 'polly':
      return make.importPolly(bytes.toString())
  }
}

const isArchive = (bytes: Buffer): boolean => bytes.subarray(0, 2).toString('latin1') === 'PK'

/** Reads files of these folders by names that do not lead out of them. */
const fileIn =
  (...folders: readonly string[]) =>
  (name: string): Uint8Array | undefined => {
    for (const folder of folders) {
      const path = resolve(folder, name)
      if (path.startsWith(resolve(folder) + sep) && existsSync(path)) return readFileSync(path)
    }
    return undefined
  }

/** A file with stubs, or WireMock's folder of them: the files in it, in the order of their names. */
function stubsIn(path: string): string {
  if (!statSync(path).isDirectory()) return readFileSync(path, 'utf8')
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
  const texts = names.toSorted().map((name) => readFileSync(join(path, name), 'utf8').replace(/^\ufeff/, ''))
  return `[${texts.join(',')}]`
}

/** Where WireMock has the files that stubs name: beside its folder of mappings. */
function besideStubs(path: string): readonly string[] {
  const folder = statSync(path).isDirectory() ? path : dirname(path)
  return [join(folder, '..', '__files'), join(folder, '__files')]
}

const redacted = (cassette: Cassette): Cassette => redactCassette(cassette, { env: process.env }).cassette

const IMPORT_HELP = `
What the other tool did not keep is filled in as plainly as possible, and listed: one connection for each origin, one segment
for each message, a Content-Length for each body. Placeholders replace secrets, as in a recording.

A member of the file that is not understood is named, and so is what had to be left out.

A capture of packets (pcap or pcapng) has all bytes: its segments, times and endings become those of the cassette. Bytes that it
lacks end their connection there.

Examples:
  $ wiretape import vcr test/cassettes/users.yml -o cassettes/users.yaml
  $ wiretape import har site.har
  $ wiretape import wiremock src/test/resources/mappings --origin https://api.example.com -o cassettes/users.yaml
  $ sudo tcpdump -i any -w site.pcap port 8080; wiretape import pcap site.pcap

Exit codes:
  0  written
  1  the file cannot be read or is not of that kind; one line on stderr says where
  2  the command line is not understood`
