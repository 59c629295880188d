import type { CapturedPacket } from './capture.ts'
import { type Gap, Reassembly } from './reassembly.ts'
import type { Endpoint, TcpSegment } from './tcp-segment.ts'

export type Side = 'client' | 'server'

/** Something that happened on a connection. */
export type TcpEvent =
  | {
      readonly type: 'bytes'
      readonly by: Side
      readonly packet: CapturedPacket
      readonly bytes: Uint8Array
      /** How many bytes this side had sent before, and how many of the other side it had got. */
      readonly start: number
      readonly got: number
    }
  | { readonly type: 'end' | 'reset'; readonly by: Side; readonly packet: CapturedPacket }

/** A connection as its packets tell of it. */
export interface TcpConnection {
  readonly client: Endpoint
  readonly server: Endpoint
  /** The first packet of the connection that was captured. */
  readonly first: CapturedPacket
  /** `undefined`: the handshake is not in the capture, and client and server may be the wrong way round. */
  readonly handshake: { readonly asked: CapturedPacket; readonly made: CapturedPacket | undefined } | undefined
  /** The server answered the first packet with a reset. */
  readonly refused: CapturedPacket | undefined
  readonly events: readonly TcpEvent[]
  /** Where bytes are missing, by the side that sent them. */
  readonly gaps: readonly (Gap & { readonly by: Side })[]
  /** Numbers of packets that differ from what was sent before in the same place. */
  readonly differing: readonly number[]
}

/** Sorts segments by their connections, in the order in which these begin. */
export class TcpConnections {
  readonly #all: ConnectionReader[] = []
  /** The last one of each pair of endpoints. */
  readonly #last = new Map<string, ConnectionReader>()

  add(segment: TcpSegment): void {
    const key = [segment.from, segment.to]
      .map(({ address, port }) => `${address} ${port}`)
      .toSorted()
      .join(' ')
    let connection = this.#last.get(key)
    if (connection === undefined || connection.isFollowedBy(segment)) {
      connection = new ConnectionReader(segment)
      this.#all.push(connection)
      this.#last.set(key, connection)
    }
    connection.add(segment)
  }

  finish(): readonly TcpConnection[] {
    return this.#all.map((connection) => connection.finish())
  }
}

class ConnectionReader {
  readonly #client: Endpoint
  readonly #server: Endpoint
  readonly #first: CapturedPacket
  /** The sequence number with which the client began. */
  readonly #initial: number | undefined
  readonly #halves = { client: new Reassembly(), server: new Reassembly() }
  readonly #events: TcpEvent[] = []
  #asked: CapturedPacket | undefined
  #made: CapturedPacket | undefined
  #refused: CapturedPacket | undefined
  #isReset = false

  constructor({ from, to, isSyn, acknowledged, sequence, packet }: TcpSegment) {
    const isAnswer = isSyn && acknowledged !== undefined
    this.#client = isAnswer ? to : from
    this.#server = isAnswer ? from : to
    this.#first = packet
    this.#initial = isSyn && !isAnswer ? sequence : undefined
  }

  /** Whether a segment of the same endpoints begins another connection: the port is used again. */
  isFollowedBy({ isSyn, acknowledged, sequence }: TcpSegment): boolean {
    return isSyn && acknowledged === undefined && sequence !== this.#initial
  }

  add(segment: TcpSegment): void {
    const { packet, isSyn, isReset, sequence, acknowledged } = segment
    const by = isSame(segment.from, this.#client) ? 'client' : 'server'
    const [own, other] =
      by === 'client' ? [this.#halves.client, this.#halves.server] : [this.#halves.server, this.#halves.client]
    if (isReset) return this.#reset(by, packet)
    if (isSyn) this.#asked ??= packet
    if (isSyn && acknowledged !== undefined) this.#made ??= packet
    if (!own.hasBegun) own.begin((isSyn ? sequence + 1 : sequence) >>> 0)
    if (!other.hasBegun && acknowledged !== undefined) other.begin(acknowledged)
    const got = acknowledged === undefined ? 0 : other.acknowledge(acknowledged, packet)
    for (const one of own.add(segment)) {
      if (one.type === 'end') this.#events.push({ type: 'end', by, packet })
      else this.#events.push({ type: 'bytes', by, packet, bytes: one.bytes, start: one.start, got })
    }
  }

  #reset(by: Side, packet: CapturedPacket): void {
    if (by === 'server' && this.#asked !== undefined && this.#made === undefined && this.#events.length === 0)
      this.#refused ??= packet
    else if (!this.#isReset) {
      this.#isReset = true
      this.#events.push({ type: 'reset', by, packet })
    }
  }

  finish(): TcpConnection {
    const { client, server } = this.#halves
    const gaps = [
      { by: 'client' as const, gap: client.gap },
      { by: 'server' as const, gap: server.gap },
    ]
    return {
      client: this.#client,
      server: this.#server,
      first: this.#first,
      handshake: this.#asked === undefined ? undefined : { asked: this.#asked, made: this.#made },
      refused: this.#refused,
      events: this.#events,
      gaps: gaps.flatMap(({ by, gap }) => (gap === undefined ? [] : [{ by, ...gap }])),
      differing: [...client.differing, ...server.differing].toSorted((one, other) => one - other),
    }
  }
}

const isSame = (one: Endpoint, other: Endpoint): boolean => one.address === other.address && one.port === other.port
