import { constants, createDeflateRaw } from 'node:zlib'
import type { Cassette, TapeEvent } from '../../src/tape/cassette.ts'
import { SocketTracks } from '../../src/messages/socket-tracks.ts'
import { type FrameKind, writeFrame } from '../../src/websocket/frame.ts'

export interface FrameOptions {
  readonly fin?: boolean
  readonly rsv?: number
  readonly mask?: Uint8Array | undefined
}

/** A frame of a server, or with a mask, of a client. */
export const frame = (kind: FrameKind, payload: Uint8Array | string = '', options: FrameOptions = {}): Uint8Array =>
  writeFrame(
    { kind, fin: options.fin ?? true, rsv: options.rsv ?? 0, mask: options.mask, form: 7 },
    Buffer.from(payload),
  )

export const MASK = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d)

/** What a compressor that takes its context over makes of messages. */
export async function compressed(...texts: readonly string[]): Promise<Uint8Array[]> {
  const stream = createDeflateRaw()
  const pieces: Buffer[] = []
  stream.on('data', (piece: Buffer) => pieces.push(piece))
  const messages: Uint8Array[] = []
  for (const text of texts) {
    stream.write(text)
    await new Promise<void>((resolve) => stream.flush(constants.Z_SYNC_FLUSH, resolve))
    messages.push(Buffer.concat(pieces.splice(0)).subarray(0, -4))
  }
  return messages
}

/** Who says what, in order: each is a segment. */
export type Talk = readonly (readonly [side: 'sent' | 'received', bytes: Uint8Array])[]

export const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
export const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='

export const upgradeRequest = (extensions = '', key = KEY, target = '/chat'): string =>
  [
    `GET ${target} HTTP/1.1`,
    'Host: api.test',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Version: 13',
    ...(extensions === '' ? [] : [`Sec-WebSocket-Extensions: ${extensions}`]),
    '\r\n',
  ].join('\r\n')

export const upgradeAnswer = (extensions = '', accept = ACCEPT): string =>
  [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    ...(extensions === '' ? [] : [`Sec-WebSocket-Extensions: ${extensions}`]),
    '\r\n',
  ].join('\r\n')

/** A cassette of one WebSocket. */
export function socketCassette(talk: Talk, extensions = '', connection = 1): Cassette {
  let at = 0
  const event = (type: 'sent' | 'received', bytes: Uint8Array): TapeEvent => {
    at += 1
    return { type, connection, at, bytes }
  }
  const tape: TapeEvent[] = [
    { type: 'open', connection, to: 'http://api.test', at: 0, took: 1 },
    event('sent', Buffer.from(upgradeRequest(extensions))),
    event('received', Buffer.from(upgradeAnswer(extensions))),
    ...talk.map(([side, bytes]) => event(side, bytes)),
  ]
  return { version: 1, recorded: { at: '2026-11-22T12:00:00.000Z', by: 'wiretape 0.1.0', node: '20.20.2' }, tape }
}

/** The messages of a tape, as `sent text: ...`. */
export function messagesIn(tape: readonly TapeEvent[]): readonly string[] {
  return [...new SocketTracks().read(tape)].flatMap(([{ type }, { messages }]) =>
    messages.map(({ kind, payload }) => `${type} ${kind}: ${Buffer.from(payload).toString()}`),
  )
}
