/** What texts are made of: a drawn value, a digest, a UUID and a long key. */
export interface Drawn {
  readonly V: string
  readonly H: string
  readonly U: string
  readonly KEY: string
}

export const DRAWN: Drawn = {
  V: 'Zq7rT0kLm3XvB9cWe5',
  H: '9f38120bd0099d83592895a1ed8b6c31',
  U: '6731de76-14a6-49ae-97bc-6eba6914391e',
  KEY: Buffer.from('Zq7rT0kLm3XvB9cWe5Zq7rT0kLm3XvB9cWe5').toString('base64'),
}

/** More texts of the kinds in kinds.ts: other quotes, other orders, other languages. */
// oxfmt-ignore
export const siblingsOf = ({ V, H, KEY }: Drawn): Readonly<Record<string, readonly string[]>> => ({
  'base64 that looks like something else': ['image/', 'application/', 'text/', '2026-11-26T12:00:00', 'https', 'a.b/', 'mailto:', 'data:', 'v1/', 'tel:']
    .map((before) => `{"access_token":"${before}${V}"}`),
  'URLs in documents': [
    `<a href='/x?token=${V}'>`, `<a href=/x?token=${V}>`, `<form action="/go?csrf_token=${V}&x=1">`, `background:url("/x?X-Amz-Signature=${H}")`, `@import url(/x?api_key=${V});`,
    `window.location = "/cb#access_token=${V}&x=1"`, `fetch(\`/api?key=${V}\`)`, `srcset="/a?sig=${V} 1x, /b?sig=${V} 2x"`, `<meta http-equiv=refresh content='0; URL="/x?token=${V}"'>`, `"url":"https:\\/\\/x\\/?token=${V}\\u0026a=1"`,
    `<add connectionString="Data Source=x;Password=${V};" />`, `{"html":"<a href=\\"/reset?token=${V}\\">x</a>"}`, `[link](https://x/?token=${V})`, `<https://x/?token=${V}>; rel="next"`, `href="/x?a=1&amp;token=${V}"`,
  ],
  'lines of configurations': [
    `[[auth]]\ntoken="""${V}"""\n`, `token = '''${V}'''`, `API_KEY = """\n${V}\n"""`, `{'password': b'${V}', 'x': None}`, `{'password': u"${V}"}`, `{'api_key': rb'${V}'}`,
    `- password: ${V}`, `password: !!str ${V}`, `password: &a ${V}`, `export API_TOKEN=${V}`, `$env:API_KEY = "${V}"`, `API_KEY?=${V}`, `:password => "${V}"`, `'password' : '${V}',`, `password := "${V}"`, `"password" = "${V}"`,
    `"Password"="${V}"`, `< Set-Cookie: sid=${V}; Path=/`, `[auth]\n  token = ${V}`, `machine x login y password ${V}`, `requirepass ${V}`, `SecretKey "${V}"`, `{password:"${V}"}`, `password: |-\n  ${V}\nx: 1`, `env:\n  DB_PASSWORD:\n    ${V}`,
  ],
  'keys': [
    `-----BEGIN EC PRIVATE KEY-----\n${KEY}\n-----END EC PRIVATE KEY-----`, `-----BEGIN OPENSSH PRIVATE KEY-----\n${KEY}\n`, `---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: "x"\n${KEY}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----`,
    `{"kty":"RSA","n":"abc","e":"AQAB","d":"${V}${V}"}`, `{"crv":"P-256","d":"${V}${V}","kty":"EC"}`, `<RSAKeyValue><Modulus>abc</Modulus><D>${KEY}</D></RSAKeyValue>`, `PresharedKey = ${KEY.slice(0, 43)}=`,
    `-----BEGIN PRIVATE KEY-----%0A${encodeURIComponent(KEY)}%0A-----END PRIVATE KEY-----`, `"key": "-----BEGIN RSA PRIVATE KEY-----\\r\\n${KEY}\\r\\n"`,
  ],
  'pairs': [
    `{"value":"${V}","key":"password"}`, `{"Value":"${V}","Key":"SECRET_TOKEN"}`, `[{"k":"api_key","v":"${V}"}]`, `["Authorization","Bearer ${V}"]`, `{"headers":["X-Api-Key: ${V}"]}`, `<property><name>password</name><value>${V}</value></property>`,
    `<setting name="ApiKey"><value>${V}</value></setting>`, `<string name="api_key">${V}</string>`, `<input value="${V}" type="hidden" name="authenticity_token">`, `<dt>Password</dt><dd>${V}</dd>`, `<tr><td>API key</td><td><code>${V}</code></td></tr>`,
    `<meta content=${V} name=csrf-token>`, `<key>APIToken</key>\n<string>${V}</string>`, `{"Tags":[{"Key":"password","Value":"${V}"}]}`, `Content-Disposition: form-data; name="password"\r\n\r\n${V}\r\n`, `<script>window.__TOKEN__="${V}"</script>`,
  ],
  'lines of devices': [
    `hostname r1\nsnmp-server community ${V} RO\n`, `crypto isakmp key ${V} address 1.2.3.4`, `username bob password 7 ${V}`, `enable secret 5 ${V}`, `ntp authentication-key 1 md5 ${V} 7`, `key chain a\n key-string 7 ${V}\n`,
  ],
  'names of protocols': [`{"value":"${V}","system":"http://x.example/api-key"}`, `PaRes=${V}${V}${V}&x=1`, `cres=${V}${V}${V}&a=1`, `?iss=x&launch=${V}${V}`, '{"cardCode":"4699"}', 'sesskey=AdYTofOpaR&x=1'],
  'tables and statements': [
    `{"columns":["id","token","at"],"data":[[1,"${V}","now"]]}`, `{"meta":[{"name":"a"},{"name":"api_key"}],"data":[["x","${V}"]]}`, `{"schema":{"fields":[{"name":"a"},{"name":"secret"}]},"rows":[{"f":[{"v":"x"},{"v":"${V}"}]}]}`,
    `{"values":[["host","user","password"],["h","bob","${V}"]]}`, `INSERT INTO t (a, api_token) VALUES ('x', '${V}')`, `COPY t (a, token) FROM stdin;\nx\t${V}\n\\.\n`, `{"sql":"INSERT INTO t(a, token) VALUES (?, ?)","args":["x","${V}"]}`,
    `{"sql":"UPDATE t SET reset_token = $1 WHERE id = $2","params":["${V}",7]}`, `{"sql":"INSERT INTO t(a, token) VALUES (?, ?)","args":[{"type":"text","value":"x"},{"type":"text","value":"${V}"}]}`,
  ],
  'what programs print': [
    `Config(key=SecretStr('${V}'))`, `Session { secret: Secret("${V}") }`, `array(1) {\n  ["token"]=>\n  string(18) "${V}"\n}`, `Array\n(\n    [token] => ${V}\n)`, `a:1:{s:5:"token";s:18:"${V}";}`, `{password,<<"${V}">>}`,
    `master_password      = "${V}"`, `password ${V}\nlogfile x`, `: PSK "${V}"`,
  ],
  'wrapped values': [
    `{"apiKey":{"S":"${V}"}}`, `{"key":"x-api-key","value":{"stringValue":"${V}"}}`, `[{"op":"add","path":"/spec/password","value":"${V}"}]`, `<o><OutputKey>DbPassword</OutputKey><OutputValue>${V}</OutputValue></o>`,
  ],
  'calls': [
    `{"jsonrpc":"2.0","method":"user.authenticate","params":["ada","${V}"],"id":1}`, `{"op":"login","args":["${V}",1662350400000]}`, `{"cmd":"auth","params":["${V}"]}`, `{"event":"auth","data":["${V}"]}`,
    `{"method":"encryptwallet","params":["a phrase of mine ${V}"]}`, `{"type":"exec","operation":"createUser(java.lang.String,java.lang.String)","arguments":["ada","${V}"]}`, `{"jsonrpc":"2.0","id":3,"result":"${H}"}`, `{"result":"${V}${V}","error":null,"id":3}`,
    `<methodCall><methodName>Core.login</methodName><params><param><value><string>ada</string></value></param><param><value>${V}</value></param></params></methodCall>`,
    `<methodCall><methodName>metaWeblog.newPost</methodName><params><param><value>1</value></param><param><value>ada</value></param><param><value><string>${V}</string></value></param></params></methodCall>`,
    `<methodCall><methodName>blogger.getUsersBlogs</methodName><params><param><value>0</value></param><param><value>1</value></param><param><value>ada</value></param><param><value>${V}</value></param></params></methodCall>`,
    `<methodCall><methodName>execute_kw</methodName><params><param><value>db</value></param><param><value><int>2</int></value></param><param><value>${V}</value></param><param><value>res.partner</value></param></params></methodCall>`,
    `<methodResponse><params><param><value><string>${V}${V}</string></value></param></params></methodResponse>`, `<m:loginReturn xsi:type="xsd:string">${H}</m:loginReturn>`, `<LogonResult>${V}</LogonResult>`,
  ],
  'calls of sessions': [
    `{"method":"get_session_key","params":["ada","${V}"],"id":1}`, `{"id":2,"method":"list_surveys","params":["${V}${V}0_","ada"]}`, `{"jsonrpc":"2.0","params":["${V}0l${V}"],"method":"items.list"}`,
  ],
  'tables of programs': [
    `NAME   TOKEN                TTL\nada    ${V}   23h\n`, `Tokens of the cluster:\n\nID  SECRET KEY          MADE\n1   ${V}  today\n`, `| id | api_token          |\n|----|--------------------|\n| 1  | ${V} |\n`,
    `+----+--------------------+\n| id | password           |\n+----+--------------------+\n|  1 | ${V} |\n+----+--------------------+\n`, ` id |      token         \n----+--------------------\n  1 | ${V}\n(1 row)\n`,
  ],
  'consoles': [
    `> ACL SETUSER ada on >${V} ~* +@all`, `1) "requirepass"\n2) "${V}"\n`, `id       | 1\napi_key  | ${V}\n`, `Unseal Key 1: ${KEY}\nUnseal Key 2: ${KEY}`, `/wpush/v2/${V}${V}`, `{"session_key":"AgAAAA${V.repeat(8)}"}`,
    `<dict><key>PayloadUUID</key><string>x</string><key>Password</key><string>${V}</string></dict>`,
  ],
  'names that say little': [
    `modhash=${V}`, `hub.verify_token=${V}`, `{"verify_token":"${V}"}`, `{"idTag":"${V}"}`, `ssecurity=${V}`, `{"env_var.name":"X","env_var.value":"${V}","env_var.public":false}`, `{"key":"X","value":"${V}","public":false}`, `{"formhash":"${V}"}`, `{"vnp_SecureHash":"${V}"}`, `verif-hash: ${V}`, `{"dataDescriptor":"COMMON","dataValue":"${V}${V}"}`, `{"type":"CONCEALED","label":"pepper","value":"${V}"}`,
    `{"id":"lookup_secret_codes","text":{"text":"${V}"}}`, `{"beamer_address":"${V}@in.example.com"}`, `{"activation_barcode":"https://x.example/qr?value=${V}-${V}"}`, `<AccessLicenseNumber>${V}</AccessLicenseNumber>`,
  ],
  'tickets': [`"TGT-12-${V}${V}-cas01"`, `/v1/tickets/TGT-1-${V}${V}`, `ticket: ST-1-${V}${V}.example`, `PGTIOU-84678-${V}${V}`],
  'links that act': [`{"deleteUrl":"https://x.test/d/${V}${V}"}`, `{"text":"open https://x.test/password/reset?rt=${V}${V}&uid=4"}`, `/magic-link/verify?t=${V}${V}`, `{"url":"https://i.test/a.jpg?w=4&s=${H}"}`],
  'paths and fragments': [
    ...['/tokens/', '/v3/import/', '/login/v2/flow/', '/sso/', '/enroll/', '/hooks/catch/123456/', '/trigger/x/with/key/', '/magic/', '/accounts/confirm-email/', '/i/v1/invite/', '/api/webhooks/123456789012345678/', '/feeds/calendars/', '/calendar/ical/x%40group/', '/cb#access_token=', '/cb#state=1&id_token=', '/#/cb?code=', '/cb#?access_token=', '/cb;jsessionid=']
      .map((path) => `{"url":"https://x.example${path}${V}${V}"}`),
    `private+key=${V}`, `api%20key=${V}`, `api.key=${V}`,
    ...['/user/reset/42/1767225600/', '/verify/42/', '/activate/MQ/', '/u/activate-account/', '/confirm-new-email/', '/novnc/api.php?data=', '/console/vnc_lite.html?path='].map((path) => `{"url":"https://x.example${path}${V}${V}"}`),
  ],
  'records of changes': [
    `{"field":"smtp_password","old":"${V}","new":"x"}`, `{"path":"/apiKey","after":"${V}"}`, `{"field":"password","fromString":"a","toString":"${V}"}`, `{"name":"secret","previous_value":"${V}"}`, `{"mapped_to":"DEPLOY_TOKEN","value":"${V}","is_expand":false}`,
    `{"settingName":"api_key","value":"${V}"}`,
  ],
  'what expires, and ids that act': [
    `{"value":"${V}${V}","expiresAt":"2026-01-17T10:03:55Z"}`, `{"changePasswordId":"${V}${V}"}`, `{"twoFactorTrustId":"${V}${V}"}`, `{"credentialsType":"ACCESS_TOKEN","credentialsId":"${V}"}`, `{"id":1,"deletehash":"${V}"}`, `{"scratch":"${V}"}`, `{"plainValue":"${V}"}`,
    `{"authinfo":"${V}"}`, `Grpc-Metadata-macaroon: ${H}${H}`, `{"method":"login","params":[{"resume":"${V}${V}"}]}`, `?username=ada&response=${H}`,
  ],
  'codes of a grant': ['grant_type=authorization_code&redirect_uri=x&code=', 'code=', '/cb?code=', 'com.acme.app://cb?code='].map((before, k) => `${before}${V}${['', '&grant_type=authorization_code', '&state=x1', ''][k]}`),
  'codes below what they are': [
    `<h2>Recovery codes</h2><pre>${V}\n${V}\n</pre>`, `Your backup codes:\n\n  ${V}\n  - ${V}\n`,
  ],
  'signed, in pictures, and in lists of users': [
    `data-stream="InJvb21fNDIi--${H}${H}"`, `WIFI:T:WPA;S:Guest;P:${V};;`, `"app" "${V}"\n"etl" "${V}"`, `# client server secret ip\nada * "${V}" 10.0.0.7\n`, `user worker on >${V} ~jobs:* +@all`, `cache_peer h parent 3128 0 login=svc:${V}`,
    `remotepass = ${V}`, `  set psksecret ${V}\n`, `/account/delete?confirm=${V}`, `{"secret_name":"db","new_value":"${V}"}`,
  ],
  'objects in others': [`{"key":{"password":{"type":"string","example":"${V}"}}}`, `{"hash":[{"secret":{"a":{"b":"${V}"}}}]}`, `{"Login":{"properties":{"password":{"type":"string","example":"${V}"}}}}`],
  'comparisons': [`if ($arg_token != "${V}") {`, `if (req.headers['x-api-key'] !== '${V}') throw 1`, `assert password == "${V}"`],
  'lines with a user and a password': [
    `stats auth ada:${V}\n mode http`, `user grace insecure-password ${V}`, ` neighbor 10.0.0.1 password ${V}`, `[smtp.x.example]:587 mailer:${V}`, `ada@x.example:{PLAIN}${V}:1000::`, `user = "ada:${V}"\nurl = "x"`, `community ${V} {\n`,
    `net use Z: \\\\h\\s /user:ada ${V}`, `net use \\\\h\\s ${V} /user:ada`, `sqlplus scott/${V}@//db:1521/orcl`, `sqlplus -S scott/${V}`, `ada:1000:${'X'.repeat(32)}:${H.toUpperCase()}:[U          ]:LCT-65A1B2C3:`,
  ],
  'pages and elements': [
    `<h3>Backup codes</h3><p>Keep them.</p><ul><li><code>${V}</code></li></ul>`, `<clipboard-copy value="${V}" aria-label="Copy token"></clipboard-copy>`, `<button data-clipboard-text="${V}" title="Copy API key">Copy</button>`,
    `<OFX><SONRQ><USERID>ada<USERPASS>${V}<LANGUAGE>ENG</SONRQ></OFX>`, `<Name>A.B.1.KeyPassphrase</Name><Value xsi:type="xsd:string">${V}</Value>`, `<Key>TOTP Seed</Key><Value>${V}</Value>`,
    `<p><b>Password:</b> ${V}</p>`, `<p>API key: <code>${V}</code></p>`, `<item name="AUTH_PASSWORD"><value string="${V}"/></item>`, `<password value="${V}"/>`, `<apiKey type="string" val="${V}"></apiKey>`,
    `<init-param><param-name>clientSecret</param-name><param-value>${V}</param-value></init-param>`, `<entry><string>password</string><string>${V}</string></entry>`, `<nvpair id="a" name="passwd" value="${V}"/>`,
    `<param><key>apiToken</key><val>${V}</val></param>`, `<attr key="session_key"><string>${V}</string></attr>`, `<cookies><item name=".ASPXAUTH"><value string="${V}"/></item></cookies>`,
  ],
  'options in other forms': [
    `-env prod -region eu -apiToken ${V}`, `java -jar app.jar -password ${V} -user ada`, `kafka-tool -sasl-password ${V} -broker b1:9092`, `app -db.password ${V} -v`,
    `Args:\n      --admin-token\n      ${V}\n    Env:`, `{"argstring":"-env prod -apiToken ${V}"}`,
  ],
  'what programs print below each other': [
    `Account             : Administrator\nPassword            : ${V}[0e{/\nUpdated : x`, `Secret   : ${V}\n`, `API Key : ${V}\n`, `    Key Content            : ${V}\n`, `Password . . . . . . : ${V}\n`, `Mot de passe : ${V}\n`,
  ],
  'dumps of objects': [
    `&{Addr:redis:6379 Username: Password:${V} DB:0}`, `{Host:db User:app Password:${V} SSL:false}`, `array:2 [\n  -password: "${V}"\n]`, `User {#42\n  +id: 7\n  #apiToken: "${V}"\n}`,
  ],
  'lists of YAML below their name': [`tokens:\n  - ${V}\n  - ${H}\n`, `a:\n  api_keys:\n    - "${V}"\n`, `passwords:\n- ${V}\n- b\n`, `tokens:\n  - "proxy,node:${H}"\n`],
  'callers, second factors and identities': [
    `{"sipUri":"sip:ada:${V}@pbx.test"}`, `sips:1001:${V}@pbx.test:5061;transport=tls`, `{"second_factor_token":"${V}"}`, `89e92ceee5:0:${H.replace('9', 'a').repeat(4)}:${H.repeat(4)}`,
  ],
  'users of SNMP, keys of sessions, uploads and pictures': [
    `createUser ops SHA "${V}" AES "${V}"\n`, `snmp-server user ops grp v3 auth sha ${V} priv aes 128 ${V}\n`, `redis> GET sess:${V}${V}\n`, `{"upload_url":"https://x.test/upload/v1/${V}${V}${V}${V}"}`,
    `{"provisioningURL":"otpauth://totp/x?secret=JBSWY3DPEHPK3PXP","image":"iVBORw0KGgo${KEY}${KEY}"}`, `{"qr_code":"data:image/png;base64,${KEY}${KEY}","uri":"otpauth://totp/x?secret=JBSWY3DPEHPK3PXP"}`,
  ],
})

/** Texts that look like these, in which nothing is secret. */
// oxfmt-ignore
export const harmlessOf = ({ V, H, U, KEY }: Drawn): readonly string[] => [
  ...[['passwordless', 'true'], ['prompt_tokens', '4096'], ['session_started', '1732233600000'], ['pass', '42'], ['status_code', '200'], ['session_count', '12345'], ['ticket_id', '1234567'], ['invite_count', '12'], ['tokenize', 'true'], ['seed', '12345']]
    .map(([name, value]) => `{"${name}":${value}}`),
  ...[['token_type', 'Bearer'], ['password_strength', 'strong'], ['secretary', 'Ann Brown'], ['author', 'Jane Doe'], ['keyboard', 'qwerty'], ['code', 'US'], ['code', 'ECONNREFUSED'], ['error_code', 'E1234567'], ['zip_code', '90210'],
    ['postal_code', 'SW1A 1AA'], ['promo_code', 'SUMMER20'], ['resumptionToken', V], ['next_cursor', V], ['page_token', V], ['etag', H], ['sha256', H + H], ['commit', `${H}00000000`], ['id', U], ['request_id', U], ['trace_id', H],
    ['sid', `AC${H}`], ['publicKey', V], ['fingerprint', H], ['content_hash', H], ['idempotency_key', U], ['partitionKey', V], ['cookie_policy', 'strict'], ['secret_name', 'prod/db'], ['token_url', 'https://x/oauth/token'], ['grant_type', 'password'],
    ['signature_algorithm', 'RS256'], ['x5t', V], ['kid', V], ['jti', U], ['license', 'Apache-2.0'], ['tx_hash', `0x${H}${H}`], ['ticket', 'JIRA-1234'], ['otp_enabled', 'no'], ['message', 'The token has expired at 2026-11-26T12:00:00Z'],
    ['label', 'Password'], ['pattern', '^[A-Za-z0-9]{8,}$'], ['username', 'jdoe42'], ['iban_country', 'DE'], ['video_id', 'dQw4w9WgXcQ'], ['vin', '1HGCM82633A004352'], ['compass', 'north'], ['design', 'a1b2c3d4e5f6'], ['tokenizer', 'cl100k_base']]
    .map(([name, value]) => `{"${name}":"${value}"}`),
  `<resumptionToken>${V}</resumptionToken>`, `<NextToken>${V}</NextToken>`, 'PWD=/home/me/project', 'Enter your password below', '<label>Password</label><input type="password" name="password">', 'interface A { password: string; token: string }',
  'username bob privilege 15', 'key chain of trust', 'enable secret santa', ' description password of the day', '{"md5":"0a1b"}', `{"transHashSha2":"${H}${H}"}`, `{"md":"${V}"}`, `{"system":"linux","value":"${V}"}`,
  'const token = getToken()', 'SELECT password FROM users WHERE token = ?', `{"avatar":"https://x.example/avatar/${H}"}`, '{"methods":["password","totp"]}', `{"shortLink":"nC8QJJoZ"}`, `{"cart_hash":"${H}"}`,
  `{"columns":["id","sha","at"],"data":[[1,"${H}","now"]]}`, `{"values":[["host","user","sha"],["h","bob","${H}"]]}`, `INSERT INTO t (a, sha) VALUES ('x', '${H}')`, `Config(commit=Sha('${H}'))`, `{"path":"/spec/commit","value":"${H}"}`, `["X-Request-Id","${U}"],["Accept","x"]`,
  `{"testUrl":"https://x.test/d/${H}"}`, '{"key":"uploads/1cdd047f5f457b562b038e8d5b7ea569.png"}', '{"token_last_eight":"c7eb0d3a"}', '{"password_scheme":"pbkdf2"}', 'password required\nsecret santa', '{"coordinates":[[1,2.5],[3,4.5]]}',
  `<cookie name="a"/>${V}`, `{"next":"https://x.test/a?skip=%3Ccookie%20page%3D%222%22%2F%3E","id":"${H}"}`, `{"tokenAuth":{"user":{"avatarHash":"${H}"}}}`, `{"result":"0x${H}${H}","jsonrpc":"2.0"}`, `{"jsonrpc":"2.0","id":1,"result":"${H}${H}"}`, `{"jsonrpc":"2.0","result":"${U}"}`,
  `{"jsonrpc":"2.0","id":1,"result":"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"}`, `{"op":"subscribe","args":["tickers.BTCUSDT"]}`, `{"event":"login","data":["ada"]}`, `{"method":"login","params":["ada"]}`, `<methodResponse><params><param><value><string>pong</string></value></param></params></methodResponse>`,
  `<methodCall><methodName>wp.getPost</methodName><params><param><value><int>1</int></value></param></params></methodCall>`, `NAME                   READY   TOKENS   AGE\nweb-7d4b9c6f5-x2x9z    1/1     3        5d\n`, `NAME      SECRETS   AGE\ndefault   1         5d\n`, `Enter a  TOKEN  here\n`,
  '{"name":"invoice","parameters":[{"type":"text","text":"40418"}]}', `{"method":"getBalance","params":["83astBRguLMdt2h5U1Tpdq5tjFoJ6noeGwaY3mDLVcri"]}`, `{"method":"getblock","params":["${H}${H}"]}`, `/login/${U}`, `<key>PayloadUUID</key><string>x1</string>`, `Step 1: build`, '12345 ist mehr als genug', `commit   | ${H}`, `{"value":"main","public":false}`,
  `KEY   VALUE\nhome  /srv\n`, `/tickets/ABC-1234`, `/orders/import/42`, `{"type":"text","text":"Your password is safe"}`, `{"sms":{"template":"1234"}}`, `pk_test_${H}`, `ST-5 is a street`,
  'Authorization: TC3-HMAC-SHA256 {{authorization.1}}\r\nX-Next: 1',
  `{"passwordLastUpdateInstant":"1767139200123"}`, `{"sid":"RM_LTZXHrzeeDIk"}`, `{"mfa":"DISABLED"}`, `{"organization":"${U}"}`, `{"telephonySessionId":"s-a2eaa7e4bf646b347z0830bd59d8f358ee0000"}`, `RoutingKey: SJC01P01`,
  `signingkey = A1B2C3D4E5F60718`, `{"cookies":[{"name":"locale","value":"de-DE-1996"}]}`, `<session-factory><property name="x">org.hibernate.dialect.PostgreSQL95Dialect</property></session-factory>`, `<secDNS:keyData><secDNS:pubKey>${KEY}</secDNS:pubKey></secDNS:keyData>`,
  `{"id":"${Buffer.from(`ciscospark://us/WEBHOOK/${U}`).toString('base64')}"}`, `{"field":"hostname","old":"${V}"}`, `{"value":"main","expiresAt":"never"}`, `{"code":"4001","expiry":1}`, `{"credentialsType":"X509","credentialsId":"${V}"}`, `user = "1000:1000"`,
  `<h3>Trusted devices</h3><ul><li>Pixel-8 of Ada</li></ul>`, `<button title="Reset password" value="save">x</button>`, `if (type === "password") {`, `if (token === undefined) {`, `00000010: 6a2b 3c4d 5e6f 7a2b`, `that when they said what they knew`, `net use Z: \\\\h\\s /user:ada /persistent:no`,
  `/cb?code=404&state=open`, `/cb?code=berlin&state=active`, `https://x.test/a?code=SUMMER20`, `{"product_hash":"4b83bbdeb"}`, `{"auth":{"realm":"shellyplus1-a8032ab12345"}}`, `{"community":"${V}"}`,
  `change_password_form[language]=de-CH-1996`, `your code at the till: <b>none</b>`, `"a" "b"`, `5 * 1234 * * run`, `login=octocat`, `a--${H}`, `chunk-vendors--${H}00000000`, `?confirm=yes`, `Status codes:\n\n  404\n  500\n`, `{"secretName":"tls","optional":true}`,
  `{"installedAppId":"${U}"}`, `$pw = Get-Secret "x"`,
  `cmd -key server.pem -cert a.pem`, `gcc -pass-exit-codes main-v2.c`, `tmux -session my-tmux-7`, `Options:\n  --token\n      Authentication token to use\n`, `Options:\n  --api-key\n  --region\n`, `Password            : required\n`,
  `Token expiry        : 2026-01-17T10:03:55Z\n`, `{Name:x Password: Host:db-main-7 Port:1}`, `<p><b>Password:</b> at-least-8-characters</p>`, `<item name="HTTP_HOST"><value string="web-07"/></item>`, `<code value="123456"/>`,
  'secrets:\n  - db_password\n  - tls-cert-2\n', 'scopes:\n  - read-v2\ntoken_types:\n  - access-2\n', '{"uri":"sip:w2-7@sip.test:5061"}', '{"token_count":"123456"}',
  `{"url":"https://x.test/uploads/${H}${H}.png"}`, `<p><b>Token:</b> expired-2026</p>`, `<tr><td>Token type</td><td>RS256-v2</td></tr>`, `{"image":"${KEY}${KEY}${KEY}"}`, `{"com.x.config-hash":"${H}${H}"}`,
  `{"key":"sonar.core.serverBaseURL"}`, ...['MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA', 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE', 'MCowBQYDK2VwAyEA', 'MIIDdzCCAl+gAwIBAgIE'].map((der) => `{"key":"${der}${V}${V}"}`),
]
