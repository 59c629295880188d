import { expect, test } from '../helpers/test.ts'
import { Exchange } from '../../src/client/exchange.ts'
import { Unanswered } from '../../src/client/unanswered.ts'
import { PENDING } from '../../src/client/waiter.ts'
import type { Wire } from '../../src/client/wire.ts'
import { LocalProtocolError } from '../../src/errors.ts'
import { ScriptedTransport, wireOver } from '../helpers/scripted-transport.ts'

const wire = (): Wire => wireOver(new ScriptedTransport())

const exchange = (): Exchange => new Exchange('GET', { isSuspect: false }, 0, 0)

test('a request that is forgotten, once or twice, leaves the others in their order', () => {
  const queue: Unanswered[] = []
  const [a, b, c, d] = [1, 2, 3, 4].map(() => new Unanswered(exchange(), wire(), queue))
  expect(queue).toEqual([a, b, c, d])
  for (const [one, left] of [
    [b, [a, c, d]],
    [b, [a, c, d]],
    [a, [c, d]],
    [a, [c, d]],
    [d, [c]],
    [d, [c]],
  ] as const) {
    one?.forget()
    expect(queue).toEqual(left)
  }
})

test('the answer to a request that is sent again is due before all others, on its new connection', () => {
  const queue: Unanswered[] = []
  const [a, b] = [1, 2].map(() => new Unanswered(exchange(), wire(), queue))
  a?.forget()
  const [again, anew] = [exchange(), wire()]
  a?.moveTo(again, anew)
  expect(queue).toEqual([a, b])
  expect([a?.exchange, a?.wire]).toEqual([again, anew])
  again.fail(new Error('reset'))
  expect(() => a?.look()).toThrow('reset')
  expect(queue).toEqual([b])
})

test('an answer is handed out once its head is there, and its request is then forgotten', () => {
  const queue: Unanswered[] = []
  const one = new Unanswered(exchange(), wire(), queue)
  expect([one.look(), queue.length]).toEqual([PENDING, 1])
  one.exchange.begin({ type: 'response-head', start: 0, end: 0, version: '1.1', status: 299, reason: '', fields: [] })
  expect(one.look()).toMatchObject({ status: 299 })
  expect(queue).toEqual([])
})

test('a request that is held up by an unread body stays, and may be awaited again', async () => {
  const peer = new ScriptedTransport()
  const busy = wireOver(peer)
  const [first, second] = [busy.expect('GET'), busy.expect('GET')]
  const queue: Unanswered[] = []
  const one = new Unanswered(second, busy, queue)
  one.isAwaited = true
  peer.say(`HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n${'x'.repeat(1_048_577)}`)
  await busy.fill()
  expect(() => one.look()).toThrow(expect.objectContaining({ code: 'BODY_UNREAD' }))
  expect([one.isAwaited, queue]).toEqual([false, [one]])
  first.body.takeAll()
  expect(one.look()).toBe(PENDING)
})

test('a request that failed is forgotten, whatever failed it', () => {
  for (const failure of [new Error('lost'), new LocalProtocolError('WRONG_STATE', 'x')]) {
    const queue: Unanswered[] = []
    const one = new Unanswered(exchange(), wire(), queue)
    one.isAwaited = true
    one.exchange.fail(failure)
    expect(() => one.look()).toThrow(failure)
    expect([one.isAwaited, queue.length]).toEqual([true, 0])
  }
})
