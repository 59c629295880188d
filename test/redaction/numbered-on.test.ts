import { expect, test } from '../helpers/test.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { recordingOf, requestOf } from '../matching/own-client.ts'
import { textOf } from './real-apis.ts'

// Secrets beside placeholders of an earlier recording: each has a number of its own.

const [NEW, OTHER] = ['aB3dE6gH9jK2mN5pQ8sT', 'zY8xW5vU2tS9rQ6pO3nM']

/** What stands there of earlier recordings, and the numbers that two new tokens get. */
// oxfmt-ignore
const EARLIER: Readonly<Record<string, readonly [earlier: readonly string[], numbers: readonly [number, number]]>> = {
  'nothing': [[], [1, 2]],
  'one': [['{{token.1}}'], [2, 3]],
  'several in their order': [['{{token.1}}', '{{token.2}}'], [3, 4]],
  'several, the highest first': [['{{token.7}}', '{{token.2}}'], [8, 9]],
  'several, the highest between others': [['{{token.2}}', '{{token.5}}', '{{token.3}}'], [6, 7]],
  'those of other names': [['{{password.4}}', '{{api-key.9}}'], [1, 2]],
  'one with a number that no cassette has': [['{{token.99999999999}}'], [1, 2]],
}

for (const [name, [earlier, [first, second]]] of Object.entries(EARLIER))
  test(`new secrets beside ${name}`, () => {
    const before = requestOf('POST /', ['Content-Type: text/plain'], earlier.join(' and '))
    const tokens = [NEW, OTHER].map((token) => requestOf(`GET /?token=${token}`))
    const text = textOf(redactCassette(recordingOf([before, ...tokens])).cassette)
    expect([...text.matchAll(/\?token=(\S+)/g)].map(([, written]) => written)).toEqual([
      `{{token.${first}}}`,
      `{{token.${second}}}`,
    ])
    for (const placeholder of earlier) expect(text).toContain(placeholder)
  })
