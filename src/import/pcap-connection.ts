import { errnoOf } from '../system-error.ts'
import { readOpenComment } from '../packets/open-comment.ts'
import type { Endpoint } from '../packets/tcp-segment.ts'
import type { Side, TcpConnection, TcpEvent } from '../packets/tcp-connections.ts'
import type { Failure, TapeEvent } from '../tape/cassette.ts'
import { formatAuthority, formatOrigin, type Origin, parseOrigin, type TlsInfo } from '../transport.ts'
import type { Decrypted, Handshake } from './tshark.ts'

/** One connection of a capture as events of a tape, with times since 1970; the number of the connection is given later. */
export interface CapturedTape {
  readonly began: number
  readonly events: readonly TapeEvent[]
}

/** What is needed beside the packets of the connection. */
export interface CaptureFacts {
  /** Names of addresses. */
  readonly names: ReadonlyMap<string, string>
  readonly decrypted: Decrypted | undefined
  readonly raw: boolean
}

/** Whether a connection begins with the hello of TLS (RFC 8446 section 5.1). */
export function isTls({ events }: TcpConnection): boolean {
  const first = events.find((event) => event.type === 'bytes' && event.by === 'client')
  return first?.type === 'bytes' && first.bytes[0] === 0x16 && first.bytes[1] === 3
}

/** A connection as events, and notes on what was not taken. */
export function readConnection(
  connection: TcpConnection,
  facts: CaptureFacts,
): { readonly tape?: CapturedTape; readonly notes: readonly string[] } {
  const name = `${written(connection.client)} to ${written(connection.server)}`
  const notes: string[] = []
  const leaveOut = (why: string): { notes: readonly string[] } => ({
    notes: [...notes, `left out the connection ${name}: ${why}`],
  })
  if (connection.refused !== undefined) {
    const note = `${name}: refused; whether it was to be HTTP or HTTPS is taken from the port`
    return { tape: refused(connection, facts.names), notes: [note] }
  }
  if (connection.differing.length > 0)
    notes.push(
      `${name}: bytes came twice and differed, in packet ${connection.differing.join(', ')}; the first are kept`,
    )
  const trusted = trustedEvents(connection, facts.decrypted)
  if (trusted.note !== undefined) notes.push(`${name}: ${trusted.note}`)
  if (isTls(connection) && facts.decrypted === undefined) return leaveOut('it is TLS, and there is no key log')
  const turned =
    connection.handshake === undefined ? fromRequest(trusted.events) : { events: trusted.events, isTurned: false }
  if (turned === undefined) return leaveOut('the capture does not have its beginning, and no request of HTTP')
  if (connection.handshake === undefined) notes.push(`${name}: it was open before; taken from its first request on`)
  const { events, isTurned } = turned
  if (!events.some(({ type }) => type === 'bytes'))
    return leaveOut(
      isTls(connection)
        ? 'it is TLS that the key log does not open'
        : connection.handshake?.made === undefined
          ? 'nobody answered it'
          : 'no bytes were sent',
    )
  const server = isTurned ? connection.client : connection.server
  const handshake = facts.decrypted && handshakeOf(connection, facts.decrypted)
  const before = readOpenComment(connection.first.comments)
  if (before !== undefined) return { tape: toTape(connection, events, before.to, before.tls), notes }
  const origin = originOf(events, server, facts.names, handshake)
  if (!origin.isHttp && !facts.raw) return leaveOut('it is not HTTP/1.1')
  if (origin.note !== undefined) notes.push(`${name}: ${origin.note}`)
  return { tape: toTape(connection, events, formatOrigin(origin.origin), handshake && infoOf(handshake)), notes }
}

const written = ({ address, port }: Endpoint): string => formatAuthority({ protocol: 'tcp', host: address, port })

/** The events up to the first one that bytes may be missing before; those of TLS decrypted. */
function trustedEvents(
  connection: TcpConnection,
  decrypted: Decrypted | undefined,
): { readonly events: readonly TcpEvent[]; readonly note?: string } {
  const { gaps } = connection
  const gap = gaps.toSorted((one, other) => one.packet.number - other.packet.number)[0]
  const events = gap === undefined ? connection.events : eventsBefore(connection.events, gap.packet.number)
  const note =
    gap &&
    `the capture lacks what the ${gap.by} sent after ${gap.offset} bytes; nothing is taken from packet ${gap.packet.number} on`
  if (decrypted === undefined || !isTls(connection)) return { events, ...(note !== undefined && { note }) }
  const closed = events.find((event) => event.type === 'bytes' && decrypted.opaque.has(event.packet.number))
  const open = (closed === undefined ? events : eventsBefore(events, closed.packet.number)).flatMap((event) =>
    opened(event, decrypted),
  )
  if (closed === undefined || open.length === 0) return { events: open, ...(note !== undefined && { note }) }
  return {
    events: open,
    note: `the key log does not open packet ${closed.packet.number}; nothing is taken from there on`,
  }
}

const eventsBefore = (events: readonly TcpEvent[], packet: number): readonly TcpEvent[] => {
  const end = events.findIndex((event) => event.packet.number >= packet)
  return end === -1 ? events : events.slice(0, end)
}

/** A packet may complete several records, and several events may be of one packet: the first one gives them. */
function opened(event: TcpEvent, { pieces }: Decrypted): readonly TcpEvent[] {
  if (event.type !== 'bytes') return [event]
  return (pieces.get(event.packet.number) ?? []).map((bytes) => Object.assign({}, event, { bytes }))
}

const handshakeOf = ({ events }: TcpConnection, { handshakes }: Decrypted): Handshake | undefined =>
  events.map(({ packet }) => handshakes.get(packet.number)).find((found) => found !== undefined)

/**
 * The events of a connection that was open before the capture, from the first request on that an answer follows: the packet of
 * the request says up to where the client had the bytes of the server, so the answer begins there.
 */
function fromRequest(
  events: readonly TcpEvent[],
): { readonly events: readonly TcpEvent[]; readonly isTurned: boolean } | undefined {
  for (const [place, event] of events.entries()) {
    if (event.type !== 'bytes' || !isRequestLine(event.bytes)) continue
    const rest = events.slice(place).flatMap((one) => afterwards(one, event.by, event.got))
    const answer = rest.find((one) => one.type === 'bytes' && one.by !== event.by)
    if (answer?.type !== 'bytes' || !/^HTTP\/1\.[01] /.test(latin1(answer.bytes.subarray(0, 16)))) continue
    const isTurned = event.by === 'server'
    return { events: isTurned ? rest.map((one) => ({ ...one, by: otherSide(one.by) })) : rest, isTurned }
  }
  return undefined
}

const otherSide = (side: Side): Side => (side === 'client' ? 'server' : 'client')

/** What of an event is not before the answer to a request. */
function afterwards(event: TcpEvent, client: Side, got: number): readonly TcpEvent[] {
  if (event.type !== 'bytes' || event.by === client) return [event]
  const bytes = event.bytes.subarray(Math.max(0, got - event.start))
  return bytes.length === 0 ? [] : [{ ...event, bytes }]
}

/** RFC 9112 section 3; lines may end in LF alone for a lenient server. */
export const isRequestLine = (bytes: Uint8Array): boolean =>
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ [^\s]+ HTTP\/1\.[01]\r?\n/.test(latin1(bytes.subarray(0, LONGEST_LINE)))

const LONGEST_LINE = 64 * 1024

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')

/** Where the client wanted to connect to: as its first request says, if that is at this port. */
function originOf(
  events: readonly TcpEvent[],
  { address, port }: Endpoint,
  names: ReadonlyMap<string, string>,
  handshake: Handshake | undefined,
): { readonly origin: Origin; readonly isHttp: boolean; readonly note?: string } {
  const host = handshake?.serverName ?? names.get(address) ?? address
  const sent = beginningOf(events)
  if (!isRequestLine(sent)) return { origin: { protocol: handshake ? 'tls' : 'tcp', host, port }, isHttp: false }
  const protocol = handshake === undefined ? 'http' : 'https'
  const head = latin1(sent).split(/\r?\n\r?\n/)[0] ?? ''
  const [, authority = ''] = /^host:[ \t]*(.*?)[ \t]*\r?$/im.exec(head) ?? []
  const named = /[\s/?#@\\]/.test(authority) ? undefined : parseOrigin(`${protocol}://${authority}`)
  if (named?.port === port) return { origin: named, isHttp: true }
  const note = `its first request is for ${JSON.stringify(authority)}, which is not at port ${port}; the origin is the address`
  return { origin: { protocol, host, port }, isHttp: true, ...(authority !== '' && { note }) }
}

/** The first bytes of the client, enough for the head of a request. */
function beginningOf(events: readonly TcpEvent[]): Uint8Array {
  const pieces: Uint8Array[] = []
  let length = 0
  for (const event of events) {
    if (event.type !== 'bytes' || event.by !== 'client') continue
    pieces.push(event.bytes)
    length += event.bytes.length
    if (length > LONGEST_LINE) break
  }
  return Buffer.concat(pieces)
}

function toTape(
  connection: TcpConnection,
  events: readonly TcpEvent[],
  to: string,
  tls: TlsInfo | undefined,
): CapturedTape {
  const { handshake, first } = connection
  const began = handshake?.asked.at ?? events[0]?.packet.at ?? first.at
  // The handshake of TLS is over when the first byte that it protects comes.
  const ready = (isTls(connection) ? events[0]?.packet : handshake?.made) ?? handshake?.asked
  const took = Math.max(0, Math.round(((ready?.at ?? began) - began) * 1000) / 1000)
  const open: TapeEvent = { type: 'open', connection: 0, to, at: began, took, ...(tls && { tls }) }
  return { began, events: [open, ...tapeEvents(events)] }
}

/** A client that ends its side and gets no more bytes has closed the connection: that is how sockets close. */
function* tapeEvents(events: readonly TcpEvent[]): Generator<TapeEvent> {
  const lastBytes = events.findLastIndex((event) => event.type === 'bytes' && event.by === 'server')
  const ended = new Set<Side>()
  for (const [place, event] of events.entries()) {
    const at = { connection: 0, at: event.packet.at }
    const { by } = event
    if (event.type === 'bytes') {
      yield { type: by === 'client' ? 'sent' : 'received', ...at, bytes: event.bytes }
      continue
    }
    if (event.type === 'reset') return yield { type: 'close', ...at, by, ...(by === 'server' && { failure: reset() }) }
    ended.add(by)
    const isClosed = by === 'client' ? place > lastBytes : ended.has('client')
    if (by === 'server' || !isClosed) yield { type: 'end', ...at, by }
    if (isClosed) return yield { type: 'close', ...at, by: 'client' }
  }
}

/** As a client sees a reset while it reads. */
function reset(): Failure {
  const [code, message] = ['ECONNRESET', 'read ECONNRESET']
  const errno = errnoOf(code)
  const error = { message, code, facts: { ...(errno !== undefined && { errno }), syscall: 'read' } }
  return { code: 'CONNECTION_LOST', phase: 'open', systemCode: code, message, error }
}

/** Nobody can see in a capture whether the client verified the certificate. */
const infoOf = ({ version, alpn }: Handshake): TlsInfo => ({
  version,
  authorized: false,
  ...(alpn !== undefined && { alpn }),
})

/** The server reset the first packet. */
function refused({ server, first, refused: answer }: TcpConnection, names: ReadonlyMap<string, string>): CapturedTape {
  const { address, port } = server
  const to = formatOrigin({ protocol: port === 443 ? 'https' : 'http', host: names.get(address) ?? address, port })
  const message = `connect ECONNREFUSED ${address}:${port}`
  const errno = errnoOf('ECONNREFUSED')
  const facts = { ...(errno !== undefined && { errno }), syscall: 'connect', address, port }
  const failure: Failure = {
    code: 'CONNECT_FAILED',
    phase: 'tcp',
    systemCode: 'ECONNREFUSED',
    message,
    error: { message, code: 'ECONNREFUSED', facts },
  }
  const took = Math.round(((answer?.at ?? first.at) - first.at) * 1000) / 1000
  return { began: first.at, events: [{ type: 'failed', connection: 0, to, at: first.at, took, failure }] }
}
