import { expect, test } from '@playwright/test'
import * as fc from 'fast-check'
import type { TapeEvent } from '../../src/tape/cassette.ts'
import { INLINE } from '../../src/format/blob-access.ts'
import { encodeRecord, newTracks } from '../../src/format/encode.ts'
import { BlobsBeside } from '../../src/store/blobs.ts'
import { RecordWriter } from '../../src/store/record-writer.ts'

const BODIES = ['', '{"id":42}', 'a\r\n b \n', '- via: 1\n', '\x1f\x8b\0\xff'] as const
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
    ends: fc.constantFrom(undefined, [3], [3, 9]),
  })
  // As a recorder gives it: without the key where there are none.
  .map(({ ends, ...event }) => (ends === undefined || event.type === 'sent' ? event : Object.assign(event, { ends })))

test.describe('RecordWriter', () => {
  test('writes what comes again in the lines in which it would be written alone', () => {
    fc.assert(
      fc.property(fc.array(fc.array(segment, { minLength: 1, maxLength: 4 }), { maxLength: 40 }), (records) => {
        const writer = new RecordWriter('users.yaml', new BlobsBeside('users.yaml'))
        for (const segments of records) {
          const [{ connection } = { connection: 1 }] = segments
          const events: readonly TapeEvent[] = segments.filter((event) => event.connection === connection)
          expect(writer.write(events)).toBe(encodeRecord(events, INLINE, newTracks()))
        }
      }),
    )
  })
})
