import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import { Redactor } from '../../src/redaction/redact-cassette.ts'
import type { TapeEvent } from '../../src/tape/cassette.ts'

const SECRET = 'k3y-Zx81qLw0Tn55'
const BODY = gzipSync(JSON.stringify({ id: 1, access_token: SECRET }))
const answer = Buffer.concat([
  Buffer.from(
    `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n`,
  ),
  BODY,
])
const asked = (method: string): Buffer => Buffer.from(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`)
const plain = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n')

const at = (type: 'sent' | 'received', bytes: Uint8Array): TapeEvent => ({ type, connection: 1, at: 0, bytes })
const open: TapeEvent = { type: 'open', connection: 1, at: 0, to: 'http://a.test', took: 1 }

const contentIn = (text = ''): string =>
  gunzipSync(Buffer.from(text.slice(text.indexOf('\r\n\r\n') + 4), 'latin1')).toString()

const received = (events: readonly TapeEvent[]): Buffer =>
  Buffer.concat(events.flatMap((event) => (event.type === 'received' ? [event.bytes] : [])))

test('an answer in a later record than its request is taken apart as one, in either order of methods', () => {
  const redactor = new Redactor()
  const records = [
    [open, at('sent', asked('HEAD')), at('sent', asked('HEAD')), at('sent', asked('GET')), at('received', plain)],
    [at('received', Buffer.concat([Buffer.from('HTTP/1.1 103 Early Hints\r\n\r\n'), plain]))],
    [at('received', answer)],
    [at('sent', asked('GET')), at('received', answer)],
  ]
  // Twice, as where a secret is found late.
  for (let pass = 0; pass < 2; pass += 1) {
    const redacted = records.map((record) => received(redactor.redact(record)).toString('latin1'))
    expect(redacted[1]).toContain('Content-Length: 5')
    expect(contentIn(redacted[2])).toBe('{"id":1,"access_token":"{{token.1}}"}')
    expect(redacted[3]).toBe(redacted[2])
    expect(redactor.report.opaque).toEqual([])
  }
})
