import { expect, test } from '../helpers/test.ts'
import { WholeRecords } from '../../src/hooks/whole-records.ts'
import type { TapeEvent } from '../../src/tape/cassette.ts'
import { answer, type ConnectionWriter, request, TapeWriter } from '../helpers/tape.ts'

const GET = request('GET', '/')
const OK = answer('ok')

/** Events of one connection, which begins with its opening. */
function events(write: (it: ConnectionWriter) => void, to = 'http://api.test'): readonly TapeEvent[] {
  const tape = new TapeWriter()
  write(tape.open(to))
  return tape.cassette.tape
}

/** How many events are given after each of these records. */
const given = (...records: readonly (readonly TapeEvent[])[]): readonly (number | undefined)[] => {
  const whole = new WholeRecords()
  return records.map((record) => whole.add(record)?.length)
}

const pipelined = events((it) =>
  it
    .sent(GET + GET)
    .received(OK)
    .received(OK)
    .ended('client')
    .closed('client'),
)

test('a record is given as soon as every request in it has its answer', () => {
  const plain = events((it) => it.sent(GET).received(OK).sent(GET).received(OK))
  expect(given(plain.slice(0, 3), plain.slice(3))).toEqual([3, 2])
  expect(given(pipelined.slice(0, 3), pipelined.slice(3, 4))).toEqual([undefined, 4])
  const whole = new WholeRecords()
  expect(whole.add(pipelined.slice(0, 3))).toBeUndefined()
  expect(whole.add(pipelined.slice(3, 4))).toEqual(pipelined.slice(0, 4))
  expect(whole.add([])).toBeUndefined()
})

const end = (by: 'client' | 'server'): TapeEvent => ({ type: 'end', connection: 1, at: 9, by })

test('nothing is waited for once the server has ended its side, or the connection is closed', () => {
  const [opened, sent] = pipelined
  if (opened === undefined || sent === undefined) throw new Error('no events')
  const close: TapeEvent = { type: 'close', connection: 1, at: 9, by: 'client' }
  expect(given([opened, sent], [end('client')], [end('server')])).toEqual([undefined, undefined, 4])
  expect(given([opened, sent], [end('server')], [end('client')], [sent])).toEqual([undefined, 3, 1, 1])
  expect(given([opened, sent], [close])).toEqual([undefined, 3])
})

test('what is not HTTP, or not any more, is not held up', () => {
  expect(given(events((it) => it.sent(GET), 'tcp://db.test:5432'))).toEqual([2])
  expect(given(events((it) => it.sent(GET), 'https://db.test:5432'))).toEqual([undefined])
  expect(given(events((it) => it.sent('\0\0\r\n\r\n')))).toEqual([2])
  const failed: TapeEvent = Object({ type: 'failed', connection: 1, at: 0, to: 'http://a.test', took: 0, failure: {} })
  expect(given([failed])).toEqual([1])
  // A connection whose opening is not known cannot be read from the middle on.
  expect(given(pipelined.slice(1, 2))).toEqual([1])
})

test('connections wait apart, and a number that is used again after a close begins anew', () => {
  const tape = new TapeWriter()
  const [one, two] = [tape.open('http://a.test'), tape.open('http://b.test')]
  one.sent(GET)
  two.sent(GET).received(OK)
  const [openOne, openTwo, sentOne, sentTwo, receivedTwo] = tape.cassette.tape
  if (!openOne || !openTwo || !sentOne || !sentTwo || !receivedTwo) throw new Error('no events')
  expect(given([openOne, sentOne], [openTwo, sentTwo, receivedTwo])).toEqual([undefined, 3])
  const raw = events((it) => it.sent('x').closed('client'), 'tcp://db.test:1')
  expect(given(raw, [openOne, sentOne])).toEqual([3, undefined])
})

test('all that is held is given at the end, once, and nothing of connections that hold nothing', () => {
  const whole = new WholeRecords()
  const other = pipelined.map((event) => Object.assign({}, event, { connection: 2 }))
  const third = pipelined.map((event) => Object.assign({}, event, { connection: 3 }))
  whole.add(pipelined.slice(0, 3))
  whole.add(other.slice(0, 4))
  whole.add(third.slice(0, 2))
  expect(whole.takeAll()).toEqual([pipelined.slice(0, 3), third.slice(0, 2)])
  expect(whole.takeAll()).toEqual([])
})
