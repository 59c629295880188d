import { isIP, SocketAddress } from 'node:net'
import { LocalProtocolError } from '../errors.ts'
import { element } from './der.ts'

/** Whether a certificate can be for it: a name of the DNS, if need be with `*` in front, or an address. */
export const isSubjectName = (text: string): boolean => asSubjectName(text) !== undefined

/**
 * The name as a certificate has it: in lower case, without the dot at the end, without the zone of an address.
 *
 * @throws LocalProtocolError `INVALID_OPTION` for what is neither a name of the DNS nor an address.
 */
export function subjectName(text: string): string {
  const name = asSubjectName(text)
  if (name !== undefined) return name
  throw new LocalProtocolError('INVALID_OPTION', `no certificate can be made for the name ${JSON.stringify(text)}`)
}

function asSubjectName(text: string): string | undefined {
  const name = text.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  const address = name.replace(/%.*$/, '')
  if (isIP(address) !== 0) return address
  const host = name.replace(/\.$/, '')
  const isName = host.length <= 253 && /^(?:\*\.)?[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/.test(host)
  return isName ? host : undefined
}

/** A GeneralName (RFC 5280 section 4.2.1.6): dNSName or iPAddress. */
export function generalName(name: string): Buffer {
  return isIP(name) === 0 ? element(0x82, Buffer.from(name, 'latin1')) : element(0x87, addressBytes(name))
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  // Node writes it with at most one `::`, and dots only in an IPv4 part.
  const { address: text } = new SocketAddress({ address, family: 'ipv6' })
  const [head = '', tail] = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, dotsToGroups).split('::')
  const [first, last] = [groupsOf(head), groupsOf(tail ?? '')]
  const groups = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last]
  return Buffer.from(groups.flatMap((group) => [group >> 8, group & 0xff]))
}

const groupsOf = (text: string): readonly number[] =>
  text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))

const dotsToGroups = (_: string, a: string, b: string, c: string, d: string): string =>
  [
    [a, b],
    [c, d],
  ]
    .map(([high, low]) => (Number(high) * 256 + Number(low)).toString(16))
    .join(':')
