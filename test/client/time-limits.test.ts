import { expect, test } from '../helpers/test.ts'
import { Exchange } from '../../src/client/exchange.ts'
import { TimeLimits } from '../../src/client/time-limits.ts'
import { FakeClock } from '../helpers/fake-clock.ts'

/** Limits of 100 ms for reading and 50 ms for writing, and what they ended with. */
function timed(): {
  readonly clock: FakeClock
  readonly limits: TimeLimits
  readonly exchange: Exchange
  readonly ended: string[]
} {
  const clock = new FakeClock()
  const exchange = new Exchange('GET', { isSuspect: false }, 0, 0)
  const ended: string[] = []
  const timeouts = { connect: undefined, read: 100, write: 50 }
  const limits = new TimeLimits(
    { clock, timeouts: () => timeouts },
    () => exchange,
    ({ code, phase, detail }) => void ended.push(`${code} ${phase} ${detail} at ${clock.now()}`),
  )
  return { clock, limits, exchange, ended }
}

const begin = (exchange: Exchange): void =>
  exchange.begin({ type: 'response-head', start: 0, end: 0, version: '1.1', status: 200, reason: '', fields: [] })

test.describe('the limit of a wire', () => {
  test('for a head is one for the whole head', async () => {
    const { clock, limits, ended } = timed()
    limits.startRead('headers')
    await clock.advance(60)
    limits.startRead('headers')
    await clock.advance(100)
    expect(ended).toEqual(['HEADERS_TIMEOUT headers 100 ms at 100'])
  })

  test('for a head begins anew after a part of an answer, and after nobody waited', async () => {
    for (const pause of [(limits: TimeLimits) => limits.noteEvent(), (limits: TimeLimits) => limits.endRead()]) {
      const { clock, limits, ended } = timed()
      limits.startRead('headers')
      await clock.advance(60)
      pause(limits)
      limits.startRead('headers')
      await clock.advance(200)
      expect(ended).toEqual(['HEADERS_TIMEOUT headers 100 ms at 160'])
    }
  })

  test('for a body is one for each gap', async () => {
    const { clock, limits, exchange, ended } = timed()
    begin(exchange)
    limits.startRead('headers')
    await clock.advance(60)
    limits.startRead('body')
    await clock.advance(60)
    limits.startRead('body')
    await clock.advance(200)
    expect(ended).toEqual(['BODY_TIMEOUT body 100 ms at 220'])
  })

  test('does not run while nobody waits, nor while the request is sent', async () => {
    const { clock, limits, exchange, ended } = timed()
    limits.startRead('headers')
    limits.endRead()
    await clock.advance(200)
    limits.startRead('headers')
    exchange.isSending = true
    limits.startRead('headers')
    await clock.advance(200)
    expect(ended).toEqual([])
    // A body that comes early has its limit all the same.
    limits.startRead('body')
    await clock.advance(100)
    expect(ended).toHaveLength(1)
  })

  test('for a write runs from its start to its end', async () => {
    const { clock, limits, ended } = timed()
    limits.startWrite()
    await clock.advance(40)
    limits.endWrite()
    await clock.advance(100)
    limits.startWrite()
    await clock.advance(100)
    expect(ended).toEqual(['WRITE_TIMEOUT write 50 ms at 190'])
  })

  test('leaves no timer when it is closed', () => {
    for (const start of [
      (limits: TimeLimits) => limits.startWrite(),
      (limits: TimeLimits) => limits.startRead('body'),
    ]) {
      const { clock, limits } = timed()
      start(limits)
      expect(clock.timers).toBe(1)
      limits.close()
      expect(clock.timers).toBe(0)
    }
  })
})
