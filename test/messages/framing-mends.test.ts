import { expect, test } from '../helpers/test.ts'
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

test('what follows a tunnel is no message: after 101, after CONNECT, and after the answer that grants it', () => {
  const late = answer(2, 'hello')
  const ask = 'POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhello'
  const sent = (text: string): EditedSpeech => ({ ...received(text), type: 'sent' })
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
