import { expect, test } from '../helpers/test.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const SECRET = 'aB3dE6gH9jK2mN5pQ8sT'
const GET = request('GET', '/')

/** Bytes that no parser takes for a message, with a secret under a name in them. */
const REFUSED: Readonly<Record<string, readonly [sent: string, received: string]>> = {
  'a request line that is none': [`GET  / HTTP/9\r\nAuthorization: Bearer ${SECRET}\r\n\r\n`, ''],
  'a field name with a blank': [`GET / HTTP/1.1\r\nX Y: 1\r\nX-Api-Key: ${SECRET}\r\n\r\n`, ''],
  'a status line that is none': [GET, `HTTP/1.1 OK\r\nSet-Cookie: sid=${SECRET}\r\n\r\n`],
  'an answer that nobody asked for': [GET, `${answer('{}')}${answer(`{"password":"${SECRET}"}`)}`],
  'bytes behind a bad chunk': [
    GET,
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{"access_token":"${SECRET}"}\r\n0\r\n\r\n`,
  ],
  'two lengths that differ': [
    GET,
    `HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 9\r\n\r\n{"token":"${SECRET}"}`,
  ],
  'a frame behind an upgrade': [
    request('GET', '/', '', ['Connection: Upgrade', 'Upgrade: websocket']),
    `HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x7e\x00\x90{"password":"${SECRET}","pad":"${'x'.repeat(90)}"}`,
  ],
}

for (const [what, [sent, received]] of Object.entries(REFUSED))
  test(`E7: ${what} is searched as text`, () => {
    const cassette = oneConnection('http://api.test', (connection) => {
      connection.sent(sent)
      return received === '' ? connection : connection.received(received)
    })
    const { tape } = redactCassette(cassette).cassette
    const text = tape.map((event) => ('bytes' in event ? Buffer.from(event.bytes).toString('latin1') : '')).join('')
    expect(text).not.toContain(SECRET)
    // What is not a message may hold lengths, so it keeps its own.
    expect(text).toContain('{{')
  })
