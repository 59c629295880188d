import { expect, test } from '../helpers/test.ts'
import { every } from '../helpers/share.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { apisPath, cassetteOf, loadApis, standsIn, textOf } from './real-apis.ts'

// Other seeds give other secrets of the same forms.
const SEEDS = ['a', 'b', 'c']

test.describe('exchanges with well-known services', () => {
  test.skip(apisPath === undefined, 'shared/secrets/apis.mjs is not on this machine')

  for (const seed of every(3, SEEDS)) {
    test(`lose every secret, and nothing that is harmless: seed ${seed}`, async () => {
      const stays: string[] = []
      const goes: string[] = []
      for (const api of await loadApis(seed)) {
        const text = textOf(redactCassette(cassetteOf(api)).cassette)
        for (const [label, value] of Object.entries(api.secrets))
          if (standsIn(text, value)) stays.push(`${api.name}: ${label}`)
        // A value of three characters is too short to be looked for.
        for (const [label, value] of Object.entries(api.benign))
          if (String(value).length > 3 && !standsIn(text, value)) goes.push(`${api.name}: ${label}`)
      }
      expect(stays).toEqual([])
      expect(goes).toEqual([])
    })

    test(`stay as they are when they are redacted again: seed ${seed}`, async () => {
      for (const api of await loadApis(seed)) {
        const once = redactCassette(cassetteOf(api)).cassette
        expect(textOf(redactCassette(once).cassette)).toBe(textOf(once))
      }
    })
  }
})
