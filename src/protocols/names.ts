import { LocalProtocolError } from '../errors.ts'
import { parseOrigin } from '../transport.ts'

/** Protocols that can be played by what is said instead of byte for byte. */
export const PROTOCOLS = ['postgres', 'mysql', 'redis', 'smtp', 'mqtt', 'mongodb'] as const

/** A protocol that is not HTTP and has an adapter; see `docs/protocols.md`. */
export type ProtocolName = (typeof PROTOCOLS)[number]

/** What is spoken where: `{ 'db.example:5432': 'postgres' }`. */
export type ProtocolOptions = Readonly<Record<string, ProtocolName>>

export const isProtocolName = (name: unknown): name is ProtocolName => PROTOCOLS.some((known) => known === name)

/** @throws LocalProtocolError `INVALID_OPTION` for a place without a port, or a protocol that is not known. */
export function checkProtocols(protocols: ProtocolOptions | undefined): void {
  if (protocols === undefined) return
  if (typeof protocols !== 'object' || protocols === null || Array.isArray(protocols))
    throw new LocalProtocolError('INVALID_OPTION', "protocols is an object such as { 'db.example:5432': 'postgres' }")
  for (const [place, name] of Object.entries(protocols)) {
    if (parseOrigin(`tcp://${place}`) === undefined || place.includes('/'))
      throw new LocalProtocolError('INVALID_OPTION', `protocols: ${JSON.stringify(place)} is not a host and a port`)
    if (!isProtocolName(name))
      throw new LocalProtocolError(
        'INVALID_OPTION',
        `protocols: ${JSON.stringify(name)} of ${place} is not one of ${PROTOCOLS.join(', ')}`,
      )
  }
}

/** The protocol that is named for an origin such as `tcp://db.example:5432`; `undefined` where none is, and for HTTP. */
export function protocolOf(origin: string, protocols: ProtocolOptions | undefined): ProtocolName | undefined {
  const place = /^(?:tcp|tls):\/\/(.+)$/.exec(origin)?.[1]?.toLowerCase()
  if (place === undefined || protocols === undefined) return undefined
  return Object.entries(protocols).find(([named]) => named.toLowerCase() === place)?.[1]
}
