import { expect, test } from '../helpers/test.ts'
import type { RequestHead } from '../../src/http1/events.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import { OriginChooser } from '../../src/serve/origin-chooser.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const CROSS = 'Sec-Fetch-Site: cross-site'

/** A chooser for a cassette whose requests had these fields, one after the other. */
const chooserOf = (...fields: readonly (readonly string[])[]): OriginChooser =>
  new OriginChooser({
    origins: ['http://api.test'],
    interactions: interactionsOf(
      oneConnection('http://api.test', (connection) => {
        for (const lines of fields) connection.sent(request('GET', '/', '', [...lines])).received(answer('one'))
        return connection
      }),
    ),
    origin: undefined,
    allowHosts: [],
    isTls: false,
  })

const asked = (...lines: readonly string[]): RequestHead => ({
  type: 'request-head',
  method: 'GET',
  target: '/',
  version: '1.1',
  fields: ['Host: api.test', ...lines].map((line) => {
    const [name = '', value = ''] = line.split(': ')
    return { name, value }
  }),
  start: 0,
  end: 1,
})

test('pages of other sites that do not say which are let in if some have been recorded, in whatever order', () => {
  for (const recorded of [[[CROSS]], [[CROSS], []], [[], [CROSS]], [[CROSS], ['Sec-Fetch-Site: same-origin'], []]])
    expect(chooserOf(...recorded).originOf(asked(CROSS))).toBe('http://api.test')
  // Those that say which are known by that.
  for (const recorded of [[[]], [['Sec-Fetch-Site: none']], [[CROSS, 'Origin: http://page.test']]])
    expect(() => chooserOf(...recorded).originOf(asked(CROSS))).toThrow(/a page of another site/)
  const known = chooserOf([CROSS, 'Origin: http://page.test'])
  expect(known.originOf(asked(CROSS, 'Origin: http://page.test'))).toBe('http://api.test')
  expect(known.originOf(asked(CROSS, 'Referer: http://page.test/a?b'))).toBe('http://api.test')
  expect(() => known.originOf(asked('Origin: http://evil.test'))).toThrow(/evil\.test/)
})
