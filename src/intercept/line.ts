import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { shownError } from '../client/socket-error.ts'
import { ConnectionError } from '../errors.ts'
import { ServedConnection } from '../listen/served-connection.ts'
import { clearTimeout, setImmediate, setTimeout } from '../timers.ts'
import type { ConnectionInfo, ConnectOptions, Transport } from '../transport.ts'
import type { Attribution } from './attribution.ts'
import type { Broker } from './broker.ts'
import { ClientSide } from './client-side.ts'
import type { ClientLine } from './client-line.ts'
import { type Destination, securedBy } from './destination.ts'
import type { Connect } from './hook.ts'
import { LineTransport } from './line-transport.ts'
import { refusal, RequestHeads } from './request-heads.ts'
import type { Scope } from './scopes.ts'
import { failPendingWrite, isEndOfHandshake, reportAlert } from './shown-failure.ts'
import { showLookup, showPeer, withoutLookup } from './shown-server.ts'
import { optionsUpstream } from './upstream-options.ts'
import type { TlsSide } from './tls-side.ts'
import type { Unanswered } from './unanswered.ts'

/** What all lines of a process share. */
export interface LineParts {
  readonly broker: Broker
  readonly tls: TlsSide
  readonly attribution: Attribution
  readonly unanswered: Unanswered
  /** Called when the line has ended. */
  readonly onOver: (line: ClientLine) => void
}

/**
 * One connection of a client that goes through the broker.
 *
 * The client has a socket of its own, which is connected to the broker on loopback. The broker's end of it is pumped to and from
 * a transport of the scope: a socket to the server that is recorded, or a replay.
 */
export class Line implements ClientLine {
  readonly client: Socket
  readonly destination: Destination
  readonly #parts: LineParts
  readonly #first: Scope | undefined
  readonly #giveUp = new AbortController()
  readonly #heads: RequestHeads
  /** The first connection to the server; `undefined`: whose request comes first is not known yet. */
  readonly #opened: Promise<Transport | undefined>
  /** Resolves when TCP has connected; TLS may follow. */
  readonly #reached: Promise<void>
  #transport: LineTransport | undefined
  #accepted: Socket | undefined
  /** The same, decrypted. */
  #socket: Socket | undefined
  #side: ClientSide | undefined
  /** The client's socket since it has started TLS on a plain one. */
  #secured: TLSSocket | undefined
  /** Heads of requests that were written before there was a transport. */
  readonly #early: [offset: number, meant: Scope | Error][] = []
  /** Keeps the process alive while what a client has written and left is on its way. */
  #hold: ReturnType<typeof setTimeout> | undefined
  #isOver = false

  /** @param scope the one that connects. `undefined`, for HTTP only: that of the first request, not of the code that made the connection. */
  constructor(client: Socket, destination: Destination, scope: Scope | undefined, parts: LineParts) {
    this.client = client
    this.destination = destination
    this.#first = scope
    this.#parts = parts
    this.#heads = new RequestHeads(client, destination, parts, (offset, meant) => this.#mark(offset, meant))
    const opening = scope === undefined ? NOT_OPENED : this.#opening(scope)
    this.#opened = opening.opened
    this.#reached = opening.reached
    // Those who wait for the connection get the reason; perhaps nobody waits.
    this.#reached.catch(() => {})
  }

  /** Connects the client to the broker, once the server has been reached. */
  connect(connect: Connect): void {
    connect(this.#connectOptions())
    // Not before: `connect` takes away whatever hides `write`.
    if (this.#first === undefined) this.#heads.watch(0)
  }

  #connectOptions(): Readonly<Record<PropertyKey, unknown>> {
    const stopWatching = this.#watchClient()
    const options: Record<PropertyKey, unknown> = { ...this.destination.options }
    for (const name of NOT_FOR_LOOPBACK) delete options[name]
    /* A name, so that Node asks for its address: the client's connect cannot be put off, as what it does meanwhile would be lost. */
    Object.assign(options, {
      host: 'server.wiretape',
      port: this.#parts.broker.port,
      family: 4,
      autoSelectFamily: false,
    })
    options['lookup'] = (_name: string, _options: unknown, onFound: OnFound): void => {
      this.#reached.then(
        () => setImmediate(() => this.#onReached(onFound, stopWatching)),
        (error: unknown) => setImmediate(() => this.#refuse(error)),
      )
    }
    return options
  }

  /** The broker has accepted the client's socket. */
  accept(accepted: Socket): void {
    this.#accepted = accepted
    accepted.on('error', () => {}) // The client sees how the connection ends.
    accepted.unref()
    void this.#serve(accepted)
  }

  /** The client starts TLS on its plain socket, as STARTTLS and tunnels do; called before its first words of TLS. */
  onTlsStart(secured: TLSSocket): void {
    if (this.#side === undefined || this.#transport === undefined) return
    this.#secured = secured
    void this.#startTls(secured, this.#side, this.#transport)
  }

  /** The scope's cassette is closed: its part of this connection ends. */
  leave(scope: Scope): void {
    this.#transport?.leave(scope)
    // What is not HTTP has no requests: all of it was of one scope, and ends as if the server had closed it.
    if (!this.#speaksHttp) return this.#first === scope ? this.hangUp() : undefined
    if (this.#parts.unanswered.has(this.client, scope)) this.#destroyClient(refusal('SCOPE_ENDED', scope.title))
  }

  passRest(): void {
    for (const bytes of this.#side?.takeRest() ?? []) this.#transport?.write(bytes)?.catch(() => {})
  }

  /** No scope is left: an idle client gets the end that a server gives to a kept connection. */
  hangUp(): void {
    this.#accepted?.end()
  }

  get #speaksHttp(): boolean {
    return this.destination.origin.protocol.startsWith('http')
  }

  #opening(scope: Scope): { readonly opened: Promise<Transport>; readonly reached: Promise<void> } {
    let onHandshake: (() => void) | undefined
    const handshake = new Promise<void>((resolve) => (onHandshake = resolve))
    const opened = this.#open(scope, onHandshake)
    return { opened, reached: Promise.race([handshake, reachedBy(opened)]) }
  }

  #open(scope: Scope, onHandshake?: () => void): Promise<Transport> {
    const { origin } = this.destination
    const options: ConnectOptions = { ...optionsUpstream(this.destination), signal: this.#giveUp.signal, onHandshake }
    return scope.connector(origin, options)
  }

  /** A client that gives up while it connects ends the attempt. */
  #watchClient(): () => void {
    const onClose = (): void => this.#giveUp.abort(new Error('the client has given up'))
    this.client.once('close', onClose)
    return () => this.client.off('close', onClose)
  }

  #onReached(onFound: OnFound, stopWatching: () => void): void {
    stopWatching()
    const { client } = this
    if (!client.destroyed) showLookup(client, this.destination)
    if (client.destroyed) return this.#over()
    withoutLookup(client, () => onFound(null, '127.0.0.1', 4))
    // The system has given the socket its port by now, though it is not connected yet.
    this.#parts.broker.expect(client.localPort, this)
    showPeer(client, this.destination)
    client.once('close', () => this.#awaitRest())
    if (!this.#speaksHttp || this.#first === undefined) return
    // The head of the first request may have been written while the socket was connecting.
    if (client.bytesWritten > 0) this.#parts.unanswered.asked(client, this.#first)
    this.#heads.watch(client.bytesWritten)
  }

  /** By itself a client may write, leave and end the process: the system sends its last bytes. Here they go through the process. */
  #awaitRest(): void {
    if (!this.#isOver) this.#hold = setTimeout(() => this.#over(), LONGEST_REST)
  }

  #refuse(error: unknown): void {
    this.#over()
    if (!this.client.destroyed) showLookup(this.client, this.destination, error)
    this.#destroyClient(error)
  }

  async #serve(accepted: Socket): Promise<void> {
    try {
      const opened = await this.#opened
      opened?.keepAlive?.(false) // The client's socket does that, if it should.
      showPeer(this.client, this.destination, opened?.info)
      this.#transport = new LineTransport((scope) => this.#open(scope))
      if (this.#first !== undefined && opened !== undefined) this.#transport.begin(this.#first, opened)
      for (const [offset, meant] of this.#early) this.#transport.mark(offset, meant)
      const socket = this.destination.isTls ? await this.#secure(accepted, opened?.info) : accepted
      await this.#pump(socket, accepted, this.#transport)
    } catch (error) {
      await this.#untilConnected()
      this.#failHandshake(accepted, error)
    } finally {
      this.#over()
    }
  }

  #failHandshake(accepted: Socket, error: unknown): void {
    // The client itself makes an error of an end in the handshake.
    if (isEndOfHandshake(error)) accepted.end()
    else this.#destroyClient(error)
  }

  /** A replay may know that TLS fails before the client knows that TCP has connected. */
  async #untilConnected(): Promise<void> {
    const { client } = this
    if (!client.connecting) return
    await new Promise<void>((resolve) => client.once('connect', resolve).once('close', resolve))
  }

  #secure(accepted: Socket, info: ConnectionInfo = {}): Promise<Socket> {
    return this.#parts.tls.secure(this.client, accepted, this.destination, info)
  }

  async #startTls(secured: TLSSocket, side: ClientSide, transport: LineTransport): Promise<void> {
    const plain = side.release()
    const destination = securedBy(this.destination, secured)
    try {
      await transport.startTls(destination.origin, optionsUpstream(destination))
      const socket = await this.#parts.tls.secure(secured, plain, destination, transport.info)
      this.#socket = socket
      side.goOn(socket)
    } catch (error) {
      this.#destroyClient(error)
    }
  }

  async #pump(socket: Socket, carrier: Socket, transport: Transport): Promise<void> {
    this.#socket = socket
    this.#side = new ClientSide(socket)
    const connection = new ServedConnection({
      socket,
      carrier,
      replay: transport,
      answerTo: undefined,
      maxRequestBytes: Infinity,
      onRefused: () => {},
      client: this.#side,
      hasLeft: () => this.#shown.destroyed,
      conclude: (error) => this.#conclude(error),
    })
    await connection.run()
  }

  /** The server's side has failed: the client's socket gets the same failure, after all bytes that came before it. */
  async #conclude(error: unknown): Promise<void> {
    if (error instanceof ConnectionError && error.code.endsWith('_TIMEOUT')) return
    const shown = shownError(error)
    await this.#flushed()
    if (error instanceof ConnectionError && error.code === 'TLS_TRUNCATED') return void this.#accepted?.end()
    if (shown === 'end') return void this.#accepted?.end()
    // A reset that comes with bytes is reported as an end, so it waits for them, too.
    await this.#untilTaken()
    const { code, syscall }: NodeJS.ErrnoException = shown
    // Node reports an alert after the handshake, and leaves it to the end of TCP to end the connection.
    if (reportAlert(this.#shown, shown)) return void this.#accepted?.end()
    // A reset is one: the client's own system reports it.
    if (code === 'ECONNRESET' && syscall === 'read') this.#accepted?.resetAndDestroy()
    else this.#destroyClient(error)
  }

  /** Resolves when all that was written to the client has been handed to the system. */
  async #flushed(): Promise<void> {
    const socket = this.#socket
    if (socket?.writable === true) await new Promise<void>((resolve) => socket.write(NOTHING, () => resolve()))
  }

  /** The socket that the client's code reads and writes. */
  get #shown(): Socket {
    return this.#secured ?? this.client
  }

  /** Resolves when the client has read all that was written to it, or reads no more. */
  async #untilTaken(): Promise<void> {
    const sent = this.#socket?.bytesWritten ?? 0
    const client = this.#shown
    for (let turn = 0; turn < MOST_TURNS && !client.destroyed; turn++) {
      if (client.bytesRead >= sent) return
      await new Promise((resolve) => (turn < QUICK_TURNS ? setImmediate(resolve) : setTimeout(resolve, 1)))
    }
  }

  #destroyClient(error: unknown): void {
    const client = this.#shown
    const shown = shownError(error)
    if (shown === 'end') client.destroy()
    else if (!failPendingWrite(client, shown)) client.destroy(shown)
  }

  #mark(offset: number, meant: Scope | Error): void {
    if (this.#transport === undefined) this.#early.push([offset, meant])
    else this.#transport.mark(offset, meant)
  }

  #over(): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#hold)
    this.#parts.onOver(this)
  }
}

/** Milliseconds for which a server may keep back what a client has written before it left. */
const LONGEST_REST = 1_000

const NOTHING = Buffer.alloc(0)

const NOT_OPENED: { readonly opened: Promise<undefined>; readonly reached: Promise<void> } = {
  opened: Promise.resolve(undefined),
  reached: Promise.resolve(),
}

/** Where only TLS has failed, TCP had connected: a replay does not say so before. */
async function reachedBy(opened: Promise<unknown>): Promise<void> {
  try {
    await opened
  } catch (error) {
    if (!(error instanceof ConnectionError) || error.phase !== 'tls') throw error
  }
}

type OnFound = (error: null, address: string, family: number) => void

/** Options of the client that are about its real connection; the recorder's socket gets them instead. */
const NOT_FOR_LOOPBACK = ['path', 'localAddress', 'localPort', 'hints', 'timeout'] as const

const QUICK_TURNS = 50
const MOST_TURNS = 2_000
