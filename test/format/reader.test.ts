import { expect, test } from '../helpers/test.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { CassetteError, type ErrorCode } from '../../src/errors.ts'
import type { SocketError, TapeEvent } from '../../src/tape/cassette.ts'
import { segmentsOf } from '../helpers/conversations.ts'

const WHOLE = `wiretape: 1
recorded: { at: "2026-11-22T12:00:00.000Z", by: wiretape 0.1.0, node: "20.20.2" }
tape:
  - open: 1
    to: https://api.example.com
    at: 0
    took: 31.204
    tls: { version: TLSv1.3, authorized: true }
  - via: 1
    at: 31.912
    sent:
      crlf: |+
        GET / HTTP/1.1

  - via: 1
    at: 40
    received:
      - text: "HTTP/1.1 200 OK\\r\\n"
      - base64: "AAEC"
      - json: { a: [1, "1", null, true, 1.5], "": {} }
  - end: 1
    at: 41
    by: server
  - close: 1
    at: 42
    by: client
  - open: 2
    to: http://localhost:1
    at: 43
    took: 1
    failed: { code: CONNECT_FAILED, phase: tcp, system: ECONNREFUSED, message: refused }
events: 6
`

const EVENTS = WHOLE.slice(WHOLE.indexOf('tape:\n  -'), WHOLE.indexOf('events'))
const PIECES = WHOLE.slice(WHOLE.indexOf('      - text'), WHOLE.indexOf('  - end'))
const AFTER_CLOSE = '  - open: 2'

/** What is changed in the file into what, and the text that the error points at. */
// oxfmt-ignore
const WRONG: Readonly<Record<string, readonly [part: string, by: string, here: string, code?: ErrorCode]>> = {
  'a newer version':                    ['wiretape: 1', 'wiretape: 2', '2\n', 'CASSETTE_VERSION'],
  'a version that is text':             ['wiretape: 1', 'wiretape: "1"', '"1"'],
  'no version':                         ['wiretape: 1\n', '', 'recorded:'],
  'a list for the cassette':            [WHOLE, '- 1\n', '- 1'],
  'a word for the cassette':            [WHOLE, 'wiretape\n', 'wiretape'],
  'an unknown key':                     ['\ntape:', '\nx-more: 1\ntape:', 'x-more'],
  'a key that objects have':            ['\ntape:', '\n__proto__: { a: 1 }\ntape:', '__proto__'],
  'no note of the recording':           [/recorded.*\n/.exec(WHOLE)?.[0] ?? '', '', 'wiretape: 1'],
  'a version of Node that is no text':  ['"20.20.2"', '20', '20 }'],
  'a map for the tape':                 [EVENTS, 'tape: {}\n', '{}'],
  'nothing for the tape':               [EVENTS, 'tape:\n', '\nevents'],
  'no end':                             ['events: 6\n', '', '  - open: 1', 'TORN_TAIL'],
  'a checksum of another kind':         [AFTER_CLOSE, `  - saved: md5 0a1b2c3d\n${AFTER_CLOSE}`, 'md5'],
  'a checksum with more keys':          [AFTER_CLOSE, `  - { saved: crc32 0a1b2c3d, at: 1 }\n${AFTER_CLOSE}`, 'at: 1'],
  'a checksum of nothing':              ['tape:\n', 'tape:\n  - saved: crc32 0a1b2c3d\n', 'saved:'],
  'ends of what was sent':              ['at: 31.912', 'at: 31.912\n    ends: [1]', 'ends'],
  'an end behind the bytes':            ['at: 40\n', 'at: 40\n    ends: [4, 60]\n', '[4, 60]'],
  'ends that do not rise':              ['at: 40\n', 'at: 40\n    ends: [4, 4]\n', '[4, 4]'],
  'an end that is no number':           ['at: 40\n', 'at: 40\n    ends: [four]\n', '[four]'],
  'an end before the tape':             [EVENTS + 'events: 6\n', 'events: 0\ntape: []\n', 'events: 0'],
  'a wrong count of events':            ['events: 6', 'events: 7', '7\n'],
  'a count that is text':               ['events: 6', 'events: six', 'six'],
  'an event that is a word':            ['- open: 1', '- word\n  - open: 1', 'word'],
  'an event of no known type':          ['- end: 1\n', '- ends: 1\n', 'ends: 1'],
  'two events in one':                  ['    by: server', '    by: server\n    close: 1', 'close: 1'],
  'an unknown key in an event':         ['took: 31.204', 'toke: 31.204', 'toke'],
  'a missing key in an event':          ['    took: 31.204\n', '', 'open: 1'],
  'an unknown key of TLS':              ['{ version: TLSv1.3,', '{ version: TLSv1.3, cipher: a,', 'cipher'],
  'a word for a truth value':           ['authorized: true', 'authorized: yes', 'yes }'],
  'a time that is text':                ['at: 31.912', 'at: "31.912"', '"31.912"'],
  'a negative time':                    ['at: 31.912', 'at: -1', '-1\n'],
  'a time without end':                 ['at: 31.912', 'at: .inf', '.inf'],
  'a time that is no number':           ['at: 31.912', 'at: .nan', '.nan'],
  'a connection 0':                     ['- via: 1', '- via: 0', '0\n'],
  'a connection 1.5':                   ['- via: 1', '- via: 1.5', '1.5\n'],
  'bytes on an unknown connection':     ['- via: 1', '- via: 7', '7\n'],
  'bytes on a connection that failed':  ['events: 6', '  - { via: 2, at: 50, sent: { text: a } }\nevents: 7', '2, at: 50'],
  'bytes after the close':              [AFTER_CLOSE, `  - { via: 1, at: 50, sent: { text: a } }\n${AFTER_CLOSE}`, '1, at: 50'],
  'an end after the close':             [AFTER_CLOSE, `  - { end: 1, at: 50, by: server }\n${AFTER_CLOSE}`, '1, at: 50'],
  'a second close':                     [AFTER_CLOSE, `  - { close: 1, at: 50, by: server }\n${AFTER_CLOSE}`, '1, at: 50'],
  'a connection opened twice':          ['- open: 2', '- open: 1', '1\n    to: http://localhost'],
  'an origin with a path':              ['to: http://localhost:1', 'to: http://localhost:1/a', 'http://localhost:1/a'],
  'a tcp origin without a port':        ['to: http://localhost:1', 'to: tcp://localhost', 'tcp:'],
  'an origin of another protocol':      ['to: http://localhost:1', 'to: ftp://localhost', 'ftp:'],
  'a side that does not exist':         ['by: server', 'by: proxy', 'proxy'],
  'a phase that does not exist':        ['phase: tcp', 'phase: udp', 'udp'],
  'a failure that is a word':           [/failed: .*/.exec(WHOLE)?.[0] ?? '', 'failed: refused', 'refused'],
  'TLS on a connection that failed':    ['    failed:', '    tls: { version: a, authorized: true }\n    failed:', 'open: 2'],
  'leniencies of one that failed':      ['    failed:', '    lenient: [bareLf]\n    failed:', 'open: 2'],
  'leniencies that are a word':         ['took: 31.204', 'took: 31.204\n    lenient: bareLf', 'bareLf'],
  'a leniency that is a number':        ['took: 31.204', 'took: 31.204\n    lenient: [1]', '1]'],
  'an empty list of pieces':            [PIECES, '      []\n', '[]'],
  'a word for the pieces':              [PIECES, '      word\n', 'word'],
  'a piece of unknown kind':            ['base64: "AAEC"', 'hex: "000102"', 'hex'],
  'a piece of a kind that objects have': ['base64: "AAEC"', 'constructor: a', 'constructor'],
  'a piece of two kinds':               ['- base64: "AAEC"', '- { base64: "AAEC", text: a }', 'text: a'],
  'an empty piece':                     ['- base64: "AAEC"', '- {}', '{}'],
  'a piece that is a word':             ['- base64: "AAEC"', '- AAEC', 'AAEC'],
  'text that is a number':              ['"HTTP/1.1 200 OK\\r\\n"', '200', '200'],
  'base64 that is not canonical':       ['"AAEC"', '"AAED="', '"AAED="', 'BAD_BASE64'],
  'a JSON number that is not exact':    ['[1, ', '[9007199254740993, ', '9007199254740993'],
  'a JSON number without end':          ['[1, ', '[.inf, ', '.inf'],
  'no placeholders':                    ['at: 40\n', 'at: 40\n    redacted: {}\n', '{}'],
  'a placeholder without a number':     ['at: 40\n', 'at: 40\n    redacted: { otp: "1" }\n', '{ otp'],
  'a placeholder in capitals':          ['at: 40\n', 'at: 40\n    redacted: { otp.1: "1", OTP.2: "1" }\n', '{ otp.1'],
  'a placeholder with too long a number': ['at: 40\n', 'at: 40\n    redacted: { otp.1234567890: "1" }\n', '{ otp.1234567890'],
  'a number for a placeholder':         ['at: 40\n', 'at: 40\n    redacted: { otp.1: 40 }\n', '40 }'],
  'a word for placeholders':            ['at: 40\n', 'at: 40\n    redacted: otp.1\n', 'otp.1'],
  'no ends':                            ['at: 40\n', 'at: 40\n    ends: []\n', '[]'],
  'an end before the bytes':            ['at: 40\n', 'at: 40\n    ends: [0, 4]\n', '[0, 4]'],
  'an end of half a byte':              ['at: 40\n', 'at: 40\n    ends: [4.5]\n', '[4.5]'],
  'a protocol that is a number':        ['took: 31.204', 'took: 31.204\n    speaks: 5', '5\n    tls'],
  'a protocol of one that failed':      ['    failed:', '    speaks: redis\n    failed:', 'open: 2'],
  'offers that are a word':             ['{ version: TLSv1.3,', '{ version: TLSv1.3, offered: h2,', 'h2,'],
  'an offer that is a number':          ['{ version: TLSv1.3,', '{ version: TLSv1.3, offered: [2],', '2]'],
  'a subject that is a word':           ['{ version: TLSv1.3,', '{ version: TLSv1.3, subject: CN,', 'CN,'],
  'a name in a subject that is a number': ['{ version: TLSv1.3,', '{ version: TLSv1.3, subject: { CN: 1 },', '1 }'],
  'an unknown key of a failure':        ['message: refused', 'message: refused, port: 1', 'port'],
  'an error that is another word':      ['message: refused', 'message: refused, error: ended', 'ended'],
  'an error without a message':         ['message: refused', 'message: refused, error: { name: A }', '{ name: A }'],
  'a fact that is half':                ['message: refused', 'message: refused, error: { message: a, port: 0.5 }', '0.5'],
  'a fact that is a truth value':       ['message: refused', 'message: refused, error: { message: a, x: true }', 'true }'],
  'errors that are a map':              ['message: refused', 'message: refused, error: { message: a, errors: {} }', '{} }'],
  'a JSON key that comes twice':        ['"": {}', '"": {}, a: 2', 'a: 2'],
}

test.describe('readCassette', () => {
  test('returns the bytes of all pieces, and JSON in its compact form', () => {
    const segments = ['GET / HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK\r\n\0\x01\x02{"a":[1,"1",null,true,1.5],"":{}}']
    expect(segmentsOf(decodeCassette(WHOLE))).toEqual(segments)
  })

  test('returns where answers ended within a segment', () => {
    expect(decodeCassette(WHOLE.replace('at: 40', 'at: 40\n    ends: [4, 17]')).tape[2]).toMatchObject({
      ends: [4, 17],
    })
  })

  test('notes a wrong or missing checksum, with record and place, and keeps reading', () => {
    const right = encodeCassette(decodeCassette(WHOLE))
    expect(decodeCassette(right).notes).toEqual([])
    const edited = right.replace('HTTP/1.1 200 OK', 'HTTP/1.1 404 OK').replace(/  - saved: .*\nevents/, 'events')
    const { notes, tape } = decodeCassette(edited)
    expect(tape).toHaveLength(6)
    const lines = edited.split('\n')
    expect(notes).toMatchObject([
      { code: 'CHECKSUM_WRONG', record: 0, line: lines.findIndex((row) => row.includes('saved:')) + 1, column: 5 },
      { code: 'CHECKSUM_MISSING', record: 1, line: lines.findIndex((row) => row.includes('open: 2')) + 1, column: 5 },
    ])
  })

  test('returns errors of sockets with their facts and the errors in them, down to a depth', () => {
    const written = (depth: number): string =>
      depth === 0
        ? '{ message: last, code: ETIMEDOUT, errno: -110, address: "::1" }'
        : `{ message: m${depth}, name: AggregateError, errors: [${written(depth - 1)}] }`
    const read = (depth: number): TapeEvent | undefined =>
      decodeCassette(WHOLE.replace('message: refused', `message: refused, error: ${written(depth)}`)).tape.at(-1)
    const made = (depth: number): SocketError =>
      depth === 0
        ? { message: 'last', code: 'ETIMEDOUT', facts: { errno: -110, address: '::1' } }
        : { message: `m${depth}`, name: 'AggregateError', errors: [made(depth - 1)] }
    for (const depth of [0, 1, 4])
      expect(read(depth)).toMatchObject({ failure: { message: 'refused', error: made(depth) } })
    expect(() => read(5)).toThrow('nested too deeply')
    const ended = WHOLE.replace('message: refused', 'message: refused, error: end')
    expect(decodeCassette(ended).tape.at(-1)).toMatchObject({ failure: { error: 'end' } })
  })

  test('returns what stands for secrets, and what else is known of a connection', () => {
    const text = WHOLE.replace('at: 40\n', 'at: 40\n    redacted: { otp.1: "40", a-b.123456789: "" }\n').replace(
      'tls: { version: TLSv1.3, authorized: true }',
      'tls: { version: TLSv1.3, alpn: h2, offered: [h2, x], authorized: false, problem: OLD, subject: { CN: a } }\n    lenient: [bareLf]\n    speaks: redis',
    )
    const { tape } = decodeCassette(text)
    expect(tape[0]).toEqual({
      type: 'open',
      connection: 1,
      at: 0,
      to: 'https://api.example.com',
      took: 31.204,
      tls: {
        version: 'TLSv1.3',
        alpn: 'h2',
        offered: ['h2', 'x'],
        authorized: false,
        problem: 'OLD',
        subject: { CN: 'a' },
      },
      lenient: ['bareLf'],
      protocol: 'redis',
    })
    expect(tape[2]).toMatchObject({ redacted: { 'otp.1': '40', 'a-b.123456789': '' } })
  })

  for (const [name, [part, by, here, code = 'CASSETTE_INVALID']] of Object.entries(WRONG)) {
    test(`refuses ${name} with ${code} and its place`, () => {
      expect(WHOLE).toContain(part)
      const text = WHOLE.replace(part, () => by)
      const { line = 0, column = 0, ...error } = failureOf(text) ?? {}
      expect(error).toMatchObject({ code, file: 'a.yaml' })
      const rest = text
        .split('\n')
        .slice(line - 1)
        .join('\n')
        .slice(column - 1)
      expect(rest.slice(0, here.length || undefined)).toBe(here)
    })
  }
})

function failureOf(text: string): CassetteError | undefined {
  try {
    decodeCassette(text, 'a.yaml')
  } catch (error) {
    if (error instanceof CassetteError) return error
    throw error
  }
  return undefined
}
