import { inBase64, type Services } from './service.ts'

/** Texts of whatever syntax, as servers of artifacts, logs and pastes give them out. */
export const TEXTS: Services = {
  'Environments @ ci.example.com': (s) => {
    const { drawn: d } = s
    s.text(
      '/.env',
      'text/plain',
      `# ${s.harmless('comment', 'rotate the token every 90 days')}\nAPP_ENV=${s.harmless('env', 'production')}\nAPP_KEY=base64:${s.secret('laravel', d.base64(32))}\nDB_PASSWORD="${s.secret('quoted', 'two words 42')}"\nREDIS_PASSWORD=${s.secret('word', 'swordfish')}\nMAIL_USERNAME=${s.harmless('mail user', 'postmaster')}\nJWT_SECRET='${s.secret('single', d.letters(40))}'\nPUSHER_APP_SECRET=${s.secret('pusher', d.hex(20))}\nVITE_SENTRY_DSN=https://${s.secret('dsn', d.hex(32))}@sentry.io/1\nTOKEN_TTL=${s.harmless('ttl', '3600')}\nPASSWORD_MIN_LENGTH=${s.harmless('length', '12')}\nSESSION_DRIVER=${s.harmless('driver', 'database')}\nexport GITHUB_TOKEN=${s.secret('github', `ghp_${d.letters(36)}`)}\nENCRYPTION_KEY=${s.secret('encryption', d.hex(64))}\nCOMMIT=${s.harmless('commit', d.hex(40))}\n`,
    )
    s.text(
      '/shell',
      'text/plain',
      `$ mysql -uroot -p${s.secret('mysql', d.letters(12))} app\n$ redis-server --requirepass ${s.secret('redis', d.letters(16))}\n$ sshpass -p ${s.secret('sshpass', d.letters(10))} scp a b\n$ wget --password=${s.secret('wget', d.letters(10))} --user=bob https://x\n$ ldapsearch -x -D cn=admin -w ${s.secret('ldap -w', d.letters(12))} -b dc=x\n$ openssl rsa -passin pass:${s.secret('passin', d.letters(10))} -in k.pem\n$ keytool -list -storepass ${s.secret('storepass', d.letters(10))} -keystore ks\n$ sqlcmd -S db -U sa -P ${s.secret('sqlcmd', d.letters(12))}\n$ az login --service-principal -u ${s.harmless('app', d.uuid())} -p ${s.secret('az', d.letters(34))} --tenant x\n$ helm install x --set auth.password=${s.secret('helm set', d.letters(12))},replicas=3\n$ kubectl create secret generic x --from-literal=password=${s.secret('from literal', d.letters(12))}\n$ docker run -e API_KEY=${s.secret('docker -e', d.letters(24))} -p ${s.harmless('port', '8080:80')} web\n$ curl -u bob:${s.secret('curl -u', d.letters(12))} https://x\n$ http --auth bob:${s.secret('httpie', d.letters(12))} https://x\n$ aws configure set aws_secret_access_key ${s.secret('aws configure', d.base64(30))}\n$ git clone -b ${s.harmless('branch', 'feature/token-refresh')} https://bob:${s.secret('git url', d.letters(20))}@github.com/o/r\n$ vault login ${s.secret('vault login', `hvs.${d.letters(24)}`)}\n$ pip install --index-url https://u:${s.secret('pip', d.letters(20))}@pypi.example.com/simple x\n$ zip -P ${s.secret('zip', d.letters(10))} a.zip a\n$ mongosh "mongodb://db" -u bob -p ${s.secret('mongosh', d.letters(12))}\n$ net use Z: \\\\srv\\x /user:bob ${s.harmless('drive', 'persistent')}\n$ mkdir -p ${s.harmless('mkdir', '/srv/data2/cache1')}\n`,
    )
    s.text(
      '/ps1',
      'text/plain',
      `$env:API_KEY = "${s.secret('powershell', d.letters(24))}"\nset DB_PASS=${s.secret('cmd set', d.letters(12))}\nsetx TOKEN "${s.secret('setx', d.letters(24))}"\n$cred = ConvertTo-SecureString '${s.secret('secure string', `Pw-${d.letters(10)}`)}' -AsPlainText -Force\n$Password = '${s.secret('variable', d.letters(10))}'\n$hash = '${s.harmless('powershell path', 'C:\\Users\\bob\\secrets')}'\n`,
    )
    s.text(
      '/printenv',
      'text/plain',
      `HOSTNAME=${s.harmless('hostname', 'web-7d4b9c6f5-x2x9z')}\nNPM_TOKEN=${s.secret('npm', `npm_${d.letters(36)}`)}\nACTIONS_RUNTIME_TOKEN=${s.secret('runtime', d.jwt({ nam: 'x' }))}\nGITHUB_SHA=${s.harmless('sha', d.hex(40))}\nGPG_KEY=${s.harmless('gpg', d.hex(40).toUpperCase())}\nSSH_AUTH_SOCK=${s.harmless('sock', '/run/user/1000/agent.sock')}\nCODECOV_TOKEN=${s.secret('codecov', d.uuid())}\nSONAR_TOKEN=${s.secret('sonar', `sqp_${d.hex(40)}`)}\nKUBECONFIG=${s.harmless('kubeconfig', '/etc/kube/config')}\nSNYK_TOKEN=${s.secret('snyk', d.uuid())}\n`,
    )
  },
  'Configurations @ config.example.com': (s) => {
    const { drawn: d } = s
    s.text(
      '/compose.yaml',
      'application/yaml',
      `services:\n  db:\n    image: ${s.harmless('image', 'postgres:16.1-alpine3.19')}\n    environment:\n      POSTGRES_PASSWORD: ${s.secret('postgres', d.letters(12))}\n      POSTGRES_USER: ${s.harmless('user', 'app')}\n      - MYSQL_ROOT_PASSWORD=${s.secret('mysql root', d.letters(12))}\n    command: --requirepass ${s.secret('requirepass', d.letters(16))}\n  web:\n    environment:\n      DATABASE_URL: "postgres://app:${s.secret('url', d.letters(12))}@db/app"\n      SECRET_KEY_BASE: ${s.secret('rails', d.hex(128))}\n    labels: {traefik.auth: "admin:${s.secret('htpasswd', `$apr1$${d.letters(8)}$${d.letters(22)}`)}"}\nsecrets:\n  db_password:\n    file: ${s.harmless('secret file', './db_password.txt')}\n`,
    )
    s.text(
      '/app.ini',
      'text/plain',
      `[database]\nuser = ${s.harmless('ini user', 'app')}\npassword = ${s.secret('ini', d.letters(12))}\n; token = ${s.secret('commented out', d.letters(24))}\n[security]\nINTERNAL_TOKEN = ${s.secret('gitea', d.jwt({ nbf: 1 }))}\nSECRET_KEY = ${s.secret('secret key', d.letters(64))}\nMIN_PASSWORD_LENGTH = ${s.harmless('minimum', '8')}\nPASSWORD_HASH_ALGO = ${s.harmless('algorithm', 'pbkdf2')}\n[session]\nPROVIDER = ${s.harmless('provider', 'memory')}\n`,
    )
    s.text(
      '/settings.toml',
      'application/toml',
      `title = "${s.harmless('title', 'The secret garden')}"\n[auth]\napi_token = "${s.secret('toml', d.letters(32))}"\nkeys = ["${s.secret('toml list', d.letters(32))}"]\n[tool]\nversion = "${s.harmless('version', '1.2.3')}"\nchecksum = "${s.harmless('checksum', d.hex(64))}"\n`,
    )
    s.text(
      '/application.properties',
      'text/plain',
      `spring.datasource.password=${s.secret('spring', d.letters(12))}\nspring.datasource.url=jdbc:mysql://db/app?user=a&password=${s.secret('jdbc', d.letters(12))}\nserver.ssl.key-store-password: ${s.secret('key store', d.letters(12))}\nserver.ssl.key-store=${s.harmless('store', 'classpath:keystore.p12')}\nsecurity.jwt.token-validity=${s.harmless('validity', '86400')}\nspring.security.oauth2.client.registration.x.client-secret=${s.secret('client secret', d.letters(32))}\n`,
    )
    s.text(
      '/web.config',
      'application/xml',
      `<configuration><connectionStrings><add name="Default" connectionString="Server=x;Database=y;User Id=sa;Password=${s.secret('connection string', d.letters(12))};" /></connectionStrings><appSettings><add key="StripeSecretKey" value="${s.secret('app setting', d.letters(32))}" /><add key="Theme" value="${s.harmless('theme', 'blue')}" /></appSettings><machineKey validationKey="${s.secret('validation key', d.hex(128).toUpperCase())}" decryptionKey="${s.secret('decryption key', d.hex(64).toUpperCase())}" validation="${s.harmless('validation', 'SHA1')}" /><assemblyIdentity name="X" publicKeyToken="${s.harmless('public key token', '31bf3856ad364e35')}" /></configuration>`,
    )
    s.text(
      '/settings.xml',
      'application/xml',
      `<settings><servers><server><id>${s.harmless('server', 'releases')}</id><username>deploy</username><password>${s.secret('maven', d.letters(14))}</password><privateKey>${s.harmless('key path', '/etc/keys/id_rsa')}</privateKey><passphrase>${s.secret('passphrase', 'open sesame')}</passphrase></server></servers></settings>`,
    )
    s.text(
      '/.npmrc',
      'text/plain',
      `registry=${s.harmless('registry', 'https://registry.example.com/')}\n//registry.example.com/:_authToken=${s.secret('npmrc', d.letters(36))}\n`,
    )
    s.text(
      '/.netrc',
      'text/plain',
      `machine api.heroku.com login ${s.harmless('login', 'bob@example.com')} password ${s.secret('netrc', d.letters(30))}\nmachine x\n  login y\n  password ${s.secret('netrc lines', d.letters(20))}\n`,
    )
    s.text(
      '/wg0.conf',
      'text/plain',
      `[Interface]\nPrivateKey = ${s.secret('wireguard', d.base64(32))}\nAddress = ${s.harmless('address', '10.0.0.2/32')}\n[Peer]\nPublicKey = ${s.harmless('peer', d.base64(32))}\nPresharedKey = ${s.secret('preshared', d.base64(32))}\nEndpoint = ${s.harmless('endpoint', 'vpn.example.com:51820')}\n`,
    )
    s.text(
      '/nginx.conf',
      'text/plain',
      `location / {\n  proxy_set_header Authorization "Bearer ${s.secret('proxy header', d.letters(32))}";\n  proxy_set_header X-Api-Key ${s.secret('bare header', d.letters(32))};\n  ssl_certificate_key ${s.harmless('key file', '/etc/ssl/private/example.key')};\n  secure_link_md5 "$secure_link_expires$uri ${s.harmless('expression', '$remote_addr')}";\n}\n`,
    )
    s.text(
      '/id',
      'text/plain',
      s.secret('ssh key', d.pem('OPENSSH PRIVATE KEY')) +
        s.harmless('ssh public', `ssh-ed25519 ${d.base64(51)} bob@host`),
    )
    s.text(
      '/ansible.yml',
      'application/yaml',
      `- hosts: all\n  vars:\n    ansible_become_pass: ${s.secret('become', d.letters(12))}\n    ansible_user: ${s.harmless('ansible user', 'deploy')}\n    vault_db: !vault |\n      $ANSIBLE_VAULT;1.1;AES256\n      ${s.harmless('vaulted', d.hex(80))}\n  tasks:\n  - uri:\n      url: https://x\n      headers: {X-Api-Key: ${s.secret('flow header', d.letters(32))}, Accept: application/json}\n  - user: name=bob password=${s.secret('inline', d.letters(12))} state=present\n`,
    )
  },
  'Logs and programs @ logs.example.com': (s) => {
    const { drawn: d } = s
    s.text(
      '/log',
      'text/plain',
      `2026-01-01T00:00:00Z INFO  login user=bob password=${s.secret('log', d.letters(12))} ip=${s.harmless('ip', '10.1.2.3')}\n2026-01-01 DEBUG headers: {'Authorization': 'Bearer ${s.secret('python dict', d.letters(40))}', 'User-Agent': 'x/1'}\ntime="..." level=info msg="token refreshed" token=${s.secret('logfmt', d.letters(32))} trace_id=${s.harmless('trace', d.hex(32))}\nE0101 12:00:00 auth.go:42] invalid token "${s.secret('quoted in a sentence', d.letters(32))}" for user bob\nSet-Cookie: session=${s.secret('logged cookie', d.letters(32))}; Path=/\nGET /cb?code=${s.secret('logged code', d.letters(32))}&state=${s.harmless('state', 'home')} HTTP/1.1" 302\n{"level":"info","msg":"got secret ${s.secret('in a message', `sk_live_${d.letters(24)}`)}","caller":"${s.harmless('caller', 'main.go:17')}"}\nUser-Agent: ${s.harmless('agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36')}\nreq_id=${s.harmless('req id', d.uuid())} took 12ms, tokens used: ${s.harmless('used', '1532')}\nUser{name='bob', password='${s.secret('java toString', d.letters(12))}', roles=[admin]}\n&{Name:bob Password:${s.secret('go struct', d.letters(12))} Age:42}\n#<User id: 1, encrypted_password: "${s.secret('ruby inspect', `$2a$12$${d.letters(53)}`)}", created_at: "2026-01-01">\n`,
    )
    s.text(
      '/program.js',
      'text/javascript',
      `const client = new Client({ apiKey: '${s.secret('js key', d.letters(32))}', region: '${s.harmless('region', 'eu-west-1')}' })\nfetch(url, { headers: { 'X-Api-Key': "${s.secret('js header', d.letters(32))}" } })\nprocess.env.SECRET_TOKEN ||= '${s.secret('default', d.letters(32))}'\nconst password = getPassword(${s.harmless('call', 'user.passwordHash')})\nimport { token } from '${s.harmless('module', './auth/token-store.js')}'\nconst PUBLIC_KEY = '${s.harmless('public', d.base64(60))}'\nauth.signIn("bob", "${s.harmless('argument kept', 'not-known')}")\n`,
    )
    s.text(
      '/program.py',
      'text/x-python',
      `API_KEY = "${s.secret('py', d.letters(32))}"\nclient = Client(token="${s.secret('py argument', d.letters(32))}", timeout=${s.harmless('timeout', '30')})\nconf["db_password"] = "${s.secret('py item', d.letters(12))}"\nparams = {"client_secret": "${s.secret('py dict', d.letters(32))}", "scope": "${s.harmless('scope', 'read:user')}"}\nos.environ.setdefault("SECRET_KEY", "${s.secret('py default', d.letters(40))}")\nassert token.type == "${s.harmless('compare', 'access_token')}"\n`,
    )
    s.text(
      '/program.php',
      'text/plain',
      `<?php\ndefine('DB_PASSWORD', '${s.secret('wordpress', d.letters(12))}');\ndefine('AUTH_KEY', '${s.secret('auth key', `${d.letters(30)}*&^`)}');\n$config = ['password' => '${s.secret('php array', d.letters(12))}', 'charset' => '${s.harmless('charset', 'utf8mb4')}'];\n`,
    )
    s.text(
      '/program.go',
      'text/plain',
      `secretKey := "${s.secret('go', d.letters(40))}"\nreq.Header.Set("X-Auth-Token", "${s.secret('go header', d.letters(32))}")\ncfg := Config{Password: "${s.secret('go field', d.letters(12))}", Host: "${s.harmless('host', 'db.internal')}"}\n`,
    )
    s.text(
      '/export.csv',
      'text/csv',
      `id,username,password,created\n1,bob,${s.secret('csv', d.letters(12))},2026-01-01\n2,eve,${s.secret('csv 2', d.letters(12))},${s.harmless('csv date', '2026-02-03')}\n`,
    )
    s.text(
      '/postman.json',
      'application/json',
      JSON.stringify({
        info: { _postman_id: s.harmless('postman id', d.uuid()), name: 'x' },
        auth: {
          type: 'apikey',
          apikey: [
            { key: 'value', value: s.secret('postman key', d.letters(32)), type: 'string' },
            { key: 'key', value: s.harmless('header name', 'X-Api-Key'), type: 'string' },
          ],
        },
        item: [
          {
            request: {
              auth: { type: 'bearer', bearer: [{ key: 'token', value: s.secret('postman bearer', d.letters(40)) }] },
              header: [
                { key: 'Authorization', value: `Bearer ${s.secret('postman header', d.letters(40))}` },
                { key: 'Accept', value: 'application/json' },
              ],
              url: {
                query: [
                  { key: 'access_token', value: s.secret('postman query', d.letters(32)) },
                  { key: 'page', value: s.harmless('page', '2026-page') },
                ],
              },
              body: { urlencoded: [{ key: 'client_secret', value: s.secret('postman form', d.letters(32)) }] },
            },
          },
        ],
        variable: [{ key: 'authToken', value: s.secret('postman variable', d.letters(32)) }],
      }),
    )
    s.text(
      '/har.json',
      'application/json',
      JSON.stringify({
        log: {
          entries: [
            {
              request: {
                headers: [
                  {
                    name: 'Cookie',
                    value: `sid=${s.secret('har cookie header', d.letters(24))}; lang=${s.harmless('har lang', 'en-GB')}`,
                  },
                ],
                cookies: [{ name: 'sid', value: s.secret('har cookie', d.letters(24)) }],
                queryString: [{ name: 'token', value: s.secret('har query', d.letters(24)) }],
                postData: { text: `grant_type=password&password=${s.secret('har post', d.letters(12))}` },
              },
              response: {
                content: { text: JSON.stringify({ access_token: s.secret('har content', d.letters(32)) }) },
                headers: [{ name: 'ETag', value: s.harmless('har etag', `W/"${d.hex(16)}"`) }],
              },
            },
          ],
        },
      }),
    )
    s.text(
      '/openapi.json',
      'application/json',
      JSON.stringify({
        components: {
          securitySchemes: { key: { type: 'apiKey', name: s.harmless('scheme name', 'X-API-Key'), in: 'header' } },
          schemas: {
            Login: {
              properties: {
                password: {
                  type: 'string',
                  description: s.harmless('schema description', 'At least 12 characters'),
                  example: s.secret('example', 'Sup3rS3cret!x'),
                },
              },
            },
          },
        },
      }),
    )
    s.text(
      '/encoded',
      'application/json',
      JSON.stringify({
        blob: inBase64(JSON.stringify({ api_key: s.secret('in base64', d.letters(32)), region: 'eu' })),
        escaped: JSON.stringify({ inner: JSON.stringify({ password: s.secret('twice escaped', d.letters(12)) }) }),
        uri: `data:text/plain;base64,${inBase64(`password=${s.secret('data url', d.letters(12))}`)}`,
        next: `https://x/cb?next=${encodeURIComponent(`/p?token=${s.secret('nested query', d.letters(24))}`)}`,
        thumb: s.harmless('blurhash', 'LEHV6nWB2yk8pyo0adR*.7kCMdnj'),
        polyline: s.harmless('polyline', '_p~iF~ps|U_ulLnnqC_mqNvxq`@'),
        id: s.harmless('ulid', d.of('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 26)),
      }),
    )
  },
}
