import { expect, test } from '../helpers/test.ts'
import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateRawSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateRawSync,
  inflateSync,
} from 'node:zlib'
import { decodeContent, decodesToTooMuch } from '../../src/content/coded-content.ts'
import { decodedContent } from '../../src/content/decoded-content.ts'
import { DecodingBudget, MOST_CODINGS } from '../../src/content/codings.ts'

const CODERS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: gzipSync,
  br: brotliCompressSync,
  deflate: deflateSync,
}
const LONG = 'a'.repeat(100_000)

/** A text in codings, the first of which is undone last. */
const coded = (names: readonly string[]): Uint8Array =>
  names.reduce<Uint8Array>((bytes, name) => CODERS[name]?.(bytes) ?? bytes, Buffer.from(LONG))

const isTooMuch = (body: Uint8Array, names: readonly string[]): boolean =>
  decodesToTooMuch(body, [{ name: 'Content-Encoding', value: names.join(', ') }], new DecodingBudget({ all: 50_000 }))

test(`up to ${MOST_CODINGS} codings are undone, named or not, and what they hide is then known to be too much`, () => {
  for (let named = 0; named <= MOST_CODINGS + 1; named += 1)
    for (let hidden = 0; named + hidden <= MOST_CODINGS + 2; hidden += 1) {
      const names = Array.from({ length: named }, (_, index) => ['gzip', 'br', 'deflate'][index % 3] ?? '')
      const body = coded([...Array.from({ length: hidden }, () => 'gzip'), ...names])
      const count = named + hidden
      expect([named, hidden, isTooMuch(body, names)]).toEqual([named, hidden, count > 0 && count <= MOST_CODINGS])
    }
})

// oxfmt-ignore
const WAYS: Readonly<Record<string, readonly [name: string, encode: (bytes: Uint8Array) => Uint8Array, decode: (bytes: Uint8Array) => Uint8Array]>> = {
  gzip: ['gzip', gzipSync, gunzipSync],
  'the zlib format': ['deflate', deflateSync, inflateSync],
  'bare deflate': ['deflate', deflateRawSync, inflateRawSync],
  brotli: ['br', brotliCompressSync, brotliDecompressSync],
}
for (const [way, [name, encode, decode]] of Object.entries(WAYS))
  test(`what was in ${way} is written in it again, whole or cut off`, () => {
    const body = Buffer.from(encode(Buffer.from(LONG))).toString('latin1')
    for (const isWhole of [true, false]) {
      const content = decodeContent(body, [{ name: 'Content-Encoding', value: name }], isWhole)
      const again = Buffer.from(content.encode('something else'), 'latin1')
      expect([content.text, Buffer.from(decode(again)).toString()]).toEqual([LONG, 'something else'])
    }
  })

test('of several codings the one that was applied last is applied last again', () => {
  const names = ['gzip', 'br', 'deflate']
  const body = Buffer.from(coded(names)).toString('latin1')
  const content = decodeContent(body, [{ name: 'Content-Encoding', value: names.join(', ') }], true)
  const again = inflateSync(Buffer.from(content.encode('something else'), 'latin1'))
  expect(gunzipSync(brotliDecompressSync(again)).toString()).toBe('something else')
})

test(`a content is decoded from ${MOST_CODINGS} codings, and from no more`, () => {
  for (let count = 0; count <= MOST_CODINGS + 1; count += 1) {
    const names = Array.from({ length: count }, () => 'gzip')
    const body = coded(names)
    const content = decodedContent(body, [{ name: 'Content-Encoding', value: names.join(', ') }])
    const expected = count > MOST_CODINGS ? body : Buffer.from(LONG)
    expect([count, Buffer.from(content).equals(expected)]).toEqual([count, true])
  }
})
