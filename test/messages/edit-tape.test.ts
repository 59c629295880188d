import { expect, test } from '../helpers/test.ts'
import { editTape } from '../../src/messages/edit-tape.ts'
import { readExchanges } from '../../src/messages/exchanges.ts'
import { readTapedExchanges } from '../../src/hooks/taped-exchanges.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const tape = oneConnection('http://api.test', (it) => it.sent('', 'abc', 'def', '', 'ghi').received('xyz')).tape

/** What each segment says then. */
const edited = (edits: readonly { readonly start: number; readonly end: number; readonly with: string }[]): string =>
  editTape(tape, new Map([['sent 1', edits]]))
    .map((event) => ('bytes' in event ? Buffer.from(event.bytes).toString() : event.type))
    .join('|')

test('segments keep their borders as far as lengths allow; one of which nothing is left goes, and one that was empty stays', () => {
  expect(edited([])).toBe('open||abc|def||ghi|xyz')
  expect(edited([{ start: 3, end: 6, with: '' }])).toBe('open||abc||ghi|xyz')
  expect(edited([{ start: 1, end: 2, with: 'BB' }])).toBe('open||aBBc|def||ghi|xyz')
  expect(edited([{ start: 2, end: 4, with: '1234' }])).toBe('open||ab12|34ef||ghi|xyz')
  expect(edited([{ start: 0, end: 9, with: '' }])).toBe('open|||xyz')
  expect(edited([{ start: 9, end: 9, with: '!' }])).toBe('open||abc|def||ghi!|xyz')
})

test('an answer of which only interim responses came is told with its request', () => {
  const early = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
  const cassette = oneConnection('http://api.test', (it) =>
    it.sent(request('GET', '/a'), request('GET', '/b')).received(early + answer('a'), early + early),
  )
  expect(readExchanges(cassette).exchanges.map(({ interim, response }) => [interim.length, response?.status])).toEqual([
    [1, 200],
    [2, undefined],
  ])
  const { exchanges } = readTapedExchanges(cassette.tape, () => 'http://api.test')
  const first = early.length + answer('a').length
  expect(exchanges.map(({ answer: all }) => all && [all.start, all.end, all.final?.startLine])).toEqual([
    [0, first, 'HTTP/1.1 200 OK'],
    [first, first + 2 * early.length, undefined],
  ])
})
