import { isIP } from 'node:net'
import { isSubjectName } from '../certificates/subject-names.ts'

/** Where a client of a proxy wants to be connected to. */
export interface Target {
  /** A name in lower case, or an address without brackets. */
  readonly host: string
  readonly port: number
}

/** The target of CONNECT: a host and a port, which is never left out (RFC 9110 section 9.3.6). `undefined` for anything else. */
export function targetOf(authority: string): Target | undefined {
  const [, inBrackets, plain = '', digits = ''] =
    /^(?:\[([0-9a-f:.]+)\]|([^\s:@/?#[\]]+)):(\d{1,5})$/i.exec(authority) ?? []
  const port = Number(digits)
  const host = (inBrackets ?? plain).toLowerCase().replace(/\.$/, '')
  if (digits === '' || port < 1 || port > 65_535) return undefined
  if (inBrackets !== undefined && isIP(host) !== 6) return undefined
  return isSubjectName(host) && !host.startsWith('*') ? { host, port } : undefined
}

/** `[::1]:443`. */
export const formatTarget = ({ host, port }: Target): string => `${host.includes(':') ? `[${host}]` : host}:${port}`
