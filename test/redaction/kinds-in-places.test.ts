import { gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import { parseJson } from '../../src/content/json-content.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { every } from '../helpers/share.ts'
import { answer, oneConnection } from '../helpers/tape.ts'
import { isAnswered, requestOf } from '../matching/own-client.ts'
import { secretsOf } from './kinds.ts'
import { standsIn, textOf } from './real-apis.ts'

// A text that says what is secret in it, as a whole body elsewhere, inside each of these: it has to be read as a text of its own.
const [V, HEX] = ['Zq7rT0kLm3XvB9', '9f38120bd0099d83592895a1ed8b6c31']
const TEXTS = secretsOf(V, HEX)
const OTHERS = secretsOf('xW4mK8sD1pQz6N', '17acd9205fe84b6630c1927be5f4a8d2')

/** Writes a text into a request, and something else behind it. */
type Place = (text: string, other: string) => string

const json = (text: string): string => JSON.stringify(Buffer.from(text, 'latin1').toString())
const sending = (type: string, body: string | Uint8Array): string =>
  requestOf(
    'POST /',
    [`Content-Type: ${type}`],
    typeof body === 'string' && /[^\0-\xff]/.test(body) ? Buffer.from(body) : body,
  )
const percent = (text: string): string =>
  text.replaceAll(/[^\w.~-]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
const entities = (text: string): string => text.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
const utf8 = (text: string): Buffer => Buffer.from(text)

// oxfmt-ignore
const PLACES: Readonly<Record<string, Place>> = {
  'a string of JSON': (text, other) => sending('application/json', utf8(`{"a":${json(text)},"o":"${other}"}`)),
  'JSON in a string of JSON': (text, other) => sending('application/json', utf8(`{"a":${JSON.stringify(`{"b":${json(text)}}`)},"o":"${other}"}`)),
  'a line of NDJSON': (text, other) => sending('application/x-ndjson', utf8(`{"x":1}\n{"a":${json(text)}}\n{"o":"${other}"}\n`)),
  'an element': (text, other) => sending('application/xml', `<r><m>${entities(text)}</m><o>${other}</o></r>`),
  'a CDATA section': (text, other) => sending('application/xml', `<r><m><![CDATA[${text}]]></m><o>${other}</o></r>`),
  'a form': (text, other) => sending('application/x-www-form-urlencoded', `a=1&m=${percent(text)}&o=${other}`),
  'a query': (text, other) => requestOf(`GET /?m=${percent(text)}&o=${other}`),
  'a part of a form': (text, other) =>
    sending('multipart/form-data; boundary=b', `--b\r\nContent-Disposition: form-data; name="m"\r\n\r\n${text}\r\n--b\r\nContent-Disposition: form-data; name="o"\r\n\r\n${other}\r\n--b--\r\n`),
  base64: (text, other) => sending('application/json', `{"m":"${Buffer.from(text, 'latin1').toString('base64')}","o":"${other}"}`),
  'gzip behind a line': (text, other) => requestOf('POST /', ['Content-Encoding: gzip'], gzipSync(Buffer.from(`${other}\n\n${text}`, 'latin1'))),
  'UTF-16': (text, other) => sending('text/plain; charset=utf-16le', Buffer.from(`\ufeff${other}\n\n${Buffer.from(text, 'latin1').toString()}`, 'utf16le')),
}

const CASES = Object.entries(TEXTS).flatMap(([group, texts]) =>
  texts.map((text, index) => [bytes(text), bytes(OTHERS[group]?.[index] ?? '')] as const),
)

for (const [place, write] of every(3, Object.entries(PLACES)))
  test(`what is secret is so in ${place}, and the recording replays its own client`, () => {
    const faults = every(6, CASES).flatMap(([text, other]) =>
      faultsOf(write, text, other).map((fault) => `${fault}: ${text}`),
    )
    expect(faults).toEqual([])
  })

function faultsOf(write: Place, text: string, other: string): readonly string[] {
  const recorded = write(text, 'rest')
  const plain = oneConnection('http://api.test', (it) => it.sent(recorded).received(answer('')))
  const { cassette } = redactCassette(plain)
  const faults: readonly (readonly [what: string, isSo: boolean])[] = [
    ['stays', [V, HEX].some((value) => standsIn(textOf(cassette), value))],
    ['no JSON any more', parseJson(contentOf(plain)) !== undefined && parseJson(contentOf(cassette)) === undefined],
    ['is redacted again', textOf(redactCassette(cassette).cassette) !== textOf(cassette)],
    ['misses itself', !isAnswered(recorded, recorded)],
    ['misses another secret', !isAnswered(recorded, write(other, 'rest'))],
    ['takes another request', isAnswered(recorded, write(text, 'rust'))],
  ]
  return faults.flatMap(([what, isSo]) => (isSo ? [what] : []))
}

const contentOf = (cassette: Cassette): string =>
  textOf(cassette).split('\r\n\r\n').slice(1).join('\r\n\r\n').split('\nHTTP/1.1 ')[0] ?? ''

/** Some are byte strings already. */
function bytes(text: string): string {
  return /[\x80-\xff]/.test(text) ? text : Buffer.from(text).toString('latin1')
}
