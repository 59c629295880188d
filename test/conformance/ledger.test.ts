import { expect, test } from '../helpers/test.ts'
import type { ConformanceCase, Expectation, RequestCase, ResponseCase } from './cases.ts'
import { wireCases } from '../helpers/wire.ts'
import { LEDGER, requiredOf } from './ledger.ts'
import { differences, outcomeOf } from './outcome.ts'
import { judge, lookAt } from './verdict.ts'

const ABOUT = { id: 'made', source: 'made', contested: true, tags: [] }
const base64 = (wire: string): string => Buffer.from(wire, 'latin1').toString('base64')

const requestCase = (wire: string, expected: Expectation): RequestCase => ({
  ...ABOUT,
  bytesB64: base64(wire),
  expect: expected,
})

const responseCase = (wire: string, expected: Expectation): ResponseCase => ({
  ...ABOUT,
  requests: [{ method: 'GET' }],
  connections: [[{ after: 'request', bytesB64: base64(wire) }, { close: true }]],
  expect: expected,
})

const OK: Expectation = { outcome: 'ok', responses: [{}] }
const error = (errorKind: string): Expectation => ({ outcome: 'error', errorKind })

/** Cases of no suite, each with the reason that holds of it. */
const SIBLINGS: readonly (readonly [why: RegExp, one: ConformanceCase])[] = [
  [/never folded/, responseCase('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n 0\r\n\r\n', OK)],
  [/below 100/, responseCase('HTTP/1.1 042 Low\r\n\r\n', OK)],
  [/CR without LF/, responseCase('HTTP/1.1 204 No\r\nA: b\rc: d\r\n\r\n', OK)],
  [/HTTP\/0\.9/, requestCase('POST /form\r\n\r\n', { outcome: 'ok', requests: [{ method: 'POST' }] })],
  [
    /first empty line/,
    requestCase('PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX-Sum: 1\r\n\r\n', {
      outcome: 'ok',
      requests: [{}],
    }),
  ],
  [
    /the 101/,
    requestCase('GET / HTTP/1.1\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n\x01\x02', {
      outcome: 'ok',
      requests: [{}],
      upgradeDataB64: base64('\x01\x02'),
    }),
  ],
  [/kept unparsed/, requestCase('GET / HTTP/1.0\r\n\r\nGET /b HTTP/1.1\r\n\r\n', error('data-after-close'))],
  [/PRI/, requestCase('PRI * HTTP/1.1\r\n\r\n\x00\x00', { outcome: 'error', errorKind: 'malformed', requests: [] })],
  [
    /before the head/,
    requestCase('POST / HTTP/1.1\r\nTransfer-Encoding: zip\r\n\r\n', {
      ...error('malformed'),
      partial: { stage: 'body' },
    }),
  ],
  [/2\^53-1/, responseCase('HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nabc', error('truncated'))],
  [/head is cut/, requestCase('PUT / HTTP/1.1\r\nContent-Length: 0x10\r\n', error('malformed'))],
  [/not stale/, responseCase('HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n', error('empty'))],
  [
    /grammar/,
    {
      ...responseCase('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a b', error('truncated')),
      contested: false,
    },
  ],
]

test.describe('the ledger', () => {
  for (const [why, one] of SIBLINGS) {
    test(`explains another case with the same property: ${why.source}`, () => {
      const verdict = judge(one)
      expect(verdict.type === 'ledger' ? verdict.entry.why : JSON.stringify(verdict)).toMatch(why)
    })
  }

  test('has an example for each of its entries, which no other entry explains', () => {
    const used = SIBLINGS.map(([, one]) => explanationsOf(one))
    expect(used.filter((entries) => entries.length !== 1)).toEqual([])
    expect(new Set(used.flat()).size).toBe(LEDGER.length)
  })

  test('explains almost no correctly read case when its expectation is inverted', () => {
    // Requests and answers of our own fixtures, with the opposite of their outcome: only what has a property may pass.
    const wrong = wireCases()
      .filter(({ lenient, limits }) => Object.keys(lenient).length === 0 && Object.keys(limits).length === 0)
      .map(({ bytes, to, error: code }) => {
        const expected = code === undefined ? error('malformed') : OK
        const wire = bytes.toString('latin1')
        return to === undefined ? requestCase(wire, { ...expected, requests: [] }) : responseCase(wire, expected)
      })
    const explained = wrong.filter((one) => explanationsOf(one).length > 0)
    expect(wrong.length).toBeGreaterThan(200)
    expect(explained.length / wrong.length).toBeLessThan(0.1)
  })

  test('recognises a requirement by its words', () => {
    expect(requiredOf('R BARE_LF by default; A with lenient.bareLf')).toEqual({
      code: 'BARE_LF',
      lenient: 'bareLf',
      isAlways: false,
    })
    expect(requiredOf('R always')).toEqual({ code: undefined, lenient: undefined, isAlways: true })
    expect(requiredOf('R OBS_FOLD always')).toMatchObject({ code: 'OBS_FOLD', isAlways: true })
    expect(requiredOf('A; five bytes')).toEqual({ code: 'accepted', lenient: undefined, isAlways: false })
  })
})

function explanationsOf(one: ConformanceCase): readonly string[] {
  if ('steps' in one) return []
  const found = differences(one, outcomeOf(one, {})).join('; ')
  if (found === '') return []
  const look = lookAt(one, found)
  return LEDGER.filter(({ explains }) => explains(look)).map(({ why }) => why)
}
