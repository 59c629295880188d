import { expect, test } from '../helpers/test.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { scanForSecrets } from '../../src/inspection/secret-scan.ts'
import { type Api, cassetteOf, textOf } from './real-apis.ts'
import { playedBy } from './services/judged.ts'

const V = 'Zq7rT0kLm3XvB9cWe5'
const WORDS = 'hunter2-Walrus'
const JSON_TYPE = 'application/json'
const FORM = 'application/x-www-form-urlencoded'

const asked = (line: string, type: string, body: string): Api => {
  const [method = '', target = ''] = line.split(' ')
  const headers = [['Content-Type', type]] as const
  const response = { status: 204, headers: [], body: '' }
  return { name: line, host: 'x.test', ex: [{ method, target, headers, body, response }], secrets: {}, benign: {} }
}

/** Before a value, the value, and what follows it. */
// oxfmt-ignore
const SECRET: readonly (readonly [line: string, type: string, before: string, value: string, after?: string])[] = [
  ['PUT /users/u1/password', JSON_TYPE, '{"value":"', WORDS, '","forceChange":true}'],
  ['PUT /v4/projects/1/variables/API_KEY', FORM, 'value=', V, '&masked=true'],
  ['PUT /v4/projects/1/variables/DB_PASSWORD', JSON_TYPE, '{"value":"', WORDS, '"}'],
  ['PATCH /repos/a/b/actions/variables/API_TOKEN?x=1', JSON_TYPE, '{"name":"x","value":"', V, '"}'],
  ['PUT /secrets/db-main?api-version=7.4', JSON_TYPE, '{"value":"', WORDS, '"}'],
  ['PUT /v1/kv/app/db_password', 'text/plain', '', WORDS],
  ['PUT /v1/kv/app/api%5Ftoken', '', ' ', V, '\n'],
  ['POST /storage/keys/db/main', 'application/x-rundeck-data-password', '', WORDS],
  ['POST /users/1/otp', JSON_TYPE, '{"value":"', '404001', '"}'],
  ['POST /mfa/verify', JSON_TYPE, '{"code":"', '4040', '"}'],
  ['POST /login/2fa', FORM, 'code=', '4040011'],
  ['POST /pairingKeys', JSON_TYPE, '{"code":"', '40400112345678', '"}'],
]

for (const [line, type, before, value, after = ''] of SECRET)
  test(`goes where the target says what is sent: ${line} ${before}..${after}`, () => {
    const api = asked(line, type, `${before}${value}${after}`)
    const { cassette } = redactCassette(cassetteOf(api))
    expect(textOf(cassette)).not.toContain(value)
    expect(textOf(redactCassette(cassette).cassette)).toBe(textOf(cassette))
    for (const event of cassette.tape) if ('bytes' in event) expect(scanForSecrets(event.bytes)).toEqual([])
    const other = value.replaceAll(/[0-9]/g, (digit) => String((Number(digit) + 1) % 10))
    for (const again of [api, asked(line, type, `${before}${other}${after}`)])
      expect(playedBy(cassette, again)).toEqual([0])
  })

// oxfmt-ignore
const HARMLESS: readonly (readonly [line: string, type: string, body: string])[] = [
  ['PUT /v4/projects/1/variables/REGION', JSON_TYPE, '{"value":"eu-central-7"}'], ['PUT /settings/password-policy', JSON_TYPE, '{"value":"strict-v2"}'],
  ['PUT /users/u1/password', JSON_TYPE, '{"expires":"2026-01-17","hint":"my dog"}'], ['PUT /v1/kv/app/replicas', 'text/plain', '4040'],
  ['POST /zip/lookup', JSON_TYPE, '{"code":"10115"}'], ['PUT /flags/token', JSON_TYPE, '{"value":true}'], ['POST /verify', FORM, 'country=49&code=abc'],
]
for (const [line, type, body] of HARMLESS)
  test(`stays where the target says nothing of it: ${line} ${body}`, () => {
    const cassette = cassetteOf(asked(line, type, body))
    expect(textOf(redactCassette(cassette).cassette)).toBe(textOf(cassette))
    for (const event of cassette.tape) if ('bytes' in event) expect(scanForSecrets(event.bytes)).toEqual([])
  })
