import { addressBytes } from './addresses.ts'
import { ACK, type Endpoint, FIN, PSH, RST, SYN, TCP } from './tcp-segment.ts'
import type { NewPacket } from './pcapng-writer.ts'

type Side = 'client' | 'server'

/** The most bytes of a segment: what a packet of IPv4 holds. */
const LONGEST_SEGMENT = 65_535 - 40

/** Writes one connection as packets, as the two sides would have sent them over a network that loses nothing. */
export class TcpWriter {
  readonly #ends: Readonly<Record<Side, Endpoint>>
  /** What each side sends next. Beginning at fixed numbers makes the same file of the same cassette. */
  readonly #next: Record<Side, number> = { client: 1_000_000, server: 2_000_000 }
  readonly #ended = new Set<Side>()
  #last = 0
  readonly packets: NewPacket[] = []

  constructor(client: Endpoint, server: Endpoint) {
    this.#ends = { client, server }
  }

  open(at: number, made: number, comment: string): void {
    this.#send('client', SYN, at, NOTHING, comment)
    this.#send('server', SYN | ACK, made)
    this.#send('client', ACK, made)
  }

  refuse(at: number, refused: number, comment: string): void {
    this.#send('client', SYN, at, NOTHING, comment)
    this.#send('server', RST | ACK, refused)
  }

  /** A first packet that nobody answers. */
  ask(at: number, comment: string): void {
    this.#send('client', SYN, at, NOTHING, comment)
  }

  bytes(by: Side, at: number, bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; from += LONGEST_SEGMENT) {
      const piece = bytes.subarray(from, from + LONGEST_SEGMENT)
      this.#send(by, from + piece.length === bytes.length ? PSH | ACK : ACK, at, piece)
      this.#send(other(by), ACK, at)
    }
  }

  end(by: Side, at: number, comment?: string): void {
    if (this.#ended.has(by)) return
    this.#ended.add(by)
    this.#send(by, FIN | ACK, at, NOTHING, comment)
    this.#send(other(by), ACK, at)
  }

  reset(by: Side, at: number, comment?: string): void {
    this.#send(by, RST | ACK, at, NOTHING, comment)
  }

  #send(by: Side, flags: number, at: number, payload: Uint8Array = NOTHING, comment?: string): void {
    const [from, to] = [this.#ends[by], this.#ends[other(by)]]
    const acknowledged = (flags & ACK) === 0 ? 0 : this.#next[other(by)]
    const bytes = tcpPacket(from, to, { sequence: this.#next[by], acknowledged, flags, payload })
    // On a tape, a time that is smaller than an earlier one of its connection counts as that one.
    this.#last = Math.max(this.#last, at)
    this.packets.push({ at: this.#last, bytes, comment })
    this.#next[by] = (this.#next[by] + payload.length + ((flags & (SYN | FIN)) === 0 ? 0 : 1)) >>> 0
  }
}

const NOTHING = new Uint8Array(0)

const other = (side: Side): Side => (side === 'client' ? 'server' : 'client')

interface Segment {
  readonly sequence: number
  readonly acknowledged: number
  readonly flags: number
  readonly payload: Uint8Array
}

/** A packet of IPv4 or IPv6, as the addresses are, with both checksums. */
export function tcpPacket(from: Endpoint, to: Endpoint, segment: Segment): Uint8Array {
  const [source, target] = [addressBytes(from.address), addressBytes(to.address)]
  if (source === undefined || target === undefined)
    throw new TypeError(`not an address: ${from.address}, ${to.address}`)
  const tcp = tcpBytes(from.port, to.port, segment)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(tcp.length)
  // RFC 9293 section 3.1, RFC 8200 section 8.1: addresses, protocol and length count, too.
  tcp.writeUInt16BE(checksum(Buffer.concat([source, target, length, Uint8Array.of(0, TCP), tcp])), 16)
  return Buffer.concat([
    source.length === 4 ? ipv4Head(source, target, tcp.length) : ipv6Head(source, target, tcp.length),
    tcp,
  ])
}

function tcpBytes(from: number, to: number, { sequence, acknowledged, flags, payload }: Segment): Buffer {
  // With a SYN: how long a segment may be, and a window that is never full (RFC 7323 section 2.2).
  const options =
    (flags & SYN) === 0 ? NOTHING : Uint8Array.of(2, 4, LONGEST_SEGMENT >> 8, LONGEST_SEGMENT & 0xff, 3, 3, 14, 0)
  const head = Buffer.alloc(20)
  head.writeUInt16BE(from, 0)
  head.writeUInt16BE(to, 2)
  head.writeUInt32BE(sequence, 4)
  head.writeUInt32BE(acknowledged, 8)
  head.writeUInt8(((20 + options.length) / 4) << 4, 12)
  head.writeUInt8(flags, 13)
  head.writeUInt16BE(0xffff, 14)
  return Buffer.concat([head, options, payload])
}

const HOPS = 64

function ipv4Head(source: Uint8Array, target: Uint8Array, length: number): Uint8Array {
  const head = Buffer.alloc(20)
  head.writeUInt8(0x45, 0)
  head.writeUInt16BE(20 + length, 2)
  head.writeUInt16BE(0x4000, 6) // not to be fragmented
  head.writeUInt8(HOPS, 8)
  head.writeUInt8(TCP, 9)
  head.set(source, 12)
  head.set(target, 16)
  head.writeUInt16BE(checksum(head), 10)
  return head
}

function ipv6Head(source: Uint8Array, target: Uint8Array, length: number): Uint8Array {
  const head = Buffer.alloc(40)
  head.writeUInt8(0x60, 0)
  head.writeUInt16BE(length, 4)
  head.writeUInt8(TCP, 6)
  head.writeUInt8(HOPS, 7)
  head.set(source, 8)
  head.set(target, 24)
  return head
}

/** RFC 1071. */
function checksum(bytes: Uint8Array): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) + (bytes[at + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
