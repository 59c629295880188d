import { expect, test } from '../helpers/test.ts'
import { ConnectionTape } from '../../src/recorder/connection-tape.ts'
import type { TapeEvent } from '../../src/tape/cassette.ts'
import { answer, request } from '../helpers/tape.ts'

/** How many records there are after the end of the server's side, where two requests were pipelined and the answers came at once. */
function recordsAtTheEnd(second: string): number {
  const records: (readonly TapeEvent[])[] = []
  const tape = new ConnectionTape(
    { type: 'open', connection: 1, at: 0, to: 'http://api.test', took: 1 },
    {
      now: () => 0,
      write: (events) => records.push(events),
      tellsAnswers: false,
      spools: false,
      isUnwanted: undefined,
    },
  )
  tape.add({ type: 'sent', bytes: Buffer.from(request('GET', '/1') + request('GET', '/2')) })
  tape.add({ type: 'received', bytes: Buffer.from(answer('one') + second) })
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
