import type { Socket } from 'node:net'
import type { SecureContext, SecureContextOptions } from 'node:tls'
import { CertificateAuthority } from '../certificates/certificate-authority.ts'
import type { ConnectionInfo } from '../transport.ts'
import type { Destination } from './destination.ts'
import { showTls } from './shown-tls.ts'

/**
 * TLS between a client and the broker. The client speaks real TLS and checks a real certificate; the server's own has been checked
 * before, with the client's own options, when the connection to it was made.
 */
export class TlsSide {
  #made: CertificateAuthority | undefined
  /** Contexts of TLS 1.2, by name. */
  readonly #older = new Map<string, SecureContext>()
  /** Contexts that trust the authority already. */
  readonly #trusting = new WeakSet<object>()

  /**
   * Resolves with the decrypted side of a client's socket, when the handshake is done.
   *
   * @param client the client's own end, which gets to see `info`: what the server agreed to.
   */
  secure(client: Socket, accepted: Socket, { origin, options }: Destination, info: ConnectionInfo): Promise<Socket> {
    // A client that accepts any certificate still asks whether it was a good one.
    if (info.tls?.authorized !== false) this.#makeTrust(client)
    const { TLSSocket: TlsClass } = process.getBuiltinModule('node:tls')
    const { servername } = options
    const name = typeof servername === 'string' && servername !== '' ? servername : origin.host
    showTls(client, name, info)
    const socket = new TlsClass(accepted, {
      isServer: true,
      secureContext: this.#context(name, info.tls?.version),
      ...(info.tls?.alpn === undefined ? {} : { ALPNProtocols: [info.tls.alpn] }),
    })
    return new Promise((resolve, reject) => {
      socket.once('error', reject)
      socket.once('close', () => reject(new Error('the client has left the handshake')))
      socket.once('secure', () => {
        socket.off('error', reject)
        socket.on('error', () => {}) // The client sees how the connection ends.
        resolve(socket)
      })
    })
  }

  /** Speaks the version that the server speaks, and keeps its sessions, so that clients can resume them. */
  #context(name: string, version: string | undefined): SecureContext {
    if (version !== 'TLSv1.2') return this.#authority.context(name)
    const context = this.#older.get(name) ?? createContext({ ...this.#authority.leaf(name), maxVersion: version })
    this.#older.set(name, context)
    return context
  }

  get #authority(): CertificateAuthority {
    this.#made ??= CertificateAuthority.create()
    return this.#made
  }

  /** The context of the client trusts the broker, in addition to whom it trusts. */
  #makeTrust(client: Socket): void {
    const context = property(property(property(client, '_tlsOptions'), 'secureContext'), 'context')
    if (typeof context === 'object' && context !== null && !this.#trusting.has(context)) {
      const add = property(context, 'addCACert')
      if (typeof add === 'function') Reflect.apply(add, context, [this.#authority.cert])
      this.#trusting.add(context)
    }
    // It has compared names, and a pinned certificate, with those of the server. The broker has none that would pass.
    const options = symbolProperty(client, 'connect-options')
    if (typeof options === 'object' && options !== null && 'checkServerIdentity' in options)
      Object.assign(options, { checkServerIdentity: () => undefined })
  }
}

const createContext = (options: SecureContextOptions): SecureContext =>
  process.getBuiltinModule('node:tls').createSecureContext(options)

const property = (object: unknown, name: string): unknown =>
  typeof object === 'object' && object !== null ? Reflect.get(object, name) : undefined

function symbolProperty(object: object, description: string): unknown {
  const symbol = Object.getOwnPropertySymbols(object).find((it) => it.description === description)
  return symbol === undefined ? undefined : Reflect.get(object, symbol)
}
