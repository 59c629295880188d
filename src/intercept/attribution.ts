import { formatOrigin, parseOrigin } from '../transport.ts'
import { objectIn } from './channel-message.ts'
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
  /** Of undici's requests. */
  readonly #byRequest = new WeakMap<object, Meant>()
  /** Of the request whose head is about to be written. */
  readonly #bySocket = new WeakMap<object, Meant>()
  /** undici's requests that wait for a connection, by origin. */
  readonly #waiting = new Map<string, Set<object>>()
  /** Origins of requests that could be of several tests, each told once. */
  readonly #told = new Set<string>()
  readonly #onAmbiguous: (origin: string) => void
  readonly #channels: Readonly<Record<string, (message: unknown) => void>> = {
    'undici:request:create': (message) => this.#onCreate(message),
    'undici:client:sendHeaders': (message) => this.#onSend(message),
    'undici:request:error': (message) => this.#noLongerWaits(objectIn(message, 'request')),
  }

  /** @param onAmbiguous called with the origin of a request that could be of several tests. */
  constructor(scopes: Scopes, onAmbiguous: (origin: string) => void) {
    this.#scopes = scopes
    this.#onAmbiguous = onAmbiguous
  }

  /** Listens to undici, all copies of it. Returns what ends it. */
  listen(): () => void {
    const { subscribe, unsubscribe } = process.getBuiltinModule('node:diagnostics_channel')
    for (const [name, listener] of Object.entries(this.#channels)) subscribe(name, listener)
    return () => {
      for (const [name, listener] of Object.entries(this.#channels)) unsubscribe(name, listener)
      this.#waiting.clear()
    }
  }

  /**
   * The scope of the request whose head is being written on `socket`; `unknown`: it could be that of several tests. `undefined` if nothing
   * is open.
   */
  scopeOf(socket: object): Meant | undefined {
    const announced = this.#bySocket.get(socket)
    this.#bySocket.delete(socket)
    return announced ?? this.#scopes.now ?? (this.#scopes.isEmpty ? undefined : 'unknown')
  }

  /** The scope of the first request that waits for a connection of undici to `origin`: a pool may connect in the context of another one. */
  scopeWaitingFor(origin: string): Scope | undefined {
    for (const request of this.#waiting.get(origin) ?? []) {
      const scope = this.#byRequest.get(request)
      if (scope !== undefined && scope !== 'unknown') return scope
    }
    return undefined
  }

  #onCreate(message: unknown): void {
    const request = objectIn(message, 'request')
    if (request === undefined) return
    const scope = this.#isFromQueue() ? this.#ambiguous(request) : this.#scopes.now
    if (scope === undefined) return
    this.#byRequest.set(request, scope)
    const origin = originOf(request)
    const waiting = this.#waiting.get(origin) ?? new Set()
    this.#waiting.set(origin, waiting.add(request))
  }

  #onSend(message: unknown): void {
    const [request, socket] = [objectIn(message, 'request'), objectIn(message, 'socket')]
    if (request === undefined) return
    this.#noLongerWaits(request)
    const scope = this.#byRequest.get(request)
    if (scope !== undefined && socket !== undefined) this.#bySocket.set(socket, scope)
  }

  #noLongerWaits(request: object | undefined): void {
    if (request !== undefined) this.#waiting.get(originOf(request))?.delete(request)
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
    // Names of functions, and not of files.
    return stack.split('\n').some((line) => /drain/i.test(/^ +at (.+?) \(/.exec(line)?.[1] ?? ''))
  }

  #ambiguous(request: object): Meant {
    const origin = originOf(request)
    if (!this.#told.has(origin)) this.#onAmbiguous(origin)
    this.#told.add(origin)
    return this.#scopes.ofFile ?? 'unknown'
  }
}

/** A scope; or that a request could be of several tests. */
type Meant = Scope | 'unknown'

/** `https://example.com`, as `formatOrigin` writes it. */
function originOf(request: object): string {
  const text = String(Reflect.get(request, 'origin'))
  const origin = parseOrigin(text)
  return origin === undefined ? text : formatOrigin(origin)
}
