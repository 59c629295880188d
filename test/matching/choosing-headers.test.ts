import { withoutBoundary } from '../../src/content/multipart.ts'
import { expect, test } from '../helpers/test.ts'
import type { FieldLine } from '../../src/http1/events.ts'
import {
  headerFit,
  headerValues,
  namesOperation,
  operationOf,
  sameOperations,
} from '../../src/matching/choosing-headers.ts'

/** `Name: value` as a field. */
const fields = (...lines: readonly string[]): readonly FieldLine[] =>
  lines.map((line) => ({ name: line.slice(0, line.indexOf(':')), value: line.slice(line.indexOf(':') + 2) }))

const UUID = '123e4567-e89b-12d3-a456-426614174000'
const OTHER = '00000000-e89b-12d3-a456-426614174fff'

const distance = (recorded: readonly string[], asked: readonly string[]): number =>
  headerFit({ fields: fields(...recorded), disguised: undefined }, { fields: fields(...asked) }).distance

test('values are by name in lower case, several of one name in their order, and boundaries left out', () => {
  expect(
    headerValues(
      fields('X-A: 1', 'x-b: 2', 'x-A: 3', 'Content-Type: multipart/form-data; boundary=xyz', 'x-c: a; boundary=b'),
    ),
  ).toEqual(
    new Map([
      ['x-a', '1\n3'],
      ['x-b', '2'],
      ['content-type', withoutBoundary('multipart/form-data; boundary=xyz')],
      ['x-c', 'a; boundary=b'],
    ]),
  )
})

test('some fields name an operation, in any case', () => {
  const names = [
    'Range',
    'SOAPAction',
    'X-Amz-Target',
    'Depth',
    'Destination',
    'X-HTTP-Method-Override',
    'X-HTTP-Method',
  ]
  for (const name of names) expect([name, namesOperation({ name, value: '' })]).toEqual([name, true])
  for (const name of ['Accept', 'Ranges', 'Rangf', 'X-Http-Methods', ''])
    expect(namesOperation({ name, value: '' })).toBe(false)
  const one = fields('Range: bytes=0-1', 'Depth: 1', 'X-A: 1')
  expect(operationOf(one)).toEqual(
    new Map([
      ['range', 'bytes=0-1'],
      ['depth', '1'],
    ]),
  )
  expect(sameOperations(one, fields('range: bytes=0-1', 'Depth: 0', 'X-A: 1'))).toEqual(['range'])
  expect(sameOperations(one, [])).toEqual([])
})

test.describe('header fields that differ count', () => {
  test('each name once, whichever side has it', () => {
    expect(distance(['X-A: 1', 'X-B: 2'], ['X-A: 1', 'X-B: 2'])).toBe(0)
    expect(distance(['X-A: 1', 'X-B: 2'], ['x-b: 2', 'x-a: 1'])).toBe(0)
    expect(distance(['X-A: 1', 'X-B: 2'], ['X-A: 2', 'X-B: 3'])).toBe(2)
    expect(distance(['X-A: 1'], ['X-B: 1'])).toBe(2)
    expect(distance(['X-A: 1', 'X-A: 2'], ['X-A: 2', 'X-A: 1'])).toBe(1)
    expect(distance([], ['X-A: 1'])).toBe(1)
    expect(distance(['X-A: 1'], [])).toBe(1)
  })

  test('but not those of the connection, the framing and the client', () => {
    const names = [
      'Host',
      'Connection',
      'Content-Length',
      'Transfer-Encoding',
      'Keep-Alive',
      'TE',
      'Trailer',
      'Upgrade',
      'Expect',
      'Date',
      'User-Agent',
      'Accept-Encoding',
      'Sec-WebSocket-Key',
    ]
    for (const name of names) {
      expect([name, distance([`${name}: a`], [`${name}: b`])]).toEqual([name, 0])
      // Also where another field makes all of them be looked at.
      expect([name, distance([`${name}: a`, 'X-A: 1'], [`${name}: b`, 'x-a: 1'])]).toEqual([name, 0])
      expect([name, distance([`${name}: a`], []), distance([], [`${name}: a`])]).toEqual([name, 0, 0])
    }
  })

  test('nor values that are new in each request, unless the field chooses whatever it looks like', () => {
    expect(distance([`X-Request: ${UUID}`], [`X-Request: ${OTHER}`])).toBe(0)
    expect(distance([`X-Request: ${UUID}`], ['X-Request: a'])).toBe(1)
    expect(distance(['X-Request: a'], [`X-Request: ${UUID}`])).toBe(1)
    expect([distance([`X-Request: ${UUID}`], []), distance([], [`X-Request: ${UUID}`])]).toEqual([0, 0])
    const names = [
      'Accept',
      'Accept-Language',
      'If-None-Match',
      'If-Match',
      'If-Modified-Since',
      'If-Unmodified-Since',
      'If-Range',
    ]
    for (const name of names) {
      const [one, other] = [`${name}: ${UUID}`, `${name}: ${OTHER}`]
      expect([name, distance([one], [other]), distance([one], []), distance([], [one])]).toEqual([name, 1, 1, 1])
    }
    // Credentials say who asks.
    expect([distance([`Authorization: ${UUID}`], []), distance([], [`X-Api-Key: ${UUID}`])]).toEqual([1, 1])
  })

  test('and placeholders stand for any value, which is told', () => {
    const recorded = { fields: fields('X-Token: a {{token.1}} b', 'X-Other: {{token.2}}'), disguised: undefined }
    const fit = headerFit(recorded, { fields: fields('x-token: a secret b', 'X-Other: {{token.2}}') })
    expect(fit).toEqual({ distance: 0, values: new Map([['token.1', 'secret']]) })
    expect(headerFit(recorded, { fields: fields('X-Token: c secret b', 'X-Other: x') })).toEqual({
      distance: 1,
      values: new Map([['token.2', 'x']]),
    })
    // A placeholder that is not given at all is one that is missing.
    expect(headerFit(recorded, { fields: fields('X-Other: x') }).distance).toBe(1)
  })

  test('and so does what stands for a secret without showing it', () => {
    const disguised = new Map([['404001', 'otp.1']])
    const recorded = fields('X-Otp: 404001')
    expect(headerFit({ fields: recorded, disguised }, { fields: fields('X-Otp: 555123') })).toEqual({
      distance: 0,
      values: new Map([['otp.1', '555123']]),
    })
    // In another cassette it is a number.
    expect(headerFit({ fields: recorded, disguised: undefined }, { fields: fields('X-Otp: 555123') }).distance).toBe(1)
  })
})
