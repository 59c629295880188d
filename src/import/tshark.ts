import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { LocalProtocolError } from '../errors.ts'
import { Data } from './data.ts'

/** What TLS carried in a capture, by the numbers of packets, which are counted from 1. */
export interface Decrypted {
  /** In the packet with which a record of TLS was complete. */
  readonly pieces: ReadonlyMap<number, readonly Uint8Array[]>
  /** What the connection of a packet agreed on. */
  readonly handshakes: ReadonlyMap<number, Handshake>
  /** Packets with records that were not decrypted: their keys are not known. */
  readonly opaque: ReadonlySet<number>
}

export interface Handshake {
  readonly version: string
  readonly alpn: string | undefined
  /** What the client named as the host (RFC 6066 section 3). */
  readonly serverName: string | undefined
}

/**
 * Decrypts the TLS connections of a capture with `tshark`, the command of Wireshark.
 *
 * @param ports of servers that speak TLS.
 * @throws LocalProtocolError `PROGRAM_MISSING`, `PROGRAM_FAILED`.
 */
export async function decrypt(
  capture: Uint8Array,
  keyLog: Uint8Array | undefined,
  ports: readonly number[],
): Promise<Decrypted> {
  const folder = await mkdtemp(join(tmpdir(), 'wiretape-tls-'))
  try {
    const [file, keys] = [join(folder, 'capture'), join(folder, 'keys')]
    await writeFile(file, capture, { mode: 0o600 })
    await writeFile(keys, keyLog ?? '', { mode: 0o600 })
    // A record whose parts came in another order would stay closed.
    const given = ['-r', file, '-n', '-o', `tls.keylog_file:${keys}`, '-o', 'tcp.reassemble_out_of_order:TRUE']
    const run = (args: readonly string[]): Promise<string> =>
      tshark([...given, ...decodedAsTls(ports), ...args], folder)
    const streams = readHandshakes(await run(['-Y', 'tls', '-T', 'fields', ...FIELDS.flatMap((name) => ['-e', name])]))
    const pieces = await readPieces([...streams.keys()], run)
    const packets = [...streams.values()].flatMap((stream) => stream.packets.map((one) => ({ ...one, stream })))
    return {
      pieces,
      handshakes: new Map(packets.map(({ number, stream }) => [number, stream])),
      opaque: new Set(packets.filter((one) => isOpaque(one, pieces.get(one.number) ?? [])).map(({ number }) => number)),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const decodedAsTls = (ports: readonly number[]): readonly string[] =>
  ports.flatMap((port) => ['-d', `tcp.port==${port},tls`])

/** Preferences of the user are kept out: the folder of the run is empty. */
async function tshark(args: readonly string[], folder: string): Promise<string> {
  try {
    const env = { ...process.env, WIRESHARK_CONFIG_DIR: folder, LC_ALL: 'C' }
    const { stdout } = await promisify(execFile)('tshark', args, { env, maxBuffer: LONGEST_OUTPUT })
    return stdout
  } catch (cause) {
    const isMissing = cause instanceof Error && Reflect.get(cause, 'code') === 'ENOENT'
    if (isMissing)
      throw new LocalProtocolError(
        'PROGRAM_MISSING',
        'TLS in a capture is decrypted by tshark, the command of Wireshark: install it (`apt install tshark`, `brew install wireshark`)',
        { cause },
      )
    throw new LocalProtocolError('PROGRAM_FAILED', `tshark could not decrypt the capture: ${lastLine(cause)}`, {
      cause,
    })
  }
}

const LONGEST_OUTPUT = 512 * 1024 * 1024

function lastLine(error: unknown): string {
  const said: unknown = error instanceof Error ? Reflect.get(error, 'stderr') : undefined
  return (typeof said === 'string' && said.trim() !== '' ? said : String(error)).trim().split('\n').at(-1) ?? ''
}

const FIELDS = [
  'frame.number',
  'tcp.stream',
  'tls.record.content_type',
  'tls.record.opaque_type',
  'tls.handshake.type',
  'tls.handshake.version',
  'tls.handshake.extensions.supported_version',
  'tls.handshake.extensions_alpn_str',
  'tls.handshake.extensions_server_name',
]

/** A packet in which records of TLS were complete, and their types: the outer ones of TLS 1.3 hide others. */
interface TlsPacket {
  readonly number: number
  readonly shown: readonly string[]
  readonly hidden: readonly string[]
}

interface StreamDraft {
  readonly packets: TlsPacket[]
  version: string
  alpn: string | undefined
  serverName: string | undefined
}

/** What the handshakes agreed on, by the number of the stream. */
function readHandshakes(output: string): ReadonlyMap<number, StreamDraft> {
  const streams = new Map<number, StreamDraft>()
  for (const line of output.split('\n').filter((one) => one !== '')) {
    const [packet, stream, shown, hidden, types = '', versions = '', supported = '', alpn = '', names = ''] =
      line.split('\t')
    const found = streams.get(Number(stream)) ?? { packets: [], version: '', alpn: undefined, serverName: undefined }
    streams.set(Number(stream), found)
    found.packets.push({ number: Number(packet), shown: listOf(shown), hidden: listOf(hidden) })
    const has = types.split(',')
    if (has.includes('1')) found.serverName ??= names.split(',')[0] || undefined
    if (has.includes('2')) found.version ||= versionName(supported.split(',').at(-1) || versions.split(',').at(-1))
    // A server's choice: in its hello, or encrypted after it. The hello of the client offers several.
    if (!has.includes('1') && alpn !== '') found.alpn = alpn.split(',').at(-1)
  }
  return streams
}

const listOf = (text = ''): readonly string[] => (text === '' ? [] : text.split(','))

/** Whether a record stayed closed: a hidden type that did not show itself, or data that is not there. */
const isOpaque = ({ shown, hidden }: TlsPacket, pieces: readonly Uint8Array[]): boolean =>
  hidden.length > shown.length || shown.filter((type) => type === APPLICATION_DATA).length > pieces.length

const APPLICATION_DATA = '23'

function versionName(code: string | undefined): string {
  const minor = Number.parseInt(code ?? '', 16) - 0x0300
  return minor === 4 ? 'TLSv1.3' : minor === 3 ? 'TLSv1.2' : minor === 2 ? 'TLSv1.1' : minor === 1 ? 'TLSv1' : ''
}

/** As many streams at once as a command line holds without trouble. */
const AT_ONCE = 200

async function readPieces(
  streams: readonly number[],
  run: (args: readonly string[]) => Promise<string>,
): Promise<ReadonlyMap<number, readonly Uint8Array[]>> {
  const pieces = new Map<number, Uint8Array[]>()
  for (let from = 0; from < streams.length; from += AT_ONCE) {
    const some = streams.slice(from, from + AT_ONCE)
    const output = await run(['-q', ...some.flatMap((number) => ['-z', `follow,tls,yaml,${number}`])])
    // One document after the other, without a mark between them; each begins with its peers.
    for (const document of output.split(/^(?=peers:)/m).filter((text) => text.startsWith('peers:')))
      for (const [packet, bytes] of piecesIn(document)) pieces.set(packet, [...(pieces.get(packet) ?? []), bytes])
  }
  return pieces
}

/** The peers are not read: tshark leaves one of them empty. The packet shows which side sent the piece. */
function piecesIn(document: string): readonly (readonly [packet: number, bytes: Uint8Array])[] {
  const data = new Data(parse(document, { customTags: ['binary'], logLevel: 'error' }), 'the output of tshark')
  const packets = data.get('packets')
  if (packets.isMissing) return []
  return packets.items().map((packet) => {
    const { value } = packet.get('data')
    if (!(value instanceof Uint8Array)) throw packet.complaint('a packet as tshark writes it')
    return [packet.get('packet').number(), value]
  })
}
