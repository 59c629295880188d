import { addressBytes } from './addresses.ts'
import { SECTION } from './pcapng-file.ts'

/** A packet to write. */
export interface NewPacket {
  /** Milliseconds since 1970, to the microsecond. */
  readonly at: number
  /** A packet of IPv4 or IPv6. */
  readonly bytes: Uint8Array
  readonly comment?: string | undefined
}

/** What stands at the beginning of a file. */
export interface FileFacts {
  /** What wrote it. */
  readonly application: string
  readonly comment: string
  /** Host names, by address. */
  readonly names: ReadonlyMap<string, string>
}

/** Raw IP, of either version. */
const LINK_RAW = 101
const COMMENT = 1

/** A pcapng file of packets of IP, in the order of their times. */
export function writePcapng(packets: readonly NewPacket[], { application, comment, names }: FileFacts): Uint8Array {
  const section = Buffer.alloc(16)
  section.writeUInt32LE(0x1a2b3c4d, 0)
  section.writeUInt16LE(1, 4) // version 1.0
  section.writeBigInt64LE(-1n, 8) // the length of the section is not given
  const link = Buffer.alloc(8)
  link.writeUInt16LE(LINK_RAW, 0)
  return Buffer.concat([
    block(SECTION, section, [option(COMMENT, comment), option(4, application)]),
    block(1, link, [option(9, Uint8Array.of(6))]), // times in microseconds
    ...(names.size === 0 ? [] : [block(4, nameRecords(names), [])]),
    ...packets.map(packetBlock),
  ])
}

function packetBlock({ at, bytes, comment }: NewPacket): Uint8Array {
  const head = Buffer.alloc(20)
  const ticks = BigInt(Math.round(at * 1000))
  head.writeUInt32LE(Number(ticks >> 32n), 4)
  head.writeUInt32LE(Number(ticks & 0xffff_ffffn), 8)
  head.writeUInt32LE(bytes.length, 12)
  head.writeUInt32LE(bytes.length, 16)
  return block(6, Buffer.concat([head, padded(bytes)]), comment === undefined ? [] : [option(COMMENT, comment)])
}

function nameRecords(names: ReadonlyMap<string, string>): Uint8Array {
  const records = Array.from(names, ([address, name]) => {
    const bytes = addressBytes(address) ?? new Uint8Array(0)
    return record(bytes.length === 4 ? 1 : 2, Buffer.concat([bytes, Buffer.from(`${name}\0`)]))
  })
  return Buffer.concat([...records, record(0, new Uint8Array(0))])
}

/** An option with text has 65,535 bytes at most. */
const option = (code: number, value: string | Uint8Array): Uint8Array =>
  record(code, Buffer.from(value).subarray(0, 0xfff0))

function record(code: number, value: Uint8Array): Uint8Array {
  const head = Buffer.alloc(4)
  head.writeUInt16LE(code, 0)
  head.writeUInt16LE(value.length, 2)
  return Buffer.concat([head, padded(value)])
}

function block(type: number, body: Uint8Array, options: readonly Uint8Array[]): Uint8Array {
  const end = options.length === 0 ? [] : [record(0, new Uint8Array(0))]
  const content = Buffer.concat([body, ...options, ...end])
  const [head, tail] = [Buffer.alloc(8), Buffer.alloc(4)]
  head.writeUInt32LE(type, 0)
  head.writeUInt32LE(content.length + 12, 4)
  tail.writeUInt32LE(content.length + 12, 0)
  return Buffer.concat([head, content, tail])
}

const padded = (bytes: Uint8Array): Uint8Array => Buffer.concat([bytes, new Uint8Array(-bytes.length & 3)])
