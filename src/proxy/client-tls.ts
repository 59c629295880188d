import type { Socket } from 'node:net'
import { TLSSocket, type TLSSocketOptions } from 'node:tls'
import type { CertificateAuthority } from '../certificates/certificate-authority.ts'
import { isSubjectName } from '../certificates/subject-names.ts'
import { ServeRefusal } from '../listen/refusal.ts'
import { clearTimeout, setTimeout } from '../timers.ts'

/** A client over TLS. */
export interface SecureClient {
  readonly socket: TLSSocket
  /** The name that it asked for, if it is one. */
  readonly servername: string | undefined
  /** What was agreed on, if the client offered anything. `h2` only if it offered nothing of HTTP/1. */
  readonly alpn: string | undefined
}

/**
 * Takes a client's TLS handshake, with a certificate for the name that it asks for, or else for `host`.
 *
 * @throws ServeRefusal `TLS_FAILED` if the handshake fails; the client has gone then.
 */
export function acceptTls(
  carrier: Socket,
  host: string,
  authority: CertificateAuthority,
  limit: number | undefined,
): Promise<SecureClient> {
  let servername: string | undefined
  let alpn: string | undefined
  const options: TLSSocketOptions & AlpnOption = {
    isServer: true,
    secureContext: authority.context(host),
    SNICallback: (name, done) => {
      if (!isSubjectName(name)) return done(null)
      servername = name.toLowerCase()
      done(null, authority.context(name))
    },
    ALPNCallback: ({ protocols }) => {
      alpn = chosen(protocols)
      return alpn
    },
  }
  const socket = new TLSSocket(carrier, options)
  return new Promise((resolve, reject) => {
    const timer = limit === undefined ? undefined : setTimeout(() => fail(`it took ${limit} ms`), limit)
    const fail = (reason: string): void => {
      settle()
      // It may fail again while it closes.
      socket.on('error', () => {})
      socket.destroy()
      carrier.destroy()
      reject(new ServeRefusal('TLS_FAILED', 400, `with the client, for ${servername ?? host}: ${reason}`))
    }
    const onSecure = (): void => {
      settle()
      resolve({ socket, servername, alpn })
    }
    const onError = (error: NodeJS.ErrnoException): void => fail(reasonOf(error))
    const onClose = (): void => fail(DISTRUST)
    // Nothing can be read before the handshake is over, so this is the end.
    const onReadable = (): void => {
      if (socket.readableLength === 0) onClose()
    }
    const settle = (): void => {
      if (timer !== undefined) clearTimeout(timer)
      socket.off('secure', onSecure).off('error', onError).off('close', onClose).off('readable', onReadable)
    }
    socket.on('secure', onSecure).on('error', onError).on('close', onClose).on('readable', onReadable)
  })
}

/** Node 20.4 has it, the types of Node 20 do not. */
interface AlpnOption {
  readonly ALPNCallback: (offer: { readonly protocols: readonly string[] }) => string | undefined
}

/** HTTP/1 where it is offered. A protocol that is not HTTP is taken as it is. */
function chosen(protocols: readonly string[]): string | undefined {
  return ['http/1.1', 'http/1.0', 'h2'].find((name) => protocols.includes(name)) ?? protocols[0]
}

/** Clients that do not trust a certificate say so with an alert, or just leave. */
function reasonOf(error: NodeJS.ErrnoException): string {
  const isDistrust = /unknown ca|certificate|ECONNRESET|EPIPE|unexpected eof/i.test(`${error.code} ${error.message}`)
  return isDistrust ? `${DISTRUST} (${error.code ?? error.message})` : error.message
}

const DISTRUST =
  'the client does not trust the certificate: let it trust the authority of this proxy, see docs/languages.md'
