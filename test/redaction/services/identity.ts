import { basic, bearer, inBase64, type Services } from './service.ts'

/** Who signs in where. */
export const IDENTITY: Services = {
  'Okta @ dev-1.okta.com': (s) => {
    const { drawn: d } = s
    s.call('POST /api/v1/authn', {
      json: {
        username: s.harmless('user', 'dade.murphy@example.com'),
        password: s.secret('password', 'correcthorsebatterystaple'),
        options: { multiOptionalFactorEnroll: true },
      },
      answer: {
        json: {
          stateToken: s.secret('state token', `00${d.base64url(30)}`),
          expiresAt: s.harmless('expiry', '2026-11-03T10:15:57.000Z'),
          status: 'MFA_REQUIRED',
          _embedded: {
            factors: [
              {
                id: s.harmless('factor', `ostf${d.letters(16)}`),
                factorType: 'token:software:totp',
                provider: 'GOOGLE',
              },
            ],
          },
        },
      },
    })
    s.call('POST /api/v1/authn/factors/x/verify', {
      json: { stateToken: 'x', passCode: s.secret('pass code', d.digits(6)) },
      answer: { json: { sessionToken: s.secret('session token', `20111${d.base64url(30)}`), status: 'SUCCESS' } },
    })
    s.call('POST /api/v1/users/x/lifecycle/reset_password?sendEmail=false', {
      fields: { Authorization: `SSWS ${s.secret('ssws', `00${d.base64url(30)}`)}` },
      answer: {
        json: { resetPasswordUrl: `https://dev-1.okta.com/reset_password/${s.secret('reset link', d.letters(20))}` },
      },
    })
    s.call('GET /api/v1/users/me', {
      fields: {
        Cookie: `sid=${s.secret('sid', `102${d.letters(22)}`)}; DT=${s.secret('device', `DI0${d.letters(22)}`)}; t=${s.harmless('cookie word', 'default')}`,
      },
      answer: {
        json: {
          id: s.harmless('user id', `00u${d.letters(17)}`),
          credentials: {
            provider: { type: 'OKTA', name: 'OKTA' },
            recovery_question: {
              question: s.harmless('question', "Who's a major player in the cowboy scene?"),
              answer: s.secret('answer', 'Annie Oakley'),
            },
            password: {
              hash: {
                algorithm: 'BCRYPT',
                workFactor: 10,
                salt: s.secret('salt', d.letters(22)),
                value: s.secret('password hash', d.letters(31)),
              },
            },
          },
        },
      },
    })
    s.call('POST /sso/saml', {
      form: {
        SAMLResponse: s.secret(
          'SAML response',
          inBase64(
            `<saml2p:Response ID="id${d.digits(18)}"><saml2:Assertion>${d.letters(60)}</saml2:Assertion></saml2p:Response>`,
          ),
        ),
        RelayState: s.harmless('relay state', '/home/dashboard'),
      },
      answer: {
        status: 302,
        fields: {
          Location: s.harmless('location', 'https://app.example.com/home/dashboard'),
          'Set-Cookie': `JSESSIONID=${s.secret('jsessionid', d.upper(32))}; Path=/; Secure; HttpOnly`,
        },
      },
    })
  },
  'Azure AD and Graph @ login.microsoftonline.com': (s) => {
    const { drawn: d } = s
    const tenant = s.harmless('tenant', d.uuid())
    s.call(`POST /${tenant}/oauth2/v2.0/token`, {
      form: {
        client_id: s.harmless('client', d.uuid()),
        scope: 'https://graph.microsoft.com/.default',
        client_secret: s.secret('secret', `${d.letters(3)}8Q~${d.letters(34)}`),
        grant_type: 'client_credentials',
      },
      answer: {
        json: {
          token_type: 'Bearer',
          expires_in: s.harmless('expires in', 3599),
          access_token: s.secret('access token', d.jwt({ aud: 'graph', exp: 1_732_237_200 })),
        },
      },
    })
    s.call(`POST /${tenant}/oauth2/v2.0/devicecode`, {
      form: { client_id: 'x' },
      answer: {
        json: {
          user_code: s.secret('user code', `${d.upper(4)}${d.upper(5)}`),
          device_code: s.secret('device code', `GAQABAAEAAA${d.base64url(60)}`),
          verification_uri: s.harmless('verification uri', 'https://microsoft.com/devicelogin'),
          interval: 5,
          message: s.harmless('message', 'To sign in, use a web browser to open the page'),
        },
      },
    })
    s.call('POST /v1.0/applications/x/addPassword', {
      json: { passwordCredential: { displayName: s.harmless('password name', 'rotated in spring') } },
      answer: {
        json: {
          keyId: s.harmless('key id', d.uuid()),
          secretText: s.secret('secret text', `${d.letters(3)}8Q~${d.letters(34)}`),
          hint: s.harmless('hint', 'abc'),
          endDateTime: s.harmless('end', '2028-01-01T00:00:00Z'),
        },
      },
    })
    s.call('POST /v1.0/users', {
      json: {
        accountEnabled: true,
        passwordProfile: {
          forceChangePasswordNextSignIn: true,
          password: s.secret('initial', `xWwvJ]6NMw+bWH-${d.letters(3)}`),
        },
      },
      answer: {
        fields: {
          'request-id': s.harmless('request id', d.uuid()),
          'x-ms-ags-diagnostic': s.harmless('diagnostic', '{"ServerInfo":{"DataCenter":"West Europe","Slice":"E"}}'),
        },
        json: {
          '@odata.context': s.harmless('context', 'https://graph.microsoft.com/v1.0/$metadata#users/$entity'),
          id: s.harmless('user id', d.uuid()),
          '@odata.deltaLink': s.harmless(
            'delta link',
            `https://graph.microsoft.com/v1.0/users/delta?$deltatoken=${d.base64url(30)}`,
          ),
        },
      },
    })
    s.call('POST /v1.0/subscriptions', {
      json: {
        changeType: 'updated',
        clientState: s.secret('client state', d.letters(24)),
        latestSupportedTlsVersion: 'v1_2',
      },
    })
    s.call('GET /sas', {
      answer: {
        json: {
          uploadUrl: `https://acct.blob.core.windows.net/c/b?sv=2022-11-02&sr=b&sig=${encodeURIComponent(s.secret('sas', d.base64(32)))}&se=2026-01-01T00%3A00%3A00Z&sp=rw`,
          eTag: s.harmless('etag', '"0x8DB1C5D8F2A3B4C"'),
        },
      },
    })
  },
  'Keycloak and LDAP @ sso.example.com': (s) => {
    const { drawn: d } = s
    s.call('POST /realms/r/protocol/openid-connect/token', {
      form: {
        grant_type: 'password',
        client_id: 'admin-cli',
        username: 'admin',
        password: s.secret('password', 'Pa55w0rd!'),
      },
      answer: {
        json: {
          access_token: d.jwt({ sub: 'a' }),
          refresh_token: s.secret('refresh', d.jwt({ typ: 'Refresh' })),
          session_state: s.secret('session state', d.uuid()),
          'not-before-policy': s.harmless('not before', 1_606_860_000),
        },
      },
    })
    s.call('GET /admin/realms/r/components', {
      answer: {
        json: [
          {
            id: s.harmless('component', d.uuid()),
            name: 'ldap',
            config: {
              bindDn: [s.harmless('bind dn', 'cn=admin,dc=example,dc=org')],
              bindCredential: [s.secret('bind credential', d.letters(14))],
              usersDn: [s.harmless('users dn', 'ou=People,dc=example,dc=org')],
              connectionUrl: ['ldap://ldap:389'],
            },
          },
        ],
      },
    })
    s.call('GET /admin/realms/r/clients/x/client-secret', {
      answer: { json: { type: 'secret', value: s.secret('client secret value', d.letters(32)) } },
    })
    s.call('GET /admin/realms/r/keys', {
      answer: {
        json: {
          active: { RS256: s.harmless('active kid', d.base64url(32)) },
          keys: [
            {
              kid: s.harmless('kid', d.base64url(32)),
              publicKey: s.harmless('public key', d.base64(90)),
              certificate: s.harmless('certificate', d.base64(120)),
              use: 'SIG',
            },
          ],
        },
      },
    })
    s.call('POST /ldif', {
      fields: { 'Content-Type': 'text/plain' },
      body: `dn: uid=bob,ou=People,dc=example,dc=org\ncn: Bob\nuserPassword: ${s.secret('user password', `{SSHA}${d.base64(24)}`)}\nsambaNTPassword: ${s.secret('samba', d.hex(32).toUpperCase())}\nentryUUID: ${s.harmless('entry uuid', d.uuid())}\nuserPassword:: ${s.secret('base64 password', d.base64(18))}\n`,
    })
    s.call('GET /certs', {
      answer: {
        json: {
          keys: [
            {
              kid: s.harmless('jwks kid', d.base64url(32)),
              kty: 'RSA',
              alg: 'RS256',
              n: s.harmless('modulus', d.base64url(256)),
              e: 'AQAB',
              x5c: [s.harmless('x5c', d.base64(200))],
            },
          ],
        },
      },
    })
    s.call('POST /scim/Users', {
      fields: bearer(s.secret('scim', d.letters(40))),
      json: {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: s.harmless('user name', 'bjensen'),
        password: s.secret('scim password', 't1meMa$heen'),
      },
    })
  },
  'Firebase and Supabase @ identitytoolkit.googleapis.com': (s) => {
    const { drawn: d } = s
    s.call(`POST /v1/accounts:signInWithPassword?key=${s.secret('web key', `AIza${d.base64url(27).slice(0, 35)}`)}`, {
      json: { email: 'a@b.c', password: s.secret('password', 'sunshine'), returnSecureToken: true },
      answer: {
        json: {
          kind: s.harmless('kind', 'identitytoolkit#VerifyPasswordResponse'),
          localId: s.harmless('local id', d.letters(28)),
          idToken: s.secret('id token', d.jwt({ user_id: 'x', exp: 1_732_237_200 })),
          refreshToken: s.secret('refresh token', `AMf-vB${d.base64url(120)}`),
          expiresIn: s.harmless('expires in', '3600'),
        },
      },
    })
    s.call('POST /v1/accounts:sendOobCode', {
      json: { requestType: 'PASSWORD_RESET' },
      answer: {
        json: {
          oobCode: s.secret('oob code', d.base64url(40)),
          oobLink: `https://x.firebaseapp.com/__/auth/action?mode=resetPassword&oobCode=${s.secret('oob in link', d.base64url(40))}&apiKey=x`,
        },
      },
    })
    s.call('POST /fcm/send', {
      fields: { Authorization: `key=${s.secret('server key', `AAAA${d.base64url(5)}:APA91b${d.base64url(99)}`)}` },
      json: {
        to: s.secret('registration token', `${d.base64url(16)}:APA91b${d.base64url(99)}`),
        notification: { title: 'Hi' },
      },
      answer: {
        json: {
          multicast_id: s.harmless('multicast', 108),
          results: [{ message_id: s.harmless('message id', '0:1500415314455276%31bd1c9631bd1c96') }],
        },
      },
    })
    s.call('GET /serviceAccount', {
      answer: {
        json: {
          type: 'service_account',
          project_id: s.harmless('project', 'demo-1'),
          private_key_id: s.secret('private key id', d.hex(40)),
          private_key: s.secret('private key', d.pem('PRIVATE KEY')),
          client_email: s.harmless('client email', 'firebase-adminsdk@demo-1.iam.gserviceaccount.com'),
          client_id: s.harmless('client id', d.digits(21)),
          universe_domain: 'googleapis.com',
        },
      },
    })
    s.call('GET /rest/v1/todos?select=*', {
      fields: {
        apikey: s.secret('anon', d.jwt({ role: 'anon', iss: 'supabase' })),
        ...bearer(s.secret('service role', d.jwt({ role: 'service_role' }))),
      },
      answer: {
        fields: { 'Content-Range': s.harmless('range', '0-24/3573458') },
        json: [{ id: s.harmless('row', d.uuid()), task: s.harmless('task', 'Rotate the password of staging') }],
      },
    })
    s.call('POST /auth/v1/verify', {
      json: { type: 'sms', phone: '+15558675310', token: s.secret('sms token', d.digits(6)) },
      answer: {
        json: {
          access_token: d.jwt({ a: 3 }),
          refresh_token: s.secret('supabase refresh', d.base64url(16)),
          provider_token: s.secret('provider token', `gho_${d.letters(36)}`),
        },
      },
    })
  },
  'Digest, NTLM and DAV @ dav.example.com': (s) => {
    const { drawn: d } = s
    s.call('PROPFIND /calendars/bob/', {
      fields: {
        Authorization: `Digest username="bob", realm="dav", nonce="${d.hex(32)}", uri="/calendars/bob/", qop=auth, nc=00000001, cnonce="${d.hex(16)}", response="${s.secret('digest response', d.hex(32))}", opaque="${d.hex(32)}"`,
        Depth: s.harmless('depth', '1'),
      },
      answer: {
        status: 207,
        fields: {
          ETag: s.harmless('etag', `"${d.hex(32)}"`),
          'Sync-Token': s.harmless('sync token field', 'http://sabre.io/ns/sync/123'),
        },
        body: `<d:multistatus xmlns:d="DAV:"><d:response><d:href>/calendars/bob/${s.harmless('href', d.uuid())}.ics</d:href><d:propstat><d:prop><d:getetag>"${s.harmless('get etag', d.hex(32))}"</d:getetag><d:sync-token>http://sabre.io/ns/sync/5001</d:sync-token></d:prop></d:propstat></d:response></d:multistatus>`,
      },
    })
    s.call('LOCK /files/a.txt', {
      answer: {
        fields: { 'Lock-Token': `<${s.secret('lock token', `opaquelocktoken:${d.uuid()}`)}>` },
        body: '<d:prop xmlns:d="DAV:"/>',
      },
    })
    s.call('GET /ntlm', { fields: { Authorization: `NTLM ${s.secret('ntlm', `TlRMTVNTUAADAAAA${d.base64(90)}`)}` } })
    s.call('GET /negotiate', {
      fields: { Authorization: `Negotiate ${s.secret('kerberos', `YII${d.base64(200)}`)}` },
      answer: { fields: { 'WWW-Authenticate': `Negotiate ${s.secret('mutual', `oYG${d.base64(60)}`)}` } },
    })
    s.call('GET /proxy', {
      fields: { 'Proxy-Authorization': basic('bob', s.secret('proxy password', d.letters(12))).Authorization ?? '' },
    })
    s.call('GET /hawk', {
      fields: {
        Authorization: `Hawk id="dh37fgj492je", ts="1353832234", nonce="j4h3g2", mac="${s.secret('hawk mac', d.base64(32))}"`,
      },
    })
    s.call('GET /oauth1', {
      fields: {
        Authorization: `OAuth oauth_consumer_key="${s.secret('consumer key', d.letters(25))}", oauth_nonce="${d.letters(32)}", oauth_signature="${encodeURIComponent(s.secret('oauth1 signature', d.base64(20)))}", oauth_signature_method="HMAC-SHA1", oauth_timestamp="1318622958", oauth_token="${s.secret('oauth1 token', `${d.digits(9)}-${d.letters(40)}`)}", oauth_version="1.0"`,
      },
      answer: {
        body: `oauth_token=${s.secret('request token', d.letters(27))}&oauth_token_secret=${s.secret('token secret', d.letters(32))}&oauth_callback_confirmed=true`,
      },
    })
  },
}
