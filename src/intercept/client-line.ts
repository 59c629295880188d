import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Scope } from './scopes.ts'

/** One connection of a client that is recorded or replayed. */
export interface ClientLine {
  readonly client: Socket
  /** The client starts TLS on its plain socket, as STARTTLS and tunnels do; called before its first words of TLS. */
  onTlsStart(secured: TLSSocket): void
  /** The scope's cassette is closed: its part of this connection ends. */
  leave(scope: Scope): void
  /** No scope is left: an idle client gets the end that a server gives to a kept connection. */
  hangUp(): void
  /** The process ends now: passes on what the client has written and the system has, without waiting. */
  passRest?(): void
}
