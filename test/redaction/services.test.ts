import { expect, test } from '../helpers/test.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { every } from '../helpers/share.ts'
import { cassetteOf, textOf } from './real-apis.ts'
import { services } from './services/all.ts'
import { brokenJson, findings, isFound, labelled, playedBy } from './services/judged.ts'

// Names of fields and forms of values count, not one drawing of them.
for (const seed of every(2, ['spring', 'autumn'])) {
  test.describe(`exchanges with services of every kind, drawn from ${seed}`, () => {
    const apis = services(seed)
    for (const api of every(3, apis))
      test(`${api.name} lose every secret, and nothing that is harmless`, () => {
        const { cassette } = redactCassette(cassetteOf(api))
        const text = textOf(cassette)
        expect(labelled(text, api.secrets, true)).toEqual([])
        expect(labelled(text, api.benign, false)).toEqual([])
        expect(textOf(redactCassette(cassette).cassette)).toBe(text)
        expect(findings(cassette)).toEqual([])
        expect(brokenJson(cassetteOf(api), cassette)).toEqual([])
      })

    for (const [index, other] of every(4, [...services(`other than ${seed}`, apis).entries()]))
      test(`${other.name} replay, with the same secrets and with others`, () => {
        const api = apis[index] ?? other
        const { cassette } = redactCassette(cassetteOf(api))
        for (const asked of [api, other]) expect(playedBy(cassette, asked)).toEqual([...asked.ex.keys()])
      })
  })
}

test('the second scanner finds 19 of 20 of their secrets at least', () => {
  const found = every(18, services('scanned')).flatMap((api) =>
    Object.values(api.secrets).map((secret) => isFound(api, String(secret))),
  )
  expect(found.filter((is) => is).length / found.length).toBeGreaterThan(0.95)
})
