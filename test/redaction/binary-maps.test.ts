import * as fc from 'fast-check'
import { expect, test } from '../helpers/test.ts'
import { every } from '../helpers/share.ts'
import { scanForSecrets } from '../../src/inspection/secret-scan.ts'
import { type BinaryFormat, readBinaryMaps } from '../../src/named/binary-maps.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { isAnswered, recordingOf, requestOf } from '../matching/own-client.ts'
import { textOf } from './real-apis.ts'

type Value = null | boolean | number | string | Uint8Array | readonly Value[] | { readonly [name: string]: Value }

const big = (first: number, size: number, count: number): Buffer => {
  const bytes = Buffer.alloc(1 + size)
  bytes[0] = first
  bytes.writeUIntBE(count, 1, size)
  return bytes
}

/** By the first byte with a short count, how many counts are short, and the first bytes for one, two and four bytes. */
type Kind = readonly [short: number, most: number, one: number, two: number, four: number]
const KINDS: Readonly<Record<BinaryFormat, Readonly<Record<'text' | 'bytes' | 'list' | 'map', Kind>>>> = {
  msgpack: {
    text: [0xa0, 31, 0xd9, 0xda, 0xdb],
    bytes: [0, -1, 0xc4, 0xc5, 0xc6],
    list: [0x90, 15, 0, 0xdc, 0xdd],
    map: [0x80, 15, 0, 0xde, 0xdf],
  },
  cbor: {
    text: [0x60, 23, 0x78, 0x79, 0x7a],
    bytes: [0x40, 23, 0x58, 0x59, 0x5a],
    list: [0x80, 23, 0x98, 0x99, 0x9a],
    map: [0xa0, 23, 0xb8, 0xb9, 0xba],
  },
}

function head([short, most, one, two, four]: Kind, count: number): Buffer {
  if (count <= most) return Buffer.of(short + count)
  if (count < 0x100 && one !== 0) return big(one, 1, count)
  return count < 0x10000 ? big(two, 2, count) : big(four, 4, count)
}

/** Written by the tables of the two specifications, and by nothing of ours. */
function write(format: BinaryFormat, value: Value): Buffer {
  const kinds = KINDS[format]
  if (value === null) return Buffer.of(format === 'cbor' ? 0xf6 : 0xc0)
  if (typeof value === 'boolean') return Buffer.of((format === 'cbor' ? 0xf4 : 0xc2) + Number(value))
  if (typeof value === 'number') {
    const double = Buffer.alloc(9)
    double[0] = format === 'cbor' ? 0xfb : 0xcb
    double.writeDoubleBE(value, 1)
    return double
  }
  if (typeof value === 'string') return Buffer.concat([head(kinds.text, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(kinds.bytes, value.length), value])
  if (isList(value)) return Buffer.concat([head(kinds.list, value.length), ...value.map((one) => write(format, one))])
  const members = Object.entries(value)
  return Buffer.concat([
    head(kinds.map, members.length),
    ...members.flatMap(([name, one]) => [write(format, name), write(format, one)]),
  ])
}
const isList = (value: unknown): value is readonly Value[] => Array.isArray(value)

const TYPES: readonly (readonly [type: string, format: BinaryFormat])[] = [
  ['application/msgpack', 'msgpack'],
  ['application/x-msgpack', 'msgpack'],
  ['application/vnd.msgpack', 'msgpack'],
  ['application/cbor', 'cbor'],
  ['application/senml+cbor', 'cbor'],
  ['application/vnd.example.v2+msgpack', 'msgpack'],
]

const SECRETS = ['aB3dE6gH9jK2mN5pQ8sT', 'tiger', `zQ7${'mN5pQ8sT'.repeat(40)}`]
const login = (secret: string, user = 'ada'): Value => ({
  user,
  auth: { password: secret, remember: true, tries: 3 },
  list: [{ api_key: `k9${secret}`, id: 'order-1042' }],
  token_type: 'bearer',
})

const asked = (type: string, format: BinaryFormat, secret: string, user?: string): string =>
  requestOf('POST /', [`Content-Type: ${type}`], write(format, login(secret, user)))

for (const [type, format] of every(3, TYPES))
  test(`what stands under secret names goes from ${type}, lengths stay, and its own client is answered`, () => {
    for (const secret of SECRETS) {
      const plain = asked(type, format, secret)
      const { cassette } = redactCassette(recordingOf([plain], []))
      const text = textOf(cassette)
      expect(text).not.toContain(secret)
      expect(text).toContain('order-1042')
      expect(text).toContain('bearer')
      expect(text.split('\n')[1]?.length).toBe(textOf(recordingOf([plain], [])).split('\n')[1]?.length)
      expect(textOf(redactCassette(cassette).cassette)).toBe(text)
      expect(scanForSecrets(Buffer.from(text, 'latin1'))).toEqual([])
      expect(scanForSecrets(Buffer.from(plain, 'latin1')).length).toBeGreaterThan(1)
      for (const other of SECRETS) {
        expect(isAnswered(plain, asked(type, format, other), []), `${secret}, ${other}`).toBe(true)
        expect(isAnswered(plain, asked(type, format, other, 'bob'), []), `${secret}, ${other}`).toBe(false)
      }
    }
  })

const values = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.string({ minLength: 200, maxLength: 300 }),
    fc.uint8Array(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value')),
    fc.dictionary(fc.constantFrom('password', 'name', 'id', 'x'.repeat(40)), tie('value')),
  ),
})).value

/** The texts under a name, those of its lists with them. */
function namedIn(value: Value, name?: string): readonly string[] {
  if (typeof value === 'string') return name === undefined ? [] : [`${name}=${Buffer.from(value).toString('latin1')}`]
  if (value instanceof Uint8Array) return name === undefined ? [] : [`${name}=${Buffer.from(value).toString('latin1')}`]
  if (typeof value !== 'object' || value === null) return []
  if (isList(value)) return value.flatMap((one) => namedIn(one, name))
  return Object.entries(value).flatMap(([own, one]) => namedIn(one, own))
}

for (const format of ['msgpack', 'cbor'] as const) {
  const read = (bytes: Uint8Array): readonly string[] => {
    const text = Buffer.from(bytes).toString('latin1')
    const found: string[] = []
    readBinaryMaps(text, format, ({ name, start, end }) => found.push(`${name}=${text.slice(start, end)}`))
    return found
  }

  test(`each text under a name is read from ${format}, and nothing if some bytes are missing`, () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = write(format, value)
        expect(read(bytes)).toEqual(namedIn(value))
        expect(read(bytes.subarray(0, -1))).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  test(`bytes that are no ${format}, or say that more follows than there is, are read to their end once`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void read(bytes)),
      { numRuns: 200 },
    )
    for (const nested of [0x81, 0x91, 0xa1, 0xc1, 0xdf, 0xdd, 0xbf, 0x9f, 0xd8])
      expect(read(Buffer.alloc(200_000, nested))).toEqual([])
  })
}

test('texts in pieces, with tags and without a count are read from CBOR', () => {
  const text = Buffer.from('bf6870617373776f7264d8207f627469636765 72ffff'.replace(' ', ''), 'hex').toString('latin1')
  const found: string[] = []
  readBinaryMaps(text, 'cbor', ({ name, start, end }) => found.push(`${name}=${text.slice(start, end)}`))
  expect(found).toEqual(['password=ti', 'password=ger'])
})
