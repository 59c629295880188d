import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { shownError } from '../client/socket-error.ts'
import { ConnectionError } from '../errors.ts'
import { setImmediate } from '../timers.ts'
import { formatOrigin, type SegmentReader, type Transport } from '../transport.ts'
import type { ClientLine } from './client-line.ts'
import { type Destination, HTTP1, securedBy } from './destination.ts'
import type { Connect } from './hook.ts'
import { LineTransport } from './line-transport.ts'
import { OwnConnection } from './own-connection.ts'
import { type HeadParts, refusal, RequestHeads } from './request-heads.ts'
import type { Scope } from './scopes.ts'
import { pendingBytes, type Sending, StreamTap, type TapListener } from './stream-tap.ts'
import { optionsUpstream } from './upstream-options.ts'

/** What all direct lines of a process share. */
export interface DirectParts extends HeadParts {
  /** Called when the line has ended. */
  readonly onOver: (line: ClientLine) => void
}

/**
 * One connection of a client to its own server, which is recorded where it is: between the stream of its socket and the system.
 *
 * Nothing is copied to and fro over loopback, and whatever happens to the connection, happens to the client's own socket. A request of
 * another scope goes another way, as on any line: its bytes are taken out of the client's socket, and those of its answer are put in.
 */
export class DirectLine implements ClientLine, TapListener {
  readonly client: Socket
  readonly destination: Destination
  readonly #parts: DirectParts
  readonly #first: Scope
  readonly #giveUp = new AbortController()
  readonly #heads: RequestHeads
  readonly #own: OwnConnection
  readonly #transport: LineTransport
  /** The socket that the client's code reads and writes. */
  #shown: Socket
  #tap: StreamTap | undefined
  /** What the client has written before the connection was open, and Node sends as soon as it has connected. */
  readonly #before: Uint8Array[] = []
  /** A write that waits until the connection is open: it may belong to another scope. */
  #waiting: { readonly bytes: Uint8Array; readonly sending: Sending } | undefined
  #isOpen = false
  /** Whether a request of another scope came before the connection was open. */
  #isOfOthers = false
  /** Whether the client takes no more for now of what does not come from the system. */
  #isFull = false
  /** Whether bytes of the system are being handed on; and then what the client said to them. */
  #isTelling = false
  #takesMore = true
  #isOver = false

  constructor(client: Socket, destination: Destination, scope: Scope, parts: DirectParts) {
    this.client = client
    this.#shown = client
    this.destination = destination
    this.#first = scope
    this.#parts = parts
    this.#transport = new LineTransport((other) => this.#open(other))
    this.#own = new OwnConnection(client, destination.origin, () => this.#tap?.cutOff())
    this.#heads = new RequestHeads(client, destination, parts, (offset, meant) => this.#mark(offset, meant))
  }

  /** Connects the client to its server. */
  connect(connect: Connect): void {
    const { client } = this
    const before = pendingBytes(client)
    if (before !== undefined) this.#before.push(before)
    const connected = this.#own.connected(this.#giveUp.signal)
    connected.catch(() => {})
    connect(this.destination.options)
    this.#tap = new StreamTap(client, this)
    // The head of the first request may have been written already.
    if (before !== undefined) this.#parts.unanswered.asked(client, this.#first)
    // Not before: `connect` takes away whatever hides `write`.
    this.#heads.watch(before?.length ?? 0)
    client.once('close', () => this.#onClose())
    void this.#begin(this.#open(this.#first, () => connected))
  }

  /** From now on the client is seen on the socket that speaks TLS. */
  onTlsStart(secured: TLSSocket): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#shown = secured
    // The handshake would go to the server of the first scope, past the one whose turn it is.
    if (this.#own.isDropped) return this.#destroyClient(refusal('SCOPE_UNKNOWN', formatOrigin(this.destination.origin)))
    this.#tap = new StreamTap(secured, this)
    this.#own.secure(secured)
    void this.#startTls(securedBy(this.destination, secured))
  }

  leave(scope: Scope): void {
    this.#transport.leave(scope)
    if (this.#parts.unanswered.has(this.client, scope)) this.#destroyClient(refusal('SCOPE_ENDED', scope.title))
  }

  hangUp(): void {
    if (this.#isOpen && !this.#shown.destroyed && !this.#shown.readableEnded) this.#tap?.bring(null)
  }

  onReceived(bytes: Buffer | null): boolean {
    this.#isTelling = true
    this.#takesMore = true
    this.#own.tell(bytes)
    this.#isTelling = false
    return this.#takesMore
  }

  onSent(bytes: Uint8Array, sending: Sending): void {
    if (this.#isOpen) return this.#send(bytes, sending)
    if (this.#isOfOthers) return void (this.#waiting = { bytes, sending })
    this.#before.push(new Uint8Array(bytes))
    sending.pass()
  }

  /** As from a socket of another process, its end is only heard if the client has not left altogether. */
  onEnded(): void {
    setImmediate(() => {
      if (!this.#shown.destroyed && this.#isOpen) this.#transport.end()
    })
  }

  onDemand(): void {
    if (!this.#isFull) return
    this.#isFull = false
    this.#transport.receive(this.#reader)
  }

  async #startTls(destination: Destination): Promise<void> {
    offerOnly(this.#shown, destination.offers)
    try {
      await this.#transport.startTls(destination.origin, optionsUpstream(destination))
      this.#goOn()
    } catch {
      // It is the failure of the client's own handshake.
    }
  }

  #mark(offset: number, meant: Scope | Error): void {
    this.#isOfOthers ||= meant !== this.#first
    this.#transport.mark(offset, meant)
  }

  #open(scope: Scope, own?: () => Promise<Transport>): Promise<Transport> {
    return scope.connector(this.destination.origin, {
      ...optionsUpstream(this.destination),
      signal: this.#giveUp.signal,
      own,
    })
  }

  async #begin(opened: Promise<Transport>): Promise<void> {
    try {
      this.#transport.begin(this.#first, await opened)
    } catch (error) {
      return this.#refuse(error)
    }
    if (this.client.destroyed) {
      // It may have left as soon as its request was with the system.
      this.#noteBefore()
      return this.#leave()
    }
    this.#transport.receive(this.#reader)
    this.#goOn()
  }

  #goOn(): void {
    this.#isOpen = true
    this.#noteBefore()
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting !== undefined) this.#send(waiting.bytes, waiting.sending)
  }

  /** These are on their way to the server by themselves. */
  #noteBefore(): void {
    for (const bytes of this.#before.splice(0)) {
      // Reading reports the same failure.
      this.#transport.write(bytes)?.catch(() => {})
      this.#own.takePassed()
    }
  }

  #send(bytes: Uint8Array, sending: Sending): void {
    const waiting = this.#transport.write(bytes)
    const passed = this.#own.takePassed()
    const isWhole = passed.length === 1 && passed[0]?.length === bytes.length
    if (isWhole) return sending.pass()
    if (passed.length > 0) return sending.send(Buffer.concat(passed))
    if (waiting === undefined) return sending.drop()
    // If it fails, so does reading, and that destroys the client.
    const drop = (): void => sending.drop()
    waiting.then(drop, drop)
  }

  readonly #reader: SegmentReader = {
    onBytes: (buffer, length) => {
      const bytes = asBuffer(buffer, length)
      if (this.#isTelling) this.#takesMore = this.#tap?.give(bytes) ?? true
      // These are lent.
      else this.#isFull = this.#tap?.bring(Buffer.from(bytes)) === false
      if (!this.#isFull) this.#transport.receive(this.#reader)
    },
    onEnd: () => {
      if (this.#isTelling) this.#tap?.give(null)
      else this.#tap?.bring(null)
    },
    onFailure: (error) => this.#conclude(error),
  }

  /** The failure of the client's own connection is its own already; that of another one is made its own. */
  #conclude(error: Error): void {
    const isCut = error instanceof ConnectionError && error.code === 'TLS_TRUNCATED'
    if (isCut && this.#isTelling) return void this.#tap?.give(null)
    if (this.#shown.destroyed || this.#isOver) return
    if (error instanceof ConnectionError && error.code.endsWith('_TIMEOUT')) return
    if (shownError(error) === 'end') this.#tap?.bring(null)
    else this.#destroyClient(error)
  }

  /** There is no connection, or none that could be recorded. */
  #refuse(error: unknown): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.sending.pass()
    if (!this.client.destroyed) this.#destroyClient(error)
    this.#over()
  }

  #destroyClient(error: unknown): void {
    const shown = shownError(error)
    this.#shown.destroy(shown === 'end' ? undefined : shown)
  }

  #onClose(): void {
    if (this.#isOpen) return this.#leave()
    this.#giveUp.abort(new Error('the client has given up'))
  }

  #leave(): void {
    this.#over()
    this.#transport.destroy()
  }

  #over(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#parts.onOver(this)
  }
}

const asBuffer = (buffer: Uint8Array, length: number): Buffer =>
  Buffer.isBuffer(buffer) && buffer.length === length ? buffer : Buffer.from(buffer.buffer, buffer.byteOffset, length)

/** HTTP/1.1 where the client offers it among others: see `offered`. */
function offerOnly(socket: Socket, offers: readonly string[]): void {
  if (offers.length < 2 || !offers.includes(HTTP1)) return
  const handle: unknown = Reflect.get(socket, '_handle')
  const offer: unknown = Reflect.get(Object(handle), 'setALPNProtocols')
  // RFC 7301 section 3.1.
  if (typeof offer === 'function') Reflect.apply(offer, handle, [Buffer.from(`\x08${HTTP1}`, 'latin1')])
}
