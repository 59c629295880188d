import { expect, test } from '../helpers/test.ts'
import { AnswerEnds } from '../../src/messages/answer-ends.ts'
import { countWholeResponses } from '../../src/messages/answers.ts'
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

  test('leave nothing under way once each request that has begun has its answer', () => {
    const ends = new AnswerEnds()
    const said = (): readonly boolean[] => [ends.isIdle, ends.owesAnswer]
    const POST = Buffer.from(request('POST', '/', 'body'))
    expect(said()).toEqual([true, false])
    ends.sent(GET.subarray(0, 5))
    expect(said()).toEqual([false, false])
    ends.sent(GET.subarray(5))
    expect(said()).toEqual([false, true])
    ends.received(HELLO)
    expect([...said(), ends.answered]).toEqual([true, false, 1])
    ends.sent(POST.subarray(0, -1))
    expect(said()).toEqual([false, false])
    ends.received(HELLO)
    expect([...said(), ends.answered]).toEqual([false, false, 2])
    ends.sent(POST.subarray(-1))
    expect([...said(), ends.mustClose]).toEqual([true, false, false])
  })

  test('tell each event of an answer', () => {
    const types: string[] = []
    const ends = new AnswerEnds(({ type }) => types.push(type))
    ends.sent(GET)
    ends.received(Buffer.from(`HTTP/1.1 103 Early Hints\r\n\r\n${answer('hello')}`))
    expect(types).toEqual(['interim-response', 'response-head', 'data', 'end-of-message'])
  })

  test('of an upgraded connection are over after the 101', () => {
    const ends = new AnswerEnds()
    ends.sent(Buffer.from(request('GET', '/', '', ['Connection: upgrade', 'Upgrade: mine'])))
    ends.received(Buffer.from('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: mine\r\n\r\n'))
    expect(ends.isOver).toBe(true)
  })
})

const count = (segments: readonly Buffer[], ...methods: string[]): number | undefined =>
  countWholeResponses(segments, methods)

test('answers are counted up to one after which the connection ends', () => {
  const closing = Buffer.from(answer('a').replace('\r\n', '\r\nConnection: close\r\n'))
  const endless = Buffer.from('HTTP/1.1 200 OK\r\n\r\nabc')
  expect(count([HELLO, HELLO], 'GET', 'GET')).toBe(2)
  expect(count([HELLO, HELLO], 'GET')).toBe(1)
  expect(count([closing, HELLO], 'GET', 'GET')).toBe(1)
  expect(count([HELLO, endless], 'GET', 'GET', 'GET')).toBe(1)
  expect(count([HELLO.subarray(0, 9)], 'GET')).toBe(0)
  expect(count([Buffer.from('220 mail.test\r\n')], 'GET')).toBeUndefined()
  expect(count([Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'), HELLO], 'HEAD', 'GET')).toBe(2)
})
