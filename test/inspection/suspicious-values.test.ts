import { expect, test } from '../helpers/test.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { scanForSecrets } from '../../src/inspection/secret-scan.ts'
import { findSuspiciousValues } from '../../src/inspection/suspicious-values.ts'
import { every } from '../helpers/share.ts'
import { type Api, apisPath, cassetteOf, loadApis, standsIn, textOf } from '../redaction/real-apis.ts'

const VALUE = 'Zq7rT0kLm3XvB9'

// oxfmt-ignore
const SUSPICIOUS: readonly string[] = [
  `{"access_token":"${VALUE}"}`, `X-Api-Key: ${VALUE}`, `/cb?code=${VALUE}&state=1`, `password: 'tiger'`, `<Password>tiger</Password>`,
  `{"name":"DB_PASSWORD","value":"${VALUE}"}`, `{"value":"${VALUE}","name":"API_TOKEN"}`, `<input value="${VALUE}" name="csrf_token">`,
  `postgres://u:${VALUE}@h/db`, `AccountKey=${VALUE};EndpointSuffix=x`, `Authorization: Bearer ${VALUE}xyz`, `/reset/${VALUE}${VALUE}`,
  `{"otp":"123456"}`, `npm-otp: 123456`,
]
// oxfmt-ignore
const HARMLESS: readonly string[] = [
  `{"next_page_token":"${VALUE}"}`, `{"token_type":"bearer"}`, `{"code":"NoSuchKey"}`, `{"pass":42,"fail":3}`, `{"created_at":"2026-01-01"}`,
  `{"accessId":"${VALUE}"}`, 'X-Api-Key: {{api-key.1}}', '{"password":"{{password.1}}"}', 'Password: minimum 8 characters', '{"token":" Hello"}',
  `{"public_key":{"key_id":"1","key":"${VALUE}"}}`, '/x?sort=key', 'Authorization: OAuth {{authorization.1}}',
]

const HEX = '1b4e28ba2fa14d3b8a5e0a1b2c3d4e5f'
const inBase64 = (text: string): string => Buffer.from(text).toString('base64')

/** What is left for what it is, or for what stands beside it; and nearly the same, which is found. */
// oxfmt-ignore
const TWINS: readonly (readonly [left: string, found: string])[] = [
  [`token: ${inBase64('{{token.1}}')}`, `token: ${inBase64('token.1 is')}`],
  [`{"tx_hash":"0x${HEX}"}`, `{"user_hash":"0x${HEX}"}`], [`{"tx_hash":"${HEX}"}`, `tx_hash: ${HEX}`],
  [`{"hash":"${'aB3d'.repeat(6)}aB3="}`, `{"hash":"${'aB3d'.repeat(6)}aB3d="}`],
  [`token=${VALUE}(user)`, `token=${VALUE} (user)`], ['token=Zq7rT0kL{{token.1}}', 'token=Zq7rT0kL.{{token.1}}'],
  ['seed: 1234567890', 'seed: 1234567890a'], ['{"project":"1b4e28ba-2fa1-4d3b"}', `{"project":"${VALUE}xy"}`],
  [`routing_key: ${VALUE}`, `routing_key: ${VALUE}${VALUE}`], ['sid: AB_Zq7rT0kLm3Xv', 'sid: AK_Zq7rT0kLm3Xv'],
  ['{"mfa":"SMS_REQUIRED"}', '{"mfa":"tigers"}'], ['password: Minimum-Length of 8', 'password: Minimum-Length, or 8'],
  ['{"hash":"1a2b3c4d5e6"}', '{"user_hash":"1a2b3c4d5e6"}'],
  ['"password","tigers"', '"password","Tig3rs77"'], [`token],${VALUE}`, `token,${VALUE}`], [`{"appId":"${VALUE}"}`, `{"appid":"${VALUE}"}`],
  ['pass: 1234567890', 'pass: 1234567890a'], [`/io/?EIO=4&sid=${VALUE}`, `/io/?v=4&sid=${VALUE}`],
  [`{"sid":"${VALUE}","upgrades":[]}`, `{"sid":"${VALUE}","updates":[]}`], [`"token","${VALUE}":1`, `"token","${VALUE}";1`],
  [`{"name":"PUBLIC_KEY_TOKEN","value":"${VALUE}"}`, `{"name":"PUBLISHED_TOKEN","value":"${VALUE}"}`],
  ['password: tiger', 'password=tiger'], ["password='ti'", "password='tig'"], [`secret=${VALUE}:`, `secret=${VALUE};`],
  ['<input name="csrf_token" value="welcome">', '<input name="password" value="welcome">'],
  ['token: AAAAAAAAAAAAAA7', 'token: ABCDEFGHJKMNPQ7'], ['token: ABCDEFGH-JKMNPQ7', 'token: ABCDEFGHJKMNPQ7'],
  ['token: welcome', `token: ${VALUE}`], [`stack: ${VALUE}`, `wpa_psk: ${VALUE}`],
]

// oxfmt-ignore
const NAMES = [
  'pass', 'pw', 'pwd', 'passwd', 'password', 'passwort', 'passe', 'passcode', 'passphrase', 'secret', 'token', 'tok', 'key', 'auth', 'authentication',
  'authorization', 'session', 'session_id', 'sessionid', 'sess_id', 'sid', 'csrf', 'xsrf', 'wp_nonce', 'crumb', 'sig', 'sign', 'signature', 'hmac', 'mac', 'hash',
  'cookie', 'jwt', 'assertion', 'code', 'ticket', 'otp', 'totp', 'attempt', 'pin', 'mfa', 'samlart', 'samlresponse', 'cred', 'credential', 'credentials',
  'invite', 'link', 'verifier', 'pat', 'license', 'licence', 'appid', 'udid', 'identity', 'a_team', 'project', 'plaintext', 'answer', 'organization', 'dpop',
  'access_key_id', 'auth_req_id', 'trigger_id', 'upload_id', 'policy', 'signing', 'psk', 'seed', 'entropy', 'salt', 'baton', 'mnemonic', 'cvc',
  'cvv', 'client_state', 'proof', 'dtsg', 'lsd', 'session_state', 'k',
  'secret_value', 'secretdata', 'secret_hash', 'secret_string', 'secret_token', 'secret_base', 'secret_state', 'secret_digest', 'secret_confirm',
  'secret_confirmation', 'secrets', 'secret_v1', 'secret256', 'secret-ed25519', 'secret-sha-1', 'secret12', 'my.app_secret', '$secret',
]

// oxfmt-ignore
const GAPS = [
  '=', '=>', ':=', '||=', '??=', '::', '%3D', '%3a', ':', ',', '>', ';s:14:"', '":{"S":"', '": {"stringValue": "', ': string(14) "', ': bytes(b"', ': <<"',
  ': s:14:"', ': ["', ': `', ': Bearer ', ': Basic ', ': DPoP ', ': SharedKey a:', ': token ', ': Sentry ', '=sha256=', ': v0=', ': AWS4-HMAC-SHA256 ',
  ']: ', '%5D=', String.raw`\": \"`, "'] = '",
]

/** A text before a value, the value, what follows it, and how often it is found. */
// oxfmt-ignore
const PAIRED: readonly (readonly [before: string, value: string, after?: string, times?: number])[] = [
  ['<input name="csrf_token" type="hidden" value="', 'tigers7', '">'], ['<meta name="csrf-token" content="', 'tigers7', '">'],
  ['<input value="', 'tigers7', '" name="csrf_token">'], ['{"name":"DB_PASSWORD","hint":"x","value":"', 'tigers7', '"}'],
  ['{"value":"', 'tigers7', '","kind":"x","name":"API_TOKEN"}'], ['name: API_TOKEN\n  value: ', 'tigers7'],
  ['Content-Disposition: form-data; name="api_token"\r\n\r\n', 'tigers7'], ['<wsse:Password Type="x">', 'tigers7', '</wsse:Password>'],
  ['<token>', 'tigers7', '</token>'], ['<SignatureValue><![CDATA[', 'tigers7', ']]></SignatureValue>'],
  ['<name>db_password</name>\n<value>', 'tigers7', '</value>', 3], ['<key>api_token</key><string>', 'tigers7', '</string>', 2],
  ['{"path":"/db_password","value":"', 'tigers7', '"}'], ['{"key":"db_password","value":{"stringValue":"', 'tigers7', '"}}'],
  ['{"value":"', 'tigers7', '","type":"sensitive"}'], ['{"value":"', 'tigers7', '","a":1,"type":"secret"}'], ['{"value":"', 'tigers7', '","type":"encrypted"}'],
  ['{"Type":"SecureString","Value":"', 'tigers7', '"}'], ['{"payload":{"data":"', 'tigers7', '"}}'], ['{"value":"', 'tigers7', '","path":"a/secrets/b"}'],
  ['<input type="password" id="a" value="', 'tigers7', '">'], ['https://a.test/reset/', `${VALUE}xy`], ['https://a.test/reset-password/', `${VALUE}xy`, '', 2],
  ['https://a.test/services/T0/B0/', `${VALUE}xy`], ['https://a.test/commands/T0/12/', `${VALUE}xy`], ['https://a.test/webhooks/12345/', `${VALUE}xy`],
  ['said Bearer ', `${VALUE}xy`], ['said Basic ', `${VALUE}xy`], ['said DPoP ', `${VALUE}xy`], ['said Negotiate ', `${VALUE}xy`], ['said NTLM ', `${VALUE}xy`],
  ['said Bot ', `${VALUE}xy`], ['said SSWS ', `${VALUE}xy`], ['said Token ', `${VALUE}xy`, '', 2],
  ['base64url.bearer.authorization.k8s.io.', `${VALUE}xy`],
  ['ftp://ada:', 'tigers7', '@a.test/'], ['://:', 'tigers7', '@[::1]/'], ['https://', HEX, '@a.test/1'], ['ada:', 'tigers7', '@tcp(a.test:3306)/x'],
  ['ada/', 'tigers7', '@//a.test/x'], ['a.test:5432:db:ada:', 'tigers7'],
]

const placesIn = (text: string): readonly number[] => findSuspiciousValues(text).map(({ offset }) => offset)

test.describe('findSuspiciousValues', () => {
  for (const text of SUSPICIOUS) test(`finds ${text}`, () => expect(findSuspiciousValues(text)).not.toEqual([]))
  for (const text of HARMLESS) test(`leaves ${text}`, () => expect(findSuspiciousValues(text)).toEqual([]))

  for (const [left, found] of TWINS)
    test(`leaves ${left}, and finds ${found}`, () => {
      expect(findSuspiciousValues(left)).toEqual([])
      expect(findSuspiciousValues(found)).not.toEqual([])
    })

  test('finds what stands behind each name', () => {
    const left = NAMES.filter((name) => !placesIn(`${name}: ${VALUE}xyz${VALUE}`).includes(name.length + 2))
    expect(left).toEqual([])
  })

  test('finds a value where it begins, whatever is between it and its name', () => {
    expect(GAPS.filter((gap) => !placesIn(`secret${gap}${VALUE}`).includes(6 + gap.length))).toEqual([])
  })

  for (const [before, value, after = '', times = 1] of PAIRED)
    test(`finds ${before}..${after}`.replaceAll(/\s+/g, ' '), () => {
      expect(placesIn(before + value + after)).toEqual(Array.from({ length: times }, () => before.length))
    })

  test('takes linear time where values lie in each other', () => {
    took(2000)
    expect(took(40_000) / took(10_000)).toBeLessThan(10)
  })
})

test.describe('the second scanner, on exchanges with well-known services', () => {
  test.skip(apisPath === undefined, 'shared/secrets/apis.mjs is not on this machine')

  test('finds 19 of 20 secrets at least', async () => {
    const found = every(6, await loadApis('a')).flatMap((api) =>
      Object.values(api.secrets).map((secret) => isFound(api, String(secret))),
    )
    expect(found.filter((is) => is).length / found.length).toBeGreaterThan(0.95)
  })

  test('finds nothing in what was redacted', async () => {
    for (const api of every(3, await loadApis('a')))
      for (const event of redactCassette(cassetteOf(api)).cassette.tape)
        if ('bytes' in event) expect([api.name, ...scanForSecrets(event.bytes)]).toEqual([api.name])
  })
})

function took(count: number): number {
  const before = process.cpuUsage()
  findSuspiciousValues('token='.repeat(count))
  return process.cpuUsage(before).user
}

/** Whether a scan finds less if the secret is not there. */
function isFound(api: Api, secret: string): boolean {
  const { tape, ...rest } = cassetteOf(api)
  return tape.some((event) => {
    const text = textOf({ ...rest, tape: [event] })
    return standsIn(text, secret) && scanForSecrets(without(text, secret)).length < scanForSecrets(text).length
  })
}

function without(text: string, secret: string): string {
  const bytes = Buffer.from(secret)
  const json = JSON.stringify(secret).slice(1, -1)
  const url = encodeURIComponent(secret)
  const cores = [0, 1, 2].map((lead) => {
    const coded = Buffer.concat([Buffer.alloc(lead), bytes]).toString('base64')
    return coded.slice(lead === 0 ? 0 : lead + 1, Math.floor(((lead + bytes.length) * 4) / 3))
  })
  return [secret, url, encodeURIComponent(url), json, JSON.stringify(json).slice(1, -1), ...cores]
    .filter((form) => form.length > 3)
    .reduce((all, form) => all.replaceAll(form, '{{x}}'), text)
}
