import type { Scope, Scopes } from './scopes.ts'

/**
 * Finds out which scope a request belongs to, at the moment when its head is written: a connection may serve several tests one
 * after another, and may have been made by any of them.
 *
 * `node:http` writes in the context of the request. undici may write when a socket has become free, in the context of whoever freed
 * it; but it publishes when a request is created and when its head is sent.
 */
export class Attribution {
  readonly #scopes: Scopes
  readonly #byRequest = new WeakMap<object, Scope | 'unknown'>()
  readonly #bySocket = new WeakMap<object, Scope | 'unknown'>()
  /** Origins of requests that could be of several tests, each told once. */
  readonly #told = new Set<string>()
  readonly #onAmbiguous: (origin: string) => void

  /** @param onAmbiguous called with the origin of a request that could be of several tests. */
  constructor(scopes: Scopes, onAmbiguous: (origin: string) => void) {
    this.#scopes = scopes
    this.#onAmbiguous = onAmbiguous
  }

  /** Listens to undici, all copies of it. Returns what ends it. */
  listen(): () => void {
    const channels = process.getBuiltinModule('node:diagnostics_channel')
    channels.subscribe('undici:request:create', this.#onCreate)
    channels.subscribe('undici:client:sendHeaders', this.#onSend)
    return () => {
      channels.unsubscribe('undici:request:create', this.#onCreate)
      channels.unsubscribe('undici:client:sendHeaders', this.#onSend)
    }
  }

  /** The scope of the request whose head is being written on `socket`; `unknown`: it could be that of several tests. */
  scopeOf(socket: object): Scope | 'unknown' | undefined {
    const announced = this.#bySocket.get(socket)
    this.#bySocket.delete(socket)
    return announced ?? this.#scopes.now
  }

  readonly #onCreate = (message: unknown): void => {
    const { request } = Object(message)
    if (typeof request !== 'object' || request === null) return
    const scope = this.#isFromQueue() ? this.#ambiguous(request) : this.#scopes.now
    if (scope !== undefined) this.#byRequest.set(request, scope)
  }

  readonly #onSend = (message: unknown): void => {
    const { request, socket } = Object(message)
    const scope = typeof request === 'object' && request !== null ? this.#byRequest.get(request) : undefined
    if (scope !== undefined && typeof socket === 'object' && socket !== null) this.#bySocket.set(socket, scope)
  }

  /**
   * Whether a pool with a limit creates a request that has waited in its queue: it does so in the context of the request before.
   * Only the call stack shows it, so it is looked at only where it matters.
   */
  #isFromQueue(): boolean {
    if (!this.#scopes.areSeveral) return false
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = 12
    const { stack = '' } = new Error('only for its stack')
    Error.stackTraceLimit = limit
    return /drain/i.test(stack)
  }

  #ambiguous(request: object): Scope | 'unknown' {
    const origin = String(Reflect.get(request, 'origin'))
    if (!this.#told.has(origin)) this.#onAmbiguous(origin)
    this.#told.add(origin)
    return this.#scopes.ofFile ?? 'unknown'
  }
}
