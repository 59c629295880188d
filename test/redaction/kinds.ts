/** Texts by what makes the value in them a secret: each holds V or HEX, which is to go. */
// oxfmt-ignore
export const secretsOf = (V: string, HEX: string): Readonly<Record<string, readonly string[]>> => ({
  'under words of a name': ['primaryMasterKey', 'subscription-key', 'key1', 'client-key-data', 'SSE-customer-key', 'db_pw', 'passwort', 'mot_de_passe', 'contraseña', '密码',
    'pin', 'passcode', 'totp', 'mfa_code', 'recovery_codes', 'user_code', 'device_code', 'ticket', '_wpnonce', 'crumb', 'hmac', 'sign', 'user[pw]']
    .map((name) => `{"${Buffer.from(name).toString('latin1')}":"${V}"}`),
  'in pairs': [
    `{"value":"${V}","name":"API_TOKEN"}`, `[{"Name":"Authorization","Value":"${V}"}]`, `{"keyName":"key1","value":"${V}"}`, `["X-Api-Key","${V}"]`,
    `{"rawHeaders":["Host","a","X-Api-Key","${V}"]}`, `<add key="ApiKey" value="${V}"/>`, `<add value="${V}" key="ApiKey"/>`, `<entry key="db.password">${V}</entry>`, `<c><entry key="a">b</entry><entry key="db.password">${V}</entry></c>`,
    `<dict><key>AuthToken</key><string>${V}</string></dict>`, `{"key":"A","value":"${V}","masked":true}`, `{"Type":"SecureString","Value":"${V}"}`,
    `{"value":"${HEX}","id":"https://v.example/secrets/x/1"}`, `{"name":"p/1/secrets/x/versions/1","payload":{"data":"${HEX}"}}`, `{"client_secret":{"value":"${V}","expires_at":1}}`,
    `{"kind":"Secret","data":{"odd":"${Buffer.from(HEX).toString('base64')}"}}`, `- name: DB_PASSWORD\n  value: ${V}\n`,
  ],
  'in HTML and scripts': [
    `<input type=hidden name=csrf_token value=${V}>`, `<input type="password" name="x" value="${V}">`, `<textarea name="token">${V}</textarea>`,
    `<button name="_csrf" value="${V}">`, `<meta content="${V}" name="csrf-token">`, `<meta property="csrf-token" content="${V}">`, `<div data-csrf="${V}"></div>`,
    `<a href="/out?csrf=${V}&amp;x=1">`, `<img src="/a?X-Amz-Signature=${HEX}">`, `<a href="/reset/${HEX}">`, `<meta http-equiv="refresh" content="0;url=/cb?token=${V}">`,
    `var token = \`${V}\``, `localStorage.setItem('access_token', '${V}')`, `headers.set("X-Api-Key", "${V}")`, `JSON.parse("{\\"authToken\\":\\"${V}\\"}")`, `window.csrfToken = "${V}";`,
  ],
  'in lines and logs': [
    `users:\n- user:\n    password: ${V}\n`, `env:\n      - token: ${V} # old\n`, `- {name: x, password: ${V}}\n`, `//r.example/:_authToken=${V}\n`, `> X-Api-Key: ${V}\n`,
    `map[password:${V} user:x]`, `{"password"=>"${V}"}`, `{:token=>"${V}"}`, `{"Authorization"=>"Bearer ${V}"}`, `$c['password'] = '${V}';`, `define('DB_PASSWORD', '${V}');`, `{"query":"mutation { login(password: \\"${V} x\\") }"}`,
    `mutation { a(secretKey: """${V}""") }`, `Your token: ${HEX}`, `Your token is ${HEX}.`, `curl -u bob:${V} x`, `h:5432:db:user:${V}`, `token: >-\n  ${V}\n`,
    `Server=x;Password=${V};Encrypt=True`, `AccountKey=${V};EndpointSuffix=x`, `jdbc:oracle:thin:scott/${V}@//h`, `root:${V}@tcp(h:1)/db`, `postgres://u:a/b#${V}@h/db`,
  ],
  'by its form': [
    `{"a":"xoxc-1-${V}"}`, `{"a":"ya29.c.${V}${V}"}`, `{"a":"glptt-${HEX}"}`, `{"a":"shpca_${HEX}"}`, `{"a":"hvb.${V}${V}"}`, `{"a":"dckr_oat_${V}${V}"}`, `{"a":"v4.local.${V}${V}${V}"}`,
    `{"kty":"EC","d":"${V}${V}"}`, `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n${V}${V}\n-----END RSA PRIVATE KEY-----`,
    `-----BEGIN PGP PRIVATE KEY BLOCK-----\nComment: a - b\n\n${V}${V}\n-----END PGP PRIVATE KEY BLOCK-----`, `-----BEGIN PRIVATE KEY-----\n${V}${V}`,
    `Private-Lines: 1\n${V}${V}${V}\n`, `PrivateKey = ${V}${V}=`, `https://discord.com/api/webhooks/199737254929760256/${V}${V}`,
    `{"token":"2026-11-26-${V}"}`, `{"token":"${V}/${V}"}`, `{"token":"mkastiqhzqoduqwlvkkr${V}"}`,
  ],
  'behind control bytes': [`\0\0\0<{"password":"${V}"}`, `INFO\x07 token=${V} done`, `\x81\x7e\x01\x00{"type":"auth","token":"${V}"}`],
})
