import { expect, test } from '../helpers/test.ts'
import { readIp } from '../../src/packets/ip-packet.ts'

const ADDRESS = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]

const v4 = (header: number, total: number, flags: number, data: readonly number[]): Uint8Array =>
  Uint8Array.from([
    0x40 | header,
    0,
    0,
    total,
    0x12,
    0x34,
    flags >> 8,
    flags & 255,
    64,
    6,
    0,
    0,
    10,
    0,
    0,
    1,
    10,
    0,
    0,
    2,
    ...data,
  ])

const v6 = (length: number, next: number, data: readonly number[]): Uint8Array =>
  Uint8Array.from([0x60, 0, 0, 0, 0, length, next, 64, ...ADDRESS, ...ADDRESS, ...data])

test.describe('a packet of IPv4', () => {
  test('has addresses, a protocol, and what its length says', () => {
    expect(readIp(v4(5, 22, 0, [1, 2, 3]))).toEqual({
      from: '10.0.0.1',
      to: '10.0.0.2',
      protocol: 6,
      payload: Uint8Array.from([1, 2]),
      length: 2,
      fragment: undefined,
    })
  })

  test('may have options, and no length', () => {
    expect(readIp(v4(6, 0, 0, [0, 0, 0, 0, 1, 2]))).toMatchObject({ payload: Uint8Array.from([1, 2]), length: 2 })
    expect(readIp(v4(5, 30, 0, [1]))).toMatchObject({ payload: Uint8Array.from([1]), length: 10 })
  })

  test('may be a fragment', () => {
    const id = '10.0.0.1 10.0.0.2 4660 6'
    expect(readIp(v4(5, 20, 0x2000, []))?.fragment).toEqual({ id, offset: 0, isLast: false })
    expect(readIp(v4(5, 20, 0x2003, []))?.fragment).toEqual({ id, offset: 24, isLast: false })
    expect(readIp(v4(5, 20, 0x0003, []))?.fragment).toEqual({ id, offset: 24, isLast: true })
    expect(readIp(v4(5, 20, 0x4000, []))?.fragment).toBeUndefined()
  })

  test('whose head is not whole is none', () => {
    expect(readIp(v4(4, 20, 0, []))).toBeUndefined()
    expect(readIp(v4(6, 24, 0, [0, 0, 0]))).toBeUndefined()
    expect(readIp(v4(6, 24, 0, [0, 0, 0, 0]))).toMatchObject({ length: 0 })
  })
})

const extension = (next: number, length = 0): readonly number[] => [next, length, 0, 0, 0, 0, 0, 0]

const fragment = (flags: number): readonly number[] => [0, 0, flags >> 8, flags & 255, 0, 0, 0, 9]

test.describe('a packet of IPv6', () => {
  test('has what its length says, or all if it says none', () => {
    expect(readIp(v6(2, 6, [1, 2, 3]))).toMatchObject({ protocol: 6, payload: Uint8Array.from([1, 2]), length: 2 })
    expect(readIp(v6(0, 6, [1, 2, 3]))).toMatchObject({ protocol: 6, payload: Uint8Array.from([1, 2, 3]), length: 3 })
    expect(readIp(v6(0, 6, []).subarray(0, 39))).toBeUndefined()
    const [from, to] = ['2001:db8::1', '2001:db8::2']
    expect(readIp(v6(0, 6, []).with(39, 2))).toMatchObject({ from, to, protocol: 6, length: 0 })
  })

  for (const kind of [0, 43, 60, 135])
    test(`may have a header of kind ${kind}, also as its end`, () => {
      expect(readIp(v6(9, kind, [...extension(6), 1]))).toMatchObject({
        protocol: 6,
        payload: Uint8Array.of(1),
        length: 1,
      })
      expect(readIp(v6(8, kind, extension(6)))).toMatchObject({ protocol: 6, length: 0 })
      expect(readIp(v6(7, kind, extension(6).slice(1)))).toBeUndefined()
      const longer = [...extension(6, 1), ...extension(0), 1]
      expect(readIp(v6(17, kind, longer))).toMatchObject({ protocol: 6, payload: Uint8Array.of(1), length: 1 })
    })

  test('may have one that authenticates, whose length is counted in another way', () => {
    const header = [...extension(6, 1), 0, 0, 0, 0]
    expect(readIp(v6(13, 51, [...header, 1]))).toMatchObject({ protocol: 6, payload: Uint8Array.of(1), length: 1 })
  })

  test('may be a fragment; of all but the first, nothing more is read', () => {
    const [first, last] = [
      readIp(v6(17, 44, [...fragment(1), ...extension(6), 1])),
      readIp(v6(9, 44, [...fragment(8), 1])),
    ]
    expect(first).toMatchObject({ protocol: 6, length: 1, fragment: { offset: 0, isLast: false } })
    expect(last).toMatchObject({ protocol: 0, length: 1, fragment: { offset: 8, isLast: true } })
    expect(first?.fragment?.id).toMatch(/ 9$/)
    expect(readIp(v6(17, 44, [...fragment(0), ...extension(6), 1]))).toMatchObject({ protocol: 6, fragment: undefined })
  })
})
