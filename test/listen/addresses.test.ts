import { expect, test } from '../helpers/test.ts'
import {
  hostOf,
  isLocalhost,
  isLoopback,
  isMetadataAddress,
  isPublicAddress,
  isThisMachine,
} from '../../src/listen/addresses.ts'

test('an authority has a host', () => {
  // oxfmt-ignore
  const HOSTS = [
    ['A.test:80', 'a.test'], ['a.test', 'a.test'], ['a.test:', 'a.test'], ['[::1]:80', '::1'], ['[::1]', '::1'], ['', ''], ['a:b', 'a:b'],
  ] as const
  for (const [authority, host] of HOSTS) expect([authority, hostOf(authority)]).toEqual([authority, host])
})

test('some names and addresses always mean this machine', () => {
  for (const host of ['localhost', 'a.localhost']) expect([isLocalhost(host), isLoopback(host)]).toEqual([true, true])
  for (const host of ['::1', '127.0.0.1', '127.255.255.255'])
    expect([isLocalhost(host), isLoopback(host)]).toEqual([false, true])
  for (const host of ['localhost.test', 'mylocalhost', '::2', '128.0.0.1', '127.0.0', '127.test', '0.0.0.0'])
    expect([host, isLocalhost(host), isLoopback(host)]).toEqual([host, false, false])
})

/** The first and the last address of each network, and those beside them. */
// oxfmt-ignore
const NETWORKS: readonly (readonly [kinds: string, ...addresses: readonly string[]])[] = [
  ['own machine',   '0.0.0.0', '0.255.255.255', '127.0.0.0', '127.255.255.255', '::', '::1', '::ffff:127.0.0.1', '::ffff:0.0.0.1'],
  ['own',           '10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255', '100.64.0.0', '100.127.255.255',
                    '224.0.0.0', '255.255.255.255', '::2', '::ffff:ffff', 'fc00::', 'fdff:ffff::', 'fe80::', 'febf:ffff::', 'ff00::', 'ffff::', '::ffff:10.0.0.1',
                    '64:ff9b::7f00:0', '64:ff9b::7fff:ffff', '64:ff9b::a00:0', '64:ff9b::aff:ffff', '64:ff9b::ac10:0', '64:ff9b::ac1f:ffff',
                    '64:ff9b::c0a8:0', '64:ff9b::c0a8:ffff', '64:ff9b::6440:0', '64:ff9b::647f:ffff'],
  ['own metadata',  '169.254.0.0', '169.254.169.254', '169.254.255.255', '64:ff9b::a9fe:0', '64:ff9b::a9fe:ffff', '100.100.100.200', 'fd00:ec2::254', 'fd20:ce::254',
                    '::ffff:169.254.169.254'],
  ['metadata',      '168.63.129.16', '192.0.0.192'],
  ['',              '1.0.0.0', '9.255.255.255', '11.0.0.0', '126.255.255.255', '128.0.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0',
                    '169.253.255.255', '169.255.0.0', '100.63.255.255', '100.128.0.0', '223.255.255.255', '168.63.129.15', '168.63.129.17', '192.0.0.191', '192.0.0.193',
                    '0:0:0:0:0:1::', 'fbff:ffff::', 'fe00::', 'fe7f:ffff::', 'fec0::', 'feff::', '2001:db8::1', '64:ff9b::7eff:ffff', '64:ff9b::8000:0',
                    '64:ff9b::9ff:ffff', '64:ff9b::b00:0', '64:ff9b::ac0f:ffff', '64:ff9b::ac20:0', '64:ff9b::c0a7:ffff', '64:ff9b::c0a9:0',
                    '64:ff9b::a9fd:ffff', '64:ff9b::a9ff:0', '64:ff9b::643f:ffff', '64:ff9b::6480:0'],
  ['own',           '100.100.100.199', '100.100.100.201', 'fd00:ec2::253', 'fd00:ec2::255', 'fd20:ce::253', 'fd20:ce::255'],
]

test('addresses are of this machine, of a private network, of a cloud, or public', () => {
  for (const [kinds, ...addresses] of NETWORKS)
    for (const address of addresses)
      expect([address, isPublicAddress(address), isThisMachine(address), isMetadataAddress(address)]).toEqual([
        address,
        !kinds.includes('own'),
        kinds.includes('machine'),
        kinds.includes('metadata'),
      ])
  for (const name of ['localhost', '', '127.0.0', 'a.test'])
    expect([isPublicAddress(name), isThisMachine(name), isMetadataAddress(name)]).toEqual([false, false, false])
})
