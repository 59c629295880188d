import { gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import { applyEdits } from '../../src/content/edits.ts'
import { longRuns } from '../../src/content/runs.ts'
import { editsInsideRuns, type FindEdits, mayGoOn } from '../../src/content/views.ts'

const SECRET = 's3cret-s3cret'
const coded = (text: string): string => Buffer.from(text, 'latin1').toString('base64')

/** Finds a text wherever it stands. */
const finding =
  (what: string, replacement = '{{a.1}}'): FindEdits =>
  (text) =>
    Array.from(text.matchAll(new RegExp(what, 'g')), ({ index, 0: all }) => ({
      start: index,
      end: index + all.length,
      with: replacement,
    }))

/** A text without what is found in its runs. */
const without = (text: string, find: FindEdits): string => applyEdits(text, editsInsideRuns(text, longRuns(text), find))

/** Changes a text that is these bytes and no more. */
function onlyIn(bytes: Buffer, by: string): FindEdits {
  const whole = bytes.toString('latin1')
  return (text) => (text === whole ? [{ start: 0, end: text.length, with: by }] : [])
}

const inBase64 = (secret: string): string => coded(`{"a":"???>>>","password":"${secret}"}`)
const inHex = (secret: string): string => Buffer.from(`{"password":"${secret}"}`).toString('hex')
const valueOf = (secret: string): string => `it is value=${secret}`
const twoSecrets = (one: string, last: string): string => `a=${one}&b=${last}&then=some words, and`

test('gzip in base64 is changed alone, and the words around it stay', () => {
  for (const length of [40, 41, 42, 80, 81, 82]) {
    const member = gzipSync('.'.repeat(length), { level: 0 })
    const run = member.toString('base64').replace(/=+$/, '')
    for (const before of ['', 'a', 'ab', 'abc', 'on/it/'])
      for (const after of ['', 'x', '/x', '/xy', '/xyz', '/words', '/more/words', '/many/more/words/after/that'])
        expect([length, before, after, without(before + run + after, onlyIn(member, '012345'))]).toEqual([
          length,
          before,
          after,
          before + coded('012345') + after,
        ])
  }
})

test('base64 with slashes goes from between words with dashes', () => {
  for (const [before, after] of [
    ['key-', '-v2'],
    ['my_key-', '-v2'],
    ['k-', '_of-some-words'],
    ['', '-v2'],
    ['a-key-', ''],
  ] as const) {
    const run = before + inBase64(SECRET) + after
    expect(without(run, finding(SECRET))).toBe(before + inBase64('{{a.1}}') + after)
  }
})

test('hex goes from between words', () => {
  for (const [before, after] of [
    ['key-', '-v2'],
    ['xyz/', ''],
    ['', '-xyz'],
    ['key_', '/xyz/key'],
  ] as const)
    expect(without(before + inHex(SECRET) + after, finding(SECRET))).toBe(before + inHex('{{a.1}}') + after)
})

test('base64 that ends with a secret is padded afterwards as it was', () => {
  for (const length of [12, 13, 14]) {
    const before = coded(valueOf('1'.repeat(length)))
    const bare = before.replace(/=+$/, '')
    for (const by of ['0', '00', '000']) {
      const after = coded(valueOf(by))
      const find = finding('1+$', by)
      expect([length, by, without(before, find)]).toEqual([length, by, after])
      // Without padding that it needs, it was written by someone who leaves it out.
      expect([length, by, without(bare, find)]).toEqual([
        length,
        by,
        bare === before ? after : after.replace(/=+$/, ''),
      ])
    }
  }
})

test('each of several secrets goes from base64 that goes on after them, the last one filled up to threes', () => {
  for (const [length, fill] of [
    [5, ''],
    [6, '_'],
    [7, '__'],
    [8, ''],
    [9, '_'],
    [10, '__'],
    [11, ''],
  ] as const) {
    const by = '0'.repeat(length)
    expect(without(coded(twoSecrets('12345678', '12345678')), finding('12345678', by))).toBe(
      coded(twoSecrets(by, by + fill)),
    )
  }
})

const mayBeCoded = (text: string): boolean => {
  const run = Buffer.from(text).toString('base64').replace(/=+$/, '')
  return mayGoOn(run, longRuns(run))
}
test('text that ends outside ASCII may be encoded once more as long as no more of it than a character may be cut', () => {
  // Of short text the last three bytes are not looked at.
  for (const [end, may] of [
    ['', true],
    ['\u00e4', true],
    ['\u00e4\u00f6\u00fc', true],
    ['\u20ac\u00e4\u00f6', false],
    ['\u00e4\u00f6\u00fc\u00df', false],
  ] as const)
    expect([end, mayBeCoded(`abcdefghijklmnopqr${end}`)]).toEqual([end, may])
})
