import { expect, test } from '../helpers/test.ts'
import { cleaned } from '../../src/misses/cleaned.ts'
import { formatMissReport } from '../../src/misses/miss-text.ts'
import { CassetteMiss } from '../../src/misses/cassette-miss.ts'
import { missReports } from '../../src/misses/misses.ts'
import type { MissReport } from '../../src/misses/report.ts'

const S = 'S3CR3T'
const EXCERPT = { text: 'clean already', hex: '00' }
const REPORT: MissReport = {
  origin: 'http://api.test',
  origins: ['http://api.test'],
  asked: {
    method: `M${S}`,
    url: `http://api.test/${S}`,
    headers: [
      { name: 'X-Plain', value: S },
      { name: 'X-Named', value: 'by its name' },
    ],
    bodyLength: 1,
    length: 2,
    problem: `problem ${S}`,
    problemCode: undefined,
  },
  matchOn: ['method'],
  nearest: [
    {
      number: 1,
      connection: 1,
      method: `N${S}`,
      url: `http://api.test/near/${S}`,
      reasons: [{ what: 'path', detail: `recorded ${S}` }],
      firstDifference: { of: 'body', offset: 0, recorded: EXCERPT, asked: EXCERPT },
      headers: [{ kind: 'value', recorded: `a: ${S}`, asked: `b: ${S}` }],
      json: [{ path: `$.${S}`, recorded: S, asked: `1${S}` }],
    },
  ],
  recorded: 1,
  unplayed: 1,
  advice: [`advice ${S}`],
}

/** Takes out the secret, and the value of a field with that name. */
const clean = (text: string): string => text.replaceAll(S, '***').replace(/^(X-Named: ).*/, '$1***')

test.describe('a report that is cleaned', () => {
  test('holds no secret in any of its places, and all of the rest', () => {
    const report = cleaned(REPORT, clean)
    const expected = { ...REPORT, advice: REPORT.advice.filter((text) => !text.includes(S)) }
    expect(JSON.stringify(report)).toBe(JSON.stringify(expected).replaceAll(S, '***').replace('by its name', '***'))
  })

  test('needs no request, no method and no differences', () => {
    const { asked, nearest } = REPORT
    const bare: MissReport = {
      ...REPORT,
      asked: { ...asked, method: undefined, url: undefined, problem: undefined },
      nearest: nearest.map((near) => Object.assign({}, near, { method: undefined, url: undefined })),
    }
    expect(cleaned(bare, clean)).toMatchObject({ asked: { method: undefined, url: undefined, problem: undefined } })
  })
})

test('reports that are equal are given once, in the order of the first of each, with their number', () => {
  const [one, other] = [REPORT, { ...REPORT, unplayed: 0 }].map((report) => new CassetteMiss(report, formatMissReport))
  if (one === undefined || other === undefined) throw new Error('no miss')
  expect(missReports([])).toEqual([])
  expect(missReports([one, other, one])).toEqual([`${one.message}\n(2 times)`, other.message])
})
