import { readCapture } from './capture-file.ts'
import type { Capture } from './capture.ts'
import { Fragments, readIp } from './ip-packet.ts'
import { unwrapLink } from './link-layer.ts'
import { TCP, readTcp } from './tcp-segment.ts'
import { type TcpConnection, TcpConnections } from './tcp-connections.ts'

/** What is in a capture file, up to TCP. */
export interface CapturedConnections extends Capture {
  readonly connections: readonly TcpConnection[]
}

/** Reads a capture file and puts its TCP connections together. @throws CassetteError `IMPORT_INVALID`. */
export function readConnections(file: Uint8Array): CapturedConnections {
  const capture = readCapture(file)
  const connections = new TcpConnections()
  const fragments = new Fragments()
  const left = new Counts()
  for (const packet of capture.packets) {
    const carried = unwrapLink(packet.link, packet.bytes)
    if (carried.type !== 'ip') {
      left.add(carried.type === 'other' ? 'not IP' : `of link type ${packet.link}, which is not known`)
      continue
    }
    const read = readIp(carried.bytes)
    const ip = read && fragments.add(read)
    if (read === undefined) left.add('cut off inside their headers')
    if (ip === undefined) continue
    const segment = ip.protocol === TCP ? readTcp(ip, packet) : undefined
    if (segment !== undefined) connections.add(segment)
    else left.add(ip.protocol === TCP ? 'cut off inside their headers' : 'not TCP')
  }
  if (fragments.left > 0) left.add('in fragments, some of which are missing', fragments.left)
  return { ...capture, notes: [...capture.notes, ...left.notes], connections: connections.finish() }
}

class Counts {
  readonly #counts = new Map<string, number>()

  add(what: string, number = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + number)
  }

  get notes(): readonly string[] {
    return Array.from(this.#counts, ([what, number]) => `left out packets that are ${what}: ${number}`)
  }
}
