import { gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import { keptValues } from '../../src/inspection/kept-values.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const ID = 'b7Qz9mK2xT4vW8rY'

test('names what looks drawn at random and stays: parameters, fields, members, also behind a coding', () => {
  const zipped = gzipSync(JSON.stringify({ list: [{ node: ID }, { node: `${ID}2` }], word: 'ordinary' })).toString(
    'latin1',
  )
  const cassette = oneConnection('http://api.test', (connection) =>
    connection
      .sent(request('GET', `/?versionId=${ID}&page=2`, '', ['X-Trace: ordinary words']))
      .received(
        `HTTP/1.1 200 OK\r\nX-Thing: ${ID}\r\nETag: "${ID}"\r\nContent-Encoding: gzip\r\nContent-Length: ${zipped.length}\r\n\r\n${zipped}`,
      ),
  )
  expect(keptValues(cassette)).toEqual([
    { name: 'node', count: 2 },
    { name: 'versionId', count: 1 },
    { name: 'X-Thing', count: 1 },
  ])
})

test('names nothing that was replaced, in whatever form', () => {
  const token = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${Buffer.from('{"sub":"a"}').toString('base64url')}.c2lnbmF0dXJlcw`
  const cassette = oneConnection('http://api.test', (connection) =>
    connection
      .sent(request('GET', `/?access_token=${ID}`))
      .received(answer(JSON.stringify({ access_token: token, otp: 123456 }))),
  )
  expect(keptValues(redactCassette(cassette).cassette)).toEqual([])
})

test('names two hundred at most, and goes on to count those', () => {
  const names = Array.from({ length: 250 }, (_, at) => `a${at}`)
  const query = [...names, ...names].map((name) => `${name}=${ID}`).join('&')
  const cassette = oneConnection('http://api.test', (connection) =>
    connection.sent(request('GET', `/?${query}`)).received(answer('')),
  )
  expect(keptValues(cassette)).toEqual(names.slice(0, 200).map((name) => ({ name, count: 2 })))
})

test('names nothing of fields that everybody knows, and nothing of what is a document', () => {
  const fields = ['Date', 'Content-Security-Policy', 'User-Agent', 'Link', 'Location', 'Set-Cookie', 'Cookie'].map(
    (name) => `${name}: ${ID}`,
  )
  const long = Array.from({ length: 70 }, (_, at) => `${ID}${at}`).join('')
  const cassette = oneConnection('http://api.test', (connection) =>
    connection
      .sent(request('POST', '/', JSON.stringify({ picture: long.slice(0, 1025), thumb: long.slice(0, 1024) }), fields))
      .received(answer(ID)),
  )
  expect(keptValues(cassette)).toEqual([{ name: 'thumb', count: 1 }])
})
