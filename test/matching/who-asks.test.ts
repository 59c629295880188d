import { expect, test } from '../helpers/test.ts'
import { player, recordingOf, requestOf } from './own-client.ts'

// Two clients with credentials of their own ask for the same, in another order than it was recorded: whose answer each of them gets.

/** The header fields of somebody, by a secret. */
type Credentials = (secret: string) => readonly string[]

const base64url = (text: string): string => Buffer.from(text).toString('base64url')
const token = (secret: string): string =>
  [
    { alg: 'HS256', typ: 'JWT' },
    { sub: secret, iat: 1_790_000_000, exp: 1_790_000_300 },
  ]
    .map((part) => base64url(JSON.stringify(part)))
    .concat(base64url(secret.repeat(4)))
    .join('.')
const uuid = (secret: string): string =>
  Buffer.from(secret.padEnd(16, '0'))
    .toString('hex')
    .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5')

const CREDENTIALS: Readonly<Record<string, Credentials>> = {
  'a bearer token': (secret) => [`Authorization: Bearer ${secret}`],
  'a JSON web token': (secret) => [`Authorization: Bearer ${token(secret)}`],
  'a password': (secret) => [`Authorization: Basic ${Buffer.from(`ada:${secret}`).toString('base64')}`],
  'a cookie beside another': (secret) => [`Cookie: theme=dark; sid=${secret}`],
  'a key that is a UUID': (secret) => [`X-Api-Key: ${uuid(secret)}`],
  'a number': (secret) => [`X-Otp: ${secret.charCodeAt(0)}${secret.charCodeAt(1)}00`],
  'a token, and a signature that is new each time': (secret) => {
    turn += 1
    return [`Authorization: Bearer ${secret}`, `X-Signature: ${token(`${turn}${secret}`).slice(-24)}`]
  },
}
let turn = 0

const [ADA, BOB] = ['Zq7rT0kLm3XvB9cW', 'a8Kd03LqPzT5wE2y']
const [X, Y] = ['Pq9kT0kLm3XvB9cQ', 'c4Ue81MnVoR6sH3j']

for (const [name, of] of Object.entries(CREDENTIALS)) {
  const me = (secret: string): string => requestOf('GET /me', of(secret))
  const list = (secret: string): string => requestOf('GET /list', of(secret))

  test.describe(`clients that differ in ${name}`, () => {
    test('get their own answers, in whatever order', () => {
      const ask = player(recordingOf([me(ADA), me(BOB), list(ADA), list(BOB), list(ADA)]))
      expect([me(X), list(Y), me(Y), list(X), list(X)].map(ask)).toEqual([0, 3, 1, 2, 4])
    })

    test('get their own answers again', () => {
      const ask = player(recordingOf([me(ADA), me(BOB), list(ADA), list(BOB)]), undefined, undefined, true)
      expect([me(X), list(Y), me(Y), list(X), me(X), me(Y), list(X), list(Y)].map(ask)).toEqual([
        0, 3, 1, 2, 0, 1, 2, 3,
      ])
    })

    test('get others than a client without', () => {
      const nobody = requestOf('GET /me')
      const [first, last] = [player(recordingOf([nobody, me(ADA)])), player(recordingOf([me(ADA), nobody]))]
      expect([me(X), nobody].map(first)).toEqual([1, 0])
      expect([nobody, me(X)].map(last)).toEqual([1, 0])
    })

    test('get the answers in their order if they ask as one', () => {
      const ask = player(recordingOf([me(ADA), me(BOB), me(ADA), me(BOB)]))
      expect([me(X), me(X), me(X), me(X)].map(ask)).toEqual([0, 2, 1, 3])
    })
  })
}

/** A request with a secret that accepts one type. */
const of = (type: string, secret: string): string => requestOf(`GET /x?token=${secret}`, [`Accept: ${type}`])

test.describe('other header fields choose as well', () => {
  test('where a placeholder stands in what is compared', () => {
    const ask = player(recordingOf([of('text/a', ADA), of('text/b', ADA), of('text/a', BOB)]))
    expect([of('text/b', X), of('text/a', Y), of('text/a', X)].map(ask)).toEqual([1, 2, 0])
  })

  test('where answers are repeated', () => {
    const ask = player(recordingOf([of('text/a', ADA), of('text/b', ADA)]), undefined, undefined, true)
    expect([of('text/b', X), of('text/a', X), of('text/a', X), of('text/b', X)].map(ask)).toEqual([1, 0, 0, 1])
    const [a, b] = [requestOf('GET /', ['Accept: text/a']), requestOf('GET /', ['Accept: text/b'])]
    const again = player(recordingOf([a, b]), undefined, undefined, true)
    expect([b, a, a, b, a].map(again)).toEqual([1, 0, 0, 1, 0])
  })

  test('but a request that is there to the letter comes first', () => {
    const ask = player(recordingOf([of('text/a', ADA), of('text/b', 'next')]))
    expect([of('text/a', 'next'), of('text/b', X)].map(ask)).toEqual([1, 0])
  })
})
