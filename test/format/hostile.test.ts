import { readFileSync } from 'node:fs'
import { expect, test } from '../helpers/test.ts'
import { mutateInChild } from '../../scripts/cassettes/run-child.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { CassetteError } from '../../src/errors.ts'
import { segmentsOf } from '../helpers/conversations.ts'
import { countOf } from '../helpers/share.ts'

const GOLDEN = readFileSync(new URL('../../fixtures/cassettes/readable.yaml', import.meta.url), 'utf8')
const SEGMENTS = segmentsOf(decodeCassette(GOLDEN))

/** What is done to a cassette, and the code that it is refused with. */
const REFUSED: Readonly<Record<string, readonly [edit: (text: string) => string, code: string]>> = {
  'C01 nothing left': [() => '', 'CASSETTE_EMPTY'],
  'C02 a tail torn off': [(text) => text.slice(0, text.length / 2), 'TORN_TAIL'],
  'C09 conflict markers of a merge': [
    (text) => text.replace('  - saved', '<<<<<<< HEAD\n  - saved').replace('events', '=======\n>>>>>>> b\nevents'),
    'CASSETTE_CONFLICT',
  ],
  'C10 a union of two that opened the same connection': [
    (text) => text.replace('events: 22', `${text.split('tape:\n')[1]?.split('events')[0]}events: 44`),
    'CASSETTE_INVALID',
  ],
  'C12 an alias of itself': [(text) => text.replace('text: "a=1&b=2"', 'json: &a [*a]'), 'ALIAS_FORBIDDEN'],
  'C13 merge keys by the thousand': [
    (text) => text.replace('text: "a=1&b=2"', `json: { <<: [${'*a, '.repeat(5000)}] }`),
    'ALIAS_FORBIDDEN',
  ],
  'C14 brackets in brackets': [
    (text) => text.replace('text: "a=1&b=2"', `json: ${'['.repeat(2000)}`),
    'DEPTH_EXCEEDED',
  ],
  'C16 a tag that runs code elsewhere': [
    (text) => text.replace('"a=1&b=2"', '!!python/object/apply:os.system ["id"]'),
    'UNKNOWN_TAG',
  ],
  'C18 a key that is the prototype': [(text) => `__proto__: { polluted: 1 }\n${text}`, 'CASSETTE_INVALID'],
  'C20 a second document': [(text) => `${text}---\nb: 2\n`, 'CASSETTE_SYNTAX'],
  'C20 a directive': [(text) => `%YAML 1.1\n---\n${text}`, 'CASSETTE_SYNTAX'],
  'C21 text that YAML takes for something else': [(text) => text.replace('"a=1&b=2"', '0755'), 'CASSETTE_INVALID'],
  'C22 a whole number that no double holds': [
    (text) => text.replace('text: "a=1&b=2"', 'json: { length: 9007199254740993 }'),
    'CASSETTE_INVALID',
  ],
  'C24 ends beyond the segment': [(text) => text.replace('ends: [27]', 'ends: [27, 500]'), 'CASSETTE_INVALID'],
  'C24 ends that fall': [(text) => text.replace('ends: [27]', 'ends: [27, 5]'), 'CASSETTE_INVALID'],
  'C24 an end before the segment': [(text) => text.replace('ends: [27]', 'ends: [-1]'), 'CASSETTE_INVALID'],
  'C25 base64 that an encoder would not give': [(text) => text.replace('TQ5qukA"', 'TQ5qukA="'), 'BAD_BASE64'],
  'C26 a control character': [(text) => text.replace('a=1', 'a\u0007'), 'CASSETTE_SYNTAX'],
  'C29 a blob for a path': [
    (text) => text.replace('text: "a=1&b=2"', 'blob: { sha256: "../../../etc/passwd", from: 0, to: 9 }'),
    'CASSETTE_INVALID',
  ],
  'C36 a key of a later version': [(text) => text.replace('tape:', 'x-future: 1\ntape:'), 'CASSETTE_INVALID'],
}

test.describe('decodeCassette refuses', () => {
  for (const [name, [edit, code]] of Object.entries(REFUSED)) {
    test(`${name} with ${code}, line and column`, () => {
      const failure = failureOf(edit(GOLDEN))
      expect(failure).toMatchObject({ code, line: expect.any(Number), column: expect.any(Number) })
      expect('polluted' in {}).toBe(false)
    })
  }
})

test.describe('decodeCassette returns the same bytes', () => {
  for (const [name, edit] of Object.entries({
    'C05 with CRLF line ends': (text: string) => text.replaceAll('\n', '\r\n'),
    'C06 with a byte order mark': (text: string) => `\ufeff${text}`,
    'C38 behind a million comments': (text: string) => '#\n'.repeat(1_000_000) + text,
  })) {
    test(name, () => {
      expect(segmentsOf(decodeCassette(edit(GOLDEN)))).toEqual(SEGMENTS)
    })
  }

  test('C17 C21 C26 of text that looks like a template, a number or a date, and of characters written as escapes', () => {
    const words = [
      '<%= `id` %>',
      '${HOME}',
      '{{7*7}}',
      'NO',
      '0755',
      '1e3',
      '1:30',
      '~',
      '.inf',
      '2020-01-01',
      '0x1F',
      '',
      'null',
      '\u0085\u2028',
    ]
    for (const word of words)
      expect(
        segmentsOf(
          decodeCassette(
            GOLDEN.replace('"a=1&b=2"', () =>
              JSON.stringify(word).replace('\u0085', '\\u0085').replace('\u2028', '\\u2028'),
            ),
          ),
        ),
      ).toContain(Buffer.from(word).toString('latin1'))
  })

  test('C38 of one scalar of 8 MiB', () => {
    const [longest = ''] = segmentsOf(decodeCassette(GOLDEN.replace('"a=1&b=2"', `"${'A'.repeat(8 << 20)}"`))).toSorted(
      (one, other) => other.length - one.length,
    )
    expect(longest).toHaveLength(8 << 20)
  })
})

const MUTATED = countOf(100, 300)

test(`${MUTATED} mutated cassettes do not end the process, and throw only typed errors with a place`, async () => {
  const { texts, wrongs, refused } = await mutateInChild(4242, MUTATED)
  expect(wrongs).toEqual([])
  expect(texts).toBe(MUTATED)
  expect(Object.keys(refused).length).toBeGreaterThan(3)
})

function failureOf(text: string): CassetteError | undefined {
  try {
    decodeCassette(text, 'users.yaml')
  } catch (error) {
    if (error instanceof CassetteError) return error
    throw error
  }
  return undefined
}
