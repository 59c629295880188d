import { PassThrough } from 'node:stream'
import { expect, test } from '../helpers/test.ts'
import { ConnectionError, LocalProtocolError } from '../../src/index.ts'
import { Output } from '../../src/console/terminal.ts'
import { RequestLog } from '../../src/requests/request-log.ts'
import type { Result } from '../../src/requests/run-requests.ts'

const answered = (status: number, reason: string, size: number, took: number): Result => ({
  title: 'GET http://a.test/?token=s3cret&n=1',
  outcome: { status, reason, size },
  took,
})
const LOST: Result = {
  title: 'GET http://a.test/\u001b[2J',
  outcome: { error: new ConnectionError('DNS_FAILED', 'dns', 'a.test') },
  took: 1500,
}
const UNSENDABLE: Result = {
  title: 'GET http://a.test/',
  outcome: { error: new LocalProtocolError('INVALID_OPTION', 'x') },
  took: 0,
}

/** A log, and all that it has printed, without colours. */
function logOf(options: { total: number; lists?: boolean; isSerial?: boolean }): {
  log: RequestLog
  printed: () => string
} {
  const stream = new PassThrough()
  const log = new RequestLog(new Output(Object(stream)), { lists: true, isSerial: true, ...options })
  // oxlint-disable-next-line no-control-regex
  return { log, printed: () => (stream.read() ?? '').toString().replaceAll(/\u001b\[\d+m/g, '') }
}

test('a request that was answered is a line, without its secrets and with what a terminal may show', () => {
  const { log, printed } = logOf({ total: 1 })
  log.add(answered(200, 'OK\u00e9\u001b', 1, 12.34))
  expect(printed()).toBe('GET http://a.test/?token=******&n=1  200 OK\\xe9\\x1b  1 byte  12.340 ms\n')
  log.summarize()
  expect(printed()).toBe('')
})

test('one that failed is a line, too, also where answers are only counted', () => {
  const { log, printed } = logOf({ total: 3, lists: false })
  log.add(answered(200, 'OK', 10, 1))
  log.add(LOST)
  expect(printed()).toMatch(
    /^GET http:\/\/a\.test\/\\x1b\[2J {2}DNS_FAILED: .*; check the host name {2}1500\.000 ms\n$/,
  )
  expect([log.count, log.failures]).toEqual([2, 1])
})

test('the first that cannot be sent ends a run of one after another, as all others would fail', () => {
  const { log } = logOf({ total: 2 })
  expect(() => log.add(UNSENDABLE)).toThrow(LocalProtocolError)
  const { log: second } = logOf({ total: 2 })
  second.add(answered(200, 'OK', 1, 1))
  second.add(UNSENDABLE)
  expect(second.failures).toBe(1)
  const { log: several } = logOf({ total: 2, isSerial: false })
  several.add(UNSENDABLE)
  expect(several.failures).toBe(1)
})

test('the summary counts answers by their status, bodies and times', () => {
  const { log, printed } = logOf({ total: 1200, lists: false })
  for (let index = 0; index < 1100; index += 1) log.add(answered(200, 'OK', 10, index + 1))
  for (let index = 0; index < 100; index += 1) log.add(answered(404, 'Not Found', 1, 5000))
  log.summarize()
  expect(printed().split('\n')).toEqual([
    '',
    '1,200 requests, 200 x 1,100, 404 x 100, 11,100 bytes of bodies',
    'fastest 1.000 ms, half within 601.000 ms, 95 % within 5000.000 ms, slowest 5000.000 ms',
    '',
  ])
})

test('the summary of a run that was ended says how many were made', () => {
  const { log, printed } = logOf({ total: 2, lists: false })
  log.add(answered(500, '', 1, 2))
  log.summarize()
  expect(printed()).toBe(
    `\n1 of 2 requests, 500 x 1, 1 byte of bodies\nfastest 2.000 ms, half within 2.000 ms, 95 % within 2.000 ms, slowest 2.000 ms\n`,
  )
  const { log: none, printed: nothing } = logOf({ total: 2 })
  none.summarize()
  expect(nothing()).toBe('\n0 of 2 requests, 0 bytes of bodies\n')
})
