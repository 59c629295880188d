import { expect, test } from '../helpers/test.ts'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { decodesToTooMuch } from '../../src/content/coded-content.ts'
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
