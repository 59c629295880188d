import { expect, test } from '../helpers/test.ts'
import { LeftOut } from '../../src/hooks/left-out.ts'
import type { ExchangePlace } from '../../src/hooks/hook.ts'
import type { Failure, TapeEvent } from '../../src/tape/cassette.ts'

const at = { connection: 1, at: 0 }
const OPEN: TapeEvent = { type: 'open', ...at, to: 'http://a.test', took: 0 }
const sent = (text: string): TapeEvent => ({ type: 'sent', ...at, bytes: Buffer.from(text) })
const received = (text: string): TapeEvent => ({ type: 'received', ...at, bytes: Buffer.from(text) })
const end = (by: 'client' | 'server'): TapeEvent => ({ type: 'end', ...at, by })
const close = (by: 'client' | 'server', code?: string): TapeEvent => ({
  type: 'close',
  ...at,
  by,
  ...(code !== undefined && { failure: { code, phase: 'open', message: '' } satisfies Failure }),
})
const place = (start: number, isLeftOut: boolean, isCut = false): ExchangePlace => ({
  connection: 1,
  start,
  isLeftOut,
  isCut,
})

const namesOf = (events: readonly TapeEvent[]): string =>
  events.map((event) => ('by' in event ? `${event.type} ${event.by}` : event.type)).join(', ')

/** What is kept of records that the hook left as they are, or left out of. */
function kept(...records: readonly (readonly [events: readonly TapeEvent[], ...places: ExchangePlace[]])[]): string[] {
  const leftOut = new LeftOut()
  return records.map(([before, ...places]) => {
    const isGone = places.every(({ isLeftOut }) => isLeftOut) && places.length > 0
    const after = before.filter((event) => !(isGone && 'bytes' in event))
    return namesOf(leftOut.kept({ before, after, places }))
  })
}

test('an interaction that is kept keeps its opening and its ending', () => {
  expect(kept([[OPEN, sent('a'), received('b'), end('server'), close('client')], place(0, false)])).toEqual([
    'open, sent, received, end server, close client',
  ])
  expect(kept([[]])).toEqual([''])
})

test('the ending by the server goes with the interaction before it, and with all of them the opening', () => {
  const events = [OPEN, sent('a'), received('b'), end('server'), close('client')]
  expect(kept([events, place(0, true)])).toEqual([''])
  for (const ending of [close('server'), close('server', 'CONNECTION_LOST'), close('client', 'BODY_TIMEOUT')])
    expect(kept([[OPEN, sent('a'), ending], place(0, true)])).toEqual([''])
  expect(
    kept(
      [[OPEN, sent('a'), received('b')], place(0, false)],
      [[sent('c'), end('server'), close('client')], place(0, true)],
    ),
  ).toEqual(['open, sent, received', 'close client'])
  expect(
    kept(
      [[OPEN, sent('a'), received('b')], place(0, true)],
      [[sent('c'), end('server'), close('client')], place(0, false)],
    ),
  ).toEqual(['', 'open, sent, end server, close client'])
})

test('an ending belongs to the last request that had begun before it', () => {
  const two = [OPEN, sent('ab'), end('server')]
  expect(kept([two, place(0, false), place(1, true)])).toEqual(['open, sent'])
  expect(kept([two, place(0, true), place(1, false)])).toEqual(['open, sent, end server'])
  // The second begins with the next segment, after the end.
  expect(kept([[OPEN, sent('a'), end('server'), sent('b')], place(0, false), place(1, true)])).toEqual([
    'open, sent, end server, sent',
  ])
  // Nothing new has begun: it is still the one of the record before.
  expect(
    kept([[OPEN, sent('ab')], place(0, false), place(1, true)], [[end('server'), end('client'), close('client')]]),
  ).toEqual(['open, sent', 'end client, close client'])
})

test('more of a request that was left out does not make its ending count', () => {
  const gone = [OPEN, sent('a'), received('b')]
  expect(kept([gone, place(0, true)], [[sent('c'), end('server')]])).toEqual(['', 'open, sent'])
  expect(kept([gone, place(0, false)], [[sent('c'), end('server')]])).toEqual([
    'open, sent, received',
    'sent, end server',
  ])
})

test('a connection is opened when something happens on it, and what the client does by itself is nothing', () => {
  const gone = [OPEN, sent('a'), received('b')]
  expect(kept([gone, place(0, true)], [[end('client')]], [[sent('c')], place(0, false)], [[end('server')]])).toEqual([
    '',
    '',
    'open, sent',
    'end server',
  ])
  expect(kept([gone, place(0, true)], [[close('client')]], [gone, place(0, false)])).toEqual([
    '',
    '',
    'open, sent, received',
  ])
})

test('all that follows goes where everything is cut off, but for what the client did', () => {
  const events = [OPEN, sent('a'), received('b')]
  expect(
    kept(
      [events, place(0, false)],
      [[sent('c'), received('d')], place(0, true, true)],
      [[sent('e'), received('f'), end('server'), end('client')]],
      [[close('client')]],
      [events, place(0, false)],
    ),
  ).toEqual(['open, sent, received', '', 'end client', 'close client', 'open, sent, received'])
  expect(kept([events, place(0, true, true)], [[sent('e'), received('f')]], [[close('client')]])).toEqual(['', '', ''])
})
