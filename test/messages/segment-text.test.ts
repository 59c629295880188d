import { expect, test } from '../helpers/test.ts'
import { JoinedText, SegmentText } from '../../src/messages/segment-text.ts'
import { contentOf } from '../../src/messages/message-content.ts'
import { readResponses } from '../../src/messages/speech.ts'
import type { BytesEvent } from '../../src/tape/cassette.ts'

const PIECES = ['abc', '', 'd', 'efgh', '', '\u00ffi']
const WHOLE = PIECES.join('')
const BORDERS = [0, 3, 3, 4, 8, 8, 10]

/** The texts as segments, and how often each was read. */
function segments(): { readonly events: readonly BytesEvent[]; readonly reads: number[] } {
  const reads = PIECES.map(() => 0)
  const events = PIECES.map((text, place): BytesEvent => ({
    type: 'sent',
    connection: 1,
    at: place,
    get bytes() {
      reads[place] = (reads[place] ?? 0) + 1
      // A part of a larger buffer, as those of sockets are.
      return Buffer.from(`<${text}>`, 'latin1').subarray(1, -1)
    },
  }))
  return { events, reads }
}

test('segments as a text: each part of it is that of the joined text', () => {
  const text = new SegmentText(segments().events, BORDERS)
  expect(text.length).toBe(10)
  for (let start = 0; start <= 10; start++)
    for (let end = start; end <= 11; end++)
      expect(text.slice(start, end), `${start} to ${end}`).toBe(WHOLE.slice(start, end))
})

test('only the segments that a part is in are read, and the last one once', () => {
  const { events, reads } = segments()
  const text = new SegmentText(events, BORDERS)
  expect([text.slice(4, 6), text.slice(5, 7), text.slice(6, 8)]).toEqual(['ef', 'fg', 'gh'])
  expect(reads).toEqual([0, 0, 0, 1, 0, 0])
  expect(text.slice(3, 5)).toBe('de')
  expect(reads).toEqual([0, 0, 1, 2, 0, 0])
})

test('parts of a text as a text: each part of it is that of the joined parts', () => {
  const parts = [
    { start: 1, end: 3 },
    { start: 4, end: 4 },
    { start: 5, end: 6 },
    { start: 6, end: 9 },
  ]
  const joined = parts.map(({ start, end }) => WHOLE.slice(start, end)).join('')
  const text = new JoinedText(WHOLE, parts)
  expect(text.length).toBe(6)
  for (let start = 0; start <= 6; start++)
    for (let end = start; end <= 7; end++)
      expect(text.slice(start, end), `${start} to ${end}`).toBe(joined.slice(start, end))
  expect(new JoinedText(WHOLE, []).length).toBe(0)
  expect(new JoinedText(WHOLE, []).slice(0, 5)).toBe('')
})

test('the content of a chunked answer, of a string and of a long text', () => {
  const text = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\n'
  const [message] = readResponses([Buffer.from(text)], ['GET']).messages
  if (message === undefined) throw new Error('no message')
  expect(contentOf(text, message)).toBe('abcde')
  const long = contentOf(new JoinedText(text, [{ start: 0, end: text.length }]), message)
  expect([typeof long, long.length, long.slice(0, 9)]).toEqual(['object', 5, 'abcde'])
})
