import { expect, test } from '../helpers/test.ts'
import type { RequestHead } from '../../src/http1/events.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import { OriginChooser } from '../../src/serve/origin-chooser.ts'
import { answer, oneConnection, request, TapeWriter } from '../helpers/tape.ts'

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

const head = (method: string, target: string, host = 'api.test'): RequestHead => ({
  ...asked(),
  method,
  target,
  fields: [{ name: 'Host', value: host }],
})

const meantBy = (chooser: OriginChooser, version: '1.0' | '1.1', fields: RequestHead['fields']): string => {
  try {
    return chooser.originOf({ ...head('GET', '/plain'), version, fields })
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

test.describe('of several recorded origins with one name', () => {
  const tape = new TapeWriter()
  for (const [origin, method, target] of [
    ['http://api.test', 'GET', '/plain'],
    ['http://api.test', 'GET', '/both?a=1'],
    ['https://api.test', 'GET', '/secure'],
    ['https://api.test', 'GET', '/both?a=2'],
    ['https://api.test', 'POST', '/plain'],
    ['http://other.test:81', 'GET', '/other'],
  ] as const)
    tape.open(origin).sent(request(method, target)).received(answer('one'))
  const chooser = (isTls: boolean, origin?: string): OriginChooser =>
    new OriginChooser({
      origins: ['http://api.test', 'https://api.test', 'http://other.test:81'],
      interactions: interactionsOf(tape.cassette),
      origin,
      allowHosts: ['My.Machine'],
      isTls,
    })

  // oxfmt-ignore
  const MEANT: readonly (readonly [method: string, target: string, host: string, plain: string, secure: string])[] = [
    ['GET',  '/plain',     'api.test',       'http://api.test',      'http://api.test'],
    ['GET',  '/secure',    'api.test',       'https://api.test',     'https://api.test'],
    ['POST', '/plain',     'api.test',       'https://api.test',     'https://api.test'],
    ['PUT',  '/plain',     'api.test',       'http://api.test',      'https://api.test'],
    ['GET',  '/both?a=1',  'api.test',       'http://api.test',      'http://api.test'],
    ['GET',  '/both?a=2',  'api.test',       'https://api.test',     'https://api.test'],
    ['GET',  '/secure?b',  'api.test',       'https://api.test',     'https://api.test'],
    ['GET',  '/unknown',   'api.test',       'http://api.test',      'https://api.test'],
    ['GET',  '/secure',    'API.test:443',   'https://api.test',     'https://api.test'],
    ['GET',  '/secure',    'api.test:80',    'http://api.test',      'http://api.test'],
    ['GET',  '/other',     'localhost',      'http://other.test:81', 'http://other.test:81'],
    ['GET',  '/other?x=1', 'my.machine:99',  'http://other.test:81', 'http://other.test:81'],
    ['GET',  '/other',     'api.test',       'http://api.test',      'https://api.test'],
    ['GET',  'http://api.test/secure', '127.0.0.1', 'https://api.test', 'https://api.test'],
    ['GET',  'http://other.test:81/secure?y', 'api.test', 'http://other.test:81', 'http://other.test:81'],
  ]
  for (const [method, target, host, plain, secure] of MEANT)
    test(`${method} ${target} of ${host} means ${plain === secure ? plain : 'the one with the protocol of the server'}`, () => {
      expect([chooser(false), chooser(true)].map((one) => one.originOf(head(method, target, host)))).toEqual([
        plain,
        secure,
      ])
    })

  test('the one that was asked for is meant by every request, and names of others are refused', () => {
    expect(chooser(false, 'https://api.test').originOf(head('GET', '/plain'))).toBe('https://api.test')
    for (const host of ['evil.test', 'other.test', 'machine', ''])
      expect(() => chooser(false).originOf(head('GET', '/plain', host || 'x'))).toThrow(
        expect.objectContaining({ code: 'MISDIRECTED' }),
      )
  })

  test('a request has one Host, and of HTTP/1.0 may have none', () => {
    const host = { name: 'HOST', value: 'api.test' }
    expect([
      meantBy(chooser(false), '1.1', [host]),
      meantBy(chooser(false), '1.0', [host]),
      meantBy(chooser(false), '1.0', []),
    ]).toEqual(Array.from({ length: 3 }, () => 'http://api.test'))
    expect(meantBy(chooser(false), '1.1', [])).toContain('HTTP/1.1 without Host')
    expect(meantBy(chooser(false), '1.1', [host, host])).toContain('it has 2')
    expect(meantBy(chooser(false), '1.0', [host, host])).toContain('it has 2')
  })
})
