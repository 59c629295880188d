import { BlockList, isIP } from 'node:net'

/** The host of `example.com:8080` or `[::1]:8080`, in lower case and without brackets. */
export const hostOf = (authority: string): string =>
  authority
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase()

/** Whether a name always means this machine (RFC 6761 section 6.3). */
export const isLocalhost = (host: string): boolean => host === 'localhost' || host.endsWith('.localhost')

/** Whether a name or address always means this machine. */
export const isLoopback = (host: string): boolean =>
  isLocalhost(host) || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

/** Whether an address is on the public internet, and not of this machine or a private network. */
export const isPublicAddress = (address: string): boolean => isIP(address) !== 0 && !isIn(OWN_NETWORKS, address)

/** Whether an address belongs to this machine by loopback. */
export const isThisMachine = (address: string): boolean => isIn(LOOPBACK, address)

/** Whether clouds serve credentials of the machine at an address: AWS, Azure, Google and others, Alibaba, Oracle. */
export const isMetadataAddress = (address: string): boolean => isIn(METADATA, address)

function isIn(list: BlockList, address: string): boolean {
  const version = isIP(address)
  return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6')
}

/** Loopback, and the unspecified address, which connects to it. An IPv4 network is also found inside IPv6 (`::ffff:127.0.0.1`). */
const LOOPBACK = listOf([
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['::', 127],
])

/** Also link-local, multicast and reserved addresses, and the networks of RFC 1918, RFC 4193 and RFC 6598. */
const OWN_NETWORKS = listOf([
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
  ['224.0.0.0', 3],
  // IPv4 addresses that are written as compatible ones.
  ['::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
  // The same networks behind a translator (RFC 6052).
  ['64:ff9b::7f00:0', 104],
  ['64:ff9b::a00:0', 104],
  ['64:ff9b::ac10:0', 108],
  ['64:ff9b::c0a8:0', 112],
  ['64:ff9b::a9fe:0', 112],
  ['64:ff9b::6440:0', 106],
])

const METADATA = listOf([
  ['169.254.0.0', 16],
  ['64:ff9b::a9fe:0', 112],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['192.0.0.192', 32],
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
])

function listOf(networks: readonly (readonly [network: string, prefix: number])[]): BlockList {
  const list = new BlockList()
  for (const [network, prefix] of networks) list.addSubnet(network, prefix, isIP(network) === 4 ? 'ipv4' : 'ipv6')
  return list
}
