import { expect, test } from '../helpers/test.ts'
import { Exchange, MAX_UNREAD_BYTES } from '../../src/client/exchange.ts'
import { NO_UPGRADE } from '../../src/client/upgrade-wish.ts'
import type { EndOfMessage, FieldLine, ResponseHead } from '../../src/http1/events.ts'

const open = (usualBody = 0): Exchange => new Exchange('GET', { isSuspect: false }, 7, usualBody)

const headOf = (status: number, fields: readonly FieldLine[] = []): ResponseHead => ({
  type: 'response-head',
  start: 0,
  end: 9,
  version: '1.1',
  status,
  reason: '',
  fields,
})

const END: EndOfMessage = { type: 'end-of-message', start: 9, end: 9, trailers: [] }

test('an exchange begins with nothing of an answer', () => {
  const period = { isSuspect: false }
  const exchange = new Exchange('PUT', period, 7, 0)
  expect([exchange.method, exchange.period, exchange.sentAt]).toEqual(['PUT', period, 7])
  expect(exchange.period).toBe(period)
  expect(exchange).toMatchObject({ isAwaitedWhole: false, isLast: false, isSending: false, hasBegun: false })
  expect(exchange).toMatchObject({ wish: NO_UPGRADE, interim: [], head: undefined, end: undefined, failure: undefined })
  expect(exchange).toMatchObject({ isSettled: false, isBodyRefused: false, unreadBytes: 0, announcedLength: undefined })
})

/** What an answer with such fields announces. */
const announced = (...fields: readonly (readonly [name: string, value: string])[]): number | undefined => {
  const exchange = open()
  exchange.begin(
    headOf(
      200,
      fields.map(([name, value]) => ({ name, value })),
    ),
  )
  return exchange.announcedLength
}

test.describe('the announced length of a body', () => {
  for (const [what, length, fields] of [
    ['is not known without the field', undefined, [['Content-Type', '5']]],
    ['is the one of the field, in any case', 5, [['CONTENT-length', '5']]],
    ['may be nothing', 0, [['content-length', '0']]],
    ['is not negative', undefined, [['content-length', '-1']]],
    ['may be the largest safe number', 9_007_199_254_740_991, [['content-length', '9007199254740991']]],
    ['is not larger than that', undefined, [['content-length', '9007199254740992']]],
    ['is whole', undefined, [['content-length', '1.5']]],
    ['is a number', undefined, [['content-length', 'five']]],
    [
      'does not count in chunks',
      undefined,
      [
        ['Content-Length', '5'],
        ['TRANSFER-encoding', 'chunked'],
      ],
    ],
    [
      'is found among other fields',
      5,
      [
        ['Server', '9'],
        ['Content-Length', '5'],
        ['Date', '8'],
      ],
    ],
  ] as const) {
    test(what, () => expect(announced(...fields)).toBe(length))
  }
})

test.describe('the rest of a request body', () => {
  for (const [status, isRefused] of [
    [200, false],
    [399, false],
    [400, true],
    [599, true],
  ] as const) {
    test(`is ${isRefused ? '' : 'not '}refused by an early ${status}`, () => {
      const exchange = open()
      let told = 0
      exchange.onBodyRefused = () => (told += 1)
      exchange.begin(headOf(status))
      expect([exchange.isBodyRefused, told]).toEqual([isRefused, isRefused ? 1 : 0])
    })
  }

  for (const [what, settle] of [
    ['the end of the answer', (exchange: Exchange) => exchange.finish(END)],
    ['a failure', (exchange: Exchange) => exchange.fail(new Error('lost'))],
  ] as const) {
    test(`is refused by ${what}, which settles the exchange`, () => {
      const exchange = open()
      const told: string[] = []
      exchange.onBodyRefused = () => told.push('refused')
      exchange.onSettled = () => told.push('settled')
      settle(exchange)
      expect([exchange.isSettled, exchange.isBodyRefused, told]).toEqual([true, true, ['settled', 'refused']])
    })
  }
})

test('interim responses are kept in their order', () => {
  const exchange = open()
  const one = { ...headOf(100), type: 'interim-response' } as const
  const two = { ...headOf(103), type: 'interim-response' } as const
  exchange.addInterim(one)
  exchange.addInterim(two)
  expect(exchange.interim).toEqual([one, two])
})

test('a body may wait unread up to 1 MiB, and without limit for a caller that takes it whole', () => {
  const exchange = open()
  exchange.body.add(Buffer.alloc(MAX_UNREAD_BYTES))
  expect([MAX_UNREAD_BYTES, exchange.unreadBytes]).toEqual([1_048_576, 1_048_576])
  expect(() => exchange.checkUnread()).not.toThrow()
  exchange.body.add(Buffer.from('x'))
  const refusal = { code: 'BODY_UNREAD', detail: '1048577 bytes of it have arrived; read or cancel it first' }
  expect(() => exchange.checkUnread()).toThrow(expect.objectContaining(refusal))
  exchange.isAwaitedWhole = true
  expect(exchange.unreadBytes).toBe(0)
  expect(() => exchange.checkUnread()).not.toThrow()
})
