import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { hasDigits, mayBeginText, mayHaveWords } from '../../src/content/run-bytes.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { countOf } from '../helpers/share.ts'

const signs = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_')
const drawn = fc.string({ unit: fc.constantFrom(...signs), minLength: 1, maxLength: 90 })
/** Some text in base64, with something beside it that looks like more of it. */
const spelled = fc
  .tuple(fc.string({ unit: 'binary-ascii', maxLength: 40 }), drawn, fc.boolean())
  .map(
    ([text, before, isFollowed]) =>
      `${before.slice(0, 3)}${Buffer.from(text).toString('base64url')}${isFollowed ? before : ''}`,
  )
const hex = fc.uint8Array({ minLength: 8, maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('hex'))
const run = fc.oneof(drawn, spelled, hex)

test.describe('run bytes', () => {
  test('what may have no words has none, from whichever of the first four characters it is read', () => {
    fc.assert(
      fc.property(run, (text) => {
        const hasWords = [0, 1, 2, 3].some((lead) =>
          /[\t\n\r\x20-\x7e]{8}/.test(Buffer.from(text.slice(lead), 'base64').toString('latin1')),
        )
        if (hasWords) expectEqual(mayHaveWords(text), true, text)
      }),
      { numRuns: countOf(500, 5000) },
    )
  })

  test('two whole groups of three printable bytes are the least that may be words', () => {
    for (const lead of ['', '/', '//', '///']) {
      const [one, two] = ['abc', 'abcdef'].map((text) => Buffer.from(text).toString('base64'))
      expect([lead, mayHaveWords(`${lead}${two}`), mayHaveWords(`${lead}${two}/`)]).toEqual([lead, true, true])
      expect([lead, mayHaveWords(`${lead}${one}////${one}`)]).toEqual([lead, false])
      expect([lead, mayHaveWords(`${lead}${one}`)]).toEqual([lead, false])
    }
    expect(mayHaveWords('')).toBe(false)
  })

  test('each byte of a group is printable where it may be words', () => {
    for (const [bytes, isPrintable] of [
      ['\t\n\r ~!', true],
      ['\0\b\v\f\x0e\x1f\x7f\x80\xff', false],
    ] as const)
      for (const byte of bytes)
        for (let place = 0; place < 6; place += 1) {
          const coded = Buffer.from(`${'z'.repeat(place)}${byte}${'z'.repeat(5 - place)}`, 'latin1').toString('base64')
          expect([byte, place, mayHaveWords(coded)]).toEqual([byte, place, isPrintable])
        }
  })

  test('few drawn runs may have words', () => {
    const runs = fc.sample(fc.string({ unit: fc.constantFrom(...signs), minLength: 40, maxLength: 40 }), {
      numRuns: 1000,
      seed: 1,
    })
    expect(runs.filter(mayHaveWords).length).toBeLessThan(200)
  })

  test('what may not begin a text does not', () => {
    fc.assert(
      fc.property(run, fc.constantFrom('base64', 'hex'), fc.string({ maxLength: 30 }), (text, coding, plain) => {
        for (const written of [text, Buffer.from(`${plain}\xe9\u{1f600}`).toString(coding)]) {
          const bytes = Buffer.from(written, coding)
          // Up to three bytes at the end may be a part of a character.
          const isText = [0, 1, 2, 3, 4].some((cut) => {
            const whole = bytes.subarray(0, bytes.length - cut)
            return isUtf8Text(whole)
          })
          // oxlint-disable-next-line no-control-regex
          const isPlain = isText && !/[\0-\x08\x0e-\x1a\x1c\x1d\x1f]/.test(bytes.toString('latin1'))
          if (bytes.length > 0 && isPlain) expectEqual(mayBeginText(written, coding, bytes.length), true, written)
        }
      }),
      { numRuns: countOf(500, 5000) },
    )
    expect(mayBeginText(Buffer.from('\x1f\x8b\x08\x00', 'latin1').toString('hex'), 'hex', 4)).toBe(true)
    expect(mayBeginText(Buffer.from('\x01abcdefg', 'latin1').toString('base64'), 'base64', 8)).toBe(false)
    expect(mayBeginText(Buffer.from('\xffabcdefg', 'latin1').toString('base64'), 'base64', 8)).toBe(false)
  })

  test('counts digits that follow each other as an expression does', () => {
    fc.assert(
      fc.property(run, fc.constantFrom(4, 7, 16), (text, least) => {
        expectEqual(hasDigits(text, 'hex', least), new RegExp(`[\\da-f]{${least}}`, 'i').test(text), text)
        expectEqual(hasDigits(text, 'base64', least), new RegExp(`[A-Za-z0-9+/]{${least}}`).test(text), text)
      }),
      { numRuns: countOf(500, 5000) },
    )
  })
})

function isUtf8Text(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

// oxfmt-ignore
const BEGINNINGS: readonly (readonly [hex: string, mayBe: boolean])[] = [
  ['6162', true], ['00', false], ['09', true], ['08', false], ['1f', true], ['611f', false], ['1b', true],
  ['80', false], ['c1bf', false], ['c280', true], ['dfbf', true], ['c261', false], ['e08080', true], ['ef8080', true], ['e080', false], ['e08061', false],
  ['f0808080', true], ['f4808080', true], ['f0808061', false], ['f5808080', false], ['c28080', false], ['e0808080', false], ['f080808080', false],
]

for (const [digits, mayBe] of BEGINNINGS)
  test(`bytes ${digits} ${mayBe ? 'may begin' : 'begin no'} text, in hex and in base64`, () => {
    const bytes = Buffer.from(`${digits}6161616161616161`, 'hex')
    expect(mayBeginText(bytes.toString('hex'), 'hex', bytes.length)).toBe(mayBe)
    expect(mayBeginText(bytes.toString('hex').toUpperCase(), 'hex', bytes.length)).toBe(mayBe)
    expect(mayBeginText(bytes.toString('base64'), 'base64', bytes.length)).toBe(mayBe)
    expect(mayBeginText(bytes.toString('base64url'), 'base64', bytes.length)).toBe(mayBe)
  })

test('what is cut off at the end may be a part of a character, and what comes late is not looked at', () => {
  const late = Buffer.from(`${'61'.repeat(16)}80${'61'.repeat(8)}`, 'hex')
  expect(mayBeginText(late.toString('hex'), 'hex', late.length)).toBe(true)
  const early = Buffer.from(`${'61'.repeat(15)}80${'61'.repeat(8)}`, 'hex')
  expect(mayBeginText(early.toString('hex'), 'hex', early.length)).toBe(false)
  for (const [end, mayBe] of [
    ['808080', true],
    ['80808080', true],
    ['8061616161', false],
  ] as const) {
    const bytes = Buffer.from(`6161${end}`, 'hex')
    expect(mayBeginText(bytes.toString('hex'), 'hex', bytes.length), end).toBe(mayBe)
  }
})
