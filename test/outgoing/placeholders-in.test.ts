import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { placeholdersIn, placeholdersInMessage } from '../../src/outgoing/placeholders-in.ts'

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64')

const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex')
const inLines = (text: string, width: number, lineEnd = '\n'): string =>
  Array.from({ length: Math.ceil(text.length / width) }, (_, k) => text.slice(k * width, (k + 1) * width)).join(lineEnd)

/** Encodings that a client may put a value into. */
const ENCODINGS: readonly (readonly [name: string, encode: (text: string) => string])[] = [
  ['plain', (text) => text],
  ['percent', encodeURIComponent],
  ['percent, braces in lower case', (text) => text.replaceAll('{', '%7b').replaceAll('}', '%7d')],
  ['JSON escapes', (text) => text.replaceAll('{', String.raw`\u007b`).replaceAll('}', String.raw`\u007D`)],
  ['base64', base64],
  ['base64url', (text) => Buffer.from(text, 'latin1').toString('base64url')],
  ['hex', (text) => Buffer.from(text, 'latin1').toString('hex')],
  ['gzip', (text) => gzipSync(Buffer.from(text, 'latin1')).toString('latin1')],
  ['gzip in base64', (text) => gzipSync(Buffer.from(text, 'latin1')).toString('base64')],
  ['Basic credentials', (text) => `Basic ${base64(`user:${text}`)}`],
  ['base64 in lines', (text) => inLines(base64(`some words, ${text}, and more words`), 20)],
  ['hex in lines', (text) => inLines(hex(`some words, ${text}, and more words`), 16)],
  ['hex in indented lines', (text) => inLines(hex(`some words, ${text}, and more words`), 24, '\r\n      ')],
  ['UTF-16', (text) => Buffer.from(`see ${text}`, 'utf16le').toString('latin1')],
  ['UTF-16 in base64', (text) => Buffer.from(`see ${text}`, 'utf16le').toString('base64')],
  ['quoted-printable', (text) => text.replaceAll('{', '=7B').replaceAll('-', '-=\r\n')],
  ['deflate in base64', (text) => deflateSync(Buffer.from(text, 'latin1')).toString('base64')],
  ['JSON in base64', (text) => base64(JSON.stringify({ sub: text }))],
]

test.describe('a placeholder is found in', () => {
  for (const [name, encode] of ENCODINGS)
    test(name, () => {
      for (const around of ['', 'a=', '"', 'x y '])
        expect([...placeholdersIn(`${around}${encode('{{api-key.12}}')}`)]).toEqual(['api-key.12'])
    })
})

test('two encodings, one in the other, hide no placeholder', () => {
  const encoding = fc.constantFrom(...ENCODINGS.slice(0, 6))
  fc.assert(
    fc.property(encoding, encoding, fc.stringMatching(/^[a-z]{1,5}$/), ([, outer], [, inner], before) => {
      expect([...placeholdersIn(outer(`${before} ${inner('{{token.1}}')}`))]).toEqual(['token.1'])
    }),
  )
})

test('text without a placeholder has none, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      expect([...placeholdersIn(Buffer.from(text).toString('latin1'))]).toEqual(
        /\{\{[a-z0-9-]+\.\d+\}\}/.test(text) ? [expect.any(String)] : [],
      )
    }),
  )
})

test('a long text of words takes no time that anybody would notice', () => {
  const text = 'Certificates interoperate "acknowledgement": 1234567890123456, '.repeat(16_000)
  const began = performance.now()
  expect(placeholdersIn(text).size).toBe(0)
  expect(performance.now() - began).toBeLessThan(5000)
})

test('it is said where in a message it stands, content codings included', () => {
  const found = placeholdersInMessage({
    target: `/a/${base64('{{token.1}}')}`,
    fields: [
      { name: 'Authorization', value: 'Bearer {{token.2}}' },
      { name: 'Content-Encoding', value: 'br' },
    ],
    body: brotliCompressSync('{"code":"{{code.1}}"}'),
    trailers: [{ name: 'X-Sum', value: '{{sum.1}}' }],
  })
  expect([...found]).toEqual([
    { name: 'token.1', where: 'the target' },
    { name: 'token.2', where: 'the header Authorization' },
    { name: 'code.1', where: 'the body' },
    { name: 'sum.1', where: 'the trailer X-Sum' },
  ])
})
