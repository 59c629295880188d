import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import type { TapeEvent } from '../../src/tape/cassette.ts'
import { INLINE } from '../../src/format/blob-access.ts'
import { encodeRecord, newTracks } from '../../src/format/encode.ts'
import { BlobsBeside } from '../../src/store/blobs.ts'
import { RecordWriter } from '../../src/store/record-writer.ts'
import { expectEqual } from '../helpers/expect-equal.ts'

const BODIES = ['', '{"id":42}', 'a\r\n b \n', '- via: 1\n', '\x1f\x8b\0\xff', 'a long line\n'.repeat(500)] as const
const HEADS = [
  'HTTP/1.1 200 OK\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n',
  '  # <-- \n  - via: 1\n',
] as const

const segment = fc
  .record({
    type: fc.constantFrom('sent' as const, 'received' as const),
    connection: fc.constantFrom(1, 2),
    at: fc.constantFrom(0, 0.001, 12.5, 1e6),
    bytes: fc
      .tuple(fc.constantFrom(...HEADS), fc.constantFrom(...BODIES))
      .map(([head, body]) => Buffer.from(head + body, 'latin1')),
    ends: fc.constantFrom(undefined, undefined, [3], [3, 9]),
    redacted: fc.constantFrom(undefined, undefined, { 'otp.1': '40400001' }),
  })
  // As a recorder gives it: without the keys where there are none.
  .map(({ ends, redacted, ...event }) =>
    Object.assign(
      event,
      ends !== undefined && event.type === 'received' && { ends },
      redacted !== undefined && { redacted },
    ),
  )

/** An answer in segments of these lengths. */
const record = (at: number, lengths: readonly number[]): readonly TapeEvent[] =>
  lengths.map((length) => ({ type: 'received', connection: 1, at, bytes: Buffer.alloc(length, 'some words\n') }))

test.describe('RecordWriter', () => {
  test('writes what comes again in the lines in which it would be written alone', () => {
    fc.assert(
      fc.property(fc.array(fc.array(segment, { minLength: 1, maxLength: 4 }), { maxLength: 40 }), (records) => {
        const writer = new RecordWriter('users.yaml', new BlobsBeside('users.yaml'))
        for (const segments of records) {
          const [{ connection } = { connection: 1 }] = segments
          const events: readonly TapeEvent[] = segments.filter((event) => event.connection === connection)
          expectEqual(writer.write(events), encodeRecord(events, INLINE, newTracks()), 'a record')
        }
      }),
    )
  })

  test('writes long answers in several segments again as they were', () => {
    const writer = new RecordWriter('users.yaml', new BlobsBeside('users.yaml'))
    for (const [at, lengths] of [[60_000, 9], [60_000, 9], [9, 60_000], [60_009], [200_000], [60_000, 9]].entries())
      expect(writer.write(record(at, lengths)) === encodeRecord(record(at, lengths), INLINE, newTracks())).toBe(true)
  })

  test('compares again only what is not among the last sixteen that were written, marked or long', () => {
    const writer = new RecordWriter('users.yaml', new BlobsBeside('users.yaml'))
    /** How often the bytes of a record are looked at while it is written. */
    const looksAt = (text: string, more: object = {}): number => {
      let looks = 0
      const event = {
        type: 'received' as const,
        connection: 1,
        at: 1,
        get bytes(): Buffer {
          looks += 1
          return Buffer.from(text)
        },
        ...more,
      }
      writer.write([event])
      return looks
    }
    const isKnown = (text: string, more?: object): boolean => {
      const first = looksAt(text, more)
      return looksAt(text, more) < first
    }
    const known = looksAt('0') - looksAt('0')
    expect(known).toBeGreaterThan(0)
    for (let number = 1; number < 16; number++) looksAt(String(number))
    const again = looksAt('0')
    looksAt('16')
    expect([looksAt('0') - again, looksAt('0') - again]).toEqual([known, 0])
    expect([
      isKnown('plain'),
      isKnown('ended', { ends: [2] }),
      isKnown('marked', { redacted: { 'otp.1': '40400001' } }),
    ]).toEqual([true, false, false])
    expect([isKnown('x'.repeat(1 << 17)), isKnown('x'.repeat((1 << 17) + 1))]).toEqual([true, false])
  })

  test('forgets the oldest when all that it knows is longer than a million characters', () => {
    const writer = new RecordWriter('users.yaml', new BlobsBeside('users.yaml'))
    let looks = 0
    const write = (letter: string): number => {
      looks = 0
      writer.write([
        {
          type: 'received',
          connection: 1,
          at: 1,
          get bytes(): Buffer {
            looks += 1
            return Buffer.from(letter.repeat(131_000))
          },
        },
      ])
      return looks
    }
    const [fresh, known] = [write('a'), write('a')]
    expect(known).toBeLessThan(fresh)
    for (const letter of 'bcdefgh') write(letter)
    expect(write('a')).toBe(known)
    write('i')
    expect([write('b'), write('a')]).toEqual([known, fresh])
  })
})
