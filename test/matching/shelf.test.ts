import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { Conversations } from '../../src/interactions/conversations.ts'
import type { Interaction } from '../../src/interactions/interaction.ts'
import type { WireRequest } from '../../src/interactions/request-reader.ts'
import { Bindings } from '../../src/matching/bindings.ts'
import { Barrier } from '../../src/matching/barrier.ts'
import type { BarrierOption } from '../../src/matching/order.ts'
import { DEFAULT_MATCH } from '../../src/matching/match-on.ts'
import { MatchRules } from '../../src/matching/rules.ts'
import { Shelf } from '../../src/matching/shelf.ts'
import { fits, patternOf } from '../../src/templates/pattern.ts'
import { answer, type ConnectionWriter, request, TapeWriter } from '../helpers/tape.ts'
import { expectEqual } from '../helpers/expect-equal.ts'

interface Wish {
  readonly method: string
  readonly target: string
  readonly body: string
}

const WISH = fc.record({
  method: fc.constantFrom('GET', 'PUT'),
  target: fc.constantFrom('/a', '/b', '/{{token.1}}'),
  body: fc.constantFrom('', '{"k":1}', '{"k":"{{token.1}}"}'),
})

const rules = new MatchRules(DEFAULT_MATCH)

/** Whether nothing speaks against an interaction. */
const agrees = (asked: WireRequest, one: Interaction): boolean =>
  rules.reasonsAgainst(asked, one, (text) => text).length === 0

/** Each wish on the connection to the origin of its number. */
function sourceOf(wishes: readonly Wish[], origins = 2): Conversations {
  const tape = new TapeWriter()
  const open = new Map<number, ConnectionWriter>()
  for (const [index, { method, target, body }] of wishes.entries()) {
    const number = index % origins
    const connection = open.get(number) ?? tape.open(`http://${number}.test`)
    open.set(number, connection)
    connection.sent(request(method, target, body)).received(answer('x'))
  }
  return new Conversations(tape.cassette)
}

const requestOf = (wish: Wish, origin = 0): WireRequest => {
  const { interactions } = sourceOf(origin === 0 ? [wish] : [wish, wish], origin + 1)
  const found = interactions[origin]?.request
  if (found === undefined) throw new Error('no request')
  return found
}

const always = (): boolean => true

const isRedacted = ({ request: { url, body } }: Interaction): boolean =>
  (url + Buffer.from(body).toString()).includes('{{')

test.describe('Shelf', () => {
  test('gives the first request that is the same to the letter and has not been played, in any order of plays', () => {
    fc.assert(
      fc.property(fc.array(WISH, { maxLength: 12 }), fc.array(WISH, { maxLength: 12 }), (recorded, asked) => {
        const source = sourceOf(recorded, 1)
        const played = new Set<Interaction>()
        const shelf = new Shelf(rules, source, (one) => played.has(one), new Bindings())
        for (const wish of asked) {
          const expected = source.interactions.find(
            (one, index) => !played.has(one) && JSON.stringify(recorded[index]) === JSON.stringify(wish),
          )
          const found = shelf.firstExact(requestOf(wish), shelf.keysOf(requestOf(wish)), always)
          expect(found?.index).toBe(expected?.index)
          if (found !== undefined) played.add(found)
        }
      }),
    )
  })

  test('finds requests with placeholders as a search through all of them does: the first, and the last for a repeat', () => {
    fc.assert(
      fc.property(fc.array(WISH, { minLength: 1, maxLength: 12 }), WISH, fc.nat(), (recorded, wish, mask) => {
        const source = sourceOf(recorded, 1)
        const played = (one: Interaction): boolean => ((mask >> one.index) & 1) === 1
        const shelf = new Shelf(rules, source, played, new Bindings())
        const asked = requestOf({
          ...wish,
          target: wish.target.replace('{{token.1}}', 'secret'),
          body: wish.body.replace('{{token.1}}', 'secret'),
        })
        const keys = shelf.keysOf(asked)
        const agreeing = source.interactions.filter((one) => isRedacted(one) && agrees(asked, one))
        expect(shelf.firstOther(asked, keys, rules, always)?.index).toBe(agreeing.find((one) => !played(one))?.index)
        const exact = source.interactions.findLast((one) => agrees(asked, one) && !isRedacted(one))
        expect(shelf.last(asked, keys, rules, always)?.index).toBe((exact ?? agreeing.at(-1))?.index)
      }),
    )
  })

  test('passes over what is not accepted', () => {
    const same = { method: 'GET', target: '/a', body: '' }
    const source = sourceOf([same, same, same], 1)
    const shelf = new Shelf(rules, source, () => false, new Bindings())
    const keys = shelf.keysOf(requestOf(same))
    expect(shelf.firstExact(requestOf(same), keys, ({ index }) => index > 0)?.index).toBe(1)
    expect(shelf.last(requestOf(same), keys, rules, ({ index }) => index < 2)?.index).toBe(1)
    expect(shelf.firstExact(requestOf(same), keys, () => false)).toBeUndefined()
  })
})

test.describe('a shelf of many requests that agree', () => {
  const MANY = 300
  const tape = new TapeWriter()
  const connection = tape.open('http://0.test')
  for (let index = 0; index < MANY; index += 1) {
    connection.sent(request('GET', '/{{token.1}}', '')).received(answer('x'))
    connection.sent(request('GET', '/plain', '', [`X-Turn: ${index}`])).received(answer('x'))
  }
  const bindings = new Bindings()
  bindings.bind(new Map([['other.1', 'secret']]))
  const shelf = new Shelf(rules, new Conversations(tape.cassette), () => false, bindings)

  for (const [what, target] of [
    ['a placeholder that a known value belongs to', '/secret'],
    ['header fields that agree better', '/plain'],
  ] as const)
    test(`is looked through for ${what}, but only a little`, () => {
      const asked = requestOf({ method: 'GET', target, body: '' })
      const keys = shelf.keysOf(asked)
      let looked = 0
      const look = (): boolean => {
        looked += 1
        return true
      }
      const found = shelf.firstExact(asked, keys, look) ?? shelf.firstOther(asked, keys, rules, look)
      expect(found?.index).toBe(target === '/plain' ? 1 : 0)
      expect(looked).toBeGreaterThan(1)
      expect(looked).toBeLessThan(MANY / 3)
    })
})

test.describe('Barrier', () => {
  const WISHES = fc.array(
    fc.record({
      method: fc.constantFrom('GET', 'HEAD', 'PUT', 'DELETE'),
      target: fc.constant('/'),
      body: fc.constant(''),
    }),
    { maxLength: 12 },
  )

  test('holds a read behind the first write before it, to its origin, that has not come', () => {
    fc.assert(
      fc.property(
        WISHES,
        fc.array(fc.nat(11)),
        fc.constantFrom<BarrierOption>('fail', 'wait'),
        fc.constantFrom(1, 2),
        (wishes, plays, option, origins) => {
          const source = sourceOf(wishes, origins)
          const { interactions } = source
          const played = new Set<Interaction>()
          const barrier = new Barrier(option, source, (one) => played.has(one))
          for (const place of [0, ...plays]) {
            for (const one of interactions) {
              expectEqual(barrier.holds(one), option === 'wait', 'holds')
              const isRead = ['GET', 'HEAD'].includes(one.request.method)
              const write = interactions.find(
                (other) =>
                  other.origin === one.origin && !['GET', 'HEAD'].includes(other.request.method) && !played.has(other),
              )
              const expected = isRead && write !== undefined && write.index < one.index ? write : undefined
              expectEqual(barrier.before(one)?.index, expected?.index, `interaction ${one.index}`)
            }
            const next = interactions[place]
            if (next !== undefined) played.add(next)
          }
        },
      ),
    )
  })

  test('holds nothing where it is not asked for', () => {
    const source = sourceOf([
      { method: 'PUT', target: '/', body: '' },
      { method: 'PUT', target: '/', body: '' },
      { method: 'GET', target: '/', body: '' },
    ])
    const [, , read] = source.interactions
    expect(read && new Barrier('fail', source, () => false).before(read)?.index).toBe(0)
    expect(read && new Barrier(false, source, () => false).before(read)).toBeUndefined()
  })

  test('calls back all who wait for a write, once, after the act that plays it', async () => {
    const source = sourceOf([
      { method: 'PUT', target: '/', body: '' },
      { method: 'PUT', target: '/', body: '' },
    ])
    const [write, other] = source.interactions
    if (write === undefined || other === undefined) throw new Error('nothing was read')
    const barrier = new Barrier('wait', source, () => false)
    const called: string[] = []
    for (const name of ['one', 'two']) barrier.whenPlayed(write, () => void called.push(name))
    barrier.played(other)
    await Promise.resolve()
    expect(called).toEqual([])
    barrier.played(write)
    expect(called).toEqual([])
    await Promise.resolve()
    barrier.played(write)
    await Promise.resolve()
    expect(called).toEqual(['one', 'two'])
  })
})

test.describe('a placeholder', () => {
  const CASES: readonly (readonly [recorded: string, asked: string, matches: boolean])[] = [
    ['{"a":"{{token.1}}"}', '{"a":"x"}', true],
    ['{"a":"{{token.1}}"}', '{"a":""}', true],
    ['{"a":"{{token.1}}"}', '{"a":"x","b":"y"}', false],
    ['?a={{token.1}}&b=1', '?a=x&b=1', true],
    ['?a={{token.1}}', '?a=x&b=1', false],
    ['a: {{token.1}}', 'a: x\nb: y', false],
    ['a: {{token.1}}', 'a: x\rb: y', false],
    ['{{token.1}}.{{token.2}}', 'x.y', true],
    ['{{token.1}}.{{token.2}}', 'xy', false],
    ['ab{{token.1}}bc', 'abc', false],
  ]
  for (const [recorded, asked, matches] of CASES) {
    test(`in ${JSON.stringify(recorded)} ${matches ? 'stands' : 'does not stand'} for ${JSON.stringify(asked)}`, () => {
      const pattern = patternOf(recorded)
      expect(pattern !== undefined && fits(pattern, asked, new Map())).toBe(matches)
    })
  }
})
