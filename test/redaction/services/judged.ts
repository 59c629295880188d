import { scanForSecrets } from '../../../src/inspection/secret-scan.ts'
import { parseJson } from '../../../src/content/json-content.ts'
import { DEFAULT_MATCH } from '../../../src/matching/match-on.ts'
import type { Cassette } from '../../../src/tape/cassette.ts'
import { player } from '../../matching/own-client.ts'
import { type Api, cassetteOf, requestBytes, standsIn, textOf } from '../real-apis.ts'

/** The labels of values that stand in a text, or do not. A value of three characters is too short to be looked for. */
export const labelled = (text: string, values: Api['secrets'], isThere: boolean): readonly string[] =>
  Object.entries(values)
    .filter(([, value]) => String(value).length > 3 && standsIn(text, value) === isThere)
    .map(([label]) => label)

/** The recorded interactions that answer the requests. */
export function playedBy(cassette: Cassette, { host, ex }: Api): readonly (number | undefined)[] {
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
export function brokenJson(before: Cassette, after: Cassette): readonly string[] {
  const contents = contentsOf(after)
  return contentsOf(before).flatMap((content, index) => {
    const redacted = contents[index] ?? ''
    return parseJson(content) !== undefined && parseJson(redacted) === undefined ? [redacted] : []
  })
}

/** What a scan finds in a redacted cassette. */
export const findings = ({ tape }: Cassette): readonly unknown[] => {
  const placeholders = tape.flatMap((event) => ('redacted' in event ? Object.values(event.redacted ?? {}) : []))
  return tape.flatMap((event) => ('bytes' in event ? scanForSecrets(event.bytes, { placeholders }) : []))
}

/** Whether a scan finds less if the secret is not there, or anything where it stands only in an encoding. */
export function isFound(api: Api, secret: string): boolean {
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
