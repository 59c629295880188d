import { expect, test } from '../helpers/test.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { scanForSecrets } from '../../src/inspection/secret-scan.ts'
import { findSuspiciousValues } from '../../src/inspection/suspicious-values.ts'
import { every } from '../helpers/share.ts'
import { type Api, apisPath, cassetteOf, loadApis, standsIn, textOf } from '../redaction/real-apis.ts'

const VALUE = 'Zq7rT0kLm3XvB9'

// oxfmt-ignore
const SUSPICIOUS: readonly string[] = [
  `{"access_token":"${VALUE}"}`, `X-Api-Key: ${VALUE}`, `/cb?code=${VALUE}&state=1`, `password: 'tiger'`, `<Password>tiger</Password>`,
  `{"name":"DB_PASSWORD","value":"${VALUE}"}`, `{"value":"${VALUE}","name":"API_TOKEN"}`, `<input value="${VALUE}" name="csrf_token">`,
  `postgres://u:${VALUE}@h/db`, `AccountKey=${VALUE};EndpointSuffix=x`, `Authorization: Bearer ${VALUE}xyz`, `/reset/${VALUE}${VALUE}`,
  `{"otp":"123456"}`, `npm-otp: 123456`,
]
// oxfmt-ignore
const HARMLESS: readonly string[] = [
  `{"next_page_token":"${VALUE}"}`, `{"token_type":"bearer"}`, `{"code":"NoSuchKey"}`, `{"pass":42,"fail":3}`, `{"created_at":"2026-01-01"}`,
  `{"accessId":"${VALUE}"}`, 'X-Api-Key: {{api-key.1}}', '{"password":"{{password.1}}"}', 'Password: minimum 8 characters', '{"token":" Hello"}',
  `{"public_key":{"key_id":"1","key":"${VALUE}"}}`, '/x?sort=key', 'Authorization: OAuth {{authorization.1}}',
]

test.describe('findSuspiciousValues', () => {
  for (const text of SUSPICIOUS) test(`finds ${text}`, () => expect(findSuspiciousValues(text)).not.toEqual([]))
  for (const text of HARMLESS) test(`leaves ${text}`, () => expect(findSuspiciousValues(text)).toEqual([]))

  test('takes linear time where values lie in each other', () => {
    took(2000)
    expect(took(40_000) / took(10_000)).toBeLessThan(10)
  })
})

test.describe('the second scanner, on exchanges with well-known services', () => {
  test.skip(apisPath === undefined, 'shared/secrets/apis.mjs is not on this machine')

  test('finds 19 of 20 secrets at least', async () => {
    const found = every(6, await loadApis('a')).flatMap((api) =>
      Object.values(api.secrets).map((secret) => isFound(api, String(secret))),
    )
    expect(found.filter((is) => is).length / found.length).toBeGreaterThan(0.95)
  })

  test('finds nothing in what was redacted', async () => {
    for (const api of every(3, await loadApis('a')))
      for (const event of redactCassette(cassetteOf(api)).cassette.tape)
        if ('bytes' in event) expect([api.name, ...scanForSecrets(event.bytes)]).toEqual([api.name])
  })
})

function took(count: number): number {
  const before = process.cpuUsage()
  findSuspiciousValues('token='.repeat(count))
  return process.cpuUsage(before).user
}

/** Whether a scan finds less if the secret is not there. */
function isFound(api: Api, secret: string): boolean {
  const { tape, ...rest } = cassetteOf(api)
  return tape.some((event) => {
    const text = textOf({ ...rest, tape: [event] })
    return standsIn(text, secret) && scanForSecrets(without(text, secret)).length < scanForSecrets(text).length
  })
}

function without(text: string, secret: string): string {
  const bytes = Buffer.from(secret)
  const json = JSON.stringify(secret).slice(1, -1)
  const url = encodeURIComponent(secret)
  const cores = [0, 1, 2].map((lead) => {
    const coded = Buffer.concat([Buffer.alloc(lead), bytes]).toString('base64')
    return coded.slice(lead === 0 ? 0 : lead + 1, Math.floor(((lead + bytes.length) * 4) / 3))
  })
  return [secret, url, encodeURIComponent(url), json, JSON.stringify(json).slice(1, -1), ...cores]
    .filter((form) => form.length > 3)
    .reduce((all, form) => all.replaceAll(form, '{{x}}'), text)
}
