import { bearer, type Services } from './service.ts'

/** Chat, telephone, social networks. */
export const TALK: Services = {
  'Discord and Telegram @ discord.com': (s) => {
    const { drawn: d } = s
    const bot = s.secret('bot token', `MTA${d.letters(23)}.G${d.letters(5)}.${d.base64url(28)}`)
    s.call('GET /api/v10/users/@me', {
      fields: { Authorization: `Bot ${bot}`, 'X-Audit-Log-Reason': s.harmless('reason', 'cleanup') },
      answer: {
        fields: { 'X-RateLimit-Bucket': s.harmless('bucket', d.hex(32)) },
        json: {
          id: s.harmless('snowflake', d.digits(18)),
          username: s.harmless('name', 'nelly'),
          avatar: s.harmless('avatar', d.hex(32)),
          discriminator: '1337',
        },
      },
    })
    s.call(
      `POST /api/webhooks/${s.harmless('webhook id', d.digits(18))}/${s.secret('webhook token', d.base64url(51))}`,
      { json: { content: 'Hello' } },
    )
    s.call('POST /api/channels/1/webhooks', {
      json: { name: 'x' },
      answer: {
        json: {
          id: d.digits(18),
          token: s.secret('token of webhook', d.base64url(51)),
          channel_id: s.harmless('channel', d.digits(18)),
          guild_id: s.harmless('guild', d.digits(18)),
        },
      },
    })
    s.call('POST /interactions', {
      fields: {
        'X-Signature-Ed25519': s.secret('ed25519', d.hex(128)),
        'X-Signature-Timestamp': s.harmless('timestamp', '1732233600'),
      },
      json: {
        application_id: s.harmless('application', d.digits(18)),
        token: s.secret('interaction token', `aW50ZXJhY3Rpb246${d.base64url(90)}`),
        type: 2,
        custom_id: s.harmless('custom id', 'click_one'),
      },
    })
    s.call(`POST /bot${s.secret('telegram', `${d.digits(10)}:AA${d.base64url(25).slice(0, 33)}`)}/sendMessage`, {
      json: { chat_id: s.harmless('chat', 123_456_789), text: 'Hi' },
      answer: {
        json: {
          ok: true,
          result: {
            message_id: 1,
            photo: [
              {
                file_id: s.harmless('file id', `AgACAgIAAxkBAA${d.base64url(40)}`),
                file_unique_id: s.harmless('unique id', `AQAD${d.letters(12)}`),
              },
            ],
          },
        },
      },
    })
    s.call('POST /telegram', {
      fields: { 'X-Telegram-Bot-Api-Secret-Token': s.secret('secret token', d.letters(32)) },
      json: { update_id: 10_000 },
    })
  },
  'Slack events @ slack.com': (s) => {
    const { drawn: d } = s
    s.call('POST /events', {
      fields: {
        'X-Slack-Signature': `v0=${s.secret('signature', d.hex(64))}`,
        'X-Slack-Request-Timestamp': s.harmless('stamp', '1531420618'),
      },
      json: {
        token: s.secret('verification', d.letters(24)),
        team_id: s.harmless('team', `T${d.upper(8)}`),
        event: {
          client_msg_id: s.harmless('client msg', d.uuid()),
          type: 'message',
          text: s.harmless('text', 'the token of the session has expired'),
          ts: s.harmless('ts', '1515449522.000016'),
          channel: s.harmless('channel', `C${d.upper(8)}`),
        },
        event_id: s.harmless('event', `Ev${d.upper(8)}`),
        authed_users: ['U1'],
      },
    })
    s.call('POST /events', {
      json: {
        token: s.secret('challenge token', d.letters(24)),
        challenge: s.harmless('challenge', d.letters(48)),
        type: 'url_verification',
      },
      answer: { json: { challenge: 'x' } },
    })
    s.call('POST /api/files.upload', {
      fields: {
        ...bearer(s.secret('xoxb', `xoxb-${d.digits(12)}-${d.digits(12)}-${d.letters(24)}`)),
        'Content-Type': 'multipart/form-data; boundary="x y"',
      },
      body: `--x y\r\nContent-Disposition: form-data; name="initial_comment"\r\n\r\n${s.harmless('comment', 'Monthly report')}\r\n--x y\r\nContent-Disposition: form-data; name="token"\r\n\r\n${s.secret('multipart token', d.letters(30))}\r\n--x y--\r\n`,
      answer: {
        json: {
          ok: true,
          file: {
            id: s.harmless('file', `F${d.upper(8)}`),
            url_private: s.harmless('private url', 'https://files.slack.com/files-pri/T1-F1/report.pdf'),
            permalink_public: `https://slack-files.com/T1-F1-${d.hex(10)}`,
          },
        },
      },
    })
    s.call('GET /api/rtm.connect', {
      answer: {
        json: { ok: true, url: `wss://cerberus.lb.slack-msgs.com/websocket/${s.secret('rtm path', d.base64url(60))}` },
      },
    })
    s.call('POST /api/chat.postMessage', {
      json: {
        channel: 'C1',
        blocks: [
          {
            type: 'section',
            block_id: s.harmless('block', 'section678'),
            accessory: { action_id: s.harmless('action', 'text1234'), value: s.harmless('value', 'click_me_123') },
          },
        ],
      },
    })
  },
  'Twilio and SMS @ verify.twilio.com': (s) => {
    const { drawn: d } = s
    const account = s.harmless('account', `AC${d.hex(32)}`)
    s.call('POST /v2/Services/VA0/Verifications', {
      fields: {
        Authorization: `Basic ${Buffer.from(`SK${d.hex(32)}:${s.secret('key secret', d.letters(32))}`).toString('base64')}`,
      },
      form: { To: '+15017122661', Channel: 'sms' },
      answer: {
        json: {
          sid: s.harmless('verification', `VE${d.hex(32)}`),
          service_sid: s.harmless('service', `VA${d.hex(32)}`),
          status: 'pending',
        },
      },
    })
    s.call('POST /v2/Services/VA0/Entities/x/Factors', {
      json: { FriendlyName: 'x', FactorType: 'totp' },
      answer: {
        json: {
          sid: s.harmless('factor', `YF${d.hex(32)}`),
          binding: {
            secret: s.secret('totp seed', d.of('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 32)),
            uri: `otpauth://totp/x:bob?secret=${s.secret('otpauth', d.of('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 32))}&issuer=x&digits=6`,
          },
        },
      },
    })
    s.call('POST /sms', {
      form: {
        From: '+15551234567',
        Body: `Your verification code is ${s.secret('code in text', d.digits(6))}`,
        AccountSid: account,
      },
      answer: { fields: { 'Content-Type': 'application/xml' }, body: '<Response><Message>Thanks</Message></Response>' },
    })
    s.call('POST /sms/json', {
      json: {
        api_key: s.secret('nexmo key', d.hex(8)),
        api_secret: s.secret('nexmo secret', d.letters(16)),
        to: s.harmless('to', '447700900000'),
        text: `${s.secret('code first', d.digits(6))} is your login code. Do not share it.`,
      },
    })
    s.call('POST /token', {
      json: { identity: 'bob' },
      answer: {
        json: {
          token: s.secret('access jwt', d.jwt({ grants: { identity: 'bob' } })),
          identity: s.harmless('identity', 'HumbleGoofyWaffle'),
        },
      },
    })
  },
  'Zoom, Twitch and X @ api.zoom.us': (s) => {
    const { drawn: d } = s
    s.call('POST /v2/users/me/meetings', {
      json: {
        topic: s.harmless('topic', 'Secret santa'),
        password: s.secret('meeting passcode', 'abc123'),
        default_password: false,
      },
      answer: {
        json: {
          id: s.harmless('meeting', 85_746_065),
          uuid: s.harmless('uuid', d.base64(16)),
          join_url: `https://example.zoom.us/j/85746065?pwd=${s.secret('join pwd', d.base64url(24))}`,
          start_url: `https://example.zoom.us/s/85746065?zak=${s.secret('zak', d.jwt({ aud: 'clientsm' }))}`,
          encrypted_password: s.secret('encrypted password', d.letters(32)),
          h323_password: s.secret('h323', d.digits(6)),
        },
      },
    })
    s.call('POST /hook', {
      fields: {
        'x-zm-signature': `v0=${s.secret('zoom signature', d.hex(64))}`,
        'x-zm-request-timestamp': s.harmless('stamp', '1739923528'),
      },
      json: { event: 'endpoint.url_validation', payload: { plainToken: s.secret('plain token', d.base64url(16)) } },
      answer: { json: { plainToken: 'x', encryptedToken: s.secret('encrypted token', d.hex(64)) } },
    })
    s.call('POST /oauth2/token', {
      form: {
        client_id: s.harmless('twitch client', d.lower(30)),
        client_secret: s.secret('twitch secret', d.lower(30)),
        grant_type: 'client_credentials',
      },
      answer: {
        json: {
          access_token: s.secret('twitch token', d.lower(30)),
          expires_in: s.harmless('expires', 5_587_808),
          token_type: 'bearer',
        },
      },
    })
    s.call('GET /helix/streams?after=' + s.harmless('after', d.base64(30).replaceAll(/[+/=]/g, 'a')), {
      fields: { 'Client-Id': s.harmless('client id field', d.lower(30)) },
      answer: {
        json: {
          data: [
            {
              id: s.harmless('stream', '42170724654'),
              user_login: s.harmless('login', 'ninja'),
              tag_ids: [s.harmless('tag', d.uuid())],
            },
          ],
          pagination: { cursor: s.harmless('cursor', d.base64(30)) },
        },
      },
    })
    s.call('GET /2/tweets/search/recent?next_token=' + s.harmless('next token', d.lower(24)), {
      fields: bearer(s.secret('x bearer', `AAAAAAAAAAAAAAAAAAAAA${d.letters(90)}`)),
      answer: {
        json: {
          data: [
            {
              id: s.harmless('tweet', d.digits(19)),
              text: s.harmless('tweet text', 'my password is not hunter2, promise'),
            },
          ],
          meta: { newest_id: s.harmless('newest', d.digits(19)), next_token: 'x' },
        },
      },
    })
    s.call('POST /spotify/api/token', {
      form: {
        grant_type: 'authorization_code',
        code: s.secret('spotify code', `AQ${d.base64url(120)}`),
        code_verifier: s.secret('verifier', d.base64url(48)),
      },
      answer: {
        json: {
          access_token: s.secret('spotify token', `BQ${d.base64url(120)}`),
          refresh_token: s.secret('spotify refresh', `AQ${d.base64url(90)}`),
        },
      },
    })
  },
  'Wallets and exchanges @ api.binance.com': (s) => {
    const { drawn: d } = s
    s.call(`POST /api/v3/order?symbol=BTCUSDT&timestamp=1499827319559&signature=${s.secret('signature', d.hex(64))}`, {
      fields: { 'X-MBX-APIKEY': s.secret('key', d.letters(64)) },
      answer: {
        json: {
          orderId: s.harmless('order', 28),
          clientOrderId: s.harmless('client order', d.letters(22)),
          transactTime: s.harmless('time', 1_507_725_176_595),
        },
      },
    })
    s.call('POST /accounts', {
      fields: {
        'CB-ACCESS-KEY': s.secret('coinbase key', d.hex(32)),
        'CB-ACCESS-SIGN': s.secret('coinbase sign', d.hex(64)),
        'CB-ACCESS-TIMESTAMP': s.harmless('stamp', '1732233600'),
        'CB-VERSION': s.harmless('version', '2026-01-01'),
      },
    })
    s.call('POST /private/AddOrder', {
      fields: { 'API-Key': s.secret('kraken', d.base64(42)), 'API-Sign': s.secret('kraken sign', d.base64(64)) },
      form: { nonce: '1616492376594', ordertype: 'limit', otp: s.secret('otp', d.digits(6)) },
    })
    s.call('POST /wallets', {
      json: {
        mnemonic: s.secret('mnemonic', 'legal winner thank year wave sausage worth useful legal winner thank yellow'),
        passphrase: s.secret('passphrase', 'TREZOR'),
      },
      answer: {
        json: {
          address: s.harmless('address', `0x${d.hex(40)}`),
          privateKey: s.secret('private key', `0x${d.hex(64)}`),
          publicKey: s.harmless('public key', `0x04${d.hex(128)}`),
          xprv: s.secret('xprv', `xprv9${d.of('ABCDEFGHJKMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789', 106)}`),
          xpub: s.harmless('xpub', `xpub6${d.of('ABCDEFGHJKMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789', 106)}`),
        },
      },
    })
    s.call('POST /rpc', {
      json: {
        jsonrpc: '2.0',
        id: s.harmless('rpc id', 'curltest'),
        method: 'eth_getTransactionByHash',
        params: [s.harmless('transaction', `0x${d.hex(64)}`)],
      },
      answer: {
        json: {
          jsonrpc: '2.0',
          result: {
            blockHash: s.harmless('block hash', `0x${d.hex(64)}`),
            hash: s.harmless('hash', `0x${d.hex(64)}`),
            nonce: s.harmless('nonce', '0x15'),
            r: s.harmless('r', `0x${d.hex(64)}`),
            input: s.harmless('input', `0x${d.hex(120)}`),
          },
        },
      },
    })
    s.call('POST /rpc', { json: { method: 'walletpassphrase', params: ['x'] } })
    s.call('GET /network', {
      fields: { 'X-Infura-Secret': s.secret('infura secret', d.hex(32)) },
      answer: { json: { rpc: `https://mainnet.infura.io/v3/${s.secret('infura path', d.hex(32))}` } },
    })
  },
}
