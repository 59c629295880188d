import { u16At, u32At } from './byte-reader.ts'
import type { CapturedPacket } from './capture.ts'
import type { IpPacket } from './ip-packet.ts'

/** One side of a connection. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** A segment of TCP in a capture. */
export interface TcpSegment {
  readonly packet: CapturedPacket
  readonly from: Endpoint
  readonly to: Endpoint
  readonly sequence: number
  /** `undefined` in a segment that acknowledges nothing. */
  readonly acknowledged: number | undefined
  readonly isSyn: boolean
  readonly isFin: boolean
  readonly isReset: boolean
  /** As far as it was captured. */
  readonly payload: Uint8Array
  /** What the payload is long on the wire. */
  readonly length: number
}

export const TCP = 6

/** RFC 9293 section 3.1; `undefined` if the header was not captured. */
export function readTcp(
  { from, to, payload: bytes, length }: IpPacket,
  packet: CapturedPacket,
): TcpSegment | undefined {
  const header = ((bytes[12] ?? 0) >> 4) * 4
  if (bytes.length < 20 || header < 20) return undefined
  const flags = bytes[13] ?? 0
  return {
    packet,
    from: { address: from, port: u16At(bytes, 0) },
    to: { address: to, port: u16At(bytes, 2) },
    sequence: u32At(bytes, 4),
    acknowledged: (flags & ACK) === 0 ? undefined : u32At(bytes, 8),
    isSyn: (flags & SYN) !== 0,
    isFin: (flags & FIN) !== 0,
    isReset: (flags & RST) !== 0,
    payload: bytes.subarray(header),
    length: Math.max(0, length - header),
  }
}

export const [FIN, SYN, RST, PSH, ACK] = [1, 2, 4, 8, 16] as const
