import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { CassetteError } from '../errors.ts'
import type { ConnectionInfo } from '../transport.ts'

/** Makes a client that speaks TLS with the broker see the server's certificate, and what was wrong with it. */
export function showTls(client: Socket, host: string, { tls, peerCertificate }: ConnectionInfo): void {
  const show = (name: string, descriptor: PropertyDescriptor): void =>
    void Object.defineProperty(client, name, { configurable: true, ...descriptor })
  const original: unknown = Reflect.get(client, 'getPeerCertificate')
  if (typeof original !== 'function') return
  const own = (detailed: boolean): object => Object(Reflect.apply(original, client, [detailed]))
  const shown = (detailed: boolean): object =>
    peerCertificate?.(detailed) ?? replayedCertificate(own(detailed), tls?.subject ?? { CN: host }, host)
  show('getPeerCertificate', {
    writable: true,
    // There is none to be seen in a session that was resumed.
    value: (detailed?: boolean): object => (isReused(client) ? own : shown)(detailed ?? false),
  })
  const { problem } = tls ?? {}
  // The client sets it by itself, to what is wrong with the broker's certificate.
  if (problem !== undefined) show('authorizationError', { get: () => problem, set: () => {} })
}

const isReused = (client: Socket): boolean =>
  'isSessionReused' in client && typeof client.isSessionReused === 'function' && client.isSessionReused() === true

/** The broker's certificate in the name of the server. What only the server's own can tell is refused, or a pinned key would seem to have changed. */
function replayedCertificate(broker: object, subject: Readonly<Record<string, string>>, host: string): object {
  if (!('subject' in broker)) return broker
  const shown = { ...broker, subject: { ...subject } }
  for (const name of OF_THE_KEY)
    Object.defineProperty(shown, name, {
      configurable: true,
      get: () => {
        throw new CassetteError('CERTIFICATE_NOT_RECORDED', `${name} of ${host}`)
      },
    })
  return shown
}

const OF_THE_KEY = [
  'fingerprint',
  'fingerprint256',
  'fingerprint512',
  'pubkey',
] as const satisfies readonly (keyof ReturnType<TLSSocket['getPeerCertificate']>)[]
