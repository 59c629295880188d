import type { Cassette } from '../../src/tape/cassette.ts'
import type { Teed } from './tee.ts'

/** By how many bytes a recording differs from what passed the tee: 0 if it is the same. */
export function bytesApart({ tape }: Cassette, teed: readonly Teed[]): number {
  const recorded = new Map<number, { readonly sent: Uint8Array[]; readonly received: Uint8Array[] }>()
  for (const event of tape) {
    const log = recorded.get(event.connection) ?? { sent: [], received: [] }
    recorded.set(event.connection, log)
    if (event.type === 'sent' || event.type === 'received') log[event.type].push(event.bytes)
  }
  const ours = inOrder(
    [...recorded.values()].map(({ sent, received }) => ({
      sent: Buffer.concat(sent),
      received: Buffer.concat(received),
    })),
  )
  const theirs = inOrder(teed)
  const places = Array.from({ length: Math.max(ours.length, theirs.length) }, (_, place) => place)
  return places.reduce((sum, place) => {
    const [one = NOTHING, other = NOTHING] = [ours[place], theirs[place]]
    return sum + apart(one.sent, other.sent) + apart(one.received, other.received)
  }, 0)
}

const NOTHING: Teed = { sent: Buffer.alloc(0), received: Buffer.alloc(0) }

/** Two connections may be made at the same time, so their order is that of what was said; those on which nothing was said do not count. */
const inOrder = (connections: readonly Teed[]): readonly Teed[] =>
  connections
    .filter(({ sent, received }) => sent.length + received.length > 0)
    .toSorted((one, other) => one.sent.compare(other.sent) || one.received.compare(other.received))

function apart(one: Buffer, other: Buffer): number {
  const common = Math.min(one.length, other.length)
  let different = Math.max(one.length, other.length) - common
  for (let at = 0; at < common; at++) if (one[at] !== other[at]) different++
  return different
}
