import { expect, test } from '../helpers/test.ts'
import { scanForSecrets } from '../../src/inspection/secret-scan.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'
import { textOf } from './real-apis.ts'

const V = 'Zq7rT0kLm3XvB9'
const HEX = '9f38120bd0099d83592895a1ed8b6c31'
const [NONCE, CODE] = ['6f09ab1c2d', '404817']

const inAnswer = (body: string): string => {
  const cassette = oneConnection('http://api.test', (c) => c.sent(request('GET', '/')).received(answer(body)))
  return textOf(redactCassette(cassette).cassette).replace(/^[^]*\r\n\r\n/, '')
}

/** Contents in which something is secret because of what they are as a whole, or because of its place. */
// oxfmt-ignore
const SECRET: Readonly<Record<string, readonly string[]>> = {
  'nothing but a string': [`"${V}${V}"`, `{"value":"${V}${V}"}`, ` { "value" : "${V}${V}" } `],
  'in a list of a call': [
    `{"method":"walletpassphrase","params":["${V}",60]}`, `{"params":["${V}"],"id":1,"method":"personal_unlockAccount"}`,
    `{"jsonrpc":"2.0","method":"call","params":{"service":"common","method":"login","args":["db","admin","${V}"]}}`, `[{"method":"x"},{"method":"auth.login","params":["bob","${V}"]}]`,
    `[{"method":"add","params":[3,4]},{"method":"login","params":["bob","${V}"]}]`, `{"method":"add","params":[3]}\n{"method":"login","params":["bob","${V}"]}`,
  ],
  'under a word in two pieces': ['passWord', 'PASS_WORD', 'newPassWord', 'pass-phrase', 'sess_id', 'mdp'].map((name) => `{"${name}":"${V}"}`),
  'beside a user': [`u=bob&p=${V}&q=x`, `a=1&username=bob&p=${V}`, `<a href="/q?u=bob&p=${V}">x</a>`],
  'drawn as a user': [`{"success":{"username":"${V}${V}${V}"}}`],
  'a nonce of a form': [`{"nonce":"${NONCE}"}`, `_ajax_nonce=${NONCE}&x=1`, `security=${NONCE}&x=1`, `var a = {"nonce":"${NONCE}"}`],
  'a capability in a path': [`/webhook/${V}`, `/hooks/${V}`, `/hooks/abcdefghij/${V}`, `/inputs/${V}/tag/x`, `/api/${V}${V}${V}/lights`, `/guest-carts/${V}/items`]
    .map((path) => `{"url":"https://x.example${path}"}`),
  'said to somebody': [`Your code is ${CODE}`, `Your temporary password is: ${V}`, `{"text":"Your access token is: ${V}."}`, `x: your PIN is ${CODE}.`, `text=Your+code+is+${CODE}`],
  'of a known form': [`LTAI5t${V}`, `AKID${V}${V}${V}`, `sec-c-${V}${V}${V}`, `tokencc_bh_usrxll_8fom26_lzkcgg_583`, `wc_order_IxQlSgUUHDVQz`, 'LyGg2Gh8L7jxNasMjQHmB3JyJhvQRB8PCe8LiCEKBJ1HK759BFjd']
    .map((text) => `{"a":"${text}"}`),
}

for (const [kind, texts] of Object.entries(SECRET))
  test(`what is secret goes, and is found by check: ${kind}`, () => {
    for (const text of texts) {
      const left = inAnswer(text)
      expectEqual(
        [V, NONCE, CODE].filter((value) => left.includes(value)),
        [],
        text,
      )
      expect(left, text).toContain('{{')
      expectEqual(inAnswer(left), left, `${text}, again`)
    }
  })

test('what only looks like these stays', () => {
  // oxfmt-ignore
  const HARMLESS = [
    '"5ddc9b9510d8970038255d02"', `"${HEX}${HEX}"`, '"6731de76-14a6-49ae-97bc-6eba6914391e"', '"01HV3KQ8Z9X7Y6W5V4T3S2R1QP"', '"just-some-words-in-a-string"',
    `{"method":"eth_call","params":["0x${HEX}"]}`, `{"method":"personal_unlockAccount","params":["0x${HEX}9f38120b"]}`, '{"method":"login","params":["bob"]}',
    `p=${V}&page=2`, `{"p":"${V}"}`, '{"username":"6731de76-14a6-49ae-97bc-6eba6914391e"}', '{"username":"service-account-of-the-production-cluster"}',
    `{"nonce":"${V}"}`, '{"security":"transport"}', `{"ciphertext":"AwgA","session_id":"${V}","sender_key":"${V}"}`, `{"vapid_key":"${V}${V}"}`, `{"apiTokens":{"edges":[{"cursor":"${V}${V}"}]}}`,
    `<saml:Assertion><ds:DigestValue>${V}${V}=</ds:DigestValue><ds:X509Certificate>MII${V}</ds:X509Certificate></saml:Assertion>`,
    '{"url":"https://x.example/api/6731de76-14a6-49ae-97bc-6eba6914391e/x"}', '{"url":"https://x.example/webhooks/5ddc9b95"}', 'Your code is 12 lines long', `{"signatureNonce":"${V}"}`, '{"mac":"00:17:88:01:d4:12"}',
  ]
  for (const text of HARMLESS) expectEqual(inAnswer(text), text, text)
})

test('check finds nothing in what was left, and something before', () => {
  const texts = Object.values(SECRET).flat()
  for (const text of texts) expectEqual(scanForSecrets(inAnswer(text)), [], text)
  expect(texts.filter((text) => scanForSecrets(`\r\n\r\n${text}`).length === 0)).toEqual([])
})
