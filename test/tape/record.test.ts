import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import type { TapeEvent } from '../../src/tape/cassette.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { checksumOf, inOrder, isInterim, recordsOf } from '../../src/tape/record.ts'
import { answer, request, TapeWriter } from '../helpers/tape.ts'
import { READABLE } from '../format/readable.ts'
import { countOf } from '../helpers/share.ts'

const segment = (connection: number, at: number, bytes: string | Uint8Array): TapeEvent => ({
  type: 'received',
  connection,
  at,
  bytes: Buffer.from(bytes),
})

const typesOf = (records: readonly (readonly TapeEvent[])[]): readonly string[] =>
  records.map((events) => events.map(({ type, connection }) => `${type} ${connection}`).join(', '))

const records = (...received: readonly string[]): number => {
  const tape = new TapeWriter()
  tape
    .open('http://api.test')
    .sent('a')
    .received(...received)
    .sent('b')
  return recordsOf(tape.cassette.tape).length
}

const interim = (length: number): string => `HTTP/1.1 103 Early Hints\r\nLink: ${'x'.repeat(length - 36)}\r\n\r\n`

test.describe('recordsOf', () => {
  test('begins a record when the client sends after a response, and puts opening and close into the nearest one', () => {
    const tape = new TapeWriter()
    const connection = tape.open('http://api.test').sent(request('GET', '/a')).received(answer('a'))
    connection.sent(request('GET', '/b')).received(answer('b'), 'more').closed('client')
    expect(typesOf(recordsOf(tape.cassette.tape))).toEqual([
      'open 1, sent 1, received 1',
      'sent 1, received 1, received 1, close 1',
    ])
  })

  test('keeps a body that was waited for with its head, and pipelined requests together', () => {
    const tape = new TapeWriter()
    const connection = tape.open('http://api.test').sent('POST / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n')
    connection.received('HTTP/1.1 100 Continue\r\nVia: a\r\n\r\n').sent('body').received(answer('ok'))
    connection.sent(request('GET', '/b')).sent(request('GET', '/c')).received(answer('b'), answer('c'))
    expect(typesOf(recordsOf(tape.cassette.tape))).toEqual([
      'open 1, sent 1, received 1, sent 1, received 1',
      'sent 1, sent 1, received 1, received 1',
    ])
  })

  test('treats a switch of protocols as a response', () => {
    const tape = new TapeWriter()
    tape.open('http://api.test').sent('GET / HTTP/1.1\r\n\r\n').received('HTTP/1.1 101 Upgrade\r\n\r\n').sent('\x81\0')
    expect(typesOf(recordsOf(tape.cassette.tape))).toEqual(['open 1, sent 1, received 1', 'sent 1'])
  })

  test('takes interim responses of up to 8 KiB for no answer', () => {
    expect(interim(8192)).toHaveLength(8192)
    expect([records(interim(8192)), records(interim(8193))]).toEqual([1, 2])
    expect([records(interim(40) + interim(50)), records(interim(40) + answer('')), records(interim(40), 'x')]).toEqual([
      1, 2, 2,
    ])
  })

  test('lists parallel connections one after the other', () => {
    const tape = new TapeWriter()
    const [one, other] = [tape.open('http://api.test'), tape.open('http://api.test')]
    other.sent(request('GET', '/b'))
    one.sent(request('GET', '/a')).received(answer('a'))
    other.received(answer('b'))
    expect(typesOf(recordsOf(tape.cassette.tape))).toEqual(['open 1, sent 1, received 1', 'open 2, sent 2, received 2'])
    // In the file they stand so, and reading gives the order of the times again.
    expect(decodeCassette(encodeCassette(tape.cassette)).tape.map(({ at }) => at)).toEqual([0, 1, 2, 3, 4, 5])
  })
})

test('inOrder merges connections by time, and moves no event of a connection before an earlier one', () => {
  const tape = [segment(1, 5, 'a'), segment(1, 3, 'b'), segment(2, 4, 'c'), segment(2, 5, 'd'), segment(3, 5, 'e')]
  const texts = inOrder(tape).map((each) => ('bytes' in each ? String(each.bytes) : ''))
  expect(texts.join('')).toBe('cabde')
})

/** The order in which events of these connections and times come. */
const orderOf = (...events: readonly (readonly [connection: number, at: number])[]): string =>
  inOrder(events.map(([connection, at], index) => segment(connection, at, String(index))))
    .map((event) => ('bytes' in event ? String(event.bytes) : ''))
    .join('')

test.describe('inOrder', () => {
  for (const [what, order, events] of [
    [
      'sorts by time',
      '0213',
      [
        [1, 0],
        [2, 30],
        [3, 10],
        [4, 40],
      ],
    ],
    [
      'sorts by time, whatever the numbers of the connections',
      '3210',
      [
        [4, 30],
        [3, 20],
        [2, 10],
        [1, 5],
      ],
    ],
    [
      'keeps what has equal times',
      '012345',
      [
        [3, 7],
        [2, 7],
        [1, 7],
        [3, 7],
        [2, 7],
        [1, 7],
      ],
    ],
    [
      'keeps the order of a connection whose clock went back',
      '012',
      [
        [1, 50],
        [1, 20],
        [1, 50],
      ],
    ],
    [
      'takes an earlier time for the latest before it, among others',
      '0213',
      [
        [1, 50],
        [2, 60],
        [1, 20],
        [1, 70],
      ],
    ],
    [
      'puts what others did meanwhile before it',
      '201',
      [
        [1, 50],
        [1, 20],
        [2, 30],
      ],
    ],
    [
      'sorts parts of a millisecond',
      '10',
      [
        [1, 0.9],
        [2, 0.5],
      ],
    ],
    [
      'sorts times that are before the beginning',
      '10',
      [
        [1, 5],
        [2, -5],
      ],
    ],
  ] as const) {
    test(what, () => {
      const found = orderOf(...events)
      expect(found).toBe(order)
    })
  }

  test('returns a tape that is in order as it is', () => {
    for (const tape of [[], [segment(1, 0, 'a')], [segment(2, 0, 'a'), segment(1, 0, 'b'), segment(2, 1, 'c')]])
      expect(inOrder(tape)).toBe(tape)
  })
})

test('recordsOf lists connections by their numbers', () => {
  const tape = [segment(3, 0, 'a'), segment(1, 0, 'b'), segment(2, 0, 'c'), segment(10, 0, 'd'), segment(1, 1, 'e')]
  expect(typesOf(recordsOf(tape))).toEqual(['received 1, received 1', 'received 2', 'received 3', 'received 10'])
})

test('isInterim looks at the first digit of the status, and at all of the bytes', () => {
  for (const [text, is] of [
    ['HTTP/1.1 100 Continue\r\n\r\n', true],
    ['HTTP/1.0 103 \r\nLink: a\r\n\r\n', true],
    ['HTTP/1.1 101 Switching\r\n\r\n', false],
    ['HTTP/1.1 200 OK\r\n\r\n', false],
    ['HTTP/1.1 100 Continue\r\n', false],
    ['HTTP/1.1 100 Continue\r\n\r\nx', false],
    ['HTTP/2.0 100 Continue\r\n\r\n', false],
    ['HTTP/1.1 1', false],
    ['', false],
  ] as const) {
    expect([text, isInterim(Buffer.from(text))]).toEqual([text, is])
    const within = Buffer.from(`..${text}..`)
    expect(isInterim(within.subarray(2, within.length - 2))).toBe(is)
  }
})

const sumOf = (...texts: readonly string[]): string => crc32(texts.join('')).toString(16).padStart(8, '0')

test.describe('checksumOf', () => {
  const opened = { type: 'open', connection: 3, at: 5, took: 1, to: 'https://a.test' } as const
  const failure = { code: 'CONNECT_FAILED', phase: 'tcp', message: 'nö' } as const
  const tls = { version: 'TLSv1.3', authorized: true } as const

  // oxfmt-ignore
  const TEXTS: readonly (readonly [what: string, event: TapeEvent, text: string])[] = [
    ['an opening', opened, 'open 3 https://a.test\n'],
    ['what it was lenient in', { ...opened, lenient: ['bareLf', 'obsFold'] }, 'open 3 https://a.test\nlenient bareLf obsFold\n'],
    ['the protocol', { ...opened, protocol: 'redis' }, 'open 3 https://a.test\nspeaks redis\n'],
    ['TLS', { ...opened, tls }, 'open 3 https://a.test\ntls TLSv1.3 - verified\n'],
    ['all of TLS', { ...opened, tls: { ...tls, authorized: false, alpn: 'h2', offered: ['h2', 'x'], problem: 'CERT', subject: { O: 'b', CN: 'a' } } },
      'open 3 https://a.test\ntls TLSv1.3 h2 unverified\noffered h2 x\nproblem CERT\nsubject CN=a\nsubject O=b\n'],
    ['a failed attempt', { type: 'failed', connection: 3, at: 5, took: 1, to: 'http://a.test', failure }, 'open 3 http://a.test\nfailed CONNECT_FAILED tcp - 3\nnö'],
    ['its code of the system and its end', { type: 'failed', connection: 3, at: 5, took: 1, to: 'http://a.test', failure: { ...failure, systemCode: 'EX', error: 'end' } },
      'open 3 http://a.test\nfailed CONNECT_FAILED tcp EX 3\nnöerror end\n'],
    ['its error', { type: 'failed', connection: 3, at: 5, took: 1, to: 'http://a.test', failure: { ...failure, error: { message: 'm' } } },
      'open 3 http://a.test\nfailed CONNECT_FAILED tcp - 3\nnöerror - - 1\nm'],
    ['what was sent', { type: 'sent', connection: 3, at: 5, bytes: Buffer.from('abc') }, 'sent 3 3\nabc'],
    ['what was received, and where answers end', { type: 'received', connection: 3, at: 5, bytes: Buffer.from('abc'), ends: [1, 3] }, 'ends 1 3\nreceived 3 3\nabc'],
    ['nothing that was sent', { type: 'sent', connection: 3, at: 5, bytes: Buffer.alloc(0) }, 'sent 3 0\n'],
    ['an end', { type: 'end', connection: 3, at: 5, by: 'server' }, 'end 3 server\n'],
    ['a close', { type: 'close', connection: 3, at: 5, by: 'client' }, 'close 3 client\n'],
    ['a close with a failure', { type: 'close', connection: 3, at: 5, by: 'server', failure }, 'close 3 server\nfailed CONNECT_FAILED tcp - 3\nnö'],
  ]
  for (const [what, event, text] of TEXTS) {
    test(`is that of the text for ${what}`, () => expect(checksumOf([event])).toBe(sumOf(text)))
  }

  test('goes on from event to event, and has eight digits', () => {
    const events = TEXTS.map(([, event]) => event)
    expect(checksumOf(events)).toBe(sumOf(...TEXTS.map(([, , text]) => text)))
    expect(checksumOf([])).toBe('00000000')
  })

  test('changes with every byte, segment border, end and failure of a record, but not with its times', () => {
    const all = READABLE.tape
    const sum = checksumOf(all)
    expect(checksumOf(all.map((event) => ({ ...event, at: event.at + 1 })))).toBe(sum)
    const changes: readonly ((event: TapeEvent) => TapeEvent)[] = [
      (event) => ({ ...event, connection: event.connection + 1 }),
      (event) => ('bytes' in event ? { ...event, bytes: event.bytes.map((byte) => byte ^ 1) } : event),
      (event) => ('ends' in event ? { ...event, ends: [26] } : event),
      (event) => (event.type === 'open' ? { ...event, to: 'http://other.test' } : event),
      (event) => (event.type === 'open' && event.tls ? { ...event, tls: { ...event.tls, authorized: false } } : event),
      (event) => (event.type === 'open' && event.lenient ? { ...event, lenient: ['bareLf'] } : event),
      (event) => (event.type === 'end' ? { ...event, by: 'client' } : event),
      (event) => (event.type === 'close' ? { ...event, failure: undefined } : event),
      (event) => (event.type === 'failed' ? { ...event, failure: { ...event.failure, message: 'no' } } : event),
    ]
    expect(new Set([sum, ...changes.map((change) => checksumOf(all.map(change)))]).size).toBe(changes.length + 1)
  })

  test('changes with every single bit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 99 }), fc.nat(), (bytes, place) => {
        const changed = bytes.map((byte, at) => (at === place % bytes.length ? byte ^ (1 << (place % 8)) : byte))
        return checksumOf([segment(1, 0, bytes)]) !== checksumOf([segment(1, 0, changed)])
      }),
      { seed: 9, numRuns: countOf(100, 500) },
    )
  })

  test('is what the program in docs/cassette-format.md computes', () => {
    const python = '/usr/bin/python3'
    const page = readFileSync(new URL('../../docs/cassette-format.md', import.meta.url), 'utf8')
    const program = [...page.matchAll(/```python\n([^]*?)```/g)].map(([, text = '']) => text).join('\n')
    let hasYaml = true
    try {
      execFileSync(python, ['-c', 'import yaml'], { stdio: 'ignore' })
    } catch {
      hasYaml = false
    }
    test.skip(!hasYaml, 'needs python3 with PyYAML')
    const golden = fileURLToPath(new URL('../../fixtures/cassettes/readable.yaml', import.meta.url))
    const output = execFileSync(python, ['-c', program.replace("'users.yaml'", JSON.stringify(golden))], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    expect(output.match(/^saved .*$/gm)).toEqual(Array(6).fill('saved as it was'))
  })
})
