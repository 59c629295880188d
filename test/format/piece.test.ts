import { expect, test } from '../helpers/test.ts'
import { bytesOf } from '../../src/format/piece.ts'
import { leadingLines, piecesOf } from '../../src/format/pieces-of.ts'
import { bytes } from '../helpers/conversations.ts'

const HEAD = 'HTTP/1.1 200 OK\r\nA: b\r\n\r\n'
const BINARY = '\x00\x01\x02\xfe\xff\x80\x03\x04'
const DEEP = `${'['.repeat(12)}${']'.repeat(12)}`

/** A segment, and the kinds of its pieces with their text. */
const CASES: Readonly<Record<string, readonly [wire: string, ...pieces: string[]]>> = {
  'a head': [HEAD, 'crlf HTTP/1.1 200 OK\nA: b\n\n'],
  'a head and JSON': [`${HEAD}{"a":[1,null]}`, 'crlf HTTP/1.1 200 OK\nA: b\n\n', 'json {"a":[1,null]}'],
  'JSON with a line end': ['{"a":1}\n', 'json {"a":1}', 'text \n'],
  'JSON with a blank behind each comma and colon': ['{"a": [1, ", :"]}', 'json spaced {"a":[1,", :"]}'],
  'JSON with other blanks in it': ['{ "a": 1 }', 'text { "a": 1 }'],
  'JSON as Python writes it': [
    String.raw`{"a": "caf\u00e9 \ud83d\ude00", "b": "\u0001"}`,
    String.raw`json spaced,ascii {"a":"café 😀","b":"\u0001"}`,
  ],
  'JSON as PHP writes it': [String.raw`{"a":"https:\/\/a\/\u00e9"}`, 'json ascii,slashes {"a":"https://a/é"}'],
  'JSON as Go writes it': [String.raw`{"a":"\u003cb\u003e \u0026"}`, 'json html {"a":"<b> &"}'],
  'JSON as Go writes it with characters outside ASCII': [
    String.raw`{"a":"\u003cb\u003e` + '\xc3\xa9"}',
    'json html {"a":"<b>\u00e9"}',
  ],
  'JSON with all that encoders do': [
    String.raw`{"a": "\u003c\/\u00e9", "b": 1}`,
    'json spaced,ascii,slashes,html {"a":"</\u00e9","b":1}',
  ],
  'JSON with one of two characters escaped': [
    String.raw`{"a":"\u00e9` + '\xc3\xa9"}',
    String.raw`text {"a":"\u00e9` + '\u00e9"}',
  ],
  'JSON with one of two slashes escaped': [String.raw`{"a":"\//"}`, String.raw`text {"a":"\//"}`],
  'JSON with an escape that it did not need': [String.raw`{"a":"\u0041"}`, String.raw`text {"a":"\u0041"}`],
  'JSON with equal keys': ['{"a":1,"a":1}', 'text {"a":1,"a":1}'],
  'JSON with keys that objects reorder': ['{"b":1,"1":1}', 'text {"b":1,"1":1}'],
  'JSON with a key that is no property': ['{"__proto__":{}}', 'text {"__proto__":{}}'],
  'JSON with a merge key': ['{"<<":{}}', 'text {"<<":{}}'],
  'JSON with a number that is not exact': ['[9007199254740993]', 'text [9007199254740993]'],
  'JSON with a number that YAML 1.1 takes for text': ['[1e+21]', 'text [1e+21]'],
  'JSON with a number that languages print differently': ['[0.00001]', 'text [0.00001]'],
  'JSON with half of a surrogate pair': ['["\\ud800"]', 'text ["\\ud800"]'],
  'JSON as deep as the limit allows': [DEEP.slice(1, -1), `json ${DEEP.slice(1, -1)}`],
  'JSON too deep': [DEEP, `text ${DEEP}`],
  'text of an older character set whose last byte could begin a character': [
    'tr\xe8s bien, un caf\xe9',
    'latin1 tr\xe8s bien, un caf\xe9',
  ],
  'controls with half of a character after them': ['\0\u0001\u0002\u0003ab\xc3', 'base64 AAECA2Fiww=='],
  'half of a JSON text': ['{"a":1,"b"', 'text {"a":1,"b"'],
  'a chunk of JSON': [
    `${HEAD}7\r\n{"a":1}\r\n0\r\n\r\n`,
    'crlf HTTP/1.1 200 OK\nA: b\n\n7\n',
    'json {"a":1}',
    'text \r\n0\r\n\r\n',
  ],
  'chunks of bytes': [
    `8\r\n${BINARY}\r\n8;a="b"\r\n${BINARY}\r\n0\r\nX-Sum: 1\r\n\r\n`,
    'text 8\r\n',
    'base64 AAEC/v+AAwQ=',
    'text \r\n8;a="b"\r\n',
    'base64 AAEC/v+AAwQ=',
    'crlf \n0\nX-Sum: 1\n\n',
  ],
  'the rest of a chunk of bytes': [`${BINARY}\r\n0\r\n\r\n`, 'base64 AAEC/v+AAwQ=', 'text \r\n0\r\n\r\n'],
  'an answer after the body of another': [`${BINARY}${HEAD}`, 'base64 AAEC/v+AAwQ=', 'crlf HTTP/1.1 200 OK\nA: b\n\n'],
  'a request after the body of another': [
    `${BINARY}GET / HTTP/1.1\r\nA: b\r\n\r\n`,
    'base64 AAEC/v+AAwQ=',
    'crlf GET / HTTP/1.1\nA: b\n\n',
  ],
  'a header line that ends in a blank': [
    'HTTP/1.1 200 OK\r\nA: b \r\nC: d\r\n\r\n',
    'crlf HTTP/1.1 200 OK\n',
    'text A: b \r\n',
    'crlf C: d\n\n',
  ],
  'a header line in latin-1': ['GET / HTTP/1.1\r\nA: caf\xe9\r\n', 'crlf GET / HTTP/1.1\n', 'latin1 A: caf\xe9\r\n'],
  'a header line in UTF-8': ['GET / HTTP/1.1\r\nA: \xc3\xa9\r\n', 'crlf GET / HTTP/1.1\nA: \u00e9\n'],
  'a head cut in a line': ['GET / HTTP/1.1\r\nHo', 'crlf GET / HTTP/1.1\n', 'text Ho'],
  'lines that end in LF': ['one\ntwo\n', 'text one\ntwo\n'],
  'lines of which one starts with a tab': ['one\n\ttwo\nthree\n', 'text one\n\ttwo\nthree\n'],
  'a text that starts within a character': ['\x82\xacuros', 'base64 gqw=', 'text uros'],
  'a text that ends within a character': ['1 \xe2\x82', 'text 1 ', 'base64 4oI='],
  'text of which every tenth is a control': ['\x01\t23456789', 'text \x01\t23456789'],
  'text of which more are controls': ['\x01\t2345678', 'base64 AQkyMzQ1Njc4'],
  'text in latin-1 of which less than a third is not ASCII': ['\xe9\xe9ab\xe9cdefg', 'latin1 \xe9\xe9ab\xe9cdefg'],
  'text in latin-1 of which a third is not ASCII': ['a\xe9\xe9ab\xe9cde', 'base64 YenpYWLpY2Rl'],
  'bytes that are UTF-8 by chance': ['\0\x01\0\x02', 'base64 AAEAAg=='],
  'a start line with a control in it': ['HTTP/1.1 200 \x01\r\n\r\n', 'text HTTP/1.1 200 \x01\r\n\r\n'],
  'a page in latin-1': ['caf\xe9, d\xe9j\xe0 vu, all in all\n', 'latin1 caf\xe9, d\xe9j\xe0 vu, all in all\n'],
}

/** Runs of lines with another form each: one that stands in a block, and one that needs quotes. */
const runs = (count: number): string =>
  Array.from({ length: count }, (_, index) => (index % 2 === 0 ? '"a"\n' : 'b \n')).join('')

const kinds = (wire: string): readonly string[] => piecesOf(bytes(wire)).map(({ kind, text }) => `${kind} ${text}`)
const kindOf = (json: string): string | undefined => piecesOf(bytes(json))[0]?.kind
const key = (length: number): string => `{"${'k'.repeat(length)}":1}`
const values = (count: number): string => `[${'0,'.repeat(count - 2)}0]`

test.describe('piecesOf', () => {
  for (const [name, [wire, ...pieces]] of Object.entries(CASES)) {
    test(`writes ${name} as ${pieces.map((piece) => piece.split(' ')[0]).join(', ')}`, () => {
      expect(
        piecesOf(bytes(wire)).map(({ kind, text, style }) =>
          [kind, style, text].filter((word) => word !== undefined).join(' '),
        ),
      ).toEqual(pieces)
    })
  }

  test('writes one piece for bytes that would make a thousand', () => {
    expect(piecesOf(bytes('a\r\n\xff\r\n'.repeat(1000)))).toHaveLength(1)
  })

  test('writes sixteen pieces at most, and one more for every 256 bytes', () => {
    for (const count of [15, 16, 17, 18])
      expect([count, piecesOf(bytes(runs(count))).length]).toEqual([count, count > 16 ? 1 : count])
    for (const length of [255, 256, 257, 511, 512]) {
      const count = 17 + Math.floor(length / 512)
      const wire = runs(count - 1)
      const last = (count % 2 === 0 ? 'b ' : '"').padEnd(length - wire.length, count % 2 === 0 ? ' ' : 'c')
      const most = 16 + Math.floor(length / 256)
      expect([length, piecesOf(bytes(wire + last)).length]).toEqual([length, count > most ? 1 : count])
    }
    for (const count of [8, 9])
      expect([count, piecesOf(bytes('\x00\x01\xff\r\n1\r\n'.repeat(count))).length]).toEqual([
        count,
        count > 8 ? 1 : 16,
      ])
  })

  test('joins texts that need quotes, and none with one that stands in a block', () => {
    expect(kinds('a\nb \nc\n')).toEqual(['text a\nb \nc\n'])
    expect(kinds('"a"\nb \n')).toEqual(['text "a"\n', 'text b \n'])
    expect(kinds('b \n"a"\n')).toEqual(['text b \n', 'text "a"\n'])
    expect(kinds('b\x01 \r\nc \r\n\r\n')).toEqual(['text b\x01 \r\nc \r\n\r\n'])
  })

  test('takes each control but line ends and tabs for a sign of bytes', () => {
    for (let code = 0; code < 0x80; code += 1) {
      const isControl = (code < 0x20 && ![9, 10, 13].includes(code)) || code === 0x7f
      const kind = piecesOf(bytes(`${String.fromCharCode(code)} abc`))[0]?.kind
      expect([code, kind === 'base64']).toEqual([code, isControl])
    }
  })

  test('writes a line without a blank as a text with visible line ends up to 40 bytes', () => {
    for (const [length, kind] of [
      [39, 'text'],
      [40, 'text'],
      [41, 'crlf'],
    ] as const)
      expect([length, piecesOf(bytes(`${'a'.repeat(length - 2)}\r\n`))[0]?.kind]).toEqual([length, kind])
    expect(piecesOf(bytes('a b\r\n'))[0]?.kind).toBe('crlf')
  })

  test('writes JSON as such up to its limits', () => {
    for (const [json, kind] of [
      ['[9007199254740991]', 'json'],
      ['[-9007199254740991]', 'json'],
      ['[9007199254740992]', 'text'],
      ['[-9007199254740992]', 'text'],
      ['[0.0001]', 'json'],
      ['[-0.0001]', 'json'],
      ['[0.00009]', 'text'],
      ['[-0.00009]', 'text'],
      ['[0]', 'json'],
      ['["0.00009"]', 'json'],
      [key(498), 'json'],
      [key(499), 'text'],
      [values(4096), 'json'],
      [values(4097), 'text'],
      [`[${values(4094)},1]`, 'json'],
      [`[${values(4095)},1]`, 'text'],
      [`{"a":${values(4094)},"b":1}`, 'json'],
      [`["${'a'.repeat(65_532)}"]`, 'json'],
      [`["${'a'.repeat(65_533)}"]`, 'text'],
    ] as const)
      expect([json.length, json.slice(0, 40), kindOf(json)]).toEqual([json.length, json.slice(0, 40), kind])
  })
})

test.describe('leadingLines', () => {
  for (const [wire, length] of [
    ['A: b\r\n\r\nrest', 8],
    ['A: b\r\n\r\nmore\r\n\r\n', 8],
    ['A: b\r\n\r\n', 8],
    ['A: b\r\n', 0],
    ['', 0],
    ['\r\n\r\nx', 4],
    ['A: \x01\r\n\r\n', 0],
    ['A: b\r\nC: \x7f\r\n\r\n', 6],
    ['A: b\r\n{"a":1}\r\n\r\n', 6],
    ['A: b\r\n[1]\r\n\r\n', 6],
    ['A: b\tc\r\n\r\n', 10],
    [`${'a'.repeat(65_532)}\r\n\r\n`, 65_536],
    [`${'a'.repeat(65_533)}\r\n\r\n`, 0],
  ] as const)
    test(`are ${length} bytes of ${JSON.stringify(wire.slice(0, 30))} with ${wire.length}`, () =>
      expect(leadingLines(bytes(wire))).toBe(length))
})

test.describe('bytesOf', () => {
  for (const text of ['aGVsbG9=', 'aGVsbG8', 'aGVsbG9', 'a GVs', 'aGVs=', '====', 'aGVs-_==', 'aGVsbG8=\t']) {
    test(`refuses the base64 ${JSON.stringify(text)}`, () => {
      expect(() => bytesOf({ kind: 'base64', text }, refuse)).toThrow('BAD_BASE64')
    })
  }

  test('refuses text that a kind of piece cannot hold', () => {
    expect(() => bytesOf({ kind: 'text', text: '\ud800' }, refuse)).toThrow('CASSETTE_INVALID')
    expect(() => bytesOf({ kind: 'crlf', text: 'a\r\n' }, refuse)).toThrow('CASSETTE_INVALID')
    expect(() => bytesOf({ kind: 'latin1', text: '\u0100' }, refuse)).toThrow('CASSETTE_INVALID')
  })
})

function refuse(code: string): never {
  throw new Error(code)
}
