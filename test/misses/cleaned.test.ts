import { expect, test } from '../helpers/test.ts'
import { cleaned } from '../../src/misses/cleaned.ts'
import type { MissReport } from '../../src/misses/report.ts'

const clean = (text: string): string => text.replaceAll('s3cret', '***')

const bearer = (text: string): string => text.replace(/^Authorization: .*/, 'Authorization: {{token.1}}')

const REPORT: MissReport = {
  origin: 'http://s3cret.origin',
  origins: ['http://s3cret.other', 'http://plain.test'],
  asked: {
    method: 'S3CRET-s3cret',
    url: 'http://a.test/?token=s3cret',
    headers: [
      { name: 'X-A', value: 's3cret' },
      { name: 'Accept', value: '*/*' },
    ],
    bodyLength: 3,
    length: 40,
    problem: 'bytes like s3cret',
    problemCode: 'BAD_START_LINE',
    statement: 'Query s3cret',
  },
  matchOn: ['method', 'url'],
  isNormalized: true,
  nearest: [
    {
      number: 2,
      connection: 7,
      method: 'GET s3cret',
      url: 'http://a.test/?token=s3cret&b',
      statement: 'Auth s3cret',
      reasons: [{ what: 'query', detail: 'recorded s3cret' }],
      firstDifference: undefined,
      headers: [{ kind: 'value', recorded: 'X-B: s3cret', asked: 'X-B: s3cret too' }],
      json: [{ path: '$.s3cret', recorded: '"s3cret"', asked: undefined }],
    },
    {
      number: undefined,
      connection: 1,
      method: undefined,
      url: undefined,
      reasons: [],
      firstDifference: undefined,
      headers: [{ kind: 'missing', recorded: 'A: s3cret', asked: undefined }],
      json: [{ path: '$', recorded: undefined, asked: 's3cret' }],
    },
  ],
  recorded: 4,
  unplayed: 3,
  told: 2,
  advice: ['matchOn: method would accept it', 'add s3cret to the URL'],
}

test('all that came from requests is cleaned, and the rest of a report stays', () => {
  const written = JSON.stringify({ ...REPORT, advice: REPORT.advice.slice(0, 1) })
  expect(JSON.stringify(cleaned(REPORT, clean))).toBe(clean(written))
})

test('advice that says a secret is left out, as without it nothing was tried', () => {
  expect(cleaned(REPORT, clean).advice).toEqual(['matchOn: method would accept it'])
})

test('a value is cleaned with the name of its field, and the name stays', () => {
  const headers = [
    { name: 'Authorization', value: 'Bearer abc' },
    { name: 'X', value: 'Authorization: b' },
  ]
  const { asked } = cleaned({ ...REPORT, asked: { ...REPORT.asked, headers } }, bearer)
  expect(asked.headers).toEqual([{ name: 'Authorization', value: '{{token.1}}' }, headers[1]])
})

test('what is not there stays so', () => {
  const none = { ...REPORT.asked, method: undefined, url: undefined, problem: undefined, statement: undefined }
  const { asked } = cleaned({ ...REPORT, asked: none }, clean)
  expect([asked.method, asked.url, asked.problem, asked.statement]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})
