import { expect, test } from '../helpers/test.ts'
import { type Dialogue, NotSpoken, type Question, type Span, type Told } from '../../src/protocols/dialogue.ts'
import { ConnectionTape } from '../../src/recorder/connection-tape.ts'
import { ScrubbedTape } from '../../src/recorder/scrubbed-tape.ts'
import type { BytesEvent, TapeEvent } from '../../src/tape/cassette.ts'

/** Each message begins with its length as a digit; what is in angle brackets is a secret. A `!` is not in the protocol. */
class Digits implements Dialogue {
  sentLength(bytes: Buffer): number {
    const text = bytes.toString('latin1', 0, 1)
    if (!/\d/.test(text)) throw new NotSpoken(text)
    return Number(text) + 1
  }

  receivedLength(bytes: Buffer): number {
    return this.sentLength(bytes)
  }

  sent(message: Buffer): Question {
    return { kind: 'a', text: 'a', fields: [], role: 'silent', secrets: secretsOf(message) }
  }

  received(message: Buffer): Told {
    return { to: undefined, secrets: secretsOf(message) }
  }

  answer(): readonly Buffer[] {
    return []
  }
}

const secretsOf = (message: Buffer): readonly Span[] =>
  Array.from(message.toString('latin1').matchAll(/(?<=<)[^>]+/g), ({ index, 0: secret }) => ({
    start: index,
    end: index + secret.length,
  }))

type Said = readonly [side: '>' | '<', text: string]

/** What is on the tape of what was said, and how often it was not the protocol. */
function taped(said: readonly Said[], ending: 'close' | 'flush' = 'close'): { said: Said[]; lost: number } {
  const events: TapeEvent[] = []
  let [now, lost] = [0, 0]
  const options = { now: () => now, tellsAnswers: false, spools: false, isUnwanted: undefined } as const
  const opening = { type: 'open', connection: 1, at: 0, to: 'tcp://a.test:1', took: 0 } as const
  const tape = new ConnectionTape(opening, { ...options, write: (written) => void events.push(...written) })
  const scrubbed = new ScrubbedTape(tape, new Digits(), options.now, () => (lost += 1))
  for (const [side, text] of said) {
    now += 1
    const bytes = Buffer.from(text, 'latin1')
    scrubbed.add({ type: side === '>' ? 'sent' : 'received', bytes })
    // The bytes are the caller's.
    expect(bytes.toString('latin1')).toBe(text)
  }
  if (ending === 'close') scrubbed.add({ type: 'close', by: 'client' })
  else scrubbed.flush()
  const bytes = events.filter((event): event is BytesEvent => event.type === 'sent' || event.type === 'received')
  // Each has the time when it was said, whenever it was decided.
  expect(bytes.map(({ at }) => at)).toEqual(said.map((_, index) => index + 1))
  return {
    said: bytes.map((event) => [event.type === 'sent' ? '>' : '<', Buffer.from(event.bytes).toString('latin1')]),
    lost,
  }
}

const TALK = '2ab5<key>3<x>09ab<12><z>1c'
const CLEAN = '2ab5<***>3<*>09ab<**><*>1c'

test('however a side is cut, as many asterisks stand where its secrets were, and all else is as it was', () => {
  for (let first = 1; first < TALK.length; first += 1)
    for (let second = first; second < TALK.length; second += 1) {
      const pieces = [TALK.slice(0, first), TALK.slice(first, second), TALK.slice(second)].filter((it) => it !== '')
      const places = [0, first, second, TALK.length]
      const clean = places
        .slice(1)
        .map((end, index) => CLEAN.slice(places[index], end))
        .filter((it) => it !== '')
      for (const side of ['>', '<'] as const)
        expect(taped(pieces.map((text) => [side, text]))).toEqual({ said: clean.map((text) => [side, text]), lost: 0 })
    }
})

const byBytes = (text: string): readonly Said[] =>
  Array.from(text).flatMap((one): Said[] => [
    ['>', one],
    ['<', one],
  ])

test('byte by byte, both sides at once, all is on the tape in the order in which it was said', () => {
  expect(taped(byBytes(TALK))).toEqual({ said: byBytes(CLEAN), lost: 0 })
})

/** What was said, what of it is on the tape, and whether it was the protocol. */
// oxfmt-ignore
const HALVES: readonly (readonly [name: string, said: readonly Said[], taped: readonly Said[], lost?: number])[] = [
  ['a message that never becomes whole', [['>', '2ab5<ke']], [['>', '2ab****']]],
  ['the same in pieces', [['>', '2ab5<'], ['>', 'ke']], [['>', '2ab**'], ['>', '**']]],
  ['one of both sides', [['>', '5<k'], ['<', '2a']], [['>', '***'], ['<', '**']]],
  ['what waits for the other side', [['>', '5<k'], ['<', '2ab'], ['>', 'ey>']], [['>', '5<*'], ['<', '2ab'], ['>', '**>']]],
  ['what is not the protocol', [['>', '2ab'], ['>', '!5<key>'], ['>', '2ab']], [['>', '2ab'], ['>', '*******'], ['>', '***']], 1],
  ['the other side of it', [['>', '!'], ['<', '2ab'], ['>', '2ab']], [['>', '*'], ['<', '***'], ['>', '***']], 1],
  ['the end of a piece that is not', [['>', '3<x>!<y>'], ['<', '1a']], [['>', '3<*>****'], ['<', '**']], 1],
]

for (const [name, said, expected, lost = 0] of HALVES)
  for (const ending of ['close', 'flush'] as const)
    test(`${name}, up to a ${ending}, is nothing but asterisks where it is not known`, () => {
      expect(taped(said, ending)).toEqual({ said: expected, lost })
    })
