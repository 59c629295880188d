import { test } from '../helpers/test.ts'
import { expectKeptLines, inOneLine } from '../helpers/outcomes.ts'
import { longRuns } from '../../src/content/runs.ts'
import { findInField, findInUnknownField } from '../../src/redaction/field-values.ts'
import type { Found } from '../../src/redaction/found.ts'
import { findNamed } from '../../src/redaction/named-values.ts'
import { findShapes } from '../../src/secrets/shapes.ts'
import { secretsOf } from './kinds.ts'
import { DRAWN, type Drawn, harmlessOf, siblingsOf } from './siblings.ts'

const bytes = (text: string): string => (/[\x80-\xff]/.test(text) ? text : Buffer.from(text).toString('latin1'))

/** Commands that take a password, and what looks like them. */
// oxfmt-ignore
const commandsOf = (V: string): readonly string[] => [
  `mysql -u root -p${V} db`, `mysqldump --all -p${V}`, `mariadb-admin -h x -p${V}`, `mysqlslap -p${V}`, `mysqlx -p${V}`, `mysql -u root | cat -p${V}`, `redis-cli -h x -a ${V} ping`, `keydb-cli -a ${V}`,
  `valkey-cli -a ${V}`, `redis-cli -a${V}`, `sshpass -p ${V} ssh h`, `sshpass -p${V} ssh h`, ...['search', 'add', 'modify', 'delete', 'passwd', 'whoami', 'compare', 'modrdn', 'x'].map((name) => `ldap${name} -x -w ${V}`),
  ...['sqlcmd', 'bcp', 'osql', 'zip', 'unzip', 'ipmitool', 'mosquitto_pub', 'mosquitto_sub', 'gzip'].map((name) => `${name} -S x -P ${V}`), `zip -P${V} a`, `7z a -p${V} x`, `7za a -p${V} x`, `7z a -P ${V}`,
  ...['docker', 'podman', 'nerdctl', 'helm registry', 'oc', 'az', 'cf', 'buildah', 'skopeo', 'crane auth', 'oras', 'npm'].map((name) => `${name} login -u a -p ${V}`), `docker run -p ${V}`,
  ...['mongo', 'mongosh', 'mongodump', 'mongorestore', 'mongoexport', 'mongoimport'].map((name) => `${name} -u a -p ${V}`), ...['store', 'key', 'srcstore', 'deststore', 'srckey', 'destkey'].map((name) => `keytool -x -${name}pass ${V}`),
  `keytool -storepass pass:${V}`, `openssl x -passin pass:${V}`, `openssl x -passout pass:${V}`, `openssl x -pass pass:${V}`, `openssl x -pass ${V}`, `ConvertTo-SecureString "${V}" -x`, `ConvertTo-SecureString -String '${V}'`,
  `smbclient //h/s -U ada%${V}`, `rpcclient -U "ada%${V}" h`, `smbclient //h/s -U ada`, `htpasswd -bc f ada ${V}`, `htpasswd -nb ada ${V}`, `htpasswd -c f ada ${V}`, `docker login --password-stdin <<< "${V}"`, `x --token-stdin <<< ${V}`,
  `x --secret-stdin <<< ${V}`, `x --name-stdin <<< ${V}`, `echo ${V} | docker login --password-stdin`, `echo -n '${V}' | x --my-token-stdin`, `printf %s "${V}" | x --secret-stdin`, `printf '%s\\n' ${V} | x --secret-stdin`, `echo ${V} | cat`,
  `net use Z: \\\\h\\s ${V} /user:ada`, `net.exe use * \\\\h\\s ${V} /user:ada`, `net use \\\\h\\s /user:ada ${V}`, `net use \\\\h\\s /delete`, ...['sqlplus', 'impdp', 'expdp', 'sqlldr', 'psql'].map((name) => `${name} scott/${V}@h x`), `sqlplus -S -L scott/${V}`,
  `vault login ${V}`, `vault login -method=${V}`, `setx API_TOKEN ${V}`, `ENV API_TOKEN ${V}`, `ENV API_TOKEN "${V}"`, `aws configure set aws_secret_access_key ${V}`, `npm config set x:_authToken ${V}`, `git config --global x.token ${V}`,
  `gh secret set TOKEN ${V}`, `gh secrets set --app x TOKEN ${V}`, `git config user.name ${V}`, `tool --token ${V} x`, `tool --token "${V}" x`, `["tool","--token","${V}"]`, `args:\n  - --token\n  - ${V}\n`, `- "--api-key"\n- "${V}"\n`, `tool --token -x ${V}`,
  `tool --name ${V}`, `x--token ${V}`, `curl -u ada:${V} x`, `curl --user ada:${V} x`, `curl --proxy-user ada:${V} x`, `http --auth ada:${V} x`, `http -a ada:${V} x`, `curl -u "ada:${V}" x`, `curl -u http://${V} x`, `curl -A ada:${V}`,
]

const V_NAMES =
  'value Value VALUE val data Data payload plaintext Plaintext string defaultValue default_value secureValue v $value _value #text $t env_var.value stringValue string_value S x text'
const N_NAMES = `name key Name Key NAME KEY keyName id field header parameter param attribute property variable env label k n type Type kind @name _name $name @key purpose system ParameterKey OptionName path mapped_to
  variableName variable_name variableKey variable_key settingName setting_key envName fieldKey headerName parameter_name paramKey title of`
const OLD_NAMES =
  'old new previous before after fromString toString oldValue old_value newValue new_value previousValue previous_value currentValue current_value current'
const FIELD_NAMES = 'field fieldName field_name name key path attribute property setting column title'

/** What stands beside a value and says what it is. */
// oxfmt-ignore
const besideOf = (V: string): readonly string[] => [
  ...V_NAMES.split(/\s+/).flatMap((name) => [`{"name":"api_token","${name}":"${V}"}`, `{"api_token":{"${name}":"${V}"}}`, `{"cookies":[{"name":"x","${name}":"${V}"}]}`]),
  ...N_NAMES.split(/\s+/).map((name) => `{"${name}":"api_token","value":"${V}"}`), ...OLD_NAMES.split(' ').map((name) => `{"field":"api_token","${name}":"${V}"}`), ...FIELD_NAMES.split(' ').map((name) => `{"${name}":"api_token","old":"${V}"}`),
  ...['secret_name', 'secretName', 'secretKey', 'secret'].map((name) => `{"${name}":"x","old":"${V}"}`), ...['Cookie', 'set-cookie', 'Authorization', 'Proxy-Authorization'].map((name) => `{"name":"${name}","value":"a=${V}; b=1"}`),
  ...['sensitive', 'is_sensitive', 'isSecret', 'secret', 'secured', 'masked', 'encrypted', 'hidden', 'protected', 'confidential', 'visible'].flatMap((name) => [`{"key":"A","value":"${V}","${name}":true}`, `{"key":"A","data":"${V}","${name}":true}`]),
  ...['CONCEALED', 'SecureString', 'secret_text', 'Secret', 'sensitive', 'CREDENTIAL', 'String'].map((type) => `{"type":"${type}","value":"${V}"}`), ...['name', 'id', 'arn', 'selfLink', 'path', 'resource', 'title'].map((name) => `{"${name}":"a/secrets/x","value":"${V}"}`),
  `{"arn":"x:secret:y","value":"${V}"}`, `{"name":"a/secrets/x","data":"${V}"}`, `{"name":"a/secrets/x","payload":{"data":"${V}"}}`, `{"payload":{"data":"${V}"},"name":"a/secrets/x"}`,
  ...['expires_at', 'expiresIn', 'expiry_time', 'expiration_date', 'expired'].map((name) => `{"value":"${V}${V}","${name}":1}`), `{"value":"${V}","expires_at":1}`,
  ...[
    ['role_id', ['secret_id', 'x']], ['answer', ['question']], ['encoded', ['api_key', 'x']], ['string_value', ['scope', 'x']], ['dataValue', ['dataDescriptor', 'x']], ['streamName', ['ingestionAddress', 'ingestionType', 'x']],
    ['code', ['expires_at', 'x']], ['token', ['phone', 'phone_number', 'sms', 'otp', 'mfa', 'email', 'x']], ['session_id', ['ciphertext', 'sender_key', 'x']],
    ['key', ['key_id', 'keyid', 'ETag', 'LastModified', 'last_modified', 'Size', 'Bucket', 'fields', 'self', 'fingerprint', 'encoding', 'x']], ['Key', ['ETag', 'LastModified', 'Size', 'Bucket', 'StorageClass', 'VersionId', 'x']],
    ['sid', ['upgrades', 'pingInterval', 'account_sid', 'date_created', 'x']], ['sig', ['keyid', 'key_id', 'x']], ['signature', ['keyid', 'key_id', 'verified', 'public_key', 'x']],
    ['code', ['message', 'error', 'errors', 'msg', 'detail', 'details', 'description', 'status', 'title', 'reason', 'x']], ['token', ['logprob', 'top_logprobs', 'bytes', 'prob', 'start_offset', 'position', 'x']],
  ].flatMap(([name, others]) => Array.from(others ?? [], (other) => `{"${String(name)}":"${V}","${other}":"y"}`)),
  ...['security_question', 'secretAnswer', 'recoveryAnswer', 'challengeQuestion', 'question'].map((name) => `{"${name}":{"answer":"${V}"}}`), ...['sms', 'otp', 'totp', 'mfa', '2fa', 'flash_call', 'phoneCall', 'pin', 'x'].map((name) => `{"${name}":{"code":"${V}"}}`),
  ...['public', 'signatures', 'private'].map((name) => `{"${name}":{"key":"${V}","signature":"${V}"}}`), `{"credentialsType":"BASIC","credentialsId":"${V}"}`, `{"ingestion":"rtmp://x","streamName":"abcd-ef12-gh34-ij56"}`, `{"ingestionType":"x","streamName":"abcd-ef12-gh34-ij56"}`,
  ...['delete', 'invite', 'join', 'reset', 'magic', 'unsubscribe', 'confirm', 'activation', 'enroll', 'pairing', 'provisioning', 'verify', 'claim', 'recovery', 'secret', 'private', 'incoming', 'webhook', 'login', 'sign-in', 'home'].map((name) => `{"${name}_url":"https://x.test/a/${V}?t=${V}"}`),
  ...['url', 'uri', 'link', 'href', 'barcode', 'qr', 'qr_code', 'text'].map((name) => `{"invite_${name}":"https://x.test/a/${V}"}`), `{"file_signatures":["${V}"]}`, `{"api_keys":["${V}",12345,{"name":"${V}","id":"x"},[["${V}"]]]}`, `{"password":{"hint":"${V}","x":"${V}"}}`,
  `{"field":"password","old":"abc","new":"abcd"}`, `{"api_token":{"created":"${V}","owner":{"email":"${V}"}}}`, `{"session":[{"value":"${V}"},{"drawn":"${V}"}]}`, `{"otp":404817,"pin":"404817","password":4,"secret":12.5}`,
]

/** Calls, statements, tables and lines. */
// oxfmt-ignore
const callsOf = (V: string): readonly string[] => [
  `{"method":"walletpassphrase","args":["walletpassphrase",60]}`, `{"method":"login","params":[{"id":"${V}${V}"}]}`, `{"method":"login","params":[{"resume":"${V}"}]}`, `{"method":"login","params":[{"resume":"${V}${V}"},"${V}"]}`, `{"method":"GET","params":["${V}${V}0"]}`,
  `{"method":"list","params":["${V}${V}0"]}`, `{"method":"list","params":["x","${V}${V}0"]}`, ...['op', 'cmd', 'command', 'event', 'action', 'func', 'procedure', 'method', 'verb'].flatMap((name) => [`{"${name}":"login","args":["ada","${V}"]}`, `{"${name}":"api.login","args":["ada","${V}"]}`]),
  ...['params', 'args', 'arguments', 'data', 'values'].map((name) => `{"method":"sign_in","${name}":["ada","${V}"]}`), ...['login', 'log_in', 'logon', 'signin', 'auth', 'authenticate', 'authorize', 'set_password', 'changePassword', 'getSession', 'open_session_key', 'logout'].map((name) => `{"method":"${name}","params":["${V}"]}`),
  ...['add_user', 'createUser', 'resetUser', 'update_user', 'login(java.lang.String)', 'change_password', 'delete_user'].map((name) => `{"operation":"${name}","arguments":["ada","${V}"]}`), ...['importprivkey', 'signrawtransactionwithkey', 'personal_newAccount'].map((name) => `{"method":"${name}","params":["${V}"]}`),
  `{"method":"login","params":["${'x'.repeat(1100)}","${V}"]}`, `{"jsonrpc":"2.0","result":"${V}${V}"}`, `{"error":null,"id":1,"result":"${V}${V}"}`, `{"result":"${V}${V}"}`, `{"jsonrpc":"2.0","result":"${V}"}`,
  `<methodResponse><params><param><value>${V}${V}</value></param><param><value>x</value></param></params></methodResponse>`, `<methodCall><methodName>login</methodName><params><param><value>${V}</value></param><param><value>${V}</value></param></params></methodCall>`,
  ...['wp.getUsersBlogs', 'metaWeblog.getUsersBlogs', 'blogger.newPost', 'wp.getPost', 'mt.x', 'movabletype.x', 'execute', 'execute_kw', 'other'].map((name) => `<methodCall><methodName>${name}</methodName><params>${`<param><value>${V}</value></param>`.repeat(5)}</params></methodCall>`),
  `INSERT INTO t (a, api_token) VALUES ('${V}', '${V}'), (NULL, '${V}'); SELECT '${V}'`, `REPLACE INTO "t" ("api_token", a) VALUES ('${V}', 1)`, `INSERT INTO t (a, sha) VALUES ('x', '${V}')`, `INSERT INTO t (api_token) VALUES (E'${V}')`, `INSERT INTO t (api_token) VALUES ('it''s ${V}')`,
  `INSERT INTO t (a, api_token) VALUES (f('x'), '${V}')`, `INSERT INTO t (a, api_token) VALUES (1, '${V}') ON x`, `COPY t (a, api_token, b) FROM stdin;\n1\t${V}\tx\n\\N\t\\N\t${V}\n\\.\n1\t${V}\tx\n`, `COPY t (a, sha) FROM stdin;\n1\t${V}\n\\.\n`, `COPY t (api_token) FROM stdin;\r\n${V}`,
  ...['args', 'params', 'parameters', 'bindings', 'bind', 'binds', 'values', 'list'].map((name) => `{"sql":"UPDATE t SET api_token = ? WHERE id = ?","${name}":["${V}","${V}"]}`), `{"sql":"SELECT 1 FROM t WHERE api_token <> $1 AND b like $2","args":["${V}","${V}"]}`, `{"sql":"DELETE FROM t WHERE api_token = @p1","x":"${'y'.repeat(200)}","args":["${V}"]}`,
  `{"sql":"INSERT INTO t (a, api_token) VALUES (now(), ?)","args":["${V}","${V}"]}`, `{"sql":"INSERT INTO t (a, api_token) VALUES (?, 1)","args":["${V}"]}`, `{"sql":"INSERT INTO t (api_token) VALUES (:1)","args":[{"value":"${V}"},{"text":"${V}"}]}`,
  `{"columns":["id","api_token"],"rows":[["${V}","${V}"],["${V}"],["${V}","${V}9","${V}"]]}`, `{"columns":[{"name":"id"},{"name":"api_token"}],"rows":[{"f":[{"v":"${V}"},{"v":"${V}"}]}]}`, `{"cols":{"names":["id","api_token"]},"rows":[[1,"${V}"]]}`, `[["id","api_token","b"],["x","${V}","${V}"],[1,2,3]]`, `[["id","api_token"],["x","${V}"]]`,
  `{"columns":["api_token",5],"rows":[["${V}",5]]}`, `{"columns":[{"columnName":"otp"},{"field":"x"}],"rows":[[404817,404817]]}`, `[["id","api_token","b"],["x",{"value":"${V}"},{"w":"${V}"}]]`,
  `The API key is ${V}.`, `your code is 404817, 404817 is your login code`, `404817 is your x code`, `404817 is your a b c d e code`, `Your PIN is 40481799, your pin is 404`, `code lautet: 404817, 404817 ist Ihr Code, 404817 es tu código, 404817 est votre code, codice è 404817`,
  `verification code: 404817 and security pin 404-817, the code: 404817`, `secret key abcd ef2g 23hi jklm, code ABCD EF2G 23HI JKLM, key abcd efgh ijkl mnop, key abcd Ef2g 23hi jklm, key ab2d ef3h abcd abcd`, `a key ab2d efgh ijkl mnop`, `Recovery codes:\n\n  1. ab12-cd34\n  - words-only\n  404817 404817\n\nend`,
  `scratch codes</h2><pre>${V}\n${V}</pre>`, `<p>Your login code:</p><b>404817</b> <p>this one-time code</p><i>404 817</i> <p>the code</p><i>404817</i>`, `invalid token "${V}" for user "${V}"`, `wrong API key '${V}'`, `token "${V} x"`, `token "${V}`,
  `ALTER USER a IDENTIFIED BY '${V}'`, `IDENTIFIED WITH 'x' AS '${V}'`, `CREATE ROLE a PASSWORD '${V}'`, `encrypted password 'md5${V}'`, `a1 LOGIN ada ${V}\r\n`, `PASS ${V}\r\n`, `AUTH ${V}\n`, `AUTH PLAIN ${V}\n`, `AUTHINFO PASS ${V}\n`, `a AUTHENTICATE LOGIN ${V}\n`, `AUTH default "${V}"\n`, `masterauth ${V}\n`, `requirepass "${V}"\n`,
  `Content-Disposition: form-data; name="api_token"\r\n\r\n${V}\r\n`, `form-data; name="api_token"; filename="x"\r\nContent-Type: text/plain\r\n\r\n${V}\r\n x`, `form-data; name="x"\r\n\r\n${V}\r\n`, `snmp-server community ${V} RO`, `key-string ${V} x`, `tacacs-server host 10.0.0.1 key 7 ${V}`, `radius-server key 7 ${V}`, `line vty 0 4\n password 7 ${V}\n`, `wpa-psk ascii 0 ${V}`, `crypto isakmp key 6 ${V} a`, ` neighbor x password 7 ${V}`,
  ...['PSK', 'EAP', 'XAUTH', 'NTLM', 'PIN', 'RSA k.pem', 'ECDSA k', 'P12 k', 'PKCS8 k', 'CERT'].map((kind) => `a : ${kind} "${V}"\n: PSK "x"`), `machine h login ada password ${V}`, `login ada account x password ${V}`, `chpasswd:\n  list: |\n    ada:${V}\n    - bob:${V}x\n`, `chpasswd:\n  expire: false\n  users:\n    ada:${V}\n`,
  `Unseal Key 1: ${V}${V}`, `ACL SETUSER ada on >${V}`, `user ada off ~* >${V}`, `"requirepass"\r\n2) "${V}"`, `"masterauth"\n2) "${V}"`, `api_token ${V}\nset secret ${V};\n  psk | ${V}\nname ${V}`, `1.1.1.1 * ${V} *\nada * ${V} 10.0.0.1\n`, `"ada" "${V}"\n`, `proxy-user = "ada:${V}"`, `user "ada:404817"`,
  `postgres://ada:${V}@h:5432/db`, `postgres://ada:a/b#${V}@h/db`, `https://ada:a/b${V}@h/db`, `//${V}@h/x`, `ws://ada:${V}@h`, `ada:${V}@tcp(h)/x`, `ada:${V}@http(h)/x`, `oracle:thin:ada/${V}@h`, `h:5432:db:ada:${V}`, `h:*:*:*:${V}\n`, `h:54:db:ada:${V}`, `{CLEARTEXT}${V}`, `{CLEAR}${V}`, `{PLAIN-TRUNC}${V}`, `{CRYPT}${V}`, `WIFI:S:x;T:WPA;P:${V};;`, `WIFI:P:${V}`,
  ...['Bearer', 'Basic', 'BEARER', 'Negotiate', 'NTLM', 'Kerberos', 'Token', 'SSWS', 'DPoP', 'ApiKey', 'Api-Key', 'GenieKey', 'Bot', 'Splunk', 'Digest'].flatMap((scheme) => [`x ${scheme} ${V}`, `x ${scheme} ${V} ${'y '.repeat(4100)}`]),
  ...['reset', 'magic', 'invite', 'verify', 'activate', 'confirm', 'unsubscribe', 'recover', 'passwordless', 'one-time', 'novnc', 'kvm', 'list'].map((name) => `https://x.test/a/${name}?a=1&t=${V}&b=${V}#${V}`), `https://x.test/list/reset/it.php?t=${V}`, `https://x.test/reset/a/b/c?t=${V}`, `/reset ?t=${V}`, `{"id":"https://x.test/WEBHOOK/${V}"} ciscospark://us/TOKEN/${V} https://x/TOKEN/${V}`,
  `?code=${V}&state=1`, `?code=404817&state=1`, `?code=aB3x9&iss=x`, `#session_state=x&code=aB3x9`, `x?state=1 y?code=aB3x9`, `code=aB3x9&grant_type=authorization_code`, `code=aB3&grant_type=authorization_code`, `code=aB3x9&grant_type=authorization_codes`, `my.app://x?a=1&code=aB3x9`, `https://x?a=1&code=aB3x9`,
  `https://x.test/hooks/${V}/{{path.1}}`, `https://x.test/hooks/${V}/a`, 'abcd3f.0123456789abcdef', 'abcd3f.0123456789abcdef.x', 'abcd3f.0123456789abcdeg1', `user=ada&p=${V}`, `u=&p=${V}`, `password = ${V}`, `password = f(${V})`, `password = "f(x) ${V}"`, `sid=${V}`, `/socket.io/?EIO=4&sid=${V}`, `x password="${V}" y`, `<Key>${V}</Key>`, `<Contents><Key>${V}</Key>`, `<Key>${V}</Key>${' '.repeat(1000)}<ETag>`, `<Key>${V}</Key>${' '.repeat(1100)}<ETag>`, `<KeyInfo><Modulus>${V}</Modulus><Password>${V}</Password></KeyInfo>`,
  `password: !!str ${V}\napi_key: &a ${V}\n`, `authorization: see you tomorrow\ntoken: see the ${V}\nTitle: ${V}\n`, `{password: ${V}, x: y}`, `"passwords": ["${V}", "token"]`, `password = ["${V}", 'x']`, `api_token | ${V}\nx | y`, `| api_token |\n|---|\n| ${V} |\n`, `\${API_TOKEN:-${V}}`, `process.env.API_TOKEN || '${V}'`, `os.environ.get("API_TOKEN") or "${V}"`,
]

/** All that is found in a text, each once, with a sign for the value that was put into it. */
function foundIn(
  text: string,
  values: readonly string[],
  find: (text: string, found: Found) => void = findAll,
): string {
  const found = new Set<string>()
  find(text, (label, start, end) => {
    const written = values.reduce((rest, value) => rest.replaceAll(value, '#'), text.slice(start, end))
    found.add(written === '#' ? label : `${label}=${inOneLine(written.slice(0, 60))}`)
  })
  return [...found].join(' ')
}

function findAll(text: string, found: Found): void {
  findNamed(text, found)
  findShapes(text, longRuns(text), found)
}

const textsOf = (drawn: Drawn): readonly string[] =>
  [
    ...Object.values(secretsOf(drawn.V, drawn.H)).flat(),
    ...Object.values(siblingsOf(drawn)).flat(),
    ...harmlessOf(drawn),
    ...commandsOf(drawn.V),
    ...besideOf(drawn.V),
    ...callsOf(drawn.V),
  ].map(bytes)

/** What stands where something drawn stood. */
const OTHERS: Readonly<Record<string, string>> = {
  word: 'tomorrow',
  words: 'see you tomorrow',
  digits: '404817',
  short: 'aB3x9',
  uuid: DRAWN.U,
  placeholder: '{{token.7}}',
}

/** Things with the same outcome, in one line. */
function grouped(outcomes: Iterable<readonly [outcome: string, thing: string]>): readonly string[] {
  const groups = new Map<string, string[]>()
  for (const [outcome, thing] of outcomes) {
    const others = groups.get(outcome)
    if (others === undefined) groups.set(outcome, [thing])
    else others.push(thing)
  }
  return Array.from(groups, ([outcome, things]) => `${outcome || '-'}: ${things.join(' ')}`)
}

test('what is found where, in texts with something drawn in them and with something else in its place', () => {
  const others = Object.entries(OTHERS).map(([name, V]) => [name, V, textsOf({ V, H: V, U: V, KEY: V })] as const)
  const lines: string[] = []
  for (const [k, text] of textsOf(DRAWN).entries()) {
    const found = others.map(([name, value, texts]) => [foundIn(texts[k] ?? '', [value]), name] as const)
    const drawn = [foundIn(text, Object.values(DRAWN)), 'drawn'] as const
    lines.push(inOneLine(text.replaceAll(DRAWN.V, '#')).slice(0, 120))
    for (const line of grouped([drawn, ...found])) lines.push(`  ${line}`)
  }
  expectKeptLines(new URL('found-values.txt', import.meta.url), lines)
})

/** Names of header fields of all kinds; whether they hold a secret depends on them alone. */
const FIELDS =
  `accept access-control-x alt-svc cache-control content-x early-data expect-ct forwarded from host if-x keep-alive last-x link max-forwards origin pragma prefer priority range referer sec-x te tex trailer
  upgrade user-agent vary via warning x-forwarded-for x-real-ip dnt depth destination overwrite timeout date connection server soapaction save-data width viewport-width device-memory dpr rtt ect downlink my-reference my-ref
  my_sdk my-cert my-certificate my-nonce-id my-etag x-match x-date x-time x-timestamp x-version x-type x-length x-range x-hash x-md5 x-sha x-sha256 x-sha-256 x-checksum x-checksum-a x-crc32 x-crc32c x-digest x-fingerprint
  x-agent x-encoding x-language x-charset x-format x-mode x-path x-uri x-url x-host x-method x-action x-target x-region x-locale x-origin x-platform x-os x-arch x-runtime x-lang x-id x-tid x-project x-tenant x-workspace
  x-realm x-channel x-uuid x-guid x-ids x-identifier x-identifiers x-retry-key x-idempotency-key x-dedupe-key x-cache-key surrogate-key x-partition-key x-routing-key traceparent tracestate baggage b3 x-b3-x uber-x
  sentry-trace newrelic x-cloud-trace-x x-datadog-x x-trace-x trace-x x-amzn-trace-x x-amz-target x-amz-date x-amz-content-x x-amz-meta-x x-amz-copy-x x-amz-checksum-x x-amz-acl x-amz-user-x x-amz-sdk-x x-amz-id-2 x-amz-x
  amz-sdk-x x-goog-hash x-goog-request-x x-goog-meta-x x-goog-api-client x-goog-user-x x-goog-x x-ms-date x-ms-version x-ms-client-x x-ms-range x-ms-blob-x x-ms-meta-x x-ms-correlation-x x-ms-return-x x-ms-continuation x-ms-x
  x-stainless-x npm-x pacote-x idempotency-x x-idempotency-x x-request-x x-correlation-x request-id x-client-info x-client-data x-client-version x-client-x cf-ray cf-connecting-ip cf-ipcountry cf-visitor cf-x x-vercel-id fly-x
  x-envoy-x x-github-api-x x-github-delivery x-github-event x-github-hook-x x-github-x x-requested-with x-http-x x-operation-x x-transaction-x x-span-x x-surrogate-x mcp-protocol-x mcp-x stripe-version stripe-account stripe-x
  grpc-x grpc-metadata-x x-grpc-x x-twitter-x ce-x soap-x apollo-x x-apollo-x x-hasura-role ms-cv dapr-x x-honeycomb-team x-custom my-cursor x-next-page-token deviceId deviceID deviceUuid deviceGUID appSDK appSdk appVersion
  appReference apptransid apprequestid appmessageid appcorrelationid apptraceid approvid authorization proxy-authorization cookie set-cookie sec-websocket-protocol x-api-key x-hub-signature-256 x-signature x-amz-security-token
  x-auth-token www-authenticate x-vault-token private-token x-csrf-token x-otp dpop x-goog-iam-authorization-token`.split(
    /\s+/,
  )

/** Values of header fields of which only a part may be secret, and what looks drawn and is known. */
// oxfmt-ignore
const VALUES: readonly string[] = [
  DRAWN.V, DRAWN.H, DRAWN.U, 'tomorrow', '404817', 'aB3x9', 'de-CH-1996', 'product-name/1.2.3', `Bearer ${DRAWN.V}`, `Digest ${DRAWN.V}`, `sha256=${DRAWN.H}`, `v0=${DRAWN.H}`, `x=${DRAWN.H}`, `a=${DRAWN.V}; b=tomorrow; Path=/${DRAWN.V}`,
  `a=1, ${DRAWN.V}`, `a="${DRAWN.V}" `, `${DRAWN.V} x`, `"${DRAWN.V}"`, ` ${DRAWN.V}  `, `a=404817; b=4048179; c=2026-01-02; d=${'1'.repeat(41)}`, '{{token.1}}', `k8s.${DRAWN.V}, chat`,
]

function inRequest(name: string, value: string): string {
  const known = foundIn(value, SIGNS, (text, found) => findInField(name, text, found))
  return known || foundIn(value, SIGNS, (text, found) => findInUnknownField(name, text, found))
}
const SIGNS = [DRAWN.V, DRAWN.H, DRAWN.U]

test('what is found in header fields, by their names and in the values of some', () => {
  const lines = [...grouped(FIELDS.map((name) => [inRequest(name, DRAWN.V), name]))]
  for (const name of [
    'authorization',
    'cookie',
    'set-cookie',
    'sec-websocket-protocol',
    'x-hub-signature-256',
    'x-api-key',
    'x-custom',
    'x-session',
    'password',
  ])
    lines.push(name, ...VALUES.map((value) => `  ${inOneLine(value).slice(0, 80)}: ${inRequest(name, value) || '-'}`))
  expectKeptLines(new URL('found-in-fields.txt', import.meta.url), lines)
})
