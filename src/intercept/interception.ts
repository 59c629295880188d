import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { connectSocket } from '../client/socket-connector.ts'
import { ConnectionError, WiretapeError } from '../errors.ts'
import { setImmediate } from '../timers.ts'
import { type Connector, formatOrigin, isSecure, type Origin, parseOrigin, PROCESS_CONNECTOR } from '../transport.ts'
import { Attribution } from './attribution.ts'
import { Broker } from './broker.ts'
import type { ClientLine } from './client-line.ts'
import { type Destination, destinationOf, isDirect } from './destination.ts'
import { DirectLine } from './direct-line.ts'
import { emptyAgents, type Escape, Escapes } from './escapes.ts'
import { type Connect, type ConnectCall, type Hook, hookSockets, type Interceptor, sharedPlace } from './hook.ts'
import { Line, type LineParts } from './line.ts'
import { guardWrites, openSockets } from './open-sockets.ts'
import { type Scope, Scopes } from './scopes.ts'
import { TlsSide } from './tls-side.ts'
import { Unanswered } from './unanswered.ts'

/** Brings the connections of a whole process onto the cassettes of its scopes. One in a process. */
export class Interception implements Interceptor {
  readonly scopes = new Scopes()
  readonly #hook: Hook
  readonly #attribution: Attribution
  readonly #unanswered = new Unanswered()
  readonly #lines = new Map<Socket, ClientLine>()
  readonly #byCarrier = new WeakMap<object, ClientLine>()
  /** Sockets that were left alone, since their scopes let them pass. */
  readonly #passed = new WeakSet<object>()
  readonly #escapes = new Escapes(
    (socket) => [this.#passed, this.#known, this.#hook.waiting].some((known) => known.has(socket)),
    (escape) => this.#onEscape(escape),
  )
  /** Sockets of this package. */
  readonly #own = new WeakSet<object>()
  /** Connections that nobody has seen being made, and how much had been written to each when a scope was last opened. */
  readonly #unseen = new Map<Socket, { readonly origin: Origin; written: number }>()
  /** Connections that were let through outside of all tests and files. */
  readonly #outside = new Map<Socket, Destination>()
  /** Every socket that a line was made for. */
  readonly #known = new WeakSet<object>()
  #parts: LineParts | undefined
  #hasAskedProcess = false
  #stopListening: readonly (() => void)[] = []

  private constructor(hook: Hook) {
    this.#hook = hook
    this.#attribution = new Attribution(this.scopes, (origin) => this.#warnOfPool(origin))
  }

  /** The one of this process. */
  static ofProcess(): Interception {
    const known: unknown = Reflect.get(sharedPlace(), INTERCEPTION)
    if (isInterception(known)) return known
    const made = new Interception(hookSockets())
    Object.defineProperty(sharedPlace(), INTERCEPTION, { value: made, configurable: true })
    return made
  }

  /** Catches connections from now on. Resolves when it can. @throws WiretapeError `HOOKED_BEFORE`. */
  async start(): Promise<void> {
    if (this.#hook.isBehind) throw new WiretapeError('HOOKED_BEFORE', 'msw from 3 on, or nock from 15 on')
    this.#parts ??= {
      broker: new Broker(),
      tls: new TlsSide(),
      attribution: this.#attribution,
      unanswered: this.#unanswered,
      onOver: (line) => this.#lines.delete(line.client),
    }
    if (this.#hook.interceptor !== this) {
      this.#hook.interceptor = this
      this.#stopListening = [
        this.#attribution.listen(),
        this.#unanswered.listen(),
        this.#escapes.listen(),
        this.#listenForExit(),
      ]
      emptyAgents()
      this.#hook.unwatched.endIdle()
      Object.defineProperty(globalThis, PROCESS_CONNECTOR, { value: this.#connector, configurable: true })
    }
    await this.#parts.broker.listening
  }

  /** For connections of this package that name no connector: their sockets are not caught. */
  readonly #connector: Connector = async (origin, options) => {
    const destination = plain(origin)
    const scope = this.#scopeFor(destination)
    const decision = scope?.decide(destination) ?? 'pass'
    if (decision === 'pass' || scope === undefined) return connectSocket(origin, options)
    if (decision !== 'take') throw decision
    return scope.connector(origin, options)
  }

  /** Connections may belong to `scope` from now on. */
  open(scope: Scope): void {
    this.scopes.open(scope)
    this.#lookForUnseen()
    if (!scope.isOfFile) return
    // Its client makes another connection, which is seen.
    for (const [socket, destination] of this.#outside) if (scope.decide(destination) === 'take') socket.destroy()
  }

  /** The cassette of `scope` is closed. */
  close(scope: Scope): void {
    for (const [socket, unseen] of this.#unseen) {
      // TLS that was started on a socket writes behind its back.
      const hasWritten = socket.bytesWritten > unseen.written
      if (hasWritten && this.#scopeFor(plain(unseen.origin)) === scope) this.#noteEscape(scope, unseen.origin)
    }
    this.scopes.close(scope)
    for (const line of this.#lines.values()) line.leave(scope)
    if (this.scopes.isEmpty) this.#stop()
  }

  onConnect(socket: Socket, call: ConnectCall, connect: Connect): boolean {
    const destination = destinationOf(socket, call)
    if (destination === undefined) this.#own.add(socket)
    if (destination === undefined || this.#parts === undefined) return false
    const waiting = call.isUndici ? this.#attribution.scopeWaitingFor(formatOrigin(destination.origin)) : undefined
    const scope = waiting ?? this.#scopeFor(destination)
    if (scope === undefined && this.#hook.openProcess !== undefined && !this.#hasAskedProcess) {
      this.#askProcess(this.#hook.openProcess, socket, call, connect)
      return true
    }
    if (scope === undefined)
      return this.#refuse(socket, new ConnectionError('SCOPE_UNKNOWN', 'tcp', destination.origin.host))
    if (scope.isEnded) return this.#takeLate(socket, destination, scope, connect, this.#parts)
    const decision = scope.decide(destination)
    if (decision === 'pass') {
      this.#letThrough(socket, destination, scope)
      return false
    }
    if (decision !== 'take') return this.#refuse(socket, decision)
    this.#take(socket, destination, scope, connect, this.#parts)
    return true
  }

  /**
   * The context belongs to an ended test, but the request may not: a pool connects for a waiting request in the context of the request
   * that had a connection before. So the request decides, if other tests are open.
   */
  #takeLate(socket: Socket, destination: Destination, scope: Scope, connect: Connect, parts: LineParts): boolean {
    const isHttp = destination.origin.protocol.startsWith('http')
    if (isHttp && !this.scopes.isEmpty && scope.decide(destination) === 'take') {
      this.#take(socket, destination, undefined, connect, parts)
      return true
    }
    scope.noteLate(destination.origin.host)
    return this.#refuse(socket, new ConnectionError('SCOPE_ENDED', 'tcp', scope.title))
  }

  onTlsStart(socket: TLSSocket): void {
    // A socket that speaks TLS from the beginning is the line's own.
    const carrier: unknown = Reflect.get(socket, '_parent')
    if (carrier instanceof Object) this.#byCarrier.get(carrier)?.onTlsStart(socket)
  }

  /** A pool may outlive a test, and what is not HTTP cannot be told apart request by request: it is the file's, if there is one. */
  #scopeFor({ origin }: Destination): Scope | undefined {
    const { now, ofFile } = this.scopes
    if (origin.protocol !== 'tcp' && origin.protocol !== 'tls') return now
    return ofFile === undefined || ofFile.isOutside === true ? now : ofFile
  }

  #letThrough(socket: Socket, destination: Destination, { isOutside = false }: Scope): void {
    this.#passed.add(socket)
    if (!isOutside) return
    this.#outside.set(socket, destination)
    socket.once('close', () => this.#outside.delete(socket))
  }

  #take(socket: Socket, destination: Destination, scope: Scope | undefined, connect: Connect, parts: LineParts): void {
    this.#known.add(socket)
    if (destination.isOfStream === true) refuseHttp2(socket, destination)
    if (scope?.recordsSockets === true && isDirect(destination))
      return this.#add(new DirectLine(socket, destination, scope, parts)).connect(connect)
    const line = this.#add(new Line(socket, destination, scope, parts))
    if (parts.broker.port !== 0) return line.connect(connect)
    // As Node does it: whatever the client writes or ends meanwhile waits for `connect`.
    Object.assign(socket, { connecting: true })
    void goOnAfter(parts.broker.listening, socket, () => line.connect(connect))
  }

  #add<Made extends ClientLine>(line: Made): Made {
    this.#lines.set(line.client, line)
    this.#byCarrier.set(line.client, line)
    return line
  }

  /** Outside all tests there is the cassette of the process, if it has one. */
  #askProcess(open: () => Promise<void>, socket: Socket, call: ConnectCall, connect: Connect): void {
    this.#hook.waiting.add(socket)
    Object.assign(socket, { connecting: true })
    void goOnAfter(open(), socket, () => {
      this.#hasAskedProcess = true
      if (!this.onConnect(socket, call, connect)) connect(call.options)
    })
  }

  #refuse(socket: Socket, error: Error): boolean {
    Object.assign(socket, { connecting: true })
    setImmediate(() => socket.destroy(error))
    return true
  }

  /** Before anybody writes down what has passed. */
  #listenForExit(): () => void {
    const onExit = (): void => {
      for (const line of this.#lines.values()) line.passRest?.()
    }
    process.prependListener('exit', onExit)
    return () => process.off('exit', onExit)
  }

  #stop(): void {
    this.#hook.interceptor = undefined
    Object.defineProperty(globalThis, PROCESS_CONNECTOR, { value: undefined, configurable: true })
    for (const stop of this.#stopListening) stop()
    this.#stopListening = []
    for (const line of this.#lines.values()) line.hangUp()
  }

  #onEscape({ socket, origin }: Escape): void {
    const parsed = parseOrigin(origin)
    const scope = this.scopes.now
    if (parsed === undefined || scope === undefined) return
    const error = this.#noteEscape(scope, parsed)
    if (error === undefined) return
    const destroy: unknown = Reflect.get(socket, 'destroy')
    if (typeof destroy === 'function') Reflect.apply(destroy, socket, [error])
  }

  /** Something is written to a connection that is not known. Returns the error for its client, if the scope would have taken it. */
  #noteEscape(scope: Scope, origin: Origin): Error | undefined {
    if (scope.decide(plain(origin)) === 'pass') return undefined
    const error = new ConnectionError('SOCKET_ESCAPED', 'open', formatOrigin(origin))
    scope.noteEscape(error)
    return error
  }

  /** Drivers of databases publish nothing, so their connections are looked for when a scope is opened. */
  #lookForUnseen(): void {
    for (const { socket, origin } of openSockets()) {
      const known = this.#unseen.get(socket)
      if (known !== undefined) known.written = socket.bytesWritten
      else if (![this.#passed, this.#known, this.#own].some((seen) => seen.has(socket)))
        this.#watchUnseen(socket, origin)
    }
  }

  #watchUnseen(socket: Socket, origin: Origin): void {
    this.#unseen.set(socket, { origin, written: socket.bytesWritten })
    socket.once('close', () => this.#unseen.delete(socket))
    guardWrites(socket, () => {
      // The context may still name a scope that has ended.
      if (this.scopes.isEmpty) return true
      const scope = this.#scopeFor(plain(origin))
      const error = scope && this.#noteEscape(scope, origin)
      if (error !== undefined) setImmediate(() => socket.destroy(error))
      return error === undefined
    })
  }

  #warnOfPool(origin: string): void {
    process.emitWarning(
      `requests to ${origin} wait in a queue of a pool while several tests are running; they could be from any of these tests and are not sent`,
      { type: 'WiretapeWarning', code: 'SCOPE_UNKNOWN' },
    )
  }
}

/** What a client's connection waits for may fail, such as to listen under `--permission`: the client's socket then gets the reason. */
async function goOnAfter(ready: Promise<void>, socket: Socket, goOn: () => void): Promise<void> {
  try {
    await ready
    if (!socket.destroyed) goOn()
  } catch (error) {
    socket.destroy(error instanceof Error ? error : new Error(String(error)))
  }
}

/** undici's client of HTTP/2 without TLS says only after it has begun to connect that it uses the handle of its socket, where it is not seen. */
function refuseHttp2(socket: Socket, { origin }: Destination): void {
  socket.once('connect', () => {
    if (Reflect.get(socket, 'alpnProtocol') !== 'h2') return
    socket.destroy(new ConnectionError('HTTP2_ONLY', 'tcp', `${formatOrigin(origin)}; use undici's other clients`))
  })
}

/** A destination of which only the origin is known. */
const plain = (origin: Origin): Destination => ({
  origin,
  path: undefined,
  isTls: isSecure(origin),
  offers: [],
  options: {},
})

const INTERCEPTION = Symbol.for('wiretape.interception')

/** Another copy of this package has a class of its own. */
const isInterception = (value: unknown): value is Interception =>
  typeof value === 'object' && value !== null && 'scopes' in value
