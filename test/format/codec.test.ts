import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { load } from 'js-yaml'
import { parse } from 'yaml'
import type { Cassette } from '../../src/tape/cassette.ts'
import { decodeCassette, decodeWithBlobs } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { CassetteError } from '../../src/errors.ts'
import { bytes, cassetteOf, conversations, segmentsOf } from '../helpers/conversations.ts'
import { countOf, every } from '../helpers/share.ts'
import { READABLE } from './readable.ts'

const GOLDEN = readFileSync(new URL('../../fixtures/cassettes/readable.yaml', import.meta.url), 'utf8')

test('a segment that is a range of a long blob is read when it is asked for, and one of a short blob at once', () => {
  const sha256 = 'a'.repeat(64)
  const text = [
    'wiretape: 1',
    'recorded: { at: a, by: b, node: c }',
    'tape:',
    '  - { open: 1, to: "http://a.test", at: 0, took: 1 }',
    `  - { via: 1, at: 1, received: { blob: { sha256: ${sha256}, from: 1, to: 3 } } }`,
    'events: 2\n',
  ].join('\n')
  for (const isLong of [true, false]) {
    const ranges: string[] = []
    const read = (from: number, to: number): Uint8Array => {
      ranges.push(`${from}-${to}`)
      return Buffer.from('abcd').subarray(from, to)
    }
    const [, event] = decodeWithBlobs(text, 'a.yaml', { open: () => ({ size: 4, isLong, read }) }).tape
    expect([isLong, ranges.length]).toEqual([isLong, isLong ? 0 : 1])
    expect(event?.type === 'received' && Buffer.from(event.bytes).toString()).toBe('bc')
    expect(ranges[0]).toBe('1-3')
  }
})

test.describe('encodeCassette', () => {
  test('writes a conversation in a form that reads like HTTP', () => {
    expect(encodeCassette(READABLE)).toBe(GOLDEN)
  })

  test('writes what is read again with its version, its records, and nothing to note', () => {
    const { records, notes, ...cassette } = decodeCassette(GOLDEN)
    expect(cassette).toEqual(READABLE)
    expect(records.flat()).toEqual(READABLE.tape)
    expect(notes).toEqual([])
  })

  test('writes no line that ends in a blank', () => {
    holdsForEveryConversation({ seed: 5, numRuns: countOf(50, 500) }, (text) => !/[^\S\n]$/m.test(text))
  })

  test('escapes every character that is invisible or reorders its line', () => {
    const hidden = /(?![\n\t])\p{Cc}|[\u200b\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u
    holdsForEveryConversation({ seed: 6, numRuns: countOf(50, 500) }, (text) => !hidden.test(text))
    expect(encodeCassette(cassetteOf(Buffer.from('if (admin \u202e) {\n\n}\n')))).toContain('if (admin \\u202e) {')
  })

  for (const [name, body] of [
    ['text', '{"not": "compact JSON"} '.repeat(50_000)],
    ['JSON', JSON.stringify(Array.from({ length: 9000 }, (_, id) => ({ id, name: `name ${id}` })))],
    ['bytes', '\0\x01\x80\xff'.repeat(250_000)],
  ] as const) {
    test(`breaks up a body of a megabyte of ${name} in one line`, () => {
      const rows = encodeCassette(cassetteOf(bytes(body))).split('\n')
      expect(rows.reduce((longest, row) => Math.max(longest, row.length), 0)).toBeLessThan(200)
    })
  }

  test('takes linear time for a hostile segment', () => {
    const ragged = [
      'a \nb\n',
      '1\r\n\xff\r\n',
      '\r\n1\r\n\0',
      '{',
      '[\r\n',
      'GET ',
      'HTTP/1.1 200 ',
      ' '.repeat(99),
      '\t\n',
      '\\',
      '"',
      '\n',
    ]
    // Quadratic time would be a minute.
    for (const atom of ragged)
      expect(millisecondsFor(atom.repeat(200_000 / atom.length)), JSON.stringify(atom)).toBeLessThan(2000)
  })
})

test.describe('decodeCassette', () => {
  for (const seed of [1, 2]) {
    test(`returns every byte of thousands of random conversations, from seed ${seed}`, () => {
      holdsForEveryConversation({ seed, numRuns: countOf(50, 5000) }, (text, cassette) =>
        areEqual(decodeCassette(text), cassette),
      )
    })
  }

  const TRANSFORMERS: Readonly<Record<string, (text: string) => string>> = {
    'CRLF line ends': (text) => text.replaceAll('\n', '\r\n'),
    'blanks at line ends stripped': (text) => text.replaceAll(/[ \t]+$/gm, ''),
    'a byte order mark': (text) => `\ufeff${text}`,
    'no line end at its end': (text) => text.trimEnd(),
    'comments added and removed': (text) =>
      text.replaceAll(/^ *# (?:-->|<--).*\n/gm, '').replaceAll(/^( *- (?:via|open))/gm, '# new\n$1'),
    'an explicit document start': (text) => `---\n${text}`,
  }
  for (const [name, transform] of Object.entries(TRANSFORMERS)) {
    test(`returns the same bytes for a file with ${name}`, () => {
      holdsForEveryConversation({ seed: 3, numRuns: countOf(40, 300) }, (text, cassette) => {
        return areEqual(decodeCassette(transform(text)), cassette)
      })
    })
  }

  test('reads the same as another YAML library', () => {
    holdsForEveryConversation({ seed: 4, numRuns: countOf(50, 600) }, (text) =>
      isDeepStrictEqual(load(text), parse(text)),
    )
    expect(load(GOLDEN)).toMatchObject({
      recorded: { at: '2026-11-22T12:00:00.000Z', by: 'wiretape 0.1.0', node: '20.20.2' },
    })
  })

  test('refuses a file that is cut anywhere, with line and column', () => {
    const text = encodeCassette({ ...READABLE, tape: READABLE.tape.slice(0, 6) })
    const lengths = Array.from({ length: text.length - 1 }, (_, length) => length)
    expect(every(3, lengths).filter((length) => !isRefusedWithPlace(text.slice(0, length)))).toEqual([])
  })

  test('reports every cut as a torn tail, and counts the records before it', () => {
    const text = encodeCassette({ ...READABLE, tape: READABLE.tape.slice(0, 6) })
    // Behind the line for editors, of which a part is a file with nothing in it.
    const first = text.indexOf('wiretape:') + 'wiretape:'.length
    const lengths = Array.from({ length: text.length - 'events: 6\n'.length - first }, (_, index) => first + index)
    for (const length of every(3, lengths)) {
      const cut = text.slice(0, length)
      const records = cut.match(/^  - saved: crc32 .{8}\n/gm)?.length ?? 0
      const whole = records === 1 ? '1 complete record ends' : `${records} complete records end`
      if (failureOf(cut)?.code !== 'TORN_TAIL' || failureOf(cut)?.detail.includes(`; ${whole} here`) !== true)
        throw new Error(`cut to ${length}: ${failureOf(cut)?.message}`)
    }
  })

  test('refuses any conversation that was cut', () => {
    holdsForEveryConversation({ seed: 7, numRuns: countOf(50, 500) }, (text, { tape }) => {
      return isRefusedWithPlace(text.slice(0, (text.length * tape.length * 37) % (text.length - 1)))
    })
  })

  test('either reads a mutilated file or refuses it with a CassetteError', () => {
    const whole = encodeCassette({ ...READABLE, tape: READABLE.tape.slice(0, 6) })
    const junk = fc.constantFrom(
      '',
      '[',
      '{',
      '"',
      "'",
      '|',
      '>',
      '- ',
      '? ',
      ': ',
      '\n',
      '\n  ',
      ' ',
      '\t',
      '#',
      '&a ',
      '*a',
      '!t ',
      '%',
      '---\n',
      '...\n',
      '\\',
    )
    const place = fc.nat(whole.length)
    const change = fc.record({
      place,
      removed: fc.constantFrom(0, 1, 2, 20),
      junk,
      copied: fc.constantFrom(0, 0, 0, 40),
      from: place,
    })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        let text = whole
        for (const { place: at, removed, junk: added, copied, from } of changes) {
          text = text.slice(0, at) + added + whole.slice(from, from + copied) + text.slice(at + removed)
        }
        failureOf(text) // It throws what is not a CassetteError.
      }),
      { seed: 8, numRuns: countOf(30, 1000) },
    )
  })

  test('reports where the last complete record of a cut file ends, and how many there are', () => {
    const cut = GOLDEN.slice(0, GOLDEN.indexOf('  - end: 1'))
    const lines = cut.split('\n').length
    const line = cut.slice(0, cut.lastIndexOf('  - saved')).split('\n').length + 1
    expect(line).toBeLessThan(lines)
    expect(failureOf(cut)).toMatchObject({ code: 'TORN_TAIL', file: 'users.yaml', line, column: 1 })
    expect(failureOf(cut)?.message).toContain('3 complete records end here')
  })

  test('accepts manual edits: other words, other styles, a missing event', () => {
    const edited = GOLDEN.replace('{ id: 42, name: Ada }', '{\'id\': 43,\n          name: "Grace"}')
      .replace('Accept: */*', 'Accept: text/html')
      .replace('  - end: 1\n    at: 94\n    by: server\n', '')
      .replace('events: 22', 'events: 21')
    const segments = segmentsOf(decodeCassette(edited))
    expect(segments[0]).toContain('Accept: text/html\r\n')
    expect(segments[1]).toMatch(/\{"id":43,"name":"Grace"\}$/)
    expect(decodeCassette(edited).tape).toHaveLength(21)
  })

  test('reads text that looks like a template or a shell command as plain text', () => {
    const body = '<%= `id` %> ${HOME} {{7*7}} $(id)'
    expect(segmentsOf(decodeCassette(encodeCassette(cassetteOf(bytes(body)))))).toEqual([body])
  })
})

/** States a law. It gives a truth and does not `expect`: the runner keeps a step for each `expect`, and gets slow at thousands. */
function holdsForEveryConversation(
  options: { readonly seed: number; readonly numRuns: number },
  law: (text: string, cassette: Cassette) => boolean,
): void {
  const property = fc.property(conversations, (cassette) => law(encodeCassette(cassette), cassette))
  fc.assert(property, options)
}

/** Bytes as text, because a Buffer and a Uint8Array of the same bytes are not deeply equal. */
const comparable = (cassette: Cassette): object => ({
  recorded: cassette.recorded,
  tape: cassette.tape.map((event) =>
    'bytes' in event ? { ...event, bytes: Buffer.from(event.bytes).toString('latin1') } : event,
  ),
})

const areEqual = (one: Cassette, other: Cassette): boolean => isDeepStrictEqual(comparable(one), comparable(other))

function millisecondsFor(segment: string): number {
  const cassette = cassetteOf(bytes(segment))
  const before = process.cpuUsage()
  encodeCassette(cassette)
  // Not what other processes take meanwhile.
  return process.cpuUsage(before).user / 1000
}

function isRefusedWithPlace(text: string): boolean {
  const { line = 0, column = 0 } = failureOf(text) ?? {}
  return line >= 1 && column >= 1
}

function failureOf(text: string): CassetteError | undefined {
  try {
    decodeCassette(text, 'users.yaml')
  } catch (error) {
    if (error instanceof CassetteError) return error
    throw error
  }
  return undefined
}
