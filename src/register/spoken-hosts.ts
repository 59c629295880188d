import {
  checkProtocols,
  isProtocolName,
  type ProtocolName,
  type ProtocolOptions,
  PROTOCOLS,
} from '../protocols/names.ts'
import { LocalProtocolError } from '../errors.ts'

/** Hosts that are recorded, and what some of them speak. */
export interface SpokenHosts {
  readonly hosts: readonly string[]
  readonly protocols: ProtocolOptions
}

/**
 * Reads hosts as `wiretape run --host` and `WIRETAPE_HOSTS` name them: `*.example.com`, `db:5432`, and `db:5432=postgres` where the protocol
 * is to be understood.
 *
 * @throws LocalProtocolError `INVALID_OPTION` for a protocol that is not known, or without a port.
 */
export function spokenHosts(given: readonly string[]): SpokenHosts {
  const protocols: Record<string, ProtocolName> = {}
  const hosts = given.map((text) => {
    const [, host = text, protocol] = /^(.*)=([^=]*)$/.exec(text) ?? []
    if (protocol === undefined) return text
    if (!isProtocolName(protocol))
      throw new LocalProtocolError(
        'INVALID_OPTION',
        `${JSON.stringify(text)}: ${JSON.stringify(protocol)} is not one of ${PROTOCOLS.join(', ')}`,
      )
    protocols[host] = protocol
    return host
  })
  checkProtocols(protocols)
  return { hosts, protocols }
}
