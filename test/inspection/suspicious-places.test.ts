import { expect, test } from '../helpers/test.ts'
import { PLACES, suspiciousPlaces } from '../../src/inspection/suspicious-places.ts'

const DRAWN = 'Zq7rT0kLm3XvB9'
const LONG = 'Zq7rT0kLm3XvB9Zq7rT0kLm3XvB9Zq7rT0kLm3XvB9'
const HEX = '0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e'

/** A text before a value, the value, what follows it, and how often it is found. */
type Drawn = readonly [before: string, value: string, after?: string, times?: number]

/** The same, and a text that is much alike, in which nothing is found. */
type Plain = readonly [before: string, value: string, after: string, nearly: string, times?: number]

/** What has to look drawn: words in its place are left. */
// oxfmt-ignore
const DRAWN_ONLY: readonly Drawn[] = [
  ['run --api-token ', DRAWN, '', 2], ['run --token="', DRAWN, '"', 2], ['aws configure set aws_secret_key ', DRAWN], ['| password | ', DRAWN, ' |'],
  ['run --db-pass=', DRAWN],
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
  ['{"headers":{"authorization":"Custom ', `${DRAWN}xy`, '"}}'], ['fs.azure.account.key.acme.blob: ', LONG],
  ['{"symmetricKey":{"primaryKey":"', `${DRAWN}xy`, '"}}'], ['/x?ak=', `${DRAWN}${DRAWN}`], ['/x?a=b&verify=', `${DRAWN}${DRAWN}`],
  ['/x?md5=', `${DRAWN}Zq7rT0kL`], ['{"method":"call.login","params":{"list":["ada","', DRAWN, '"]}}'],
  [`{"keys":["${'a'.repeat(32)}","`, LONG, '"]}'], ['a: Bearer {', `${DRAWN}xyxyxy`, '}'], ['<sid><![CDATA[', DRAWN, ']]></sid>'],
  ['/authorize/', `${DRAWN}${DRAWN}xy`], ['{"idTag":"', DRAWN, '"}'], ['{"params":["', `${DRAWN}${DRAWN}`, '"]}'],
  ['/cb?ssecurity=', DRAWN], ['/wpush/v2/', `${DRAWN}${DRAWN}`], ['client_token     ', DRAWN, '\n'], ['Unseal Key 1: ', `${DRAWN}xyxyxy`],
  ['{"new_value":"', DRAWN, '"}'], ['{"value":"', DRAWN, '","public":false}'], ['//npm.test/:_authToken = ', `${DRAWN}xyxyxy`],
  ['{"dataValue":"', `${DRAWN}xyxyxy`, '"}'], ['{"name":"', DRAWN, '","transactionKey":1}'], ['{"inboundAddress":"', `${DRAWN}@in.test`, '"}'],
  ['<td>DB_KEY</td><td><pre>&#x27;', DRAWN, '</pre>'], ['Args:\n --admin-token\n ', DRAWN], ['POST /a HTTP/1.1\r\nContent-Type: application/x-data-password\r\n\r\n', DRAWN],
  ['api_keys:\n  - a\n  - "', DRAWN, '"\n'], ['/upload/v1/', `${LONG}${LONG}`], ['/x?formhash=', DRAWN], ['/import/', LONG], ['/tickets/', LONG], ['HTTP/1.1 200 OK\r\n\r\n', LONG], ['<apiKey>', DRAWN, '</apiKey>'],
]

const UUID = '00000000-0000-0000-0000-000000000000'

// oxfmt-ignore
const ANY: readonly Plain[] = [
  ['{"method":"walletpassphrase","params":["', 'open sesame', '"]}', '{"method":"walletnotify","params":["open sesame"]}'],
  ['{"sms":{"code":"', '4040', '"}}', '{"sms":{"size":"4040"}}'],
  ['{"type":"CONCEALED","value":"', 'tigers', '"}', '{"type":"STRING","value":"tigers"}'],
  ['openssl -passin pass:', 'tiger', '', 'openssl -passin file:tiger'],
  ['mysql -u root -p', 'tiger', '', 'mysql -u root -h tiger'],
  ['redis-cli -a ', 'tiger', '', 'redis-cli -h tiger'],
  ['curl -u ada:', 'tiger', '', 'curl -u http://tiger'],
  ['ConvertTo-SecureString ', 'tiger', '', 'ConvertFrom-SecureString tiger'],
  ["CREATE USER a IDENTIFIED BY '", 'tiger', "'", "CREATE USER a NAMED BY 'tiger'"],
  ["CREATE USER a IDENTIFIED WITH native BY '", 'tiger', "'", "CREATE USER a IDENTIFIED WITH native AS 'tiger'"],
  ['a1 LOGIN ada ', 'tiger', '', 'a1 LOGOUT ada tiger'],
  ['PASS ', 'tiger', '', 'PASSED tiger'],
  ['AUTH PLAIN ', 'AGFkYQB0aWdlcg==', '', 'AUTH CRAM-MD5 AGFkYQB0aWdlcg=='],
  ['<td>Password</td><td>', 'tigers', '</td>', '<td>Country</td><td>tigers</td>'],
  ['::add-mask::', 'tigers', '', '::add-path::tigers'],
  ['psk="', 'tigertiger', '"', 'psk="tiger"'],
  ['vpn : PSK "', 'tiger', '"', 'vpn : PUB "tiger"'],
  ['PushToken[', 'tigertigertigertiger', ']', 'PushToken[tiger]'],
  ['/3/device/', HEX, '', '/3/device/tigertigertigertigertigertigertigertiger'],
  ['ssn: ', '123-45-6789', '', 'ssn: 123-456'],
  ['cvv=', '123', '', 'cvv=12345'],
  ['{"card_token":"', '4111111111111111', '"}', '{"card_token":"4111"}'],
  ['{"setupCode":"', '123-45-613', '"}', '{"setupCode":"1234"}'],
  ['otpauth-migration://offline?data=', 'tigertigertigertiger', '', 'otpauth-migration://offline?data=tiger'],
  ['/IncomingWebhook/', HEX.slice(0, 32), '', '/IncomingWebhook/tiger'],
  [`/IncomingWebhook/team/${UUID}/`, 'tigertigertigertiger', '', `/IncomingWebhook/team/${UUID}/tiger`],
  ['/private-', HEX.slice(0, 24), '', '/private-tigertigertigertigertiger'],
  [`ada:500:${'0'.repeat(32)}:`, HEX.slice(0, 32), ':::', `ada:500:${'0'.repeat(32)}:${HEX.slice(0, 32)}:a:b:`],
  ['Your code: ', '123-456', '', 'Your code: 123-4567'],
  ['{"user_code":"', 'ABCDEF', '"}', '{"country_code":"ABCDEF"}'],
  ['{"user_code":"', 'ABCD-EFGH', '"}', '{"user_code":"AB-CD"}'],
  ['ApiKey ', 'tigertigertigertiger', '', 'ApiKey tiger'],
  ['key live_', '123456_tigertigertigertiger', '', 'key live_tigertigertigertiger'],
  ['APP_KEY=base64:', 'tigertigertigertigertigertigertiger=', '', 'APP_KEY=base64:tiger'],
  ['?oobCode=', 'tigertigertigertiger', '', '?oobCode=tiger'],
  ['{"token":"', '123456', '"}', '{"token":"1234"}'],
  ['login --password-stdin <<< ', 'tigers', '', 'login --password-stdin < tigers'],
  ['echo ', 'tigers', ' | login --password-stdin', 'echo tigers | login'],
  ['[issecret=true]', 'tigers', '', '[issecret=false]tigers'],
  ['?h=', HEX, '', '?h=0a1b'],
  ['machine login ada password ', 'tiger', '', 'machine login ada account tiger'],
  ['chpasswd: list: ada:', 'tiger', '', 'chpasswd: {list: ada:tiger}'],
  ['your code is ', '4711', ' now', 'your code is 471', 2],
  ['the pin is ', '4040', '', 'the pin was 4040', 1],
  ['', '4711', ' is your code', '4711 is our code'],
  ['', '4711', ' ist dein Login-Code', '4711 ist dein Konto'],
  ['', '4711', ' es tu c\xc3\xb3digo', '4711 es tu cuenta'],
  ['', '4711', ' est votre code', '4711 est votre compte'],
  ['', '4711', ' \xc3\xa8 il tuo codice', '4711 \xc3\xa8 il tuo conto'],
  ['"random_password" "a" { "result": "', 'tigertiger', '" }', '"random_id" "a" { "result": "tigertiger" }'],
  ['"random_password" "a" { "hex": "', 'tigertiger', '" }', '"random_id" "a" { "hex": "tigertiger" }'],
  ['<password>{', 'tigertigertigertiger', '}</password>', '<password>{{tigertigertigertiger}}</password>'],
  ['x v1=', HEX, '', `x v2=${HEX}`],
  ['{"nonce":"', '0a1b2c3d4e', '"}', '{"nonce":"0123456789"}'],
  ["password+'", 'tiger', "'", 'password+tiger'],
  ['{"kty":"oct","k":"', 'tigertigertigertiger', '"}', '{"kty":"oct","kid":"tigertigertigertiger"}'],
  ['{"k":"', 'tigertigertigertiger', '","kty":"oct"}', '{"kid":"tigertigertigertiger","kty":"oct"}'],
  ['snmp-server community ', 'tigers', '', 'snmp-server location tigers'],
  ['<D>', 'tigertigertigertiger', '</D>', '<E>tigertigertigertiger</E>'],
  ['https://mainnet.infura.io/v3/', HEX.slice(0, 32), '', 'https://mainnet.infura.io/v3/tiger'],
  ['{"password":{"example":"', 'tiger', '"}}', '{"password":{"title":"tiger"}}'],
  ['{"name":"login_otp","of":[{"text":"', '4040', '"}]}', '{"name":"amount","of":[{"text":"4040"}]}'],
  ['hub.verify_token=', 'tiger', '', 'hub.verify_tokens=tiger'],
  ['/cpsess', '1234561234', '/x', '/cpsess12/x'],
  ['ACL SETUSER ada on >', 'tiger', '', 'ACL SETUSER ada on ~tiger'],
  ['1) "requirepass"\r\n2) "', 'tiger', '"', '1) "maxmemory"\r\n2) "tiger"'],
  ['htpasswd -nb ada ', 'tiger', '', 'htpasswd -n ada tiger'],
  ['htpasswd -bc /srv/users alice ', 'tiger', '', 'htpasswd -c /srv/users alice tiger'],
  ['{"id":"backup_codes","text":{"text":"', 'tigers', '"}}', '{"id":"error_codes","text":{"text":"tigers"}}'],
  ['<AccessLicenseNumber>', 'ABCDEFGHIJ', '</AccessLicenseNumber>', '<AccessLicenseNumber>ABC</AccessLicenseNumber>'],
  ['{"scaAuthenticationData":"', '4040', '"}', '{"scaAuthenticationData":"40"}'],
  ['{"csrfToken":"', '0.12345612', '"}', '{"csrfToken":"0.5"}'],
  ['PUT /variables/DB_PASSWORD HTTP/1.1\r\nHost: x\r\n\r\n{"value":"', 'tigertiger', '"}', 'PUT /variables/REGION HTTP/1.1\r\nHost: x\r\n\r\n{"value":"tigertiger"}'],
  ['PUT /kv/db_password HTTP/1.1\r\nHost: x\r\n\r\n', 'tigertiger', '', 'PUT /kv/db_name HTTP/1.1\r\nHost: x\r\n\r\ntigertiger'],
  ['POST /mfa/verify HTTP/1.1\r\nHost: x\r\n\r\n{"code":"', '4040', '"}', 'POST /zip/lookup HTTP/1.1\r\nHost: x\r\n\r\n{"code":"4040"}'],
  ['auth sha ', 'tigers', ' priv aes 128 x', 'auth sha tigers priv none'],
  ['auth sha {x2345} priv aes 128 ', 'tigers', '', 'auth none priv aes 128 tigers'],
  ['sip:ada:', 'tiger', '@pbx.test', 'sip:tiger@pbx.test'],
  ['{"second_factor_token":"', '4040', '"}', '{"second_factor_token":"40"}'],
  [`89e92ceee5:0:${'ab'.repeat(64)}:`, 'cd'.repeat(64), '', `89e92ceee5:0:${'ab'.repeat(64)}`],
  ['GET sess:', 'tigertigertigertiger', '', 'GET sess:tiger'],
  ['{"image":"', 'tiger'.repeat(20), '","uri":"otpauth://x"}', `{"image":"${'tiger'.repeat(20)}","uri":"https://x"}`],
  ['{"uri":"otpauth://x","qr":"', 'tiger'.repeat(20), '"}', `{"uri":"https://x","qr":"${'tiger'.repeat(20)}"}`],
  ['{"to":"', 'tigertig:APA91btigertigertigertiger', '"}', '{"to":"tigertig:tigertigertigertigertiger"}'],
]

const isDrawn = (value: string): boolean => value.includes('7')
const found = (text: string): readonly number[] => [...suspiciousPlaces(text, isDrawn)]
const wordsFor = (value: string): string =>
  value
    .replaceAll(/[a-z]/gi, (letter) => (letter === letter.toUpperCase() ? 'A' : 'a'))
    .replaceAll(/\d/g, (digit) => (digit === '7' ? '1' : digit))

const TWO_CODES = '{"id":"backup_codes","text":{"text":"lionlion, tigers"}}'

test('finds the first and the second of codes in one text', () => {
  expect(found(TWO_CODES)).toEqual([TWO_CODES.indexOf('lionlion'), TWO_CODES.indexOf('tigers')])
  expect(found(TWO_CODES.replace('backup', 'error'))).toEqual([])
})

test('each pattern finds something in an example', () => {
  const examples = [...DRAWN_ONLY, ...ANY].map(([before, value, after = '']) => `${before}${value}${after}`)
  examples.push(TWO_CODES)
  const isFoundIn = (pattern: RegExp): boolean => examples.some((text) => text.search(pattern) !== -1)
  expect(PLACES.flatMap(([pattern]) => (isFoundIn(pattern) ? [] : [pattern.source]))).toEqual([])
})

for (const [before, value, after = '', times = 1] of DRAWN_ONLY)
  test(`finds ${before}..${after}`, () => {
    expect(found(`${before}${value}${after}`)).toEqual(Array.from({ length: times }, () => before.length))
  })

for (const [before, value, after, nearly, times = 1] of ANY)
  test(`finds ${before}..${after}, but nothing in ${nearly}`, () => {
    expect(found(`${before}${value}${after}`)).toEqual(Array.from({ length: times }, () => before.length))
    expect(found(nearly)).toEqual([])
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

test('finds what is in fields that are signatures, and not what is beside them', () => {
  const value = `${DRAWN}${DRAWN}`
  for (const name of ['X-Signature', 'x-hub-signature-256', 'X-HMAC', 'Signature']) {
    const text = `HTTP/1.1 200 OK\r\n${name}: sha256=${value}\r\n`
    expect([name, ...new Set(found(text))]).toEqual([name, text.indexOf(value)])
  }
  // oxfmt-ignore
  for (const name of ['DKIM-Signature', 'Signature-Input', 'X-Signature-Version', 'X-Signature-Nonce', 'X-Signature-Timestamp', 'X-Signature-Id', 'X-Signature-Certificate'])
    expect([name, ...found(`HTTP/1.1 200 OK\r\n${name}: ${value}\r\n`)]).toEqual([name])
})

test('finds what looks drawn in a field of a request that nobody knows', () => {
  const value = `${DRAWN}xy`
  const head = (name: string): string => `GET /a HTTP/1.1\r\nHost: a.test\r\n${name}: ${value}\r\nAccept: a\r\n`
  for (const name of ['X-Acme', 'Acme-Thing']) {
    expect(found(head(name))).toEqual([head(name).indexOf(value)])
    expect(found(head(name).replace('GET', 'get'))).toEqual([])
    expect(found(head(name).replace(value, wordsFor(value)))).toEqual([])
  }
  // oxfmt-ignore
  for (const name of [
    'Accept-Thing', 'Cache-Thing', 'Content-Thing', 'ETag', 'If-Match', 'Referer', 'TE', 'User-Agent', 'X-Amz-Thing', 'X-B3-TraceId', 'Sentry-Trace', 'X-Request-Id',
    'Idempotency-Key', 'X-Acme-Id', 'Acme-Ids', 'X-Key-Id', 'X-Uuid', 'X-Version', 'X-Type', 'X-Digest', 'X-Sha256', 'X-Checksum', 'X-Nonce', 'X-Trace', 'X-Tenant', 'X-Retry-Key', 'X-Reference',
  ])
    expect([name, ...found(head(name))]).toEqual([name])
})

test('finds the cells of a column that is named so', () => {
  const table = 'name,password,note\r\nada,tiger,x\nbob,cat,y\ncy,{{password.1}},z\ndi,lion\n'
  expect(found(table)).toEqual([table.indexOf('tiger'), table.indexOf('lion')])
  const later = `HTTP/1.1 200 OK\r\n\r\n"api key",name\ntiger,ada\n`
  expect(found(later)).toEqual([later.indexOf('tiger')])
  expect(found('name,note\nada,tiger\n')).toEqual([])
})

/** Tables with values at places that are found: those in «». */
// oxfmt-ignore
const TABLES: readonly string[] = [
  `INSERT INTO users (name, token) VALUES ('ada', '«tiger»')`,
  `INSERT INTO users (token, name) VALUES ('«tiger»', 'ada')`,
  `insert into "u"."users" (id, "password", name, "api_key", at) values (12, '«tiger»', 'ada of it', '«lions»', now)`,
  `a; INSERT INTO u (a,secret,b,token) VALUES ('a','«tiger»','b','«lions»'); INSERT INTO v (a,b,token) VALUES (1,NULL,'«tigers»')`,
  `INSERT INTO u (name, secret, token, password) VALUES ('ada', NULL, '{{token.1}}', '«tiger»')`,
  `INSERT INTO u (name, secret, token) VALUES ('tiger', 'cat', '«tiger»')`,
  `INSERT INTO u (name, note) VALUES ('ada', 'tiger')`,
  `INSERT INTO u (token_type, token_url, token) VALUES ('tiger', 'lions', '«tigers»')`,
  'COPY u (id, name, token) FROM stdin;\n1\tada\t«tiger»\n2\tbob\t«lions»\n\\.\n',
  'a\nCOPY u (secret, name, token) FROM stdin;\n«tiger»\tada\t«lions»\ncat\tbob\tdog\n\\.\ntiger\tada\ttiger\n',
  'id,password,name,token\n1,«tiger»,ada,«lions»\n22,cat,bob,«tigers»\n',
  'a: b\n\nid\tsecret\tname\ttoken\n1\t«tiger»\tada\t«lions»\n',
  'NAME  API TOKEN       ADA\nada   «Zq7rT0kLm3XvB9»  Zq7rT0kLm3XvB9\nbob   «Yq7rT0kLm3XvB9»  x\n\nada   Zq7rT0kLm3XvB9  x\n',
  ' id | token          | secret\n----+----------------+--------\n  1 | «Zq7rT0kLm3XvB9» |   «Xq7»\n  2 | aaaa | «Wq7»\n',
  '{"fields":["id","token","name"],"rows":[[1,"«tiger»","ada"],[2,"«lions»","bob"]]}',
  '[["id","token","name"],["1","«tiger»","ada"],["2","«lions»","bob"]]',
  '{"schema":[{"name":"id"},{"name":"secret"}],"rows":[{"f":[{"v":"1"},{"v":"«tiger»"}]}]}',
]

for (const shown of TABLES)
  test(`finds the cells at their places in ${JSON.stringify(shown).slice(1, 60)}`, () => {
    const pieces = shown.split(/[«»]/)
    const places = pieces.flatMap((_, index) => (index % 2 === 1 ? [pieces.slice(0, index).join('').length] : []))
    expect([...new Set(found(pieces.join('')))].toSorted((one, other) => one - other)).toEqual(places)
  })
