import { constants, deflateRawSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import { readClose, writeClose } from '../../src/websocket/close.ts'
import { deflated, deflateIn, Inflater } from '../../src/websocket/deflate.ts'
import { readExtensions, refusalOf } from '../../src/websocket/extensions.ts'
import {
  fitsForm,
  isControl,
  isFrameKind,
  masked,
  readHead,
  shortestForm,
  turned,
  writeFrame,
  writeHead,
} from '../../src/websocket/frame.ts'
import { FrameSplitter } from '../../src/websocket/frame-splitter.ts'
import { agreementIn, isWebSocket } from '../../src/websocket/handshake.ts'
import { MessageReader, type MessageReaderOptions, type SocketMessage } from '../../src/websocket/message-reader.ts'

const ofHex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const shown = (bytes: Uint8Array, at: number, allowsRsv: boolean): string => {
  const found = readHead(bytes, at, allowsRsv)
  if (typeof found === 'string') return found
  const { kind, fin, rsv, mask, length, form } = found.head
  return `${kind}${fin ? ' fin' : ''} ${rsv} ${mask === undefined ? '-' : hex(mask)} ${length} in ${form}, ${found.size}`
}

test.describe('a head', () => {
  // oxfmt-ignore
  const HEADS: readonly (readonly [bytes: string, head: string])[] = [
    ['8000',                     'continuation fin 0 - 0 in 7, 2'],
    ['0100',                     'text 0 - 0 in 7, 2'],
    ['8100',                     'text fin 0 - 0 in 7, 2'],
    ['827d',                     'binary fin 0 - 125 in 7, 2'],
    ['827e0000',                 'binary fin 0 - 0 in 16, 4'],
    ['827e007d',                 'binary fin 0 - 125 in 16, 4'],
    ['827effff',                 'binary fin 0 - 65535 in 16, 4'],
    ['827f0000000000000001',     'binary fin 0 - 1 in 64, 10'],
    ['827f0000000100000000',     'binary fin 0 - 4294967296 in 64, 10'],
    ['827f001fffffffffffff',     'binary fin 0 - 9007199254740991 in 64, 10'],
    ['827f0020000000000000',     'invalid'],
    ['827f002000000000',         'torn'],
    ['827f00200000000000',       'torn'],
    ['82ff0020000000000000',     'invalid'],
    ['82ff001fffffffffffff',     'torn'],
    ['818501020304',             'text fin 0 01020304 5 in 7, 6'],
    ['8185010203',               'torn'],
    ['81fe010001020304',         'text fin 0 01020304 256 in 16, 8'],
    ['81fe0100010203',           'torn'],
    ['8800',                     'close fin 0 - 0 in 7, 2'],
    ['897d',                     'ping fin 0 - 125 in 7, 2'],
    ['8a00',                     'pong fin 0 - 0 in 7, 2'],
    ['897e',                     'invalid'],
    ['897f',                     'invalid'],
    ['08',                       'invalid'],
    ['09',                       'invalid'],
    ['0a',                       'invalid'],
    ['00',                       'torn'],
    ['81',                       'torn'],
    ['',                         'torn'],
    ['817e',                     'torn'],
    ['817e00',                   'torn'],
    ...['3', '4', '5', '6', '7', 'b', 'c', 'd', 'e', 'f'].map((opcode) => [`8${opcode}00`, 'invalid'] as const),
    ['9100',                     'invalid unless allowed: text fin 1 - 0 in 7, 2'],
    ['a100',                     'invalid unless allowed: text fin 2 - 0 in 7, 2'],
    ['c100',                     'invalid unless allowed: text fin 4 - 0 in 7, 2'],
    ['f900',                     'invalid unless allowed: ping fin 7 - 0 in 7, 2'],
  ]

  test('is read as RFC 6455 section 5.2 says, and written the same', () => {
    for (const [bytes, wanted] of HEADS) {
      const [refused, allowed = wanted] = wanted.startsWith('invalid unless')
        ? ['invalid', wanted.replace('invalid unless allowed: ', '')]
        : [wanted]
      expect([bytes, shown(ofHex(bytes), 0, false)]).toEqual([bytes, refused])
      expect([bytes, shown(ofHex(bytes), 0, true)]).toEqual([bytes, allowed])
      expect([bytes, shown(ofHex(`ffffff${bytes}`), 3, true)]).toEqual([bytes, allowed])
      const found = readHead(ofHex(`${bytes}aabb`), 0, true)
      if (!['torn', 'invalid'].includes(allowed) && typeof found !== 'string')
        expect(hex(writeHead(found.head))).toBe(bytes)
    }
  })

  test('has the shortest form that its length fits in', () => {
    // oxfmt-ignore
    const FORMS = [[0, 7], [125, 7], [126, 16], [127, 16], [65_535, 16], [65_536, 64], [2 ** 40, 64]] as const
    for (const [length, form] of FORMS) {
      expect([length, shortestForm(length)]).toEqual([length, form])
      for (const one of [7, 16, 64] as const)
        expect([length, one, fitsForm(length, one)]).toEqual([length, one, one >= form])
    }
  })

  test('is of a kind that has a name', () => {
    for (const kind of ['continuation', 'text', 'binary']) expect(isFrameKind(kind) && isControl(kind)).toBe(false)
    for (const kind of ['close', 'ping', 'pong']) expect(isFrameKind(kind) && isControl(kind)).toBe(true)
    for (const kind of ['', 'Text', 'toString', '1', 'continuations']) expect(isFrameKind(kind)).toBe(false)
  })
})

test('a frame is written with its mask, in the form that was asked for if it is long enough', () => {
  const head = { kind: 'text', fin: true, rsv: 0, mask: undefined, form: 7 } as const
  const frame = (more: object, payload: string, missing?: number): string =>
    hex(writeFrame({ ...head, ...more }, Buffer.from(payload), missing))
  expect(frame({}, 'ab')).toBe('81026162')
  expect(frame({ fin: false, rsv: 4 }, '')).toBe('4100')
  expect(frame({ form: 16 }, 'ab')).toBe('817e00026162')
  expect(frame({ form: 64 }, 'ab')).toBe('817f00000000000000026162')
  expect(frame({}, 'ab', 124)).toBe('817e007e6162')
  expect(frame({}, 'ab', 70_000)).toBe('817f00000000000111726162')
  expect(frame({ mask: ofHex('01020304') }, 'abcdef')).toBe('818601020304606060606464')
})

test('a mask goes on wherever the payload is cut', () => {
  const mask = ofHex('01020408')
  const payload = Buffer.from('a payload')
  const whole = masked(payload, mask)
  expect(hex(masked(whole, mask))).toBe(hex(payload))
  expect(masked(payload, undefined)).toBe(payload)
  for (let cut = 0; cut <= payload.length; cut += 1) {
    expect(hex(masked(payload.subarray(cut), mask, cut))).toBe(hex(whole.subarray(cut)))
    expect(hex(masked(payload.subarray(cut), turned(mask, cut)))).toBe(hex(whole.subarray(cut)))
  }
})

/** What was said, in the words of a test; bytes one character each. */
const said = ({ kind, payload, isCompressed, isOpaque, isWhole, frames }: SocketMessage): string => {
  const facts = [isCompressed && 'compressed', isOpaque && 'opaque', !isWhole && 'in part'].filter(Boolean)
  const places = frames.map(({ start, end, head, payload: own }) => `${head.kind} ${start}-${end} ${own.length}`)
  return [kind, Buffer.from(payload).toString('latin1'), ...facts, ...places].join(', ')
}

const PLAIN: MessageReaderOptions = { allowsRsv: false, compression: undefined }
const DEFLATE: MessageReaderOptions = { allowsRsv: true, compression: { takesOver: true, windowBits: 15 } }

test.describe('messages', () => {
  const HELLO = deflated(Buffer.from('hello'))
  const HELLO_HEX = hex(HELLO)
  const LENGTH = HELLO.length.toString(16).padStart(2, '0')
  const CASES: readonly (readonly [
    name: string,
    options: MessageReaderOptions,
    bytes: string,
    said: readonly string[],
    left?: readonly string[],
  ])[] = [
    ['a text', PLAIN, '8102 6869', ['text, hi, text 0-4 2']],
    ['a masked one', PLAIN, '8182 01020304 696b', ['text, hi, text 0-8 2']],
    [
      'empty ones',
      PLAIN,
      '8100 8200 8800 8900 8a00',
      [
        'text, , text 0-2 0',
        'binary, , binary 2-4 0',
        'close, , close 4-6 0',
        'ping, , ping 6-8 0',
        'pong, , pong 8-10 0',
      ],
    ],
    ['an empty masked one', PLAIN, '8980 01020304 8101 61', ['ping, , ping 0-6 0', 'text, a, text 6-9 1']],
    [
      'in parts',
      PLAIN,
      '0101 61 8901 3f 0000 8001 62',
      ['ping, ?, ping 3-6 1', 'text, ab, text 0-3 1, continuation 6-8 0, continuation 8-11 1'],
    ],
    ['a continuation of nothing', PLAIN, '8001 61', ['binary, a, continuation 0-3 1']],
    ['what is no frame ends it', PLAIN, '8101 61 83 8101 62', ['text, a, text 0-3 1']],
    ['cut off in a payload', PLAIN, '8103 6162', [], ['text, ab, in part, text 0-4 2']],
    ['cut off between parts', PLAIN, '0101 61 0001 62', [], ['text, ab, in part, text 0-3 1, continuation 3-6 1']],
    [
      'cut off in a ping between parts',
      PLAIN,
      '0101 61 8902 3f',
      [],
      ['text, a, in part, text 0-3 1', 'ping, ?, in part, ping 3-6 1'],
    ],
    ['cut off in a ping', PLAIN, '8902 3f', [], ['ping, ?, in part, ping 0-3 1']],
    ['cut off in a part', PLAIN, '0101 61 8002 62', [], ['text, ab, in part, text 0-3 1, continuation 3-6 1']],
    ['cut off in a head', PLAIN, '8101 61 81', ['text, a, text 0-3 1'], []],
    [
      'compressed',
      DEFLATE,
      `c1${LENGTH} ${HELLO_HEX}`,
      [`text, hello, compressed, text 0-${2 + HELLO.length} ${HELLO.length}`],
    ],
    [
      'compressed, and not',
      DEFLATE,
      `c1${LENGTH} ${HELLO_HEX} 8101 61`,
      [
        `text, hello, compressed, text 0-${2 + HELLO.length} ${HELLO.length}`,
        `text, a, text ${2 + HELLO.length}-${5 + HELLO.length} 1`,
      ],
    ],
    ['another reserved bit', DEFLATE, '9101 61', ['text, a, text 0-3 1']],
    [
      'compressed where nothing was agreed on it',
      { allowsRsv: true, compression: undefined },
      'c101 61',
      ['text, a, text 0-3 1'],
    ],
    ['not to be inflated', DEFLATE, 'c202 ffff', ['binary, \u00ff\u00ff, compressed, opaque, binary 0-4 2']],
    [
      'compressed and cut off',
      DEFLATE,
      `c17d ${HELLO_HEX}`,
      [],
      [`text, hello, compressed, in part, text 0-${2 + HELLO.length} ${HELLO.length}`],
    ],
    [
      'not to be inflated and cut off',
      DEFLATE,
      'c27d ffff',
      [],
      ['binary, \u00ff\u00ff, compressed, opaque, in part, binary 0-4 2'],
    ],
  ]
  for (const [name, options, bytes, wanted, left = []] of CASES)
    test(`${name}: the same, wherever the bytes are cut`, () => {
      const all = ofHex(bytes)
      const pieces = (cut: number): readonly Uint8Array[] => [all.subarray(0, cut), all.subarray(cut)]
      const cuts = [[all], Array.from(all, (byte) => Uint8Array.of(byte)), ...Array.from(all.keys(), pieces)]
      for (const segments of cuts) {
        const reader = new MessageReader(options)
        const messages: string[] = []
        for (const segment of segments) {
          const copy = reader.copy()
          const [own, other] = [reader, copy].map((one) => one.push(segment).map(said))
          expect(other).toEqual(own)
          messages.push(...(own ?? []))
          expect([copy.position, copy.isBetween, copy.isLost, copy.isBetweenFrames]).toEqual([
            reader.position,
            reader.isBetween,
            reader.isLost,
            reader.isBetweenFrames,
          ])
        }
        expect(messages).toEqual(wanted)
        expect(reader.unfinished().map(said)).toEqual(left)
        expect(reader.position).toBe(all.length)
        expect(reader.isLost).toBe(name.startsWith('what is no frame'))
        expect(reader.isBetween).toBe(!name.startsWith('cut off') && !name.endsWith('cut off'))
        expect(reader.isBetweenFrames).toBe(reader.isBetween || name === 'cut off between parts')
      }
    })

  test('refer to those before them only if that was agreed on', () => {
    const own = new Inflater({ takesOver: true })
    const none = new Inflater({ takesOver: false })
    for (const inflater of [own, none]) expect(inflater.inflate(HELLO)).toEqual(Buffer.from('hello'))
    const again = deflateRawSync('hello', { dictionary: Buffer.from('hello'), finishFlush: constants.Z_SYNC_FLUSH })
    expect(own.copy().inflate(again.subarray(0, -4))).toEqual(Buffer.from('hello'))
    expect(own.inflate(again.subarray(0, -4))).toEqual(Buffer.from('hello'))
    expect(none.inflate(again.subarray(0, -4))).toBeUndefined()
    expect(none.inflate(HELLO.subarray(0, 3), false)?.length).toBeLessThan(5)
  })
})

const parts = (segments: readonly string[], allowsRsv = false): readonly string[] => {
  const splitter = new FrameSplitter(allowsRsv)
  return segments.flatMap((segment) =>
    splitter.split(ofHex(segment)).map((part) => {
      const place = `${part.start}-${part.end}`
      if (part.type === 'plain')
        return `${place} ${part.isTornHead ? 'torn head' : 'plain'}${part.empty ? ' of nothing' : ''}`
      return part.type === 'frame'
        ? `${place} ${part.head.kind} from ${part.payloadStart}`
        : `${place} rest from ${part.offset}${part.mask === undefined ? '' : ` ${hex(part.mask)}`}`
    }),
  )
}

test('parts of segments are heads, payloads and bytes that are no frame', () => {
  expect(parts(['8103 6162', '63 8101', '64'])).toEqual([
    '0-4 text from 2',
    '0-1 rest from 2',
    '1-3 text from 3',
    '0-1 rest from 0',
  ])
  expect(parts(['8183 0102', '0304 60', '6062'])).toEqual([
    '0-4 torn head',
    '0-2 torn head',
    '2-3 rest from 0 01020304',
    '0-2 rest from 1 02030401',
  ])
  expect(parts(['81', '00', '81', '7e', '0001 61'])).toEqual([
    '0-1 torn head',
    '0-1 torn head of nothing',
    '0-1 torn head',
    '0-1 torn head',
    '0-2 torn head',
    '2-3 rest from 0',
  ])
  expect(parts(['83 8100', '8100'])).toEqual(['0-3 plain', '0-2 plain'])
  expect(parts(['89', '7e 8100', '8100'])).toEqual(['0-1 torn head', '0-3 plain', '0-2 plain'])
  expect(parts(['c100'])).toEqual(['0-2 plain'])
  expect(parts(['c100'], true)).toEqual(['0-2 text from 2'])
  const splitter = new FrameSplitter(false)
  const states = ['81', '01', '61', '83'].map((segment) => {
    splitter.split(ofHex(segment))
    const { isBetween, isLost } = splitter.copy()
    expect([splitter.isBetween, splitter.isLost]).toEqual([isBetween, isLost])
    return [isBetween, isLost]
  })
  expect(states).toEqual([
    [false, false],
    [false, false],
    [true, false],
    [true, true],
  ])
})

test('a close has two bytes of a code, and the rest is its reason', () => {
  expect(hex(writeClose(0x1234, 'a'))).toBe('123461')
  expect(hex(writeClose(1000))).toBe('03e8')
  expect(readClose(ofHex('12'))).toEqual({ code: undefined, reason: '' })
  expect(readClose(ofHex('1234'))).toEqual({ code: 0x1234, reason: '' })
  expect(readClose(ofHex('0001ff'))).toEqual({ code: 1, reason: '\ufffd' })
})

const extensionsIn = (value: string): readonly string[] =>
  readExtensions(value).map(({ name, parameters }) =>
    [name, ...Array.from(parameters, (pair) => pair.join('='))].join(';'),
  )

const agreed = (value: string): unknown => {
  const deflate = deflateIn(readExtensions(value))
  return deflate && [deflate.sent, deflate.received].map(({ takesOver, windowBits }) => `${takesOver} ${windowBits}`)
}

test.describe('extensions', () => {
  test('are lists of names with parameters, outside of quotes', () => {
    // oxfmt-ignore
    const LISTS = [
      ['',                               []],
      [' , ,; ',                         []],
      ['A',                              ['a']],
      ['a, B ;C ; D=1',                  ['a', 'b;c=;d=1']],
      ['a; x="1, 2; 3=4"; y="a\\"b"',    ['a;x=1, 2; 3=4;y=a"b']],
      ['a; x="', ['a;x=']],
    ] as const
    for (const [text, list] of LISTS) expect([text, extensionsIn(text)]).toEqual([text, list])
  })

  test('agree on compression for each side', () => {
    expect(agreed('x')).toBeUndefined()
    expect(agreed('permessage-deflate')).toEqual(['true 15', 'true 15'])
    expect(agreed('x, permessage-deflate; client_max_window_bits=8; server_max_window_bits=15')).toEqual([
      'true 8',
      'true 15',
    ])
    expect(agreed('permessage-deflate; client_max_window_bits=7; server_max_window_bits=16')).toEqual([
      'true 15',
      'true 15',
    ])
    expect(agreed('permessage-deflate; client_max_window_bits=9.5; server_max_window_bits=9')).toEqual([
      'true 15',
      'true 9',
    ])
    expect(agreed('permessage-deflate; client_no_context_takeover')).toEqual(['false 15', 'true 15'])
    expect(agreed('permessage-deflate; server_no_context_takeover')).toEqual(['true 15', 'false 15'])
  })

  test('that were not offered are refused, and the reason is told', () => {
    const [asked, larger, notOffered, notAgreed] = [
      'this client asks for server_no_context_takeover, and the server did not grant it',
      "the server's window is larger than this client allows (server_max_window_bits)",
      'the server set client_max_window_bits, which this client does not offer',
      'the server accepted permessage-deflate, which this client does not offer',
    ]
    const name = 'permessage-deflate'
    // oxfmt-ignore
    const CASES: readonly (readonly [accepted: string, offered: string, refusal: string | undefined])[] = [
      ['',                                   '',                                      undefined],
      [name,                                 '',                                      notAgreed],
      [`x, ${name}`,                         name,                                    'the server accepted x, which this client does not offer'],
      [`x, ${name}`,                         'x',                                     notAgreed],
      ['x; a',                               'x; b',                                  undefined],
      [name,                                 `${name}; server_no_context_takeover`,   asked],
      [`${name}; server_no_context_takeover`, `${name}; server_no_context_takeover`,  undefined],
      [`${name}; server_no_context_takeover`, name,                                   undefined],
      [`${name}; server_max_window_bits=10`, `${name}; server_max_window_bits=10`,    undefined],
      [`${name}; server_max_window_bits=11`, `${name}; server_max_window_bits=10`,    larger],
      [`${name}; server_max_window_bits=9`,  `${name}; server_max_window_bits=10`,    undefined],
      [name,                                 `${name}; server_max_window_bits=14`,    larger],
      [name,                                 `${name}; server_max_window_bits`,       undefined],
      [`${name}; client_max_window_bits=10`, name,                                    notOffered],
      [`${name}; client_max_window_bits=10`, `${name}; client_max_window_bits`,       undefined],
      [name,                                 `${name}; server_max_window_bits=9, ${name}; server_no_context_takeover`, larger],
      [name,                                 `${name}; server_max_window_bits=9, ${name}`, undefined],
    ]
    for (const [accepted, offered, refusal] of CASES)
      expect([accepted, offered, refusalOf(readExtensions(accepted), readExtensions(offered))]).toEqual([
        accepted,
        offered,
        refusal,
      ])
  })
})

const upgrade = (value: string, name = 'Upgrade'): boolean => isWebSocket([{ name, value }])

test('header lines ask for a WebSocket, and say what was agreed on', () => {
  for (const value of ['websocket', 'WebSocket', 'h2c, websocket', ' websocket ,x'])
    expect(upgrade(value, 'UPGRADE')).toBe(true)
  for (const value of ['', 'websockets', 'my-websocket', 'web socket']) expect(upgrade(value)).toBe(false)
  expect(upgrade('websocket', 'Connection')).toBe(false)
  expect(
    isWebSocket([
      { name: 'upgrade', value: 'x' },
      { name: 'upgrade', value: 'websocket' },
    ]),
  ).toBe(true)
  const agreement = agreementIn([
    { name: 'Sec-WebSocket-Extensions', value: 'a' },
    { name: 'sec-websocket-extensions', value: 'permessage-deflate' },
    { name: 'Sec-WebSocket-Protocol', value: ' chat ' },
  ])
  expect([agreement.extensions.map(({ name }) => name), agreement.protocol, agreement.deflate === undefined]).toEqual([
    ['a', 'permessage-deflate'],
    'chat',
    false,
  ])
  expect(agreementIn([])).toEqual({ extensions: [], deflate: undefined, protocol: '' })
})

test('what is deflated fits its window, and ends without the mark of a flush', () => {
  expect(hex(deflated(new Uint8Array(0)))).toBe('00')
  const text = Buffer.from('abcabcabcabcabcabc'.repeat(200))
  for (const bits of [8, 9, 12, 15]) {
    const bytes = deflated(text, bits)
    expect(hex(bytes.subarray(-4))).not.toBe('0000ffff')
    expect(Buffer.from(new Inflater({ takesOver: false }).inflate(bytes) ?? []).equals(text)).toBe(true)
  }
  // Nothing refers back where the window is the smallest, which zlib does not have.
  expect(deflated(text, 8).length).toBeGreaterThan(600)
  expect(deflated(text, 9).length).toBeLessThan(100)
})
