import { expect, test } from '../helpers/test.ts'
import { addressBytes, addressText } from '../../src/packets/addresses.ts'
import { readCapture } from '../../src/packets/capture-file.ts'
import type { Capture } from '../../src/packets/capture.ts'
import { writePcapng } from '../../src/packets/pcapng-writer.ts'
import { pcapOf } from './packet-maker.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const ofHex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')

/** What a reader makes of bytes: packets as short texts, or the message of its error. */
function outcome(file: Uint8Array): unknown {
  try {
    return shortly(readCapture(file))
  } catch (error) {
    return error instanceof Error ? error.message : error
  }
}

const shortly = ({ packets, names, hasKeys, notes }: Capture): object => ({
  packets: packets.map(
    ({ number, at, link, bytes, comments }) => `${number} at ${at} on ${link}: ${[hex(bytes), ...comments].join(', ')}`,
  ),
  ...(names.size > 0 && { names: Object.fromEntries(names) }),
  ...(hasKeys && { hasKeys }),
  ...(notes.length > 0 && { notes }),
})

const PREFIX =
  'the file is not in the format of the tool that it is imported from: the file is not a capture of packets: '

test.describe('an address', () => {
  const ADDRESSES: readonly (readonly [text: string, bytes: string])[] = [
    ['0.0.0.0', '00000000'],
    ['255.255.255.255', 'ffffffff'],
    ['1.2.3.254', '010203fe'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['1::', '00010000000000000000000000000000'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['102:304:506:708:90a:b0c:d0e:f10', '0102030405060708090a0b0c0d0e0f10'],
    ['fe80::a:0:0:b', 'fe80000000000000000a00000000000b'],
    ['::ffff:c0a8:1', '00000000000000000000ffffc0a80001'],
  ]
  for (const [text, bytes] of ADDRESSES)
    test(`${text} is ${bytes}`, () => {
      expect(hex(addressBytes(text) ?? new Uint8Array(0))).toBe(bytes)
      expect(addressText(ofHex(bytes))).toBe(text)
    })

  test('may be written in other ways; a name, or a number that is too large, is none', () => {
    expect(hex(addressBytes('::ffff:192.168.0.1') ?? new Uint8Array(0))).toBe('00000000000000000000ffffc0a80001')
    expect(hex(addressBytes('0:0:0:0:0:0:0:1') ?? new Uint8Array(0))).toBe('00000000000000000000000000000001')
    for (const text of ['256.0.0.1', '0.0.0.256', 'localhost', 'a:b', '', '1.2.3', '1.2.3.4.5', '1:2:3:4:5:6:7:8:9'])
      expect(addressBytes(text)).toBeUndefined()
  })
})

test.describe('a classic capture', () => {
  for (const isLittle of [true, false])
    for (const perMillisecond of [1000, 1_000_000])
      test(`${isLittle ? 'little' : 'big'}-endian, ${perMillisecond} a millisecond, has times, links and bytes`, () => {
        const frames = [
          { at: 1500, bytes: ofHex('0102') },
          { at: 4_000_000_000_250.5, bytes: ofHex('') },
        ]
        expect(outcome(pcapOf(0x0400_0071, frames, { isLittle, perMillisecond }))).toEqual({
          packets: ['1 at 1500 on 113: 0102', '2 at 4000000000250.5 on 113: '],
        })
      })

  test('is read up to the packet it is cut inside of, at whichever byte', () => {
    const file = pcapOf(1, [
      { at: 0, bytes: ofHex('aabb') },
      { at: 1, bytes: ofHex('cc') },
    ])
    const [one, two] = ['1 at 0 on 1: aabb', '2 at 1 on 1: cc']
    for (let end = 0; end <= file.length; end += 1) {
      const short = `${PREFIX}it is shorter than any header`
      const unknown = `${PREFIX}it begins like neither pcap nor pcapng`
      const whole = end < 42 ? [] : end < file.length ? [one] : [one, two]
      const isCut = ![24, 42, file.length].includes(end)
      const capture = {
        packets: whole,
        ...(isCut && { notes: [`the file is cut off inside packet ${whole.length + 1}`] }),
      }
      expect([end, outcome(file.subarray(0, end))]).toEqual([end, end < 12 ? short : end < 24 ? unknown : capture])
    }
  })

  test('of another kind is refused', () => {
    const unknown = `${PREFIX}it begins like neither pcap nor pcapng`
    for (const magic of ['a1b2c3d5', 'a1b23c4e', '0a0d0d0b', '00000000'])
      expect(outcome(ofHex(magic + '00'.repeat(40)))).toBe(unknown)
  })
})

const padded = (bytes: Uint8Array): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3, 0x7e)])

const text = (value: string): Buffer => Buffer.from(value)

const refused = (why: string): string => `${PREFIX}${why}`

test.describe('a file of blocks', () => {
  for (const isLittle of [true, false]) {
    const order = (bytes: Buffer): Buffer => (isLittle ? Buffer.from(bytes.toReversed()) : bytes)
    const u16 = (value: number): Buffer => order(ofHex(value.toString(16).padStart(4, '0')))
    const u32 = (value: number): Buffer => order(ofHex(value.toString(16).padStart(8, '0')))
    const u64 = (value: bigint): Buffer => order(ofHex(BigInt.asUintN(64, value).toString(16).padStart(16, '0')))
    test.describe(isLittle ? 'little-endian' : 'big-endian', () => {
      const option = (code: number, value: Uint8Array): Buffer =>
        Buffer.concat([u16(code), u16(value.length), padded(value)])
      const block = (type: number, ...parts: readonly Uint8Array[]): Buffer => {
        const body = Buffer.concat(parts)
        return Buffer.concat([u32(type), u32(body.length + 12), body, u32(body.length + 12)])
      }
      const section = block(0x0a0d0d0a, u32(0x1a2b3c4d), u16(1), u16(0), u64(-1n))
      const port = (link: number, ...options: readonly Uint8Array[]): Buffer =>
        block(1, u16(link), u16(0), u32(0), ...options)
      const packet = (ticks: bigint, data: string, from = 0, ...options: readonly Uint8Array[]): Buffer => {
        const bytes = ofHex(data)
        const time = [u32(Number(ticks >> 32n)), u32(Number(ticks & 0xffffffffn))]
        return block(6, u32(from), ...time, u32(bytes.length), u32(9000), padded(bytes), ...options)
      }
      const END = option(0, Buffer.alloc(0))
      const record = (type: number, ...parts: readonly Uint8Array[]): Buffer => option(type, Buffer.concat(parts))
      const fileOf = (...blocks: readonly Uint8Array[]): Buffer => Buffer.concat([section, ...blocks])

      test('times count in the ticks of their interface, from its offset', () => {
        const file = fileOf(
          port(1),
          port(101, option(9, ofHex('03')), option(14, u64(1000n)), END),
          port(12, option(9, ofHex('8a')), option(14, u64(-2n))),
          port(0, option(9, ofHex('09')), option(14, ofHex('01020304'))),
          packet(1_500_000n, '01'),
          packet(1_500n, '0203', 1),
          packet(5n * 1024n + 512n, '030405', 2),
          packet(2_500_000_000n * 4n, '04050607', 3),
          packet((7n << 32n) + 9n, ''),
        )
        expect(outcome(file)).toEqual({
          packets: [
            '1 at 1500 on 1: 01',
            '2 at 1001500 on 101: 0203',
            '3 at 3500 on 12: 030405',
            '4 at 10000 on 0: 04050607',
            '5 at 30064771.081 on 1: ',
          ],
        })
      })

      test('packets may have comments, and say what was lost before them', () => {
        const file = fileOf(
          port(1),
          packet(0n, '01', 0, option(1, text('one')), option(4, u64(0n)), option(1, text('zwölf')), END),
          packet(0n, '02', 0, option(2, text('no comment')), option(4, u64(256n))),
          packet(0n, '03', 0, END, option(1, text('after the end'))),
          packet(0n, '04', 0, u16(1), u16(9), text('too long')),
          packet(0n, '05', 0, u16(1), u16(8), text('all of i')),
          packet(0n, '06', 0, option(1, text(''))),
        )
        expect(outcome(file)).toEqual({
          packets: [
            '1 at 0 on 1: 01, one, zwölf',
            '2 at 0 on 1: 02',
            '3 at 0 on 1: 03',
            '4 at 0 on 1: 04',
            '5 at 0 on 1: 05, all of i',
            '6 at 0 on 1: 06, ',
          ],
          notes: ['packets were lost while it was captured, before packet 2'],
        })
      })

      test('packets of an older kind and simple ones are read, too', () => {
        const old = (data: string): Buffer =>
          block(2, u16(1), u16(7), u32(0), u32(2_000), u32(2), u32(2), padded(ofHex(data)))
        const simple = (length: number, data: string): Buffer => block(3, u32(length), padded(ofHex(data)))
        expect(
          outcome(fileOf(port(1), port(9), old('0102'), simple(3, '030405'), simple(90, '06070809'), block(3))),
        ).toEqual({
          packets: ['1 at 2 on 9: 0102', '2 at 2 on 1: 030405', '3 at 2 on 1: 06070809', '4 at 2 on 1: '],
          notes: ['some packets have no time'],
        })
        expect(outcome(fileOf(port(1), simple(1, '01')))).toMatchObject({ packets: ['1 at 0 on 1: 01'] })
      })

      test('names, keys, statistics and unknown blocks', () => {
        const names = block(
          4,
          record(1, ofHex('01020304'), text('one.example\0other.example\0')),
          record(2, ofHex('0102030405060708090a0b0c0d0e0f10'), text('six.example')),
          record(3, ofHex('01020305'), text('no kind')),
          record(1, ofHex('010203')),
          record(1, ofHex('01020306')),
          record(1, ofHex('01020307'), text('x\0')),
          record(0),
          record(1, ofHex('01020308'), text('behind the end\0')),
        )
        const cut = block(4, u16(1), u16(9), ofHex('01020309'), text('cut\0'))
        expect(
          outcome(fileOf(names, cut, block(5, u32(0)), block(10, u32(1)), block(0xbad), block(7), block(7))),
        ).toEqual({
          packets: [],
          names: {
            '1.2.3.4': 'one.example',
            '102:304:506:708:90a:b0c:d0e:f10': 'six.example',
            '1.2.3.7': 'x',
          },
          hasKeys: true,
          notes: ['blocks of type 0xbad are not read', 'blocks of type 0x7 are not read'],
        })
        expect(outcome(fileOf(block(5, u32(0))))).toEqual({ packets: [] })
        const exact = block(4, u16(1), u16(8), ofHex('01020309'), text('cut\0'))
        expect(outcome(fileOf(exact))).toEqual({ packets: [], names: { '1.2.3.9': 'cut' } })
      })

      test('interfaces are numbered again in each section', () => {
        expect(outcome(fileOf(port(1), packet(0n, '01'), section, port(9), packet(0n, '02')))).toEqual({
          packets: ['1 at 0 on 1: 01', '2 at 0 on 9: 02'],
        })
        expect(outcome(fileOf(port(1), section, packet(0n, '02')))).toBe(
          refused('packet 1 is from interface 0, which is not described'),
        )
      })

      test('what does not add up is refused', () => {
        const cases: readonly (readonly [Uint8Array, string])[] = [
          [Buffer.concat([u32(0x0a0d0d0a), u32(28), u32(0x1a2b3c4e), Buffer.alloc(16)]), 'a section has no byte order'],
          [fileOf(u32(1), u32(8), u32(8)), 'a block at byte 28 has a length of 8'],
          [fileOf(u32(1), u32(14), Buffer.alloc(8)), 'a block at byte 28 has a length of 14'],
          [fileOf(block(1, u32(0))), 'an interface is cut off'],
          [fileOf(port(1), block(6, Buffer.alloc(16))), 'packet 1 is cut off'],
          [fileOf(port(1), packet(0n, '', 0), block(6, Buffer.alloc(16))), 'packet 2 is cut off'],
          [fileOf(port(1), packet(0n, '', 1)), 'packet 1 is from interface 1, which is not described'],
          [fileOf(port(1), block(6, Buffer.alloc(12), u32(5), u32(5), u32(0))), 'packet 1 is longer than its block'],
        ]
        for (const [file, why] of cases) expect(outcome(file)).toBe(refused(why))
        expect(outcome(fileOf(port(1), block(6, Buffer.alloc(12), u32(4), u32(4), u32(0))))).toEqual({
          packets: ['1 at 0 on 1: 00000000'],
        })
      })

      test('cut at any byte, is read up to there', () => {
        const parts = [port(1), packet(0n, '01'), packet(0n, '02', 0, option(1, text('two')))]
        const file = fileOf(...parts)
        const ends = parts.map((_, index) => section.length + Buffer.concat(parts.slice(0, index + 1)).length)
        for (let end = 12; end < file.length; end += 1) {
          const packets = ['1 at 0 on 1: 01'].slice(0, ends[1] !== undefined && end >= ends[1] ? 1 : 0)
          const isWhole = end === section.length || ends.includes(end)
          const notes = isWhole ? {} : { notes: [`the file is cut off inside packet ${packets.length + 1}`] }
          expect([end, outcome(file.subarray(0, end))]).toEqual([end, { packets, ...notes }])
        }
      })
    })
  }

  test('is written by us byte for byte so', () => {
    const packets = [
      { at: 1_700_000_000_000.001, bytes: ofHex('0102030405'), comment: 'hello' },
      { at: 0.4996, bytes: ofHex('06070809') },
    ]
    const names = new Map([
      ['1.2.3.4', 'a.example'],
      ['::1', 'b'],
    ])
    const file = writePcapng(packets, { application: 'app', comment: 'made', names })
    const written = `
      0a0d0d0a 30000000 4d3c2b1a 01000000 ffffffffffffffff 01000400 6d616465 04000300 61707000 00000000 30000000
      01000000 20000000 65000000 00000000 09000100 06000000 00000000 20000000
      04000000 3c000000 01000e00 01020304 612e6578616d706c6500 0000
      02001200 00000000000000000000000000000001 6200 0000 00000000 3c000000
      06000000 38000000 00000000 240a0600 01401e18 05000000 05000000 0102030405000000
      01000500 68656c6c6f000000 00000000 38000000
      06000000 24000000 00000000 00000000 f4010000 04000000 04000000 06070809 24000000`
    expect(hex(file)).toBe(hex(ofHex(written)))
    const plain = writePcapng([], { application: '', comment: 'x'.repeat(70_000), names: new Map() })
    expect(plain.length).toBe(28 + 4 + 0xfff0 + 4 + 4 + 32)
  })
})
