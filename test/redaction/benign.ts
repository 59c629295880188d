import * as fc from 'fast-check'
import type { Cassette } from '../../src/tape/cassette.ts'
import { oneConnection, request } from '../helpers/tape.ts'

const word = fc.constantFrom(
  'token',
  'session',
  'password',
  'secret',
  'code',
  'the',
  'user',
  'limits',
  'count',
  'author',
  'keyboard',
  'sign-in',
  'monkey',
  'cookies',
)
const id = fc.uuid()
const BENIGN_MEMBERS = [
  ['token_type', '"bearer"'],
  ['max_tokens', '4096'],
  ['usage', '{"prompt_tokens":12,"completion_tokens":345,"total_tokens":357}'],
  ['tokens', '["The","quick","brown"]'],
  ['token', '"Hello"'],
  ['session', '"Opening keynote"'],
  ['sessions', '[{"title":"Intro","speaker":"Ada Lovelace"}]'],
  ['code', '404'],
  ['code', '"NOT_FOUND"'],
  ['country_code', '"DE"'],
  ['key', '"user-name"'],
  ['signature_algorithm', '"sha256-with-rsa"'],
  ['has_password', 'true'],
  ['password_policy', '"at least 12 characters"'],
  ['credentials', '"same-origin"'],
  ['expires_in', '3600'],
  ['created_at', '"2026-11-22T12:00:00Z"'],
  ['url', '"https://example.com/a/b?page=2&sort=name"'],
  ['email', '"ada@example.com"'],
  ['refresh', 'true'],
  ['author', '"Ada Lovelace"'],
] as const

const benignBody = fc.oneof(
  fc
    .tuple(fc.subarray([...BENIGN_MEMBERS], { minLength: 1 }), id, fc.lorem())
    .map(
      ([members, uuid, text]) =>
        `{${[['id', `"${uuid}"`], ['text', JSON.stringify(text)], ...members].map(([name, value]) => `"${name}":${value}`).join(',')}}`,
    ),
  fc
    .tuple(fc.lorem({ maxCount: 30 }), word, word)
    .map(([text, one, other]) => `<html><p class="${one}">${text}: the ${other} = ${one}</p></html>`),
  fc.json(),
  fc.base64String({ maxLength: 200 }).map((data) => `{"image":"${data}"}`),
)
const BENIGN_FIELDS = [
  'Access-Control-Allow-Credentials: true',
  'Access-Control-Allow-Headers: Authorization, X-Api-Key',
  'WWW-Authenticate: Bearer realm="api", error="invalid_token"',
  'X-RateLimit-Remaining-Tokens: 149984',
  'ETag: W/"5d8c72a5edda8"',
  'Strict-Transport-Security: max-age=31536000; includeSubDomains',
  "Content-Security-Policy: default-src 'self'; img-src https://a.example.com",
  'X-Request-Id: 4c1d0d3e-1f7c-4c56-9f1e-3f6a8b2f0a11',
  'Cache-Control: private, max-age=0, must-revalidate',
  'Vary: Cookie, Authorization',
]
/** A conversation with nothing secret in it, though it speaks of secrets. */
export const benign: fc.Arbitrary<Cassette> = fc
  .tuple(
    fc.subarray(BENIGN_FIELDS),
    benignBody,
    fc.constantFrom(
      '/users?page=2&per_page=50',
      '/docs/session/intro',
      '/search?q=token+limits&code=US',
      '/a/b/c?sort=key',
    ),
  )
  .map(([fields, body, target]) =>
    oneConnection('http://api.test', (connection) =>
      connection
        .sent(request('GET', target))
        .received(
          `HTTP/1.1 200 OK\r\n${fields.map((field) => `${field}\r\n`).join('')}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`,
          Buffer.from(body),
        ),
    ),
  )
