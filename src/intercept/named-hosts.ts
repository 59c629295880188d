import { LocalProtocolError } from '../errors.ts'
import type { Origin } from '../transport.ts'

/** Says whether a connection is to one of the hosts. */
export type IsNamed = (origin: Origin) => boolean

/**
 * Parses `ignoreHosts` and the like: names and addresses (case does not matter), IPv6 with or without brackets, `host:port`, and a `*` at the beginning or
 * the end for any text there. A regular expression has to match the whole host, without the port: `/example\.com/` does not take
 * `example.com.evil.test`.
 *
 * @param option for the error.
 * @throws LocalProtocolError `INVALID_OPTION` for text that cannot be a host.
 */
export function namedHosts(option: string, patterns: readonly (string | RegExp)[]): IsNamed {
  if (!Array.isArray(patterns))
    throw new LocalProtocolError('INVALID_OPTION', `${option}: not a list: ${JSON.stringify(patterns)}`)
  const tests = patterns.map((pattern) =>
    typeof pattern === 'string' ? hostTest(option, pattern) : regexTest(pattern),
  )
  return (origin) => tests.some((isNamed) => isNamed(origin))
}

function regexTest({ source, flags }: RegExp): IsNamed {
  const whole = new RegExp(`^(?:${source})$`, flags.replaceAll(/[gmy]/g, ''))
  return ({ host }) => whole.test(host)
}

function hostTest(option: string, pattern: string): IsNamed {
  const [, inBrackets, plain, port] = HOST.exec(pattern.toLowerCase()) ?? []
  const isAddress = /^[0-9a-f.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(pattern)
  const name = isAddress ? pattern.toLowerCase() : (inBrackets ?? plain)
  if (name === undefined || name === '' || name === '*')
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `${option}: ${JSON.stringify(pattern)} is not a host; give a name, an address, host:port, or a * at its beginning or end`,
    )
  const isPort = isAddress || port === undefined ? () => true : (asked: number) => asked === Number(port)
  const isName = nameTest(name)
  return ({ host, port: asked }) => isPort(asked) && isName(host.toLowerCase().replaceAll(/^\[|\]$/g, ''))
}

/** An address in brackets, or a name with at most one `*` at either end; then a port. */
const HOST = /^(?:\[([0-9a-f:.]+)\]|(\*?[^\s/:@?#*[\]]+\*?))(?::(\d{1,5}))?$/

function nameTest(name: string): (host: string) => boolean {
  const [anyBefore, anyAfter] = [name.startsWith('*'), name.endsWith('*')]
  const text = name.slice(anyBefore ? 1 : 0, anyAfter ? -1 : undefined)
  if (anyBefore && anyAfter) return (host) => host.includes(text)
  if (anyBefore) return (host) => host.endsWith(text)
  return anyAfter ? (host) => host.startsWith(text) : (host) => host === text
}
