import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Argument } from 'commander'
import type { Cassette } from '../entries/cassette.ts'
import { loadCassette } from '../entries/cassette.ts'
import type { AddCommand } from './command.ts'
import { UserError } from '../console/failure.ts'
import { count, escapeBytes, escapeText, type Output, toPrintableJson } from '../console/terminal.ts'

export const addGenerate: AddCommand = (program, { err }) => {
  program
    .command('generate')
    .description(
      'Make files for other tools from a cassette: msw handlers, types, HAR, pcap, curl, .http, k6, Postman, Bruno, bodies as files.',
    )
    .addArgument(new Argument('<kind>', 'what to make').choices(KINDS))
    .argument('<cassette>', 'cassette')
    .option('-o, --output <path>', 'file to write, or the folder for `bruno` and `fixtures` (default: standard output)')
    .addHelpText('after', GENERATE_HELP)
    .action((kind: Kind, cassette: string, { output }: { readonly output?: string }) =>
      generate(kind, cassette, output, err),
    )
}

const KINDS = ['msw', 'types', 'har', 'pcap', 'curl', 'http', 'k6', 'postman', 'bruno', 'fixtures'] as const
type Kind = (typeof KINDS)[number]

/** Kinds that are one file. */
type OneFile = Exclude<Kind, 'bruno' | 'fixtures'>

/** Makes files of a kind from a cassette. */
export async function generate(kind: Kind, file: string, output: string | undefined, err: Output): Promise<void> {
  const cassette = await loadCassette(file)
  if (kind === 'fixtures') return writeFixtures(cassette, output, err)
  if (kind === 'bruno') return writeBruno(cassette, file, output, err)
  if (kind === 'http' && output !== undefined) return writeHttpFile(cassette, output, err)
  const content = await contentOf(kind, cassette, file)
  if (output === undefined) return print(process.stdout, content)
  await writeInto(output, content)
  err.line(`wrote ${escapeText(output)}`)
}

/** Prints the content: for a file or a pipe as it is, for a terminal with characters that are not printable escaped. */
export function print(stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>, content: string | Uint8Array): void {
  stream.write(stream.isTTY ? printableLines(Buffer.from(content)) : content)
}

/** LF and the tab stay. */
function printableLines(content: Buffer): string {
  const lines = content.toString('latin1').split(/([\n\t])/)
  return lines.map((text, index) => (index % 2 === 1 ? text : escapeBytes(Buffer.from(text, 'latin1')))).join('')
}

async function contentOf(kind: OneFile, cassette: Cassette, file: string): Promise<string | Uint8Array> {
  try {
    return await madeContent(kind, cassette, file)
  } catch (error) {
    // `Invalid string length`: V8 has no texts of more than about 512 MiB.
    if (!(error instanceof RangeError)) throw error
    throw new UserError('OUTPUT_TOO_LARGE', `${kind} of this cassette would be too long for one file`)
  }
}

async function madeContent(kind: OneFile, cassette: Cassette, file: string): Promise<string | Uint8Array> {
  // Loaded here: the other commands do not need it.
  const make = await import('../generate/index.ts')
  switch (kind) {
    case 'msw':
      return make.toMswModule(cassette, basename(file))
    case 'types':
      return make.toTypes(cassette)
    case 'har':
      return `${toPrintableJson(make.toHar(cassette))}\n`
    case 'pcap':
      return make.toPcap(cassette)
    case 'curl':
      // Field values are bytes; those beyond ASCII stay as they are.
      return Buffer.from(make.toCurl(cassette), 'latin1')
    case 'k6':
      return make.toK6(cassette, basename(file))
    case 'postman':
      return `${toPrintableJson(make.toPostman(cassette, basename(file)))}\n`
    case 'http':
      return make.toHttpFile(cassette)
  }
}

/** Content that the format cannot hold is in files next to it, which it names. */
async function writeHttpFile(cassette: Cassette, output: string, err: Output): Promise<void> {
  const { toHttpFile } = await import('../generate/index.ts')
  const contents = new Map<string, Uint8Array>()
  const text = toHttpFile(cassette, {
    keepContent: (place, content) => {
      const name = `${basename(output).replaceAll(/[^\w.-]/g, '-')}.${place}.body`
      contents.set(name, content)
      return `./${name}`
    },
  })
  for (const [name, content] of contents) await writeInto(join(dirname(output), name), content)
  await writeInto(output, text)
  err.line(
    contents.size === 0
      ? `wrote ${escapeText(output)}`
      : `wrote ${escapeText(output)}, and ${count(contents.size, 'file')} next to it for content that the format cannot hold`,
  )
}

/** A folder that Bruno opens. */
async function writeBruno(cassette: Cassette, file: string, output: string | undefined, err: Output): Promise<void> {
  if (output === undefined)
    throw new UserError('OUTPUT_MISSING', 'a collection of Bruno is several files: give a folder with --output')
  const { toBruno } = await import('../generate/index.ts')
  const { files, notes } = toBruno(cassette, basename(file))
  for (const { name, bytes } of files) await writeInto(join(output, name), bytes)
  for (const note of notes) err.line(escapeText(note))
  err.line(`wrote ${count(files.length, 'file')} into ${escapeText(output)}`)
}

async function writeFixtures(cassette: Cassette, output: string | undefined, err: Output): Promise<void> {
  if (output === undefined)
    throw new UserError('OUTPUT_MISSING', 'fixtures are several files: give a folder with --output')
  const { toBodyFiles } = await import('../generate/index.ts')
  const files = toBodyFiles(cassette)
  const index = files.map(({ bytes, ...facts }) => ({ ...facts, size: bytes.length }))
  for (const { name, bytes } of files) await writeInto(join(output, name), bytes)
  await writeInto(join(output, 'index.json'), `${toPrintableJson(index)}\n`)
  err.line(`wrote ${count(files.length, 'file')} and index.json into ${escapeText(output)}`)
}

async function writeInto(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
}

const GENERATE_HELP = `
Kinds:
  msw       a TypeScript module that exports handlers for msw 2 and 3; its comments list what msw cannot carry
  types     TypeScript types of the JSON contents, by method and path (needs the package quicktype-core)
  har       HAR 1.2, for developer tools and Playwright's routeFromHAR
  pcap      a capture of packets (pcapng) that Wireshark opens, with what TLS carried in the clear
  curl      commands that send the same requests
  http      the requests as a .http file; with -o, content that it cannot hold is written next to it
  k6        a script for k6 that sends the requests and checks the answers; placeholders are variables of the environment
  postman   a Postman collection with answers as examples; placeholders are its variables
  bruno     a collection of Bruno, a file for each request, which checks the status; origins and placeholders are its variables
  fixtures  the contents of requests and answers as files, with an index.json

Examples:
  $ wiretape generate msw users.yaml -o src/mocks/users.ts
  $ wiretape generate har users.yaml > users.har
  $ wiretape generate fixtures users.yaml -o test/fixtures/users

Exit codes:
  0  written
  1  the cassette cannot be read, or a file cannot be written; one line on stderr says why
  2  the command line is not understood`
