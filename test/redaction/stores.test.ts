import { expect, test } from '../helpers/test.ts'
import { findInStores, findVariables } from '../../src/redaction/stores.ts'

const DRAWN = 'Zq7rT0kLm3XvB9tYp2Wd'
const OTHER = 'Hs8jG5cF4aEu6Kw1nQ3b'

/** What is found, as `label value`. */
function found(text: string, find = findInStores): readonly string[] {
  const all: string[] = []
  find(text, (label, start, end) => void all.push(`${label} ${text.slice(start, end)}`))
  return all
}

const resource = (type: string, rest: string): string => `{"type": "${type}", "values": {${rest}}}`

test.describe('resources of Terraform that draw a secret', () => {
  for (const type of ['random_password', 'random_string', 'random_bytes'])
    for (const member of ['result', 'base64', 'hex', 'bcrypt_hash'])
      test(`${member} of ${type}`, () => {
        expect(found(resource(type, `"length": 20, "${member}": "${DRAWN}"`))).toEqual([`secret ${DRAWN}`])
      })

  test('up to the next resource', () => {
    const next = resource('aws_instance', `"result": "${OTHER}"`)
    expect(found(`[${resource('random_password', `"result": "${DRAWN}"`)}, ${next}]`)).toEqual([`secret ${DRAWN}`])
    expect(found(`[${resource('random_password', '')}, ${next}]`)).toEqual([])
  })

  test('not far from their type', () => {
    const far = (length: number): string => `"keepers": "${'a'.repeat(length)}", "result": "${DRAWN}"`
    expect(found(resource('random_password', far(4000)))).toEqual([`secret ${DRAWN}`])
    expect(found(resource('random_password', far(4100)))).toEqual([])
  })

  for (const value of ['sevench', '12345678', '{{secret.1}}'])
    test(`not ${value}`, () => expect(found(resource('random_password', `"result": "${value}"`))).toEqual([]))

  test('that draw a number are none', () =>
    expect(found(resource('random_integer', `"result": "${DRAWN}"`))).toEqual([]))
})

const manifest = (members: object, kind = 'Secret', name = 'data'): string => JSON.stringify({ kind, [name]: members })

const base64 = (text: string): string => Buffer.from(text).toString('base64')

test.describe('a Secret of Kubernetes', () => {
  for (const value of ['Zq7rT0kL', 'Zq7rT0kLm3', 'Zq7rT0kLm3Xv', `${DRAWN}${OTHER}`])
    test(`has ${value} as it is, and in base64`, () => {
      expect(found(manifest({ a: value }, 'Secret', 'stringData'))).toEqual([`secret ${value}`])
      expect(found(manifest({ a: base64(value) }))).toEqual([`secret-data ${base64(value)}`])
    })

  for (const value of ['true', 'eu-1', 'Zq7rT0k', '{{secret.1}}'])
    test(`has nothing secret in ${value}`, () =>
      expect(found(manifest({ a: value }, 'Secret', 'stringData'))).toEqual([]))

  test('has secrets under any names, in base64 or as they are', () => {
    expect(found(manifest({ a: base64(DRAWN), b: base64(OTHER) }))).toEqual([
      `secret-data ${base64(DRAWN)}`,
      `secret-data ${base64(OTHER)}`,
    ])
    expect(found(manifest({ a: DRAWN }, 'Secret', 'stringData'))).toEqual([`secret ${DRAWN}`])
    expect(found(manifest({ a: base64(DRAWN) }, 'SecretList'))).toHaveLength(1)
  })

  test('has other values, too', () => {
    const members = { a: 'short', b: 12345678, c: base64('{"a":1}'), d: '{{secret.1}}', e: base64('postgres') }
    expect(found(manifest(members))).toEqual([])
    expect(found(manifest({ a: base64(DRAWN) }, 'ConfigMap'))).toEqual([])
    expect(found(manifest({ a: base64(DRAWN) }, 'Secret', 'metadata'))).toEqual([])
  })
})

const lease = (data: object): string => JSON.stringify({ lease_duration: 60, data })

test.describe('an answer of Vault', () => {
  test('has secrets under names that say so', () => {
    expect(found(lease({ password: DRAWN }))).toEqual([`secret ${DRAWN}`])
    expect(found(lease({ role_id: DRAWN, secret_id: OTHER }))).toEqual([`secret ${DRAWN}`, `secret ${OTHER}`])
    expect(found(`{"data": {"data": {"password": "${DRAWN}"}}}`)).toEqual([`secret ${DRAWN}`])
  })

  test('has other values, too', () => {
    for (const name of ['certificate', 'issuing_ca', 'ca_chain', 'serial_number', 'public_key', 'path', 'username'])
      expect(found(lease({ [name]: DRAWN }))).toEqual([])
    expect(found(lease({ password: `vault:v1:${DRAWN}`, token: '{{token.1}}', key: 12345678 }))).toEqual([])
    expect(found(`{"data": {"password": "${DRAWN}"}}`)).toEqual([])
  })
})

test('a variable of Terraform has the label of its name', () => {
  const variable = (name: string): string => `variable "${name}" {\n  type = string\n  default = "${DRAWN}"\n}`
  expect(found(variable('db_password'), findVariables)).toEqual([`password ${DRAWN}`])
  expect(found(`${variable('region')} ${variable('api_token')}`, findVariables)).toEqual([`token ${DRAWN}`])
})
