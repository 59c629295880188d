import { expect, test } from '../helpers/test.ts'
import { wideCoding } from '../../src/content/wide-text.ts'

const TYPE = 'text/plain; charset=utf-16'

test('text in UTF-16 is read and written again in its own order of bytes', () => {
  const little = Buffer.from('a secret', 'utf16le')
  const big = Buffer.from(little).swap16()
  for (const bytes of [little, big]) {
    const wide = bytes.toString('latin1')
    const coding = wideCoding(wide, '')
    expect(coding?.decode(wide)).toBe('a secret')
    expect(coding?.encode('a secret')).toBe(wide)
  }
})

test('what cannot be UTF-16 is not, whatever its type says', () => {
  expect(wideCoding('', TYPE)).toBeUndefined()
  expect(wideCoding('\0a\0', TYPE)).toBeUndefined()
  expect(wideCoding('plain text', '')).toBeUndefined()
})
