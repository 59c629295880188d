import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { lives, sendThrough } from '../../scripts/frames/frames.ts'
import { FrameSplitter } from '../../src/websocket/frame-splitter.ts'
import { readHead, writeFrame, writeHead } from '../../src/websocket/frame.ts'
import { countOf } from '../helpers/share.ts'

// A share of `npm run frames`.
test('random frames as pieces of a cassette give the same bytes, and the same lines when written again', () => {
  let frames = 0
  for (const life of fc.sample(lives, { seed: 4711, numRuns: countOf(200, 2000) })) {
    const fared = sendThrough(life)
    frames += fared.frames
    expect(fared.wrong, JSON.stringify(life)).toBeUndefined()
  }
  expect(frames).toBeGreaterThan(countOf(400, 4000))
})

const maskIn = (...bytes: readonly number[]): unknown => {
  const found = readHead(Uint8Array.from(bytes), 0, false)
  return typeof found === 'string' ? found : found.head.mask && [...found.head.mask]
}

test.describe('readHead', () => {
  const heads: readonly (readonly [name: string, bytes: readonly number[], expected: unknown])[] = [
    [
      'a masked text frame (RFC 6455 section 5.7)',
      [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d],
      { kind: 'text', length: 5, form: 7 },
    ],
    ['256 bytes (section 5.7)', [0x82, 0x7e, 0x01, 0x00], { kind: 'binary', length: 256, form: 16 }],
    ['65,536 bytes (section 5.7)', [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0], { kind: 'binary', length: 65_536, form: 64 }],
    ['a length that needs fewer bits', [0x81, 0x7e, 0, 5], { kind: 'text', length: 5, form: 16 }],
    ['a fragment', [0x01, 0x03], { kind: 'text', fin: false, length: 3 }],
    ['an unmasked ping', [0x89, 0x00], { kind: 'ping', length: 0 }],
  ]
  for (const [name, bytes, expected] of heads)
    test(`reads ${name}, and writes it again`, () => {
      const found = readHead(Uint8Array.from(bytes), 0, false)
      expect(found).toMatchObject({ head: expected, size: bytes.length })
      expect([...writeHead(typeof found === 'string' ? FAIL() : found.head)]).toEqual(bytes)
    })

  for (const [name, bytes] of [
    ['a reserved opcode', [0x83, 0x00]],
    ['a reserved control opcode', [0x8b, 0x00]],
    ['a ping in two parts', [0x09, 0x00]],
    ['a ping of more than 125 bytes', [0x89, 0x7e, 0, 126]],
    ['RSV1 without an extension', [0xc1, 0x00]],
    ['a length beyond 2^53-1', [0x82, 0x7f, 0, 0x20, 0, 0, 0, 0, 0, 0]],
  ] as const)
    test(`refuses ${name}`, () => {
      expect(readHead(Uint8Array.from(bytes), 0, false)).toBe('invalid')
    })

  test('has the mask of a client, also without a payload', () => {
    expect(maskIn(0x81, 0x80, 1, 2, 3, 4)).toEqual([1, 2, 3, 4])
    expect(maskIn(0x81, 0x85, 1, 2, 3, 4)).toEqual([1, 2, 3, 4])
    expect(maskIn(0x81, 0x7f - 2)).toBeUndefined()
  })

  test('waits for the rest of a head that is cut anywhere', () => {
    const whole = writeHead({
      kind: 'text',
      fin: true,
      rsv: 0,
      mask: Uint8Array.of(1, 2, 3, 4),
      length: 70_000,
      form: 64,
    })
    for (let length = 0; length < whole.length; length += 1)
      expect(readHead(whole.subarray(0, length), 0, false)).toBe('torn')
  })
})

test('a splitter finds the same frames wherever the bytes are cut', () => {
  const bytes = Buffer.concat([
    writeFrame({ kind: 'text', fin: false, rsv: 0, mask: Uint8Array.of(9, 8, 7, 6), form: 16 }, Buffer.from('hello ')),
    writeFrame({ kind: 'ping', fin: true, rsv: 0, mask: undefined, form: 7 }, Buffer.from('now')),
    writeFrame(
      { kind: 'continuation', fin: true, rsv: 0, mask: Uint8Array.of(1, 0, 0, 1), form: 7 },
      Buffer.from('world'),
    ),
  ])
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const splitter = new FrameSplitter(false)
    const parts = [bytes.subarray(0, cut), bytes.subarray(cut)].flatMap((segment) => splitter.split(segment))
    const lengths = new Map<string, number>()
    for (const part of parts)
      if (part.type !== 'plain') {
        const payload = part.end - (part.type === 'frame' ? part.payloadStart : part.start)
        lengths.set(part.head.kind, (lengths.get(part.head.kind) ?? 0) + payload)
      }
    expect([...lengths], `cut at ${cut}`).toEqual([
      ['text', 6],
      ['ping', 3],
      ['continuation', 5],
    ])
    expect(splitter.isBetween).toBe(true)
  }
})

function FAIL(): never {
  throw new Error('no head')
}
