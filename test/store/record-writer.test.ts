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
})
