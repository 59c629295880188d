import { isIP, type Socket } from 'node:net'
import type { CertificateAuthority } from '../certificates/certificate-authority.ts'
import type { RequestHead } from '../http1/events.ts'
import type { AnswerListener, ExchangeListener } from '../listen/exchange-watch.ts'
import { ForwardingTransport, type Router, type Way } from '../listen/forwarding-transport.ts'
import type { HeldBytes } from '../listen/held-bytes.ts'
import { ServeRefusal } from '../listen/refusal.ts'
import { ServedConnection } from '../listen/served-connection.ts'
import { ClosingTransport } from '../serve/closing-transport.ts'
import { failureAnswer, ownAnswer } from '../serve/own-answer.ts'
import type { RequestLimits } from '../serve/request-watch.ts'
import { type ConnectOptions, type Connector, formatOrigin, type Origin, type Transport } from '../transport.ts'
import { acceptTls } from './client-tls.ts'
import { firstBytes } from './first-bytes.ts'
import { connectHeadReader, insideOf, invalidRequest, speechOf } from './greeting.ts'
import { http2Refusal } from './http2-refusal.ts'
import { RawConnection } from '../listen/raw-connection.ts'
import { inOriginForm, originIn } from './requests.ts'
import * as socks from './socks.ts'
import { formatTarget, type Target, targetOf } from './target.ts'

/** How clients are served. */
export interface ClientSettings {
  readonly connector: Connector
  /** Options of each connection. */
  readonly connect: ConnectOptions
  readonly authority: CertificateAuthority
  readonly limits: RequestLimits
  readonly missStatus: number | undefined
  readonly maxRequestBytes: number
  readonly held: HeldBytes
  /** The protocol of targets at which no HTTP is spoken. */
  readonly rawAt: (target: Target) => 'tcp' | 'tls' | undefined
  /** Targets whose TLS is not decrypted. */
  readonly isOpaque: (target: Target) => boolean
  /** Changes the head of a request to an origin on its way. Absent: nothing is changed. */
  readonly rewrite?: ((origin: Origin, head: RequestHead, bytes: Uint8Array) => Uint8Array) | undefined
  /** The connector of a single request, which then has a connection of its own; `undefined`: that of all. Absent: there are none. */
  readonly ownConnector?: ((origin: Origin, head: RequestHead) => Connector | undefined) | undefined
  readonly onRefused: (reason: Error) => void
  readonly onFailed: ((failure: Error) => void) | undefined
  readonly onExchange: ExchangeListener | undefined
  readonly onAnswer?: AnswerListener | undefined
}

/** A client of the forward proxy, from its first byte on: HTTP with whole URLs, a tunnel (CONNECT), or SOCKS 5. */
export class ForwardClient {
  readonly #carrier: Socket
  readonly #settings: ClientSettings
  /** Requests that have had a connection of their own. */
  #ownWays = 0

  constructor(carrier: Socket, settings: ClientSettings) {
    this.#carrier = carrier
    this.#settings = settings
  }

  /** Resolves when the client has been served; never rejects. */
  async serve(): Promise<void> {
    try {
      await this.#greet()
    } catch (error) {
      this.#settings.onRefused(error instanceof Error ? error : new Error(String(error)))
      this.#carrier.destroy()
    }
  }

  async #greet(): Promise<void> {
    const speech = await firstBytes(this.#carrier, this.#settings.limits.request, speechOf)
    switch (speech) {
      case 'connect':
        return this.#takeConnect()
      case 'socks5':
        return this.#takeSocks()
      case 'socks4':
        this.#refuse(new ServeRefusal('BAD_PROXY_REQUEST', 400, 'SOCKS 4 has no names; use SOCKS 5 (socks5h://)'))
        return void this.#carrier.end(socks.REFUSED4)
      case 'http':
        return this.#pumpHttp(this.#carrier, (noted) => this.#absoluteRouter(noted))
      case 'http2':
        return this.#refuseHttp2(this.#carrier, 'this proxy')
      case 'tls':
        throw new ServeRefusal('BAD_PROXY_REQUEST', 400, 'TLS to the proxy itself; its URL begins with http://')
      case 'late':
        throw lateClient(this.#settings.limits.request)
      case 'ended':
        return void this.#carrier.destroy()
    }
  }

  async #takeConnect(): Promise<void> {
    const read = await firstBytes(this.#carrier, this.#settings.limits.request, connectHeadReader(), (found) =>
      'head' in found && targetIn(found.head) instanceof Error ? 0 : 'head' in found ? found.head.end : 0,
    )
    if (read === 'ended') return void this.#carrier.destroy()
    if (read === 'late') throw lateClient(this.#settings.limits.request)
    const target = 'head' in read ? targetIn(read.head) : read.refusal
    if (target instanceof Error) return this.#answer(target)
    this.#carrier.write('HTTP/1.1 200 Connection established\r\n\r\n')
    await this.#tunnel(target)
  }

  async #takeSocks(): Promise<void> {
    const greeting = await this.#readSocks(socks.readGreeting)
    if (greeting?.kind !== 'greeting') return void this.#carrier.destroy()
    this.#carrier.write(socks.welcome(greeting.isWelcome))
    if (!greeting.isWelcome) {
      this.#refuse(new ServeRefusal('BAD_PROXY_REQUEST', 400, 'SOCKS with a password; this proxy has none'))
      return void this.#carrier.end()
    }
    const request = await this.#readSocks(socks.readRequest)
    if (request?.kind === 'refused') {
      this.#refuse(new ServeRefusal('BAD_PROXY_REQUEST', 400, request.reason))
      return void this.#carrier.end(socks.reply(request.code))
    }
    if (request?.kind !== 'connect') return void this.#carrier.destroy()
    this.#carrier.write(socks.reply(socks.SUCCEEDED))
    await this.#tunnel(request.target)
  }

  async #readSocks(read: (bytes: Buffer) => socks.SocksRequest | 'more'): Promise<socks.SocksRequest | undefined> {
    const found = await firstBytes(this.#carrier, this.#settings.limits.request, read, ({ length }) => length)
    return found === 'ended' || found === 'late' ? undefined : found
  }

  /** The client gets the answer that it is connected; the server is connected to when it has said something. */
  async #tunnel(target: Target): Promise<void> {
    const raw = this.#settings.rawAt(target)
    if (raw === 'tcp' || this.#settings.isOpaque(target))
      return this.#pumpRaw(this.#carrier, { protocol: 'tcp', ...target }, {})
    const inside = await firstBytes(this.#carrier, this.#settings.limits.request, insideOf)
    switch (inside) {
      case 'tls':
        return this.#takeTls(target, raw === 'tls')
      case 'http':
        return this.#pumpHttp(this.#carrier, (noted) => this.#tunnelRouter(target, 'http', {}, noted))
      case 'http2':
        return this.#refuseHttp2(this.#carrier, formatTarget(target))
      case 'other':
        return this.#pumpRaw(this.#carrier, { protocol: 'tcp', ...target }, {})
      case 'late':
        throw silentTunnel(target, this.#settings.limits.request)
      case 'ended':
        return void this.#carrier.destroy()
    }
  }

  async #takeTls(target: Target, isRaw: boolean): Promise<void> {
    const { authority, limits } = this.#settings
    const { socket, servername, alpn } = await acceptTls(this.#carrier, target.host, authority, limits.request)
    if (alpn === 'h2') return this.#refuseHttp2(socket, formatTarget(target))
    const named = isIP(target.host) !== 0 && servername !== undefined ? { ...target, host: servername } : target
    const options: ConnectOptions = {
      ...(named === target ? {} : { address: target.host }),
      ...(servername === undefined || servername === named.host ? {} : { tls: { servername } }),
    }
    const isOther = isRaw || (alpn !== undefined && !alpn.startsWith('http/'))
    const inside = isOther ? 'other' : await firstBytes(socket, limits.request, insideOf)
    switch (inside) {
      case 'http':
        return this.#pumpHttp(socket, (noted) => this.#tunnelRouter(named, 'https', options, noted))
      case 'http2':
        return this.#refuseHttp2(socket, formatTarget(target))
      case 'late':
        throw silentTunnel(target, limits.request)
      case 'ended':
        return void socket.destroy()
      default: {
        const offered = alpn === undefined ? {} : { ALPNProtocols: [alpn] }
        return this.#pumpRaw(socket, { protocol: 'tls', ...named }, { ...options, tls: { ...options.tls, ...offered } })
      }
    }
  }

  #absoluteRouter(noteRequest: () => void): Router {
    return {
      route: (head, bytes) => {
        noteRequest()
        const { origin, bytes: own } = inOriginForm(head, bytes)
        return { way: this.#wayFor(origin, head, {}), bytes: this.#rewritten(origin, head, own) }
      },
      invalid: invalidRequest,
    }
  }

  #tunnelRouter(target: Target, protocol: 'http' | 'https', options: ConnectOptions, noteRequest: () => void): Router {
    return {
      route: (head, bytes) => {
        noteRequest()
        const origin = originIn(head, target, protocol)
        const address = origin.host === target.host ? {} : { address: target.host }
        return {
          way: this.#wayFor(origin, head, { ...options, ...address }),
          bytes: this.#rewritten(origin, head, bytes),
        }
      },
      others: this.#wayTo({ protocol, ...target }, options),
    }
  }

  #rewritten(origin: Origin, head: RequestHead, bytes: Uint8Array): Uint8Array {
    return this.#settings.rewrite?.(origin, head, bytes) ?? bytes
  }

  #wayFor(origin: Origin, head: RequestHead, options: ConnectOptions): Way {
    const own = this.#settings.ownConnector?.(origin, head)
    if (own === undefined) return this.#wayTo(origin, options)
    this.#ownWays += 1
    return { to: `${formatOrigin(origin)} ${this.#ownWays}`, connect: () => this.#connect(origin, options, own) }
  }

  #wayTo(origin: Origin, options: ConnectOptions): Way {
    return { to: formatOrigin(origin), connect: () => this.#connect(origin, options) }
  }

  #connect(origin: Origin, options: ConnectOptions, connector = this.#settings.connector): Promise<Transport> {
    const { connect } = this.#settings
    const tls = { ...connect.tls, ...options.tls }
    return connector(origin, { ...connect, ...options, ...(Object.keys(tls).length > 0 && { tls }) })
  }

  async #pumpHttp(socket: Socket, routerFor: (noteRequest: () => void) => Router): Promise<void> {
    const { limits, missStatus, maxRequestBytes, held, onRefused, onFailed, onExchange, onAnswer } = this.#settings
    const router = routerFor(() => connection.noteRequest())
    const connection = new ServedConnection({
      socket,
      carrier: this.#carrier,
      replay: new ClosingTransport(new ForwardingTransport(router, { onExchange, onAnswer }), limits),
      maxRequestBytes,
      held,
      onRefused,
      onFailed,
      answerTo: (reason) => ownAnswer(reason, missStatus),
      failureAnswer,
    })
    await connection.run()
  }

  async #pumpRaw(socket: Socket, origin: Origin, options: ConnectOptions): Promise<void> {
    const { onRefused, onFailed, onExchange } = this.#settings
    const connection = new ServedConnection({
      socket,
      carrier: this.#carrier,
      replay: new RawConnection(origin, () => this.#connect(origin, options), onExchange),
      maxRequestBytes: Infinity,
      onRefused,
      onFailed,
      answerTo: undefined,
    })
    await connection.run()
  }

  async #answer(reason: Error): Promise<void> {
    const { missStatus, onRefused } = this.#settings
    const connection = new ServedConnection({
      socket: this.#carrier,
      carrier: this.#carrier,
      replay: { failure: reason },
      maxRequestBytes: Infinity,
      onRefused,
      answerTo: (error) => ownAnswer(error, missStatus),
    })
    await connection.run()
  }

  /** In the client's own protocol, so that it can show the words, or try again with HTTP/1.1. */
  #refuseHttp2(socket: Socket, host: string): void {
    const reason = new ServeRefusal('HTTP2_ONLY', 505, `${host}; wiretape records HTTP/1.1: let the client offer it`)
    this.#refuse(reason)
    socket.on('error', () => {}) // How the client leaves is its own affair.
    socket.resume().end(http2Refusal(reason.message))
    socket.once('end', () => socket.destroy())
  }

  #refuse(reason: Error): void {
    this.#settings.onRefused(reason)
  }
}

/** Where CONNECT leads, or why it leads nowhere. */
function targetIn({ target, version, fields }: RequestHead): Target | ServeRefusal {
  const values = (name: string): readonly string[] =>
    fields.filter((field) => field.name.toLowerCase() === name).map(({ value }) => value)
  const hosts = values('host').length
  if (hosts > 1 || (hosts === 0 && version === '1.1'))
    return new ServeRefusal('BAD_HOST', 400, hosts === 0 ? 'HTTP/1.1 without Host' : `it has ${hosts}`)
  // Its content would be taken for the first bytes in the tunnel, or the other way round.
  if (values('transfer-encoding').length > 0 || values('content-length').some((value) => !/^0+$/.test(value)))
    return new ServeRefusal('BAD_PROXY_REQUEST', 400, 'CONNECT with a body (RFC 9110 section 9.3.6)')
  return (
    targetOf(target) ??
    new ServeRefusal(
      'BAD_PROXY_REQUEST',
      400,
      `CONNECT to ${JSON.stringify(target.slice(0, 200))}, which is no host:port`,
    )
  )
}

const lateClient = (limit: number | undefined): ServeRefusal =>
  new ServeRefusal('REQUEST_TIMEOUT', 408, `${limit} ms for a head; requestTimeout allows more`)

/** Whose server speaks first, cannot be known before it has been connected to. */
const silentTunnel = (target: Target, limit: number | undefined): ServeRefusal =>
  new ServeRefusal(
    'REQUEST_TIMEOUT',
    408,
    `nothing was said for ${limit} ms in a tunnel to ${formatTarget(target)}; if its server speaks first, name it: raw: ['tcp://${formatTarget(target)}']`,
  )
