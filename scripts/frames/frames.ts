import * as fc from 'fast-check'
import type { Cassette, TapeEvent } from '../../src/tape/cassette.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { type FrameKind, isControl, writeFrame } from '../../src/websocket/frame.ts'
import { deflated } from '../../src/websocket/deflate.ts'

/** One frame as bytes, well formed or nearly so. */
const kind = fc.constantFrom<FrameKind>('text', 'binary', 'continuation', 'close', 'ping', 'pong')
const TRAPS = [
  '',
  '{"a":1}',
  '{"a": [1, 2]}',
  'null',
  '\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'a\nb',
  ' # c',
  '\u2028',
  '"',
  '42["x",{"y":1}]',
  'é',
] as const
const anyText = fc.oneof(fc.constantFrom(...TRAPS), fc.string(), fc.json()).map((chars) => Buffer.from(chars))
const long = fc.nat({ max: 70_000 }).map((size) => Buffer.alloc(size, 'ab'))
const closing = fc
  .tuple(fc.nat({ max: 0xffff }), anyText)
  .map(([code, reason]) => Buffer.concat([Uint8Array.of(code >> 8, code & 255), reason]))
const payload = fc.oneof(
  { weight: 8, arbitrary: anyText },
  { weight: 4, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 2, arbitrary: closing },
  { weight: 1, arbitrary: anyText.map((bytes) => deflated(bytes)) },
)
const rare = fc.oneof({ weight: 300, arbitrary: payload }, { weight: 1, arbitrary: long })

const frame = fc
  .record({
    kind,
    fin: fc.boolean(),
    rsv: fc.constantFrom(0, 0, 0, 4, 4, 2, 1, 7),
    mask: fc.option(fc.uint8Array({ minLength: 4, maxLength: 4 }), { nil: undefined }),
    form: fc.constantFrom<7 | 16 | 64>(7, 7, 7, 16, 64),
    payload: rare,
  })
  .map(({ payload: bytes, ...head }) => {
    if (!isControl(head.kind)) return writeFrame(head, bytes)
    return writeFrame({ ...head, fin: true, form: 7 }, bytes.subarray(0, 125))
  })

/** Frames, and now and then bytes that are none. */
const part = fc.oneof({ weight: 30, arbitrary: frame }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }) })

export interface SocketLife {
  readonly agrees: boolean
  readonly sent: readonly Uint8Array[]
  readonly received: readonly Uint8Array[]
  /** Where the bytes of each side are cut into segments, as shares of what is left. */
  readonly cuts: readonly number[]
}

export const lives: fc.Arbitrary<SocketLife> = fc.record({
  agrees: fc.boolean(),
  sent: fc.array(part, { maxLength: 6 }),
  received: fc.array(part, { maxLength: 6 }),
  cuts: fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { maxLength: 6 }),
})

/** A cassette of one connection that became a WebSocket. */
export function cassetteOf({ agrees, sent, received, cuts }: SocketLife): Cassette {
  const extension = agrees ? 'Sec-WebSocket-Extensions: permessage-deflate\r\n' : ''
  const asked = 'GET /chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'
  const granted = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${extension}\r\n`
  const tape: TapeEvent[] = [{ type: 'open', connection: 1, to: 'http://localhost', at: 0, took: 1 }]
  tape.push({ type: 'sent', connection: 1, at: 1, bytes: Buffer.from(asked) })
  const answers = cut(Buffer.concat([Buffer.from(granted), ...received]), cuts)
  const first = answers.shift()
  if (first !== undefined) tape.push({ type: 'received', connection: 1, at: 2, bytes: first })
  for (const bytes of answers) tape.push({ type: 'received', connection: 1, at: 3, bytes })
  for (const bytes of cut(Buffer.concat(sent), cuts)) tape.push({ type: 'sent', connection: 1, at: 4, bytes })
  return { version: 1, recorded: { at: '2026-11-22T12:00:00.000Z', by: 'wiretape 0.1.0', node: '20.20.2' }, tape }
}

function cut(bytes: Uint8Array, shares: readonly number[]): Uint8Array[] {
  const segments: Uint8Array[] = []
  let start = 0
  for (const share of shares) {
    const end = Math.ceil(start + (bytes.length - start) * share)
    if (end > start) segments.push(bytes.subarray(start, end))
    start = end
  }
  if (start < bytes.length) segments.push(bytes.subarray(start))
  return segments
}

/** How a life fared: its frames as pieces, and what is wrong, if anything is. */
export interface Fared {
  /** Frames, and parts of them. */
  readonly frames: number
  readonly wrong: string | undefined
}

/** Writes a cassette, reads it, writes it again: same bytes, same lines. */
export function sendThrough(life: SocketLife): Fared {
  const cassette = cassetteOf(life)
  const text = encodeCassette(cassette)
  const frames = text.match(/^ +(?:- )?frame: /gm)?.length ?? 0
  const read = decodeCassette(text)
  if (bytesOf(read) !== bytesOf(cassette)) return { frames, wrong: 'other bytes' }
  if (read.notes.length > 0) return { frames, wrong: read.notes[0]?.code }
  return { frames, wrong: encodeCassette(read, read.records) === text ? undefined : 'other lines' }
}

const bytesOf = ({ tape }: Cassette): string =>
  tape
    .map((event) => ('bytes' in event ? `${event.type} ${Buffer.from(event.bytes).toString('latin1')}` : event.type))
    .join('\n')
