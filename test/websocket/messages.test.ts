import { expect, test } from '../helpers/test.ts'
import { deflated, Inflater } from '../../src/websocket/deflate.ts'
import { readExtensions, refusalOf } from '../../src/websocket/extensions.ts'
import { type FrameKind, writeFrame } from '../../src/websocket/frame.ts'
import { acceptFor, agreementIn, readerOf } from '../../src/websocket/handshake.ts'
import { readClose, writeClose } from '../../src/websocket/close.ts'
import { compressed } from '../helpers/sockets.ts'

const frame = (kind: FrameKind, payload: Uint8Array | string, rsv = 0, fin = true): Uint8Array =>
  writeFrame({ kind, fin, rsv, mask: undefined, form: 7 }, Buffer.from(payload))

const agreement = (extensions: string) => agreementIn([{ name: 'Sec-WebSocket-Extensions', value: extensions }])

test.describe('MessageReader', () => {
  test('joins fragments, and gives a ping between them first', () => {
    const reader = readerOf(agreement(''), 'received')
    const bytes = Buffer.concat([frame('text', 'hel', 0, false), frame('ping', '?'), frame('continuation', 'lo')])
    const messages = [...bytes].flatMap((byte) => reader.push(Uint8Array.of(byte)))
    expect(messages.map(({ kind, payload }) => [kind, Buffer.from(payload).toString()])).toEqual([
      ['ping', '?'],
      ['text', 'hello'],
    ])
    expect(messages[1]?.frames.map(({ start, end }) => [start, end])).toEqual([
      [0, 5],
      [8, 12],
    ])
  })

  test('places a message without a payload where it stands', () => {
    const bytes = Buffer.concat([frame('text', 'one'), frame('text', ''), frame('ping', ''), frame('binary', '')])
    const expected = [
      [0, 5],
      [5, 7],
      [7, 9],
      [9, 11],
    ]
    for (const pieces of [[bytes], [...bytes].map((byte) => Uint8Array.of(byte))]) {
      const reader = readerOf(agreement(''), 'received')
      const messages = pieces.flatMap((piece) => reader.push(piece))
      expect(messages.flatMap(({ frames }) => frames.map(({ start, end }) => [start, end]))).toEqual(expected)
      expect(messages.map(({ isCompressed, isOpaque, isWhole }) => [isCompressed, isOpaque, isWhole])).toEqual(
        expected.map(() => [false, false, true]),
      )
      expect(reader.position).toBe(11)
    }
  })

  test('inflates messages that refer to those before them', async () => {
    const texts = ['the same words', 'the same words', 'x'.repeat(40_000), 'the same words']
    const reader = readerOf(agreement('permessage-deflate'), 'received')
    const payloads = await compressed(...texts)
    expect(payloads[1]?.length).toBeLessThan(8)
    const messages = payloads.flatMap((payload) => reader.push(frame('text', payload, 4)))
    expect(messages.map(({ payload }) => Buffer.from(payload).toString())).toEqual(texts)
  })

  test('a copy goes on by itself', async () => {
    const [first, second] = await compressed('abcabcabcabc', 'abcabcabcabcd')
    const reader = readerOf(agreement('permessage-deflate'), 'sent')
    reader.push(frame('text', first ?? '', 4))
    const copy = reader.copy()
    for (const one of [copy, reader])
      expect(Buffer.from(one.push(frame('text', second ?? '', 4))[0]?.payload ?? '').toString()).toBe('abcabcabcabcd')
  })

  test('gives what cannot be inflated as the bytes that came', () => {
    const reader = readerOf(agreement('permessage-deflate'), 'sent')
    expect(reader.push(frame('binary', Uint8Array.of(0xff, 0xff), 4))).toMatchObject([
      { isCompressed: true, isOpaque: true },
    ])
  })

  test('gives what there is of a message that was cut off', () => {
    const reader = readerOf(agreement(''), 'sent')
    reader.push(frame('text', 'hello').subarray(0, 4))
    expect(reader.isBetween).toBe(false)
    expect(reader.unfinished()).toMatchObject([{ isWhole: false, payload: Buffer.from('he') }])
  })
})

test('what is deflated without references inflates, whatever the window and the messages before', () => {
  const inflater = new Inflater({ takesOver: true })
  for (const bits of [8, 9, 15])
    for (const text of ['', 'a', 'abc'.repeat(1000)])
      expect(Buffer.from(inflater.inflate(deflated(Buffer.from(text), bits)) ?? 'none').toString()).toBe(text)
})

test('a bomb is not inflated', () => {
  const bomb = deflated(Buffer.alloc((64 << 20) + 1))
  expect(new Inflater({ takesOver: false }).inflate(bomb)).toBeUndefined()
})

test('the accept value is that of RFC 6455 section 1.3', () => {
  expect(acceptFor('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
})

test('a close has a code and a reason, or neither', () => {
  expect(readClose(writeClose(4001, 'bye ✓'))).toEqual({ code: 4001, reason: 'bye ✓' })
  expect(readClose(new Uint8Array(0))).toEqual({ code: undefined, reason: '' })
})

test.describe('refusalOf', () => {
  const cases: readonly (readonly [accepted: string, offered: string, reason: RegExp | undefined])[] = [
    ['', 'permessage-deflate', undefined],
    ['permessage-deflate', 'permessage-deflate; client_max_window_bits', undefined],
    ['permessage-deflate; server_no_context_takeover', 'permessage-deflate', undefined],
    ['permessage-deflate; client_max_window_bits=12', 'permessage-deflate; client_max_window_bits', undefined],
    ['permessage-deflate', 'x-other, permessage-deflate; server_max_window_bits=15', undefined],
    ['permessage-deflate', '', /does not offer/],
    ['permessage-deflate', 'x-webkit-deflate-frame', /does not offer/],
    ['permessage-deflate; client_max_window_bits=12', 'permessage-deflate', /client_max_window_bits/],
    ['permessage-deflate', 'permessage-deflate; server_no_context_takeover', /did not grant/],
    ['permessage-deflate', 'permessage-deflate; server_max_window_bits=10', /larger/],
    ['permessage-deflate', 'permessage-deflate; server_no_context_takeover, permessage-deflate', undefined],
  ]
  for (const [accepted, offered, reason] of cases)
    test(`"${accepted}" for "${offered}" ${reason === undefined ? 'is fine' : 'is refused'}`, () => {
      const refusal = refusalOf(readExtensions(accepted), readExtensions(offered))
      if (reason === undefined) expect(refusal).toBeUndefined()
      else expect(refusal).toMatch(reason)
    })
})
