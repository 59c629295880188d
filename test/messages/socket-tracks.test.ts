import { expect, test } from '../helpers/test.ts'
import { handshakeIn, SideTrack, SocketTracks } from '../../src/messages/socket-tracks.ts'
import { socketTalks } from '../../src/messages/socket-talks.ts'
import type { BytesEvent, TapeEvent } from '../../src/tape/cassette.ts'
import { compressed, frame, MASK, upgradeAnswer, upgradeRequest } from '../helpers/sockets.ts'
import { answer, oneConnection, request, TapeWriter } from '../helpers/tape.ts'

const [ASK, GRANT] = [upgradeRequest(), upgradeAnswer()]
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

const eventsOf = (tape: readonly TapeEvent[]): readonly BytesEvent[] =>
  tape.filter((event): event is BytesEvent => 'bytes' in event)

/** Where the frames of each segment begin, and what ends in it. */
const read = (tracks: SocketTracks, tape: readonly TapeEvent[]): readonly unknown[] =>
  Array.from(tracks.read(tape), ([event, { start, parts, messages }]) => [
    event.type,
    start,
    parts.length,
    ...messages.map(({ kind, payload }) => `${kind} ${Buffer.from(payload ?? []).toString()}`),
  ])

test.describe('the segments of a WebSocket', () => {
  test('begin after the handshake, wherever that is cut', () => {
    const [hello, hi] = [frame('text', 'hello', { mask: MASK }), frame('text', 'hi')]
    const { tape } = oneConnection('http://api.test', (it) =>
      it
        .sent(ASK.slice(0, 30), ASK.slice(30))
        .received(GRANT.slice(0, -3))
        .received(Buffer.concat([bytes(GRANT.slice(-3)), hi]))
        .sent(hello.subarray(0, 4), hello.subarray(4))
        .received('', frame('ping', 'p')),
    )
    const tracks = new SocketTracks()
    expect(tracks.of(1)).toBeUndefined()
    expect(read(tracks, tape)).toEqual([
      ['received', 3, 1, 'text hi'],
      ['sent', 0, 1],
      ['sent', 0, 2, 'text hello'],
      ['received', 0, 0],
      ['received', 0, 1, 'ping p'],
    ])
    expect(tracks.of(1)?.agreement).toEqual({ extensions: [], deflate: undefined, protocol: '' })
  })

  test('go on in the records that follow, and are over when the connection is opened anew', () => {
    const tracks = new SocketTracks()
    const { tape } = oneConnection('http://api.test', (it) => it.sent(ASK).received(GRANT))
    expect(read(tracks, tape)).toEqual([])
    const more = oneConnection('http://api.test', (it) => it.received(frame('text', 'one'))).tape
    expect(read(tracks, eventsOf(more))).toEqual([['received', 0, 1, 'text one']])
    const known = tracks.of(1)
    expect([known?.received.isBetween, known?.sent.isBetween]).toEqual([true, true])
    const sent = oneConnection('http://api.test', (it) => it.sent(frame('text', 'mine', { mask: MASK }))).tape
    expect(read(tracks, eventsOf(sent))).toEqual([['sent', 0, 1, 'text mine']])
    const half = oneConnection('http://api.test', (it) => it.received(frame('text', 'two', { fin: false }))).tape
    expect(read(tracks, eventsOf(half))).toEqual([['received', 0, 1]])
    expect(tracks.of(1)?.received.isBetween).toBe(false)
    expect(tracks.of(1)).toBe(known)
    expect(read(tracks, more)).toEqual([])
    expect(tracks.of(1)).toBeUndefined()
  })

  test('of several connections are told apart, and plain HTTP has none', () => {
    const writer = new TapeWriter()
    const [plain, socket] = [writer.open('http://a.test'), writer.open('http://b.test')]
    plain.sent(request('GET', '/'))
    socket.sent(ASK).received(GRANT)
    plain.received(answer('x'))
    socket.received(frame('text', 'y'))
    const { tape } = writer.cassette
    const tracks = new SocketTracks()
    expect(read(tracks, tape)).toEqual([['received', 0, 1, 'text y']])
    expect([tracks.of(1), typeof tracks.of(2)]).toEqual([undefined, 'object'])
    expect([...socketTalks(tape)]).toMatchObject([[2, [{ by: 'server', at: 6 }]]])
  })

  test('are inflated unless that is turned off', async () => {
    const extension = 'permessage-deflate'
    const [packed = new Uint8Array(0)] = await compressed('hello')
    const { tape } = oneConnection('http://api.test', (it) =>
      it
        .sent(upgradeRequest(extension))
        .received(upgradeAnswer(extension))
        .received(frame('text', packed, { rsv: 4 })),
    )
    for (const tracks of [new SocketTracks(), new SocketTracks({}), new SocketTracks({ inflates: true })])
      expect(read(tracks, tape)).toEqual([['received', 0, 1, 'text hello']])
    const tracks = new SocketTracks({ inflates: false })
    const [segment] = tracks.read(tape).values()
    expect(segment?.messages.map(({ payload }) => Buffer.from(payload))).toEqual([Buffer.from(packed)])
    expect(tracks.of(1)?.agreement.deflate).toBeDefined()
  })

  test('on which nothing was said is a talk without messages', () => {
    const { tape } = oneConnection('http://api.test', (it) => it.sent(ASK).received(GRANT))
    expect([...socketTalks(tape)]).toEqual([[1, []]])
    const said = oneConnection('http://api.test', (it) =>
      it
        .sent(ASK)
        .received(GRANT)
        .sent(frame('text', 'a', { mask: MASK }))
        .received(frame('text', 'b')),
    )
    expect([...socketTalks(said.tape)]).toMatchObject([
      [
        1,
        [
          { by: 'client', at: 3 },
          { by: 'server', at: 4 },
        ],
      ],
    ])
  })
})

const found = (...segments: readonly (readonly ['sent' | 'received', string])[]): unknown => {
  const events = segments.map(([type, text], at): BytesEvent => ({ type, connection: 1, at, bytes: bytes(text) }))
  const handshake = handshakeIn(events)
  return handshake && [handshake.sent, handshake.received]
}

const long = (length: number): string => answer('x'.repeat(length - answer('').length - 4))

test.describe('a handshake', () => {
  test('may follow other requests and interim answers, and need not have its request in the events', () => {
    const get = request('GET', '/')
    expect(found(['sent', get], ['received', answer('x')], ['sent', ASK], ['received', GRANT])).toEqual([
      get.length + ASK.length,
      answer('x').length + GRANT.length,
    ])
    const early = 'HTTP/1.1 100 Continue\r\n\r\n'
    expect(found(['sent', ASK], ['received', `${early}${GRANT}frames`])).toEqual([
      ASK.length,
      early.length + GRANT.length,
    ])
    expect(found(['received', GRANT])).toEqual([0, GRANT.length])
  })

  test('is none without a 101, with another protocol, with a head that is cut off, or in the text of an answer', () => {
    expect(found(['sent', ASK], ['received', answer('x')])).toBeUndefined()
    expect(found(['sent', ASK], ['received', GRANT.replaceAll('websocket', 'h2c')])).toBeUndefined()
    expect(found(['sent', ASK], ['received', GRANT.slice(0, -1)])).toBeUndefined()
    expect(found(['sent', request('GET', '/')], ['received', answer(GRANT)])).toBeUndefined()
    expect(found(['sent', ASK])).toBeUndefined()
    expect(found()).toBeUndefined()
  })

  test('is looked for in the first 64 KiB of each side, up to the segment that goes beyond', () => {
    const before = long(65_535)
    expect(before.length).toBe(65_535)
    const get = request('GET', '/')
    expect(found(['sent', get + ASK], ['received', before], ['received', GRANT])).toEqual([
      get.length + ASK.length,
      before.length + GRANT.length,
    ])
    expect(found(['sent', get + ASK], ['received', long(65_536)], ['received', GRANT])).toBeUndefined()
  })
})

test('a side that is lost is between messages, as nothing more is known of it', () => {
  const side = SideTrack.of({ extensions: [], deflate: undefined, protocol: '' }, 'sent')
  expect(side.isBetween).toBe(true)
  side.read(frame('text', 'a', { fin: false }))
  expect([side.isBetween, side.reader.isLost]).toEqual([false, false])
  side.read(Uint8Array.of(0xff, 0xff, 0xff, 0xff))
  expect([side.isBetween, side.reader.isLost]).toEqual([true, true])
})
