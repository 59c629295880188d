/**
 * The two methods of Node through which every socket of a client goes. START HERE for how an unchanged program is recorded.
 *
 * This file is all that a process under `wiretape/register` loads before its first connection, so it imports nothing that Node
 * has not loaded itself.
 */
import type * as Net from 'node:net'
import type * as Tls from 'node:tls'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

/** The arguments of `socket.connect`, in one form. */
export interface ConnectCall {
  /** As the client gave them; they are never changed. */
  readonly options: Readonly<Record<PropertyKey, unknown>>
  readonly onConnect: (() => void) | undefined
  /** Whether undici has announced this connection: its options do not tell. */
  readonly isUndici: boolean
}

/** Connects a client's socket, with its own options or others. */
export type Connect = (options: Readonly<Record<PropertyKey, unknown>>) => void

/** Decides about sockets. */
export interface Interceptor {
  /**
   * A client connects. Returns `false` to leave it alone; or `true`, and calls `connect` itself, now or later, with other options.
   */
  onConnect(socket: Socket, call: ConnectCall, connect: Connect): boolean
  /** A client is about to say its first words of TLS. */
  onTlsStart(socket: TLSSocket): void
}

/** One in a process, whatever number of copies of this package it has loaded. */
export interface Hook {
  interceptor: Interceptor | undefined
  /** Whether another library had put a `connect` in the place of Node's, and will not lead to ours what it lets pass. */
  readonly isBehind: boolean
  /** Sockets whose `connect` is put off until the cassette is open: they are seen, though no interceptor has them yet. */
  readonly waiting: WeakSet<object>
  /** Connections of undici that were made while there was no interceptor. */
  readonly unwatched: Unwatched
  /** Opens the cassette of the whole process, where `wiretape/register` was given one. */
  openProcess?: () => Promise<void>
}

/**
 * What every copy of this package in a process shares: a test runner may load it once for each of its realms, with a global object of its
 * own, while Node's modules are the same for all. Keys are registered symbols.
 */
export const sharedPlace = (): object => process.getBuiltinModule('node:net').Socket

const HOOK = Symbol.for('wiretape.hook')

/**
 * Hooks Node's sockets, once a process. Without an interceptor nothing changes.
 *
 * The hook stays to the end of the process: other libraries wrap the same methods, and restoring an older method would
 * take theirs away.
 */
export function hookSockets(): Hook {
  const place = sharedPlace()
  const known: unknown = Reflect.get(place, HOOK)
  if (isHook(known)) return known
  const { Socket: SocketClass } = process.getBuiltinModule('node:net')
  const hook: Hook = {
    interceptor: undefined,
    isBehind: isOfMocks(Reflect.get(SocketClass.prototype, 'connect')),
    waiting: new WeakSet(),
    unwatched: new Unwatched(),
  }
  Object.defineProperty(place, HOOK, { value: hook })
  const { TLSSocket: TlsClass } = process.getBuiltinModule('node:tls')
  listenToUndici()
  hook.unwatched.listen(() => hook.interceptor === undefined)
  wrapConnect(SocketClass.prototype, hook)
  wrapStart(TlsClass.prototype, hook)
  return hook
}

/** `host:port` of the connection that undici, or the `fetch` of Node, is about to make. */
let announced: string | undefined

/** Every copy of undici says in the same turn, and just before, where it connects. */
function listenToUndici(): void {
  process.getBuiltinModule('node:diagnostics_channel').subscribe('undici:client:beforeConnect', (message) => {
    const { hostname, port, protocol } = Object(Reflect.get(Object(message), 'connectParams'))
    announced = `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
  })
}

/**
 * Connections that undici makes between two cassettes, also by itself after a request was aborted. On these a request of the next cassette
 * would be refused.
 */
export class Unwatched {
  readonly #sockets = new Set<Socket>()
  readonly #socketOf = new WeakMap<object, Socket>()
  readonly #busy = new WeakMap<Socket, number>()

  /** @param isMeant whether what connects now is to be noted. */
  listen(isMeant: () => boolean): void {
    const channels = process.getBuiltinModule('node:diagnostics_channel')
    channels.subscribe('undici:client:connected', (message) => {
      const { socket } = Object(message)
      if (!isMeant()) return
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    channels.subscribe('undici:client:sendHeaders', (message) => {
      const { request, socket } = Object(message)
      if (!this.#sockets.has(socket)) return
      this.#socketOf.set(request, socket)
      this.#busy.set(socket, (this.#busy.get(socket) ?? 0) + 1)
    })
    for (const end of ['undici:request:trailers', 'undici:request:error'])
      channels.subscribe(end, (message) => this.#onEnd(Object(message).request))
  }

  /** Ends those that have no request: a pool connects again for the next one. */
  endIdle(): void {
    for (const socket of this.#sockets) if ((this.#busy.get(socket) ?? 0) === 0) socket.destroy()
  }

  #onEnd(request: object): void {
    const socket = this.#socketOf.get(request)
    if (socket === undefined) return
    this.#socketOf.delete(request)
    this.#busy.set(socket, (this.#busy.get(socket) ?? 1) - 1)
  }
}

/** Where undici has sockets that are mocked: what is let pass on one that is kept comes on a new one, and undici does not know of it. */
const mocked = new Set<string>()

function isAnnounced({ host, port }: Readonly<Record<PropertyKey, unknown>>): boolean {
  const place = `${String(host)}:${String(port)}`
  const isIt = announced === place || (announced === undefined && mocked.has(place))
  announced = undefined
  return isIt
}

function wrapConnect(prototype: Net.Socket, hook: Hook): void {
  const original: Function = Reflect.get(prototype, 'connect')
  const connect = function (this: Socket, ...args: readonly unknown[]): unknown {
    const { interceptor } = hook
    if (announced !== undefined && isMocked(this)) mocked.add(announced)
    const call =
      interceptor === undefined || (isMocked(this) && isMockConnect(args)) ? undefined : readConnectCall(args)
    if (interceptor === undefined || call === undefined) return Reflect.apply(original, this, args)
    const proceed: Connect = (options) => {
      Reflect.apply(original, this, [options, ...(call.onConnect === undefined ? [] : [call.onConnect])])
    }
    return interceptor.onConnect(this, call, proceed) ? this : Reflect.apply(original, this, args)
  }
  Object.defineProperty(prototype, 'connect', { value: connect, writable: true, configurable: true, enumerable: true })
}

/**
 * msw 3 and nock 15 connect each socket twice. The first time it has their mark: it is one that they answer themselves, or that nobody has
 * decided about. What they let pass comes on a socket of its own.
 */
export const isMocked = (socket: object): boolean =>
  Object.getOwnPropertySymbols(socket).some(({ description }) => description === MOCKED)

/** Where such a socket does connect, as that of their own `fetch`, it has its client's options. */
function isMockConnect(args: readonly unknown[]): boolean {
  const [options]: readonly unknown[] = Array.isArray(args[0]) ? args[0] : args
  const lookup: unknown = Reflect.get(Object(options), 'lookup')
  return typeof lookup === 'function' && lookup.name === 'mockLookup'
}

/** Nothing else shows whose function it is. */
const isOfMocks = (connect: Function): boolean => Function.prototype.toString.call(connect).includes(MOCKED)

const MOCKED = 'kPatched'

/** Undocumented, but unchanged from Node 4 to 26; without it, TLS would only be known from the first bytes. */
function wrapStart(prototype: Tls.TLSSocket, hook: Hook): void {
  const original: unknown = Reflect.get(prototype, '_start')
  if (typeof original !== 'function') return
  const start = function (this: TLSSocket): unknown {
    // It is called again once the socket has connected.
    if (!this.connecting) hook.interceptor?.onTlsStart(this)
    return Reflect.apply(original, this, [])
  }
  Object.defineProperty(prototype, '_start', { value: start, writable: true, configurable: true, enumerable: true })
}

/**
 * Reads `(options, listener)`, `(port, host, listener)`, `(path, listener)`, and the array that `net.connect` makes of them.
 *
 * Returns `undefined` for what Node will refuse.
 */
export function readConnectCall(args: readonly unknown[]): ConnectCall | undefined {
  const [first, second] = args
  if (Array.isArray(first)) return readConnectCall(first)
  const last = args.findLast((arg) => typeof arg === 'function')
  const onConnect = isListener(last) ? last : undefined
  if (typeof first === 'object' && first !== null) {
    const options: Readonly<Record<PropertyKey, unknown>> = { ...first }
    return { options, onConnect, isUndici: isAnnounced(options) }
  }
  if (typeof first === 'string' && !(Number(first) >= 0))
    return { options: { path: first }, onConnect, isUndici: false }
  if (typeof first !== 'string' && typeof first !== 'number') return undefined
  const options = typeof second === 'string' ? { port: first, host: second } : { port: first }
  return { options, onConnect, isUndici: false }
}

const isListener = (value: unknown): value is () => void => typeof value === 'function'

const isHook = (value: unknown): value is Hook => typeof value === 'object' && value !== null && 'interceptor' in value
