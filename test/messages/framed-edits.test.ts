import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { applyEdits, type Edit, mergeEdits } from '../../src/content/edits.ts'
import { framedEdits } from '../../src/messages/framed-edits.ts'
import { contentOf } from '../../src/messages/message-content.ts'
import { JoinedText } from '../../src/messages/segment-text.ts'
import { type Message, readResponses } from '../../src/messages/speech.ts'
import { expectEqual } from '../helpers/expect-equal.ts'

/** The only message in these bytes, after an answer that stays as it is. */
function messageIn(text: string): Message {
  const message = readResponses([Buffer.from(text, 'latin1')], ['GET', 'GET']).messages.at(-1)
  if (message === undefined) throw new Error('no message')
  return message
}

const edited = (text: string, edits: readonly Edit[]): string =>
  applyEdits(text, mergeEdits(framedEdits(text, messageIn(text), edits)))

const edit = (start: number, end: number, replacement: string): Edit => ({ start, end, with: replacement })

const BEFORE = 'HTTP/1.1 204 No Content\r\n\r\n'
const withLength = (fields: string, body: string): string => `${BEFORE}HTTP/1.1 200 OK\r\n${fields}\r\n\r\n${body}`
const chunked = (body: string): string => withLength('Transfer-Encoding: chunked', body)

test('a length changes by as much as the content', () => {
  const CASES: readonly (readonly [
    fields: string,
    body: string,
    edits: readonly Edit[],
    fields: string,
    body: string,
  ])[] = [
    ['Content-Length: 5', 'hello', [], 'Content-Length: 5', 'hello'],
    ['Content-Length: 5', 'hello', [edit(0, 1, 'J')], 'Content-Length: 5', 'Jello'],
    ['Content-Length: 5', 'hello', [edit(4, 5, ''), edit(0, 0, 'oh ')], 'Content-Length: 7', 'oh hell'],
    [
      'X-A: content-length: 1\r\ncontent-LENGTH:\t5\r\nX-B: 5',
      'hello',
      [edit(0, 5, '')],
      'X-A: content-length: 1\r\ncontent-LENGTH:\t0\r\nX-B: 5',
      '',
    ],
    // What was cut off stays cut off.
    ['Content-Length: 100', 'hello', [edit(0, 5, 'hi')], 'Content-Length: 97', 'hi'],
    ['X-A: 1', 'hello', [edit(5, 5, '!')], 'X-A: 1', 'hello!'],
  ]
  for (const [fields, body, edits, newFields, newBody] of CASES)
    expect(edited(withLength(fields, body), edits)).toBe(withLength(newFields, newBody))
})

test('chunks get the sizes of what is in them, with their extensions and trailers as they were', () => {
  const body = '5;x=1\r\nhello\r\nA\r\n, world...\r\n0\r\nX-T: 1\r\n\r\n'
  const CASES: readonly (readonly [edits: readonly Edit[], body: string])[] = [
    [[], body],
    [[edit(0, 1, 'J')], body.replace('hello', 'Jello')],
    [[edit(7, 7, '!')], body.replace('A\r\n, world', 'b\r\n, !world')],
    [[edit(14, 15, '')], body.replace('A\r\n, world...', '9\r\n, world..')],
    [[edit(1, 4, 'o'), edit(7, 12, 'moon')], '3;x=1\r\nhoo\r\n9\r\n, moon...\r\n0\r\nX-T: 1\r\n\r\n'],
    // An empty chunk would be the last one.
    [[edit(0, 5, '')], 'A\r\n, world...\r\n0\r\nX-T: 1\r\n\r\n'],
    [[edit(5, 15, '')], '5;x=1\r\nhello\r\n0\r\nX-T: 1\r\n\r\n'],
    [[edit(0, 15, '')], '0\r\nX-T: 1\r\n\r\n'],
  ]
  for (const [edits, wanted] of CASES) expect(edited(chunked(body), edits)).toBe(chunked(wanted))
})

test('a chunk that was cut off stays cut off, and something of it stays', () => {
  expect(edited(chunked('5\r\nhello\r\n14\r\n, world'), [edit(5, 12, 'x')])).toBe(chunked('5\r\nhello\r\ne\r\nx'))
  expect(edited(chunked('14\r\n, world'), [edit(0, 7, '')])).toBe(chunked('e\r\n*'))
})

test('whatever is edited, in a string or a long text, the message is whole and has the edited content', () => {
  const chunk = fc.stringMatching(/^[a-z]{1,12}$/)
  const place = fc.nat(40)
  const change = fc.record({
    start: place,
    length: fc.integer({ min: 1, max: 15 }),
    with: fc.stringMatching(/^[A-Z]{0,9}$/),
  })
  fc.assert(
    fc.property(
      fc.array(chunk, { maxLength: 6 }),
      fc.array(change, { maxLength: 4 }),
      fc.boolean(),
      (parts, changes, isChunked) => {
        const content = parts.join('')
        const lines = parts.map((data) => `${data.length.toString(16)}\r\n${data}\r\n`)
        const text = isChunked
          ? chunked(`${lines.join('')}0\r\n\r\n`)
          : withLength(`Content-Length: ${content.length}`, content)
        if (content === '') return
        const edits = mergeEdits(
          changes.map(({ start, length, with: replacement }) => {
            const from = Math.min(start, content.length - 1)
            return edit(from, Math.min(from + length, content.length), replacement)
          }),
        )
        const result = edited(text, edits)
        const message = messageIn(result)
        expectEqual(contentOf(result, message), applyEdits(content, edits), 'content')
        expectEqual(message.end?.end, result.length, 'end')
        const long = framedEdits(new JoinedText(text, [{ start: 0, end: text.length }]), messageIn(text), edits)
        expectEqual(
          JSON.stringify(long),
          JSON.stringify(framedEdits(text, messageIn(text), edits)),
          'edits of a long text',
        )
      },
    ),
  )
})
