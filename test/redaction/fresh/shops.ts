import { basic, bearer, inBase64, type Services } from '../services/service.ts'

/** Payments, shops and messages. */
// oxfmt-ignore
export const SHOPS: Services = {
  'Braintree, Klarna and Razorpay @ payments.example.com': (s) => {
    const { drawn: d } = s
    s.call('POST /merchants/x/client_token', {
      fields: { ...basic(d.lower(16), s.secret('braintree private key', d.hex(32))), 'Braintree-Version': s.harmless('api version', '2019-01-01') },
      answer: { json: { clientToken: inBase64(JSON.stringify({ version: 2, authorizationFingerprint: s.secret('fingerprint in client token', d.jwt({ exp: 1, iss: 'x' })), environment: 'sandbox', merchantId: 'm' })) } },
    })
    s.call('POST /graphql', {
      json: { query: 'mutation($input: TokenizeCreditCardInput!) { tokenizeCreditCard(input: $input) { token } }', variables: { input: { creditCard: { number: s.secret('number', '4000111111111115'), expirationYear: '2029', cvv: s.secret('cvv', d.digits(3)), cardholderName: s.harmless('holder', 'Ada Lovelace') } } } },
      answer: { json: { data: { tokenizeCreditCard: { token: s.secret('card token', `tokencc_bh_${d.lower(6)}_${d.lower(6)}_${d.lower(6)}_${d.lower(6)}_${d.lower(3)}`), creditCard: { bin: s.harmless('bin', '400011'), brandCode: 'VISA' } } }, extensions: { requestId: s.harmless('request', d.uuid()) } } },
    })
    s.call('POST /merchants/x/transactions', {
      fields: { 'Content-Type': 'application/xml' },
      body: `<transaction><type>sale</type><amount>10.00</amount><payment-method-nonce>${s.secret('nonce', d.uuid())}</payment-method-nonce><device-data>{"correlation_id":"${s.harmless('correlation', d.hex(32))}"}</device-data></transaction>`,
      answer: { fields: { 'Content-Type': 'application/xml' }, body: `<transaction><id>${s.harmless('transaction', d.lower(8))}</id><global-id>${s.harmless('global id', inBase64(`transaction_${d.lower(8)}`))}</global-id><network-transaction-id>${s.harmless('network', d.digits(15))}</network-transaction-id><credit-card><token>${s.secret('vault token', d.lower(12))}</token><unique-number-identifier>${s.harmless('unique number', d.hex(32))}</unique-number-identifier></credit-card></transaction>` },
    })
    s.call('POST /payments/v1/sessions', {
      fields: basic(`PK${d.digits(6)}_${d.hex(12)}`, s.secret('klarna password', d.letters(16))),
      json: { purchase_country: 'SE', order_amount: 50_000, merchant_urls: { confirmation: 'https://shop.test/done' } },
      answer: { json: { session_id: s.secret('klarna session', d.uuid()), client_token: s.secret('klarna client token', d.jwt({ session_id: 'x' })), payment_method_categories: [{ identifier: s.harmless('category', 'pay_later'), name: 'Pay later.' }] } },
    })
    s.call('POST /payments/v1/authorizations/x/order', { json: { authorization_token: s.secret('authorization token', d.uuid()) }, answer: { json: { order_id: s.harmless('order', d.uuid()), fraud_status: s.harmless('fraud', 'ACCEPTED') } } })
    s.call('POST /v1/orders', {
      fields: basic(`rzp_test_${d.letters(14)}`, s.secret('razorpay secret', d.letters(24))),
      json: { amount: 50_000, receipt: s.harmless('receipt', 'rcptid_11') },
      answer: { json: { id: s.harmless('razorpay order', `order_${d.letters(14)}`), entity: 'order', status: 'created', created_at: s.harmless('created', 1_732_233_600) } },
    })
    s.call('POST /verify', {
      form: { razorpay_payment_id: s.harmless('payment id', `pay_${d.letters(14)}`), razorpay_order_id: 'order_x', razorpay_signature: s.secret('razorpay signature', d.hex(64)) },
    })
    s.call('POST /notify', {
      fields: { 'OpenPayu-Signature': `sender=checkout;signature=${s.secret('payu signature', d.hex(32))};algorithm=MD5;content=DOCUMENT`, 'X-Razorpay-Signature': s.secret('razorpay webhook', d.hex(64)), 'X-Razorpay-Event-Id': s.harmless('event', d.letters(14)) },
      json: { order: { orderId: s.harmless('payu order', `${d.upper(10)}${d.upper(10)}GUEST000P01`), extOrderId: 'x', buyer: { language: 'pl' }, status: 'COMPLETED' } },
    })
    s.call('POST /pl/standard/user/oauth/authorize', {
      form: { grant_type: 'client_credentials', client_id: '460718', client_secret: s.secret('payu client secret', d.hex(32)) },
      answer: { json: { access_token: s.secret('payu access', d.uuid()), token_type: 'bearer', expires_in: 43_199, grant_type: 'client_credentials' } },
    })
    s.call('POST /webhook', {
      fields: { 'Paddle-Signature': `ts=1671552777;h1=${s.secret('paddle h1', d.hex(64))}`, 'X-CC-Webhook-Signature': s.secret('coinbase signature', d.hex(64)), 'webhook-signature': `v1,${s.secret('standard webhooks', d.base64(32))}`, 'webhook-id': s.harmless('webhook id', `msg_${d.letters(27)}`), 'webhook-timestamp': s.harmless('stamp', '1674087231') },
      json: { event_id: s.harmless('paddle event', `evt_01${d.lower(24)}`), event_type: 'transaction.completed', data: { checkout: { url: null }, id: s.harmless('paddle transaction', `txn_01${d.lower(24)}`) } },
    })
  },
  'WooCommerce, Magento and Klaviyo @ shop.example.com': (s) => {
    const { drawn: d } = s
    s.call(`GET /wp-json/wc/v3/orders?consumer_key=${s.secret('consumer key', `ck_${d.hex(40)}`)}&consumer_secret=${s.secret('consumer secret', `cs_${d.hex(40)}`)}&page=2`, {
      answer: { fields: { Link: '<https://shop.example.com/wp-json/wc/v3/orders?page=3>; rel="next"' }, json: [{ id: 727, order_key: s.secret('order key', `wc_order_${d.letters(13)}`), transaction_id: s.harmless('transaction', d.upper(17)), cart_hash: s.harmless('cart hash', d.hex(32)), meta_data: [{ id: 13_106, key: '_download_permissions_granted', value: 'yes' }, { id: 9, key: '_wcpay_intent', value: s.harmless('intent', `pi_3${d.letters(23)}`) }] }] },
    })
    s.call('POST /wc-auth/v1/callback', { json: { key_id: 1, user_id: 123, consumer_key: s.secret('sent consumer key', `ck_${d.hex(40)}`), consumer_secret: s.secret('sent consumer secret', `cs_${d.hex(40)}`), key_permissions: s.harmless('permissions', 'read_write') } })
    s.call('POST /wp-json/jwt-auth/v1/token', { json: { username: s.harmless('user', 'editor'), password: s.secret('application password', `${d.letters(4)} ${d.letters(4)} ${d.letters(4)} ${d.letters(4)} ${d.letters(4)} ${d.letters(4)}`) }, answer: { json: { token: s.secret('wp jwt', d.jwt({ iss: 'x', exp: 1 })), user_nicename: 'editor' } } })
    s.call('POST /wp-login.php', {
      form: { log: 'admin', pwd: s.secret('pwd', `${d.letters(8)}&x`), testcookie: '1' },
      answer: { status: 302, fields: { 'Set-Cookie': `wordpress_logged_in_${d.hex(32)}=admin%7C1733500000%7C${s.secret('logged in', d.letters(43))}%7C${s.secret('logged in mac', d.hex(64))}; path=/; HttpOnly` } },
    })
    s.call('POST /rest/V1/integration/customer/token', { json: { username: 'a@b.test', password: s.secret('magento password', `Roni_cost${d.digits(3)}@x`) }, answer: { json: s.secret('bare token', d.lower(32)) } })
    s.call('POST /rest/V1/guest-carts', { answer: { json: s.secret('guest cart', d.letters(32)) } })
    s.call('GET /rest/default/V1/products?searchCriteria[pageSize]=2', { fields: { ...bearer(s.secret('integration token', d.lower(32))), Cookie: `PHPSESSID=${s.secret('php session', d.lower(26))}; form_key=${s.secret('form key', d.letters(16))}; mage-cache-storage=%7B%7D` }, answer: { fields: { 'X-Magento-Tags': s.harmless('tags', 'cat_p_1,cat_p_2'), 'X-Magento-Cache-Id': s.harmless('cache id', d.hex(64)) }, json: { items: [{ sku: s.harmless('sku', '24-MB01'), custom_attributes: [{ attribute_code: 'url_key', value: s.harmless('url key', 'joust-duffle-bag') }] }] } } })
    s.call('POST /api/profiles/', { fields: { Authorization: `Klaviyo-API-Key ${s.secret('klaviyo key', `pk_${d.hex(34)}`)}`, revision: s.harmless('revision', '2024-10-15') }, json: { data: { type: 'profile', attributes: { email: 'a@b.test', anonymous_id: s.harmless('anonymous', d.uuid()) } } }, answer: { json: { data: { id: s.harmless('profile', `01${d.upper(24)}`), links: { self: 'x' } } } } })
    s.call('GET /v3/catalog/products?limit=5', { fields: { 'X-Auth-Token': s.secret('bigcommerce token', d.lower(31)), 'X-Auth-Client': s.secret('bigcommerce client', d.lower(31)) }, answer: { fields: { 'X-Rate-Limit-Requests-Left': s.harmless('left', '149') }, json: { data: [{ id: 77, sku: 'SLCTBS-A9615135', upc: s.harmless('upc', '012345678905') }] } } })
    s.call('POST /v1/stores/x/storefront/api-token-customer-impersonation', { json: { channel_id: 1 }, answer: { json: { data: { token: s.secret('impersonation', d.jwt({ cid: 1 })) }, meta: {} } } })
    s.call(`GET /checkout/order-received/727/?key=${s.secret('order key in URL', `wc_order_${d.letters(13)}`)}&utm_source=${s.harmless('utm', 'newsletter-2026')}`, { answer: { fields: { 'Content-Type': 'text/html' }, body: `<script>var wc_checkout_params = {"ajax_url":"\\/wp-admin\\/admin-ajax.php","update_order_review_nonce":"${s.secret('review nonce', `${d.hex(8)}a1`)}","apply_coupon_nonce":"${s.secret('coupon nonce', `${d.hex(8)}b2`)}","checkout_url":"\\/?wc-ajax=checkout"};</script><link rel="stylesheet" href="/wp-content/plugins/woo/assets/css/woo.css?ver=${s.harmless('css version', '9.3.3')}"><script src="/wp-includes/js/dist/hooks.min.js?ver=${s.harmless('js version', d.hex(20))}" integrity="sha384-${s.harmless('integrity', d.base64(48))}"></script>` } })
  },
  'Postmark, Vonage and Plivo @ messages.example.com': (s) => {
    const { drawn: d } = s
    s.call('POST /email', { fields: { 'X-Postmark-Server-Token': s.secret('server token', d.uuid()) }, json: { From: 'a@b.test', To: 'c@d.test', MessageStream: s.harmless('stream', 'outbound') }, answer: { json: { MessageID: s.harmless('message', d.uuid()), ErrorCode: 0, Message: s.harmless('ok', 'OK') } } })
    s.call('POST /servers', { fields: { 'X-Postmark-Account-Token': s.secret('account token', d.uuid()) }, json: { Name: 'Staging' }, answer: { json: { ID: 1, ApiTokens: [s.secret('listed token', d.uuid())], ServerLink: s.harmless('link', 'https://postmarkapp.com/servers/1/streams'), InboundHash: s.secret('inbound hash', d.hex(32)), InboundAddress: 'x' } } })
    s.call(`GET /sms/json?api_key=${s.secret('vonage key', d.hex(8))}&api_secret=${s.secret('vonage secret', d.letters(16))}&to=447700900000&text=Hi`, { answer: { json: { messages: [{ 'message-id': s.harmless('vonage message', d.upper(16)), status: '0', network: s.harmless('network', '23410') }] } } })
    s.call(`GET /inbound?msisdn=447700900001&messageId=${s.harmless('inbound message', d.upper(16))}&nonce=${s.harmless('nonce id', d.uuid())}&timestamp=1580911122&sig=${s.secret('vonage sig', d.hex(64))}`)
    s.call(`POST /v2/service/${s.harmless('twilio service', `VA${d.hex(32)}`)}/VerificationCheck`, { form: { To: '+15017122661', Code: s.secret('check code', d.digits(6)) }, answer: { json: { status: 'approved', valid: true } } })
    s.call('POST /v1/Account/x/Message/', { fields: { ...basic(`MA${d.upper(18)}`, s.secret('plivo token', d.base64(30))), 'X-Plivo-Signature-V3': s.secret('plivo signature', d.base64(32)), 'X-Plivo-Signature-V3-Nonce': d.digits(20) }, json: { src: '1', dst: '2' }, answer: { json: { api_id: s.harmless('api id', d.uuid()), message_uuid: [s.harmless('message uuid', d.uuid())] } } })
    s.call('POST /messages', { fields: { Authorization: `AccessKey ${s.secret('messagebird key', d.letters(25))}`, 'MessageBird-Signature-JWT': s.secret('messagebird jwt', d.jwt({ iss: 'MessageBird' })) }, json: { originator: 'X' }, answer: { json: { id: s.harmless('messagebird id', d.hex(32)), href: 'x' } } })
    s.call('POST /sms/2/text/advanced', { fields: { Authorization: `App ${s.secret('infobip key', `${d.hex(32)}-${d.uuid()}`)}` }, json: { messages: [{ from: 'x' }] }, answer: { json: { bulkId: s.harmless('bulk', d.digits(19)) } } })
    s.call('POST /2fa/2/pin', { json: { applicationId: s.harmless('2fa application', d.upper(32)), messageId: 'x' }, answer: { json: { pinId: s.harmless('pin id', d.upper(32)), ncStatus: 'NC_DESTINATION_REACHABLE' } } })
    s.call('POST /2fa/2/pin/x/verify', { json: { pin: s.secret('2fa pin', d.digits(4)) }, answer: { json: { verified: true, attemptsRemaining: 0 } } })
    s.call('POST /http', { form: { user: 'bob', password: s.secret('clickatell password', d.letters(10)), api_id: s.harmless('clickatell api id', '3637289'), to: '1', text: `Your code is ${s.secret('code in text', d.digits(6))}` } })
    s.call('POST /smtp-credentials', { answer: { fields: { 'Content-Type': 'text/plain' }, body: `SMTP endpoint: email-smtp.eu-west-1.amazonaws.com\nSMTP username: ${s.secret('smtp user', `AKIA${d.upper(16)}`)}\nSMTP password: ${s.secret('smtp password', `B${d.base64(32)}`)}\nPort: 587\n` } })
    s.call('POST /v4/sender/verify', { answer: { json: { dkim: { selector: s.harmless('selector', 's1'), value: `v=DKIM1; k=rsa; p=${s.harmless('dkim public', d.base64(162))}` }, link: `https://x.test/unsubscribe/${s.secret('unsubscribe', d.base64url(32))}`, track: `https://click.x.test/ls/click?upn=u001.${s.harmless('click', d.base64url(20))}` } } })
    s.call('POST /whatsapp', { fields: { 'X-Hub-Signature': `sha1=${s.secret('hub sha1', d.hex(40))}` }, json: { object: 'whatsapp_business_account', entry: [{ changes: [{ value: { messages: [{ id: s.harmless('wamid', `wamid.${d.base64(42)}`) }] } }] }] } })
    s.call(`GET /webhook?hub.mode=subscribe&hub.challenge=${s.harmless('challenge', '1158201444')}&hub.verify_token=${s.secret('verify token', d.letters(20))}`)
  },
}
