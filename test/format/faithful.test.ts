import { expect, test } from '../helpers/test.ts'
import { INLINE } from '../../src/format/blob-access.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { checkFaithful } from '../../src/format/faithful.ts'
import type { Cassette, TapeEvent } from '../../src/tape/cassette.ts'
import { answer, request, TapeWriter } from '../helpers/tape.ts'

/** Two connections with an ending each. */
function made(body = 'one', target = '/a'): Cassette {
  const tape = new TapeWriter()
  tape.open('http://a.test').sent(request('GET', target)).received(answer(body)).ended('server').closed('client')
  tape.open('http://b.test').sent(request('GET', '/b')).received(answer('two'))
  return tape.cassette
}

const changed = (change: (event: TapeEvent) => TapeEvent): Cassette => ({ ...made(), tape: made().tape.map(change) })

/** What a writer with a fault would have written instead: whole, readable, and something else. */
const OTHERS: Readonly<Record<string, Cassette>> = {
  'other bytes of the same length': made('eno'),
  'other bytes of the same length in a request': made('one', '/b'),
  'fewer bytes': made('on'),
  'another time': changed((event) => (event.at === 2 ? { ...event, at: 2.5 } : event)),
  'another origin': changed((event) => (event.type === 'open' ? { ...event, to: 'http://c.test' } : event)),
  'another time to connect': changed((event) => (event.type === 'open' ? { ...event, took: 2 } : event)),
  'the end of the other side': changed((event) => (event.type === 'end' ? { ...event, by: 'client' } : event)),
  'the other direction': changed((event) => (event.type === 'sent' ? { ...event, type: 'received' } : event)),
  'an event less': { ...made(), tape: made().tape.slice(0, -1) },
  'an event more': { ...made(), tape: [...made().tape, { type: 'end', connection: 2, at: 20, by: 'server' }] },
  'another note of the recording': { ...made(), recorded: { ...made().recorded, node: '24.0.0' } },
}

test('a text is faithful to what it was made of', () => {
  checkFaithful('users.yaml', encodeCassette(made()), made(), INLINE)
})

for (const [name, other] of Object.entries(OTHERS))
  test(`a text is not faithful with ${name}`, () => {
    expect(() => checkFaithful('users.yaml', encodeCassette(other), made(), INLINE)).toThrow(
      expect.objectContaining({ code: 'CASSETTE_UNFAITHFUL', file: 'users.yaml' }),
    )
  })

/** Numbers at the borders of what readers in all languages print alike, as they stand in a body. */
// oxfmt-ignore
const NUMBERS = [
  '9007199254740991', '-9007199254740991', '9007199254740992', '-9007199254740992', '9007199254740993', '-9007199254740993',
  '123456789012345678901', '-123456789012345678901', '1e21', '-1e21', '0.0001', '-0.0001', '0.00009', '-0.00009', '-0', '0.1', '-1.5', '1.0', '1E5',
]

for (const number of NUMBERS)
  test(`a body with the number ${number} can be saved`, () => {
    const body = `{"n":${number},"list":[${number}]}`
    const text = encodeCassette(made(body))
    checkFaithful('users.yaml', text, made(body), INLINE)
    expect(text).toContain(number)
  })
