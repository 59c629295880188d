import { expect, test } from '../helpers/test.ts'
import { type Cassette, CASSETTE_VERSION, type TapeEvent } from '../../src/tape/cassette.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { VirtualClock } from '../../src/clock.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import { Dialogue } from '../helpers/dialogue.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const API = 'http://api.test'
const [one, two, three] = [request('GET', '/1'), request('GET', '/2'), request('GET', '/3')]
const RESET = { code: 'CONNECTION_LOST', phase: 'open', systemCode: 'ECONNRESET', message: 'read ECONNRESET' } as const

/** A segment, with the ends in it, or `'reset'`. */
type Said = string | { readonly text: string; readonly ends: readonly number[] }

/** All requests in one write, then what the server said; the ends are those that a recorder notes. */
function pipelined(requests: readonly string[], ...said: readonly Said[]): Cassette {
  const at = { connection: 1, at: 0 }
  const tape: TapeEvent[] = [
    { type: 'open', ...at, to: API, took: 1 },
    { type: 'sent', ...at, bytes: Buffer.from(requests.join('')) },
  ]
  for (const segment of said) {
    if (segment === 'reset') tape.push({ type: 'close', ...at, by: 'server', failure: RESET })
    else if (typeof segment === 'string') tape.push({ type: 'received', ...at, bytes: Buffer.from(segment) })
    else tape.push({ type: 'received', ...at, bytes: Buffer.from(segment.text), ends: segment.ends })
  }
  const recorded = { at: '2026-11-22T12:00:00.000Z', by: 'wiretape 0.1.0', node: '20.20.2' }
  return decodeCassette(encodeCassette({ version: CASSETTE_VERSION, recorded, tape }))
}

/** The segments that are heard behind each of the writes. */
async function heardBehind(cassette: Cassette, writes: readonly string[]): Promise<string[][]> {
  const replayer = new Replayer(cassette)
  const client = await Dialogue.with(replayer)
  const heard: string[][] = []
  for (const write of writes) {
    client.say(write)
    heard.push(await client.hearAll())
  }
  return heard
}

const [a, b, c] = [answer('1'), answer('22'), answer('333')]

test.describe('pipelined answers', () => {
  const cases: readonly (readonly [name: string, cassette: Cassette, pipelined: string[], apart: string[][]])[] = [
    [
      'in one segment, with the ends noted',
      pipelined([one, two, three], { text: a + b + c, ends: [a.length, a.length + b.length] }),
      [a + b + c],
      [[a], [b], [c]],
    ],
    [
      'cut anywhere, with the ends noted',
      pipelined(
        [one, two, three],
        a.slice(0, 9),
        { text: a.slice(9) + b.slice(0, 5), ends: [a.length - 9] },
        b.slice(5),
        c,
      ),
      [a.slice(0, 9), a.slice(9) + b.slice(0, 5), b.slice(5), c],
      [[a.slice(0, 9), a.slice(9)], [b.slice(0, 5), b.slice(5)], [c]],
    ],
    ['in a segment each', pipelined([one, two, three], a, b, c), [a, b, c], [[a], [b], [c]]],
    [
      'behind interim ones',
      pipelined([one, two], `HTTP/1.1 103 Early Hints\r\n\r\n`, a, 'HTTP/1.1 102 Processing\r\n\r\n', b),
      ['HTTP/1.1 103 Early Hints\r\n\r\n', a, 'HTTP/1.1 102 Processing\r\n\r\n', b],
      [
        ['HTTP/1.1 103 Early Hints\r\n\r\n', a],
        ['HTTP/1.1 102 Processing\r\n\r\n', b],
      ],
    ],
    [
      'of which the last breaks off',
      pipelined([one, two], { text: a + b.slice(0, 9), ends: [a.length] }, 'reset'),
      [a + b.slice(0, 9), '(CONNECTION_LOST)'],
      [[a], [b.slice(0, 9), '(CONNECTION_LOST)']],
    ],
  ]
  for (const [name, cassette, together, apart] of cases) {
    const writes = apart.length === 2 ? [one, two] : [one, two, three]
    test(`${name} come as recorded to a client that pipelines`, async () => {
      expect(await heardBehind(cassette, [writes.join('')])).toEqual([together])
    })
    test(`${name} come one by one to a client that waits for each`, async () => {
      expect(await heardBehind(cassette, writes)).toEqual(apart)
    })
  }

  test('come in any order of the requests, on any connection', async () => {
    const replayer = new Replayer(pipelined([one, two, three], a, b, c))
    for (const [text, expected] of [
      [three, c],
      [one, a],
      [two, b],
    ] as const) {
      const client = await Dialogue.with(replayer)
      client.say(text)
      expect(await client.hearAll()).toEqual([expected])
    }
    expect(replayer.allPlayed).toBe(true)
  })

  test('that never began are played behind the others only, and count where they are sent in vain', async () => {
    const cassette = pipelined([one, two, three], { text: a + b.slice(0, 9), ends: [a.length] }, 'reset')
    expect(interactionsOf(cassette).map(({ isPipelined }) => isPipelined)).toEqual([false, false, true])
    const replayer = new Replayer(cassette)
    const client = await Dialogue.with(replayer)
    client.say(one + two + three)
    expect(await client.hearAll()).toEqual([a + b.slice(0, 9), '(CONNECTION_LOST)'])
    expect(replayer.allPlayed).toBe(true)
  })

  test('leave an interim response and what ends the connection after it to the request that waits for an answer', () => {
    const interim = 'HTTP/1.1 100 Continue\r\n\r\n'
    const cassette = pipelined([one, two, three], { text: a + b, ends: [a.length] }, interim, 'reset')
    expect(interactionsOf(cassette).map(({ answer: { length } }) => length)).toEqual([1, 1, 2])
  })

  test('are distinguished where the last is 101 and nothing comes after it', () => {
    const upgraded = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: mine\r\n\r\n'
    const interactions = interactionsOf(pipelined([one, two], a, upgraded))
    expect(interactions.map(({ answer: { length } }) => length)).toEqual([1, 1])
    expect(interactions.map(({ isPipelined }) => isPipelined)).toEqual([false, false])
  })

  const unknown: readonly (readonly [why: string, cassette: Cassette])[] = [
    ['two answers share a segment', pipelined([one, two], a + b)],
    ['more segments begin like an answer than there are answers', pipelined([one, two], a, 'HTTP/1.1 is a body', b)],
    ['fewer do than requests were sent', pipelined([one, two, three], a, b)],
  ]
  for (const [why, cassette] of unknown) {
    test(`stay together where nothing says which is whose: ${why}`, async () => {
      const requests = interactionsOf(cassette).map(({ request: { raw } }) => Buffer.from(raw).toString())
      const heard = await heardBehind(cassette, requests)
      expect(heard.slice(0, -1).flat()).toEqual([])
      expect(heard.at(-1)?.join('')).toMatch(/^HTTP/)
    })
  }
})

test('a client that waits for an answer which nothing distinguishes fails with a time-out that says why', async () => {
  const clock = new VirtualClock()
  const { connector, misses } = new Replayer(pipelined([one, two], a + b), { timing: clock })
  await using connection = HttpConnection.to(API, { connector, clock })
  await connection.request('GET', '/1')
  const error = await connection.getResponse().catch((reason: unknown) => reason)
  expect(error).toMatchObject({
    code: 'HEADERS_TIMEOUT',
    cause: {
      code: 'NO_MATCH',
      message: expect.stringContaining('the answer comes with that of recorded interaction 2'),
    },
  })
  expect(misses).toHaveLength(1)
})

test('an answer that came before its request was sent is not one: all stays with the request before it', () => {
  const reply = 'HTTP/1.1 204 No Content\r\n\r\n'
  const cassette = oneConnection('http://api.test', (it) => it.sent(one, two).received(reply, reply, reply).sent(three))
  const interactions = interactionsOf(cassette)
  expect(interactions.map(({ answer: { length } }) => length)).toEqual([0, 3, 0])
  expect(interactions.map(({ isPipelined }) => isPipelined)).toEqual([false, true, true])
})

/** What each of the requests gets, and whether it is pipelined. */
const given = (cassette: Cassette): readonly unknown[] =>
  interactionsOf(cassette).map(({ answer: steps, isPipelined }) =>
    Array.of<unknown>(isPipelined).concat(
      steps.map(({ action }) => (action.type === 'segment' ? Buffer.from(action.bytes).toString() : action.type)),
    ),
  )

test.describe('the pieces of pipelined answers', () => {
  const interim = 'HTTP/1.1 103 Early Hints\r\n\r\n'
  const upgraded = 'HTTP/1.1 101 Switching Protocols\r\n\r\n'

  for (const [what, cassette, wanted] of [
    [
      'only interim ones, with their ends noted: no answer has begun',
      pipelined([one, two], { text: interim + interim, ends: [interim.length] }),
      [[false, interim, interim], [true]],
    ],
    [
      'an interim one that was cut off is not one',
      pipelined([one, two], a, interim.slice(0, -2)),
      [
        [false, a],
        [false, interim.slice(0, -2)],
      ],
    ],
    [
      'blank lines before a status line, interim or not',
      pipelined([one, two], `\r\n\r\n${interim}\r\n\r\n${interim}`, `\r\n\r\n${a}`, `\r\n\r\n${upgraded}`),
      [
        [false, `\r\n\r\n${interim}\r\n\r\n${interim}`, `\r\n\r\n${a}`],
        [false, `\r\n\r\n${upgraded}`],
      ],
    ],
    [
      'three blank lines are not those of a status line',
      pipelined([one, two], a, `\r\n\r\n\r\n${b}`),
      [[false], [true, a, `\r\n\r\n\r\n${b}`]],
    ],
    [
      'interim and final in one segment',
      pipelined([one, two], interim + a, interim + interim + b),
      [
        [false, interim + a],
        [false, interim + interim + b],
      ],
    ],
    [
      'interim and final in one segment, which ends with its head',
      pipelined([one, two], interim + answer(''), b),
      [
        [false, interim + answer('')],
        [false, b],
      ],
    ],
    [
      'an interim one, and a part of the answer after it that begins no line',
      pipelined([one, two], a, interim, b.slice(0, 20), b.slice(20)),
      [
        [false, a],
        [false, interim, b.slice(0, 20), b.slice(20)],
      ],
    ],
    ['bytes before the first answer', pipelined([one, two], 'x', a, b), [[false], [true, 'x', a, b]]],
    [
      'an end noted after the first of three',
      pipelined([one, two, three], { text: a + b, ends: [a.length] }),
      [[false, a], [false, b], [true]],
    ],
    ['fewer answers than requests, and nothing noted', pipelined([one, two], a), [[false], [true, a]]],
    ['none at all', pipelined([one, two], 'reset'), [[false], [true, 'fail']]],
  ] as const satisfies readonly (readonly [string, Cassette, readonly unknown[]])[])
    test(what, () => {
      expect(given(cassette)).toEqual(wanted)
    })

  test('say where their requests were complete, and of which segment they are a part', () => {
    const post = request('POST', '/', 'hello')
    const [first, second] = interactionsOf(pipelined([post, one], { text: a + b, ends: [a.length] }))
    const whole = Buffer.from(a + b)
    expect(first?.answer).toMatchObject([{ after: { bodyLength: 5, isComplete: true }, action: { of: whole } }])
    expect(second?.answer).toMatchObject([{ after: { bodyLength: 0, isComplete: true }, action: { of: whole } }])
    const [alone] = interactionsOf(pipelined([one, two], a, b))
    expect(alone?.answer[0]?.action).not.toHaveProperty('of')
  })

  test('stay together if a request was not whole, or HTTP was over', () => {
    const early = oneConnection(API, (it) =>
      it
        .sent(one, request('POST', '/', 'hello').slice(0, -2))
        .received(a, b)
        .sent('lo'),
    )
    expect(given(early)).toEqual([[false], [true, a, b]])
    const over = oneConnection(API, (it) => it.sent(one, two).received(a, b).sent('\0\0\r\n\r\n'))
    expect(given(over)).toEqual([[false], [true, a, b]])
  })
})
