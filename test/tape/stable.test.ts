import { expect, test } from '../helpers/test.ts'
import { array, assert, constantFrom, property, tuple } from 'fast-check'
import type { BytesEvent, Cassette, TapeEvent } from '../../src/tape/cassette.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { keepStable } from '../../src/tape/stable.ts'
import { countOf } from '../helpers/share.ts'
import { answer, type ConnectionWriter, request, slowly, TapeWriter } from '../helpers/tape.ts'

const ORIGIN = 'http://api.test'

function recordingOf(...connections: readonly ((it: ConnectionWriter) => ConnectionWriter)[]): Cassette {
  const writer = new TapeWriter()
  for (const write of connections) write(writer.open(ORIGIN))
  return writer.cassette
}

/** The same conversation as it is recorded another time: later, and in other segments. */
function again(cassette: Cassette): Cassette {
  const { tape, ...rest } = later(cassette)
  return { ...rest, tape: tape.flatMap((event) => (event.type === 'received' ? cut(event) : [event])) }
}

const later = ({ tape, ...rest }: Cassette): Cassette => ({
  ...rest,
  tape: tape.map((event): TapeEvent => ({ ...event, at: event.at * 3.25 + 0.5 })),
})

function cut(event: BytesEvent): TapeEvent[] {
  const { bytes } = event
  if (bytes.length < 8) return [event]
  return [
    { ...event, bytes: bytes.subarray(0, 7) },
    { ...event, bytes: bytes.subarray(7) },
  ]
}

const read = (cassette: Cassette) => decodeCassette(encodeCassette(cassette))

/** Lines of the new text that the old one does not have, each as often as it stands there. */
function changedLines(before: Cassette, now: Cassette): string[] {
  const { cassette, records } = keepStable(read(before), read(now))
  const left = encodeCassette(before).split('\n')
  return encodeCassette(cassette, records)
    .split('\n')
    .filter((line) => {
      const place = left.indexOf(line)
      if (place !== -1) left.splice(place, 1)
      return place === -1
    })
}

const three = (it: ConnectionWriter): ConnectionWriter =>
  ['/1', '/2', '/3'].reduce((talk, target) => talk.sent(request('GET', target)).received(answer(`of ${target}`)), it)

const answeredIn = (...parts: readonly string[]): Cassette =>
  recordingOf((it) => it.sent(request('GET', '/')).received(...parts))

const timesIn = (cassette: Cassette): number[] =>
  cassette.tape.flatMap((event) => (event.type === 'received' ? [event.at] : []))

test('events beyond those of the old run have the time of its last one', () => {
  const old = answeredIn('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n', 'abcd')
  const fresh = later(answeredIn('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n', 'ab', 'cd', 'ef'))
  const [head = 0, body = 0] = timesIn(old)
  expect(head).toBeLessThan(body)
  expect(timesIn(keepStable(read(old), read(fresh)).cassette)).toEqual([head, body, body, body])
})

test('an event that takes an old time is never before the one in front of it', () => {
  const [head, go] = ['POST / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n', 'HTTP/1.1 100 Continue\r\n\r\n']
  const old = recordingOf((it) => it.sent(head).received(go).sent('one').received(answer('1')))
  const fresh = slowly(
    recordingOf((it) => it.sent(head).ended('client').sent('two').received(answer('2'))),
    100,
  )
  const { tape } = keepStable(read(old), read(fresh)).cassette
  expect(tape.map(({ type, at }) => [type, at])).toEqual([
    ['open', 0],
    ['sent', 1],
    ['end', 101],
    ['sent', 101],
    ['received', 101],
  ])
})

const about =
  (target: string) =>
  (it: ConnectionWriter): ConnectionWriter =>
    it.sent(request('GET', target)).received(answer(target))

/** Asks for `/a`, which every connection does, and for something else. */
const hearing =
  (said: string, more: string) =>
  (it: ConnectionWriter): ConnectionWriter =>
    it.sent(request('GET', '/a')).received(answer(said)).sent(request('GET', more)).received(answer('x'))

test.describe('a conversation that is recorded again', () => {
  test('is unchanged if its bytes are, even with other times and segments', () => {
    const before = recordingOf(three, (it) => three(it).closed('server'))
    expect(changedLines(before, again(before))).toEqual([])
    expect(keepStable(read(before), read(again(before))).isUnchanged).toBe(true)
  })

  test('shows only the response that changed', () => {
    const before = recordingOf(three)
    const now = recordingOf((it) =>
      it
        .sent(request('GET', '/1'))
        .received(answer('of /1'))
        .sent(request('GET', '/2'))
        .received(answer('OF /2'))
        .sent(request('GET', '/3'))
        .received(answer('of /3')),
    )
    const changed = changedLines(before, later(now)).map((line) => line.trim())
    expect(changed).toEqual(['- text: "OF /2"', expect.stringMatching(/^- saved: /)])
  })

  test('keeps what comes after a request that is new or was removed', () => {
    const before = recordingOf(three)
    const more = recordingOf((it) => three(it.sent(request('GET', '/0')).received(answer('of /0'))))
    const added = changedLines(before, again(more))
    expect(added.join('\n')).toContain('GET /0')
    expect(added.join('\n')).not.toMatch(/of \/[123]|GET \/[123]/)
    expect(changedLines(more, again(before)).filter((line) => /GET|of/.test(line))).toEqual([])
  })

  test('recognizes connections that were opened in another order', () => {
    const before = recordingOf(about('/a'), about('/b'))
    const now = again(recordingOf(about('/b'), about('/a')))
    expect(keepStable(read(before), read(now)).isUnchanged).toBe(true)
  })

  test('stays as it was recorded if equal requests were answered in another order', () => {
    const before = recordingOf(hearing('1', '/x'), hearing('2', '/y'))
    const swapped = recordingOf(hearing('2', '/y'), hearing('1', '/z'))
    const { cassette, isUnchanged } = keepStable(read(before), read(swapped))
    expect(isUnchanged).toBe(false)
    const order = cassette.tape.flatMap((event) =>
      event.type === 'received' ? [Buffer.from(event.bytes).toString('latin1').slice(-1)] : [],
    )
    expect(order.filter((text) => text !== 'x')).toEqual(['2', '1'])
  })

  test('is the same conversation, byte for byte and in the same order', () => {
    const word = constantFrom('/a', '/b', '/c', '/d')
    const talk = array(array(tuple(word, word), { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 3,
    })
    const recorded = talk.map((connections) =>
      recordingOf(
        ...connections.map(
          (pairs) => (it: ConnectionWriter) =>
            pairs.reduce((so, [target, text]) => so.sent(request('GET', target)).received(answer(text)), it),
        ),
      ),
    )
    assert(
      property(recorded, recorded, (before, now) => {
        const { cassette, records } = keepStable(read(before), read(again(now)))
        expect(speeches(cassette)).toEqual(speeches(now))
        expect(read({ ...cassette, tape: records.flat() }).notes).toEqual([])
        for (const event of keepStable(read(before), read(again(before))).cassette.tape)
          expect(before.tape).toContainEqual(event)
      }),
      { numRuns: countOf(20, 200) },
    )
  })
})

/** What was said on each connection, whatever its number. */
function speeches({ tape }: Cassette): string[] {
  const byConnection = new Map<number, string>()
  for (const event of tape) {
    const before = byConnection.get(event.connection) ?? ''
    const said = 'bytes' in event ? Buffer.from(event.bytes).toString('latin1') : event.type
    byConnection.set(event.connection, before + said)
  }
  return [...byConnection.values()].toSorted()
}

const ending = (...ends: readonly number[]): Cassette => {
  const { tape, ...rest } = recordingOf((it) => it.sent(request('GET', '/')).received(answer('a'), answer('b')))
  return {
    ...rest,
    tape: tape.map((event) => (event.type === 'received' ? Object.assign({}, event, { ends }) : event)),
  }
}

test('a conversation in which an answer ended elsewhere is another one', () => {
  expect(keepStable(read(ending(3)), read(ending(3))).isUnchanged).toBe(true)
  const { isUnchanged, cassette } = keepStable(read(ending(3)), read(ending(3, 4)))
  expect(isUnchanged).toBe(false)
  expect(cassette.tape.flatMap((event) => ('bytes' in event && event.ends ? event.ends : []))).toEqual([3, 4, 3, 4])
})

test('a connection that is new gets the next number', () => {
  const old = recordingOf(about('/1'))
  const fresh = recordingOf(about('/1'), about('/2'), about('/3'))
  const { tape } = keepStable(read(old), read(fresh)).cassette
  expect([...new Set(tape.map(({ connection }) => connection))]).toEqual([1, 2, 3])
})
