import { u16At } from './byte-reader.ts'

/** What a packet carries: a packet of IP, something else, or a link layer that is not known. */
export type Carried =
  | { readonly type: 'ip'; readonly bytes: Uint8Array }
  | { readonly type: 'other' }
  | { readonly type: 'unknown-link' }

/** Takes the frame of the link layer off. */
export function unwrapLink(link: number, bytes: Uint8Array): Carried {
  switch (link) {
    case 0: // BSD loopback
    case 108: // OpenBSD loopback
      // Four bytes of an address family, which systems number differently and in either byte order; IP says its version itself.
      return ipAt(bytes, 4)
    case 1: // Ethernet
      return byEtherType(bytes, 12)
    case 12: // raw IP, as some systems number it
    case 14:
    case 101: // raw IP
    case 228: // IPv4
    case 229: // IPv6
      return ipAt(bytes, 0)
    case 9: // PPP
      return bytes[0] === 0xff ? byPppProtocol(bytes, 2) : byPppProtocol(bytes, 0)
    case 113: // Linux "cooked"
      return byEtherType(bytes, 14)
    case 276: // Linux "cooked", version 2
      return byEtherType(bytes, 0, 20)
    default:
      return { type: 'unknown-link' }
  }
}

/** @param next where the frame's header ends, if not after the type. */
function byEtherType(bytes: Uint8Array, at: number, next = at + 2): Carried {
  const type = u16At(bytes, at)
  switch (type) {
    case 0x0800:
    case 0x86dd:
      return ipAt(bytes, next)
    case 0x8100: // VLAN (IEEE 802.1Q), perhaps in one of a provider
    case 0x88a8:
    case 0x9100:
      return byEtherType(bytes, next + 2)
    case 0x8864: // PPPoE (RFC 2516)
      return byPppProtocol(bytes, next + 6)
    default:
      return { type: 'other' }
  }
}

function byPppProtocol(bytes: Uint8Array, at: number): Carried {
  const protocol = u16At(bytes, at)
  return protocol === 0x0021 || protocol === 0x0057 ? ipAt(bytes, at + 2) : { type: 'other' }
}

function ipAt(bytes: Uint8Array, at: number): Carried {
  const version = (bytes[at] ?? 0) >> 4
  return version === 4 || version === 6 ? { type: 'ip', bytes: bytes.subarray(at) } : { type: 'other' }
}
