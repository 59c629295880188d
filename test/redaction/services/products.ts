import { basic, bearer, inBase64, type Services } from './service.ts'

/** Products of which no rule was made before they were tried. */
export const PRODUCTS: Services = {
  'Notion, Airtable and Linear @ api.notion.com': (s) => {
    const { drawn: d } = s
    s.call('POST /v1/oauth/token', {
      fields: {
        ...basic(d.uuid(), s.secret('client secret', `secret_${d.letters(43)}`)),
        'Notion-Version': s.harmless('version', '2022-06-28'),
      },
      json: { grant_type: 'authorization_code', code: s.secret('code', d.uuid()), redirect_uri: 'https://app.test/cb' },
      answer: {
        json: {
          access_token: s.secret('access token', `ntn_${d.letters(46)}`),
          token_type: 'bearer',
          bot_id: s.harmless('bot id', d.uuid()),
          workspace_name: s.harmless('workspace', 'Team Wiki'),
          duplicated_template_id: null,
        },
      },
    })
    s.call(`POST /v1/databases/${s.harmless('database', d.hex(32))}/query`, {
      fields: bearer(s.secret('integration token', `ntn_${d.letters(46)}`)),
      json: { page_size: 100, start_cursor: s.harmless('start cursor', d.uuid()) },
      answer: {
        json: {
          object: 'list',
          next_cursor: s.harmless('next cursor', d.uuid()),
          has_more: true,
          results: [
            {
              object: 'page',
              id: s.harmless('page', d.uuid()),
              properties: { Password: { type: 'title', title: [{ plain_text: s.harmless('title', 'How to reset') }] } },
              icon: {
                type: 'file',
                file: {
                  url: `https://s3.us-west-2.amazonaws.com/secure.notion-static.com/a.png?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${s.secret('presigned id', `ASIA${d.upper(16)}`)}%2F20260101%2Fus-west-2%2Fs3%2Faws4_request&X-Amz-Security-Token=${encodeURIComponent(s.secret('presigned token', d.base64(120)))}&X-Amz-Signature=${s.secret('presigned signature', d.hex(64))}&x-id=GetObject`,
                },
              },
            },
          ],
        },
      },
    })
    s.call('POST /v0/bases/appX/webhooks', {
      fields: bearer(s.secret('airtable', `pat${d.letters(14)}.${d.hex(64)}`)),
      json: { notificationUrl: 'https://app.test/hook' },
      answer: {
        json: {
          id: s.harmless('hook id', `ach${d.letters(14)}`),
          macSecretBase64: s.secret('mac secret', d.base64(64)),
        },
      },
    })
    s.call('POST /graphql', {
      fields: { Authorization: s.secret('linear key', `lin_api_${d.letters(40)}`) },
      json: {
        query: 'mutation($token: String!) { webhookCreate(input: { secret: $token }) { success } }',
        variables: { token: s.secret('variable', d.letters(32)) },
      },
      answer: {
        json: {
          data: {
            webhookCreate: { success: true, webhook: { secret: s.secret('webhook', `lin_wh_${d.letters(36)}`) } },
          },
        },
      },
    })
  },
  'Snowflake and Databricks @ x.snowflakecomputing.com': (s) => {
    const { drawn: d } = s
    const chunkKey = s.secret('chunk key', d.base64(32))
    s.call('POST /session/v1/login-request?requestId=1', {
      json: {
        data: {
          CLIENT_APP_ID: s.harmless('app', 'JavaScript'),
          ACCOUNT_NAME: 'XY12345',
          LOGIN_NAME: s.harmless('login', 'ADA'),
          PASSWORD: s.secret('password', `${d.letters(9)}!a`),
          SESSION_PARAMETERS: { CLIENT_SESSION_KEEP_ALIVE: false },
          PASSCODE: s.secret('passcode', d.digits(6)),
        },
      },
      answer: {
        json: {
          data: {
            masterToken: s.secret('master token', `ver:1-hint:1036-ETMsDgAAA${d.base64(120)}`),
            token: s.secret('token', `ver:1-hint:1036-ETMsDgAAA${d.base64(120)}`),
            validityInSeconds: 3600,
            sessionId: s.harmless('session number', 1_136_528_387),
            idToken: s.secret('id token', d.base64(90)),
            mfaToken: s.secret('mfa token', d.base64(90)),
            parameters: [{ name: 'TIMEZONE', value: s.harmless('zone', 'America/Los_Angeles') }],
          },
          success: true,
        },
      },
    })
    s.call('POST /queries/v1/query-request', {
      fields: { Authorization: `Snowflake Token="${s.secret('session token', `ver:3-hint:7-${d.base64(120)}`)}"` },
      json: {
        sqlText: `CREATE STAGE s URL='s3://b/' CREDENTIALS=(AWS_KEY_ID='${s.secret('stage id', `AKIA${d.upper(16)}`)}' AWS_SECRET_KEY='${s.secret('stage key', d.base64(30))}')`,
        asyncExec: false,
      },
      answer: {
        json: {
          data: {
            queryId: s.harmless('query id', d.uuid()),
            qrmk: chunkKey,
            chunkHeaders: { 'x-amz-server-side-encryption-customer-key': chunkKey },
            rowset: [['1', s.harmless('row', 'Ada Lovelace')]],
          },
        },
      },
    })
    s.call('POST /api/v2/statements', {
      fields: {
        ...bearer(s.secret('key pair jwt', d.jwt({ iss: 'XY.ADA.SHA256:x', exp: 1_700_000_000 }))),
        'X-Snowflake-Authorization-Token-Type': s.harmless('token type', 'KEYPAIR_JWT'),
      },
      json: { statement: 'select 1' },
      answer: { json: { statementHandle: s.harmless('handle', d.uuid()) } },
    })
    s.call('POST /api/2.0/token/create', {
      fields: bearer(s.secret('databricks', `dapi${d.hex(32)}`)),
      json: { comment: s.harmless('comment', 'for the nightly job'), lifetime_seconds: 7_776_000 },
      answer: {
        json: {
          token_value: s.secret('created', `dapi${d.hex(32)}-2`),
          token_info: { token_id: s.harmless('token id', d.hex(64)), comment: 'for the nightly job' },
        },
      },
    })
    s.call('POST /api/2.0/secrets/put', {
      json: {
        scope: s.harmless('scope', 'jdbc'),
        key: s.harmless('secret name', 'prod-password'),
        string_value: s.secret('put', d.letters(18)),
      },
    })
  },
  'Dropbox and Box @ api.dropboxapi.com': (s) => {
    const { drawn: d } = s
    s.call('POST /oauth2/token', {
      form: {
        code: s.secret('code', d.base64url(33)),
        grant_type: 'authorization_code',
        code_verifier: s.secret('verifier', d.base64url(48)),
        client_id: s.harmless('app key', d.lower(15)),
        client_secret: s.secret('app secret', d.lower(15)),
      },
      answer: {
        json: {
          access_token: s.secret('short token', `sl.u.${d.base64url(100)}`),
          expires_in: 14_400,
          refresh_token: s.secret('refresh token', d.base64url(48)),
          scope: s.harmless('scope', 'account_info.read files.content.read'),
          uid: s.harmless('uid', '12345'),
          account_id: s.harmless('account', `dbid:${d.letters(30)}`),
        },
      },
    })
    s.call('POST /2/sharing/create_shared_link_with_settings', {
      json: {
        path: s.harmless('path', '/Prime_Numbers.txt'),
        settings: { link_password: s.secret('link password', d.letters(12)), requested_visibility: 'password' },
      },
      answer: {
        json: {
          url: `https://www.dropbox.com/scl/fi/x/Prime_Numbers.txt?rlkey=${s.secret('rlkey', d.lower(25))}&dl=0`,
          rev: s.harmless('rev', d.hex(16)),
          content_hash: s.harmless('content hash', d.hex(64)),
        },
      },
    })
    s.call('POST /2/files/list_folder/continue', {
      json: { cursor: s.harmless('cursor', d.base64url(90)) },
      answer: { json: { entries: [], cursor: s.harmless('cursor 2', d.base64url(90)), has_more: false } },
    })
    s.call('POST /oauth2/token?box', {
      form: {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: s.secret('assertion', d.jwt({ sub: '1', aud: 'https://api.box.com' })),
        client_secret: s.secret('box secret', d.letters(32)),
      },
      answer: {
        json: {
          access_token: s.secret('box token', d.letters(32)),
          issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        },
      },
    })
    s.call('GET /box/config', {
      answer: {
        json: {
          boxAppSettings: {
            clientID: s.harmless('client', d.lower(32)),
            clientSecret: s.secret('config secret', d.letters(32)),
            appAuth: {
              publicKeyID: s.harmless('public key id', d.lower(8)),
              privateKey: s.secret('private key', d.pem('ENCRYPTED PRIVATE KEY')),
              passphrase: s.secret('passphrase', d.hex(32)),
            },
          },
          enterpriseID: s.harmless('enterprise', '801234567'),
        },
      },
    })
  },
  'CircleCI, Buildkite and Bitbucket @ circleci.com': (s) => {
    const { drawn: d } = s
    s.call('POST /api/v2/project/gh/acme/app/envvar', {
      fields: { 'Circle-Token': s.secret('circle', `CCIPAT_${d.letters(22)}_${d.hex(40)}`) },
      json: { name: s.harmless('name', 'NPM_TOKEN'), value: s.secret('value', `npm_${d.letters(36)}`) },
      answer: { json: { name: 'NPM_TOKEN', value: s.harmless('shown', 'xxxx1f3a') } },
    })
    s.call('POST /api/v1.1/project/gh/acme/app/checkout-key', {
      fields: basic(s.secret('as a user', d.hex(40)), ''),
      answer: {
        json: {
          public_key: s.harmless('public key', `ssh-ed25519 ${d.base64(51)} ci`),
          fingerprint: s.harmless('fingerprint', 'c9:0b:1c:4f:d5:65:56:b9:ad:88:f9:81:2b:37:74:2f'),
          preferred: true,
        },
      },
    })
    s.call('POST /v2/organizations/acme/cluster/tokens', {
      fields: bearer(s.secret('buildkite', `bkua_${d.hex(40)}`)),
      json: { query: '{ agentTokenCreate { tokenValue } }' },
      answer: {
        json: {
          data: {
            agentTokenCreate: {
              tokenValue: s.secret('agent token', `bkct_${d.base64url(50)}`),
              agentTokenEdge: { node: { id: s.harmless('node', inBase64(`AgentToken---${d.uuid()}`)) } },
            },
          },
        },
      },
    })
    s.call('PUT /2.0/repositories/acme/app/pipelines_config/variables/1', {
      fields: basic('ada', s.secret('app password', `ATBB${d.letters(32)}`)),
      json: {
        type: 'pipeline_variable',
        key: s.harmless('variable', 'DEPLOY_PASSWORD'),
        value: s.secret('secured value', `${d.letters(11)}!?`),
        secured: true,
      },
      answer: { json: { uuid: s.harmless('uuid', `{${d.uuid()}}`), key: 'DEPLOY_PASSWORD', secured: true } },
    })
    s.call('GET /token?audience=sts.amazonaws.com', {
      fields: bearer(s.secret('request token', d.jwt({ jti: 'a' }))),
      answer: { json: { count: 1, value: s.secret('oidc', d.jwt({ sub: 'repo:acme/app:ref:refs/heads/main' })) } },
    })
    s.text(
      '/output/raw',
      'text/plain',
      [
        '$ export GITHUB_TOKEN=' + s.secret('exported', `ghs_${d.letters(36)}`),
        `$ docker login -u ci --password-stdin <<< "${s.secret('here string', d.letters(24))}"`,
        `Authorization: token ${s.secret('in a log', d.hex(40))}`,
        `##vso[task.setvariable variable=deploy;issecret=true]${s.secret('azure variable', d.letters(20))}`,
        `$ echo ${s.secret('piped', d.letters(20))} | docker login -u ci --password-stdin registry.test`,
        `commit ${s.harmless('commit', d.hex(40))}`,
        `Step 3/9 : ARG NPM_TOKEN`,
        `sha256:${s.harmless('image', d.hex(64))}`,
      ].join('\n'),
    )
  },
  'Segment, Amplitude and LaunchDarkly @ api.segment.io': (s) => {
    const { drawn: d } = s
    s.call('POST /v1/batch', {
      fields: basic(s.secret('write key', d.letters(32)), ''),
      json: {
        batch: [
          {
            type: 'track',
            event: s.harmless('event', 'Password Reset'),
            messageId: s.harmless('message', `node-${d.uuid()}`),
            anonymousId: s.harmless('anonymous', d.uuid()),
            properties: { plan: 'Enterprise', token_count: 3 },
          },
        ],
        sentAt: '2026-01-01T00:00:00.000Z',
      },
    })
    s.call('POST /2/httpapi', {
      json: {
        api_key: s.secret('amplitude', d.hex(32)),
        events: [
          {
            user_id: s.harmless('user', 'datamonster@gmail.com'),
            event_type: 'watch_tutorial',
            session_id: s.harmless('session', 1_396_381_378_123),
            insert_id: s.harmless('insert', d.uuid()),
          },
        ],
      },
      answer: { json: { code: 200, events_ingested: 1 } },
    })
    s.call(
      `GET /sdk/evalx/contexts/${s.harmless('context', inBase64('{"kind":"user","key":"bob"}'))}?h=${s.secret('secure mode hash', d.hex(64))}`,
      {
        fields: { Authorization: s.secret('sdk key', `sdk-${d.uuid()}`) },
        answer: { json: { 'new-checkout': { value: true, variation: 0, version: 42, trackEvents: false } } },
      },
    )
    s.call('PATCH /api/v2/projects/default/environments/test', {
      fields: { Authorization: s.secret('api token', `api-${d.uuid()}`) },
      answer: {
        json: {
          _id: s.harmless('id', d.hex(24)),
          key: s.harmless('key', 'production'),
          apiKey: s.secret('environment', `sdk-${d.uuid()}`),
          mobileKey: s.secret('mobile', `mob-${d.uuid()}`),
        },
      },
    })
    s.call('POST /track', {
      form: {
        data: inBase64(
          JSON.stringify({
            event: 'Signed up',
            properties: { token: s.secret('mixpanel', d.hex(32)), distinct_id: '13793' },
          }),
        ),
      },
      answer: { body: '1' },
    })
    s.call('GET /intercom/boot', {
      answer: {
        body: `<script>window.intercomSettings = {app_id: "${s.harmless('app id', 'pi3243fa')}", user_hash: "${s.secret('user hash', d.hex(64))}", created_at: 1312182000};</script>`,
        fields: { 'Content-Type': 'text/html' },
      },
    })
  },
  'NetSuite, DocuSign and Amazon Selling @ x.suitetalk.api.netsuite.com': (s) => {
    const { drawn: d } = s
    s.call('GET /services/rest/record/v1/customer/107', {
      fields: {
        Authorization: `OAuth realm="1234567", oauth_consumer_key="${s.secret('consumer', d.hex(64))}", oauth_token="${s.secret('token', d.hex(64))}", oauth_signature_method="HMAC-SHA256", oauth_timestamp="1700000000", oauth_nonce="${d.letters(11)}", oauth_version="1.0", oauth_signature="${encodeURIComponent(s.secret('signature', d.base64(32)))}"`,
      },
      answer: { json: { id: '107', entityId: s.harmless('entity', 'Acme'), lastModifiedDate: '2026-01-01T00:00:00Z' } },
    })
    s.call('POST /oauth/token', {
      form: {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: s.secret('docusign', d.jwt({ iss: 'x' })),
      },
      answer: {
        json: {
          access_token: s.secret('docusign token', d.jwt({ iat: 1_700_000_000, exp: 1_700_003_600 })),
          token_type: 'Bearer',
          expires_in: 3600,
        },
      },
    })
    s.call('POST /restapi/v2.1/accounts/1/envelopes', {
      json: {
        emailSubject: s.harmless('subject', 'Please sign this'),
        documents: [
          {
            documentBase64: s.harmless('document', inBase64('This is the contract, and nothing in it is secret.')),
            name: 'a.txt',
          },
        ],
        recipients: {
          signers: [
            { email: 'ada@example.com', accessCode: s.secret('access code', d.letters(8)), clientUserId: '1000' },
          ],
        },
      },
      answer: {
        json: {
          envelopeId: s.harmless('envelope', d.uuid()),
          url: `https://demo.docusign.net/Signing/MTRedeem/v1/1?slt=${s.secret('signing link', d.jwt({ a: 1 }))}`,
        },
      },
    })
    s.call('POST /auth/o2/token', {
      form: {
        grant_type: 'refresh_token',
        refresh_token: s.secret('refresh', `Atzr|${d.base64url(60)}`),
        client_id: s.harmless('client', `amzn1.application-oa2-client.${d.hex(32)}`),
        client_secret: s.secret('lwa secret', `amzn1.oa2-cs.v1.${d.hex(64)}`),
      },
      answer: {
        json: {
          access_token: s.secret('access', `Atza|${d.base64url(80)}`),
          refresh_token: s.secret('refresh 2', `Atzr|${d.base64url(60)}`),
        },
      },
    })
    s.call('POST /tokens/2021-03-01/restrictedDataToken', {
      fields: {
        'x-amz-access-token': s.secret('header token', `Atza|${d.base64url(80)}`),
        'x-amz-date': s.harmless('date', '20260101T000000Z'),
      },
      json: { restrictedResources: [{ method: 'GET', path: '/orders/v0/orders', dataElements: ['buyerInfo'] }] },
      answer: { json: { restrictedDataToken: s.secret('rdt', `Atz.sprdt|${d.base64url(80)}`), expiresIn: 3600 } },
    })
    s.call('GET /orders/v0/orders?MarketplaceIds=ATVPDKIKX0DER', {
      answer: {
        json: {
          payload: {
            NextToken: s.harmless('next', d.base64(60)),
            Orders: [{ AmazonOrderId: s.harmless('order', '902-3159896-1390916') }],
          },
        },
      },
    })
    s.call('POST /ws/api.dll', {
      fields: {
        'X-EBAY-API-IAF-TOKEN': s.secret('ebay', `v^1.1#i^1#p^3#r^0#${d.letters(80)}`),
        'X-EBAY-API-CALL-NAME': s.harmless('call', 'GeteBayOfficialTime'),
      },
      body: `<?xml version="1.0"?><GetUserRequest xmlns="urn:ebay:apis:eBLBaseComponents"><RequesterCredentials><eBayAuthToken>${s.secret('ebay token', `AgAAAA**AQAAAA**aAAAAA**${d.base64(60)}`)}</eBayAuthToken></RequesterCredentials><WarningLevel>High</WarningLevel></GetUserRequest>`,
      answer: {
        fields: { 'Content-Type': 'text/xml' },
        body: `<GetUserResponse><Ack>Success</Ack><HardExpirationTime>${s.harmless('time', '2027-06-01T00:00:00.000Z')}</HardExpirationTime></GetUserResponse>`,
      },
    })
  },
  'WeChat, LINE and Apple @ api.weixin.qq.com': (s) => {
    const { drawn: d } = s
    s.call(
      `GET /sns/jscode2session?appid=${s.secret('appid', `wx${d.hex(16)}`)}&secret=${s.secret('secret', d.hex(32))}&js_code=${s.secret('js code', `0${d.letters(31)}`)}&grant_type=authorization_code`,
      {
        answer: {
          json: {
            session_key: s.secret('session key', d.base64(16)),
            openid: s.harmless('openid', `o${d.letters(27)}`),
          },
        },
      },
    )
    s.call('GET /cgi-bin/ticket/getticket', {
      answer: { json: { errcode: 0, errmsg: 'ok', ticket: s.secret('ticket', d.letters(80)), expires_in: 7200 } },
    })
    s.call('POST /pay/unifiedorder', {
      body: `<xml><appid>wx2421b1c4370ec43b</appid><mch_id>10000100</mch_id><nonce_str>${s.harmless('nonce', d.hex(32))}</nonce_str><body>${s.harmless('body', 'JSAPI payment')}</body><sign><![CDATA[${s.secret('sign', d.hex(32).toUpperCase())}]]></sign></xml>`,
      answer: {
        fields: { 'Content-Type': 'text/xml' },
        body: `<xml><return_code><![CDATA[${s.harmless('return', 'SUCCESS')}]]></return_code><prepay_id><![CDATA[wx201411101639507cbf6ffd8b0779950874]]></prepay_id></xml>`,
      },
    })
    s.call('POST /gateway.do', {
      form: {
        app_id: '2014072300007148',
        method: s.harmless('method', 'alipay.trade.create'),
        sign_type: 'RSA2',
        sign: s.secret('alipay sign', d.base64(256)),
        biz_content: '{"total_amount":88.88}',
      },
      answer: {
        json: {
          alipay_trade_create_response: {
            code: s.harmless('code', '10000'),
            msg: 'Success',
            trade_no: s.harmless('trade', '2015042321001004720200028594'),
          },
          sign: s.secret('answer sign', d.base64(256)),
        },
      },
    })
    s.call('POST /oauth2/v2.1/token', {
      form: {
        grant_type: 'client_credentials',
        client_id: s.harmless('channel', '1234567890'),
        client_secret: s.secret('channel secret', d.hex(32)),
      },
      answer: {
        json: {
          access_token: s.secret('line token', d.jwt({ a: 1 })),
          key_id: s.harmless('key id', d.base64url(16)),
          expires_in: 2_592_000,
        },
      },
    })
    s.call('POST /v2/bot/message/reply', {
      fields: {
        ...bearer(s.secret('channel token', `${d.base64(120)}=`)),
        'X-Line-Retry-Key': s.harmless('retry', d.uuid()),
      },
      json: {
        replyToken: s.secret('reply token', d.hex(32)),
        messages: [{ type: 'text', text: s.harmless('text', 'Hello, user') }],
      },
    })
    s.call('POST /auth/token', {
      form: {
        client_id: 'com.example.app',
        client_secret: s.secret('apple secret', d.jwt({ iss: 'TEAM' })),
        code: s.secret('apple code', `c${d.hex(32)}.0.nrxxx.${d.base64url(16)}`),
        grant_type: 'authorization_code',
      },
      answer: {
        json: {
          access_token: s.secret('apple access', `a${d.hex(32)}.0.nrxxx.${d.base64url(16)}`),
          refresh_token: s.secret('apple refresh', `r${d.hex(32)}.0.nrxxx.${d.base64url(16)}`),
          id_token: s.secret('apple id', d.jwt({ sub: '1' })),
        },
      },
    })
    s.call('POST /verifyReceipt', {
      json: {
        'receipt-data': s.harmless('receipt', inBase64('receipt of a purchase, which says nothing')),
        password: s.secret('shared secret', d.hex(32)),
      },
      answer: { json: { status: 0, environment: 'Sandbox' } },
    })
  },
  'Elastic, Kafka and RabbitMQ @ es.example.com': (s) => {
    const { drawn: d } = s
    s.call('POST /_security/api_key', {
      fields: basic('elastic', s.secret('elastic password', d.letters(20))),
      json: { name: s.harmless('name', 'my-api-key'), role_descriptors: {} },
      answer: {
        json: {
          id: s.harmless('id', d.base64url(15)),
          name: 'my-api-key',
          api_key: s.secret('api key', d.base64url(16)),
          encoded: s.secret('encoded', d.base64(44)),
        },
      },
    })
    s.call('POST /_bulk', {
      fields: {
        'Content-Type': 'application/x-ndjson',
        Authorization: `ApiKey ${s.secret('in a field', d.base64(44))}`,
      },
      body: `{"index":{"_index":"logs","_id":"${s.harmless('document', d.base64url(15))}"}}\n{"message":"login of ada","password":"${s.secret('in a line', d.letters(14))}"}\n`,
      answer: { json: { took: 30, errors: false, items: [{ index: { _seq_no: 0, status: 201 } }] } },
    })
    s.call('POST /_security/oauth2/token', {
      json: { grant_type: 'password', username: 'ada', password: s.secret('grant', d.letters(15)) },
      answer: {
        json: {
          access_token: s.secret('es token', d.base64(70)),
          type: 'Bearer',
          expires_in: 1200,
          kerberos_authentication_response_token: s.secret('kerberos', d.base64(90)),
        },
      },
    })
    s.call('GET /_security/enroll/kibana', {
      answer: {
        json: {
          token: { name: 'enroll', value: s.secret('enrolled', d.base64(50)) },
          http_ca: s.harmless('certificate', `MIIJ${d.base64(120)}`),
        },
      },
    })
    s.call('POST /connectors', {
      json: {
        name: s.harmless('connector', 'orders-sink'),
        config: {
          'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector',
          'connection.url': `jdbc:postgresql://db/orders?user=ada&password=${s.secret('jdbc', d.letters(13))}`,
          'sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required username="ada" password="${s.secret('jaas', d.letters(16))}";`,
          'ssl.keystore.password': s.secret('keystore', d.letters(12)),
          'value.converter.basic.auth.user.info': `${d.upper(16)}:${s.secret('registry', d.base64(48))}`,
        },
      },
      answer: { json: { name: 'orders-sink', tasks: [], type: s.harmless('type', 'sink') } },
    })
    s.call('PUT /api/users/ada', {
      json: {
        password_hash: s.secret('rabbit hash', d.base64(36)),
        tags: 'administrator',
        hashing_algorithm: s.harmless('algorithm', 'rabbit_password_hashing_sha256'),
      },
    })
    s.call('PUT /api/parameters/federation-upstream/%2f/up', {
      json: {
        value: {
          uri: `amqps://fed:${s.secret('amqp', d.letters(14))}@rabbit.example.com:5671/%2f`,
          'ack-mode': 'on-confirm',
        },
      },
    })
  },
  'WebAuthn, SCIM and device flows @ id.example.com': (s) => {
    const { drawn: d } = s
    s.call('POST /device/code', {
      form: { client_id: s.harmless('client', 'Iv1.b507a08c87ecfe98'), scope: 'repo' },
      answer: {
        json: {
          device_code: s.secret('device code', d.hex(40)),
          user_code: s.secret('user code', 'WDJB-MJHT'),
          verification_uri: s.harmless('uri', 'https://github.com/login/device'),
          interval: 5,
        },
      },
    })
    s.call('POST /webauthn/login/finish', {
      json: {
        id: s.harmless('credential id', d.base64url(32)),
        type: 'public-key',
        response: {
          clientDataJSON: s.harmless(
            'client data',
            Buffer.from('{"type":"webauthn.get","origin":"https://id.example.com"}').toString('base64url'),
          ),
          signature: s.secret('signature', d.base64url(70)),
        },
      },
      answer: {
        fields: {
          'Set-Cookie': `__Host-session=${s.secret('cookie', d.base64url(32))}; Path=/; Secure; HttpOnly; SameSite=Lax`,
        },
        json: { ok: true },
      },
    })
    s.call('POST /scim/v2/Users', {
      fields: { 'Content-Type': 'application/scim+json', ...bearer(s.secret('scim', d.base64url(40))) },
      body: JSON.stringify({
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: s.harmless('user', 'bjensen@example.com'),
        password: s.secret('initial', 't1meMa$heen'),
        externalId: s.harmless('external', 'bjensen'),
        name: { givenName: 'Barbara' },
      }),
    })
    s.call('POST /oauth/par', {
      fields: { DPoP: s.secret('dpop', d.jwt({ htu: 'https://id.example.com/oauth/par' })) },
      form: {
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: s.secret('client assertion', d.jwt({ sub: 'x' })),
        code_challenge: s.harmless('challenge', d.base64url(32)),
        code_challenge_method: 'S256',
      },
      answer: {
        json: {
          request_uri: `urn:ietf:params:oauth:request_uri:${s.harmless('request uri', d.base64url(30))}`,
          expires_in: 60,
        },
      },
    })
    s.call('POST /api/v2/users/auth0/multifactor/actions/recovery', {
      answer: { json: { recovery_code: s.secret('recovery', d.upper(24)) } },
    })
    s.call('POST /mfa/associate', {
      answer: {
        json: {
          authenticator_type: 'otp',
          secret: s.secret('totp secret', d.of('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 32)),
          barcode_uri: `otpauth://totp/acme:ada?secret=${s.secret('barcode secret', d.of('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 32))}&issuer=acme&algorithm=SHA1&digits=6&period=30`,
          recovery_codes: [s.secret('recovery one', d.upper(24))],
        },
      },
    })
    s.call(
      `GET /saml/acs?SAMLResponse=${encodeURIComponent(s.secret('saml', inBase64(`<samlp:Response ID="_${d.hex(20)}"><ds:SignatureValue>x</ds:SignatureValue></samlp:Response>`)))}&RelayState=${s.harmless('relay', 'home')}`,
    )
  },
}
