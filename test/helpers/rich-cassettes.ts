import { readdirSync, readFileSync } from 'node:fs'
import { decodeCassette } from '../../src/format/decode.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { answer, request, TapeWriter } from './tape.ts'

const FOLDER = new URL('../../fixtures/cassettes/v1/', import.meta.url)

/** Those of the fixtures, but for one whose content lies in another file. */
const fixtures = (): readonly (readonly [string, Cassette])[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yaml') && name !== 'blob.yaml')
    .toSorted()
    .map((name) => [name.replace('.yaml', ''), decodeCassette(readFileSync(new URL(name, FOLDER), 'utf8'))])

const API = 'http://api.test'
const JSON_TYPE = 'Content-Type: application/json'

function made(write: (tape: TapeWriter) => void): Cassette {
  const tape = new TapeWriter()
  write(tape)
  return tape.cassette
}

const page = (type: string, body: string, ...more: readonly string[]): string =>
  ['HTTP/1.1 200 OK', `Content-Type: ${type}`, ...more, `Content-Length: ${body.length}`, '', body].join('\r\n')

/** Conversations with as many different things in them as fit, for tests that keep the whole of what is made of them. */
export const richCassettes = (): ReadonlyMap<string, Cassette> =>
  new Map([
    ...fixtures(),
    [
      'shop',
      made((tape) => {
        tape
          .open(API)
          .sent(request('GET', '/items?page=2&sort=name', '', ['Accept: application/json', 'Cookie: a=b; theme=dark']))
          .received(
            page(
              'application/json; charset=utf-8',
              '{"items":[{"id":1,"name":"pen"},{"id":2,"name":"cup"}],"next":null}',
              'ETag: "x1"',
            ),
          )
          .sent(request('POST', '/items', '{"name":"hat","price":12.5}', [JSON_TYPE]))
          .received(
            'HTTP/1.1 201 Created\r\nLocation: /items/3\r\nSet-Cookie: a=c; Path=/\r\nSet-Cookie: d=e\r\nContent-Length: 0\r\n\r\n',
          )
          .sent(request('PUT', '/items/3', 'name=hat&price=13', ['Content-Type: application/x-www-form-urlencoded']))
          .received('HTTP/1.1 204 No Content\r\n\r\n')
          .sent(request('DELETE', '/items/3'))
          .received('HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nno\nitem')
          .sent(request('HEAD', '/items'))
          .received('HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n')
          .sent(
            request(
              'PATCH',
              '/items/%20a?q=a+b&q=c&empty=&flag',
              '--b\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nfile\r\n--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n1\r\n--b--\r\n',
              ['Content-Type: multipart/form-data; boundary=b'],
            ),
          )
          .received(page('text/html', '<h1>It is done</h1>\n<a href="/items">all</a>'))
          .closed('client')
      }),
    ],
    [
      'chunks and interim answers',
      made((tape) => {
        tape
          .open(API)
          .sent('POST /up HTTP/1.1\r\nHost: api.test\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n')
          .received('HTTP/1.1 100 Continue\r\n\r\n')
          .sent('3\r\nabc\r\n', '2;x=y\r\nde\r\n0\r\nChecksum: 1\r\n\r\n')
          .received(
            'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n',
            'HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n\r\n4\r\n{"a"\r\n',
            '3;q="z"\r\n:1}\r\n0\r\nT: u\r\n\r\n',
          )
          .sent(request('GET', '/stream', '', ['Accept: text/event-stream']))
          .received(
            'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nid: 1\ndata: one\n\n',
            'event: end\ndata: two\ndata: three\n\n',
          )
          .ended('server')
          .closed('server')
      }),
    ],
    [
      'pipelined by hand',
      made((tape) => {
        tape
          .open(API)
          .sent(request('GET', '/a') + request('GET', '/b'), request('GET', '/c'))
          .received(`${answer('A')}${answer('B')}`)
          .received(answer('C'))
          .ended('client')
          .closed('server')
      }),
    ],
    [
      'two at a time',
      made((tape) => {
        const one = tape.open(API)
        const two = tape.open('https://other.test:8443')
        one.sent(request('GET', '/slow'))
        two.sent(request('GET', '/quick'))
        two.received(answer('quick'))
        one.received(answer('slow'))
        one.sent(request('GET', '/slow')).received(answer('slow again'))
        two.closed('server')
        one.closed('client')
      }),
    ],
    [
      'faults',
      made((tape) => {
        tape.failed('http://down.test', {
          code: 'CONNECTION_FAILED',
          phase: 'tcp',
          systemCode: 'ECONNREFUSED',
          message: 'connect ECONNREFUSED',
        })
        tape
          .open(API)
          .sent(request('GET', '/cut'))
          .received('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')
          .closed('server', {
            code: 'CONNECTION_LOST',
            phase: 'body',
            systemCode: 'ECONNRESET',
            message: 'read ECONNRESET',
          })
        tape.open(API).sent(request('GET', '/broken')).received('HTTP/1.1 2OO OK\r\n\r\n').closed('client')
        tape.open(API).sent('GET /half HTTP/1.1\r\nHo').closed('client')
        tape.open(API).sent(request('GET', '/unanswered')).closed('client')
        tape
          .open(API)
          .sent(request('GET', '/left'))
          .received('HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\nsome')
          .closed('client')
        tape.open(API).closed('client')
        tape.open(API).received('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n').closed('server')
        tape.open(API).sent('hello\r\n').received('who are you\r\n').closed('server')
      }),
    ],
    [
      'secrets',
      made((tape) => {
        const drawn = 'Zq7rT0kLm3XvB9cW5yPd8NfH'
        tape
          .open('https://api.test')
          .sent(
            request('POST', `/login?api_key=${drawn}&page=1`, `{"user":"ada","password":"${drawn.slice(0, 12)}"}`, [
              `Authorization: Bearer ${drawn}`,
              `Cookie: session=${drawn}`,
              JSON_TYPE,
              'X-Request-Id: 1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b',
            ]),
          )
          .received(
            page(
              'application/json',
              `{"access_token":"${drawn}x","expires_in":3600,"at":"2026-11-22T12:00:00Z","id":"1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b","mail":"ada@corp.example.com","ip":"203.0.113.7"}`,
              `Set-Cookie: session=${drawn}y; HttpOnly`,
              'Date: Sun, 22 Nov 2026 12:00:00 GMT',
            ),
          )
          .sent(
            request('GET', `/me/${drawn}`, '', [
              `Authorization: Basic ${Buffer.from(`ada:${drawn}`).toString('base64')}`,
            ]),
          )
          .received(page('text/plain', `token=${drawn}\nHello ${drawn}`))
          .closed('client')
      }),
    ],
  ])
