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
export function isPublicAddress(address: string): boolean {
  const version = isIP(address)
  return version !== 0 && !OWN_NETWORKS.check(address, version === 4 ? 'ipv4' : 'ipv6')
}

/** Loopback, link-local, and the networks of RFC 1918, RFC 4193 and RFC 6598; also as IPv4 inside IPv6. */
const OWN_NETWORKS = new BlockList()
for (const [net, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  OWN_NETWORKS.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  OWN_NETWORKS.addSubnet(net, prefix, 'ipv6')
