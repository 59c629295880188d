import { bearer, inBase64, type Services } from './service.ts'

/** What was seen last, and programs of many languages. */
export const PROGRAMS: Services = {
  'Consul Nomad etcd @ consul.example.com': (s) => {
    const { drawn: d } = s
    s.call('PUT /v1/acl/token', {
      fields: { 'X-Consul-Token': s.secret('hdr', d.uuid()) },
      json: { Description: s.harmless('desc', 'Agent token for node1') },
      answer: {
        json: {
          AccessorID: s.harmless('acc', d.uuid()),
          SecretID: s.secret('SecretID', d.uuid()),
          Policies: [{ ID: s.harmless('pid', d.uuid()), Name: 'x' }],
          Hash: s.harmless('Hash', d.base64(32)),
          CreateIndex: 59,
        },
      },
    })
    s.call('GET /v1/kv/app/db_password', {
      answer: {
        fields: { 'X-Consul-Index': s.harmless('ix', '40231') },
        json: [
          {
            Key: s.harmless('key', 'app/db_password'),
            Value: s.secret('kv value', inBase64(s.secret('kv plain', d.letters(16)))),
            Flags: 0,
          },
        ],
      },
    })
    s.call('POST /v3/auth/authenticate', {
      json: { name: 'root', password: s.secret('etcd pw', 'pass-4-root') },
      answer: {
        json: {
          header: { cluster_id: s.harmless('cid', '14841639068965178418') },
          token: s.secret('etcd token', `${d.letters(16)}.9`),
        },
      },
    })
    s.call('POST /v1/jobs', {
      fields: { 'X-Nomad-Token': s.secret('nomad', d.uuid()) },
      json: { Job: { ID: s.harmless('job', 'web'), Meta: { run_uuid: s.harmless('run', d.uuid()) } } },
    })
  },
  'Banking & ID @ openbanking.example.com': (s) => {
    const { drawn: d } = s
    s.call('POST /token', {
      fields: {
        'x-jws-signature': s.secret('jws', `${d.base64url(20)}..${d.base64url(64)}`),
        'x-fapi-interaction-id': s.harmless('fapi', d.uuid()),
      },
      form: {
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: s.secret('ca', d.jwt({ iss: 'x' })),
      },
      answer: { json: { access_token: s.secret('at', d.letters(43)), token_type: 'Bearer' } },
    })
    s.call('POST /payments', {
      json: {
        Data: {
          ConsentId: s.harmless('consent', '58923'),
          Initiation: {
            InstructionIdentification: s.harmless('instr', 'ACME412'),
            CreditorAccount: { Identification: s.harmless('iban', 'GB29NWBK60161331926819') },
          },
        },
      },
    })
    s.call('POST /cards', {
      json: {
        pan: s.secret('pan', '5555555555554444'),
        expiry: '12/30',
        cvv2: s.secret('cvv2', d.digits(3)),
        pin_block: s.secret('pinblock', d.hex(16)),
        cardholder: s.harmless('ch', 'Jane Doe'),
      },
      answer: {
        json: { card_token: s.secret('card token', d.digits(16)), network_reference: s.harmless('nref', d.digits(15)) },
      },
    })
    s.call('POST /kyc', {
      json: {
        ssn: s.secret('ssn', '078-05-1120'),
        dob: s.harmless('dob', '1980-02-29'),
        security_answers: [{ question: 'q', answer: s.secret('sec answer', 'Rex the dog') }],
      },
    })
  },
  'Push @ fcm.example.com': (s) => {
    const { drawn: d } = s
    s.call(`POST /3/device/${s.secret('apns', d.hex(64))}`, {
      fields: {
        ...bearer(s.secret('apns jwt', d.jwt({ iss: 'TEAM' }))),
        'apns-topic': s.harmless('topic', 'com.example.app'),
        'apns-id': s.harmless('aid', d.uuid()),
      },
      json: { aps: { alert: 'x' } },
    })
    s.call('POST /push', {
      json: {
        subscription: {
          endpoint: `https://fcm.googleapis.com/fcm/send/${s.secret('webpush ep', `${d.base64url(8)}:APA91b${d.base64url(100)}`)}`,
          keys: { p256dh: s.harmless('p256', d.base64url(65)), auth: s.secret('push auth', d.base64url(16)) },
        },
      },
    })
    s.call('POST /onesignal', {
      fields: { Authorization: `Basic ${s.secret('onesignal', d.letters(48))}` },
      json: { app_id: s.harmless('app', d.uuid()), include_player_ids: [s.harmless('player', d.uuid())] },
    })
    s.call('POST /expo', { json: { to: s.secret('expo', `ExponentPushToken[${d.letters(22)}]`) } })
  },
  'Search & AI @ x.algolia.net': (s) => {
    const { drawn: d } = s
    s.call(
      'POST /1/indexes/*/queries?x-algolia-agent=x&x-algolia-api-key=' +
        s.secret('alg q', d.hex(32)) +
        '&x-algolia-application-id=' +
        s.harmless('appid', d.upper(10)),
      {
        json: { requests: [] },
        answer: {
          json: {
            results: [
              { queryID: s.harmless('qid', d.hex(32)), hits: [{ objectID: s.harmless('oid', 'ecommerce-sample-1') }] },
            ],
          },
        },
      },
    )
    s.call('GET /_security/api_key', {
      fields: { Authorization: `ApiKey ${s.secret('es apikey', inBase64(`${d.letters(20)}:${d.letters(22)}`))}` },
      answer: {
        json: {
          id: s.harmless('es id', d.letters(20)),
          name: 'k',
          api_key: s.secret('es key', d.letters(22)),
          encoded: s.secret('encoded', inBase64(`${d.letters(20)}:${d.letters(22)}`)),
        },
      },
    })
    s.call('POST /pinecone', {
      fields: { 'Api-Key': s.secret('pc', `pcsk_${d.letters(60)}`) },
      json: { vector: [0.1, 0.2], namespace: s.harmless('ns', 'docs-2024') },
    })
    s.call('POST /v1beta/models/gemini:generateContent?key=' + s.secret('gem', `AIza${d.base64url(27).slice(0, 35)}`), {
      json: { contents: [] },
      answer: {
        json: {
          modelVersion: s.harmless('mv', 'gemini-1.5-pro-002'),
          responseId: s.harmless('resp', d.base64url(16)),
          candidates: [{ content: { parts: [{ thoughtSignature: s.secret('ts', d.base64(100)) }] } }],
        },
      },
    })
  },
  'Game & media @ api.steampowered.com': (s) => {
    const { drawn: d } = s
    s.call(
      'GET /ISteamUser/v2/?key=' +
        s.secret('steam', d.hex(32).toUpperCase()) +
        '&steamids=' +
        s.harmless('sid64', '76561197960435530'),
    )
    s.call('GET /live/manifest.m3u8?hdnts=exp=1732237200~acl=/*~hmac=' + s.secret('akamai', d.hex(64)), {
      answer: {
        fields: { 'Content-Type': 'application/vnd.apple.mpegurl' },
        body: `#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="https://k.example.com/key?token=${s.secret('m3u8 token', d.letters(32))}",IV=0x${d.hex(32)}\nseg-${s.harmless('seg', '00001')}.ts?Policy=${s.secret('cf policy', d.base64url(60))}&Signature=${s.secret('cf sig', d.base64url(120))}&Key-Pair-Id=K2JCJMDEHXQW5F\n`,
      },
    })
    s.call('POST /mux', {
      answer: {
        json: {
          data: {
            id: s.harmless('mid', d.letters(44)),
            stream_key: s.secret('stream key', d.uuid()),
            playback_ids: [{ id: s.harmless('pb', d.letters(44)) }],
            private_key: s.secret('mux pk', inBase64(d.pem('RSA PRIVATE KEY'))),
          },
        },
      },
    })
    s.call('GET /rtmp', {
      answer: {
        json: { ingest: `rtmp://live.example.com/app/live_${s.secret('rtmp key', `${d.digits(9)}_${d.letters(30)}`)}` },
      },
    })
  },
  'Programs 2 @ code.example.com': (s) => {
    const { drawn: d } = s
    s.text(
      '/a.rb',
      'text/plain',
      `Stripe.api_key = '${s.secret('rb', d.letters(32))}'\nENV.fetch("SECRET_KEY_BASE") { "${s.secret('rb block', d.hex(64))}" }\nconfig.secret_key_base = "${s.secret('rb skb', d.hex(128))}"\nputs :${s.harmless('sym', 'token_type_hint')}\n`,
    )
    s.text(
      '/A.java',
      'text/plain',
      `private static final String PASSWORD = "${s.secret('java', d.letters(12))}";\n@Value("\${app.secret:${s.secret('java default', d.letters(24))}}")\nString token = request.getHeader("${s.harmless('java hdr', 'X-Auth-Token')}");\n`,
    )
    s.text(
      '/a.cs',
      'text/plain',
      `var apiKey = @"${s.secret('cs', d.letters(32))}";\nservices.AddJwt(o => o.Key = "${s.secret('cs key', d.letters(40))}");\n[Authorize(Policy = "${s.harmless('policy', 'AdminOnly')}")]\n`,
    )
    s.text(
      '/a.rs',
      'text/plain',
      `let secret: &str = "${s.secret('rs', d.letters(32))}";\nconst API_KEY: &'static str = "${s.secret('rs const', d.letters(32))}";\n#[serde(rename = "${s.harmless('rs rename', 'access_token')}")]\n`,
    )
    s.text(
      '/a.swift',
      'text/plain',
      `let apiToken: String = "${s.secret('swift', d.letters(32))}"\nstatic let password = "${s.secret('swift pw', d.letters(12))}"\n`,
    )
    s.text(
      '/Dockerfile',
      'text/plain',
      `FROM node:20@${s.harmless('img', `sha256:${d.hex(64)}`)}\nENV NPM_TOKEN ${s.secret('docker env blank', d.letters(36))}\nARG GITHUB_PAT=${s.secret('arg', d.letters(40))}\nLABEL rev=${s.harmless('rev', d.hex(40))}\n`,
    )
    s.text(
      '/gh.yml',
      'application/yaml',
      `env:\n  TOKEN: \${{ secrets.${s.harmless('gh expr', 'DEPLOY_TOKEN')} }}\njobs:\n  x:\n    steps:\n    - uses: actions/checkout@${s.harmless('pin', d.hex(40))}\n      with:\n        token: ${s.secret('gh yml', `ghp_${d.letters(36)}`)}\n        ssh-key: |\n          ${s.secret('gh pem', d.pem('OPENSSH PRIVATE KEY').trimEnd().replaceAll('\n', '\n          '))}\n    - run: echo "::add-mask::${s.secret('mask', d.letters(32))}"\n`,
    )
  },
}
