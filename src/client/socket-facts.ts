import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import { ConnectionError, type ErrorCode, type Phase } from '../errors.ts'
import { type ConnectionInfo, formatOrigin, type Origin } from '../transport.ts'

/** Whether it speaks TLS. */
export const isTls = (socket: Duplex): socket is TLSSocket => 'encrypted' in socket && socket.encrypted === true

/** The error of a connection that was not made. */
export function failedConnect(error: NodeJS.ErrnoException, phase: Phase, origin: Origin): ConnectionError {
  const isLookup = error.syscall === 'getaddrinfo' || error.syscall?.startsWith('query') === true
  const code: ErrorCode = isLookup ? 'DNS_FAILED' : phase === 'tls' ? 'TLS_FAILED' : 'CONNECT_FAILED'
  return new ConnectionError(code, isLookup ? 'dns' : phase, `${formatOrigin(origin)}, ${describe(error)}`, {
    cause: error,
    systemCode: error.code,
    socketError: error,
  })
}

/** The error of a connection that has failed. @param socketError what a socket reports to its user. */
export function lostConnection(error: NodeJS.ErrnoException, socketError: Error | 'end'): ConnectionError {
  return new ConnectionError('CONNECTION_LOST', 'open', describe(error), {
    cause: error,
    systemCode: error.code,
    socketError,
  })
}

/** An AggregateError (one failure for each address that was tried) has no message of its own. */
const describe = (error: NodeJS.ErrnoException): string =>
  error.message === '' ? (error.code ?? error.name) : error.message

/** What is known of a socket that has connected. */
export function connectionInfo(socket: Socket): ConnectionInfo {
  const { remoteAddress, remotePort, localAddress, localPort } = socket
  const addresses = { remoteAddress, remotePort, localAddress, localPort }
  if (!isTls(socket)) return addresses
  const alpn = socket.alpnProtocol
  const problem: unknown = socket.authorizationError
  const subject = unusualSubject(socket)
  return {
    ...addresses,
    tls: {
      version: socket.getProtocol() ?? 'unknown',
      ...(typeof alpn === 'string' ? { alpn } : {}),
      authorized: socket.authorized,
      ...(typeof problem === 'string' ? { problem } : {}),
      ...(subject && { subject }),
    },
    peerCertificate: (detailed) => socket.getPeerCertificate(detailed),
  }
}

/** What the certificate says of its owner, if that is more than the name of the host. */
function unusualSubject(socket: TLSSocket): Readonly<Record<string, string>> | undefined {
  const { subject }: Partial<PeerCertificate> = socket.getPeerCertificate()
  const lines = Object.entries(subject ?? {}).map(([name, value]) => [name, String(value)] as const)
  const isUsual = lines.length === 1 && subject?.CN === socket.servername
  return lines.length === 0 || isUsual ? undefined : Object.fromEntries(lines)
}
