import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { mutate, randomOf } from '../../scripts/cassettes/mutations.ts'
import { randomConversations } from '../../scripts/round-trips/round-trips.ts'
import type { Cassette, TapeEvent } from '../../src/tape/cassette.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { INLINE } from '../../src/format/blob-access.ts'
import { openLazily } from '../../src/format/lazy-reader.ts'
import { LateEvent } from '../../src/tape/late-bytes.ts'
import { CassetteError } from '../../src/errors.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { countOf } from '../helpers/share.ts'
import { answer, request, TapeWriter } from '../helpers/tape.ts'
import { conversations } from '../helpers/conversations.ts'

const missing = (sha256: string): never => {
  throw new CassetteError('BLOB_MISSING', sha256)
}

test.describe('openLazily', () => {
  test('has the same events as full decoding', () => {
    fc.assert(
      fc.property(conversations, (cassette) => {
        const text = encodeCassette(cassette)
        // What is said of the recording may be too strange to be opened so.
        expectEqual(opened(text) ?? decoded(text), decoded(text), text)
      }),
      { numRuns: countOf(40, 1000) },
    )
  })

  test('opens every written cassette', () => {
    for (const cassette of [...randomConversations(7, 40), several()]) {
      const text = encodeCassette(cassette)
      expect(opened(text)).toEqual(decoded(text))
    }
  })

  test('leaves a cassette that lost events, or has more than it says, to full decoding, which refuses it', () => {
    const whole = encodeCassette(several())
    const records = whole.split(/(?=\n  # -->)/)
    expect(records.length).toBeGreaterThan(3)
    const count = Number(/\nevents: (\d+)\n$/.exec(whole)?.[1])
    const damaged = [
      [records[0], ...records.slice(2)].join(''),
      [...records.slice(0, -2), records.at(-1)].join(''),
      ...[count - 1, count + 1, 0].map((other) => whole.replace(/\nevents: \d+\n$/, `\nevents: ${other}\n`)),
    ]
    for (const text of damaged) {
      expect(opened(text)).toBeUndefined()
      expect(() => decodeCassette(text)).toThrow(CassetteError)
    }
  })

  test('has bytes that survive a copy of the event, and are the same each time', () => {
    const cassette = openLazily(Buffer.from(encodeCassette(several())), 'users.yaml', INLINE)
    const segments = cassette?.tape.flatMap((event) => ('bytes' in event ? [event] : [])) ?? []
    expect(segments).toHaveLength(11)
    for (const event of segments) {
      expect(event.bytes.length).toBeGreaterThan(0)
      expect({ ...event }.bytes).toEqual(event.bytes)
      // Who plays an answer looks at it more than once.
      if (event.type === 'received') expect(event.bytes).toBe(event.bytes)
    }
  })

  test('decodes answers, and heads as most clients send them, when they are asked for', () => {
    const text = encodeCassette(several())
    const tape = openLazily(Buffer.from(text), 'users.yaml', INLINE)?.tape ?? []
    const late = tape.flatMap((event) => ('bytes' in event ? [`${event.type} ${event instanceof LateEvent}`] : []))
    const count = (what: string): number => late.filter((each) => each === what).length
    expect(['received true', 'received false', 'sent true', 'sent false'].map(count)).toEqual([5, 0, 4, 2])
  })

  test('says that an answer has too many values in its JSON when it is asked for, and of a request at once', () => {
    const json = `[${Array.from({ length: 4097 }, () => 1).join(', ')}]`
    const piece = (text: string, side: string): string => {
      const at = text.indexOf(`    ${side}:\n`) + `    ${side}:\n`.length
      const end = text.indexOf('\n  - ', at)
      return `${text.slice(0, at)}      json: ${json}${text.slice(end)}`
    }
    const text = encodeCassette(several())
    const answers = openLazily(Buffer.from(piece(text, 'received')), 'users.yaml', INLINE)
    const [first] = answers?.tape.flatMap((event) => (event.type === 'received' ? [event] : [])) ?? []
    expect(() => first?.bytes).toThrow(expect.objectContaining({ code: 'CASSETTE_INVALID' }))
    expect(openLazily(Buffer.from(piece(text, 'sent')), 'users.yaml', INLINE)).toBeUndefined()
  })

  test('leaves a file that begins or ends in another way to full decoding', () => {
    const text = encodeCassette(several())
    expect(openLazily(Buffer.from(text), 'users.yaml', INLINE)).toBeDefined()
    for (const [what, changed] of Object.entries({
      'line ends of two characters': text.replaceAll('\n', '\r\n'),
      'no UTF-8': Buffer.concat([Buffer.from(text.replace('tape:', '#\xff\ntape:'), 'latin1')]),
      'no last line': text.replace(/events: \d+\n$/, ''),
      'no last line end': text.slice(0, -1),
      'something after the last line': `${text}# end\n`,
      'a merge conflict': text.replace('tape:\n', 'tape:\n<<<<<<< HEAD\n'),
      'a key before the tape': text.replace('tape:\n', 'a: 1\ntape:\n'),
      'an item that is indented less': text.replace('\n  - ', '\n - '),
      'a long comment before all': `#${'x'.repeat(4096)}\n${text}`,
    }))
      expect([what, openLazily(Buffer.from(changed), 'users.yaml', INLINE)]).toEqual([what, undefined])
    expect(openLazily(Buffer.from(`#${'x'.repeat(3000)}\n${text}`), 'users.yaml', INLINE)).toBeDefined()
    // Such marks within a line are no conflict.
    expect(openLazily(Buffer.from(text.replace('one\n', 'one =======\n')), 'users.yaml', INLINE)).toBeDefined()
  })

  test('decodes an answer with continued lines at a forbidden place', () => {
    const text = encodeCassette(several()).replace('  - saved:', 'S - saved:')
    expect(decoded(text)).toBe('CASSETTE_SYNTAX')
    expect(compare(text)).toBe('refused')
  })

  test('skips comments in any language, and stops at invisible characters', () => {
    const text = encodeCassette(several())
    const withComment = (comment: string): string => text.replaceAll(/^ {2}# .*$/gm, `  # ${comment}`)
    expect(opened(withComment('--> GET /grüße, 日本'))).toEqual(decoded(text))
    expect(opened(withComment('--> GET /\u0085'))).toBeUndefined()
  })

  test('leaves text at unusual places to full decoding', () => {
    const text = encodeCassette(several())
    const [checksum = ''] = /^ {2}- saved: .*\n/m.exec(text) ?? []
    for (const changed of [
      text.replace(checksum, checksum + checksum),
      text.replace('tape:\n', `tape:\n${checksum}`),
      text.replace('          one\n          two\n', '$&    ends: [20]\n'),
      text.replace('          one\n          two\n', '$&    ends: [9999]\n'),
    ]) {
      expect(changed).not.toBe(text)
      expect(opened(changed) ?? decoded(changed)).toEqual(decoded(changed))
    }
  })

  test('says of each answer whose blob is gone which one that is', () => {
    const tape = new TapeWriter()
    const connection = tape.open('http://api.test')
    for (const digit of ['1', '3']) connection.sent(request('GET', '/')).received(`answer ${digit}`)
    const text = encodeCassette(tape.cassette)
      .replaceAll(/text: answer (\d)/g, (_, digit: string) => `blob: { sha256: "${digit.repeat(64)}", from: 0, to: 1 }`)
      .replaceAll(
        /text: "answer (\d)"/g,
        (_, digit: string) => `blob: { sha256: "${digit.repeat(64)}", from: 0, to: 1 }`,
      )
    const cassette = openLazily(Buffer.from(text), 'users.yaml', { open: missing })
    const named = cassette?.tape.flatMap((event) => {
      try {
        return 'bytes' in event && event.bytes.length < 0 ? [''] : []
      } catch (error) {
        return error instanceof CassetteError ? [error.detail.charAt(0)] : ['another error']
      }
    })
    expect(named).toEqual(['1', '3'])
  })

  test('never has other events than full decoding, for any change of the file', () => {
    const texts = [several(), ...randomConversations(3, 5)].map((cassette) => encodeCassette(cassette))
    const random = randomOf(11)
    const tally = { same: 0, refused: 0, whole: 0 }
    for (let count = countOf(250, 30_000); count > 0; count -= 1) {
      // As the file would have it: half a character of two words is none.
      const text = Buffer.from(mutate(texts[random(texts.length)] ?? '', random)).toString()
      tally[compare(text)] += 1
    }
    expect(Math.min(...Object.values(tally))).toBeGreaterThan(countOf(3, 10))
  })
})

/** The events as they are opened, with the bytes that are decoded when they are asked for. */
function opened(text: string): readonly TapeEvent[] | undefined {
  return openLazily(Buffer.from(text), 'users.yaml', INLINE)?.tape.map((event) => Object.assign({}, event))
}

/** The events of the whole cassette, or the code of its error. */
function decoded(text: string): readonly TapeEvent[] | string {
  try {
    return decodeCassette(text, 'users.yaml').tape
  } catch (error) {
    if (error instanceof CassetteError) return error.code
    throw error
  }
}

/** What became of a text; throws where it became something that it must not. */
function compare(text: string): 'same' | 'refused' | 'whole' {
  const expected = decoded(text)
  try {
    const tape = opened(text)
    if (tape === undefined) return 'whole'
    expectEqual(tape, expected, text)
    return 'same'
  } catch (error) {
    if (!(error instanceof CassetteError)) throw error
    expectEqual(error.code, expected, text)
    return 'refused'
  }
}

/** Connections that overlap, heads and bodies, text and bytes. */
function several(): Cassette {
  const tape = new TapeWriter()
  const [first, second] = [tape.open('http://api.test'), tape.open('https://other.test:8443')]
  first.sent(request('GET', '/users/1', '', ['X-Trace:  two  blanks'])).received(answer('{"id":1,"tags":["a","b"]}'))
  second.sent(request('POST', '/a', 'name=value')).received(answer('one\ntwo\n'))
  first
    .sent('GET /in HTTP/1.1\r\n', 'Host: api.test\r\n\r\n')
    .received('HTTP/1.1 200 OK\r\n', 'Content-Length: 0\r\n\r\n')
  second
    .sent(request('GET', '/b'))
    .received(answer(Buffer.from([0, 255, 13, 10, 9]).toString('latin1')))
    .closed('server')
  first.sent(request('DELETE', '/users/1')).ended('server').closed('client')
  return tape.cassette
}
