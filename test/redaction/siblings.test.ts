import { expect, test } from '../helpers/test.ts'
import { scanForSecrets } from '../../src/inspection/secret-scan.ts'
import { redactCassette, Redactor } from '../../src/redaction/redact-cassette.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'
import { standsIn, textOf } from './real-apis.ts'
import { DRAWN, harmlessOf, siblingsOf } from './siblings.ts'

const { V, H, U, KEY } = DRAWN

const inAnswer = (text: string): string => {
  const body = Buffer.from(text).toString('latin1')
  const cassette = oneConnection('http://api.test', (c) => c.sent(request('GET', '/')).received(answer(body)))
  return textOf(redactCassette(cassette).cassette).replace(/^[^]*?\r\n\r\n[^]*?\r\n\r\n/, '')
}

for (const [kind, texts] of Object.entries(siblingsOf(DRAWN)))
  test(`secrets in ${kind} go, once and for all`, () => {
    for (const text of texts) {
      const left = inAnswer(text)
      expectEqual(
        [V, H, KEY].filter((value) => standsIn(left, value)),
        [],
        text,
      )
      expectEqual(inAnswer(left), left, `${text}, again`)
      expectEqual(scanForSecrets(left), [], `what is left of ${text}`)
    }
  })

test('what is no secret stays, and check does not take it for one', () => {
  const HARMLESS = harmlessOf(DRAWN)
  for (const text of HARMLESS) {
    expectEqual(inAnswer(text), text, text)
    expectEqual(scanForSecrets(text), [], `check: ${text}`)
  }
  expect(HARMLESS.length).toBeGreaterThan(60)
})

test('a code in mail goes, with tags before it', () => {
  for (const before of ['<p>Use this PIN to sign in:</p><div>', 'Your verification code is</td></tr><tr><td><b>'])
    expect(inAnswer(`${before}404001</b>`)).toBe(`${before}{{code.1}}</b>`)
})

test('a short code of a grant goes', () => {
  for (const [before, after] of [
    ['grant_type=authorization_code&code=', ''],
    ['code=', '&grant_type=authorization_code'],
    ['/cb?code=', '&state=x1'],
    ['com.acme.app://cb?code=', '&x=1'],
    ['{"grant_type":"authorization_code","code":"', '"}'],
  ] as const)
    expect(inAnswer(`${before}aB3x9Z${after}`)).toBe(`${before}{{code.1}}${after}`)
})

test('a value that ends with a backslash leaves JSON as it was around it', () => {
  for (const backslashes of [2, 4, 6])
    for (const next of ['","x":"1"', '"', '" ,\n"y": [1]']) {
      const text = (value: string): string => `{"csrftoken":"${value}${next}}`
      expect(inAnswer(text(`${V}+${'\\'.repeat(backslashes)}`))).toBe(text('{{csrf.1}}'))
    }
  const left = inAnswer(JSON.stringify({ body: JSON.stringify({ password: `${V}"\\`, b: 1 }) }))
  expect(left.replace(/password\.\d/, 'password.1')).toBe(
    JSON.stringify({ body: JSON.stringify({ password: '{{password.1}}', b: 1 }) }),
  )
})

test('calls whose lists do not end, and tables without cells, take linear time', () => {
  for (const unit of [
    '{"op":"login","args":["',
    'A  ',
    'TOKEN  KEY\n',
    '<methodResponse><params><param><value>',
    '| token | a |\n',
    '\\',
    '<USERPASS>a ',
    '<h3>Backup codes</h3><ul><li>a</li>',
    '<b data-clipboard-text="',
    '/reset/1/1',
    'abcd ',
    'code: <b>',
    'token == "',
    'stats auth a:',
    '{"key":{"password":',
    'backup codes:\n',
    'a * b',
    'this code: <b>',
    'WIFI:T:a;',
    'Iabcdefgh--',
    'tokens:\n- a',
  ]) {
    const cpuOf = (length: number): number => {
      const text = unit.repeat(length / unit.length)
      const before = process.cpuUsage()
      inAnswer(text)
      return process.cpuUsage(before).user
    }
    // A busy machine may disturb one measurement.
    const isLinear = [1, 2, 3].some(() => cpuOf(80_000) < Math.max(10 * cpuOf(20_000), 50_000))
    expect(isLinear, unit).toBe(true)
  }
})

const cpuOfSecrets = (count: number): number => {
  const names = Array.from({ length: count }, (_, at) => `"token${at}":"${V}${at}"`)
  const ids = Array.from({ length: count }, (_, at) => `"${U.slice(0, -8)}${10_000_000 + at}"`)
  const cassette = oneConnection('http://api.test', (c) =>
    c
      .sent(request('GET', '/'))
      .received(answer(`{${names.join()}}`))
      .sent(request('GET', '/'))
      .received(answer(`{"tokens":[${ids.join()}]}`)),
  )
  const before = process.cpuUsage()
  const redactor = new Redactor()
  redactor.redact(cassette.tape.slice(0, 3))
  redactor.redact(cassette.tape.slice(3))
  redactor.hasFoundWhatMayStandIn(() => textOf(cassette))
  return process.cpuUsage(before).user
}

test('thousands of secrets in one answer take linear time', () => {
  cpuOfSecrets(100)
  expect(cpuOfSecrets(8000)).toBeLessThan(Math.max(10 * cpuOfSecrets(2000), 1_000_000))
})
