import { bearer, inBase64, type Services } from './service.ts'

/** Storage, queues, databases, and what watches them. */
export const STORAGE: Services = {
  'S3, SQS and IAM @ s3.eu-central-1.amazonaws.com': (s) => {
    const { drawn: d } = s
    const key = s.secret('access key', `AKIA${d.of('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`)
    s.call(
      `GET /b/k.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${key}%2F20260101%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&x-id=GetObject&X-Amz-Signature=${s.secret('presigned', d.hex(64))}`,
      {
        answer: {
          fields: {
            'x-amz-version-id': s.harmless('version', d.letters(32)),
            'x-amz-checksum-sha256': s.harmless('checksum', d.base64(32)),
            'x-amz-request-id': s.harmless('request', d.upper(16)),
          },
          body: s.harmless('content', 'plain text of the object'),
        },
      },
    )
    s.call('GET /b?list-type=2&continuation-token=' + encodeURIComponent(s.harmless('continuation', d.base64(40))), {
      answer: {
        fields: { 'Content-Type': 'application/xml' },
        body: `<ListBucketResult><Contents><Key>${s.harmless('key name', 'backups/2026/passwords-policy.pdf')}</Key><ETag>&quot;${s.harmless('etag', d.hex(32))}&quot;</ETag></Contents><NextContinuationToken>${s.harmless('next', d.base64(40))}</NextContinuationToken></ListBucketResult>`,
      },
    })
    s.call('POST /b', {
      fields: { 'Content-Type': 'multipart/form-data; boundary=zz' },
      body: `--zz\r\nContent-Disposition: form-data; name="key"\r\n\r\n${s.harmless('form key', 'uploads/photo-2026.jpg')}\r\n--zz\r\nContent-Disposition: form-data; name="policy"\r\n\r\n${s.secret('policy', inBase64(JSON.stringify({ expiration: '2026-01-01', conditions: [{ bucket: d.letters(12) }] })))}\r\n--zz\r\nContent-Disposition: form-data; name="x-amz-signature"\r\n\r\n${s.secret('form signature', d.hex(64))}\r\n--zz\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n${s.harmless('file', 'nothing to see here')}\r\n--zz--\r\n`,
    })
    s.call('POST /sqs', {
      form: { Action: 'ReceiveMessage', Version: '2012-11-05' },
      answer: {
        fields: { 'Content-Type': 'text/xml' },
        body: `<ReceiveMessageResponse><Message><MessageId>${s.harmless('message', d.uuid())}</MessageId><ReceiptHandle>${s.harmless('receipt', `MbZj6wDWli+JvwwJaBV+3dcjk2YW2vA3+STFFljTM8tJJg6HRG6PYSasuWXPJB+Cw${d.base64(30)}`)}</ReceiptHandle><MD5OfBody>${s.harmless('md5', d.hex(32))}</MD5OfBody><Body>{&quot;password&quot;:&quot;${s.secret('in a message', d.letters(14))}&quot;}</Body></Message></ReceiveMessageResponse>`,
      },
    })
    s.call('POST /iam', {
      form: { Action: 'CreateAccessKey' },
      answer: {
        fields: { 'Content-Type': 'text/xml' },
        body: `<CreateAccessKeyResult><AccessKey><UserName>${s.harmless('user', 'bob')}</UserName><AccessKeyId>${s.secret('new id', `AKIA${d.of('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`)}</AccessKeyId><Status>Active</Status><SecretAccessKey>${s.secret('new secret', d.base64(30))}</SecretAccessKey></AccessKey></CreateAccessKeyResult>`,
      },
    })
    s.call('POST /sns', {
      fields: { 'x-amz-sns-message-id': s.harmless('sns id', d.uuid()) },
      json: {
        Type: 'SubscriptionConfirmation',
        Token: s.secret('confirmation', d.hex(256)),
        SubscribeURL: `https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=${s.secret('confirmation in link', d.hex(256))}`,
        Signature: s.secret('sns signature', d.base64(256)),
        SigningCertURL: s.harmless(
          'cert',
          'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem',
        ),
      },
    })
    s.call('GET /latest/meta-data/iam/security-credentials/role', {
      fields: { 'X-aws-ec2-metadata-token': s.secret('imds', d.base64(42)) },
      answer: {
        json: {
          Code: s.harmless('code', 'Success'),
          Type: 'AWS-HMAC',
          AccessKeyId: s.secret('role id', `ASIA${d.of('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`),
          SecretAccessKey: s.secret('role secret', d.base64(30)),
          Token: s.secret('role token', d.base64(200)),
          Expiration: s.harmless('expiration', '2026-01-01T06:00:00Z'),
        },
      },
    })
    s.call('POST /ecr', {
      fields: { 'X-Amz-Target': s.harmless('target', 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken') },
      answer: {
        json: {
          authorizationData: [
            {
              authorizationToken: s.secret('ecr', inBase64(`AWS:${d.base64(120)}`)),
              proxyEndpoint: s.harmless('endpoint', 'https://012345678910.dkr.ecr.eu-central-1.amazonaws.com'),
            },
          ],
        },
      },
    })
    s.call('POST /lambda', {
      json: {
        FunctionName: 'x',
        Environment: {
          Variables: {
            DB_PASS: s.secret('db pass', d.letters(12)),
            TABLE: s.harmless('table', 'orders-prod'),
            SIGNING: s.secret('drawn under another name', d.letters(40)),
          },
        },
      },
      answer: {
        json: { CodeSha256: s.harmless('code sha', d.base64(32)), RevisionId: s.harmless('revision', d.uuid()) },
      },
    })
  },
  'Mongo Atlas and databases @ cloud.mongodb.com': (s) => {
    const { drawn: d } = s
    s.call('POST /api/atlas/v2/groups/x/databaseUsers', {
      json: {
        databaseName: 'admin',
        username: s.harmless('user', 'app-user'),
        password: s.secret('password', 'changeme-now'),
        roles: [{ roleName: s.harmless('role', 'readWriteAnyDatabase') }],
      },
    })
    s.call('GET /clusters', {
      answer: {
        json: {
          connectionStrings: {
            standardSrv: s.harmless('srv', 'mongodb+srv://cluster0.ab123.mongodb.net'),
            withLogin: `mongodb+srv://app:${s.secret('srv password', d.letters(16))}@cluster0.ab123.mongodb.net/?w=majority`,
          },
          id: s.harmless('id', d.hex(24)),
          mongoDBVersion: s.harmless('version', '7.0.5'),
        },
      },
    })
    s.call('POST /apiKeys', {
      json: { desc: 'x' },
      answer: {
        json: { publicKey: s.harmless('public key', d.lower(8)), privateKey: s.secret('private key', d.uuid()) },
      },
    })
    s.call('POST /action/findOne', {
      fields: { 'api-key': s.secret('data api', d.letters(64)) },
      json: { filter: { _id: { $oid: s.harmless('oid', d.hex(24)) } } },
      answer: {
        json: {
          document: {
            _id: s.harmless('document id', d.hex(24)),
            hash: s.harmless('content hash', d.hex(64)),
            email: s.harmless('mail', 'x@example.com'),
            hashedPassword: s.secret('hashed', `$2b$12$${d.letters(53)}`),
          },
        },
      },
    })
    s.call('POST /snowflake/login', {
      json: { data: { LOGIN_NAME: 'bob', PASSWORD: s.secret('snowflake', d.letters(14)) } },
      answer: {
        json: {
          data: {
            token: s.secret('snowflake token', `ver:3-hint:92-ETMsDgAAAY${d.base64(120)}`),
            masterToken: s.secret('master token', `ver:3-hint:92-ETMsDgAAAY${d.base64(120)}`),
            sessionId: s.harmless('session number', 1_083_742),
            parameters: [{ name: s.harmless('parameter', 'CLIENT_SESSION_KEEP_ALIVE'), value: false }],
          },
        },
      },
    })
    s.call('POST /v1/databricks', {
      fields: bearer(s.secret('dapi', `dapi${d.hex(32)}`)),
      json: {
        string_value: s.secret('scope secret', d.letters(24)),
        scope: 'prod',
        key: s.harmless('key name', 'db-main'),
      },
    })
    s.text(
      '/pg',
      'text/plain',
      `host=db port=5432 user=app password=${s.secret('libpq', d.letters(12))} sslmode=require\nOLE: Provider=SQLOLEDB;Data Source=x;User Id=sa;Pwd=${s.secret('ole', `P@ss${d.letters(6)}`)};\nmysql://root:${s.secret('mysql url', d.letters(10))}@db:3306/app\nredis-cli -a ${s.secret('redis -a', d.letters(16))} ping\nmysqldump --user=root --password=${s.secret('mysqldump', d.letters(10))} app > ${s.harmless('dump', 'app-2026-01-01.sql')}\nCREATE USER app WITH PASSWORD '${s.secret('create user', d.letters(12))}';\nALTER ROLE app PASSWORD '${s.secret('alter role', d.letters(12))}';\nCREATE USER 'a'@'%' IDENTIFIED BY '${s.secret('identified by', d.letters(12))}';\nSELECT ${s.harmless('sql', "id FROM tokens WHERE created < '2026-01-01'")};\n`,
    )
  },
  'Datadog, Sentry and New Relic @ api.datadoghq.com': (s) => {
    const { drawn: d } = s
    s.call('GET /api/v1/validate', {
      fields: {
        'DD-API-KEY': s.secret('api', d.hex(32)),
        'DD-APPLICATION-KEY': s.secret('application', d.hex(40)),
        traceparent: s.harmless('trace', `00-${d.hex(32)}-${d.hex(16)}-01`),
        'x-datadog-trace-id': s.harmless('dd trace', d.digits(19)),
      },
    })
    s.call(`POST /api/v1/series?api_key=${s.secret('query key', d.hex(32))}`, {
      json: {
        series: [
          {
            metric: s.harmless('metric', 'auth.token.refresh.count'),
            points: [[1_732_233_600, 3]],
            tags: [s.harmless('tag', 'version:1a2b3c4d5e6f')],
          },
        ],
      },
    })
    s.call('POST /api/42/envelope/', {
      fields: {
        'X-Sentry-Auth': `Sentry sentry_version=7, sentry_client=x/1, sentry_key=${s.secret('sentry', d.hex(32))}`,
      },
      body: `{"event_id":"${s.harmless('event', d.hex(32))}","dsn":"https://${s.secret('dsn', d.hex(32))}@o1.ingest.sentry.io/42"}\n{"type":"event"}\n{"release":"${s.harmless('release', 'web@1.2.3+4f5e6d7')}","request":{"headers":{"Authorization":"Bearer ${s.secret('captured header', d.letters(40))}","Cookie":"sid=${s.secret('captured cookie', d.letters(24))}"},"data":{"password":"${s.secret('captured password', 'letmein1')}"}},"exception":{"values":[{"stacktrace":{"frames":[{"vars":{"api_token":"'${s.secret('captured variable', d.letters(32))}'","user_id":"${s.harmless('user', '12345')}"}}]}}]}}\n`,
    })
    s.call('POST /v2/enqueue', {
      json: {
        routing_key: s.secret('pagerduty', d.hex(32)),
        event_action: 'trigger',
        dedup_key: s.harmless('dedup', 'srv01/HTTP'),
        payload: { summary: s.harmless('summary', 'password reset queue is slow') },
      },
    })
    s.call('POST /graphql', {
      fields: { 'API-Key': s.secret('newrelic', `NRAK-${d.upper(27)}`) },
      json: { query: '{ actor { user { email } } }' },
      answer: {
        json: {
          data: {
            actor: {
              apiAccess: {
                key: {
                  id: s.harmless('key id', d.hex(64).toUpperCase()),
                  key: s.secret('new key', `NRAK-${d.upper(27)}`),
                },
              },
            },
          },
        },
      },
    })
    s.call('POST /slo', {
      fields: { 'X-Honeycomb-Team': s.secret('honeycomb', d.letters(22)), 'x-b3-traceid': s.harmless('b3', d.hex(32)) },
      json: [{ data: { trace: { span_id: s.harmless('span', d.hex(16)) }, token_count: s.harmless('count', 4821) } }],
    })
  },
  'Cloudflare and hosts @ api.cloudflare.com': (s) => {
    const { drawn: d } = s
    s.call('GET /client/v4/zones', {
      fields: {
        'X-Auth-Email': s.harmless('mail', 'user@example.com'),
        'X-Auth-Key': s.secret('global key', d.hex(37)),
      },
      answer: {
        fields: {
          'CF-RAY': s.harmless('ray', `${d.hex(16)}-FRA`),
          'Set-Cookie': `__cf_bm=${s.secret('bot cookie', `${d.base64url(30)}-1732233600-1.0.1.1-${d.base64url(60)}`)}; path=/; HttpOnly`,
        },
        json: {
          result: [
            {
              id: s.harmless('zone', d.hex(32)),
              name: 'example.com',
              name_servers: [s.harmless('ns', 'tony.ns.cloudflare.com')],
              owner: { id: s.harmless('owner', d.hex(32)) },
            },
          ],
        },
      },
    })
    s.call('POST /client/v4/user/tokens', {
      fields: bearer(s.secret('api token', d.base64url(30))),
      answer: {
        json: {
          result: {
            id: s.harmless('token id', d.hex(32)),
            name: 'readonly token',
            status: 'active',
            value: s.secret('token value', d.base64url(30)),
            issued_on: s.harmless('issued', '2026-07-01T05:20:00Z'),
          },
        },
      },
    })
    s.call('POST /tunnels', {
      json: { name: 'x', tunnel_secret: s.secret('tunnel secret', d.base64(32)) },
      answer: {
        json: {
          result: {
            id: s.harmless('tunnel', d.uuid()),
            credentials_file: {
              AccountTag: s.harmless('account tag', d.hex(32)),
              TunnelSecret: s.secret('in file', d.base64(32)),
            },
            token: s.secret('run token', inBase64(JSON.stringify({ a: d.hex(32), t: d.uuid(), s: d.base64(32) }))),
          },
        },
      },
    })
    s.call('POST /v2/droplets', {
      fields: bearer(s.secret('digitalocean', `dop_v1_${d.hex(64)}`)),
      json: {
        ssh_keys: [s.harmless('key fingerprint', '3b:16:e4:bf:8b:00:8b:b8:59:8c:a9:d3:f0:19:fa:45')],
        user_data: `#cloud-config\nchpasswd:\n  list: |\n    root:${s.secret('chpasswd', d.letters(12))}\nwrite_files:\n- content: |\n    TOKEN=${s.secret('cloud config', d.letters(32))}\n`,
      },
    })
    s.call('POST /v1/sites', {
      fields: bearer(s.secret('netlify', `nfp_${d.letters(36)}`)),
      answer: {
        json: {
          id: s.harmless('site', d.uuid()),
          deploy_key: null,
          jwt_secret: s.secret('jwt secret', d.letters(24)),
          build_settings: {
            env: {
              API_URL: s.harmless('api url', 'https://api.example.com/v1'),
              ALGOLIA_ADMIN_KEY: s.secret('algolia', d.hex(32)),
            },
          },
        },
      },
    })
    s.call('POST /purge', {
      fields: {
        'Fastly-Key': s.secret('fastly', d.base64url(24)),
        'Surrogate-Key': s.harmless('surrogate', 'product-1 category-2'),
      },
    })
    s.call('GET /signed?Expires=1700000000&KeyName=k&Signature=' + s.secret('cdn signature', d.base64url(20)), {
      answer: {
        fields: {
          'Set-Cookie': `Cloud-CDN-Cookie=URLPrefix=aHR0cHM:Expires=1:KeyName=k:Signature=${s.secret('cdn cookie', d.base64url(20))}; Path=/`,
        },
      },
    })
  },
  'Mail and calendars @ mail.example.com': (s) => {
    const { drawn: d } = s
    s.text(
      '/mime',
      'message/rfc822',
      `From: a@example.com\r\nMessage-ID: <${s.harmless('message id', `${d.letters(20)}@mail.example.com`)}>\r\nDKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s1; b=${s.harmless('dkim', d.base64(128))}\r\nContent-Type: text/plain\r\n\r\nHello Bob,\r\n\r\nYour temporary password is ${s.secret('temporary password', d.letters(10))}. Please change it.\r\nReset it here: https://example.com/users/password/edit?reset_password_token=${s.secret('reset token', d.base64url(15))}\r\nYour PIN: ${s.secret('pin', d.digits(4))}\r\nOrder number ${s.harmless('order', '104729')}, see https://example.com/orders/${s.harmless('order id', d.hex(24))}.\r\n`,
    )
    s.text(
      '/page',
      'text/html',
      `<p>API key: <code>${s.secret('in code', d.letters(32))}</code></p><input type="text" readonly value="${s.secret('beside a label', `rk_live_${d.letters(24)}`)}"><a href="https://example.com/invite/${s.secret('invite', d.base64url(16))}">Join</a><a href="/unsubscribe?u=${s.harmless('u', '5f2c')}&amp;token=${s.secret('unsubscribe token', d.hex(40))}">x</a><script src="/app.${s.harmless('asset', d.hex(8))}.js" integrity="sha384-${s.harmless('sri', d.base64(48))}"></script><img src="/i/${s.harmless('image', d.hex(32))}.png"><script>window.config = {stripePublicKey: "${s.harmless('publishable', `pk_live_${d.letters(24)}`)}", csrf: '${s.secret('csrf', d.hex(40))}', build: "${s.harmless('build', d.hex(40))}"}</script>`,
    )
    s.call('GET /ical', {
      answer: {
        fields: { 'Content-Type': 'text/calendar' },
        body: `BEGIN:VEVENT\r\nUID:${s.harmless('uid', d.uuid())}@example.com\r\nSUMMARY:${s.harmless('summary', 'Key signing party')}\r\nLOCATION:https://meet.example.com/j/1?pwd=${s.secret('meeting pwd', d.base64url(24))}\r\nEND:VEVENT\r\n`,
      },
    })
    s.call('POST /imap', { body: `a1 LOGIN bob ${s.secret('imap login', d.letters(12))}\r\na2 SELECT INBOX\r\n` })
    s.call('POST /smtp', {
      body: `EHLO x\r\nAUTH PLAIN ${s.secret('auth plain', inBase64(`\0bob\0${d.letters(12)}`))}\r\nMAIL FROM:<a@b.c>\r\n`,
    })
  },
}
