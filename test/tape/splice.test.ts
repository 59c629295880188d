import { expect, test } from '../helpers/test.ts'
import type { Cassette, TapeEvent } from '../../src/tape/cassette.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import { append, sideBySide } from '../../src/tape/splice.ts'
import { answer, oneConnection, request, slowly, TapeWriter } from '../helpers/tape.ts'

const API = 'http://api.test'

const gets = (...targets: readonly string[]): Cassette =>
  oneConnection(API, (it) => {
    for (const target of targets) it.sent(request('GET', target)).received(answer(target))
  })

const targetsOf = (cassette: Cassette): string[] => interactionsOf(cassette).map(({ request: { target } }) => target)

const later = (cassette: Cassette, by: number): Cassette => ({
  ...cassette,
  tape: cassette.tape.map((event): TapeEvent => Object.assign({}, event, { at: event.at + by })),
})

/** What happened on a connection, without its number and times. */
const saidOn = (number: number, tape: Cassette['tape']): unknown[] =>
  tape.flatMap(({ connection, at: _at, ...event }) => (connection === number ? [event] : []))

test.describe('append', () => {
  test('keeps the old events and adds the new ones after them, on connections of their own', () => {
    const [old, added] = [gets('/1'), gets('/2')]
    const whole = append(old, added)
    expect(whole.tape.slice(0, 3)).toEqual(old.tape)
    expect(whole.tape.slice(3).map(({ connection, at }) => [connection, at])).toEqual([
      [2, 2],
      [2, 3],
      [2, 4],
    ])
    expect(targetsOf(whole)).toEqual(['/1', '/2'])
  })
})

test.describe('sideBySide', () => {
  test('requests of all are in the order of time, connections in that of the cassettes, and the first event is at 0', () => {
    const [one, other] = [gets('/1', '/4'), gets('/2', '/3')]
    const whole = sideBySide([later(other, 1005), later(slowly(one, 4), 1000)])
    if (whole === undefined) throw new Error('nothing')
    expect(targetsOf(whole)).toEqual(['/1', '/2', '/3', '/4'])
    expect(whole.tape.filter(({ type }) => type === 'open').map(({ connection, at }) => [connection, at])).toEqual([
      [1, 0],
      [2, 5],
    ])
  })

  test('what each said is as it was', () => {
    const parts = [gets('/1', '/2'), gets('/3'), later(gets('/4'), 2)]
    const whole = sideBySide(parts)?.tape ?? []
    for (const [index, { tape }] of parts.entries()) expect(saidOn(index + 1, whole)).toEqual(saidOn(1, tape))
    expect(sideBySide([])).toBeUndefined()
  })

  test('connections of one that overlap stay apart from those of the next', () => {
    const writer = new TapeWriter()
    const [first, second] = [writer.open(API), writer.open(API)]
    second.sent(request('GET', '/2')).received(answer('2'))
    first.sent(request('GET', '/1')).received(answer('1'))
    const whole = sideBySide([writer.cassette, later(gets('/3'), 50)])?.tape ?? []
    expect(whole.map(({ connection }) => connection)).toEqual([1, 2, 2, 2, 1, 1, 3, 3, 3])
    expect(append(writer.cassette, gets('/3')).tape.map(({ connection }) => connection)).toEqual([
      1, 2, 2, 2, 1, 1, 3, 3, 3,
    ])
  })
})
