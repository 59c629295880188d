import { expect, test } from '../helpers/test.ts'
import { leavingOf } from '../../src/interactions/leaving.ts'
import type { TapeEvent } from '../../src/tape/cassette.ts'

const OPEN: TapeEvent = { type: 'open', connection: 1, at: 10, took: 0, to: 'http://api.test' }
const received = (at: number): TapeEvent => ({ type: 'received', connection: 1, at, bytes: Buffer.from('a') })
const END: TapeEvent = { type: 'end', connection: 1, at: 20, by: 'server' }
const close = (at: number, by: 'client' | 'server' = 'client', code?: 'ABORTED' | 'HEADERS_TIMEOUT'): TapeEvent => ({
  type: 'close',
  connection: 1,
  at,
  by,
  ...(code !== undefined && { failure: Object({ code }) }),
})
const isEarly = (): boolean => true

const CASES: readonly (readonly [what: string, events: readonly TapeEvent[], wait: number | undefined])[] = [
  ['the client, at once', [OPEN, close(15)], 5],
  ['the client, after an answer', [OPEN, received(30), close(42)], 12],
  ['the client, by a clock that went back', [OPEN, received(30), close(29)], 0],
  ['the client, with nothing before', [close(15)], 0],
  ['the client, by its signal', [OPEN, received(30), close(31, 'client', 'ABORTED')], 1],
  ['the client, whose time was over', [OPEN, received(30), close(31, 'client', 'HEADERS_TIMEOUT')], undefined],
  ['the server', [OPEN, received(30), close(31, 'server')], undefined],
  ['the client, after the server', [OPEN, END, close(31)], undefined],
  ['nobody', [OPEN, received(30)], undefined],
]

for (const [who, events, wait] of CASES)
  test(`who left: ${who}`, () => {
    const leaving = leavingOf(events, isEarly)
    expect(leaving).toEqual(wait === undefined ? undefined : { wait, isEarly })
  })
