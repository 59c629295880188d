import { basic, bearer, inBase64, type Services } from '../services/service.ts'

/** Flags, identities, chains and sessions of further services. */
// oxfmt-ignore
export const FIFTH: Services = {
  'Analytics, flags and experiments @ flags.example.com': (s) => {
    const { drawn: d } = s
    s.call('POST /mp/collect?measurement_id=G-ABC1234567&api_secret=' + s.secret('ga secret', d.base64url(16)), { json: { client_id: s.harmless('ga client', '1234567890.1700000000'), events: [] } })
    s.call('POST /decide?v=3', { json: { api_key: s.secret('posthog', `phc_${d.letters(43)}`), distinct_id: s.harmless('distinct', d.uuid()) }, answer: { json: { featureFlags: { 'new-nav': true }, sessionRecording: { endpoint: '/s/' } } } })
    s.call('GET /api/features', { fields: { Authorization: s.secret('unleash', `default:development.${d.hex(56)}`), 'UNLEASH-APPNAME': 'x', 'UNLEASH-INSTANCEID': s.harmless('instance', 'web-1-4711') }, answer: { fields: { ETag: s.harmless('unleash etag', `"${d.hex(8)}:62"`) } } })
    s.call('GET /api/v1/flags/', { fields: { 'X-Environment-Key': s.secret('flagsmith', d.letters(22)) }, answer: { json: [{ id: 1, feature: { name: 'x', created_date: s.harmless('created', '2026-01-01T12:00:00.000000Z') } }] } })
    s.call('GET /configuration-files/x/config_v6.json', { fields: { 'X-ConfigCat-UserAgent': s.harmless('agent', 'ConfigCat-JS/a-9.3.0') }, answer: { json: { p: { u: 'https://cdn', r: 0, s: s.secret('configcat salt', d.base64(32)) } } } })
    s.call('POST /v1/initialize', { fields: { 'STATSIG-API-KEY': s.secret('statsig', `client-${d.letters(43)}`), 'STATSIG-SDK-TYPE': 'js' }, json: { user: { userID: s.harmless('user', 'a-42'), statsigEnvironment: {} } } })
    s.call('POST /import?strict=1', { fields: basic(s.secret('mixpanel', d.hex(32)), ''), answer: { json: { code: 200, num_records_imported: 1 } } })
    s.call('GET /api/2.0/export?project_id=1', { fields: basic(`svc.${d.hex(6)}.mp-service-account`, s.secret('service account', d.letters(32))) })
    s.call('POST /httpapi', { form: { api_key: s.secret('amplitude', d.hex(32)), event: JSON.stringify({ insert_id: s.harmless('insert', d.uuid()), device_id: s.harmless('device', d.uuid()) }) } })
    s.call('GET /index.php?module=API&method=VisitsSummary.get&idSite=1&token_auth=' + s.secret('matomo', d.hex(32)), { answer: { json: { nb_visits: 12, idvisitor: s.harmless('visitor', d.hex(16)) } } })
    s.call('GET /reportapi/v1/x', { fields: { 'x-gw-ims-org-id': s.harmless('ims org', `${d.upper(24)}@AdobeOrg`), 'x-api-key': s.secret('adobe key', d.hex(32)), ...bearer(s.secret('adobe', d.jwt({ as: 'ims-na1' }))) } })
    s.call('POST /ims/token/v3', { form: { grant_type: 'client_credentials', client_id: s.harmless('ims client', d.hex(32)), client_secret: s.secret('ims secret', `p8e-${d.base64url(24)}`), scope: 'openid' } })
    s.call('POST /hotjar', { fields: { Cookie: `_hjSessionUser_1=${s.secret('hj user', inBase64(`{"id":"${d.uuid()}"}`))}; _ga=GA1.1.1234567890.1700000000` } })
  },
  'Schools, libraries and science @ study.example.com': (s) => {
    const { drawn: d } = s
    s.call('GET /api/v1/courses?per_page=10', { fields: bearer(s.secret('canvas', `7~${d.letters(64)}`)), answer: { fields: { 'X-Request-Context-Id': s.harmless('canvas context', d.uuid()), Link: `<https://x.test/api/v1/courses?page=bookmark:${s.harmless('bookmark', inBase64('[["a",1]]'))}&per_page=10>; rel="next"` }, json: [{ id: 1, uuid: s.harmless('canvas uuid', d.letters(40)), calendar: { ics: `https://x.test/feeds/calendars/course_${s.secret('ics', d.letters(40))}.ics` } }] } })
    s.call(`GET /webservice/rest/server.php?wstoken=${s.secret('moodle', d.hex(32))}&wsfunction=core_user_get_users&moodlewsrestformat=json`, { answer: { json: { users: [{ id: 2, username: 'ada', profileimageurl: s.harmless('profile image', 'https://x.test/pluginfile.php/5/user/icon/boost/f1?rev=1042') }] } } })
    s.call(`GET /login/token.php?username=ada&password=${s.secret('moodle password', d.letters(9))}&service=moodle_mobile_app`, { answer: { json: { token: s.secret('moodle token', d.hex(32)), privatetoken: s.secret('private token', d.letters(64)) } } })
    s.call('POST /mod/lti/launch.php', { form: { oauth_consumer_key: s.harmless('lti consumer', 'school-7'), oauth_signature: s.secret('lti signature', d.base64(20)), oauth_nonce: 'n', oauth_signature_method: 'HMAC-SHA1', lis_result_sourcedid: s.harmless('sourcedid', '{"data":{"instanceid":"1"}}'), lti_version: 'LTI-1p0' } })
    s.call('POST /lti/launch', { form: { id_token: s.secret('lti id token', d.jwt({ nonce: 'x' })), state: 'state-7' } })
    s.call('GET /users/123/items?limit=1', { fields: { 'Zotero-API-Key': s.secret('zotero', d.letters(24)), 'Zotero-API-Version': '3' }, answer: { fields: { 'Last-Modified-Version': '1042' }, json: [{ key: s.harmless('zotero item', d.upper(8)), version: 1, data: { DOI: s.harmless('doi', '10.1038/s41586-020-2649-2') } }] } })
    s.call('POST /oauth/token', { form: { client_id: s.harmless('orcid client', `APP-${d.upper(16)}`), client_secret: s.secret('orcid secret', d.uuid()), grant_type: 'authorization_code', code: s.secret('orcid code', d.letters(6)) }, answer: { json: { access_token: s.secret('orcid access', d.uuid()), orcid: s.harmless('orcid', '0000-0002-1825-0097') } } })
    s.call(`GET /entrez/eutils/esearch.fcgi?db=pubmed&term=x&api_key=${s.secret('ncbi', d.hex(36))}`, { answer: { json: { esearchresult: { webenv: s.harmless('webenv', `MCID_${d.hex(24)}`), querykey: '1' } } } })
    s.call('GET /content/search/scopus?query=x', { fields: { 'X-ELS-APIKey': s.secret('elsevier', d.hex(32)), 'X-ELS-Insttoken': s.secret('insttoken', d.hex(32)) }, answer: { fields: { 'X-ELS-ReqId': s.harmless('els request', d.hex(16)), 'X-ELS-TransId': s.harmless('els trans', d.hex(16)) } } })
    s.call('POST /api/deposit/depositions?access_token=' + s.secret('zenodo', d.letters(60)), { json: {}, answer: { json: { id: 1, links: { bucket: `https://zenodo.org/api/files/${s.harmless('bucket', d.uuid())}` } } } })
    s.call('POST /patroninfo', { body: `<request><barcode>21234000123456</barcode><pin>${s.secret('library pin', d.digits(4))}</pin></request>`, fields: { 'Content-Type': 'application/xml' } })
    s.text('/sip2', 'text/plain', `9300CNsipuser|CO${s.secret('sip2 password', d.letters(10))}|CPMain|\r\n6300120260101    100000Y         AOMAIN|AA21234000123456|AC|AD${s.secret('sip2 pin', d.letters(8))}|\r\n`)
    s.call('POST /hub/api/users/ada/tokens', { fields: { Authorization: `token ${s.secret('jupyterhub', d.hex(32))}` }, answer: { status: 201, json: { token: s.secret('jupyter new', d.hex(32)), id: s.harmless('jupyter id', 'a17'), kind: 'api_token' } } })
    s.text('/jupyter.log', 'text/plain', `[I 2026-01-01 10:00:00.000 ServerApp] http://127.0.0.1:8888/lab?token=${s.secret('jupyter url', d.hex(48))}\n[I 2026-01-01 10:00:01.000 ServerApp] Kernel started: ${s.harmless('kernel', d.uuid())}\n`)
  },
  'Real estate, insurance and accounts @ ledger.example.com': (s) => {
    const { drawn: d } = s
    s.call('POST /connect/token', { fields: basic(d.upper(32), s.secret('xero secret', d.base64url(36))), form: { grant_type: 'refresh_token', refresh_token: s.secret('xero refresh', d.base64url(32)) }, answer: { json: { access_token: s.secret('xero access', d.jwt({ xero_userid: 'x' })), id_token: s.secret('xero id', d.jwt({ at_hash: 'x' })) } } })
    s.call('GET /api.xro/2.0/Invoices', { fields: { 'Xero-Tenant-Id': s.harmless('xero tenant', d.uuid()) }, answer: { fields: { 'Xero-Correlation-Id': s.harmless('xero correlation', d.uuid()) }, json: { Invoices: [{ InvoiceID: s.harmless('invoice', d.uuid()), Reference: s.harmless('reference', 'PO-4711-A') }] } } })
    s.call('POST /hook', { fields: { 'x-xero-signature': s.secret('xero signature', d.base64(32)) }, json: { events: [], firstEventSequence: 1, entropy: s.harmless('entropy', d.upper(20)) } })
    s.call('POST /oauth2/v1/tokens/bearer', { form: { grant_type: 'authorization_code', code: s.secret('intuit code', `AB11${d.letters(46)}`) }, answer: { json: { refresh_token: s.secret('intuit refresh', `AB11${d.letters(46)}`), access_token: s.secret('intuit access', `eyJlbmMiOiJBMTI4Q0JDLUhTMjU2IiwiYWxnIjoiZGlyIn0..${d.base64url(16)}.${d.base64url(200)}.${d.base64url(16)}`), x_refresh_token_expires_in: 8_726_400, realmId: s.harmless('realm', d.digits(16)) } } })
    s.call('POST /hook2', { fields: { 'intuit-signature': s.secret('intuit signature', d.base64(32)) }, json: { eventNotifications: [] } })
    s.call('GET /3/invoices', { fields: { 'Access-Token': s.secret('fortnox', d.uuid()), 'Client-Secret': s.secret('fortnox secret', d.letters(10)) }, answer: { json: { MetaInformation: { '@TotalPages': 1 }, Invoices: [{ OCR: s.harmless('ocr', '130'), DocumentNumber: '1' }] } } })
    s.call('GET /invoices', { fields: { 'X-AppSecretToken': s.secret('economic app', d.base64url(32)), 'X-AgreementGrantToken': s.secret('economic grant', d.base64url(32)) } })
    s.call('GET /api/v2/customers', { fields: { Authorization: `Token token=${s.secret('lexware', d.hex(40))}, company=42` }, answer: { json: { customers: [{ iban: s.harmless('iban', 'DE89370400440532013000'), bic: 'COBADEFFXXX' }] } } })
    s.call('POST /api/login.php', { form: { api: 'SYNO', pw: s.secret('pw', d.letters(9)) } })
    s.call('POST /datev/v1/upload', { fields: { ...bearer(s.secret('datev', d.letters(43))), 'X-DATEV-Client-Id': s.harmless('datev client', d.hex(32)) } })
    s.call('POST /efiling', { fields: { 'Content-Type': 'text/xml' }, body: `<GovTalkMessage><Header><MessageDetails><CorrelationID>${s.harmless('gov correlation', d.hex(32).toUpperCase())}</CorrelationID></MessageDetails><SenderDetails><IDAuthentication><SenderID>ISV123</SenderID><Authentication><Method>clear</Method><Value>${s.secret('gov value', d.letters(10))}</Value></Authentication></IDAuthentication></SenderDetails></Header><Body><IRmark Type="generic">${s.harmless('irmark', d.base64(20))}</IRmark></Body></GovTalkMessage>` })
    s.call('POST /fints', { fields: { 'Content-Type': 'text/plain' }, body: inBase64(`HNVSK:998:3+PIN:1+998'HNSHA:5:2+4711++${d.letters(7)}'`), answer: { body: inBase64("HNHBK:1:3+000000000123+300+0+1'") } })
    s.call('POST /mls/login', { fields: { Authorization: `Digest username="agent", realm="rets", nonce="${d.hex(32)}", uri="/x", response="${s.secret('rets digest', d.hex(32))}"`, 'RETS-UA-Authorization': `Digest ${s.secret('rets ua', d.hex(32))}`, 'RETS-Version': s.harmless('rets version', 'RETS/1.7.2') }, answer: { fields: { 'Set-Cookie': `RETS-Session-ID=${s.secret('rets session', d.hex(32))}; path=/` } } })
  },
  'Push, sync and local first @ sync.example.com': (s) => {
    const { drawn: d } = s
    s.call('POST /1.5/token', { fields: bearer(s.secret('fxa bearer', d.hex(64))), answer: { json: { id: s.secret('hawk id', d.base64url(150)), key: s.secret('hawk key', d.base64url(32)), uid: s.harmless('sync uid', '117'), api_endpoint: 'https://sync.test/1.5/117', hashed_fxa_uid: s.harmless('hashed uid', d.hex(32)) } } })
    s.call('GET /1.5/117/storage/meta', { fields: { Authorization: `Hawk id="${s.secret('hawk header', d.base64url(60))}", ts="1700000000", nonce="j4h3g2", mac="${s.secret('hawk mac', d.base64(32))}"` }, answer: { fields: { 'X-Last-Modified': s.harmless('last modified', '1700000000.12'), 'X-Weave-Records': '5' } } })
    s.call('POST /v1/account/login?keys=true', { json: { email: 'a@b.test', authPW: s.secret('auth pw', d.hex(64)) }, answer: { json: { uid: s.harmless('fxa uid', d.hex(32)), sessionToken: s.secret('fxa session', d.hex(64)), keyFetchToken: s.secret('key fetch', d.hex(64)), verified: true } } })
    s.call(`POST /wpush/v2/${s.secret('wpush', `gAAAAAB${d.base64url(120)}`)}`, { fields: { TTL: '60', Authorization: `vapid t=${s.secret('vapid jwt', d.jwt({ aud: 'x' }))}, k=${d.base64url(65)}`, 'Content-Encoding': 'identity' } })
    s.call('POST /subscribe', { json: { endpoint: `https://fcm.googleapis.com/fcm/send/${s.secret('fcm endpoint', `${d.base64url(8)}:APA91b${d.base64url(100)}`)}`, keys: { p256dh: s.harmless('p256dh', d.base64url(65)), auth: s.secret('push auth', d.base64url(16)) } } })
    s.call(`POST /message?token=${s.secret('gotify', `A${d.letters(14)}`)}`, { json: { message: 'x', priority: 5 } })
    s.call('POST /1/messages.json', { form: { token: s.secret('pushover app', d.lower(30)), user: s.secret('pushover user', d.lower(30)), message: 'x' }, answer: { json: { status: 1, request: s.harmless('pushover request', d.uuid()) } } })
    s.call('POST /my-topic', { fields: { Authorization: `Bearer ${s.secret('ntfy', `tk_${d.lower(29)}`)}` }, body: 'hi', answer: { json: { id: s.harmless('ntfy id', d.letters(12)), event: 'message' } } })
    s.call('POST /v2/pushes', { fields: { 'Access-Token': s.secret('pushbullet', `o.${d.letters(32)}`) }, answer: { json: { iden: s.harmless('iden', `ujpah72o0${d.letters(10)}`) } } })
    s.call('GET /_matrix/client/v3/sync?since=' + s.harmless('since', 's72594_4483_1934'), { fields: bearer(s.secret('matrix', `mat_${d.letters(30)}_${d.letters(6)}`)), answer: { json: { next_batch: s.harmless('next batch', 's72595_4483_1934'), to_device: { events: [{ type: 'm.room_key', content: { session_key: s.secret('megolm', `AgAAAA${d.base64(160)}`) } }] } } } })
    s.call('POST /_changes?feed=longpoll&since=' + s.harmless('seq', `23-${inBase64('g1AAAACbeJzLYWBgYMpgTmHgz8')}`), { fields: { Cookie: `AuthSession=${s.secret('auth session', inBase64(`ada:65A1:${d.letters(16)}`))}` } })
    s.call('POST /graphql', { json: { query: 'mutation { signIn(username: "ada", password: "' + s.secret('inline password', d.letters(11)) + '") { token } }' }, answer: { json: { data: { signIn: { token: s.secret('inline token', d.letters(40)) } } } } })
    s.call('POST /api/v1/pair', { json: { pairing_code: s.secret('pairing', d.digits(6)), device_name: s.harmless('device name', 'Pixel 7 of Ada') }, answer: { json: { device_secret: s.secret('device secret', d.base64(32)), mdns: s.harmless('mdns', 'host-a1b2.local') } } })
    s.call('POST /api/v4/projects/1/wikis', { fields: { 'Job-Token': s.secret('job token', d.base64url(15)) } })
  },
  'Texts of consoles and old formats @ console.example.com': (s) => {
    const { drawn: d } = s
    const text = (target: string, body: string): void => s.text(target, 'text/plain', body)
    text('/redis', `127.0.0.1:6379> ACL SETUSER ada on >${s.secret('acl', d.letters(12))} ~* +@all\nOK\n127.0.0.1:6379> CONFIG GET requirepass\n1) "requirepass"\n2) "${s.secret('config get', d.letters(14))}"\n127.0.0.1:6379> DBSIZE\n(integer) ${s.harmless('size', '41822')}\n`)
    text('/psql-x', `-[ RECORD 1 ]-------\nid       | 1\napi_key  | ${s.secret('expanded', d.letters(32))}\ncommit   | ${s.harmless('expanded commit', d.hex(40))}\n`)
    text('/aws-table', `--------------------------------\n|       CreateAccessKey        |\n+------------------+-----------+\n|  SecretAccessKey |  ${s.secret('aws table', d.base64(30))} |\n|  Status          |  ${s.harmless('status', 'Active-2')} |\n+------------------+-----------+\n`)
    text('/vault', `Key                  Value\n---                  -----\ntoken                ${s.secret('vault table', `hvs.${d.base64url(60)}`)}\ntoken_accessor       ${s.secret('accessor', d.letters(24))}\ntoken_duration       768h\n`)
    text('/unseal', `Unseal Key 1: ${s.secret('unseal', d.base64(33))}\nUnseal Key 2: ${s.secret('unseal 2', d.base64(33))}\n\nInitial Root Token: ${s.secret('root token', `hvs.${d.letters(24)}`)}\nVersion: ${s.harmless('vault version', '1.15.4')}\n`)
    text('/gcloud', `access_token: ${s.secret('gcloud', `ya29.${d.base64url(100)}`)}\nproject: ${s.harmless('project', 'demo-417311')}\n`)
    text('/heroku', `=== web Config Vars\nDATABASE_URL:   postgres://u:${s.secret('heroku db', d.hex(40))}@h:5432/d\nSENDGRID_KEY:   ${s.secret('heroku key', d.letters(32))}\nDYNO_RAM:       ${s.harmless('ram', '512')}\n`)
    text('/kubeadm', `kubeadm join 10.0.0.1:6443 --token ${s.secret('join', `${d.lower(6)}.${d.lower(16)}`)} \\\n\t--discovery-token-ca-cert-hash sha256:${s.harmless('ca hash', d.hex(64))} \\\n\t--control-plane --certificate-key ${s.secret('certificate key', d.hex(64))}\n`)
    text('/wireguard-show', `interface: wg0\n  public key: ${s.harmless('wg public', d.base64(32))}\n  private key: ${s.secret('wg show', d.base64(32))}\n  listening port: 51820\n`)
    text('/openssl', `AES-256-CBC\nsalt=${s.secret('salt', d.hex(16).toUpperCase())}\nkey=${s.secret('openssl key', d.hex(64).toUpperCase())}\niv =${d.hex(32).toUpperCase()}\n`)
    text('/mail', `Subject: Welcome\n\nYour temporary password: ${s.secret('temporary', d.letters(10))}\nActivate here: https://x.test/u/activate?uid=NDI&k=${s.secret('activate', d.hex(40))}\nOrder no. ${s.harmless('order', 'A-2026-00417')}\n`)
    text('/sms', `${s.secret('sms', d.digits(6))} ist Ihr Bestätigungscode für Acme. Ref ${s.harmless('sms ref', 'QX-77')}\n`)
    text('/ini', `[database]\nuser = ada\npass = ${s.secret('ini pass', d.letters(11))}\n\n[mail]\nsmtp_pass='${s.secret('ini smtp', d.letters(11))}'\nfrom = ${s.harmless('from', 'robot-7@x.test')}\n`)
    text('/edn', `{:db {:user "ada" :password "${s.secret('edn', d.letters(12))}"} :version "${s.harmless('edn version', '0.4.2-rc1')}"}\n`)
    text('/erlang', `[{rabbit, [{default_user, <<"ada">>}, {default_pass, <<"${s.secret('erlang', d.letters(12))}">>}]}].\n% ${s.harmless('erlang node', 'rabbit@host-7')}\n`)
    text('/plist', `<plist><dict><key>PayloadUUID</key><string>${s.harmless('payload', d.uuid())}</string><key>Password</key><string>${s.secret('plist', d.letters(10))}</string></dict></plist>`)
    text('/rdp', `full address:s:10.0.0.1\nusername:s:ada\npassword 51:b:${s.secret('rdp', d.hex(120).toUpperCase())}\ngatewayhostname:s:${s.harmless('gateway', 'gw-01.x.test')}\n`)
  },
}
