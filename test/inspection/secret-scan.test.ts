import { expect, test } from '../helpers/test.ts'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { scanForSecrets, SecretScanner } from '../../src/inspection/secret-scan.ts'

const SECRET = 'cnry/9f2Jm4Qx7Tz1Lw8Rb3Vd6Hs'
const plain = Buffer.from(`{"a":"xy${SECRET}"}`)
const LONG = Buffer.from(`words that stand before it, ${SECRET}, and some behind it`)
const inLines = (text: string, width: number, lineEnd: string): string =>
  Array.from({ length: Math.ceil(text.length / width) }, (_, k) => text.slice(k * width, (k + 1) * width)).join(lineEnd)
const percent = (text: string): string => text.replaceAll(/./g, (c) => `%${c.charCodeAt(0).toString(16)}`)

const ENCODED: readonly (readonly [name: string, content: string | Uint8Array])[] = [
  ['plain', plain],
  ['base64', plain.toString('base64')],
  ['base64url', plain.toString('base64url')],
  ['hex', plain.toString('hex')],
  ['percent twice', percent(percent(SECRET))],
  ['JSON escapes', `"${SECRET.replace('/', String.raw`\/`)}"`],
  ['HTML escapes', Array.from(SECRET, (c) => `&#${c.charCodeAt(0)};`).join('')],
  ['UTF-16', Buffer.from(SECRET, 'utf16le')],
  ['gzip', gzipSync(plain)],
  ['deflate', deflateSync(plain)],
  ['raw deflate', deflateRawSync(plain)],
  ['br', brotliCompressSync(plain)],
  ['base64 in lines', inLines(LONG.toString('base64'), 76, '\r\n')],
  ['base64 in short lines', inLines(LONG.toString('base64'), 8, '\n')],
  ['base64 in lines behind a word', `Content\n${inLines(LONG.toString('base64'), 64, '\n')}`],
  ['base64 in lines of JSON', JSON.stringify({ x: inLines(LONG.toString('base64'), 64, '\n') })],
  ['base64 in indented lines', `data: |\n    ${inLines(LONG.toString('base64'), 64, '\n    ')}`],
  ['base64 in lines of an answer to a mail', inLines(LONG.toString('base64'), 64, '\n> ')],
  ['base64 in strings that code joins', `"${inLines(LONG.toString('base64'), 40, '" +\n  "')}"`],
  ['hex in lines', inLines(LONG.toString('hex'), 32, '\n')],
  ['hex in indented lines', inLines(LONG.toString('hex'), 64, '\r\n\t')],
  ['hex in lines of JSON', JSON.stringify({ x: inLines(LONG.toString('hex'), 32, '\n') })],
  ['base64 of gzip of base64', gzipSync(plain.toString('base64')).toString('base64')],
]

const cpuOf = (scan: () => unknown): number => {
  const times = [1, 2, 3].map(() => {
    const before = process.cpuUsage()
    scan()
    return process.cpuUsage(before).user
  })
  return Math.min(...times)
}
const uuid = (at: number): string => `dddddddd-6c5b-4ddd-8ddd-${String(at).padStart(12, '0')}`
const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => String(404_000 + at))

const inBase64 = (text: string): string => Buffer.from(text).toString('base64')
/** The encodings around a short secret. */
const around = (text: string, depth?: number): readonly string[] =>
  scanForSecrets(text, { values: ['drawn-7'], ...(depth !== undefined && { depth }) }).map(({ inside }) =>
    inside.join(' '),
  )

test.describe('scanForSecrets', () => {
  for (const [name, content] of ENCODED) {
    test(`finds a given value in ${name}, and nothing where it is another`, () => {
      expect(scanForSecrets(content, { values: [SECRET] }).map(({ kind }) => kind)).toContain('value')
      expect(scanForSecrets(content, { values: ['another-secret-value'] })).toEqual([])
    })
  }

  test('reports a known form without a value, and does not repeat the secret', () => {
    const key = `AKIA${'Q7Z2'.repeat(4)}`
    const findings = scanForSecrets(Buffer.from(`key ${key} `).toString('base64'))
    expect(findings).toMatchObject([{ kind: 'aws', inside: ['base64'] }])
    expect(JSON.stringify(findings)).not.toContain(key)
  })

  test('looks into what decodes to eight bytes at least, and to as many encodings in each other as it is told', () => {
    expect(around(inBase64('drawn-7'))).toEqual([])
    expect(around(inBase64('drawn-7!'))).toEqual(['base64'])
    const text = [1, 2, 3, 4, 5].reduce((inner) => inBase64(inner), 'drawn-7!')
    expect([around(text), around(text, 4), around(text, 5), around(inBase64('drawn-7!'), 0)]).toEqual([
      [],
      [],
      ['base64 base64 base64 base64 base64'],
      [],
    ])
  })

  test('takes a fraction for no card, and a number only if its last digit fits', () => {
    expect(scanForSecrets('{"id":0.4242424242424242}')).toEqual([])
    expect(scanForSecrets('{"id":4242424242424243}')).toEqual([])
    expect(scanForSecrets('{"id":4242424242424242}')).toMatchObject([{ kind: 'card' }])
  })

  test('reports of each of many texts what is in it, however alike they are', () => {
    const scanner = new SecretScanner({ values: [SECRET] })
    const inner = Buffer.from(SECRET).toString('base64')
    const texts = [`x ${inner} y`, `clean words ${'only '.repeat(9)}`, `${inner} & ${inner}`, `x ${inner} y`]
    for (const text of [...texts, ...texts])
      expect(scanner.scan(text).map(({ kind }) => kind)).toEqual(text.includes(inner) ? ['value'] : [])
  })

  test('says when it decodes no further, for one text and for all of them', () => {
    let count = 0
    const zip = (): string => gzipSync(Buffer.alloc(100_000, `${(count += 1)} `)).toString('base64')
    const zips = (): string => JSON.stringify(Array.from({ length: 8 }, zip))
    const scanner = new SecretScanner({ values: [SECRET], budget: 400_000, total: 1_500_000 })
    const found = (text: string): readonly [found: number, isCutShort: boolean] => {
      const { length } = scanner.scan(text)
      return [length, scanner.isCutShort]
    }
    const coded = Buffer.from(`see ${SECRET} there`).toString('base64')
    expect(found(coded)).toEqual([1, false])
    expect([found(zips()), found(`${zips()} ${SECRET}`)]).toEqual([
      [0, true],
      [1, true],
    ])
    expect(found(coded)).toEqual([1, false])
    expect([found(zips()), found(zips())]).toEqual([
      [0, true],
      [0, true],
    ])
    expect(found(coded)).toEqual([0, true])
    expect(found('a b '.repeat(200_000))).toEqual([0, false])
  })

  test('many placeholders, and signs of base64 before no line end, take linear time', () => {
    for (const scan of [
      (count: number) => scanForSecrets('+'.repeat(count * 10)),
      (count: number) => scanForSecrets(numbers(count).join(), { placeholders: numbers(count) }),
      (count: number) => {
        const all = Array.from({ length: count / 20 }, (_, at) => uuid(at))
        return scanForSecrets(JSON.stringify(all).repeat(10), { placeholders: all })
      },
    ])
      expect(cpuOf(() => scan(8000))).toBeLessThan(Math.max(10 * cpuOf(() => scan(2000)), 300_000))
  })
})
