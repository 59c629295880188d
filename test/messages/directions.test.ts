import { expect, test } from '../helpers/test.ts'
import type { BytesEvent, TapeEvent } from '../../src/tape/cassette.ts'
import { type Direction, readDirections, unansweredIn, withEdits } from '../../src/messages/directions.ts'
import { answer, oneConnection, request, TapeWriter } from '../helpers/tape.ts'

/** A segment that was received on connection 7, five milliseconds after the one before. */
const segment = (place: number, text: string, facts: Partial<BytesEvent> = {}): BytesEvent => ({
  type: 'received',
  connection: 7,
  at: 5 * place,
  bytes: Buffer.from(text, 'latin1'),
  ...facts,
})

/** The only direction of a tape; one is long from `long` bytes on. */
function only(tape: readonly TapeEvent[], long?: number): Direction {
  const [direction, ...others] = readDirections(tape, long)
  expect(others).toEqual([])
  if (direction === undefined) throw new Error('no direction')
  return direction
}

/** Events with their bytes as text, and no member that is not there. */
const plain = (events: readonly TapeEvent[]): readonly object[] =>
  events.map((event) => ({ ...event, ...('bytes' in event && { bytes: Buffer.from(event.bytes).toString('latin1') }) }))

// Whole in memory, and read in parts: the edits come to the same.
for (const [how, long] of [
  ['in memory', undefined],
  ['read in parts', 0],
] as const)
  test.describe(`the segments of a direction that is ${how}`, () => {
    const head = 'HTTP/1.1 200 OK\r\n'
    const tape = [segment(1, head), segment(2, 'abcdef', { ends: [2, 4] }), segment(3, 'xy')]
    const edited = (
      edits: Parameters<Direction['edit']>[0],
      events: readonly BytesEvent[] = tape,
    ): readonly object[] => {
      const direction = only(events, long)
      direction.edit(edits)
      return plain(withEdits(events, [direction]))
    }
    const start = head.length

    test('stay the same objects without edits', () => {
      const direction = only(tape, long)
      expect(direction.isEdited).toBe(false)
      expect(direction.key).toBe('received 7')
      expect([direction.connection, direction.type, direction.text.length]).toEqual([7, 'received', start + 8])
      for (const [place, event] of withEdits(tape, [direction]).entries()) expect(event).toBe(tape[place])
    })

    test('keep their time and the ends of answers, moved with the bytes; an end at a border goes', () => {
      const lines = [{ type: 'received', connection: 7, at: 5, bytes: head }]
      const last = { type: 'received', connection: 7, at: 15, bytes: 'xy' }
      const one = { type: 'received', connection: 7, at: 10 }
      expect(edited([{ start: start + 1, end: start + 2, with: 'BBB' }])).toEqual([
        ...lines,
        { ...one, bytes: 'aBBBcdef', ends: [4, 6] },
        last,
      ])
      expect(edited([{ start, end: start + 2, with: '' }])).toEqual([
        ...lines,
        { ...one, bytes: 'cdef', ends: [2] },
        last,
      ])
      expect(edited([{ start: start + 4, end: start + 6, with: '' }])).toEqual([
        ...lines,
        { ...one, bytes: 'abcd', ends: [2] },
        last,
      ])
      expect(edited([{ start: start + 2, end: start + 4, with: '' }])).toEqual([
        ...lines,
        { ...one, bytes: 'abef', ends: [2] },
        last,
      ])
      expect(edited([{ start: start + 1, end: start + 6, with: '' }])).toEqual([...lines, { ...one, bytes: 'a' }, last])
    })

    test('go where nothing is left of them, and those that were empty stay', () => {
      const events = [segment(1, 'ab'), segment(2, ''), segment(3, 'cd')]
      expect(edited([{ start: 2, end: 4, with: '' }], events)).toEqual([
        { type: 'received', connection: 7, at: 5, bytes: 'ab' },
        { type: 'received', connection: 7, at: 10, bytes: '' },
      ])
    })

    test('get new edits in place of the old ones', () => {
      const direction = only(tape, long)
      direction.edit([{ start, end: start + 1, with: '1' }])
      expect([direction.isEdited, direction.offsetsOf([start, start + 8])]).toEqual([true, [start, start + 8]])
      const first = plain(withEdits(tape, [direction]))
      expect(first).toHaveLength(3)
      direction.edit([{ start: start + 6, end: start + 8, with: '' }])
      expect(direction.edits).toEqual([{ start: start + 6, end: start + 8, with: '' }])
      expect(direction.offsetsOf([start, start + 8])).toEqual([start, start + 6])
      expect(plain(withEdits(tape, [direction])).map((event) => Object(event).bytes)).toEqual([head, 'abcdef'])
    })

    test('carry what was redacted in any of them on the first', () => {
      const events = [
        segment(1, 'ab', { redacted: { one: '1' } }),
        segment(2, 'cd', { redacted: { two: '2' } }),
        segment(3, 'ef'),
      ]
      expect(edited([{ start: 1, end: 2, with: 'B' }], events).map((event) => Object(event).redacted)).toEqual([
        { one: '1', two: '2' },
        undefined,
        undefined,
      ])
    })
  })

test('what is long is decided by all bytes of a direction, and what is long is not searched for what is disguised', () => {
  const tape = [segment(1, 'abc'), segment(2, 'de')]
  const texts = [4, 5, 6].map((long) => typeof only(tape, long).text)
  expect(texts).toEqual(['object', 'object', 'string'])
  const asked: string[] = []
  const find = (text: string): Readonly<Record<string, string>> => {
    asked.push(text)
    return { name: 'DE' }
  }
  for (const long of [5, 6]) {
    const direction = only(tape, long)
    direction.readable = 'seen'
    direction.nameDisguised(find)
    direction.edit([{ start: 3, end: 5, with: 'DE' }])
    direction.nameDisguised(find)
    expect(plain(withEdits(tape, [direction]))).toEqual([
      { type: 'received', connection: 7, at: 5, bytes: 'abc', ...(long === 6 && { redacted: { name: 'DE' } }) },
      { type: 'received', connection: 7, at: 10, bytes: 'DE' },
    ])
  }
  expect(asked).toEqual(['abcDE\nseen'])
})

test('what is found disguised goes before what was redacted under the same name', () => {
  const tape = [segment(1, 'abc', { redacted: { name: 'old', other: 'x' } })]
  const direction = only(tape)
  direction.edit([{ start: 0, end: 1, with: 'A' }])
  direction.nameDisguised(() => ({ name: 'new' }))
  expect(plain(withEdits(tape, [direction]))).toEqual([
    { type: 'received', connection: 7, at: 5, bytes: 'Abc', redacted: { name: 'new', other: 'x' } },
  ])
})

const left = (received: string): ReadonlyMap<number, readonly string[]> => {
  const events = oneConnection('http://a.test', (it) => it.sent(request('GET', '/')).received(received)).tape
  return unansweredIn(readDirections(events), new Map())
}

test.describe('the directions of a tape', () => {
  const writer = new TapeWriter()
  const [one, two] = [writer.open('http://a.test'), writer.open('http://b.test')]
  two.received('220 ready\r\n')
  one.sent(request('HEAD', '/')).received('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n')
  two.sent('EHLO me\r\n')
  one.sent(request('GET', '/')).received(answer('hello')).closed('client')
  const { tape } = writer.cassette

  test('come by connection, what was sent first, and only events that have bytes are in them', () => {
    const directions = readDirections(tape)
    expect(directions.map(({ key, methods }) => [key, ...methods])).toEqual([
      ['sent 2'],
      ['received 2'],
      ['sent 1', 'HEAD', 'GET'],
      ['received 1', '', ''],
    ])
    expect(directions.at(-1)?.speech.messages.map(({ chunks }) => chunks.length)).toEqual([0, 1])
  })

  test('are looked up by what they say and to what, and long ones are not', () => {
    const kinds: string[] = []
    const again = readDirections(tape, 60, undefined, (kind, text, read) => {
      kinds.push(`${kind}: ${text.length}`)
      return read()
    })
    expect(again.map(({ text }) => text.length)).toEqual([9, 11, 69, 81])
    expect(kinds).toEqual(['sent : 9', 'received : 11'])
    const known = { messages: [], restStart: 3 }
    expect(readDirections(tape, 1000, undefined, () => known).every(({ speech }) => speech === known)).toBe(true)
    const full: string[] = []
    readDirections(tape, 1000, undefined, (kind, _, read) => (full.push(kind), read()))
    expect(full).toEqual(['sent ', 'received ', 'sent ', 'received HEAD GET'])
  })

  test('leave methods unanswered, after those that were unanswered before', () => {
    const rest = oneConnection('http://a.test', (it) =>
      it.sent(request('PUT', '/'), request('GET', '/')).received(`HTTP/1.1 100 Continue\r\n\r\n${answer('')}`),
    ).tape
    const before = new Map([[1, ['HEAD']]])
    const directions = readDirections(rest, undefined, before)
    expect(unansweredIn(directions, before)).toEqual(new Map([[1, ['PUT', 'GET']]]))
    expect(unansweredIn(readDirections(rest), new Map())).toEqual(new Map([[1, ['GET']]]))
    const sentOnly = readDirections(rest.filter(({ type }) => type !== 'received'))
    expect(unansweredIn(sentOnly, before)).toEqual(new Map([[1, ['HEAD', 'PUT', 'GET']]]))
    const receivedOnly = rest.filter(({ type }) => type !== 'sent')
    expect(unansweredIn(readDirections(receivedOnly, undefined, before), before)).toEqual(new Map([[1, []]]))
  })

  test('leave the method of an answer unanswered that was cut off, and none after a switch of protocols', () => {
    expect(left(answer('hello').slice(0, -1))).toEqual(new Map([[1, ['GET']]]))
    expect(left('HTTP/1.1 101 Switching Protocols\r\n\r\n')).toEqual(new Map([[1, []]]))
    expect(left('HTTP/1.0 103 Early Hints\r\n\r\n')).toEqual(new Map([[1, ['GET']]]))
  })
})
