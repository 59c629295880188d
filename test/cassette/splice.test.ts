import { expect, test } from '@playwright/test'
import type { Cassette } from '../../src/cassette/cassette.ts'
import { interactionsOf } from '../../src/cassette/interactions.ts'
import { append, withoutRequests } from '../../src/cassette/splice.ts'
import { answer, oneConnection, request, TapeWriter } from '../helpers/tape.ts'

const API = 'http://api.test'

const gets = (...targets: readonly string[]): Cassette =>
  oneConnection(API, (it) => {
    for (const target of targets) it.sent(request('GET', target)).received(answer(target))
  })

const without = (cassette: Cassette, target: string): Cassette =>
  withoutRequests(cassette, (asked) => asked.target === target)

const targetsOf = (cassette: Cassette): string[] => interactionsOf(cassette).map(({ request: { target } }) => target)

test.describe('append', () => {
  test('keeps the old events and puts the new ones behind them, on connections of their own', () => {
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

test.describe('withoutRequests', () => {
  test('gives back the same cassette where nothing is unwanted', () => {
    const cassette = gets('/1')
    expect(without(cassette, '/2')).toBe(cassette)
  })

  test('ends a connection before the first unwanted request, whose predecessors keep their answers', () => {
    expect(without(gets('/1', '/2', '/3'), '/2').tape).toEqual(gets('/1').tape)
  })

  test('leaves out a connection that begins with one, and no other', () => {
    const tape = new TapeWriter()
    tape.open(API).sent(request('GET', '/1')).received(answer('1'))
    tape.open(API).sent(request('GET', '/2')).received(answer('2'))
    const left = without(tape.cassette, '/1')
    expect(left.tape.map(({ connection }) => connection)).toEqual([2, 2, 2])
  })

  test('cuts a write in which one begins', () => {
    const cassette = oneConnection(API, (it) =>
      it
        .sent(request('GET', '/1'))
        .received(answer('1'))
        .sent(request('GET', '/2') + request('GET', '/3'))
        .received(answer('2') + answer('3')),
    )
    // The answers to /2 and /3 cannot be told apart, so /2 goes, too.
    expect(without(cassette, '/3').tape).toEqual(cassette.tape.slice(0, 3))
    const upload = oneConnection(API, (it) =>
      it
        .sent(request('POST', '/1', 'body') + request('GET', '/2').slice(0, 10))
        .received(answer('1'))
        .sent(request('GET', '/2').slice(10)),
    )
    expect(targetsOf(without(upload, '/2'))).toEqual([])
  })
})
