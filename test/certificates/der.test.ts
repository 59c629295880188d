import { expect, test } from '../helpers/test.ts'
import { element, elementsOf, explicit, inside, objectId, pem, time } from '../../src/certificates/der.ts'
import { commonName } from '../../src/certificates/signed-certificate.ts'
import { generalName, isSubjectName, subjectName } from '../../src/certificates/subject-names.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

// oxfmt-ignore
const SIZES: readonly (readonly [length: number, size: string])[] = [
  [0, '00'], [127, '7f'], [128, '8180'], [255, '81ff'], [256, '820100'], [65_535, '82ffff'],
]

for (const [length, size] of SIZES)
  test(`an element of ${length} bytes is read as it was written`, () => {
    const written = element(0x04, Buffer.alloc(length, 1))
    expect(hex(written)).toBe(`04${size}${'01'.repeat(length)}`)
    const read = elementsOf(Buffer.concat([written, element(0x05, Buffer.of())])) ?? []
    expect(read.map(({ tag, content, raw }) => [tag, content.length, raw.length])).toEqual([
      [4, length, written.length],
      [5, 0, 2],
    ])
  })

test('elements that are not whole are none', () => {
  const whole = element(0x30, Buffer.concat([element(0x02, Buffer.of(1)), element(0x04, Buffer.alloc(200))]))
  for (let end = 1; end < whole.length; end += 1) expect(elementsOf(whole.subarray(0, end)), `${end}`).toBeUndefined()
  expect(elementsOf(Buffer.of())).toEqual([])
  expect(elementsOf(Buffer.from('3084000000010c', 'hex'))).toBeUndefined()
  // A length of three bytes is the longest.
  expect(elementsOf(Buffer.from('30830000010c', 'hex'))?.map(({ content }) => content)).toEqual([Buffer.of(12)])
  expect(inside(whole).map(({ tag }) => tag)).toEqual([2, 4])
  expect(inside(Buffer.from('3005', 'hex'))).toEqual([])
  expect(inside(Buffer.from('30020205', 'hex'))).toEqual([])
})

test('times have two digits of the year up to 2049, and four from 2050 on', () => {
  expect(time(Date.parse('2049-12-31T23:59:59.999Z')).toString('latin1')).toBe('\u0017\u000d491231235959Z')
  expect(time(Date.parse('2050-01-01T00:00:00Z')).toString('latin1')).toBe('\u0018\u000f20500101000000Z')
})

test('the tags of an identifier, and of a number in a structure', () => {
  expect(hex(objectId('55 1d 0f'))).toBe('0603551d0f')
  expect(hex(explicit(3, Buffer.of(5, 0)))).toBe('a3020500')
})

test('PEM has lines of 64 characters', () => {
  expect(pem('X', Buffer.alloc(49, 0))).toBe(`-----BEGIN X-----\n${'A'.repeat(64)}\nAA==\n-----END X-----\n`)
})

// oxfmt-ignore
const NAMES: readonly (readonly [name: string, bytes: string])[] = [
  ['a.test', '8206612e74657374'],
  ['10.0.0.255', '87040a0000ff'],
  ['::', `8710${'00'.repeat(16)}`],
  ['::1', `8710${'00'.repeat(15)}01`],
  ['2001:db8::', `871020010db8${'00'.repeat(12)}`],
  ['1:2:3:4:5:6:7:8', '871000010002000300040005000600070008'],
  ['fe80::a:b', '8710fe8000000000000000000000000a000b'],
  ['::ffff:1.2.3.4', '871000000000000000000000ffff01020304'],
]

for (const [name, bytes] of NAMES)
  test(`the name ${name} in a certificate`, () => {
    expect(hex(generalName(name))).toBe(bytes)
  })

// oxfmt-ignore
const SUBJECTS: readonly (readonly [given: string, name: string | undefined])[] = [
  ['A.Test.', 'a.test'], ['*.A', '*.a'], ['[::1]', '::1'], ['fe80::1%eth0', 'fe80::1'], ['a_b-c.1', 'a_b-c.1'],
  ['*', undefined], ['a.*.b', undefined], ['a.test..', undefined], ['[a.test', undefined],
  [`${'a'.repeat(63)}.b`, `${'a'.repeat(63)}.b`], [`${'a'.repeat(64)}.b`, undefined],
  [`${'a.'.repeat(126)}b`, `${'a.'.repeat(126)}b`], [`${'a.'.repeat(126)}bc`, undefined],
]

for (const [given, name] of SUBJECTS)
  test(`a certificate for ${given} is for ${name ?? 'nobody'}`, () => {
    expect(isSubjectName(given)).toBe(name !== undefined)
    if (name === undefined)
      expect(() => subjectName(given)).toThrow(`no certificate can be made for the name ${JSON.stringify(given)}`)
    else expect(subjectName(given)).toBe(name)
  })

test('a common name has at most 64 bytes', () => {
  expect(hex(commonName('ab') ?? Buffer.of())).toBe('300d310b300906035504030c026162')
  expect(commonName('a'.repeat(64))).toHaveLength(64 + 13)
  expect(commonName('a'.repeat(65))).toBeUndefined()
  expect(commonName('\u00e9'.repeat(33))).toBeUndefined()
})
