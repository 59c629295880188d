import { expect, test } from '../helpers/test.ts'
import { scanForSecrets } from '../../src/inspection/secret-scan.ts'
import { parseJson } from '../../src/content/json-content.ts'
import { DEFAULT_MATCH } from '../../src/matching/match-on.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { every } from '../helpers/share.ts'
import { player } from '../matching/own-client.ts'
import { type Api, cassetteOf, requestBytes, standsIn, textOf } from './real-apis.ts'
import { services } from './services/all.ts'

// Names of fields and forms of values count, not one drawing of them.
for (const seed of ['spring', 'autumn']) {
  test.describe(`exchanges with services of every kind, drawn from ${seed}`, () => {
    const apis = services(seed)
    for (const api of apis)
      test(`${api.name} lose every secret, and nothing that is harmless`, () => {
        const { cassette } = redactCassette(cassetteOf(api))
        const text = textOf(cassette)
        // A value of three characters is too short to be looked for.
        const labelled = (values: Api['secrets'], isThere: boolean): readonly string[] =>
          Object.entries(values)
            .filter(([, value]) => String(value).length > 3 && standsIn(text, value) === isThere)
            .map(([label]) => label)
        expect(labelled(api.secrets, true)).toEqual([])
        expect(labelled(api.benign, false)).toEqual([])
        expect(textOf(redactCassette(cassette).cassette)).toBe(text)
        expect(findings(cassette)).toEqual([])
        expect(brokenJson(cassetteOf(api), cassette)).toEqual([])
      })

    for (const [index, other] of services(`other than ${seed}`, apis).entries())
      test(`${other.name} replay, with the same secrets and with others`, () => {
        const api = apis[index] ?? other
        const { cassette } = redactCassette(cassetteOf(api))
        for (const asked of [api, other]) expect(playedBy(cassette, asked)).toEqual([...asked.ex.keys()])
      })
  })
}

/** The recorded interactions that answer the requests. */
function playedBy(cassette: Cassette, { host, ex }: Api): readonly (number | undefined)[] {
  const play = player(cassette, DEFAULT_MATCH, `https://${host}`)
  return ex.map((exchange) => play(requestBytes(host, exchange).toString('latin1')))
}

const contentsOf = ({ tape }: Cassette): readonly string[] =>
  tape.flatMap((event) =>
    'bytes' in event
      ? [
          Buffer.from(event.bytes)
            .toString('latin1')
            .replace(/^[^]*?\r\n\r\n/, ''),
        ]
      : [],
  )

/** Contents that were JSON and are not any more. */
function brokenJson(before: Cassette, after: Cassette): readonly string[] {
  const contents = contentsOf(after)
  return contentsOf(before).flatMap((content, index) => {
    const redacted = contents[index] ?? ''
    return parseJson(content) !== undefined && parseJson(redacted) === undefined ? [redacted] : []
  })
}

test('the second scanner finds 19 of 20 of their secrets at least', () => {
  const found = every(6, services('scanned')).flatMap((api) =>
    Object.values(api.secrets).map((secret) => isFound(api, String(secret))),
  )
  expect(found.filter((is) => is).length / found.length).toBeGreaterThan(0.95)
})

const findings = ({ tape }: Cassette): readonly unknown[] => {
  const placeholders = tape.flatMap((event) => ('redacted' in event ? Object.values(event.redacted ?? {}) : []))
  return tape.flatMap((event) => ('bytes' in event ? scanForSecrets(event.bytes, { placeholders }) : []))
}

/** Whether a scan finds less if the secret is not there, or anything where it stands only in an encoding. */
function isFound(api: Api, secret: string): boolean {
  const { tape, ...rest } = cassetteOf(api)
  return tape.some((event) => {
    const text = textOf({ ...rest, tape: [event] })
    if (!standsIn(text, secret)) return false
    const without = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)].reduce(
      (all, form) => all.replaceAll(form, '{{x}}'),
      text,
    )
    const count = scanForSecrets(Buffer.from(text, 'latin1')).length
    return without === text ? count > 0 : scanForSecrets(Buffer.from(without, 'latin1')).length < count
  })
}
