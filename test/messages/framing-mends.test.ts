import { expect, test } from '../helpers/test.ts'
import { applyEdits } from '../../src/content/edits.ts'
import { STRICT } from '../../src/http1/leniency.ts'
import { type EditedSpeech, framingFaults } from '../../src/messages/framing-mends.ts'

/** An answer whose `Content-Length` says this, whatever it holds. */
const answer = (length: number, body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${body}`

const received = (text: string, ...methods: readonly string[]): EditedSpeech => ({
  text,
  type: 'received',
  methods,
  lenient: STRICT,
  isOver: true,
  segmentStarts: new Set([0]),
  isEdited: () => true,
})

const problems = (speech: EditedSpeech): readonly string[] => framingFaults(speech).map(({ problem }) => problem)

test('a length that an edit left behind is found, and says what it should be', () => {
  const [fault, ...others] = framingFaults(received(answer(2, 'hello'), 'GET'))
  expect(others).toEqual([])
  expect(fault).toMatchObject({
    with: '5',
    problem: expect.stringMatching(/^Content-Length says 2, the body has 5 bytes/),
  })
})

test('what was not edited is what the server sent', () => {
  expect(framingFaults({ ...received(answer(2, 'hello'), 'GET'), isEdited: () => false })).toEqual([])
})

test('an answer to HEAD has no body, so its length is no fault, and the next answer is that to the next request', () => {
  expect(problems(received(answer(5, '') + answer(5, 'hello'), 'HEAD', 'GET'))).toEqual([])
  expect(problems(received(answer(5, '') + answer(2, 'hello'), 'HEAD', 'GET'))).toHaveLength(1)
})

const ask = 'POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhello'

const sent = (text: string): EditedSpeech => ({ ...received(text), type: 'sent' })

test('what follows a tunnel is no message: after 101, after CONNECT, and after the answer that grants it', () => {
  const late = answer(2, 'hello')
  expect(problems(sent(ask))).toHaveLength(1)
  expect(problems(sent(`CONNECT a.test:443 HTTP/1.1\r\n\r\n${ask}`))).toEqual([])
  expect(problems(sent(`OPTIONS / HTTP/1.1\r\n\r\n${ask}`))).toHaveLength(1)
  expect(problems(received(`HTTP/1.1 101 Switching Protocols\r\n\r\n${late}`, 'GET', 'GET'))).toEqual([])
  expect(problems(received(`HTTP/1.1 100 Continue\r\n\r\n${late}`, 'GET'))).toHaveLength(1)
  for (const status of [200, 299])
    expect(problems(received(`HTTP/1.1 ${status} OK\r\n\r\n${late}`, 'CONNECT', 'GET'))).toEqual([])
  const refused = 'HTTP/1.1 300 No\r\nContent-Length: 0\r\n\r\n'
  expect(problems(received(refused + late, 'CONNECT', 'GET'))).toHaveLength(1)
})

/** The text with the faults mended, or the text itself. */
const mended = (speech: EditedSpeech): string =>
  applyEdits(
    speech.text,
    framingFaults(speech).map(({ start, end, with: replacement }) => ({ start, end, with: replacement })),
  )

const helloWith = (head: string): string => `HTTP/1.1 200 OK\r\n${head}\r\n\r\nhello`

test('a length is mended where it stands, whatever fields are around it and however it is written', () => {
  for (const [fields, wanted] of [
    ['X-A: 1\r\nX-Bee: 2\r\nContent-Length: 2\r\nX-C: 3', 'X-A: 1\r\nX-Bee: 2\r\nContent-Length: 5\r\nX-C: 3'],
    ['content-length:2', 'content-length:5'],
    ['CONTENT-LENGTH: \t2 \t', 'CONTENT-LENGTH: \t5 \t'],
    ['X-A:\r\nContent-Length: 10000', 'X-A:\r\nContent-Length: 5'],
  ] as const) {
    expect(mended({ ...received(helloWith(fields), 'GET'), isOver: false })).toBe(helloWith(wanted))
  }
  expect(problems({ ...received(answer(10, 'hello'), 'GET'), isOver: false })).toEqual([
    'Content-Length says 10, the body has 5 bytes',
  ])
})

test('a body that is shorter than its length was cut off if the side is over, and nothing follows it', () => {
  expect(problems(received(answer(10, 'hello'), 'GET'))).toEqual([])
  expect(mended(received(answer(10, 'hello') + answer(1, 'x'), 'GET', 'GET'))).toBe(answer(5, 'hello') + answer(1, 'x'))
  expect(mended(received(answer(2, 'hello') + answer(9, 'you'), 'GET', 'GET'))).toBe(
    answer(5, 'hello') + answer(9, 'you'),
  )
  expect(problems(received(answer(5, 'hello'), 'GET'))).toEqual([])
  expect(problems(received(answer(4, 'hello'), 'GET'))).toEqual(['Content-Length says 4, the body has 5 bytes'])
})

test('only what was edited is mended, and looking ends at a length that does not fit and was not edited', () => {
  const first = answer(2, 'hello')
  const two = first + answer(2, 'world')
  const editedFrom = (from: number): EditedSpeech => ({
    ...received(two, 'GET', 'GET'),
    isEdited: (_, end) => end > from,
  })
  expect(mended(editedFrom(0))).toBe(answer(5, 'hello') + answer(5, 'world'))
  expect(mended(editedFrom(first.length))).toBe(two)
  const ranges: (readonly [number, number])[] = []
  framingFaults({
    ...received(first, 'GET'),
    isEdited: (start, end) => {
      ranges.push([start, end])
      return true
    },
  })
  const at = first.indexOf('2\r\n\r\n')
  expect(ranges).toEqual([
    [0, first.length],
    [at, at + 1],
  ])
})

const postOf = (length: number, body: string): string => `POST / HTTP/1.1\r\nContent-Length: ${length}\r\n\r\n${body}`

const asked = (text: string, ...starts: readonly number[]): EditedSpeech => ({
  ...received(text),
  type: 'sent',
  segmentStarts: new Set([0, ...starts]),
})

test('a request begins with any method where a segment begins, and with a known one elsewhere', () => {
  const first = postOf(2, 'forget')
  const report = 'REPORT / HTTP/1.1\r\n\r\n'
  expect(mended(asked(`${first}GET / HTTP/1.1\r\n\r\n`))).toBe(`${postOf(6, 'forget')}GET / HTTP/1.1\r\n\r\n`)
  expect(mended(asked(first + report, first.length))).toBe(postOf(6, 'forget') + report)
  expect(mended(asked(first + report))).toBe(postOf(6 + report.length, 'forget') + report)
  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'])
    expect(mended(asked(`${first}${method} / HTTP/1.0\r\n\r\n`))).toBe(
      `${postOf(6, 'forget')}${method} / HTTP/1.0\r\n\r\n`,
    )
})

const speech = (text: string): EditedSpeech => ({ ...received(text, 'GET', 'GET'), isOver: false })

const chunked = (...lines: readonly string[]): string =>
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${lines.map((line) => `${line}\r\n`).join('')}`

test.describe('chunks', () => {
  test('get the sizes that they have, and one that has become empty goes', () => {
    expect(mended(speech(chunked('5', 'hello', '0', '')))).toBe(chunked('5', 'hello', '0', ''))
    expect(mended(speech(chunked('2;x=1', 'hello', '3', 'xyz', '0', '')))).toBe(
      chunked('5;x=1', 'hello', '3', 'xyz', '0', ''),
    )
    expect(mended(speech(chunked('3', 'z'.repeat(26), '0', '')))).toBe(chunked('1a', 'z'.repeat(26), '0', ''))
    expect(mended(speech(chunked('ff', 'xyz', '4', 'w', '0', '')))).toBe(chunked('3', 'xyz', '1', 'w', '0', ''))
    expect(mended(speech(chunked('5', '', '3', 'xyz', '0', '')))).toBe(chunked('3', 'xyz', '0', ''))
    expect(problems(speech(chunked('A', 'xyz', '5', '', '0', '')))).toEqual([
      'a chunk-size says 10, the chunk has 3 bytes',
      'a chunk of 5 bytes is empty',
    ])
  })

  test('are looked at up to the trailers, and the message after them, too', () => {
    for (const end of [[''], ['X-T: 1', 'X-U: 2', '']]) {
      const text = chunked('1', 'xy', '0', ...end)
      expect(mended(speech(text + answer(2, 'hello')))).toBe(chunked('2', 'xy', '0', ...end) + answer(5, 'hello'))
    }
    expect(mended(speech(`${chunked('1', 'xy', '0')}X-T: 1\r\n`))).toBe(`${chunked('2', 'xy', '0')}X-T: 1\r\n`)
  })

  test('that are cut off, or were not edited, are left as they are', () => {
    for (const text of [chunked('9', 'hello'), chunked('hello'), chunked('2', 'hello'), `${chunked()}5\r\nhel`])
      expect(problems(speech(text))).toEqual([])
    expect(problems({ ...speech(chunked('2', 'hello', '0', '')), isEdited: () => false })).toEqual([])
  })
})

test('what is no message of HTTP, or contradicts itself, is left to a parser', () => {
  for (const text of ['', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n', '220 mail\r\n\r\n', 'HTTP/2 200 OK\r\n\r\nx'])
    expect(problems(received(text, 'GET'))).toEqual([])
  const both = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhello'
  expect(problems(received(both, 'GET'))).toEqual([])
  expect(problems(received(`HTTP/1.1 200 OK\r\n\r\n${answer(2, 'hello')}`, 'GET', 'GET'))).toEqual([])
  expect(problems(received(`\r\n\r\n${answer(2, 'hello')}`))).toHaveLength(1)
})
