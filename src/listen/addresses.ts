import { BlockList, isIP } from 'node:net'

/** Whether an address belongs to the internet at large, and not to this machine or a network of its own. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address)
  return version !== 0 && !OWN_NETWORKS.check(address, version === 4 ? 'ipv4' : 'ipv6')
}

/** Loopback, link-local, and the networks of RFC 1918, RFC 4193 and RFC 6598; as IPv4 inside of IPv6, too. */
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
