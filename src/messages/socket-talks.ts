import type { BytesEvent, TapeEvent } from '../tape/cassette.ts'
import type { SocketMessage } from '../websocket/message-reader.ts'
import { SocketTracks } from './socket-tracks.ts'

/** Something that one side said on a WebSocket. */
export interface SaidMessage {
  readonly by: 'client' | 'server'
  /** When its last byte passed; milliseconds since the recording began. */
  readonly at: number
  readonly message: SocketMessage
}

/** What was said on the WebSockets of a tape, by connection, in the order of time. */
export function socketTalks(tape: readonly TapeEvent[]): ReadonlyMap<number, readonly SaidMessage[]> {
  const tracks = new SocketTracks()
  const talks = new Map<number, SaidMessage[]>()
  for (const [event, { messages }] of tracks.read(tape)) {
    const said = talks.get(event.connection) ?? []
    talks.set(event.connection, said)
    for (const message of messages) said.push({ by: speakerOf(event), at: event.at, message })
  }
  for (const { connection } of tape) {
    // A socket on which nothing was said is one, too.
    if (tracks.of(connection) !== undefined && !talks.has(connection)) talks.set(connection, [])
  }
  return talks
}

const speakerOf = ({ type }: Pick<TapeEvent | BytesEvent, 'type'>): SaidMessage['by'] =>
  type === 'sent' ? 'client' : 'server'
