import { decompressedFile } from '../content/gzip-member.ts'
import { CassetteError } from '../errors.ts'
import { checkOptions } from '../options.ts'
import { readConnections } from '../packets/read-connections.ts'
import type { TcpConnection } from '../packets/tcp-connections.ts'
import { type Cassette, CASSETTE_VERSION } from '../tape/cassette.ts'
import { VERSION } from '../version.ts'
import { type Imported, toMicroseconds } from './imported.ts'
import { type CapturedTape, isTls, readConnection } from './pcap-connection.ts'
import { decrypt, type Decrypted } from './tshark.ts'

/** How a capture of packets is read. */
export interface PcapOptions {
  /**
   * Secrets of TLS, as `SSLKEYLOGFILE` holds them; `tshark` decrypts with them. Keys that a pcapng file brings are used, too.
   * Default: none.
   */
  readonly keyLog?: string | Uint8Array | undefined
  /** Whether to take connections that are not HTTP/1.1, too, as raw bytes. Default: `false`; they are counted in the notes. */
  readonly raw?: boolean | undefined
}

/**
 * The connections in a file of captured packets, pcap or pcapng, as a cassette: each segment of TCP is a segment of it, at the
 * time at which it could be read.
 *
 * What comes twice is dropped, and what comes early waits. Bytes that the capture lacks end their connection there: what follows
 * cannot be trusted, and the notes name the place.
 *
 * @throws CassetteError `IMPORT_INVALID` for another kind of file, or one without a connection that can be taken.
 * @throws LocalProtocolError `PROGRAM_MISSING` if TLS is to be decrypted and `tshark` is not installed.
 */
export async function importPcap(file: Uint8Array, options: PcapOptions = {}): Promise<Imported> {
  checkOptions('importPcap', options, { keyLog: true, raw: true })
  const { keyLog, raw = false } = options
  const bytes = unzipped(file)
  const capture = readConnections(bytes)
  const hasKeys = keyLog !== undefined || capture.hasKeys
  const secure = capture.connections.filter(isTls)
  const decrypted = hasKeys && secure.length > 0 ? await opened(bytes, secure, keyLog) : undefined
  const notes = [...FACTS, ...capture.notes]
  const taken: CapturedTape[] = []
  for (const connection of capture.connections) {
    const result = readConnection(connection, { names: capture.names, decrypted, raw })
    notes.push(...result.notes)
    if (result.tape !== undefined) taken.push(result.tape)
  }
  if (taken.length === 0)
    throw new CassetteError(
      'IMPORT_INVALID',
      ['the capture holds no connection that can be taken', ...notes].join('; '),
    )
  return { cassette: cassetteOf(taken, 'pcap'), notes }
}

const FACTS = [
  'a capture never had: the pieces in which the client read and wrote, its errors, whether it verified certificates',
]

const opened = (
  capture: Uint8Array,
  connections: readonly TcpConnection[],
  keyLog: string | Uint8Array | undefined,
): Promise<Decrypted> => {
  const keys = typeof keyLog === 'string' ? Buffer.from(keyLog) : keyLog
  return decrypt(capture, keys, [...new Set(connections.map(({ server }) => server.port))])
}

/** The cassette of connections that were read. */
export function cassetteOf(taken: readonly CapturedTape[], tool: string): Cassette {
  const first = taken.reduce((earliest, { began }) => Math.min(earliest, began), Infinity)
  const began = Math.floor(first)
  const tape = taken.flatMap(({ events }, index) =>
    events.map((event) => ({ ...event, connection: index + 1, at: toMicroseconds(event.at - began) })),
  )
  const recorded = {
    at: new Date(began).toISOString(),
    by: `wiretape ${VERSION}, from ${tool}`,
    node: process.versions.node,
  }
  return { version: CASSETTE_VERSION, recorded, tape: tape.toSorted((one, other) => one.at - other.at) }
}

/** Wireshark reads compressed captures, too. */
function unzipped(file: Uint8Array): Uint8Array {
  try {
    return decompressedFile(file, LONGEST_CAPTURE)
  } catch (cause) {
    throw new CassetteError('IMPORT_INVALID', `the file cannot be decompressed: ${String(cause)}`, {}, { cause })
  }
}

const LONGEST_CAPTURE = 1024 * 1024 * 1024
