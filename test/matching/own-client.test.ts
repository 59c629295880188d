import { expect, test } from '../helpers/test.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import * as fc from 'fast-check'
import { K, K2 } from '../redaction/canaries.ts'
import { ENCODINGS } from '../redaction/places.ts'
import { countOf, every } from '../helpers/share.ts'
import { contentForm } from '../../src/content/content-form.ts'
import { isMap } from '../../src/content/normal-form.ts'
import { BODIES, isAnswered, read } from './own-client.ts'

/** Other secrets: as long, shorter, longer by one, two and three, and with characters that every encoding changes. */
const OTHERS = [
  ['cnry', '7a1Kp5Ry8Sx2Mv9Qc4We7Jt'].join('_'),
  'Zx81mQ44tp',
  `${K}a`,
  `${K}bc`,
  `${K}def`,
  'q^uo"te\\d & pe/rc%ent +~',
]

/** Whether a request that is said to hold JSON holds JSON: no client writes a quote into it as it is. */
function isApt(request: string): boolean {
  const form = contentForm(read(request))
  const text = isMap(form) ? form['text'] : undefined
  return typeof text !== 'string' || !/^\{"(?:id|a)"/.test(text)
}

test.describe('a recording replays its own client', () => {
  for (const [place, write] of every(3, Object.entries(BODIES)))
    test(`with a secret in ${place}, however it is encoded`, () => {
      const breaches = every(3, Object.entries(ENCODINGS)).flatMap(([encoding, encode]) =>
        [K, K2].flatMap((secret) => {
          const recorded = write(encode(secret), 'rest')
          if (!isApt(recorded)) return []
          const wrong: string[] = []
          const isHit = (asked: string): boolean => !isApt(asked) || isAnswered(recorded, asked, [secret])
          if (!isHit(recorded)) wrong.push('misses itself')
          for (const other of encoding.endsWith('without padding') ? [] : OTHERS)
            if (!isHit(write(encode(other), 'rest'))) wrong.push(`misses with ${other}`)
          if (isAnswered(recorded, write(encode(secret), 'rust'), [secret])) wrong.push('takes another request for it')
          if (isAnswered(recorded, write(encode(OTHERS[0] ?? ''), 'rust'), [secret]))
            wrong.push('takes another request with another secret for it')
          return wrong.map((what) => `${secret} ${encoding}: ${what}`)
        }),
      )
      expect(breaches).toEqual([])
    })
})

test('with any value that is drawn, in any place and encoding', () => {
  test.setTimeout(240_000)
  const secret = fc
    .array(fc.constantFrom(...Buffer.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_~')), {
      minLength: 12,
      maxLength: 70,
    })
    .map((chars) => `zQ7${String.fromCharCode(...chars)}`)
  const encodings = Object.keys(ENCODINGS).filter((name) => !/padding|lines/.test(name))
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(BODIES)),
      fc.constantFrom(...encodings),
      secret,
      secret,
      fc.constantFrom('rest', 'a b', 'x=1&y', 'é', '"'),
      (place, encoding, one, other, beside) => {
        const write = BODIES[place] ?? ((): string => '')
        const encode = ENCODINGS[encoding] ?? String
        const kept =
          place.includes('JSON') || place === 'XML' || place.includes('gzip') || ['br', 'deflate'].includes(place)
            ? 'rest'
            : beside
        const recorded = write(encode(one), kept)
        expectEqual(isAnswered(recorded, recorded, [one]), true, 'itself')
        expectEqual(isAnswered(recorded, write(encode(other), kept), [one]), true, 'another secret')
        expectEqual(isAnswered(recorded, write(encode(one), `${kept}!`), [one]), false, 'another request')
      },
    ),
    { numRuns: countOf(20, 1700) },
  )
})
