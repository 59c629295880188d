import { expect, test } from '../helpers/test.ts'
import type { RequestHead, ResponseEvent, ResponseHead } from '../../src/http1/events.ts'
import { type Exchange, ExchangeWatch } from '../../src/listen/exchange-watch.ts'

const asked = (target: string): RequestHead => ({
  type: 'request-head',
  method: 'GET',
  target,
  version: '1.1',
  fields: [],
  start: 0,
  end: 1,
})

const head = (status: number): ResponseHead => ({
  type: 'response-head',
  version: '1.1',
  status,
  reason: '',
  fields: [],
  start: 0,
  end: 1,
})

const END: ResponseEvent = { type: 'end-of-message', trailers: [], start: 1, end: 1 }

function watched() {
  const exchanges: Exchange[] = []
  const answers: number[] = []
  const watch = new ExchangeWatch('http://api.test', {
    onExchange: (exchange) => exchanges.push(exchange),
    onAnswer: (_origin, _request, { status }) => answers.push(status),
  })
  return { watch, exchanges, answers }
}

test('an exchange is reported when its answer is whole, not at its head', () => {
  const { watch, exchanges, answers } = watched()
  watch.request(asked('/a'))
  watch.received(10)
  watch.answer(head(200))
  expect([answers, exchanges]).toEqual([[200], []])
  watch.received(5)
  watch.answer(END)
  expect(exchanges).toMatchObject([
    { origin: 'http://api.test', method: 'GET', target: '/a', status: 200, receivedBytes: 15, failure: undefined },
  ])
  expect(exchanges[0]?.milliseconds).toBeGreaterThanOrEqual(0)
})

test('an upgrade ends with its head, since what follows is no HTTP', () => {
  const { watch, exchanges } = watched()
  watch.request(asked('/ws'))
  watch.answer(head(101))
  expect(exchanges).toMatchObject([{ target: '/ws', status: 101 }])
  watch.answer(END)
  watch.end(new Error('late'))
  expect(exchanges).toHaveLength(1)
})

test('pipelined requests are answered in their order, each with its own bytes', () => {
  const { watch, exchanges } = watched()
  for (const target of ['/1', '/2', 'http://api.test?q', 'http://api.test', '/5']) watch.request(asked(target))
  for (const bytes of [1, 20, 300]) {
    watch.received(bytes)
    watch.answer(head(200 + (bytes % 7)))
    watch.answer(END)
  }
  const failure = new Error('cut')
  watch.received(7)
  watch.end(failure)
  expect(exchanges.map(({ target, status, receivedBytes }) => [target, status, receivedBytes])).toEqual([
    ['/1', 201, 1],
    ['/2', 206, 20],
    ['/?q', 206, 300],
    ['/', undefined, 7],
    ['/5', undefined, 0],
  ])
  expect(exchanges.map((exchange) => exchange.failure)).toEqual([undefined, undefined, undefined, failure, failure])
})

test('an answer to nothing is not reported', () => {
  const { watch, exchanges, answers } = watched()
  watch.answer(head(200))
  watch.answer(END)
  watch.end()
  expect([exchanges, answers]).toEqual([[], []])
})
