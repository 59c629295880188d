import { expect, test } from '../helpers/test.ts'
import type { RecordedConnection } from '../../src/interactions/interaction.ts'
import { loadProtocol } from '../../src/protocols/load.ts'
import { readConversation, type RecordedConversation } from '../../src/replay/spoken-recording.ts'
import { ExchangeShelf } from '../../src/replay/spoken-shelf.ts'
import { type Exchange, keyOf, matcherFor } from '../../src/replay/spoken-exchange.ts'
import type { Question } from '../../src/protocols/dialogue.ts'

const question = (text: string): Question => ({
  kind: 'Query',
  text,
  fields: [{ name: 'statement', value: text }],
  role: 'once',
})

/** A question, when it was asked, and when its answer came. */
type Asked = readonly [text: string, at: number, answeredAt: number]

/** A connection that was opened, logged in, and asked something, in this order. */
function conversation(
  connection: number,
  at: number,
  noticedAt: number,
  ...asked: readonly Asked[]
): RecordedConversation {
  const exchanges = asked.map(([text, askedAt, answeredAt], place): Exchange => ({
    connection,
    place,
    at: askedAt,
    opening: place === 0 ? { at, noticedAt } : undefined,
    answeredAt,
    question: question(text),
    answer: [],
    behind: [],
    leaving: undefined,
    matches: (other) => keyOf(other) === keyOf(question(text)),
  }))
  return { connection, opening: [], exchanges }
}

/** The recorded connections whose answers one connection gets that asks the same again and again. */
function answering(shelf: ExchangeShelf, text: string, times: number, from?: number): readonly unknown[] {
  let follows = from === undefined ? undefined : { connection: from, place: -1 }
  return Array.from({ length: times }, () => {
    const found = shelf.find(question(text), follows)
    follows = found && { connection: found.connection, place: found.place }
    return found && [found.connection, found.at]
  })
}

test.describe('equal questions are answered in the order in which they were asked', () => {
  test('though the later one came first on a connection that had been idle since the pool opened it', () => {
    // Two connections are opened together; the second has nothing to do until 200.
    const tape = [
      conversation(1, 1, 5, ['BEGIN', 6, 7], ['COUNT', 100, 101], ['COUNT', 300, 301]),
      conversation(2, 2, 6, ['COUNT', 200, 201]),
    ]
    const inOrder = [
      [1, 100],
      [2, 200],
      [1, 300],
    ]
    expect(answering(new ExchangeShelf(tape, false), 'COUNT', 3)).toEqual(inOrder)
    // The same if the second connection is there again, and idle again.
    const both = new ExchangeShelf(tape, false)
    both.begin(2)
    expect(answering(both, 'COUNT', 3, 1)).toEqual(inOrder)
  })

  test('and one that waited for its connection was asked when that was opened', () => {
    // All are busy at 10, so the second is opened; while it logs in, the first is free again and is asked the same.
    const shelf = new ExchangeShelf(
      [conversation(1, 1, 5, ['SLEEP', 6, 12], ['COUNT', 13, 14]), conversation(2, 10, 30, ['COUNT', 31, 32])],
      false,
    )
    expect(answering(shelf, 'COUNT', 2)).toEqual([
      [2, 31],
      [1, 13],
    ])
  })

  test('what a connection was opened for is kept for the one in its place', () => {
    const shelf = new ExchangeShelf(
      [conversation(1, 1, 5, ['SLEEP', 6, 12], ['COUNT', 13, 14]), conversation(2, 10, 30, ['COUNT', 31, 32])],
      false,
    )
    shelf.begin(2)
    expect(answering(shelf, 'COUNT', 1, 1)).toEqual([[1, 13]])
  })

  test('but of clients that one busy process opens together, each has its own', async () => {
    // The process needs 30 ms to notice anything: when 2 was ready, it was about to ask on 1 and had not seen that yet.
    const first = await clientOf(1, [1, 'hello'], [2, '+OK'], [3, 'time'], [4, ':9'], [32, 'incr'], [33, ':1'])
    const second = await clientOf(2, [1, 'hello'], [2, '+OK'], [31, 'info'], [31, '+OK'], [61, 'incr'], [62, ':2'])
    const asked = second.exchanges.find(({ at }) => at === 61)
    const shelf = new ExchangeShelf([first, second], false)
    expect(asked && shelf.find(asked.question, { connection: 2, place: 1 })?.connection).toBe(2)
  })
})

/** What a client of Redis says on a connection that was opened at 0, and what it hears. */
async function clientOf(
  number: number,
  ...said: readonly (readonly [at: number, line: string])[]
): Promise<RecordedConversation> {
  const connection: RecordedConnection = {
    number,
    origin: 'tcp://redis:6379',
    failure: undefined,
    tls: undefined,
    protocol: 'redis',
    took: 1,
    madeAt: 1,
    opening: { bytes: Buffer.alloc(0), steps: [], leaving: undefined },
    interactions: [],
    rest: undefined,
    events: said.map(([at, line]) => ({
      type: /^[a-z]/.test(line) ? 'sent' : 'received',
      connection: number,
      at,
      bytes: Buffer.from(/^[a-z]/.test(line) ? `*1\r\n$${line.length}\r\n${line}\r\n` : `${line}\r\n`),
    })),
  }
  return readConversation(connection, await loadProtocol('redis'))
}

/** What is wanted in which order, where the answer to something that was asked at 50 came at that time. */
function wantedIf(answeredAt: number): readonly unknown[] {
  const tape = [
    conversation(1, 1, 5, ['BEGIN', 6, 7], ['COUNT', 50, answeredAt]),
    conversation(2, 2, 10, ['COUNT', 100, 101]),
  ]
  return new ExchangeShelf(tape, false).all.map(({ connection, at }) => [connection, at])
}

test('a connection has not idled while what was asked meanwhile had no answer yet', () => {
  expect(wantedIf(150)).toEqual([
    [1, 6],
    [2, 100],
    [1, 50],
  ])
  expect(wantedIf(100)).toEqual([
    [1, 6],
    [1, 50],
    [2, 100],
  ])
})

const asked = (kind: string, ...fields: readonly (readonly [name: string, value: string])[]): Question => ({
  kind,
  text: '',
  role: 'once',
  fields: fields.map(([name, value]) => ({ name, value })),
})

test('a question with a placeholder is asked by one of the same kind and fields, with anything in its place', () => {
  const matches = matcherFor(asked('Query', ['statement', 'SELECT {{token.1}} (a)'], ['role', 'x']), [])
  const [statement, role] = [
    ['statement', 'SELECT any\nthing (a)'],
    ['role', 'x'],
  ] as const
  expect(matches(asked('Query', statement, role))).toBe(true)
  for (const other of [
    asked('Parse', statement, role),
    asked('Query', statement),
    asked('Query', statement, role, ['more', '']),
    asked('Query', statement, ['role', 'y']),
    asked('Query', ['text', statement[1]], role),
    asked('Query', ['statement', 'SELECT any a'], role),
    asked('Query', ['statement', ` ${statement[1]}`], role),
    asked('Query', ['statement', `${statement[1]} `], role),
  ])
    expect([other, matches(other)]).toEqual([other, false])
})

const three = (): readonly RecordedConversation[] => [
  conversation(1, 0, 1, ['A', 10, 11], ['A', 30, 31]),
  conversation(2, 0, 1, ['A', 20, 21]),
]

test.describe('a shelf', () => {
  test('repeats the last of equal answers, if that is allowed', () => {
    const inOrder = [
      [1, 10],
      [2, 20],
      [1, 30],
    ]
    expect(answering(new ExchangeShelf(three(), true), 'A', 5)).toEqual([...inOrder, [1, 30], [1, 30]])
    expect(answering(new ExchangeShelf(three(), false), 'A', 4)).toEqual([...inOrder, undefined])
    expect(answering(new ExchangeShelf(three(), true), 'B', 1)).toEqual([undefined])
  })

  test('names what was not asked, in the order in which it was', () => {
    const shelf = new ExchangeShelf(three(), false)
    expect(shelf.unplayed.map(({ at }) => at)).toEqual([10, 20, 30])
    shelf.find(question('A'), undefined)
    expect(shelf.unplayed.map(({ at }) => at)).toEqual([20, 30])
    expect(shelf.all.map((one) => shelf.isPlayed(one))).toEqual([true, false, false])
  })

  test('has what was wanted at the same time in the order of connections and places', () => {
    const tape = [
      conversation(2, 0, 1, ['A', 10, 11], ['A', 10, 12]),
      conversation(1, 0, 1, ['A', 10, 13], ['A', 10, 14]),
    ]
    expect(new ExchangeShelf(tape, false).all.map(({ connection, place }) => [connection, place])).toEqual([
      [1, 0],
      [2, 0],
      [1, 1],
      [2, 1],
    ])
  })

  test('prefers what belongs to the same kind of transaction, and otherwise takes any', () => {
    const [first, second] = [conversation(1, 0, 1, ['A', 10, 11]), conversation(2, 0, 1, ['A', 20, 21])]
    const inTransaction = {
      ...second,
      exchanges: second.exchanges.map((one) => Object.assign(one, { question: { ...one.question, context: 'x' } })),
    }
    const shelf = new ExchangeShelf([first, inTransaction], false)
    const ask = (context?: string): unknown => shelf.find({ ...question('A'), context }, undefined)?.connection
    expect([ask('x'), ask('x'), ask('x')]).toEqual([2, 1, undefined])
  })

  test('has an answer to a question whose recorded form has a placeholder', () => {
    const [one] = [conversation(1, 0, 1, ['SELECT {{token.1}}', 10, 11])]
    const exchanges =
      one?.exchanges.map((each) => Object.assign(each, { matches: matcherFor(each.question, []) })) ?? []
    const shelf = new ExchangeShelf([{ connection: 1, opening: [], exchanges }], false)
    expect(shelf.find(question('SELECT 5'), undefined)?.connection).toBe(1)
    expect(shelf.find(question('DELETE 5'), undefined)).toBeUndefined()
  })

  test('tells once what the server said unasked', () => {
    const shelf = new ExchangeShelf(three(), false)
    const [one, other] = shelf.all
    if (one === undefined || other === undefined) throw new Error('there is nothing')
    expect([one, one, other].map((each) => shelf.tellsBehind(each))).toEqual([true, false, true])
  })
})
