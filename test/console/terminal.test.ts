import { isDeepStrictEqual } from 'node:util'
import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { escapeBytes, escapeLines, escapeText, toPrintableJson } from '../../src/console/terminal.ts'
import { ESCAPE_SEQUENCES, PRINTABLE_LINES } from '../cli/hostile.ts'
import { anyText } from '../helpers/any-text.ts'
import { countOf } from '../helpers/share.ts'

test.describe('escapeText', () => {
  for (const { what, bytes, escaped } of ESCAPE_SEQUENCES) {
    test(`disarms ${what}`, () => {
      expect(escapeBytes(bytes)).toBe(escaped)
      expect(escapeText(bytes.toString())).toMatch(PRINTABLE_LINES)
    })
  }

  test('passes printable text of any script unchanged', () => {
    for (const text of ['plain ~', 'Grüße, мир, 世界', '👋', '\\x1b is only text', 'a\u00a0b']) {
      expect(escapeText(text)).toBe(text)
    }
  })

  test('gives printable characters for any string, lone surrogates included', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCodeUnit, maxLength: 40 }), (text) => isPrintableLine(escapeText(text))),
      { numRuns: countOf(2000, 20_000) },
    )
  })

  test('leaves nothing to escape a second time', () => {
    fc.assert(fc.property(anyText, (text) => escapeText(escapeText(text)) === escapeText(text)))
  })
})

test.describe('escapeBytes', () => {
  test('keeps UTF-8 readable around bytes that are not', () => {
    const bytes = Buffer.concat([Buffer.from('né '), Buffer.of(0xff, 0xc3), Buffer.from(' 漢'), Buffer.of(0xe6, 0xbc)])
    expect(escapeBytes(bytes)).toBe('né \\xff\\xc3 漢\\xe6\\xbc')
  })

  test('gives printable characters for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => isPrintableLine(escapeBytes(bytes))),
      { numRuns: countOf(2000, 20_000) },
    )
  })

  test('says the same as escapeText where the bytes are UTF-8, and as the slow way anywhere', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const bytes = Buffer.from(text)
        // A byte that is never UTF-8 sends the rest down the other path.
        const withOneBadByte = Buffer.concat([bytes, Buffer.of(0xff)])
        return escapeBytes(bytes) === escapeText(text) && escapeBytes(withOneBadByte) === `${escapeText(text)}\\xff`
      }),
    )
  })

  test('loses no byte: what is undone again is what was given, where no backslash was in it', () => {
    const noBackslash = fc.uint8Array({ maxLength: 60 }).filter((bytes) => !bytes.includes(0x5c))
    fc.assert(fc.property(noBackslash, (bytes) => undo(escapeBytes(bytes)).equals(bytes)))
  })
})

test.describe('escapeLines', () => {
  test('keeps line ends and nothing else', () => {
    expect(escapeLines('a\r\n\tb\n')).toBe('a\\x0d\n\\x09b\n')
  })
})

test.describe('toPrintableJson', () => {
  test('prints only printable characters, and reads back as the same value', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCodeUnit }), anyText, (value, key) => {
        const given = { [`-${key}`]: [value] }
        const json = toPrintableJson(given)
        return PRINTABLE_LINES.test(json) && isDeepStrictEqual(JSON.parse(json), given)
      }),
      { numRuns: countOf(400, 2000) },
    )
  })
})

const isPrintableLine = (text: string): boolean => PRINTABLE_LINES.test(text) && !text.includes('\n')

/** Every UTF-16 code unit, with a liking for those that are dangerous. */
const anyCodeUnit = fc.oneof(
  fc.constantFrom('\u001b', '\u009b', '\u007f', '\u202e', '\u200b', '\u2028', '\ufeff', '\\', 'x', '\n', '\r'),
  fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
)

function undo(text: string): Buffer {
  const parts = text.split(/(\\x[0-9a-f]{2})/)
  return Buffer.concat(
    parts.map((part) => (part.startsWith('\\x') ? Buffer.from(part.slice(2), 'hex') : Buffer.from(part))),
  )
}
