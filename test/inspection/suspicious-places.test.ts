import { expect, test } from '../helpers/test.ts'
import { suspiciousPlaces } from '../../src/inspection/suspicious-places.ts'

const DRAWN = 'Zq7rT0kLm3XvB9'
const LONG = 'Zq7rT0kLm3XvB9Zq7rT0kLm3XvB9Zq7rT0kLm3XvB9'
const HEX = '0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e'

/** A text before a value, the value, what follows it, and how often it is found; first those that have to look drawn. */
type Example = readonly [before: string, value: string, after?: string, times?: number]

// oxfmt-ignore
const DRAWN_ONLY: readonly Example[] = [
  ['run --api-token ', DRAWN, '', 2], ['run --token="', DRAWN, '"', 2], ['aws configure set aws_secret_key ', DRAWN], ['| password | ', DRAWN, ' |'],
  ['setToken(secret): string = "', DRAWN, '"'], ['ENV NPM_TOKEN ', DRAWN], ['{"encoded":"', `${DRAWN}xy`, '"}'],
  ['{"cookies":[{"value":"', `${DRAWN}xy`, '"}]}'], ['{"key":"value","value":"', DRAWN, '"}'],
  ['{"token":{"value":"', `${DRAWN}xy`, '"}}'], ['/x?apikey=', `${DRAWN}xy`], ['user.info: ada:', DRAWN], ['the password is ', DRAWN],
  ['{"value":"', DRAWN, '","sensitive":true}'], ['variable "db_password" { default = "', DRAWN, '" }'], ['secrets = { a = "', DRAWN, '" }'],
  ['Digest response="', DRAWN, '"'], ['/invite/', `${DRAWN}xy`], ['/webhook/', DRAWN], ['/api/', LONG, '?x'], ['user=ada&p=', DRAWN],
  ['{"value":"', `${DRAWN}${DRAWN}`, '"}'], ['200\r\n\r\n"', `${DRAWN}${DRAWN}`, '"'], ['{"method":"importprivkey","params":["', DRAWN, '"]}'],
  ['{"op":"login","args":["', DRAWN, '"]}'], ['<methodName>a.login</methodName><value>', DRAWN, '</value>'], ['<methodResponse><params><param><value>', DRAWN, '</value></param></params>'],
  ['POST /v2/', LONG, ' HTTP/1.1'], ['{"result":"', `${DRAWN}${DRAWN}`, '"}'], ['ID  SECRET KEY\n1   ', DRAWN], ['| id | token |\n|----|-------|\n| 1  | ', DRAWN, ' |'],
  ['{"params":["', DRAWN, '"],"method":"walletpassphrase"}'], ['/feeds/calendars/', LONG], ['a&sesskey=', DRAWN],
  ['{"value":"', DRAWN, '","key":"db_password"}'], ['{"field":"db_password","value":"', DRAWN, '"}'], ['password:\n  ', DRAWN, '\n'],
  ['requirepass ', DRAWN], ['/magic/', DRAWN], ['{"access":"', 'ZQ7RT0KLM3XVB9ZQ', '","secret":1}'], ['{"username":"', LONG, '"}'],
  ['{"role_id":"', `${DRAWN}xy`, '"}'], ['{"data":{"data":{"a":"', LONG, '"}}}'], ['{"keys":["', LONG, '"]}'],
  ['{"hash":{"value":"', `${DRAWN}xy`, '"}}'],
  ['{"string_value":"', DRAWN, '"}'],
]

// oxfmt-ignore
const ANY: readonly Example[] = [
  ['{"method":"walletpassphrase","params":["', 'open sesame', '"]}'], ['{"sms":{"code":"', '4040', '"}}'], ['{"type":"CONCEALED","value":"', 'tigers', '"}'],
  ['openssl -passin pass:', DRAWN], ['mysql -u root -p', 'tiger'], ['redis-cli -a ', 'tiger'], ['curl -u ada:', 'tiger'],
  ['ConvertTo-SecureString ', 'tiger'], ["CREATE USER a IDENTIFIED BY '", 'tiger', "'"], ['a1 LOGIN ada ', 'tiger'], ['PASS ', 'tiger'],
  ['AUTH PLAIN ', 'AGFkYQB0aWdlcg=='], ['<td>Password</td><td>', 'tigers', '</td>'], ['::add-mask::', 'tigers'], ['psk="', 'tigertiger', '"'],
  ['PushToken[', 'tigertigertigertiger', ']'], ['/3/device/', HEX], ['ssn: ', '123-45-6789'], ['cvv=', '123'],
  ['{"card_token":"', '4111111111111111', '"}'], ['ApiKey ', 'tigertigertigertiger'], ['key live_', '123456_tigertigertigertiger'],
  ['APP_KEY=base64:', 'tigertigertigertigertigertigertiger='], ['?oobCode=', 'tigertigertigertiger'], ['{"token":"', '123456', '"}'],
  ['{"user_code":"', 'ABCD-EFGH', '"}'], ['login --password-stdin <<< ', 'tigers'], ['echo ', 'tigers', ' | login --password-stdin'],
  ['[issecret=true]', 'tigers'], ['?h=', HEX], ['machine login ada password ', 'tiger'], ['chpasswd: list: ada:', 'tiger'],
  ['your code is ', '4711', ' now', 2], ['', '4711', ' is your code'], ['"random_password" "a" { "result": "', 'tigertiger', '" }'],
  ['"random_password" "a" { "hex": "', 'tigertiger', '" }'], ['<password>{', 'tigertigertigertiger', '}</password>'], ['x v1=', HEX],
  ['{"nonce":"', '0a1b2c3d4e', '"}'], ["password+'", 'tiger', "'"], ['{"kty":"oct","k":"', 'tigertigertigertiger', '"}'],
  ['{"k":"', 'tigertigertigertiger', '","kty":"oct"}'], ['snmp-server community ', 'tigers'], ['<D>', 'tigertigertigertiger', '</D>'],
  ['https://mainnet.infura.io/v3/', HEX.slice(0, 32)], ['{"password":{"example":"', 'tiger', '"}}'],
  ['{"to":"', 'tigertig:APA91btigertigertigertiger', '"}'],
]

const isDrawn = (value: string): boolean => value.includes('7')
const found = (text: string): readonly number[] => [...suspiciousPlaces(text, isDrawn)]
const wordsFor = (value: string): string =>
  value
    .replaceAll(/[a-z]/gi, (letter) => (letter === letter.toUpperCase() ? 'A' : 'a'))
    .replaceAll(/\d/g, (digit) => (digit === '7' ? '1' : digit))

for (const [before, value, after = '', times = 1] of [...DRAWN_ONLY, ...ANY])
  test(`finds ${before}..${after}`, () => {
    expect(found(`${before}${value}${after}`)).toEqual(Array.from({ length: times }, () => before.length))
  })

for (const [before, value, after = ''] of DRAWN_ONLY)
  test(`does not find what does not look drawn: ${before}..${after}`, () => {
    expect(found(`${before}${wordsFor(value)}${after}`)).toEqual([])
  })

test('what stands for a secret, or hides one, is none', () => {
  expect(found("password '{{password.1}}'")).toEqual([])
  expect(found('<td>Password</td><td>{{password.1}}</td>')).toEqual([])
  expect(found('<td>Password</td><td>*******</td>')).toEqual([])
})

test('finds cookies that look drawn, in the order of their places', () => {
  const [first, second] = [`${DRAWN}xy`, `${DRAWN}zz`]
  const text = `GET / HTTP/1.1\r\nCookie: a=${first}; lang=aaaaaaaaaaaaaaaaaaaa; short=Zq7; b=${second}\r\n`
  expect(found(text)).toEqual([text.indexOf(first), text.indexOf(second)])
})

test('finds credentials after their scheme, and those in its parameters', () => {
  const text = `a: b\r\nAuthorization: Digest ${DRAWN}xy realm="${DRAWN}zz", nc=Zq7\nProxy-Authorization: Basic ${DRAWN}00\r\n`
  expect(found(text)).toEqual([text.indexOf(`${DRAWN}xy`), text.indexOf(`${DRAWN}zz`), text.indexOf(`${DRAWN}00`)])
  expect(found('Authorization: Basic aaaaaaaaaaaaaaaaaaaaaaaa')).toEqual([])
})

test('finds the cells of a column that is named so', () => {
  const table = 'name,password,note\r\nada,tiger,x\nbob,cat,y\ncy,{{password.1}},z\ndi,lion\n'
  expect(found(table)).toEqual([table.indexOf('tiger'), table.indexOf('lion')])
  const later = `HTTP/1.1 200 OK\r\n\r\n"api key",name\ntiger,ada\n`
  expect(found(later)).toEqual([later.indexOf('tiger')])
  expect(found('name,note\nada,tiger\n')).toEqual([])
})
