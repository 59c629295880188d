import { expect, test } from '../helpers/test.ts'
import type { TapeEvent } from 'wiretape/cassette'
import { compareRuns, type Run } from '../../demo/comparison.ts'
import type { Answer, Failure } from '../../demo/conversation.ts'

test.describe('compareRuns', () => {
  test('finds equal runs the same in every row', () => {
    const rows = compareRuns(run({}), run({}))
    expect(rows.map(({ what }) => what)).toEqual([
      'a step',
      'protocol events, connection 1',
      'bytes sent, connection 1',
      'bytes received, connection 1',
    ])
    for (const row of rows) expect(row).toMatchObject({ same: true, replay: row.live, difference: undefined })
  })

  const changes: readonly (readonly [what: string, changed: Partial<Answer>])[] = [
    ['the case of a header', { headers: [['set-cookie', 'a=b']] }],
    ['the order of headers', { headers: headers().toReversed() }],
    ['the reason', { reason: 'Okay' }],
    ['one byte of the body', { body: Buffer.from('hellO') }],
    ['a trailer', { trailers: [['X-Sum', '2']] }],
    ['an interim response', { interim: [] }],
  ]
  for (const [what, changed] of changes) {
    test(`does not find ${what} the same`, () => {
      const [row] = compareRuns(run({}), run(changed))
      expect(row).toMatchObject({ what: 'a step', same: false, difference: expect.stringContaining('live: ') })
      expect(row?.live).not.toBe(row?.replay)
    })
  }

  test('does not find another error, a missing step, another event offset or other bytes the same', () => {
    const failure: Failure = {
      name: 'E',
      code: 'CONNECTION_LOST',
      phase: 'body',
      systemCode: 'ECONNRESET',
      message: 'm',
    }
    const [inError] = compareRuns(run({}, failure), run({}, { ...failure, systemCode: 'EPIPE' }))
    expect(inError?.same).toBe(false)

    const empty: Run = { transcript: { sightings: [], traces: [] }, tape: [] }
    expect(compareRuns(run({}), empty).map(({ same, replay }) => [same, replay])).toEqual(
      Array.from({ length: 4 }, () => [false, 'nothing']),
    )

    const later = run({})
    const traces = [[{ type: 'end-of-message', start: 46, end: 46, trailers: [] } as const]]
    const tape = later.tape.map((event) => ({ ...event, bytes: Buffer.from('other') }))
    const rows = compareRuns(run({}), { transcript: { ...later.transcript, traces }, tape })
    expect(rows.map(({ same }) => same)).toEqual([true, false, false, false])
  })
})

function headers(): [string, string][] {
  return [
    ['Set-Cookie', 'a=b'],
    ['X', 'y'],
  ]
}

/** A run of one exchange, with changes. */
function run(changed: Partial<Answer>, failure?: Failure): Run {
  const answer: Answer = {
    httpVersion: '1.1',
    status: 200,
    reason: 'OK',
    headers: headers(),
    interim: [{ status: 103, reason: 'Early Hints', headers: [] }],
    body: Buffer.from('hello'),
    trailers: [['X-Sum', '1']],
    ...changed,
  }
  const tape: readonly TapeEvent[] = [
    { type: 'sent', connection: 1, at: 1, bytes: Buffer.from('GET') },
    { type: 'received', connection: 1, at: 2, bytes: Buffer.from('HTTP') },
  ]
  const traces = [[{ type: 'end-of-message', start: 45, end: 45, trailers: [] } as const]]
  const sighting = failure === undefined ? { step: 'a step', answer } : { step: 'a step', answer, failure }
  return { transcript: { sightings: [sighting], traces }, tape }
}
