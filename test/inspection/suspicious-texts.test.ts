import { expect, test } from '../helpers/test.ts'
import { inTexts, LISTS, TEXT_PLACES } from '../../src/inspection/suspicious-texts.ts'

const DRAWN = 'Zq7rT0kLm3XvB9cWe5'
const LONG = `${DRAWN}${DRAWN}`
const HEX = '0a1b2c3d4e5f60718293a4b5c6d7e8f9'

type Example = readonly [before: string, value: string, after?: string]

/** What has to look drawn as well. */
// oxfmt-ignore
const DRAWN_ONLY: readonly Example[] = [
  ['<sessionId xsi:type="xsd:string">', DRAWN, '</sessionId>'], ['<Pass encoding="base64">', DRAWN, '</Pass>'], ['<Password><Value>', DRAWN, '</Value></Password>'],
  ['<USERPASS>', DRAWN, '<LANGUAGE>ENG'], ['<b data-clipboard-text="', DRAWN, '" title="Copy token">'], ['<b aria-label="Copy API key" value="', DRAWN, '">'],
  ['a.php?logoutkey=', DRAWN], ['/user/reset/42/1767225600/', `${DRAWN}xy`, '/login'], ['/verify/42/', `${DRAWN}xy`], ['/u/activate-account/', DRAWN],
  ['<label for="k">API token</label><input id="k" value="', DRAWN, '">'], ['/users/confirmation/', `${DRAWN}xy`], ['/delete?confirm=', DRAWN], ['login=svc:', DRAWN],
  ['remotepass = ', DRAWN], ['set psksecret ', DRAWN, '\n'],
  ['/novnc/api.php?data=', LONG], ['/vod/token/', DRAWN, '/x'], ['MT:', 'Y.K9042C07KA0648G00'], ['{"SNMP.1.AgentCommunity":"', DRAWN, '"}'], ['{"changePasswordId":"', LONG, '"}'], ['{"scratch":"', DRAWN, '"}'], ['{"authinfo":"', DRAWN, '"}'], ['{"plainValue":"', DRAWN, '"}'],
  ['Cookies: {"a_session":"', DRAWN, '"}'], ['{"mapped_to":"X_SESSION","value":"', DRAWN, '"}'], ['{"webhook_auth_header_value":"', DRAWN, '"}'],
  ['{"credentialsType":"ACCESS_TOKEN","credentialsId":"', DRAWN, '"}'], ['{"value":"', LONG, '","expiresAt":"x"}'], ['[{"resume":"', LONG, '"}]'], ['Grpc-Metadata-macaroon: ', `${LONG}abcd`],
  ['{"secretPhrase":"', DRAWN, '"}'], ['{"gitlab-token":{"git.x.test":"', DRAWN, '"}}'], ['user%5Bpassword%5D%5Bfirst%5D=', DRAWN],
  ['header_up X-Origin-Auth "', DRAWN, '"'], ['if (token !== "', DRAWN, '")'], ['gpg_passphrase = ', DRAWN], ['ansible_ssh_pass=', DRAWN],
  ['<item name="AUTH_PASSWORD"><value string="', DRAWN, '"/>'], ['<password value="', DRAWN, '"/>'], ['<p>API key: <b>', DRAWN, '</b>'],
  ['ENV.fetch("DB_PASS") { "', DRAWN, '" }'], ['{"field":"smtp_password","old":"', DRAWN, '","new":"x"}'], ['{"api_token":{"before":"x","after":"', DRAWN, '"}}'],
]

// oxfmt-ignore
const ANY: readonly Example[] = [
  ['<Name>A.B.KeyPassphrase</Name><Value xsi:type="xsd:string">', 'tiger', '</Value>'], ['<Key>TOTP Seed</Key><Value>', 'tiger', '</Value>'],
  ['<auth mechanism="PLAIN">', 'AGFkYQB0aWdlcg==', '</auth>'], ['<keyMaterial>', 'tigers', '</keyMaterial>'],
  ['Your verification code is</td></tr><tr><td><b>', '404001', '</b>'], ['"s=', HEX, '&"'], ['?username=ada&response=', `${HEX}$${HEX}`],
  ['{"default_password":"', 'v5{tiger', '"}'], ['{"streamName":"', 'abcd-efgh-ijkl-mnop', '"}'], ['{"code":"', '541401117714', '","expiryTime":"x"}'],
  ['Use this PIN to sign in:</p><div>', '404001', '</div>'], ['WIFI:T:WPA;S:x;P:', 'tiger', ';;'], ['\nuser worker on >', 'tiger', ' ~*'], ['"app" "', 'tiger1', '"\n'],
  ['ada * "', 'tiger', '" 10.0.0.7\n'], ['user "ada" pass "', 'tiger', '" is'], ['Backup codes:\n\n  ', 'abcde-1fghi', '\n'],
  ['grant_type=authorization_code&a=b&code=', 'tiger'], ['?code=', 'tiger', '&grant_type=authorization_code'], ['{"nonce":1,"response":"', HEX, '"}'],
  ['{"manualPairingCode":"', '34970112332', '"}'],
  ['{"pairingCode":"', 'ABCD-EFGH', '"}'], ['?userCode=', 'ABCDEFGH'], ['mutation($pin: String = "', 'tiger', '")'],
  ['X-RequestDigest: 0x', `${HEX}${HEX}`, ',17 Jan'], ['<d:FormDigestValue>0x', `${HEX}${HEX}`], ['stats auth ada:', 'tiger'], ['[smtp.x.test]:587 ada:', 'tiger'],
  ['ada:{PLAIN}', 'tiger', ':1000'], ['tacacs-server key 7 ', '0822455D0A16'], ['community ', 'tiger', ' {'], ['neighbor 10.0.0.1 password ', 'tiger'],
  ['<auth-user-pass>\nada\n', 'tiger', '\n</auth-user-pass>'], ['user = "ada:', 'tiger', '"'], ['net use Z: \\\\h\\s /user:ada ', 'T1ger'],
  ['smbclient //h/s -U ada%', 'tiger'], ['<h3>Backup codes</h3><ul><li>', '1234-5678', '</li></ul>'],
  ['', 'qaib 66en sc2e i6nf'],
]

const isDrawn = (value: string): boolean => value.includes('7')
const found = (text: string): readonly number[] => [...inTexts(text, isDrawn)]

for (const [before, value, after = ''] of [...DRAWN_ONLY, ...ANY])
  test(`finds ${before}..${after}`, () => {
    expect(found(`${before}${value}${after}`)).toEqual([before.length])
  })

for (const [before, value, after = ''] of DRAWN_ONLY)
  test(`does not find what does not look drawn: ${before}..${after}`, () => {
    expect(found(`${before}${value.replaceAll('7', '1')}${after}`)).toEqual([])
  })

test('what is redacted or masked is found in no place', () => {
  for (const [before, , after = ''] of [...DRAWN_ONLY, ...ANY])
    for (const value of ['{{token.1}}', '*'.repeat(16)])
      expect(found(`${before}${value}${after}`), before + value + after).toEqual([])
})

test('each pattern finds something in an example', () => {
  const examples = [...DRAWN_ONLY, ...ANY].map(([before, value, after = '']) => `${before}${value}${after}`)
  const isFoundIn = (pattern: RegExp): boolean => examples.some((text) => text.search(pattern) !== -1)
  expect([...TEXT_PLACES, ...LISTS].flatMap(([pattern]) => (isFoundIn(pattern) ? [] : [pattern.source]))).toEqual([])
})

test('what stands for a secret, or is something else in the same place, is none', () => {
  // oxfmt-ignore
  for (const text of [
    '<Key>TOTP Seed</Key><Value>{{otp.1}}</Value>', 'stats auth ada:{{password.1}}', 'user = "1000:1000"', '<h3>Trusted devices</h3><ul><li>Pixel-8 of Ada</li></ul>',
    '0a1b 2c3d 4e5f 6071', 'that when they said what they knew', '2345 2345 2345 2345', '<auth-user-pass>\n{{password.1}}\n</auth-user-pass>\n', 'community guidelines for all',
  ])
    expect(found(text), text).toEqual([])
})
