import { addressText } from './addresses.ts'
import { u16At, u32At } from './byte-reader.ts'

/** A packet of IPv4 or IPv6, or a fragment of one. */
export interface IpPacket {
  readonly from: string
  readonly to: string
  readonly protocol: number
  /** As far as it was captured. */
  readonly payload: Uint8Array
  /** What the payload is long on the wire. */
  readonly length: number
  readonly fragment?: Fragment | undefined
}

interface Fragment {
  readonly id: string
  readonly offset: number
  readonly isLast: boolean
}

/** Reads the headers of a packet; `undefined` if they were not captured. */
export const readIp = (bytes: Uint8Array): IpPacket | undefined =>
  (bytes[0] ?? 0) >> 4 === 4 ? readIpv4(bytes) : readIpv6(bytes)

/** RFC 791 section 3.1. */
function readIpv4(bytes: Uint8Array): IpPacket | undefined {
  const header = ((bytes[0] ?? 0) & 15) * 4
  if (header < 20 || bytes.length < header) return undefined
  const [from, to] = [addressText(bytes.subarray(12, 16)), addressText(bytes.subarray(16, 20))]
  const protocol = bytes[9] ?? 0
  // A card that cuts packets for the system gets them with no length.
  const total = u16At(bytes, 2) || bytes.length
  const flags = u16At(bytes, 6)
  const [offset, isLast] = [(flags & 0x1fff) * 8, (flags & 0x2000) === 0]
  const fragment =
    offset === 0 && isLast ? undefined : { id: `${from} ${to} ${u16At(bytes, 4)} ${protocol}`, offset, isLast }
  return { from, to, protocol, payload: bytes.subarray(header, total), length: Math.max(0, total - header), fragment }
}

/** RFC 8200 sections 3 and 4. */
function readIpv6(bytes: Uint8Array): IpPacket | undefined {
  if (bytes.length < 40) return undefined
  const [from, to] = [addressText(bytes.subarray(8, 24)), addressText(bytes.subarray(24, 40))]
  const total = 40 + (u16At(bytes, 4) || bytes.length - 40)
  let protocol = bytes[6] ?? 0
  let at = 40
  let fragment: Fragment | undefined
  while (EXTENSIONS.has(protocol)) {
    if (at + 8 > bytes.length) return undefined
    const [next = 0, length = 0] = bytes.subarray(at, at + 2)
    if (protocol === FRAGMENT) {
      const flags = u16At(bytes, at + 2)
      const [offset, isLast] = [flags & 0xfff8, (flags & 1) === 0]
      if (offset !== 0 || !isLast) fragment = { id: `${from} ${to} ${u32At(bytes, at + 4)}`, offset, isLast }
      at += 8
    } else at += protocol === AUTHENTICATION ? (length + 2) * 4 : (length + 1) * 8
    protocol = next
    // What follows stands in the first fragment only.
    if (fragment !== undefined && fragment.offset > 0) break
  }
  return { from, to, protocol, payload: bytes.subarray(at, total), length: Math.max(0, total - at), fragment }
}

const FRAGMENT = 44
const AUTHENTICATION = 51
/** Hop-by-hop and destination options, routing, mobility. */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, FRAGMENT, AUTHENTICATION, 60, 135])

/** Puts fragments together again. */
export class Fragments {
  readonly #parts = new Map<string, IpPacket[]>()

  /** How many packets are not whole. */
  get left(): number {
    return this.#parts.size
  }

  /** The packet itself if it is whole, the whole packet if this was its last fragment, else `undefined`. */
  add(packet: IpPacket): IpPacket | undefined {
    const { fragment } = packet
    if (fragment === undefined) return packet
    const parts = [...(this.#parts.get(fragment.id) ?? []), packet]
    this.#parts.set(fragment.id, parts)
    const whole = joined(parts)
    if (whole !== undefined) this.#parts.delete(fragment.id)
    return whole
  }
}

function joined(parts: readonly IpPacket[]): IpPacket | undefined {
  const sorted = parts.toSorted((one, other) => (one.fragment?.offset ?? 0) - (other.fragment?.offset ?? 0))
  const [first] = sorted
  const pieces: Uint8Array[] = []
  let end = 0
  for (const { fragment, payload, length } of sorted) {
    const offset = fragment?.offset ?? 0
    if (offset > end || payload.length < length) return undefined
    pieces.push(payload.subarray(end - offset))
    end = Math.max(end, offset + length)
    if (fragment?.isLast === true && first !== undefined)
      return { ...first, payload: Buffer.concat(pieces), length: end, fragment: undefined }
  }
  return undefined
}
