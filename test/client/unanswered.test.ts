import { expect, test } from '../helpers/test.ts'
import { Exchange } from '../../src/client/exchange.ts'
import { Unanswered } from '../../src/client/unanswered.ts'
import type { Wire } from '../../src/client/wire.ts'
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
