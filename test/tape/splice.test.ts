import { expect, test } from '@playwright/test'
import type { Cassette } from '../../src/tape/cassette.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import { append } from '../../src/tape/splice.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const API = 'http://api.test'

const gets = (...targets: readonly string[]): Cassette =>
  oneConnection(API, (it) => {
    for (const target of targets) it.sent(request('GET', target)).received(answer(target))
  })

const targetsOf = (cassette: Cassette): string[] => interactionsOf(cassette).map(({ request: { target } }) => target)

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
