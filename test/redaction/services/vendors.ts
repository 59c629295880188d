import { basic, bearer, inBase64, type Services } from './service.ts'

/** Vendors whose values were seen after the rules stood. */
export const VENDORS: Services = {
  'Anthropic @ api.anthropic.com': (s) => {
    const { drawn: d } = s
    s.call('POST /v1/messages', {
      fields: {
        'x-api-key': s.secret('key', `sk-ant-api03-${d.base64url(70)}AA`),
        'anthropic-version': s.harmless('v', '2023-06-01'),
      },
      json: { model: s.harmless('model', 'claude-3-5-sonnet-20241022'), max_tokens: 1024 },
      answer: {
        fields: {
          'request-id': s.harmless('rid', `req_01${d.letters(22)}`),
          'anthropic-organization-id': s.secret('org', d.uuid()),
        },
        json: {
          id: s.harmless('msg', `msg_01${d.letters(22)}`),
          usage: { input_tokens: 10, cache_creation_input_tokens: s.harmless('tok', 2051) },
          content: [
            { type: 'thinking', signature: s.secret('signature', d.base64(100)), thinking: 'x' },
            { type: 'tool_use', id: s.harmless('toolu', `toolu_01${d.letters(22)}`), input: {} },
          ],
          stop_reason: s.harmless('stop', 'end_turn'),
        },
      },
    })
    s.call('POST /v1/cohere', { fields: bearer(s.secret('cohere', d.letters(40))), json: { prompt: 'x' } })
    s.call('POST /mcp', {
      fields: {
        'Mcp-Session-Id': s.secret('mcp session', d.uuid()),
        'MCP-Protocol-Version': s.harmless('mcpv', '2025-06-18'),
      },
      json: { jsonrpc: '2.0', id: 1, method: 'initialize' },
      answer: { fields: { 'Mcp-Session-Id': s.secret('mcp session 2', d.uuid()) }, json: {} },
    })
  },
  'Atlassian @ x.atlassian.net': (s) => {
    const { drawn: d } = s
    s.call('GET /rest/api/3/issue/PROJ-123', {
      fields: basic('a@b.c', s.secret('api token', `ATATT3xFfGF0${d.base64url(120)}=1A2B3C4D`)),
      answer: {
        fields: { 'X-AREQUESTID': s.harmless('areq', d.hex(32)), 'Atl-Traceid': s.harmless('atl', d.hex(32)) },
        json: {
          id: '10002',
          key: s.harmless('issue key', 'PROJ-123'),
          fields: {
            summary: s.harmless('sum', 'Token expires too early'),
            accountId: s.harmless('acc', `5b10ac8d82e05b22cc7d4ef5`),
          },
        },
      },
    })
    s.call('POST /oauth/token', {
      json: {
        grant_type: 'refresh_token',
        client_id: s.harmless('cid', d.letters(32)),
        client_secret: s.secret('cs', `ATOA${d.base64url(40)}`),
        refresh_token: s.secret('rt', d.jwt({ jti: 'x' })),
      },
      answer: { json: { access_token: s.secret('at', d.jwt({ a: 1 })), scope: 'read:jira-work' } },
    })
    s.call(`POST /connect?jwt=${s.secret('connect jwt', d.jwt({ iss: 'jira' }))}`, {
      json: { sharedSecret: s.secret('shared', d.base64url(60)) },
    })
    s.call('GET /x', {
      fields: {
        'X-Atlassian-Webhook-Identifier': s.harmless('wid', d.hex(32)),
        'X-Hub-Signature': `sha256=${s.secret('hub', d.hex(64))}`,
      },
    })
  },
  'Salesforce @ x.my.salesforce.com': (s) => {
    const { drawn: d } = s
    const sid = s.secret('sid', `00D${d.letters(12)}!AQ4AQ${d.letters(80)}`)
    s.call('POST /services/oauth2/token', {
      form: {
        grant_type: 'password',
        client_id: s.secret('consumer key', `3MVG9${d.letters(80)}`),
        client_secret: s.secret('cs', d.digits(19)),
        username: 'a@b.c',
        password: s.secret('pw', `mypass${d.letters(24)}`),
      },
      answer: {
        json: {
          access_token: sid,
          instance_url: s.harmless('inst', 'https://x.my.salesforce.com'),
          id: s.harmless('id', 'https://login.salesforce.com/id/00Dx0000000BV7z/005x00000012Q9P'),
          issued_at: s.harmless('issued', '1278448384422'),
          signature: s.secret('sig', d.base64(32)),
        },
      },
    })
    s.call('GET /services/data/v60.0/query?q=SELECT+Id+FROM+Account', {
      fields: { Authorization: `OAuth ${sid}` },
      answer: {
        fields: { 'Sforce-Limit-Info': s.harmless('limit', 'api-usage=18/5000') },
        json: {
          records: [
            {
              attributes: { url: s.harmless('url', '/services/data/v60.0/sobjects/Account/001D000000IRFmaIAH') },
              Id: s.harmless('sfid', '001D000000IRFmaIAH'),
            },
          ],
          nextRecordsUrl: s.harmless('nru', '/services/data/v60.0/query/01gD0000002HU6KIAW-2000'),
        },
      },
    })
    s.call(
      `GET /secur/frontdoor.jsp?sid=${encodeURIComponent(s.secret('frontdoor', `00D${d.letters(12)}!AQ4AQ${d.letters(80)}`))}&retURL=/home`,
    )
  },
  'HubSpot Zendesk @ api.hubapi.com': (s) => {
    const { drawn: d } = s
    s.call('GET /crm/v3/objects/contacts?after=' + s.harmless('after', 'NTI1Cg%3D%3D'), {
      fields: bearer(s.secret('pat', `pat-na1-${d.uuid()}`)),
      answer: {
        fields: { 'X-HubSpot-Correlation-Id': s.harmless('corr', d.uuid()) },
        json: {
          results: [
            { id: s.harmless('cid', '512'), properties: { email: 'x', hs_object_id: s.harmless('hsid', '51201') } },
          ],
          paging: { next: { after: s.harmless('after2', 'NTI1Cg=='), link: 'x' } },
        },
      },
    })
    s.call('POST /hook', {
      fields: {
        'X-HubSpot-Signature-v3': s.secret('v3', d.base64(32)),
        'X-HubSpot-Request-Timestamp': '1675000000000',
      },
      json: [{ objectId: 1 }],
    })
    s.call('GET /api/v2/tickets.json', {
      fields: basic('a@b.c/token', s.secret('zd', d.letters(40))),
      answer: {
        fields: { 'X-Zendesk-Request-Id': s.harmless('zr', d.hex(20)) },
        json: { tickets: [{ id: 35436, external_id: s.harmless('ext', 'ahg35h3jh'), via: { channel: 'web' } }] },
      },
    })
    s.call('POST /api/v2/oauth/tokens', {
      json: { token: { client_id: 1 } },
      answer: { json: { token: { id: 223443, full_token: s.secret('full token', d.hex(64)), scopes: ['read'] } } },
    })
    s.call('POST /intercom', {
      fields: bearer(s.secret('intercom', `dG9rOj${d.letters(50)}=`)),
      json: { user_hash: s.secret('user hash', d.hex(64)), user_id: s.harmless('uid', 'u_42') },
    })
  },
  'DNS & certs @ acme.example.com': (s) => {
    const { drawn: d } = s
    s.call('POST /acme/new-order', {
      fields: { 'Content-Type': 'application/jose+json' },
      body: JSON.stringify({
        protected: inBase64(
          JSON.stringify({ alg: 'ES256', nonce: s.harmless('order nonce', d.base64url(16)), url: 'x' }),
        ),
        payload: inBase64('{"identifiers":[]}'),
        signature: d.base64url(64),
      }),
      answer: {
        fields: {
          'Replay-Nonce': s.harmless('nonce', d.base64url(16)),
          Location: s.harmless('loc', 'https://acme.example.com/acme/order/TOlocE8rfgo'),
        },
        json: {
          status: 'pending',
          challenges: [
            {
              type: 'http-01',
              url: s.harmless('chall', 'https://acme.example.com/acme/chall/prV_B7yEyA4'),
              token: s.secret('challenge token', d.base64url(32)),
            },
          ],
        },
      },
    })
    s.call('GET /dynv6/update?hostname=x&token=' + s.secret('dyn', d.letters(30)))
    s.call('GET /nic/update?hostname=h', { fields: basic('u', s.secret('nic', d.letters(14))) })
    s.call('GET /r53', {
      answer: {
        fields: { 'Content-Type': 'text/xml' },
        body: `<ResourceRecord><Value>"v=DKIM1; p=${s.harmless('dkim p', d.base64(90))}"</Value></ResourceRecord><CallerReference>${s.harmless('caller', d.uuid())}</CallerReference>`,
      },
    })
    s.text(
      '/pfx.json',
      'application/json',
      JSON.stringify({
        pfx: { password: s.secret('pfx pw', d.letters(10)), data: d.base64(30) },
        tls_key: s.secret('tls_key', d.pem('EC PRIVATE KEY')),
        tls_cert: s.harmless('tls cert', d.pem('CERTIFICATE')),
      }),
    )
  },
  'IoT & MQTT @ iot.example.com': (s) => {
    const { drawn: d } = s
    s.call('POST /devices', {
      json: {
        deviceId: s.harmless('dev', 'sensor-17'),
        authentication: {
          symmetricKey: { primaryKey: s.secret('pk', d.base64(32)), secondaryKey: s.secret('sk', d.base64(32)) },
        },
      },
      answer: {
        json: {
          etag: s.harmless('et', 'MTIzNDU2'),
          generationId: s.harmless('gen', '637134213243'),
          connectionString: `HostName=h.azure-devices.net;DeviceId=d;SharedAccessKey=${s.secret('sak', d.base64(32))}`,
        },
      },
    })
    s.call('POST /wifi', {
      json: {
        ssid: s.harmless('ssid', 'Office 5G'),
        psk: s.secret('psk', d.letters(16)),
        bssid: s.harmless('bssid', 'a4:b1:c1:91:4c:72'),
        wpa_passphrase: s.secret('wpa', 'blue horse 77'),
      },
    })
    s.text(
      '/wpa.conf',
      'text/plain',
      `network={\n  ssid="home"\n  psk="${s.secret('wpa psk', d.letters(16))}"\n  priority=${s.harmless('prio', '5000')}\n}\n`,
    )
    s.text(
      '/mosq',
      'text/plain',
      `mosquitto_pub -h h -u bob -P ${s.secret('mq', d.letters(12))} -t ${s.harmless('topic', 'home/kitchen/temp1')} -m 21\nmqtts://dev:${s.secret('mqtts', d.letters(12))}@broker:8883\n`,
    )
    s.call('POST /lora', {
      json: {
        dev_eui: s.harmless('eui', '70B3D57ED005A4F1'),
        app_key: s.secret('appkey', d.hex(32).toUpperCase()),
        nwk_s_key: s.secret('nwks', d.hex(32)),
        dev_addr: s.harmless('addr', '260BDE80'),
      },
    })
  },
  'Legacy XML & SOAP @ soap.example.com': (s) => {
    const { drawn: d } = s
    s.call('POST /ws', {
      fields: { 'Content-Type': 'text/xml' },
      body: `<s:Envelope><s:Body><Authenticate><userName>bob</userName><Passwd>${s.secret('passwd', d.letters(10))}</Passwd><ApiKey>${s.secret('apikey', d.letters(30))}</ApiKey><MerchantId>${s.harmless('mid', 'M-10045521')}</MerchantId></Authenticate></s:Body></s:Envelope>`,
      answer: {
        fields: { 'Content-Type': 'text/xml' },
        body: `<AuthResponse><SecurityToken>${s.secret('sectok', d.letters(40))}</SecurityToken><SessionID>${s.secret('sessid', d.hex(32))}</SessionID><ErrorCode>${s.harmless('ec', 'AUTH_0000_OK')}</ErrorCode></AuthResponse>`,
      },
    })
    s.call('POST /rpc', {
      fields: { 'Content-Type': 'text/xml' },
      body: `<methodCall><methodName>wp.getPosts</methodName><params><param><value><string>bob</string></value></param></params><struct><member><name>password</name><value><string>${s.secret('xmlrpc member', d.letters(12))}</string></value></member><member><name>title</name><value><string>${s.harmless('title', 'Hello token world')}</string></value></member></struct></methodCall>`,
    })
    s.text(
      '/plist',
      'application/xml',
      `<plist><dict><key>APIKey</key><string>${s.secret('plist', d.letters(30))}</string><key>CFBundleIdentifier</key><string>${s.harmless('bundle', 'com.example.App')}</string></dict></plist>`,
    )
    s.text(
      '/svc.wsdl',
      'application/xml',
      `<wsdl:part name="password" type="xsd:string"/><element name="token">${s.harmless('doc', 'see the manual')}</element>`,
    )
    s.text(
      '/tomcat-users.xml',
      'application/xml',
      `<tomcat-users><user username="admin" password="${s.secret('tomcat', d.letters(8))}" roles="manager-gui"/></tomcat-users><Connector keystoreFile="${s.harmless('ks', 'conf/keystore.jks')}" keystorePass="${s.secret('kspass', 'changeit')}"/>`,
    )
  },
  'Support chat & docs @ help.example.com': (s) => {
    const { drawn: d } = s
    s.call('POST /messages', {
      json: {
        text: `Hi, my password is ${s.secret('pw in text', `Kx9${d.letters(8)}`)} and the API key is ${s.secret('api key in text', d.letters(32))}, please help.`,
        thread: s.harmless('thread', 'th_0019'),
      },
    })
    s.text(
      '/readme.md',
      'text/markdown',
      `# Setup\n\nSet \`API_TOKEN=${s.secret('md', d.letters(32))}\` and run.\n\n| Variable | Value |\n| --- | --- |\n| DB_PASSWORD | ${s.secret('md table', d.letters(14))} |\n| REGION | ${s.harmless('md region', 'eu-west-1')} |\n\n\`\`\`json\n{"secret": "${s.secret('md json', d.letters(24))}"}\n\`\`\`\nSee [token docs](https://x/docs/tokens#${s.harmless('anchor', 'token-lifetime-2')}).\n`,
    )
    s.text(
      '/notes.txt',
      'text/plain',
      `Username: bob\nPassword: ${s.secret('pw line', d.letters(10))}\nAPI Key: ${s.secret('api key line', d.letters(32))}\nSecret Access Key: ${s.secret('sak line', d.base64(30))}\nTicket: ${s.harmless('ticket', 'SUP-2231')}\nRoom: ${s.harmless('room', 'B-204')}\n`,
    )
    s.text(
      '/jira.html',
      'text/html',
      `<table><tr><th>User</th><td>bob</td></tr><tr><th>Password</th><td>${s.secret('html th', d.letters(12))}</td></tr></table><dl><dt>API token</dt><dd>${s.secret('dl', d.letters(32))}</dd></dl><input type="hidden" name="form_key" value="${s.secret('form_key', d.letters(16))}"><span data-id="${s.harmless('data id', 'c0ffee12')}">`,
    )
  },
  'Misc headers @ h.example.com': (s) => {
    const { drawn: d } = s
    s.call('GET /1', {
      fields: {
        'X-Session-Token': s.secret('x-session', d.letters(32)),
        'X-Trace-Id': s.harmless('trace', d.hex(32)),
        'X-Device-Id': s.harmless('device id', d.uuid()),
        'X-Goog-Iap-Jwt-Assertion': s.secret('iap', d.jwt({ aud: 'x' })),
        'X-Amz-Cf-Id': s.harmless('cfid', d.base64(40)),
        'If-None-Match': s.harmless('inm', `W/"${d.hex(32)}"`),
      },
    })
    s.call('GET /2', {
      fields: {
        'X-Api-Secret': s.secret('xas', d.letters(10)),
        'Sec-CH-UA': s.harmless('ua', '"Chromium";v="120"'),
        'X-Forwarded-For': s.harmless('xff', '203.0.113.7'),
        'X-CSRF-Token': s.secret('csrf', d.base64(32)),
        'X-Amzn-Oidc-Data': s.secret('oidc data', d.jwt({ a: 1 })),
        'X-Amzn-Oidc-Accesstoken': s.secret('oidc at', d.letters(60)),
      },
    })
    s.call('GET /3', {
      fields: {
        'X-Ms-Token-Aad-Access-Token': s.secret('aad', d.jwt({ b: 1 })),
        'X-Ms-Client-Principal': inBase64('{"a":1}'),
        'Ce-Id': s.harmless('ceid', d.uuid()),
        DPoP: s.secret('dpop', d.jwt({ htm: 'GET' })),
        'X-Pm-Appversion': s.harmless('pm', 'web-mail@5.0.9'),
      },
      answer: {
        fields: {
          'X-Auth-Token': s.secret('openstack', `gAAAAAB${d.base64url(120)}`),
          'X-Openstack-Request-Id': s.harmless('os', `req-${d.uuid()}`),
          'X-Subject-Token': s.secret('subject', `gAAAAAB${d.base64url(120)}`),
          'Content-Security-Policy': s.harmless('csp', "script-src 'nonce-Zm9vYmFyMTIz'"),
        },
      },
    })
    s.call(
      'GET /4?access_token=' +
        s.secret('at', d.letters(12)) +
        '&v=' +
        s.harmless('v', d.hex(8)) +
        '&_=' +
        s.harmless('ts', '1732233600123') +
        '&sessionid=' +
        s.secret('sid', d.lower(20)) +
        '&utm_source=' +
        s.harmless('utm', 'newsletter-42') +
        '&gclid=' +
        s.harmless('gclid', d.base64url(40)) +
        '&fbclid=' +
        s.harmless('fb', d.base64url(40)),
    )
  },
}
