import { expect, test } from '../helpers/test.ts'
import { ConnectionTape } from '../../src/recorder/connection-tape.ts'
import type { TapeEvent } from '../../src/tape/cassette.ts'
import { frame, MASK, upgradeAnswer, upgradeRequest } from '../helpers/sockets.ts'
import { answer, request } from '../helpers/tape.ts'

type Said = readonly ['sent' | 'received', string | Uint8Array]

/** A tape of a connection for a client that does not report ends, on which this has been said. */
function tapeOf(write: (events: readonly TapeEvent[]) => void, said: readonly Said[] = []): ConnectionTape {
  const tape = new ConnectionTape(
    { type: 'open', connection: 1, at: 0, to: 'http://api.test', took: 1 },
    { now: () => 0, write, tellsAnswers: false, spools: false, isUnwanted: undefined },
  )
  for (const [type, bytes] of said) tape.add({ type, bytes: Buffer.from(bytes) })
  return tape
}

/** How many records there are after the end of the server's side, where two requests were pipelined and the answers came at once. */
function recordsAtTheEnd(second: string): number {
  const records: (readonly TapeEvent[])[] = []
  const tape = tapeOf(
    (events) => records.push(events),
    [
      ['sent', request('GET', '/1') + request('GET', '/2')],
      ['received', answer('one') + second],
    ],
  )
  tape.add({ type: 'end', by: 'server' })
  const count = records.length
  tape.add({ type: 'close', by: 'client' })
  return count
}

test.describe('the end of a connection', () => {
  test('ends the record of an answer that began in the segment of the one before it', () => {
    expect(recordsAtTheEnd('HTTP/1.1 200 OK\r\n\r\nuntil the end')).toBe(2)
  })

  test('ends no record where only an interim response did', () => {
    expect(recordsAtTheEnd('HTTP/1.1 100 Continue\r\n\r\n')).toBe(1)
  })
})

const OPENED: readonly Said[] = [
  ['sent', upgradeRequest()],
  ['received', upgradeAnswer()],
]
const HELLO = frame('text', 'hello')
const ASKED = frame('text', 'who is there', { mask: MASK })
const PING = frame('ping')

/** What has been said when a silence begins, and how much of it a record may end behind. */
// oxfmt-ignore
const SILENCES: readonly (readonly [what: string, isWritten: boolean, said: readonly Said[]])[] = [
  ['bytes that are not HTTP',                  true,  [['sent', 'PING'], ['received', '+PONG']]],
  ['bytes that nothing was said before',       true,  [['received', '220 hello']]],
  ['bytes that have no answer yet',            false, [['sent', 'PING']]],
  ['half an answer',                           false, [['sent', request('GET', '/')], ['received', answer('one').slice(0, -1)]]],
  ['a whole message',                          true,  [...OPENED, ['received', HELLO]]],
  ['both whole messages',                      true,  [...OPENED, ['sent', ASKED], ['received', HELLO]]],
  ['a ping',                                   true,  [...OPENED, ['received', PING]]],
  ['half a frame of the server',               false, [...OPENED, ['received', HELLO.subarray(0, 4)]]],
  ['half a head of a frame',                   false, [...OPENED, ['received', HELLO.subarray(0, 1)]]],
  ['a frame that is not the last of its message', false, [...OPENED, ['received', frame('text', 'hel', { fin: false })]]],
  ['a ping within a message',                  false, [...OPENED, ['received', frame('text', 'hel', { fin: false })], ['received', PING]]],
  ['a whole message and half the next',        false, [...OPENED, ['received', Buffer.concat([HELLO, HELLO.subarray(0, 4)])]]],
  ['half a frame of the client before a whole message', false, [...OPENED, ['sent', ASKED.subarray(0, 9)], ['received', HELLO]]],
]

test.describe('a silence', () => {
  for (const [what, isWritten, said] of SILENCES)
    test(`${isWritten ? 'ends a record' : 'ends no record'} after ${what}`, async () => {
      const records: (readonly TapeEvent[])[] = []
      const tape = tapeOf((events) => records.push(events), said)
      const before = records.length
      // This one began later, so the silence of the first is over, too, when its own is.
      await new Promise<void>((resolve) => void tapeOf(() => resolve(), [['received', '220 hello']]))
      expect(records.slice(before)).toHaveLength(isWritten ? 1 : 0)
      tape.add({ type: 'close', by: 'client' })
      expect(records.flat().filter((event) => 'bytes' in event)).toHaveLength(said.length)
    })

  test('leaves half a message for the record of the whole one', async () => {
    const records: (readonly TapeEvent[])[] = []
    const tape = tapeOf((events) => records.push(events), [...OPENED, ['received', HELLO.subarray(0, 4)]])
    const before = records.length
    await new Promise<void>((resolve) => void tapeOf(() => resolve(), [['received', '220 hello']]))
    tape.add({ type: 'received', bytes: HELLO.subarray(4) })
    await new Promise<void>((resolve) => void tapeOf(() => resolve(), [['received', '220 hello']]))
    const written = records.slice(before).map((events) => events.flatMap((event) => ('bytes' in event ? [event] : [])))
    expect(written).toHaveLength(1)
    expect(Buffer.concat(written.flat().map(({ bytes }) => bytes)).toString('latin1')).toContain('hello')
  })
})

/** The records of what has been received, where the client says that answers end there. */
async function recordsOf(received: readonly string[], answered: readonly number[]): Promise<readonly unknown[]> {
  const records: unknown[] = []
  const tape = new ConnectionTape(
    { type: 'open', connection: 1, at: 0, to: 'http://api.test', took: 1 },
    {
      now: () => 0,
      write: (events) =>
        records.push(
          events.flatMap((event) => ('bytes' in event ? [[Buffer.from(event.bytes).toString(), event.ends]] : [])),
        ),
      tellsAnswers: true,
      spools: false,
      isUnwanted: undefined,
    },
  )
  tape.add({ type: 'sent', bytes: Buffer.from('ask') })
  for (const bytes of received) tape.add({ type: 'received', bytes: Buffer.from(bytes) })
  for (const offset of answered) tape.answered(offset)
  await Promise.resolve()
  tape.add({ type: 'close', by: 'client' })
  return records
}

test.describe('a client that tells where answers end', () => {
  const [one, two] = [answer('one'), answer('two')]

  const ASK = ['ask', undefined]
  const cut = one.length + 7
  for (const [what, received, answered, records] of [
    ['at the end', [one], [one.length], [[ASK, [one, undefined]], []]],
    ['within a segment', [one + two], [one.length, one.length + two.length], [[ASK, [one + two, [one.length]]], []]],
    [
      'at a border of segments',
      [one, two],
      [one.length, one.length + two.length],
      [[ASK, [one, undefined], [two, undefined]], []],
    ],
    [
      'before half an answer',
      [one + two.slice(0, 7)],
      [one.length],
      [[ASK, [one, undefined]], [[two.slice(0, 7), undefined]]],
    ],
    [
      'in one of several segments',
      [one.slice(0, 5), (one + two).slice(5, cut), two.slice(7)],
      [one.length, one.length + two.length],
      [
        [ASK, [one.slice(0, 5), undefined], [(one + two).slice(5, cut), [one.length - 5]], [two.slice(7), undefined]],
        [],
      ],
    ],
    [
      'twice, before half an answer',
      [one + two + 'HTTP'],
      [one.length, one.length + two.length],
      [[ASK, [one + two, [one.length]]], [['HTTP', undefined]]],
    ],
  ] as const)
    test(`${what} has them in its records`, async () => expect(await recordsOf(received, answered)).toEqual(records))
})
