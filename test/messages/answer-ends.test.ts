import { expect, test } from '../helpers/test.ts'
import { AnswerEnds } from '../../src/messages/answer-ends.ts'
import { answer, request } from '../helpers/tape.ts'

const GET = Buffer.from(request('GET', '/'))
const LAST = Buffer.from(request('GET', '/', '', ['Connection: close']))
const HELLO = Buffer.from(answer('hello'))

test.describe('the ends of answers', () => {
  test('are counted from the first byte received, and only the last that is new is returned', () => {
    const ends = new AnswerEnds()
    ends.sent(Buffer.concat([GET, GET, GET]))
    expect(ends.received(HELLO.subarray(0, -1))).toBeUndefined()
    expect(ends.received(Buffer.concat([HELLO.subarray(-1), HELLO, HELLO.subarray(0, 9)]))).toBe(2 * HELLO.length)
    expect(ends.received(HELLO.subarray(9))).toBe(3 * HELLO.length)
    expect(ends.isOver).toBe(false)
  })

  test('ask for the close after the answer to the first request that wants it', () => {
    const ends = new AnswerEnds()
    ends.sent(Buffer.concat([GET, LAST, LAST]))
    ends.received(HELLO)
    expect(ends.mustClose).toBe(false)
    ends.received(HELLO)
    expect(ends.mustClose).toBe(true)
  })

  for (const [what, speak] of [
    ['requests', (ends: AnswerEnds) => ends.sent(Buffer.from('\0\0\r\n\r\n'))],
    ['answers', (ends: AnswerEnds) => void ends.received(Buffer.from('220 mail.test\r\n'))],
  ] as const) {
    test(`are over once the ${what} are not HTTP`, () => {
      const ends = new AnswerEnds()
      speak(ends)
      expect(ends.isOver).toBe(true)
      ends.sent(GET)
      expect(ends.received(HELLO)).toBeUndefined()
      expect(ends.isOver).toBe(true)
    })
  }

  test('of an upgraded connection are over after the 101', () => {
    const ends = new AnswerEnds()
    ends.sent(Buffer.from(request('GET', '/', '', ['Connection: upgrade', 'Upgrade: mine'])))
    ends.received(Buffer.from('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: mine\r\n\r\n'))
    expect(ends.isOver).toBe(true)
  })
})
