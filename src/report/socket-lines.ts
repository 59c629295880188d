import { escapeText } from '../content/printable.ts'
import { SocketTracks } from '../messages/socket-tracks.ts'
import type { TapeEvent } from '../tape/cassette.ts'
import { readClose } from '../websocket/close.ts'
import type { SocketMessage } from '../websocket/message-reader.ts'

/** A segment of a WebSocket as people read it. */
export interface SocketLines {
  /** Where in the segment the frames begin: after the head of the 101, else 0. */
  readonly start: number
  /** A line for each message that ends in it, safe for any terminal. */
  readonly lines: readonly string[]
}

/** The segments of WebSockets on a tape. */
export const socketLines = (tape: readonly TapeEvent[]): ReadonlyMap<TapeEvent, SocketLines> =>
  new Map(
    Array.from(new SocketTracks().read(tape), ([event, { start, messages, parts }]) => {
      const lines = messages.map(messageLine)
      const isPart = messages.length === 0 && parts.length > 0
      return [event, { start, lines: isPart ? ['part of a message'] : lines }] as const
    }),
  )

/** A message as one line: what it is, and what it says. */
export function messageLine(message: SocketMessage): string {
  const { kind, payload, isOpaque } = message
  const facts = messageFacts(message)
  const said = isOpaque ? `${payload.length} bytes that cannot be inflated` : saidIn(kind, payload)
  return [kind, ...(facts.length === 0 ? [] : [`(${facts.join(', ')})`]), said].filter((part) => part !== '').join(' ')
}

/** How a message was sent, apart from what it says. */
export const messageFacts = ({ isCompressed, frames }: SocketMessage): readonly string[] => [
  ...(isCompressed ? ['compressed'] : []),
  ...(frames.length > 1 ? [`${frames.length} fragments`] : []),
]

function saidIn(kind: SocketMessage['kind'], payload: Uint8Array): string {
  if (kind === 'close') {
    const { code, reason } = readClose(payload)
    return escapeText([...(code === undefined ? [] : [String(code)]), reason].join(' ').trim())
  }
  const text = textIn(payload)
  if (text !== undefined && (kind !== 'binary' || text === '')) return escapeText(text)
  const hex = Buffer.from(payload.subarray(0, BYTES_SHOWN))
    .toString('hex')
    .replaceAll(/..(?!$)/g, '$& ')
  return `${payload.length} bytes: ${hex}${payload.length > BYTES_SHOWN ? ' ...' : ''}`
}

const BYTES_SHOWN = 32

function textIn(payload: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(payload)
  } catch {
    return undefined
  }
}
