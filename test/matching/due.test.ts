import { expect, test } from '../helpers/test.ts'
import { Conversations } from '../../src/interactions/conversations.ts'
import type { Interaction } from '../../src/interactions/interaction.ts'
import { Due } from '../../src/matching/due.ts'
import { Polls } from '../../src/matching/polls.ts'
import { answer, request, TapeWriter } from '../helpers/tape.ts'

/** Requests on connections to the origins of their numbers, each answered before the next one is sent. */
function interactionsTo(...origins: readonly number[]): Conversations {
  const tape = new TapeWriter()
  const connections = [tape.open('http://0.test'), tape.open('http://1.test')]
  for (const origin of origins) connections[origin]?.sent(request('GET', '/')).received(answer('ok'))
  const source = new Conversations(tape.cassette)
  while (source.readOn());
  return source
}

/** For each interaction what has to come before it, once these were played. */
const before = (order: 'recorded' | 'recorded-per-origin', ...plays: readonly number[]): readonly unknown[] => {
  const source = interactionsTo(0, 1, 0, 1, 0)
  const played = new Set<Interaction>()
  const due = new Due(order, source, (one) => played.has(one))
  const all = source.interactionsRead
  const said = (): readonly unknown[] => all.map((one) => due.before(one)?.index)
  let last = said()
  for (const place of plays) {
    const one = all[place]
    if (one !== undefined) played.add(one)
    last = said()
  }
  return last
}

test.describe('what has to come first', () => {
  test('is the first of all that was not played', () => {
    expect(before('recorded')).toEqual([undefined, 0, 0, 0, 0])
    expect(before('recorded', 0)).toEqual([undefined, undefined, 1, 1, 1])
    expect(before('recorded', 2, 0)).toEqual([undefined, undefined, undefined, 1, 1])
    expect(before('recorded', 1, 0)).toEqual([undefined, undefined, undefined, 2, 2])
    expect(before('recorded', 0, 1, 2, 3, 4)).toEqual(Array.from({ length: 5 }))
  })

  test('is the first of its origin that was not played', () => {
    expect(before('recorded-per-origin')).toEqual([undefined, undefined, 0, 1, 0])
    expect(before('recorded-per-origin', 0)).toEqual([undefined, undefined, undefined, 1, 2])
    expect(before('recorded-per-origin', 1)).toEqual([undefined, undefined, 0, undefined, 0])
    expect(before('recorded-per-origin', 2, 0)).toEqual([undefined, undefined, undefined, 1, undefined])
  })
})

const at = (sid: string, rest = '&transport=polling'): string => `/io/?EIO=4&sid=${sid}${rest}`

test.describe('what a poll waits for', () => {
  const ok = answer('ok')

  /** Two posts during a poll and one after it, and what is asked besides. */
  function source(): Conversations {
    const tape = new TapeWriter()
    const [polls, posts] = [tape.open('http://a.test'), tape.open('http://a.test')]
    polls.sent(request('GET', at('S')))
    posts
      .sent(request('POST', at('S'), '1'))
      .received(ok)
      .sent(request('POST', at('S'), '2'))
      .received(ok)
    polls.received(answer('6'))
    posts.sent(request('POST', at('S'), '3')).received(ok)
    for (const target of [
      at('T'),
      at('S', '&transport=websocket'),
      at('S', ''),
      '/?EIO=4',
      '/?sid=S&transport=polling',
    ])
      polls.sent(request('GET', target)).received(ok)
    polls.sent(request('GET', at('S', '&transport=polling&t=1'))).received(ok)
    return new Conversations(tape.cassette)
  }

  test('is all that the client of its session had said by then, in order', () => {
    const conversations = source()
    const { interactions } = conversations
    const played = new Set<Interaction>()
    const polls = new Polls(conversations, (one) => played.has(one))
    const said = (): readonly unknown[] => interactions.map((one) => polls.before(one)?.request.body.toString())
    const [, first, second, third] = interactions
    const waits = (body: string | undefined, ofLast = body): readonly unknown[] => [
      body && Buffer.from(body).toString(),
      ...Array.from({ length: interactions.length - 2 }),
      ofLast,
    ]
    expect(interactions).toHaveLength(10)
    expect(said()).toEqual(waits('1'))
    if (first !== undefined) played.add(first)
    expect(said()).toEqual(waits('2'))
    if (second !== undefined) played.add(second)
    // The last poll was asked after the third.
    expect(said()).toEqual(waits(undefined, '3'))
    if (third !== undefined) played.add(third)
    // A WebSocket of the session was asked for before it.
    expect(said()).toEqual(waits(undefined, ''))
    for (const one of interactions) played.add(one)
    expect(said()).toEqual(waits(undefined))
  })
})
