import { expect, test } from '../helpers/test.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import * as fc from 'fast-check'
import type { Cassette } from '../../src/tape/cassette.ts'
import { type Edit, editedText, applyEdits, mergeEdits } from '../../src/content/edits.ts'
import { Redactor } from '../../src/redaction/redact-cassette.ts'
import { JoinedText, SegmentText } from '../../src/messages/segment-text.ts'
import { editsInWindows, type WindowSizes } from '../../src/redaction/windows.ts'
import { countOf } from '../helpers/share.ts'
import { oneConnection, request } from '../helpers/tape.ts'
import { K, K2, leaks } from './canaries.ts'
import { bytesOf, outline } from './outline.ts'
import { ENCODINGS } from './places.ts'

/** As small as may be for the secrets that are looked for: in no encoding they are longer than the overlap. */
const SMALL: WindowSizes = { long: 4096, window: 4096, overlap: 1024 }

const redacted = (cassette: Cassette, sizes?: WindowSizes): Cassette => {
  const tape = new Redactor({ secrets: [K, K2] }, sizes).redact(cassette.tape)
  return { ...cassette, tape }
}

/** What stands around secrets, with line ends and without. */
const FILLERS = ['{"id":17,"name":"Ada Lovelace"},', '{"id":17,"name":"Ada Lovelace"}\n', 'many words, and a comma. ']

const framings: Readonly<Record<string, (body: string) => string>> = {
  'a length': (body) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  chunks: (body) => {
    const chunks = body.match(/[^]{1,700}/g) ?? []
    const lines = chunks.map((data) => `${data.length.toString(16)}\r\n${data}\r\n`)
    return `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${lines.join('')}0\r\n\r\n`
  },
  'no answer at all': (body) => `not HTTP\r\n${body}`,
}

const longBody = fc
  .record({
    filler: fc.constantFrom(...FILLERS),
    secrets: fc.array(
      fc.record({
        at: fc.nat(16_000),
        encode: fc.constantFrom(...Object.values(ENCODINGS)),
        secret: fc.constantFrom(K, K2),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ filler, secrets }) => {
    let text = filler.repeat(Math.ceil(16_000 / filler.length))
    for (const { at, encode, secret } of secrets.toSorted((one, other) => other.at - one.at))
      text = `${text.slice(0, at)} ${encode(secret)} ${text.slice(at)}`
    return text
  })

const conversation = (received: string, size: number): Cassette =>
  oneConnection('http://api.test', (connection) =>
    connection.sent(request('GET', '/')).received(...(received.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [])),
  )

test.describe('a body that is too long to be searched as a whole', () => {
  for (const [framing, put] of Object.entries(framings)) {
    test(`keeps no secret, wherever windows part it, with ${framing}`, () => {
      fc.assert(
        fc.property(longBody, fc.integer({ min: 50, max: 5000 }), (body, size) => {
          const cassette = conversation(put(body), size)
          const inParts = redacted(cassette, SMALL)
          expectEqual(
            [K, K2].filter((secret) => leaks(inParts, secret)),
            [],
            'what leaks',
          )
          expectEqual(outline(inParts), outline(cassette), 'the outline')
        }),
        { numRuns: countOf(6, 300) },
      )
    })
  }

  test('becomes what it becomes as a whole, where secrets stand as they are', () => {
    const text = fc.tuple(fc.constantFrom(...FILLERS), fc.array(fc.nat(16_000), { minLength: 1, maxLength: 5 }))
    fc.assert(
      fc.property(text, fc.integer({ min: 100, max: 5000 }), ([filler, places], size) => {
        let body = filler.repeat(Math.ceil(16_000 / filler.length))
        // Not inside a string of JSON: what such a text means depends on where one begins to read.
        const borders = places.map((at) => at - (at % filler.length))
        for (const at of borders.toSorted((one, other) => other - one))
          body = `${body.slice(0, at)} "password":"hunter2hunter2" ${K} ${body.slice(at)}`
        const cassette = conversation(framings['a length']?.(body) ?? '', size)
        expectEqual(bytesOf(redacted(cassette, SMALL), 'received'), bytesOf(redacted(cassette), 'received'), 'in parts')
      }),
      { numRuns: countOf(6, 300) },
    )
  })

  test('loses a secret that is longer than a window from its beginning to its end', () => {
    const secret = 'Zq3'.repeat(3000)
    for (const before of [0, 1000, 3000, 4000, 4090]) {
      const body = `${'x '.repeat(before / 2)}{"token":"${secret}","a":1}${' y'.repeat(9000)}`
      const cassette = redacted(conversation(framings['a length']?.(body) ?? '', 3000), SMALL)
      expect(bytesOf(cassette, 'received').toString('latin1')).not.toContain('Zq3')
    }
  })

  test('keeps its segments where nothing in it is secret', () => {
    const cassette = conversation(framings['a length']?.('words and words\n'.repeat(1000)) ?? '', 900)
    expect(redacted(cassette, SMALL).tape.every((event, index) => event === cassette.tape[index])).toBe(true)
  })

  for (const [type, field] of [
    ['a coding that is not known', 'Content-Encoding: x-snappy'],
    ['a charset that is not known', 'Content-Type: text/plain; charset=x-klingon'],
  ])
    test(`is searched or withheld as a short one, in ${type}`, () => {
      const body = `\xff\xfe${K} and words\n`.repeat(500)
      const head = `HTTP/1.1 200 OK\r\n${field}\r\nContent-Length: ${body.length}\r\n\r\n`
      const cassette = redacted(conversation(head + body, 900), SMALL)
      expect(bytesOf(cassette, 'received').toString('latin1')).toMatch(/\r\n\r\n\{\{withheld\.1\}\}$/)
    })
})

const textOf = (segments: readonly Buffer[]): SegmentText => {
  const borders = [0]
  for (const segment of segments) borders.push((borders.at(-1) ?? 0) + segment.length)
  return new SegmentText(
    segments.map((bytes) => ({ type: 'received', connection: 1, at: 0, bytes })),
    borders,
  )
}

test.describe('texts that are read in parts', () => {
  const pieces = fc.array(
    fc.string({ maxLength: 12 }).map((text) => Buffer.from(text)),
    { maxLength: 8 },
  )
  const place = fc
    .tuple(fc.nat(100), fc.nat(100))
    .map(([one, other]): [number, number] => [Math.min(one, other), Math.max(one, other)])

  test('give what slicing the whole text gives', () => {
    fc.assert(
      fc.property(pieces, place, fc.array(place, { maxLength: 5 }), (segments, [start, end], parts) => {
        const whole = Buffer.concat(segments).toString('latin1')
        const text = textOf(segments)
        const isSliced = text.length === whole.length && text.slice(start, end) === whole.slice(start, end)
        const inside = parts.filter((part) => part[1] <= whole.length)
        const joined = new JoinedText(
          text,
          inside.map(([from, to]) => ({ start: from, end: to })),
        )
        const all = inside.map(([from, to]) => whole.slice(from, to)).join('')
        return isSliced && joined.slice(start, end) === all.slice(start, end)
      }),
      { numRuns: countOf(200, 2000) },
    )
  })

  test('give what slicing the edited text gives', () => {
    const edits = fc.array(
      fc.tuple(place, fc.string({ maxLength: 6 })).map(([[start, end], text]): Edit => {
        return { start, end, with: text }
      }),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(pieces, edits, place, (segments, wanted, [start, end]) => {
        const whole = Buffer.concat(segments).toString('latin1')
        const merged = mergeEdits(wanted.filter((edit) => edit.end <= whole.length))
        const edited = applyEdits(whole, merged)
        const text = editedText(textOf(segments), merged)
        const slice = text.slice(start, Math.min(end, edited.length))
        return text.length === edited.length && slice === edited.slice(start, end)
      }),
      { numRuns: countOf(200, 2000) },
    )
  })

  test('are searched window by window: each character is looked at, and few of them twice', () => {
    const looked: string[] = []
    const text = Array.from({ length: 900 }, (_, k) => `line ${k}\n`).join('')
    editsInWindows(text, { long: 1000, window: 1000, overlap: 100 }, (window) => {
      looked.push(window)
      return []
    })
    for (const line of text.match(/.*\n/g) ?? []) expect(looked.some((window) => window.includes(line))).toBe(true)
    expect(looked.join('').length).toBeLessThan(text.length * 1.25)
  })
})

test('bytes that are no message are searched as a whole, or in windows if they are long', () => {
  for (const length of [10, SMALL.long - K.length - 10, SMALL.long, 3 * SMALL.long]) {
    const cassette = oneConnection('tcp://api.test:9', (connection) =>
      connection.received(`not HTTP\r\n${K} ${'word '.repeat(length / 5)}${K2}`),
    )
    const text = bytesOf(redacted(cassette, SMALL), 'received').toString('latin1')
    expect(text).toContain('word word')
    expect(text).not.toContain(K)
    expect(text).not.toContain(K2)
  }
})
