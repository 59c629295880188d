import { expect, test } from '../helpers/test.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { K, K2, leaks } from './canaries.ts'
import { every } from '../helpers/share.ts'
import { BODIES, ENCODINGS, LINES, TARGETS } from './places.ts'

const SECRETS = [K, K2, 'aB3dE6gH', 'correct horse battery staple']
const ENCODED_SECRETS = SECRETS.flatMap((secret) =>
  Object.entries(ENCODINGS).map(([name, encode]) => ({ secret, name, encode })),
)

test.describe('a registered secret is found', () => {
  for (const [place, put] of every(2, Object.entries(BODIES))) {
    test(`in ${place}, in every encoding`, () => expect(leaksFrom(put, () => true)).toEqual([]))
  }
  for (const [place, put] of every(2, Object.entries(LINES))) {
    test(`in ${place}, in every encoding`, () =>
      expect(leaksFrom(put, (written) => /^[\t\x20-\x7e\x80-\xff]+$/.test(written))).toEqual([]))
  }
  for (const [place, put] of every(2, Object.entries(TARGETS))) {
    test(`in ${place}, in every encoding`, () =>
      expect(leaksFrom(put, (written) => /^[\x21-\x7e]+$/.test(written))).toEqual([]))
  }
})

test('the scanner finds what is not redacted', () => {
  const missed = Object.entries({ ...BODIES, ...LINES, ...TARGETS }).flatMap(([place, put]) =>
    every(12, Object.entries(ENCODINGS)).flatMap(([name, encode]) =>
      leaks(put(encode(K)), K) ? [] : [`${name} in ${place}`],
    ),
  )
  expect(missed).toEqual([])
})

/** The secrets and encodings that are left in a place. */
function leaksFrom(put: (written: string) => Cassette, mayStand: (written: string) => boolean): string[] {
  return every(11, ENCODED_SECRETS).flatMap(({ secret, name, encode }) => {
    const written = encode(secret)
    if (!mayStand(written)) return []
    const { cassette } = redactCassette(put(written), { secrets: [secret] })
    return leaks(cassette, secret) ? [`${secret} ${name}: ${written}`] : []
  })
}
