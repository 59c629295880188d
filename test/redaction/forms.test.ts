import { expect, test } from '../helpers/test.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import { formFor, numberFor } from '../../src/redaction/forms.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const TOKEN = `${part({ alg: 'RS256', typ: 'JWT', kid: 'k1' })}.${part({ sub: 'ada', iat: 1_700_000_000, nbf: 1_700_000_001, exp: 1_700_003_600 })}.${Buffer.from('signature-of-many-bytes').toString('base64url')}`
const UUID = '3b1f8c2e-1111-4aaa-8bbb-0123456789ab'
const KEY = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n'

const recorded = (sent: object, received: object): Cassette =>
  oneConnection('http://api.test', (connection) =>
    connection.sent(request('POST', '/', JSON.stringify(sent))).received(answer(JSON.stringify(received))),
  )

function contentOf({ tape }: Cassette, type: 'sent' | 'received'): Readonly<Record<string, unknown>> {
  const event = tape.find((one) => one.type === type)
  const text = event !== undefined && 'bytes' in event ? Buffer.from(event.bytes).toString() : ''
  const value: unknown = JSON.parse(text.slice(text.indexOf('\r\n\r\n')))
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

const claimsOf = (token: unknown, index: number): unknown =>
  JSON.parse(Buffer.from(String(token).split('.')[index] ?? '', 'base64url').toString())

test('of a JSON web token only times stay, and these only as numbers', () => {
  const claims = { iat: 'ada@example.com', nbf: 5, auth_time: 7, exp: 1, sub: 9, jti: 'x' }
  const written = formFor(`${part({ alg: 'ES256', kid: 'k' })}.${part(claims)}.abc`, '{{jwt.1}}')
  expect([claimsOf(written, 0), claimsOf(written, 1)]).toEqual([
    { alg: 'ES256', typ: 'JWT' },
    { nbf: 5, auth_time: 7, exp: 4_102_444_800 },
  ])
})

test('a JSON web token can be read, and has not expired', () => {
  const { cassette, report } = redactCassette(recorded({}, { access_token: TOKEN }))
  const { access_token: token } = contentOf(cassette, 'received')
  expect(String(token).split('.')).toHaveLength(3)
  expect(claimsOf(token, 0)).toEqual({ alg: 'RS256', typ: 'JWT' })
  expect(claimsOf(token, 1)).toEqual({ iat: 1_700_000_000, nbf: 1_700_000_001, exp: 4_102_444_800 })
  expect(Buffer.from(String(token).split('.')[2] ?? '', 'base64url').toString()).toBe('{{token.1}}')
  expect(report.placeholders).toEqual(['{{token.1}}'])
})

test('a UUID is one', () => {
  const { cassette } = redactCassette(recorded({}, { access_token: UUID, refresh_token: UUID.replace('3', '4') }))
  const { access_token: one, refresh_token: other } = contentOf(cassette, 'received')
  expect([one, other]).toEqual([expect.stringMatching(IS_UUID), expect.stringMatching(IS_UUID)])
  expect(one).not.toBe(other)
})

const IS_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

test('a key keeps its frame', () => {
  const { cassette } = redactCassette(recorded({}, { private_key: KEY }))
  expect(contentOf(cassette, 'received')).toEqual({
    private_key: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----\n\{\{.*\.1\}\}\n-----END PRIVATE KEY-----/),
  })
})

test('what readers decode because of where it stands can be decoded, and a bare key is for people', () => {
  const drawn = 'zQ7mN5pQ8sT2vX4yB6dF8hJ0kL'
  const base64 = Buffer.from(drawn).toString('base64')
  const hex = Buffer.from(drawn).toString('hex').slice(0, 40)
  const sent = { kind: 'Secret', data: { 'own-name': base64 }, stringData: { other: drawn } }
  const received = {
    kty: 'oct',
    k: Buffer.from(`${drawn}2`).toString('base64url'),
    api_key: hex,
    access_token: base64,
  }
  const { cassette } = redactCassette(recorded(sent, received))
  const text = encodeCassette(cassette)
  expect(encodeCassette(decodeCassette(text))).toBe(text)
  expect(redactCassette(cassette).cassette).toEqual(cassette)

  const { data } = contentOf(cassette, 'sent')
  const { k, api_key: key } = contentOf(cassette, 'received')
  expect(Buffer.from(String(Object(data)['own-name']), 'base64').toString()).toBe('{{secret-data.1}}')
  expect(Buffer.from(String(k), 'base64url').toString()).toBe('{{jwk.1}}')
  expect(key).toBe('{{api-key.1}}')
})

for (const value of [1234, 123456, 98765432, 123456789012345])
  test(`the number ${value} is a number of as many digits`, () => {
    const { cassette } = redactCassette(recorded({}, { otp: value, n: 1 }))
    const { otp, n } = contentOf(cassette, 'received')
    expect(n).toBe(1)
    expect(otp).not.toBe(value)
    expect(String(otp)).toMatch(new RegExp(`^\\d{${String(value).length}}$`))
  })

test('a number that has no such form is a placeholder in quotes', () => {
  const { cassette } = redactCassette(recorded({}, { otp: Number.MAX_SAFE_INTEGER }))
  expect(contentOf(cassette, 'received')).toEqual({ otp: '{{otp.1}}' })
})

test.describe('what does not show that it stands for a secret', () => {
  const before = recorded({ otp: 123456, access_token: UUID }, { otp: 654321, access_token: TOKEN })
  const { cassette } = redactCassette(before)

  test('is in the cassette, and read back', () => {
    const text = encodeCassette(cassette)
    expect(text).toMatch(/redacted: \{ otp\.1: "404001", token\.1: "?dddddddd-/)
    expect(decodeCassette(text).tape).toEqual(cassette.tape)
  })

  test('is not redacted once more, from the file either', () => {
    expect(redactCassette(cassette).cassette.tape).toEqual(cassette.tape)
    const read = decodeCassette(encodeCassette(cassette))
    expect(redactCassette(read).cassette.tape).toEqual(cassette.tape)
  })

  test('is known where its request is read', () => {
    const [interaction] = interactionsOf(cassette)
    expect(interaction?.request.disguised?.get('404001')).toBe('otp.1')
  })

  test('takes no number twice', () => {
    const more = onSecondConnection(recorded({ otp: 111111 }, {}))
    const both = redactCassette({ ...cassette, tape: [...cassette.tape, ...more] }).cassette
    const last = both.tape.findLast((event) => event.type === 'sent')
    expect(last?.type === 'sent' ? last.redacted : undefined).toEqual({ 'otp.3': '404003' })
  })
})

const onSecondConnection = ({ tape }: Cassette): Cassette['tape'] =>
  tape.map((event) => Object.assign({}, event, { connection: 2 }))

const textOf = ({ tape }: Cassette): string =>
  tape.map((event) => ('bytes' in event ? Buffer.from(event.bytes).toString('latin1') : '')).join('')

test.describe('names of placeholders do not depend on who records', () => {
  const value = 'aB3dE6gH9jK2mN5pQ8sT'
  const tape = oneConnection('http://api.test', (connection) =>
    connection.sent(request('GET', `/x/${value}`, '', [`Authorization: Bearer ${value}`])).received(answer('{}')),
  )
  const here = textOf(redactCassette(tape).cassette)

  test('whatever their environment and their registered values are', () => {
    expect(here).toContain('GET /x/{{authorization.1}} ')
    const env = { OTHER_TOKEN: 'zY9xW8vU7tS6rQ5pO4nM', API_TOKEN: value }
    expect(textOf(redactCassette(tape, { env }).cassette)).toBe(here)
    expect(textOf(redactCassette(tape, { secrets: [value] }).cassette)).toBe(here)
  })

  test('and what is found without a name is numbered by where it is found', () => {
    const found = oneConnection('http://api.test', (connection) =>
      connection.sent(request('GET', `/x/${value}`)).received(answer('{}')),
    )
    const env = { A_TOKEN: 'zY9xW8vU7tS6rQ5pO4nM', B_TOKEN: value }
    expect(textOf(redactCassette(found, { env }).cassette)).toContain('GET /x/{{env.1}} ')
  })
})

test('the UUID that stands for one tells its label and number, in twelve digits', () => {
  expect(formFor(UUID, '{{token.1}}')).toBe('dddddddd-ea32-4ddd-8ddd-000000000001')
  expect(formFor(UUID, '{{pin.23}}')).toBe('dddddddd-0694-4ddd-8ddd-000000000023')
  expect(formFor(UUID, '{{pin.1234567890123}}')).toBe('dddddddd-0694-4ddd-8ddd-234567890123')
  expect(formFor(UUID.toUpperCase(), '{{pin.1}}')).toBe('dddddddd-0694-4ddd-8ddd-000000000001')
  expect(formFor(`${UUID}0`, '{{pin.1}}')).toBe('{{pin.1}}')
})

test('of a token only times stay that are numbers; what is none is a placeholder', () => {
  const odd = `${part({ kid: 'k1' })}.${part({ iat: '1', nbf: 2, auth_time: 3, jti: 4 })}.`
  expect(claimsOf(formFor(odd, '{{token.1}}'), 0)).toEqual({ alg: 'none', typ: 'JWT' })
  expect(claimsOf(formFor(odd, '{{token.1}}'), 1)).toEqual({ nbf: 2, auth_time: 3, exp: 4_102_444_800 })
  for (const value of [`${part({ a: 1 })}.eyJub.x`, `eyJub.${part({ a: 1 })}.x`, `${part({ a: 1 })}.${part({ a: 1 })}`])
    expect(formFor(value, '{{token.1}}')).toBe('{{token.1}}')
})

test('a key in PEM keeps the form of its line ends, and what follows it', () => {
  const [begin, end] = ['-----BEGIN EC PRIVATE KEY-----', '-----END EC PRIVATE KEY-----']
  for (const [lineEnd, after] of [
    ['\n', '\n'],
    ['\r\n  ', ''],
    [String.raw`\n`, String.raw`\n`],
    [String.raw`\\r\\n`, ''],
    ['%0D%0A', '%0A'],
    ['', ' '],
  ])
    expect(formFor(`${begin}${lineEnd}MIIE${end}${after}`, '{{key.1}}')).toBe(
      `${begin}${lineEnd}{{key.1}}${lineEnd}${end}${after}`,
    )
})

test('a number that is too short or long, or would not keep its digits, gets a placeholder', () => {
  expect(numberFor('1234', '{{otp.1}}')).toBe('4041')
  expect(numberFor('1234567', '{{otp.12}}')).toBe('4040012')
  expect(numberFor('123456789012345', '{{otp.1}}')).toBe('404000000000001')
  expect(numberFor('1234', '{{otp.12}}')).toBe('"{{otp.12}}"')
  for (const value of ['123', '0123', '1234567890123456', '12.5', '-1234'])
    expect(numberFor(value, '{{otp.1}}')).toBe('"{{otp.1}}"')
})
