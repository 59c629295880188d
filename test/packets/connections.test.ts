import { expect, test } from '../helpers/test.ts'
import { Fragments, type IpPacket } from '../../src/packets/ip-packet.ts'
import { unwrapLink } from '../../src/packets/link-layer.ts'
import { openComment, readOpenComment } from '../../src/packets/open-comment.ts'
import { readConnections } from '../../src/packets/read-connections.ts'
import { readTcp, type TcpSegment } from '../../src/packets/tcp-segment.ts'
import { type TcpConnection, TcpConnections } from '../../src/packets/tcp-connections.ts'
import { tcpPacket, TcpWriter } from '../../src/packets/tcp-writer.ts'
import { captureOf, HANDSHAKE, type MadeSegment, packetsOf, pcapOf } from './packet-maker.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const ofHex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const capturedAt = (number: number) => ({ number, at: number, link: 101, bytes: new Uint8Array(0), comments: [] })

test.describe('a frame', () => {
  const [V4, V6, HEAD] = ['45aa', '60bb', '00'.repeat(12)]
  // oxfmt-ignore
  const FRAMES: readonly (readonly [name: string, link: number, frame: string, found: string])[] = [
    ['BSD loopback',        0,   `02000000${V4}`,             V4],
    ['OpenBSD loopback',    108, `00000018${V6}`,             V6],
    ['Ethernet, IPv4',      1,   `${HEAD}0800${V4}`,          V4],
    ['Ethernet, IPv6',      1,   `${HEAD}86dd${V6}`,          V6],
    ['Ethernet, ARP',       1,   `${HEAD}0806${V4}`,          'other'],
    ['Ethernet, 0801',      1,   `${HEAD}0801${V4}`,          'other'],
    ['Ethernet, VLAN 8100', 1,   `${HEAD}810000070800${V4}`,  V4],
    ['Ethernet, VLAN 88a8', 1,   `${HEAD}88a80007810000070800${V4}`, V4],
    ['Ethernet, VLAN 9100', 1,   `${HEAD}9100000786dd${V6}`,  V6],
    ['Ethernet, VLAN, ARP', 1,   `${HEAD}810000070806${V4}`,  'other'],
    ['Ethernet, PPPoE',     1,   `${HEAD}8864110000010009 0021${V4}`, V4],
    ['Ethernet, PPPoE, 6',  1,   `${HEAD}8864110000010009 0057${V6}`, V6],
    ['Ethernet, PPPoE, LCP', 1,  `${HEAD}8864110000010009 c021${V6}`, 'other'],
    ['Ethernet, discovery', 1,   `${HEAD}8863110000010009 0021${V4}`, 'other'],
    ['Ethernet, cut',       1,   `${HEAD}0800`,               'other'],
    ['Ethernet, cut short', 1,   '00',                        'other'],
    ['PPP with a head',     9,   `ff030021${V4}`,             V4],
    ['PPP without one',     9,   `0057${V6}`,                 V6],
    ['PPP, LCP',            9,   `ff03c021${V4}`,             'other'],
    ['raw IP, 12',          12,  V4,                          V4],
    ['raw IP, 14',          14,  V6,                          V6],
    ['raw IP, 101',         101, V4,                          V4],
    ['IPv4',                228, V4,                          V4],
    ['IPv6',                229, V6,                          V6],
    ['no IP',               101, '55aa',                      'other'],
    ['no IP at all',        101, '',                          'other'],
    ['Linux cooked',        113, `${HEAD}00000800${V4}`,      V4],
    ['Linux cooked, 2',     276, `0800${'00'.repeat(18)}${V4}`, V4],
    ['Linux cooked, 2, no', 276, `0806${'00'.repeat(18)}${V4}`, 'other'],
  ]
  test('carries a packet of IP, or something else', () => {
    for (const [name, link, frame, found] of FRAMES) {
      const carried = unwrapLink(link, ofHex(frame))
      expect([name, carried.type === 'ip' ? hex(carried.bytes) : carried.type]).toEqual([name, found])
    }
  })

  test('of another kind is not known', () => {
    const known = new Set(FRAMES.map(([, link]) => link))
    for (let link = 0; link < 300; link += 1)
      expect([link, unwrapLink(link, ofHex(V4)).type === 'unknown-link']).toEqual([link, !known.has(link)])
  })
})

const part = (offset: number, data: string, isLast = false, length = data.length, id = 'x'): IpPacket => ({
  from: 'a',
  to: 'b',
  protocol: offset === 0 ? 6 : 59,
  payload: Buffer.from(data),
  length,
  fragment: { id, offset, isLast },
})

const joinedOf = (...parts: readonly IpPacket[]): readonly unknown[] => {
  const fragments = new Fragments()
  const whole = parts.map((one) => {
    const { payload, ...rest } = fragments.add(one) ?? { payload: undefined }
    return payload === undefined ? undefined : Object.assign(rest, { payload: latin1(payload) })
  })
  return [...whole, fragments.left]
}

const whole = (payload: string): object => ({
  from: 'a',
  to: 'b',
  protocol: 6,
  length: payload.length,
  fragment: undefined,
  payload,
})

test.describe('fragments', () => {
  test('are joined by their places, whichever comes first', () => {
    expect(joinedOf(part(0, 'abc'), part(3, 'def', true))).toEqual([undefined, whole('abcdef'), 0])
    expect(joinedOf(part(5, 'f', true), part(3, 'de'), part(0, 'abc'))).toEqual([
      undefined,
      undefined,
      whole('abcdef'),
      0,
    ])
  })

  test('may overlap; the first bytes count', () => {
    expect(joinedOf(part(0, 'abcd'), part(2, 'XYef', true))).toEqual([undefined, whole('abcdef'), 0])
    expect(joinedOf(part(0, 'abcdef'), part(1, 'XY'), part(6, 'g', true))).toEqual([
      undefined,
      undefined,
      whole('abcdefg'),
      0,
    ])
  })

  test('with a gap, without an end, or cut by the capture wait', () => {
    expect(joinedOf(part(0, 'abc'), part(4, 'e', true))).toEqual([undefined, undefined, 1])
    expect(joinedOf(part(0, 'abc'), part(3, 'def'))).toEqual([undefined, undefined, 1])
    expect(joinedOf(part(0, 'ab', false, 3), part(3, 'def', true))).toEqual([undefined, undefined, 1])
    expect(joinedOf(part(3, 'd', true))).toEqual([undefined, 1])
  })

  test('of other packets are not mixed in; a whole packet is given back', () => {
    expect(joinedOf(part(0, 'ab'), part(2, 'cd', true, 2, 'y'), part(2, 'ef', true))).toEqual([
      undefined,
      undefined,
      whole('abef'),
      1,
    ])
    const plain = { from: 'a', to: 'b', protocol: 17, payload: Buffer.from('p'), length: 1, fragment: undefined }
    expect(new Fragments().add(plain)).toBe(plain)
  })
})

const segmentOf = (bytes: Buffer, length = bytes.length): object | undefined => {
  const packet = capturedAt(1)
  const {
    payload,
    packet: from,
    ...rest
  } = readTcp({ from: '1.1.1.1', to: '2.2.2.2', protocol: 6, payload: bytes, length }, packet) ?? {
    payload: undefined,
    packet,
  }
  expect(from).toBe(packet)
  return payload && { ...rest, payload: hex(payload) }
}

const bytesOf = (flags: number, header = 5, rest = 'aabb'): Buffer =>
  Buffer.concat([ofHex('1234 abcd 81020304 91020304'), Buffer.of(header << 4, flags), ofHex(`ffff 0000 0000 ${rest}`)])

test.describe('a segment', () => {
  const facts = {
    from: { address: '1.1.1.1', port: 0x1234 },
    to: { address: '2.2.2.2', port: 0xabcd },
    sequence: 0x81020304,
  }

  test('has flags, each by itself', () => {
    for (let flags = 0; flags < 64; flags += 1)
      expect(segmentOf(bytesOf(flags))).toEqual({
        ...facts,
        acknowledged: (flags & 16) === 0 ? undefined : 0x91020304,
        isFin: flags % 2 === 1,
        isSyn: (flags & 2) === 2,
        isReset: (flags & 4) === 4,
        payload: 'aabb',
        length: 2,
      })
  })

  test('may have options, and be cut off', () => {
    expect(segmentOf(bytesOf(0, 6, '01010101 cc'), 30)).toMatchObject({ payload: 'cc', length: 6 })
    expect(segmentOf(bytesOf(0, 15, '01010101'))).toMatchObject({ payload: '', length: 0 })
    expect(segmentOf(bytesOf(0, 5, ''))).toMatchObject({ payload: '', length: 0 })
    expect(segmentOf(bytesOf(0, 4))).toBeUndefined()
    expect(segmentOf(bytesOf(0, 5, '').subarray(0, 19))).toBeUndefined()
  })
})

/** The sum of all words of 16 bits with its carries (RFC 1071), which is all ones with a right checksum. */
const sumOf = (bytes: Buffer): number => {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt8(at) * 256 + (bytes[at + 1] ?? 0)
  return sum % 0xffff
}

test.describe('a packet of ours', () => {
  const segment = { sequence: 0x01020304, acknowledged: 0x05060708, flags: 2, payload: new Uint8Array(0) }

  test('of IPv4 is this, byte for byte', () => {
    const bytes = tcpPacket({ address: '10.0.0.1', port: 0x1234 }, { address: '10.0.0.2', port: 80 }, segment)
    expect(hex(bytes)).toBe(
      hex(
        ofHex(`4500 0030 0000 4000 4006 26c6 0a000001 0a000002
               1234 0050 01020304 05060708 7002 ffff 4661 0000 0204ffd703030e00`),
      ),
    )
  })

  test('of IPv6 is this, byte for byte', () => {
    const ends = [
      { address: '2001:db8::1', port: 1 },
      { address: '2001:db8::2', port: 2 },
    ] as const
    const bytes = tcpPacket(...ends, { ...segment, flags: 24, payload: Buffer.from('odd') })
    expect(hex(bytes)).toBe(
      hex(
        ofHex(`60000000 0017 06 40 20010db8000000000000000000000001 20010db8000000000000000000000002
               0001 0002 01020304 05060708 5018 ffff 70d9 0000 6f6464`),
      ),
    )
  })

  test('needs addresses', () => {
    const end = { address: '1.2.3.4', port: 1 }
    const name = { address: 'name', port: 1 }
    expect(() => tcpPacket(end, name, segment)).toThrow(new TypeError('not an address: 1.2.3.4, name'))
    expect(() => tcpPacket(name, end, segment)).toThrow(new TypeError('not an address: name, 1.2.3.4'))
  })

  for (const length of [0, 1, 2, 1461, 65_495])
    test(`with ${length} bytes has right checksums`, () => {
      const payload = Buffer.alloc(length, 0xfe)
      const ends = [
        { address: '255.255.255.1', port: 65_535 },
        { address: '254.255.255.2', port: 65_534 },
      ] as const
      const bytes = Buffer.from(tcpPacket(...ends, { ...segment, flags: 16, payload }))
      expect(bytes.length).toBe(40 + length)
      expect(sumOf(bytes.subarray(0, 20))).toBe(0)
      const pseudo = Buffer.from([...bytes.subarray(12, 20), 0, 6, (20 + length) >> 8, (20 + length) & 255])
      expect(sumOf(Buffer.concat([pseudo, bytes.subarray(20)]))).toBe(0)
    })
})

/** A connection as lines. */
function linesOf(connection: TcpConnection): readonly string[] {
  const { client, server, first, handshake, refused, events, gaps, differing } = connection
  return [
    `${client.address}:${client.port} to ${server.address}:${server.port} from ${first.number}`,
    handshake === undefined ? 'open before' : `asked ${handshake.asked.number}, made ${handshake.made?.number}`,
    ...(refused === undefined ? [] : [`refused ${refused.number}`]),
    ...events.map((event) =>
      event.type === 'bytes'
        ? `${event.packet.number} ${event.by} ${event.start} ${event.got} ${latin1(event.bytes)}`
        : `${event.packet.number} ${event.by} ${event.type}`,
    ),
    ...gaps.map(({ by, offset, packet }) => `gap of ${by} at ${offset}, by ${packet.number}`),
    ...(differing.length === 0 ? [] : [`differing ${differing.join(' ')}`]),
  ]
}

test.describe('what a writer wrote is read again', () => {
  const [client, server] = [
    { address: '10.0.0.1', port: 1 },
    { address: '10.0.0.2', port: 2 },
  ]
  const written = (write: (writer: TcpWriter) => void): object => {
    const writer = new TcpWriter(client, server)
    write(writer)
    const packets = writer.packets.map(({ at, bytes, comment }) => {
      const view = Buffer.from(bytes)
      const data = bytes.length - 20 - (view.readUInt8(32) >> 4) * 4
      const numbers = [view.readUInt32BE(24), view.readUInt32BE(28), view.readUInt8(33), data]
      return [
        at,
        view.readUInt16BE(20) === 1 ? '>' : '<',
        ...numbers,
        ...(comment === undefined ? [] : [comment]),
      ].join(' ')
    })
    return { packets, lines: readConnections(captureOf(writer.packets)).connections.map(linesOf) }
  }

  test('a whole conversation', () => {
    expect(
      written((writer) => {
        writer.open(5, 7, 'opened')
        writer.bytes('client', 9, Buffer.from('ask'))
        writer.bytes('server', 8, Buffer.from('answer'))
        writer.bytes('server', 10, Buffer.alloc(0))
        writer.end('server', 11, 'no more')
        writer.end('server', 12)
        writer.end('client', 13)
      }),
    ).toEqual({
      packets: [
        '5 > 1000000 0 2 0 opened',
        '7 < 2000000 1000001 18 0',
        '7 > 1000001 2000001 16 0',
        '9 > 1000001 2000001 24 3',
        '9 < 2000001 1000004 16 0',
        '9 < 2000001 1000004 24 6',
        '9 > 1000004 2000007 16 0',
        '11 < 2000007 1000004 17 0 no more',
        '11 > 1000004 2000008 16 0',
        '13 > 1000004 2000008 17 0',
        '13 < 2000008 1000005 16 0',
      ],
      lines: [
        [
          '10.0.0.1:1 to 10.0.0.2:2 from 1',
          'asked 1, made 2',
          '4 client 0 0 ask',
          '6 server 0 3 answer',
          '8 server end',
          '10 client end',
        ],
      ],
    })
  })

  const sizes = (length: number): unknown => written((writer) => writer.bytes('client', 1, Buffer.alloc(length, 'x')))

  test('more than a packet holds', () => {
    expect(sizes(65_495)).toMatchObject({ packets: ['1 > 1000000 2000000 24 65495', '1 < 2000000 1065495 16 0'] })
    expect(sizes(65_496)).toMatchObject({
      packets: [
        '1 > 1000000 2000000 16 65495',
        '1 < 2000000 1065495 16 0',
        '1 > 1065495 2000000 24 1',
        '1 < 2000000 1065496 16 0',
      ],
    })
    expect(sizes(130_990)).toMatchObject({
      packets: [
        '1 > 1000000 2000000 16 65495',
        '1 < 2000000 1065495 16 0',
        '1 > 1065495 2000000 24 65495',
        '1 < 2000000 1130990 16 0',
      ],
    })
  })

  test('refused, unanswered, reset', () => {
    expect(written((writer) => writer.refuse(1, 2, 'no'))).toEqual({
      packets: ['1 > 1000000 0 2 0 no', '2 < 2000000 1000001 20 0'],
      lines: [['10.0.0.1:1 to 10.0.0.2:2 from 1', 'asked 1, made undefined', 'refused 2']],
    })
    expect(written((writer) => writer.ask(1, 'hello?'))).toEqual({
      packets: ['1 > 1000000 0 2 0 hello?'],
      lines: [['10.0.0.1:1 to 10.0.0.2:2 from 1', 'asked 1, made undefined']],
    })
    const reset = written((writer) => {
      writer.open(1, 2, '')
      writer.reset('server', 3, 'gone')
      writer.reset('client', 4)
    })
    expect(reset).toMatchObject({
      packets: [{}, {}, {}, '3 < 2000001 1000001 20 0 gone', '4 > 1000001 2000001 20 0'].map((one, index) =>
        index < 3 ? expect.any(String) : one,
      ),
      lines: [['10.0.0.1:1 to 10.0.0.2:2 from 1', 'asked 1, made 2', '4 server reset']],
    })
  })
})

const read = (segments: readonly MadeSegment[]): readonly string[] =>
  readConnections(captureOf(packetsOf(segments)))
    .connections.flatMap(linesOf)
    .slice(1)

const c = (seq: number, data: string, more: Partial<MadeSegment> = {}): MadeSegment => ({
  by: 'client',
  seq,
  ack: 0,
  data,
  ...more,
})

const s = (seq: number, ack: number, data: string, more: Partial<MadeSegment> = {}): MadeSegment => ({
  by: 'server',
  seq,
  ack,
  data,
  ...more,
})

const segment = (from: number, to: number, more: Partial<TcpSegment>): TcpSegment => ({
  packet: capturedAt(1),
  from: { address: 'a', port: from },
  to: { address: 'b', port: to },
  sequence: 100,
  acknowledged: undefined,
  isSyn: false,
  isFin: false,
  isReset: false,
  payload: new Uint8Array(0),
  length: 0,
  ...more,
})

test.describe('of connections', () => {
  const OPEN = 'asked 1, made 2'
  const CASES: readonly (readonly [name: string, segments: readonly MadeSegment[], lines: readonly string[]])[] = [
    ['nothing but a handshake', HANDSHAKE, [OPEN]],
    [
      'what was got before is counted',
      [...HANDSHAKE, c(0, 'abc'), s(0, 2, 'x'), s(1, 3, 'y')],
      [OPEN, '4 client 0 0 abc', '5 server 0 2 x', '6 server 1 3 y'],
    ],
    [
      'more than was sent is not got',
      [...HANDSHAKE, s(0, 5, 'x')],
      [OPEN, '4 server 0 0 x', 'gap of client at 0, by 4'],
    ],
    ['early bytes wait', [...HANDSHAKE, c(3, 'def'), c(0, 'abc')], [OPEN, '5 client 0 0 abc', '5 client 3 0 def']],
    [
      'bytes that come again are dropped',
      [...HANDSHAKE, c(0, 'abc'), c(0, 'abc'), c(1, 'bcd')],
      [OPEN, '4 client 0 0 abc', '6 client 3 0 d'],
    ],
    [
      'bytes that come again and differ',
      [...HANDSHAKE, c(0, 'abc'), c(2, 'Xd'), c(3, 'd'), c(0, 'abcY')],
      [OPEN, '4 client 0 0 abc', '5 client 3 0 d', 'differing 5 7'],
    ],
    [
      'only the last of several pieces differs',
      [...HANDSHAKE, c(0, 'ab'), c(2, 'cd'), c(4, 'ef'), c(0, 'abcdXf'), c(0, 'Xb'), c(1, 'bcde')],
      [OPEN, '4 client 0 0 ab', '5 client 2 0 cd', '6 client 4 0 ef', 'differing 7 8'],
    ],
    [
      'both sides differ, in the order of packets',
      [...HANDSHAKE, c(0, 'ab'), s(0, 2, 'xy'), s(0, 2, 'xz'), c(0, 'ac')],
      [OPEN, '4 client 0 0 ab', '5 server 0 2 xy', 'differing 6 7'],
    ],
    [
      'a keep-alive of a byte or none is nothing',
      [...HANDSHAKE, c(0, 'ab'), c(1, 'Z'), c(1, ''), c(2, 'c')],
      [OPEN, '4 client 0 0 ab', '7 client 2 0 c'],
    ],
    [
      'two bytes of which one comes again are no keep-alive',
      [...HANDSHAKE, c(0, 'ab'), c(1, 'bc')],
      [OPEN, '4 client 0 0 ab', '5 client 2 0 c'],
    ],
    [
      'two bytes that come again are no keep-alive',
      [...HANDSHAKE, c(0, 'ab'), c(0, 'aZ')],
      [OPEN, '4 client 0 0 ab', 'differing 5'],
    ],
    [
      'one byte two before is no keep-alive',
      [...HANDSHAKE, c(0, 'ab'), c(0, 'Z')],
      [OPEN, '4 client 0 0 ab', 'differing 5'],
    ],
    [
      'a byte that ends is no keep-alive',
      [...HANDSHAKE, c(0, 'ab'), c(1, 'b', { flags: ['FIN'] })],
      [OPEN, '4 client 0 0 ab', '5 client end'],
    ],
    [
      'an end comes after its bytes',
      [...HANDSHAKE, c(2, 'c', { flags: ['FIN'] }), c(0, 'ab')],
      [OPEN, '5 client 0 0 ab', '5 client 2 0 c', '5 client end'],
    ],
    [
      'an end comes once',
      [...HANDSHAKE, c(0, '', { flags: ['FIN'] }), c(0, '', { flags: ['FIN'] })],
      [OPEN, '4 client end'],
    ],
    [
      'nothing comes after an end',
      [...HANDSHAKE, c(0, 'a', { flags: ['FIN'] }), c(1, 'b')],
      [OPEN, '4 client 0 0 a', '4 client end'],
    ],
    ['an early end waits', [...HANDSHAKE, c(2, '', { flags: ['FIN'] })], [OPEN, 'gap of client at 0, by 4']],
    [
      'an end whose bytes were cut by the capture is a gap',
      [...HANDSHAKE, c(0, 'abc', { flags: ['FIN'], kept: 2 })],
      [OPEN, '4 client 0 0 ab', 'gap of client at 2, by 4'],
    ],
    [
      'an end that is acknowledged is no gap; more is',
      [...HANDSHAKE, c(0, 'a', { flags: ['FIN'] }), s(0, 2, ''), s(0, 3, 'x')],
      [OPEN, '4 client 0 0 a', '4 client end', '6 server 0 1 x', 'gap of client at 1, by 6'],
    ],
    [
      'the first packet that shows a gap is named',
      [...HANDSHAKE, s(0, 0, 'a'), s(5, 0, 'f'), s(9, 0, 'j')],
      [OPEN, '4 server 0 0 a', 'gap of server at 1, by 5'],
    ],
    [
      'gaps of both sides',
      [...HANDSHAKE, s(1, 1, 'b'), c(1, 'b')],
      [OPEN, 'gap of client at 0, by 4', 'gap of server at 0, by 4'],
    ],
    [
      'a reset comes once',
      [...HANDSHAKE, c(0, '', { flags: ['RST'] }), s(0, 0, '', { flags: ['RST'] })],
      [OPEN, '4 client reset'],
    ],
    [
      'a reset of the client refuses nothing',
      [{ by: 'client', flags: ['SYN'] }, c(0, '', { flags: ['RST'] })],
      ['asked 1, made undefined', '2 client reset'],
    ],
    [
      'a reset after the answer refuses nothing',
      [...HANDSHAKE, s(0, 0, '', { flags: ['RST'] })],
      [OPEN, '4 server reset'],
    ],
    [
      'a reset of what was open before refuses nothing',
      [c(0, 'a'), s(0, 1, '', { flags: ['RST'] })],
      ['open before', '1 client 0 0 a', '2 server reset'],
    ],
    [
      'the first of two refusals counts',
      [{ by: 'client', flags: ['SYN'] }, s(0, 0, '', { flags: ['RST'] }), s(0, 0, '', { flags: ['RST'] })],
      ['asked 1, made undefined', 'refused 2'],
    ],
    [
      'an answer alone says who is who',
      [{ by: 'server', flags: ['SYN'], ack: 0 }, c(0, 'a')],
      ['asked 1, made 1', '2 client 0 0 a'],
    ],
    [
      'numbers begin again',
      [...HANDSHAKE, c(0, 'x'.repeat(14)), c(14, 'abcd'), c(18, 'e')],
      [OPEN, `4 client 0 0 ${'x'.repeat(14)}`, '5 client 14 0 abcd', '6 client 18 0 e'],
    ],
  ]
  for (const [name, segments, lines] of CASES)
    test(name, () => {
      expect(read(segments)).toEqual(lines)
    })

  test('ports tell them apart; a new first packet begins another, the same one again does not', () => {
    const all = new TcpConnections()
    const add = (from: number, to: number, more: Partial<TcpSegment> = {}): number => {
      all.add(segment(from, to, more))
      return all.finish().length
    }
    expect(add(1, 2, { isSyn: true })).toBe(1)
    expect(add(1, 2, { isSyn: true })).toBe(1)
    expect(add(1, 3, { isSyn: true })).toBe(2)
    expect(add(1, 2, { sequence: 101 })).toBe(2)
    expect(add(1, 2, { isSyn: true, sequence: 101, acknowledged: 4 })).toBe(2)
    expect(add(1, 2, { isSyn: true, sequence: 101 })).toBe(3)
    expect(add(1, 2, { isSyn: true, sequence: 101 })).toBe(3)
    expect(add(1, 2, { isSyn: true })).toBe(4)
    expect(add(5, 6)).toBe(5)
    expect(add(5, 6, { isSyn: true })).toBe(6)
  })
})

test('what is left out of a capture is counted by its kind', () => {
  const [syn] = packetsOf(HANDSHAKE)
  const bytes = Buffer.from(syn?.bytes ?? [])
  const changed = (at: number, value: number): Buffer => {
    const copy = Buffer.from(bytes)
    copy[at] = value
    return copy
  }
  const cut = [bytes.subarray(0, 19), bytes.subarray(0, 39), bytes.subarray(0, 20)]
  const frames = [...cut, changed(9, 17), changed(0, 0x75), changed(6, 0x20), changed(9, 17)]
  const { notes, connections } = readConnections(
    pcapOf(
      101,
      frames.map((frame) => ({ at: 0, bytes: frame })),
    ),
  )
  expect(notes).toEqual([
    'left out packets that are cut off inside their headers: 3',
    'left out packets that are not TCP: 2',
    'left out packets that are not IP: 1',
    'left out packets that are in fragments, some of which are missing: 1',
  ])
  expect(connections).toEqual([])
  const links = [1, 2].flatMap(() => [{ at: 0, bytes }])
  expect(readConnections(pcapOf(147, links)).notes).toEqual([
    'left out packets that are of link type 147, which is not known: 2',
  ])
})

test.describe('the comment on the first packet', () => {
  const OPENED: readonly (readonly [text: string, opened: Parameters<typeof openComment>[0]])[] = [
    ['wiretape: open http://a.example', { to: 'http://a.example' }],
    [
      'wiretape: open https://a.example TLSv1.3 h2 verified',
      { to: 'https://a.example', tls: { version: 'TLSv1.3', alpn: 'h2', authorized: true } },
    ],
    [
      'wiretape: open https://a.example TLSv1.2 - unverified',
      { to: 'https://a.example', tls: { version: 'TLSv1.2', authorized: false } },
    ],
  ]
  for (const [text, opened] of OPENED)
    test(text, () => {
      expect(openComment(opened)).toBe(text)
      expect(readOpenComment(['another', text, 'wiretape: open http://later.example'])).toEqual(opened)
      for (const wrong of [`x${text}`, `${text} x`, text.replace('open', 'opened'), text.replace('wiretape', '')])
        expect(readOpenComment([wrong])).toBeUndefined()
    })

  test('may be missing', () => {
    expect(readOpenComment([])).toBeUndefined()
  })
})
