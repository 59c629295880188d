import { basic, bearer, type Services } from './service.ts'

/** Shops, payments and mail, as their public documentation describes them. */
export const PAYMENT: Services = {
  'Stripe @ api.stripe.com': (s) => {
    const { drawn: d } = s
    const customer = s.harmless('customer', `cus_${d.letters(14)}`)
    s.call('POST /v1/payment_intents', {
      fields: {
        ...bearer(s.secret('key', `sk_test_${d.letters(24)}`)),
        'Idempotency-Key': s.harmless('idempotency', d.uuid()),
      },
      form: { amount: '2000', currency: 'usd', customer },
      answer: {
        fields: { 'Request-Id': s.harmless('request id', `req_${d.letters(14)}`) },
        json: {
          id: s.harmless('intent', `pi_3${d.letters(23)}`),
          object: 'payment_intent',
          amount: 2000,
          client_secret: s.secret('client secret', `pi_3${d.letters(23)}_secret_${d.letters(25)}`),
          payment_method: s.harmless('method', `pm_1${d.letters(23)}`),
          created: s.harmless('created', 1_732_233_600),
          livemode: false,
        },
      },
    })
    s.call('POST /v1/tokens', {
      fields: basic(s.secret('restricted key', `rk_live_${d.letters(24)}`), ''),
      form: {
        'card[number]': s.secret('card number', '4242424242424242'),
        'card[exp_month]': '12',
        'card[cvc]': s.secret('cvc', d.digits(3)),
      },
      answer: {
        json: {
          id: s.harmless('card token id', `tok_1${d.letters(23)}`),
          card: { last4: '4242', fingerprint: s.harmless('fingerprint', d.letters(16)) },
        },
      },
    })
    s.call('POST /v1/webhook_endpoints', {
      form: { url: 'https://example.com/hook', 'enabled_events[]': 'charge.failed' },
      answer: {
        json: {
          id: s.harmless('endpoint', `we_1${d.letters(23)}`),
          secret: s.secret('endpoint secret', `whsec_${d.letters(32)}`),
          status: 'enabled',
        },
      },
    })
    s.call('POST /hook', {
      fields: {
        'Stripe-Signature': `t=1492774577,v1=${s.secret('signature v1', d.hex(64))},v0=${s.secret('signature v0', d.hex(64))}`,
      },
      json: {
        id: s.harmless('event', `evt_1${d.letters(23)}`),
        type: 'checkout.session.completed',
        data: { object: { id: s.harmless('session id', `cs_test_${d.letters(40)}`), payment_status: 'paid' } },
      },
    })
    s.call('POST /v1/ephemeral_keys', {
      form: { customer },
      answer: {
        json: { id: `ephkey_${d.letters(20)}`, secret: s.secret('ephemeral key', `ek_test_${d.letters(60)}`) },
      },
    })
  },
  'PayPal @ api-m.sandbox.paypal.com': (s) => {
    const { drawn: d } = s
    s.call('POST /v1/oauth2/token', {
      fields: basic(`A${d.letters(79)}`, s.secret('client secret', `E${d.letters(79)}`)),
      form: { grant_type: 'client_credentials' },
      answer: {
        fields: { 'Paypal-Debug-Id': s.harmless('debug id', d.hex(13)) },
        json: {
          scope: 'https://uri.paypal.com/services/invoicing',
          access_token: s.secret('access token', `A21AAF${d.base64url(60)}`),
          token_type: 'Bearer',
          app_id: s.harmless('app id', 'APP-80W284485P519543T'),
          expires_in: 31_668,
          nonce: s.harmless('nonce', `2026-04-03T15:35:36Z${d.letters(5)}`),
        },
      },
    })
    s.call('POST /v2/checkout/orders', {
      fields: {
        'PayPal-Request-Id': s.harmless('request id', d.uuid()),
        'PayPal-Auth-Assertion': s.secret('auth assertion', d.jwt({ iss: 'c', payer_id: 'p' })),
      },
      json: {
        intent: 'CAPTURE',
        purchase_units: [
          { reference_id: s.harmless('reference', d.uuid()), amount: { currency_code: 'USD', value: '100.00' } },
        ],
      },
      answer: {
        json: {
          id: s.harmless('order', d.upper(17)),
          status: 'CREATED',
          links: [{ href: 'https://www.sandbox.paypal.com/checkoutnow?token=' + d.upper(17), rel: 'approve' }],
        },
      },
    })
    s.call('POST /hook', {
      fields: {
        'PAYPAL-TRANSMISSION-SIG': s.secret('transmission signature', d.base64(256)),
        'PAYPAL-TRANSMISSION-ID': s.harmless('transmission', d.uuid()),
        'PAYPAL-AUTH-ALGO': s.harmless('algorithm', 'SHA256withRSA'),
        'PAYPAL-CERT-URL': s.harmless(
          'certificate',
          'https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77',
        ),
      },
      json: { event_type: 'PAYMENT.SALE.COMPLETED' },
    })
  },
  'Shopify @ shop.myshopify.com': (s) => {
    const { drawn: d } = s
    s.call('POST /admin/oauth/access_token', {
      json: {
        client_id: s.harmless('client id', d.hex(32)),
        client_secret: s.secret('client secret', d.hex(32)),
        code: s.secret('code', d.hex(32)),
      },
      answer: {
        json: {
          access_token: s.secret('offline token', `shpat_${d.hex(32)}`),
          scope: 'write_orders,read_customers',
          associated_user: { id: 902_541_635, email: s.harmless('mail', 'john@example.com') },
        },
      },
    })
    s.call('GET /admin/api/2024-01/products.json?limit=3&page_info=' + s.harmless('page info', d.base64url(40)), {
      fields: { 'X-Shopify-Access-Token': s.secret('header token', `shpua_${d.letters(32)}`) },
      answer: {
        fields: {
          'X-Shopify-Shop-Api-Call-Limit': s.harmless('call limit', '32/40'),
          'X-Request-Id': s.harmless('request id', d.uuid()),
        },
        json: {
          products: [
            {
              id: 632_910_392,
              handle: s.harmless('handle', 'ipod-nano-8gb'),
              admin_graphql_api_id: s.harmless('gid', 'gid://shopify/Product/632910392'),
              variants: [{ sku: s.harmless('sku', 'IPOD2008PINK'), barcode: '1234_pink' }],
            },
          ],
        },
      },
    })
    s.call(
      `GET /auth/callback?code=${s.secret('callback code', d.hex(32))}&hmac=${s.secret('hmac', d.hex(64))}&shop=shop.myshopify.com&state=${s.harmless('state', d.hex(12))}&timestamp=1337178173`,
    )
    s.call('POST /webhooks', {
      fields: {
        'X-Shopify-Hmac-Sha256': s.secret('webhook hmac', d.base64(32)),
        'X-Shopify-Topic': s.harmless('topic', 'orders/create'),
        'X-Shopify-Webhook-Id': s.harmless('webhook id', d.uuid()),
      },
      json: {
        id: 820_982_911,
        token: s.secret('cart token', d.hex(32)),
        checkout_token: s.secret('checkout token', d.hex(32)),
      },
    })
    s.call('POST /api/graphql.json', {
      fields: { 'X-Shopify-Storefront-Access-Token': s.secret('storefront', d.hex(32)) },
      json: {
        query:
          'mutation { customerAccessTokenCreate(input: {email: "a@b.c", password: "' +
          s.secret('password in query', `Hiking${d.digits(4)}boots`) +
          '"}) { customerAccessToken { accessToken } } }',
      },
      answer: {
        json: {
          data: {
            customerAccessTokenCreate: {
              customerAccessToken: {
                accessToken: s.secret('customer token', d.hex(32)),
                expiresAt: s.harmless('expires', '2026-04-01T00:00:00Z'),
              },
              userErrors: [],
            },
          },
        },
      },
    })
  },
  'SendGrid and Mailgun @ api.sendgrid.com': (s) => {
    const { drawn: d } = s
    s.call('POST /v3/mail/send', {
      fields: bearer(s.secret('key', `SG.${d.base64url(16)}.${d.base64url(32)}`)),
      json: {
        personalizations: [{ to: [{ email: s.harmless('to', 'jane@example.com') }] }],
        template_id: s.harmless('template', `d-${d.hex(32)}`),
      },
      answer: { status: 202, fields: { 'X-Message-Id': s.harmless('message id', d.base64url(16)) } },
    })
    s.call('POST /v3/api_keys', {
      json: { name: 'ci', scopes: ['mail.send'] },
      answer: {
        json: {
          api_key: s.secret('new key', `SG.${d.base64url(16)}.${d.base64url(32)}`),
          api_key_id: s.harmless('key id', d.letters(22)),
          name: s.harmless('key name', 'ci'),
        },
      },
    })
    s.call('POST /v3/mailgun.example/messages', {
      fields: basic('api', s.secret('mailgun key', `${d.hex(32)}-${d.hex(8)}-${d.hex(8)}`)),
      form: { from: 'a@b.c', subject: 'x' },
      answer: {
        json: {
          id: s.harmless('mailgun id', '<20260101201250.1234.56789@mailgun.example>'),
          message: s.harmless('queued', 'Queued. Thank you.'),
        },
      },
    })
    s.call('POST /events', {
      json: {
        signature: {
          timestamp: '1529006854',
          token: s.secret('event token', d.hex(50)),
          signature: s.secret('event signature', d.hex(64)),
        },
        'event-data': {
          event: 'opened',
          id: s.harmless('event id', d.base64url(16)),
          message: { headers: { 'message-id': s.harmless('message-id', '20130503182626.18666.16540@example.com') } },
        },
      },
    })
    s.call('POST /inbound', {
      fields: {
        'X-Twilio-Email-Event-Webhook-Signature': s.secret('ecdsa', d.base64(70)),
        'X-Twilio-Email-Event-Webhook-Timestamp': s.harmless('stamp', '1600112502'),
      },
      json: [
        {
          email: 'x@example.com',
          sg_message_id: s.harmless('sg message', `${d.base64url(16)}.filterdrecv-5645d9c87f-78xqd-1-5D4C9F1E-1B`),
          sg_event_id: s.harmless('sg event', d.base64url(16)),
        },
      ],
    })
  },
  'Plaid and banks @ sandbox.plaid.com': (s) => {
    const { drawn: d } = s
    const client = s.harmless('client id', d.hex(24))
    s.call('POST /item/public_token/exchange', {
      json: { client_id: client, secret: s.secret('secret', d.hex(30)), public_token: `public-sandbox-${d.uuid()}` },
      answer: {
        json: {
          access_token: s.secret('access token', `access-sandbox-${d.uuid()}`),
          item_id: s.harmless('item', d.letters(37)),
          request_id: s.harmless('request', d.letters(15)),
        },
      },
    })
    s.call('POST /link/token/create', {
      fields: { 'PLAID-CLIENT-ID': client, 'PLAID-SECRET': s.secret('header secret', d.hex(30)) },
      json: { client_name: 'x', country_codes: ['US'] },
      answer: {
        json: {
          link_token: s.secret('link token', `link-sandbox-${d.uuid()}`),
          expiration: s.harmless('expiration', '2026-03-27T12:56:34Z'),
        },
      },
    })
    s.call('POST /transactions/sync', {
      json: {
        access_token: s.secret('again', `access-production-${d.uuid()}`),
        cursor: s.harmless('cursor', d.base64(30)),
      },
      answer: {
        json: {
          next_cursor: s.harmless('next cursor', d.base64(30)),
          has_more: false,
          added: [
            {
              account_id: s.harmless('account', d.letters(37)),
              amount: 72.1,
              name: s.harmless('name', 'Walmart'),
              transaction_id: s.harmless('transaction', d.letters(37)),
            },
          ],
        },
      },
    })
    s.call('POST /processor/stripe/bank_account_token/create', {
      json: {},
      answer: { json: { stripe_bank_account_token: s.secret('bank token', `btok_${d.letters(24)}`) } },
    })
    s.call('POST /auth/get', {
      answer: {
        json: {
          numbers: { ach: [{ account: s.harmless('account number kept', '1111222233330000'), routing: '011401533' }] },
        },
      },
    })
  },
  'Square and Adyen @ connect.squareup.com': (s) => {
    const { drawn: d } = s
    s.call('POST /oauth2/token', {
      json: {
        client_id: `sq0idp-${d.base64url(16)}`,
        client_secret: s.secret('secret', `sq0csp-${d.base64url(32)}`),
        refresh_token: s.secret('refresh', `EQAAE${d.base64url(60)}`),
      },
      answer: {
        json: {
          access_token: s.secret('access', `EAAAE${d.base64url(60)}`),
          merchant_id: s.harmless('merchant', d.upper(13)),
        },
      },
    })
    s.call('POST /hook', {
      fields: { 'x-square-hmacsha256-signature': s.secret('hmac', d.base64(32)) },
      json: { merchant_id: 'x', event_id: s.harmless('event', d.uuid()) },
    })
    s.call('POST /v71/payments', {
      fields: { 'X-API-Key': s.secret('adyen', `AQE${d.letters(60)}-${d.letters(40)}`) },
      json: {
        merchantAccount: 'x',
        paymentMethod: {
          type: 'scheme',
          encryptedCardNumber: s.harmless('sealed kept', 'test_4111111111111111'),
          holderName: 'S',
        },
      },
      answer: {
        json: {
          pspReference: s.harmless('psp', d.upper(16)),
          resultCode: s.harmless('result', 'Authorised'),
          additionalData: { hmacSignature: s.secret('hmacSignature', d.base64(32)) },
        },
      },
    })
  },
}
