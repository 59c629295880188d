import { readFileSync } from 'node:fs'
import { expect, test } from '../helpers/test.ts'
import { expectKeptLines, inOneLine, linesOf, shown } from '../helpers/outcomes.ts'
import { wordsOf } from '../../src/secrets/name-words.ts'
import {
  hidesValue,
  isSecretName,
  isStrongLabel,
  isWeakName,
  labelOf,
  saysSecret,
} from '../../src/secrets/secret-names.ts'
import type { NamePlace } from '../../src/secrets/secret-kinds.ts'

const KEPT = new URL('names.txt', import.meta.url)

// Random letters and digits, cut to the lengths that a rule asks for.
const DRAWN = 'Zq7rT0kLm3XvB9cW5yPd8NfHj2GsQ4uEa6RtV1oKzM7bXw3YnC9eUpD5iJhS8gFlAq2TrW6vLk0Z'
const HEX = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08e5d2'

/** One letter for each value that some rule treats differently. */
// oxfmt-ignore
const VALUES: Readonly<Record<string, string>> = {
  a: 'hello', b: 'two words', c: '7', d: '123', e: '1234', f: '123456', g: '1234567', h: 'abc1', i: 'aB3x9', j: DRAWN.slice(0, 7), k: DRAWN.slice(0, 8),
  l: DRAWN.slice(0, 21), m: DRAWN.slice(0, 22), n: DRAWN.slice(0, 23), o: DRAWN.slice(0, 24), p: DRAWN.slice(0, 31), q: DRAWN.slice(0, 32), r: DRAWN.slice(0, 39),
  s: DRAWN.slice(0, 40), t: DRAWN + DRAWN.slice(0, 23), u: DRAWN + DRAWN.slice(0, 24), v: HEX.slice(0, 10), w: '1234567890', x: 'abcdefabcd', y: HEX.slice(0, 32),
  z: HEX.slice(0, 40), A: `0x${HEX.slice(0, 64)}`, B: HEX.slice(0, 31), C: '1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b', D: '4111 1111 1111 1111', E: '4111111111111112',
  F: '/home/ada/keys', G: '~/keys', H: String.raw`C:\keys`, I: `ada:${DRAWN.slice(0, 12)}`, J: `ada://${DRAWN.slice(0, 12)}`, K: `${DRAWN.slice(0, 43)}=`,
  L: `${DRAWN.slice(0, 22)}==`, M: 'ABC-DEF', N: 'AB-CDE', O: '12 34-56', P: 'a, b: c/d', Q: '1.5', R: 'https://a.test/b', S: 'Hello, World!', T: 'key=Zq7',
  U: 'ada:Zq7', V: HEX.slice(0, 40).toUpperCase(), W: '378282246310005', X: '9111111111111111', Y: `${DRAWN.slice(0, 22)}=`, Z: 'abcd',
}
const PLACES: readonly NamePlace[] = ['field', 'parameter', 'member', 'number']

/** What a name says: of which values it is a secret, at each place, and what else is asked about it. */
function saidBy(name: string): string {
  const labels = new Set<string>()
  const secret = PLACES.map((place) => {
    const letters = Object.entries(VALUES).filter(([, value]) => {
      const label = labelOf(name, value, place)
      if (label !== undefined) labels.add(label)
      return label !== undefined
    })
    return `${place} ${letters.map(([letter]) => letter).join('') || '-'}`
  })
  const hidden = Object.entries(VALUES).filter(([, value]) => hidesValue(name, value))
  const flags = [
    isSecretName(name) ? 'secret' : 'harmless',
    ...(isWeakName(name) ? ['weak'] : []),
    ...(saysSecret(name) ? ['may hold one'] : []),
    ...(hidesValue(name) ? ['hidden'] : []),
  ]
  return `${[...labels].join(' and ') || 'nothing'} (${flags.join(', ')}): ${secret.join(', ')}; hidden ${hidden.map(([letter]) => letter).join('') || '-'}`
}

/** The names are kept in the file, too: one that is dropped in a table of the code is missed here. */
test('names say what they have said', () => {
  const names = readFileSync(KEPT, 'utf8')
    .split('\n')
    .flatMap((line) => (line.startsWith('  ') ? line.trim().split(' ') : []))
  const groups = new Map<string, string[]>()
  for (const name of names) {
    const said = saidBy(Buffer.from(name).toString('latin1'))
    groups.set(said, [...(groups.get(said) ?? []), name])
  }
  expectKeptLines(KEPT, linesOf(new Map(Array.from(groups, ([said, all]) => [said, wrapped(all)]))))
})

/** Lines of words that are not too long to read. */
function wrapped(words: readonly string[]): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    if (line.length + word.length > 140) {
      lines.push(line)
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  return [...lines, line]
}

/** Written so that each rule about letters, digits and joined words is met. */
const WRITTEN =
  `primaryMasterKey primary-master-key primary_master_key HTTPToken X-API-Key apiKey2 key2 a1 csrftoken subscriptionkey monkey donkey
turkey hockey jockey mickey lackey rlkey abckey abcdkey passcode publish appid sesskey userpassword userpasswords dbpasswd mypassphrase clientsecret
clientsecrets accesstoken accesstokens xsignature phpsessionid phpsessid myapikey myapikeys myprivatekey myaccesskey awscredential awscredentials
passwordconfirm passwordconfirmation passwordagain passwordrepeat csrfkey xsrfvalue secretaccess tokenid sessionold apikeynew passwordhash secrettext
tokenbase passwordbook compass ldappass encode adminpw adminpwd simpin oauthauth websig webhash tfaotp phpsid newticket wpnonce mycsrf myxsrf
mysession apikey apikeys privatekey accesskey sessionid sessid motdepasse requirepass masterauth storepass keypass a.b[c]`.split(
    /\s+/,
  )

test('words of names', () => {
  expectKeptLines(
    new URL('words.txt', import.meta.url),
    [...WRITTEN, '\xef\xbb\xbfpassword', 'contrase\xc3\xb1a', '', '--'].map(
      (name) => `${inOneLine(name)}: ${shown(wordsOf(name))}`,
    ),
  )
})

// oxfmt-ignore
const PARTS: readonly (readonly [name: string, label: string | undefined])[] = [
  ['user[password]', 'password'], ['auth[type]', 'token'], ['auth[token]', 'token'], ['a[b][secret][x]', 'secret'], ['{{password}}', undefined],
  ['OLDPWD', undefined], ['npm-session', undefined], ['x-ms-continuation', undefined], ['existingSecretName', undefined], ['existing-secret', undefined],
  [`${'a_'.repeat(96)}password`, 'password'], [`${'a_'.repeat(96)}_password`, undefined], ['client_secret_id', 'capability'], ['secrets', 'secret'],
  ['address', undefined], ['pass', 'password'], ['x_key', 'api-key'], ['y_key', 'api-key'], ['public_api_key', 'api-key'], ['code_sha', undefined],
  ['password_sha', 'password'], ['is', undefined], ['has_password', undefined], ['secret_key_type', undefined], ['API Key', 'api-key'], ['K', 'api-key'],
  ['kk', undefined], ['api key of me', 'api-key'], ['session_of_me', 'session'], ['country_code', 'code'], ['cache_key_secret', 'secret'], ['token_cache_key', undefined],
]
test('of the parts of a name the last that says something counts', () => {
  expect(PARTS.map(([name]) => [name, labelOf(name, DRAWN, 'field')])).toEqual(PARTS)
})

// oxfmt-ignore
const HARMLESS: readonly string[] = [
  '', 'true', 'False', 'null', 'none', 'undefined', 'nil', 'yes', 'no', 'on', 'off', '0', '1', 'include', 'omit', 'same-origin', 'no-check', 'nocheck', 'Bearer',
  'basic', 'required', 'optional', 'string', 'n/a', '*', '***', '?', 'xxx', 'XXXX-abc123', '***-1', '...', 'REDACTED', '[REDACTED]', '<redacted>', '[FILTERED]',
  '${NAME}', '${{ x }}', '${x}', '%s', '$NAME', '{{a}}', 'arn:aws:x', 'urn:a', '-----BEGIN PUBLIC KEY-----', '-----BEGIN RSA PUBLIC KEY-----', '-----BEGIN CERTIFICATE-----',
  ' -----BEGIN SIGNATURE-----', 'ssh-rsa A', 'ssh-dss A', 'ssh-ed25519 A', 'LS0tLS1CRUdJTiBDRVJU', 'LS0tLS1CRUdJTiBQVUJM', `AC${HEX.slice(0, 32)}`, 'vault:v1:a', 'vault:v1234:a',
  'ENC[AES256_GCM,data', '$ANSIBLE_VAULT;1.1', `AgA${DRAWN}${DRAWN.slice(0, 24)}`, '2026-01-02', '2026-01-02T03:04:05Z', '2026-01-02 03:04:05.678 +02:00',
]
// oxfmt-ignore
const SECRET: readonly string[] = [
  'truely', '2', 'xx', 'x'.repeat(3) + '-' + 'a'.repeat(7), '%ss', '$', '$a-', '${', `SK${HEX.slice(0, 32)}`, `AC${HEX.slice(0, 31)}`, 'vault:v12345:a', 'ssh-foo A', '2026-01-02x', '-----BEGIN PRIVATE KEY-----',
  'ENC[AE,', `AgE${DRAWN}${DRAWN.slice(0, 24)}`, `AgA${DRAWN}${DRAWN.slice(0, 23)}`, '{a}', 'on it',
]
test('some values are harmless under any name', () => {
  expect(HARMLESS.filter((value) => labelOf('password', value, 'field') !== undefined)).toEqual([])
  expect(SECRET.filter((value) => labelOf('password', value, 'field') === undefined)).toEqual([])
})

test('labels that say secret of any value', () => {
  const strong = [
    'authorization',
    'assertion',
    'password',
    'secret',
    'api-key',
    'access-key',
    'private-key',
    'token',
    'session',
    'hash',
  ].filter(isStrongLabel)
  expect(strong).toEqual(['authorization', 'assertion', 'password', 'secret', 'api-key', 'access-key', 'private-key'])
})
