import { expect, test } from '../helpers/test.ts'
import { readConnections } from '../../src/packets/read-connections.ts'
import { captureOf, HANDSHAKE, packetsOf, pcapOf } from './packet-maker.ts'

const SEGMENTS = packetsOf([
  ...HANDSHAKE,
  { by: 'client', ack: 0, data: 'ask' },
  { by: 'server', ack: 3, data: 'answer' },
])

const V6 = packetsOf([...HANDSHAKE, { by: 'client', ack: 0, data: 'ask' }, { by: 'server', ack: 3, data: 'answer' }], {
  client: { address: '2001:db8::1', port: 50_000 },
  server: { address: '::1', port: 8080 },
})

/** What came over the first connection, in order. */
function saidIn(file: Uint8Array): readonly string[] {
  const [connection] = readConnections(file).connections
  return (connection?.events ?? []).map((event) =>
    event.type === 'bytes' ? `${event.by} ${Buffer.from(event.bytes).toString('latin1')}` : `${event.by} ${event.type}`,
  )
}

const SAID = ['client ask', 'server answer']

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values)
const zeros = (length: number): number[] => Array.from({ length }, () => 0)

// oxfmt-ignore
const LINKS: readonly (readonly [name: string, link: number, frame: Uint8Array, frame6: Uint8Array])[] = [
  ['Ethernet', 1, bytes(...zeros(12), 8, 0), bytes(...zeros(12), 0x86, 0xdd)],
  ['Ethernet with a VLAN', 1, bytes(...zeros(12), 0x81, 0, 0, 7, 8, 0), bytes(...zeros(12), 0x81, 0, 0, 7, 0x86, 0xdd)],
  ['Ethernet with a VLAN in one of a provider', 1, bytes(...zeros(12), 0x88, 0xa8, 0, 7, 0x81, 0, 0, 7, 8, 0), bytes(...zeros(12), 0x88, 0xa8, 0, 7, 0x81, 0, 0, 7, 0x86, 0xdd)],
  ['PPPoE', 1, bytes(...zeros(12), 0x88, 0x64, 0x11, 0, 0, 1, 0, 9, 0, 0x21), bytes(...zeros(12), 0x88, 0x64, 0x11, 0, 0, 1, 0, 9, 0, 0x57)],
  ['PPP', 9, bytes(0xff, 3, 0, 0x21), bytes(0, 0x57)],
  ['Linux cooked', 113, bytes(...zeros(14), 8, 0), bytes(...zeros(14), 0x86, 0xdd)],
  ['Linux cooked, version 2', 276, bytes(8, 0, ...zeros(18)), bytes(0x86, 0xdd, ...zeros(18))],
  ['BSD loopback, little-endian', 0, bytes(2, 0, 0, 0), bytes(30, 0, 0, 0)],
  ['BSD loopback, big-endian', 0, bytes(0, 0, 0, 2), bytes(0, 0, 0, 24)],
  ['OpenBSD loopback', 108, bytes(0, 0, 0, 2), bytes(0, 0, 0, 24)],
  ['raw IP', 101, bytes(), bytes()],
  ['raw IPv4 and IPv6', 228, bytes(), bytes()],
]

test.describe('a packet is found in', () => {
  for (const [name, link, frame, frame6] of LINKS)
    test(name, () => {
      const framed = (packets: typeof SEGMENTS, head: Uint8Array): Uint8Array =>
        // What fills a short frame up to its least length is not part of it.
        pcapOf(
          link,
          packets.map(({ at, bytes: packet }) => ({ at, bytes: Buffer.concat([head, packet, Buffer.from('\0\0\0')]) })),
        )
      expect(saidIn(framed(SEGMENTS, frame))).toEqual(SAID)
      expect(saidIn(framed(V6, frame6))).toEqual(SAID)
    })
})

for (const isLittle of [true, false])
  for (const perMillisecond of [1000, 1_000_000])
    test(`pcap in ${isLittle ? 'little' : 'big'}-endian, ${perMillisecond} a millisecond, keeps the times`, () => {
      const at = Date.parse('2026-11-22T12:00:00.123Z') + 0.456
      const file = pcapOf(
        101,
        SEGMENTS.map((packet, index) => ({ ...packet, at: at + index })),
        { isLittle, perMillisecond },
      )
      const [connection] = readConnections(file).connections
      expect(saidIn(file)).toEqual(SAID)
      expect((connection?.events[1]?.packet.at ?? 0) - at - 4).toBeCloseTo(0, 3)
    })

test('fragments of IP are put together, in any order', () => {
  const [first, second, third, request] = SEGMENTS
  if (first === undefined || second === undefined || third === undefined || request === undefined)
    throw new Error('no packets')
  const fragment = (from: number, to: number | undefined): { at: number; bytes: Uint8Array } => {
    const [head, rest] = [Buffer.from(request.bytes.subarray(0, 20)), request.bytes.subarray(20 + from, to && 20 + to)]
    head.writeUInt16BE(20 + rest.length, 2)
    head.writeUInt16BE((to === undefined ? 0 : 0x2000) | (from / 8), 6)
    return { at: request.at, bytes: Buffer.concat([head, rest]) }
  }
  const file = (...parts: { at: number; bytes: Uint8Array }[]): Uint8Array =>
    pcapOf(101, [first, second, third, ...parts])
  expect(saidIn(file(fragment(16, undefined), fragment(0, 8), fragment(8, 16)))).toEqual(['client ask'])
  expect(readConnections(file(fragment(16, undefined), fragment(0, 8))).notes).toEqual([
    'left out packets that are in fragments, some of which are missing: 1',
  ])
})

test.describe('in IPv6', () => {
  const [first, second, third, request] = V6
  if (first === undefined || second === undefined || third === undefined || request === undefined)
    throw new Error('no packets')
  /** The request with extension headers before its payload, or before a part of it. */
  const extended = (
    kind: number,
    extensions: Uint8Array,
    [from, to]: readonly [number, (number | undefined)?] = [0],
  ) => {
    const head = Buffer.from(request.bytes.subarray(0, 40))
    const rest = request.bytes.subarray(40 + from, to && 40 + to)
    head.writeUInt16BE(extensions.length + rest.length, 4)
    head[6] = kind
    return { at: request.at, bytes: Buffer.concat([head, extensions, rest]) }
  }
  const said = (...parts: readonly { at: number; bytes: Uint8Array }[]): readonly string[] =>
    saidIn(pcapOf(101, [first, second, third, ...parts]))
  const TCP = 6
  const SHORT = bytes(TCP, 0, ...zeros(6))

  for (const [name, kind] of Object.entries({ 'hop-by-hop': 0, routing: 43, destination: 60, mobility: 135 }))
    test(`a header of options is passed over: ${name}`, () => {
      expect(said(extended(kind, SHORT))).toEqual(['client ask'])
      expect(said(extended(kind, bytes(TCP, 2, ...zeros(22))))).toEqual(['client ask'])
      // Two of them.
      expect(said(extended(kind, bytes(60, 1, ...zeros(14), ...SHORT)))).toEqual(['client ask'])
    })

  test('the length of one for authentication is in other units', () => {
    expect(said(extended(51, bytes(TCP, 4, ...zeros(22))))).toEqual(['client ask'])
  })

  const fragment = (from: number, to?: number): { at: number; bytes: Uint8Array } =>
    extended(0, bytes(44, 0, ...zeros(6), TCP, 0, from >> 8, from | (to === undefined ? 0 : 1), 0, 0, 0, 9), [from, to])

  test('fragments are put together, in any order, also behind other headers', () => {
    expect(said(fragment(16), fragment(0, 8), fragment(8, 16))).toEqual(['client ask'])
    expect(readConnections(pcapOf(101, [first, fragment(8, 16)])).notes).toEqual([
      'left out packets that are in fragments, some of which are missing: 1',
    ])
  })

  test('one fragment that is all there is, is no fragment', () => {
    expect(said(extended(44, bytes(TCP, 0, ...zeros(6))))).toEqual(['client ask'])
  })

  test('a header that was not captured to its end is no packet', () => {
    const cut = extended(60, bytes(TCP, 0, 0, 0))
    expect(said({ ...cut, bytes: cut.bytes.subarray(0, 44) })).toEqual([])
  })
})

test('a file that is cut off is read up to there, and says so', () => {
  for (const file of [pcapOf(101, SEGMENTS), captureOf(SEGMENTS)]) {
    const { notes } = readConnections(file.subarray(0, file.length - 10))
    expect(saidIn(file.subarray(0, file.length - 10))).toEqual(['client ask'])
    expect(notes).toEqual(['the file is cut off inside packet 5'])
  }
})

test('what is not TCP over IP is counted', () => {
  const arp = bytes(...zeros(12), 8, 6, 1, 2, 3)
  const udp = Buffer.from(Buffer.concat([bytes(...zeros(12), 8, 0), SEGMENTS[0]?.bytes ?? bytes()]))
  udp[14 + 9] = 17
  expect(
    readConnections(
      pcapOf(1, [
        { at: 0, bytes: arp },
        { at: 0, bytes: udp },
      ]),
    ).notes,
  ).toEqual(['left out packets that are not IP: 1', 'left out packets that are not TCP: 1'])
  expect(readConnections(pcapOf(105, SEGMENTS)).notes).toEqual([
    'left out packets that are of link type 105, which is not known: 5',
  ])
})

test('other files are refused', () => {
  for (const file of [Buffer.alloc(0), Buffer.from('{"log":{}}'.repeat(5)), Buffer.from('\r\n'.repeat(20))])
    expect(() => readConnections(file)).toThrow(expect.objectContaining({ code: 'IMPORT_INVALID' }))
})
