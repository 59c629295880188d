import { addressBytes } from '../packets/addresses.ts'
import { openComment } from '../packets/open-comment.ts'
import { type NewPacket, writePcapng } from '../packets/pcapng-writer.ts'
import { TcpWriter } from '../packets/tcp-writer.ts'
import type { Cassette, FailedEvent, TapeEvent } from '../tape/cassette.ts'
import { parseOrigin } from '../transport.ts'
import { VERSION } from '../version.ts'

/**
 * A cassette as a capture of packets (pcapng) that Wireshark opens and follows: handshakes, segments, acknowledgements, endings,
 * checksums, at the recorded times.
 *
 * Cassettes hold what TLS carried, and so does the capture: what was recorded from port 443 stands at port 80, or Wireshark
 * would look for TLS. Names get addresses of networks for tests (RFC 2544, RFC 3849), which the file names. A comment on the
 * first packet of a connection says which origin it was, and `importPcap` reads that.
 */
export function toPcap(cassette: Cassette): Uint8Array {
  const began = Date.parse(cassette.recorded.at)
  const addresses = new Addresses()
  const connections = new Map<number, TcpWriter>()
  const packets: NewPacket[] = []
  let made = 0
  for (const event of cassette.tape) {
    const at = (Number.isNaN(began) ? 0 : began) + event.at
    const isFirst = event.type === 'open' || event.type === 'failed'
    const writer = isFirst ? addresses.writerFor(event.to, (made += 1)) : connections.get(event.connection)
    if (writer === undefined) continue
    connections.set(event.connection, writer)
    write(event, at, writer)
  }
  for (const writer of connections.values()) packets.push(...writer.packets)
  // A sort that keeps the order of what happened at once.
  const sorted = packets.toSorted((one, other) => one.at - other.at)
  return writePcapng(sorted, { application: `wiretape ${VERSION}`, comment: COMMENT, names: addresses.names })
}

const COMMENT = `Made by wiretape from a cassette. Its bytes and their times were recorded; addresses, ports of clients, sequence numbers
and acknowledgements were made up. TLS was taken off: what was recorded from port 443 stands at port 80.`

function write(event: TapeEvent, at: number, writer: TcpWriter): void {
  switch (event.type) {
    case 'open':
      return writer.open(at, at + event.took, openComment(event))
    case 'failed':
      if (event.failure.systemCode === 'ECONNREFUSED') return writer.refuse(at, at + event.took, failedComment(event))
      return writer.ask(at, failedComment(event))
    case 'sent':
      return writer.bytes('client', at, event.bytes)
    case 'received':
      return writer.bytes('server', at, event.bytes)
    case 'end':
      return writer.end(event.by, at)
    case 'close':
      if (event.failure !== undefined)
        return writer.reset(event.by, at, `${event.failure.code}: ${event.failure.message}`)
      // Who closes ends its side, and the other side follows.
      writer.end(event.by, at)
      return writer.end(event.by === 'client' ? 'server' : 'client', at)
  }
}

/** For people. */
const failedComment = ({ to, failure }: FailedEvent): string =>
  `wiretape: failed ${to} ${failure.code}: ${failure.message}`

/** Gives names addresses, and connections a port at the side of the client. */
class Addresses {
  readonly names = new Map<string, string>()
  readonly #byHost = new Map<string, string>()

  writerFor(to: string, number: number): TcpWriter {
    const origin = parseOrigin(to) ?? { protocol: 'tcp', host: to, port: 1 }
    const server = { address: this.#addressOf(origin.host), port: origin.port === 443 ? 80 : origin.port }
    return new TcpWriter({ address: clientOf(server.address), port: FIRST_PORT + ((number - 1) % PORTS) }, server)
  }

  #addressOf(host: string): string {
    if (addressBytes(host) !== undefined) return host
    if (host === 'localhost') return '127.0.0.1'
    const number = this.#byHost.size + 1
    const address = this.#byHost.get(host) ?? `198.18.${(number >> 8) & 0xff}.${number & 0xff}`
    this.#byHost.set(host, address)
    this.names.set(address, host)
    return address
  }
}

/** On the same machine where the server is there. */
function clientOf(server: string): string {
  if (server.includes(':')) return server === '::1' ? '::1' : '2001:db8::1'
  return server.startsWith('127.') ? '127.0.0.1' : '198.19.0.1'
}

/** The ports that systems give to clients (RFC 6335 section 6). */
const FIRST_PORT = 49_152
const PORTS = 16_384
