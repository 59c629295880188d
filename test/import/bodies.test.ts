import { expect, test } from '../helpers/test.ts'
import { importHar, importVcr } from '../../src/import/index.ts'
import { readExchanges } from '../../src/messages/exchanges.ts'
import type { Imported } from '../../src/import/imported.ts'

const bodiesOf = ({ cassette }: Imported): readonly string[] =>
  readExchanges(cassette).exchanges.flatMap(({ request, response }) =>
    [request.body, response?.body ?? new Uint8Array(0)].map((body) => Buffer.from(body).toString()),
  )

const har = (content: object): string => {
  const request = { method: 'GET', url: 'http://a.test/', headers: [] }
  return JSON.stringify({ log: { entries: [{ request, response: { status: 200, headers: [], content } }] } })
}

const vcr = (request: object, response: object): object => ({
  request: { method: 'POST', uri: 'http://a.test/', headers: {}, ...request },
  response: { status: { code: 200, message: 'OK' }, headers: {}, ...response },
})

test.describe('a HAR', () => {
  test('whose contents are in other files, or were not saved, is refused, and the member named', () => {
    expect(() => importHar(har({ size: 5, _file: 'abc.json' }))).toThrow(/entries\[0\]\.response\.content\._file/)
    expect(() => importHar(har({ size: 5, mimeType: 'text/plain' }))).toThrow(/entries\[0\]\.response\.content\.text/)
  })

  test('with empty contents is taken', () => {
    expect(bodiesOf(importHar(har({ size: 0 })))).toEqual(['', ''])
    expect(bodiesOf(importHar(har({ size: -1 })))).toEqual(['', ''])
    expect(bodiesOf(importHar(har({ size: 2, text: 'ok' })))).toEqual(['', 'ok'])
  })
})

test.describe('a cassette of VCR', () => {
  test('may have bodies as values, and lists of requests and responses', () => {
    const pair = vcr({ parsed_body: { a: [1] } }, { body: { string: 'ok' } })
    expect(bodiesOf(importVcr(JSON.stringify({ interactions: [pair] })))).toEqual(['{"a":[1]}', 'ok'])
    const lists = { requests: [Object(pair).request], responses: [Object(pair).response] }
    expect(bodiesOf(importVcr(JSON.stringify(lists)))).toEqual(['{"a":[1]}', 'ok'])
  })

  test('whose bodies have an unknown form is refused, and the member named', () => {
    const unknown = { interactions: [vcr({}, { body: { file: 'x.bin' } })] }
    expect(() => importVcr(JSON.stringify(unknown))).toThrow(/interactions\[0\]\.response\.body\.string/)
  })

  test('may have no bodies', () => {
    const empty = { interactions: [vcr({ body: null }, { body: { string: null } }), vcr({}, { body: {} })] }
    expect(bodiesOf(importVcr(JSON.stringify(empty)))).toEqual(['', '', '', ''])
  })
})
