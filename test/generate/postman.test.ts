import { expect, test } from '../helpers/test.ts'
import { redactCassette } from '../../src/entries/cassette.ts'
import { toPostman } from '../../src/generate/index.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const recorded = (): Cassette => {
  const cassette = oneConnection('https://api.test', (it) =>
    it
      .sent(
        request('POST', '/login?access_token=aB3dE6gH9jK2mN5pQ8', '{"otp":48151623}', [
          'Content-Type: application/json',
        ]),
      )
      .received(answer('{"id":1}', '201 Made'))
      .sent(request('POST', '/bytes', '\u00ff\u0000'))
      .received(answer('ok'))
      .sent(request('GET', '/{{$guid}}'))
      .received(answer('ok'))
      .sent(request('GET', '/a', '', ['X-A: 1']))
      .received('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\u00ff\u0000'),
  )
  return redactCassette(cassette, { env: {} }).cassette
}

test('a collection has the requests with their answers, and placeholders as variables', () => {
  expect(toPostman(recorded(), 'login.yaml')).toMatchObject({
    info: { name: 'login.yaml', schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' },
    item: [
      {
        name: 'POST /login',
        request: {
          method: 'POST',
          url: 'https://api.test/login?access_token={{token.1}}',
          header: [{ key: 'Content-Type', value: 'application/json' }],
          body: { mode: 'raw', raw: '{"otp":{{otp.1}}}', options: { raw: { language: 'json' } } },
        },
        response: [{ code: 201, status: 'Made', body: '{"id":1}' }],
      },
      {
        name: 'GET /a',
        request: { method: 'GET', url: 'https://api.test/a', header: [{ key: 'X-A', value: '1' }] },
        response: [{ code: 200, body: '(2 bytes that are not text)' }],
      },
    ],
    variable: [
      { key: 'token.1', value: '' },
      { key: 'otp.1', value: '' },
    ],
  })
})

test('requests that the format cannot hold are named in its description', () => {
  const { description } = Object(toPostman(recorded(), 'x')).info
  expect(description.split('\n')).toEqual([
    'Made by wiretape from a cassette.',
    'Left out: POST https://api.test/bytes: its content of 2 bytes is not text.',
    'Left out: GET https://api.test/{{$guid}}: it has {{ that is not a placeholder, which would be read as a variable.',
  ])
})
