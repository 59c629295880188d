import { readCapture } from '../../src/packets/capture-file.ts'
import { type NewPacket, writePcapng } from '../../src/packets/pcapng-writer.ts'
import { ACK, type Endpoint, FIN, RST, SYN } from '../../src/packets/tcp-segment.ts'
import { tcpPacket } from '../../src/packets/tcp-writer.ts'

const CLIENT: Endpoint = { address: '127.0.0.1', port: 50_000 }
const SERVER: Endpoint = { address: '127.0.0.1', port: 8080 }
const START = Date.parse('2026-11-22T12:00:00.000Z')

type Flag = 'SYN' | 'ACK' | 'FIN' | 'RST'
const FLAGS: Readonly<Record<Flag, number>> = { SYN, ACK, FIN, RST }

/** A segment as a test writes it: `seq` and `ack` count bytes of a side, 0 being the first one. */
export interface MadeSegment {
  readonly by: 'client' | 'server'
  readonly seq?: number
  readonly ack?: number
  readonly flags?: readonly Flag[]
  readonly data?: string | Uint8Array
  /** As if the capture had kept only so many bytes of the data. */
  readonly kept?: number
}

/** Both sides begin near the end of the numbers, so that these begin again soon. */
const FIRST = 0xffff_fff0

/** Segments as packets, one millisecond apart. */
export function packetsOf(segments: readonly MadeSegment[], ends = { client: CLIENT, server: SERVER }): NewPacket[] {
  return segments.map(({ by, seq = 0, ack, flags = [], data = '', kept }, index) => {
    const payload = typeof data === 'string' ? Buffer.from(data, 'latin1') : data
    const [from, to] = by === 'client' ? [ends.client, ends.server] : [ends.server, ends.client]
    const bits = flags.reduce((all, flag) => all | FLAGS[flag], ack === undefined ? 0 : ACK)
    const isSyn = flags.includes('SYN')
    const sequence = (FIRST + seq + (isSyn ? 0 : 1)) >>> 0
    const acknowledged = ack === undefined ? 0 : (FIRST + ack + 1) >>> 0
    const bytes = tcpPacket(from, to, { sequence, acknowledged, flags: bits, payload })
    return {
      at: START + index,
      bytes: kept === undefined ? bytes : bytes.subarray(0, bytes.length - payload.length + kept),
    }
  })
}

export const HANDSHAKE: readonly MadeSegment[] = [
  { by: 'client', flags: ['SYN'] },
  { by: 'server', flags: ['SYN'], ack: 0 },
  { by: 'client', ack: 0 },
]

/** A pcapng file of packets of IP. */
export const captureOf = (packets: readonly NewPacket[]): Uint8Array =>
  writePcapng(packets, { application: 'a test', comment: '', names: new Map() })

/** The packets of a file of ours, to be changed and written again. */
export const packetsIn = (file: Uint8Array): NewPacket[] =>
  readCapture(file).packets.map(({ at, bytes, comments }) => ({ at, bytes, comment: comments[0] }))

/** A classic pcap file, in either byte order and unit of time. */
export function pcapOf(
  link: number,
  frames: readonly { readonly at: number; readonly bytes: Uint8Array }[],
  { isLittle = true, perMillisecond = 1000 } = {},
): Uint8Array {
  const u32 = (value: number): Uint8Array => {
    const bytes = Buffer.alloc(4)
    if (isLittle) bytes.writeUInt32LE(value)
    else bytes.writeUInt32BE(value)
    return bytes
  }
  const head = [
    perMillisecond === 1000 ? 0xa1b2c3d4 : 0xa1b23c4d,
    isLittle ? 0x0004_0002 : 0x0002_0004,
    0,
    0,
    262_144,
    link,
  ]
  const records = frames.flatMap(({ at, bytes }) => {
    const seconds = Math.floor(at / 1000)
    const fraction = Math.round((at - seconds * 1000) * perMillisecond)
    return [...[seconds, fraction, bytes.length, bytes.length].map(u32), bytes]
  })
  return Buffer.concat([...head.map(u32), ...records])
}
