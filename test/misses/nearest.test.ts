import { expect, test } from '../helpers/test.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import type { Interaction } from '../../src/interactions/interaction.ts'
import { closest, distance, similarity } from '../../src/misses/nearest.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const one = (origin: string, method: string, target: string, body = ''): Interaction => {
  const [first] = interactionsOf(
    oneConnection(origin, (connection) => connection.sent(request(method, target, body)).received(answer('x'))),
  )
  if (first === undefined) throw new Error('an interaction')
  return first
}

test.describe('similarity', () => {
  const CASES: readonly (readonly [left: string, right: string, part: number])[] = [
    ['', '', 1],
    ['abc', 'abc', 1],
    ['abc', '', 0],
    ['', 'abc', 0],
    ['abc', 'xyz', 0],
    ['abcd', 'abxd', 3 / 4],
    ['abcd', 'xbcd', 3 / 4],
    ['abcd', 'abcx', 3 / 4],
    ['ab', 'axxb', 2 / 4],
    // Nothing counts as equal at both ends.
    ['aa', 'aaa', 2 / 3],
    ['aba', 'ababa', 3 / 5],
    ['abcdef', 'abef', 4 / 6],
  ]
  for (const [left, right, part] of CASES)
    test(`of ${JSON.stringify(left)} and ${JSON.stringify(right)} is ${part.toFixed(2)}`, () => {
      expect(similarity(Buffer.from(left), Buffer.from(right))).toBe(part)
      expect(similarity(Buffer.from(right), Buffer.from(left))).toBe(part)
    })
})

test.describe('distance', () => {
  const asked = one('http://a.test', 'POST', '/a/b?x=1', 'body').request
  const to = (interaction: Interaction, isPlayed = false): number =>
    distance(asked, interaction, { isPlayed: () => isPlayed })
  const CASES: readonly (readonly [what: string, interaction: Interaction, distance: number])[] = [
    ['nothing', one('http://a.test', 'POST', '/a/b?x=1', 'body'), 0],
    ['the host', one('http://b.test', 'POST', '/a/b?x=1', 'body'), 16],
    ['the port', one('http://a.test:8080', 'POST', '/a/b?x=1', 'body'), 8],
    ['the scheme, and with it the port', one('https://a.test', 'POST', '/a/b?x=1', 'body'), 16],
    ['the scheme alone', one('https://a.test:80', 'POST', '/a/b?x=1', 'body'), 8],
    ['the method', one('http://a.test', 'PUT', '/a/b?x=1', 'body'), 4],
    ['a quarter of the path', one('http://a.test', 'POST', '/a/c?x=1', 'body'), 3 + 4 / 4],
    ['half of the query', one('http://a.test', 'POST', '/a/b?x=2', 'body'), 1 + 1 / 4],
    ['half of the body', one('http://a.test', 'POST', '/a/b?x=1', 'boxx'), 1 + 1 / 2],
  ]
  for (const [what, interaction, wanted] of CASES)
    test(`with another ${what} is ${wanted}, and half more if it was played`, () => {
      expect(to(interaction)).toBeCloseTo(wanted, 9)
      expect(to(interaction, true)).toBeCloseTo(wanted + 0.5, 9)
    })
})

test('the closest are three at most, the nearest first, and among equals in recorded order', () => {
  const names = ['c3', 'a1', 'd3', 'b1', 'e2']
  expect(closest(names, (name) => Number(name[1]))).toEqual(['a1', 'b1', 'e2'])
  expect(closest(['x9'], () => 1)).toEqual(['x9'])
})
