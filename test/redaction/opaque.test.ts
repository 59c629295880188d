import { brotliCompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import { redactCassette, Redactor } from '../../src/redaction/redact-cassette.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'
import { isAnswered, recordingOf, requestOf } from '../matching/own-client.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { K, leaks } from './canaries.ts'

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const broken = gzipSync(`{"note":"${K}","a":"${'many words '.repeat(40)}"}`)
broken.fill(0x5a, 40, 48)

/** Bodies in which nothing can be found, and why. */
const OPAQUE: readonly (readonly [what: string, head: string, body: string])[] = [
  ['an unknown coding', 'Content-Encoding: x-snappy', `\xff${K}\xfe`],
  ['a coding that begins as text', 'Content-Encoding: x-mine', `${'plain text at first '.repeat(20)}\x80\x81${K}`],
  ['an unknown coding under gzip', 'Content-Encoding: x-snappy, gzip', latin1(gzipSync(Buffer.from([255, 1, 2, 3])))],
  ['gzip that is broken', 'Content-Encoding: gzip', latin1(broken)],
  ['what says it is br and is gzip', 'Content-Encoding: br', latin1(gzipSync(`{"token":"${K}"}`))],
  ['more codings than are undone', `Content-Encoding: ${'gzip, '.repeat(5)}gzip`, latin1(gzipSync(K))],
  ['EBCDIC', 'Content-Type: text/plain; charset=ibm037', '\x83\x95\x99\xa8\x6d\xf9\x86\xf2\xd1\x94'],
  ['ISO-2022-JP', 'Content-Type: text/plain; charset="iso-2022-jp"', '\x1b$B%A\x1b(B'],
  ['UTF-7', 'Content-Type: text/html; charset=utf-7', '+ADw-script+AD4-'],
  ['UTF-32', 'Content-Type: application/json; charset=utf-32le', latin1(Buffer.from('{\0\0\0}\0\0\0'))],
]

const receiving = (head: string, body: string) =>
  oneConnection('http://api.test', (connection) =>
    connection
      .sent(request('GET', '/'))
      .received(
        `HTTP/1.1 200 OK\r\n${head}\r\nETag: "abc"\r\nContent-Length: ${body.length}\r\n\r\n`,
        Buffer.from(body, 'latin1'),
      ),
  )

const MIXED = 'Content-Type: multipart/mixed; boundary=b'
const part = (fields: string, content: string): string => `--b\r\n${fields}\r\n\r\n${content}\r\n--b--\r\n`

test.describe('a body that cannot be searched', () => {
  for (const [what, head, body] of OPAQUE) {
    test(`is withheld, named and answered with a length that fits: ${what}`, async () => {
      const { cassette, report } = redactCassette(receiving(head, body))
      expect(report.opaque).toEqual([
        {
          connection: 1,
          direction: 'received',
          offset: expect.any(Number),
          reason: expect.any(String),
          isWithheld: true,
        },
      ])
      expect(leaks(cassette, K)).toBe(false)
      expect(redactCassette(cassette).cassette).toEqual(cassette)

      await using connection = HttpConnection.to('http://api.test', { connector: new Replayer(cassette).connector })
      await connection.request('GET', '/')
      const response = await connection.getResponse()
      const bytes = await response.bytes()
      // A coding around it that could be undone is done again.
      const text = head.includes('gzip') && bytes[0] === 0x1f ? gunzipSync(bytes) : Buffer.from(bytes)
      expect(text.toString()).toBe('{{withheld.1}}')
      expect(response.headers.get('etag')).not.toBe('"abc"')
    })

    test(`stays where it is asked for, and is named: ${what}`, () => {
      const before = receiving(head, body)
      const { cassette, report } = redactCassette(before, { opaque: 'keep' })
      expect(report.opaque).toMatchObject([{ isWithheld: false }])
      expect(cassette).toEqual(before)
    })
  }

  test('is searched for what is registered where it stays', () => {
    const { cassette } = redactCassette(receiving('Content-Encoding: x-snappy', `\xff${K}\xfe`), {
      secrets: [K],
      opaque: 'keep',
    })
    expect(leaks(cassette, K)).toBe(false)
  })

  test('matches any other at replay once it was withheld', async () => {
    const { cassette } = redactCassette(
      oneConnection('http://api.test', (connection) =>
        connection
          .sent(request('PUT', '/a', '\xff\xfe\xfd', ['Content-Encoding: x-snappy']))
          .received(answer('{"ok":1}')),
      ),
    )
    await using connection = HttpConnection.to('http://api.test', { connector: new Replayer(cassette).connector })
    await connection.request('PUT', '/a', {
      body: Buffer.from([1, 2, 3, 200]),
      headers: { 'Content-Encoding': 'x-snappy' },
    })
    expect(await (await connection.getResponse()).json()).toEqual({ ok: 1 })
    const other = connection.request('PUT', '/b', { body: Buffer.from([1]) }).then(() => connection.getResponse())
    await expect(other).rejects.toMatchObject({ code: 'NO_MATCH' })
  })
})

test.describe('what stops at a bound is named', () => {
  // Once a worker, and not where the tests are only listed.
  let packed: string | undefined
  const bomb = (): string => (packed ??= latin1(gzipSync(Buffer.alloc(100 << 20))))
  let nested = part('A: b', K)
  for (let depth = 0; depth < 6; depth += 1)
    nested = `--c${depth}\r\nContent-Type: multipart/mixed; boundary=${depth === 0 ? 'b' : `c${depth - 1}`}\r\n\r\n${nested}\r\n--c${depth}--`
  let encoded = `"password":"${K}"`
  for (let depth = 0; depth < 5; depth += 1) encoded = Buffer.from(`{"a":"${encoded}"}`).toString('base64')

  for (const [what, head, body, reason, isWithheld] of [
    ['gzip', 'Content-Encoding: gzip', bomb, 'a coding that decodes to more than', true],
    ['gzip that does not say so', 'A: b', bomb, 'a coding that decodes to more than', true],
    ['a part in gzip', MIXED, () => part('Content-Encoding: gzip', bomb()), 'a coding that decodes to more than', true],
    [
      'gzip in base64',
      'A: b',
      () => JSON.stringify({ a: Buffer.from(bomb(), 'latin1').toString('base64') }),
      'gzip inside it that unzips to too much',
      false,
    ],
    ['multipart in multipart', MIXED.replace('=b', '=c5'), () => nested, 'multipart in more than 5 others', false],
    ['base64 of base64', 'A: b', () => encoded, 'text that is encoded more often than is undone', false],
  ] as const)
    test(`${what}, in little memory`, () => {
      const before = process.memoryUsage().rss
      const { report, cassette } = redactCassette(receiving(head, body()))
      expect(report.opaque).toMatchObject([{ reason: expect.stringContaining(reason), isWithheld }])
      expect(redactCassette(cassette).cassette).toEqual(cassette)
      expect((process.memoryUsage().rss - before) >> 20).toBeLessThan(400)
      if (isWithheld && what === 'gzip')
        expect(gunzipSync(Buffer.from(bodyOf(cassette), 'latin1')).toString()).toBe('{{withheld.1}}')
    })
})

function bodyOf({ tape }: Cassette): string {
  const received = tape.flatMap((event) => (event.type === 'received' ? [latin1(event.bytes)] : [])).join('')
  return received.slice(received.indexOf('\r\n\r\n') + 4)
}

test('a part in a coding is searched, and matches whatever it was compressed with', () => {
  const text = `{"password":"${K}","a":"${'word '.repeat(50)}"}`
  const [one, other] = [1, 9].map((level) =>
    requestOf(
      'POST /',
      [MIXED],
      Buffer.from(part('Content-Encoding: gzip', latin1(gzipSync(text, { level }))), 'latin1'),
    ),
  )
  expect(leaks(recordingOf([one ?? '']), K)).toBe(false)
  expect(isAnswered(one ?? '', other ?? '')).toBe(true)
})

test.describe('a body that can be searched stays', () => {
  const SEARCHED: readonly (readonly [what: string, head: string, body: string])[] = [
    ['JSON in a coding that is none', 'Content-Encoding: amz-1.0', '{"a":"b"}'],
    ['text that says it is gzip', 'Content-Encoding: gzip', 'plain'],
    ['UTF-8 that says it is gzip', 'Content-Encoding: gzip', '{"name":"Zo\xc3\xab"}'],
    ['text in an old charset', 'Content-Type: text/plain; charset=windows-1252', 'Zo\xeb'],
    ['ASCII in a charset that nobody knows', 'Content-Type: text/plain; charset=x-mine', 'plain'],
    ['br', 'Content-Encoding: br', latin1(brotliCompressSync('{"a":"b"}'))],
    ['an image', 'Content-Type: image/png', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR'],
  ]
  for (const [what, head, body] of SEARCHED) {
    test(what, () => {
      const before = receiving(head, body)
      expect(redactCassette(before)).toMatchObject({ cassette: before, report: { opaque: [] } })
    })
  }
})

test('a body that cannot be searched and comes again is named each time', () => {
  const redactor = new Redactor({ opaque: 'keep' })
  const { tape } = receiving('Content-Encoding: x-snappy', `\xff${K}\xfe`)
  for (const connection of [1, 2, 3]) redactor.redact(tape.map((event) => Object.assign({}, event, { connection })))
  expect(redactor.report.opaque.map(({ connection }) => connection)).toEqual([1, 2, 3])
})

test('a policy that does not exist is refused', () => {
  // @ts-expect-error: what JavaScript may bring
  expect(() => redactCassette(receiving('A: b', 'c'), { opaque: 'hope' })).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION' }),
  )
})

test('where an answer ended within a segment is known after redaction as well', () => {
  const one = answer(`{"token":"${K}"}`)
  const cassette = oneConnection('http://api.test', (connection) =>
    connection.sent(request('GET', '/1') + request('GET', '/2')).received(one + answer('{"a":"bc"}')),
  )
  const tape = cassette.tape.map((event) => (event.type === 'received' ? { ...event, ends: [one.length] } : event))
  const received = redactCassette({ ...cassette, tape }).cassette.tape.find(({ type }) => type === 'received')
  if (received?.type !== 'received') throw new Error('nothing was received')
  expect(received.ends?.map((end) => Buffer.from(received.bytes).subarray(0, end).toString('latin1'))).toEqual([
    answer('{"token":"{{token.1}}"}'),
  ])
})
