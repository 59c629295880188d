import { expect, test } from '../helpers/test.ts'
import type { BlobSink } from '../../src/format/blob-access.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeBeginning, encodeCassette, encodeWithBlobs } from '../../src/format/encode.ts'
import { unquote, valueOf } from '../../src/format/line-scalars.ts'
import { quote } from '../../src/format/quote.ts'
import { recordsOf } from '../../src/tape/record.ts'
import { bytes, cassetteOf } from '../helpers/conversations.ts'
import { frame, MASK, socketCassette, type Talk } from '../helpers/sockets.ts'
import { oneConnection } from '../helpers/tape.ts'

const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, at) => 0x80 | ((at * 7919) % 251)))

/** Blobs that are named by how they were written. */
const SINK: BlobSink = {
  write: (content) => `whole-${content.length}`,
  begin() {
    let to = 0
    return {
      write(part) {
        const from = to
        to += part.length
        return { from, to }
      },
      finish: () => `parts-${to}`,
      discard() {},
    }
  },
}

/** Comments and contents, without what they are made of. */
function outlineOf(...segments: readonly Uint8Array[]): readonly string[] {
  const cassette = cassetteOf(...segments)
  const lines = encodeWithBlobs(cassette, recordsOf(cassette.tape), SINK).split('\n')
  return lines.slice(1).flatMap((line) => /^ +(?:- )?((?:#|blob:|base64:|crlf:).*)$/.exec(line)?.[1] ?? [])
}

test('unreadable content stands in quotes as long as that is one line of 76', () => {
  const rows = (length: number): readonly string[] => {
    const lines = encodeCassette(cassetteOf(noise(length))).split('\n')
    const first = lines.findIndex((line) => line.includes('base64:'))
    return lines.slice(first, lines.indexOf('events: 2') - 1)
  }
  const base64 = noise(115).toString('base64')
  expect(rows(57)).toEqual([`      base64: "${base64.slice(0, 76)}"`])
  expect(rows(58)).toEqual(['      base64: |', `        ${base64.slice(0, 76)}`, expect.stringMatching(/^ {8}\S{4}$/)])
  expect(rows(114)).toEqual(['      base64: |', `        ${base64.slice(0, 76)}`, `        ${base64.slice(76, 152)}`])
})

test.describe('unreadable content becomes a blob', () => {
  const SHOWN = expect.stringMatching(/^# {5}(?:[\da-f]{2} ){1,16} \.+$/)
  const HEAD = bytes('HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n')
  const SUMMARY = '# <-- 200 OK, 5000000 bytes'

  for (const [what, segments, outline] of [
    ['from 64 KiB on', [noise(65_536)], [SHOWN, 'blob: { sha256: whole-65536, from: 0, to: 65536 }']],
    ['not below that', [noise(65_535)], [SHOWN, 'base64: |']],
    [
      'of all segments together',
      [noise(65_535), noise(1)],
      [
        SHOWN,
        'blob: { sha256: whole-65536, from: 0, to: 65535 }',
        SHOWN,
        'blob: { sha256: whole-65536, from: 65535, to: 65536 }',
      ],
    ],
    [
      'as a whole and with remarks below 4 MiB',
      [HEAD, noise(4_194_303 - HEAD.length)],
      [SUMMARY, 'crlf: |+', SHOWN, 'blob: { sha256: whole-4194259, from: 0, to: 4194259 }'],
    ],
    [
      'with its parts and without remarks on these, from 4 MiB on',
      [HEAD, noise(4_194_304 - HEAD.length), noise(0), noise(70)],
      [
        SUMMARY,
        'crlf: |+',
        'blob: { sha256: parts-4194330, from: 0, to: 4194260 }',
        'blob: { sha256: parts-4194330, from: 4194260, to: 4194330 }',
      ],
    ],
    [
      'behind the head in its segment',
      [Buffer.concat([HEAD, noise(4_194_304 - HEAD.length)])],
      [SUMMARY, SHOWN, 'crlf: |+', 'blob: { sha256: parts-4194260, from: 0, to: 4194260 }'],
    ],
  ] as const)
    test(what, () => expect(outlineOf(...segments)).toEqual(outline))
})

test('a segment with a head and frames is described by its head, and by its compressed messages', () => {
  const ask = [
    'GET / HTTP/1.1',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Extensions: permessage-deflate',
    '\r\n',
  ].join('\r\n')
  const grant = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
    'Sec-WebSocket-Extensions: permessage-deflate',
    '\r\n',
  ].join('\r\n')
  // RFC 7692 section 7.2.3.1: "Hello", compressed.
  const packed = '\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00'
  const remarks = (...segments: readonly string[]): readonly string[] => {
    const cassette = oneConnection('http://a.test', (it) => it.sent(ask).received(...segments))
    const text = encodeCassette(cassette)
    expect(decodeCassette(text).tape).toEqual(cassette.tape)
    return text.split('\n').filter((line) => /^ +#/.test(line))
  }
  const head = ['  # --> GET /', '  # <-- 101 Switching Protocols']
  const hello = '  #     text, inflated: Hello'
  expect(remarks(grant + packed)).toEqual([...head, hello])
  expect(remarks(grant, packed + '\x81\x02hi' + packed)).toEqual([...head, hello, hello])
  expect(remarks(grant, packed.slice(0, 4), packed.slice(4))).toEqual([...head, hello])
})

test.describe('frames of a WebSocket are written', () => {
  const DEFLATE = 'permessage-deflate'
  const hello = frame('text', 'hello')
  const [high, low] = [Uint8Array.of(3, 232), Uint8Array.of(3)]
  const rsv2 = Uint8Array.from(hello, (byte, at) => (at === 0 ? byte | 0x20 : byte))
  const long = Buffer.concat([Uint8Array.of(0x81, 126, 0, 5), bytes('hello')])
  const masked = frame('text', 'hello', { mask: MASK })
  const packed = Uint8Array.from(frame('text', '{"a":1}\n'), (byte, at) => (at === 0 ? byte | 0x40 : byte))
  const rsv1 = Uint8Array.from(hello, (byte, at) => (at === 0 ? byte | 0x40 : byte))
  for (const [what, talk, lines, extensions = ''] of [
    ['a close with a code', [['received', frame('close', high)]], ['frame: close', 'code: 1000']],
    ['a close without one', [['received', frame('close')]], ['frame: close']],
    ['a close with half of one', [['received', frame('close', low)]], ['frame: close', 'base64: "Aw=="']],
    ['a text', [['received', hello]], ['frame: text', 'text: "hello"']],
    ['a text with a reserved bit', [['received', rsv2]], ['frame: text', 'rsv: [2]', 'text: "hello"'], 'x-mine'],
    [
      'a text with the bit of compression',
      [['received', rsv1]],
      ['frame: text', 'rsv: [1]', 'base64: "aGVsbG8="'],
      DEFLATE,
    ],
    ['JSON', [['received', frame('text', '{"a":[1]}')]], ['frame: text', 'json: { a: [1] }']],
    [
      'JSON as Python writes it',
      [['received', frame('text', '{"a": 1}')]],
      ['frame: text', 'json: { a: 1 }', 'style: [spaced]'],
    ],
    ['JSON and a line end', [['received', frame('text', '{"a":1}\n')]], ['frame: text', 'text: |']],
    [
      'JSON and a line end, compressed',
      [['received', packed]],
      ['frame: text', 'rsv: [1]', 'base64: "eyJhIjoxfQo="'],
      DEFLATE,
    ],
    [
      'text and lines of HTTP',
      [['received', frame('binary', 'x\r\n1\r\n{"a":1}')]],
      ['frame: binary', 'text: "x\\r\\n1\\r\\n{\\"a\\":1}"'],
    ],
    [
      'bytes and lines of HTTP',
      [['received', frame('binary', bytes('\0\x01\xff\r\n1\r\n'))]],
      ['frame: binary', 'base64: "AAH/DQoxDQo="'],
    ],
    [
      'lines with a control',
      [['received', frame('text', '{"a":1}\r\n1\r\n\x01')]],
      ['frame: text', 'base64: "eyJhIjoxfQ0KMQ0KAQ=="'],
    ],
    ['bytes', [['received', frame('binary', bytes('\0\x01\xff'))]], ['frame: binary', 'base64: "AAH/"']],
    [
      'a part of a message',
      [['received', frame('text', 'hello', { fin: false })]],
      ['frame: text', 'fin: false', 'text: "hello"'],
    ],
    ['nothing', [['received', frame('text')]], ['frame: text']],
    [
      'a mask',
      [['received', frame('text', 'hello', { mask: MASK })]],
      ['frame: text', 'mask: "37fa213d"', 'text: "hello"'],
    ],
    ['a length in 16 bits', [['received', long]], ['frame: text', 'length: 16', 'text: "hello"']],
    [
      'a length that takes 16 bits',
      [['received', frame('binary', bytes('\0'.repeat(126)))]],
      ['frame: binary', 'base64: |'],
    ],
    ['a part of a payload', [['received', hello.subarray(0, 4)]], ['frame: text', 'of: 5', 'text: "he"']],
    ['a head without its payload', [['received', hello.subarray(0, 2)]], ['frame: text', 'of: 5']],
    [
      'the rest of a payload',
      [
        ['received', hello.subarray(0, 4)],
        ['received', hello.subarray(4)],
      ],
      ['frame: rest', 'text: "llo"'],
    ],
    [
      'the rest of one with a mask',
      [
        ['received', masked.subarray(0, 8)],
        ['received', masked.subarray(8)],
      ],
      ['frame: rest', 'mask: "213d37fa"', 'text: "llo"'],
    ],
    [
      'half of the code of a close',
      [['received', frame('close', high).subarray(0, 3)]],
      ['frame: close', 'of: 2', 'base64: "Aw=="'],
    ],
    [
      'a close with a code and a reason',
      [['received', frame('close', bytes('\x03\xe8bye'))]],
      ['frame: close', 'code: 1000', 'text: "bye"'],
    ],
    ['half a head', [['received', hello.subarray(0, 1)]], ['base64: "gQ=="']],
    ['half a head that is a letter', [['received', bytes('A')]], ['base64: "QQ=="'], DEFLATE],
  ] as const)
    test(what, () => {
      const segments: Talk = talk
      const text = encodeCassette(socketCassette(segments, extensions))
      const written = text
        .slice(text.lastIndexOf('received:'))
        .split('\n')
        .slice(1)
        .flatMap(
          (line) =>
            /^ +(?:- )?((?:frame|code|rsv|text|base64|json|style|fin|mask|length|of|crlf|latin1): .*)$/.exec(
              line,
            )?.[1] ?? [],
        )
      expect(written).toEqual(lines)
      const [last] = decodeCassette(text).tape.slice(-1)
      expect(last?.type === 'received' && Buffer.from(last.bytes)).toEqual(Buffer.from(segments.at(-1)?.[1] ?? []))
    })
})

test('the text before the first record is two lines, the note of the recording, and the tape', () => {
  const recorded = { at: '2024-01-02T03:04:05Z', by: 'wiretape 1', node: 'v22' }
  const lines = (events: number): readonly string[] => encodeBeginning(recorded, events).split('\n')
  const [schema, ...others] = lines(1)
  expect(schema).toMatch(/^# yaml-language-server: \$schema=https:/)
  expect(others).toEqual([
    'wiretape: 1',
    'recorded: { at: "2024-01-02T03:04:05Z", by: wiretape 1, node: v22 }',
    'tape:',
    '',
  ])
  expect(lines(0).slice(3)).toEqual(['tape: []', ''])
})

test('characters of all planes are escapes that are read again', () => {
  // oxfmt-ignore
  const escapes: Readonly<Record<string, string>> = {
    '\u200b': String.raw`"\u200b"`, '\x80': String.raw`"\u0080"`, '\u{e0001}': String.raw`"\U000e0001"`, '\ud83d\ude00': '"\ud83d\ude00"', '\ud800': String.raw`"\ud800"`, 'a\n': String.raw`"a\n"`,
  }
  for (const [text, quoted] of Object.entries(escapes)) {
    expect(quote(text)).toBe(quoted)
    expect(unquote(quoted.slice(1, -1))).toBe(text)
  }
  expect(unquote(String.raw`\U0010ffff\\U`)).toBe('\u{10ffff}\\U')
  expect(() => unquote(String.raw`\U00110000`)).toThrow()
})

test('numbers that readers round in different ways are left to the library', () => {
  expect(valueOf('1'.repeat(20))).toBe(Number('1'.repeat(20)))
  expect(() => valueOf('1'.repeat(21))).toThrow()
  expect([valueOf('true'), valueOf('null'), valueOf('nulls')]).toEqual([true, null, 'nulls'])
  for (const word of ['True', 'NULL', 'yes', 'n']) expect(() => valueOf(word)).toThrow()
})
