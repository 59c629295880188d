import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import type { Cassette, TapeEvent } from '../../src/tape/cassette.ts'
import { Replayer, type ReplayerOptions } from '../../src/replay/replayer.ts'
import { Dialogue } from '../helpers/dialogue.ts'
import { answer, type ConnectionWriter, request, TapeWriter } from '../helpers/tape.ts'
import { countOf } from '../helpers/share.ts'

const API = 'http://api.test'
const RESET = { code: 'CONNECTION_LOST', phase: 'open', message: 'reset' } as const

/** What a server may do at one point: say something, several times. */
const segments = fc.array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 8 }), { maxLength: 2 })

/** A request in the pieces that the client writes, with what the server says behind each. */
const upload = fc.record({
  target: fc.constantFrom('/a', '/b'),
  isChunked: fc.boolean(),
  afterHead: segments,
  pieces: fc.array(
    fc.record({ body: fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 6 }), said: segments }),
    {
      maxLength: 3,
    },
  ),
  afterEnd: segments,
})

type Write = (connection: ConnectionWriter, number: number) => void

const conversation = fc
  .record({ uploads: fc.array(upload, { maxLength: 4 }), isReset: fc.boolean(), isEnded: fc.boolean() })
  .map(({ uploads, isReset, isEnded }): readonly Write[] => {
    const writes = uploads.flatMap(writesOf)
    if (isEnded) writes.push((it) => void it.ended('server'))
    if (isReset) writes.push((it) => void it.closed('server', RESET))
    return writes
  })

function writesOf({ target, isChunked, afterHead, pieces, afterEnd }: UploadOf<typeof upload>): Write[] {
  const body = pieces.map((piece) => piece.body).join('')
  const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`
  const frame = (text: string): string => (isChunked ? `${text.length.toString(16)}\r\n${text}\r\n` : text)
  const isHeadAll = pieces.length === 0 && !isChunked
  return [
    // A path of its own for each connection: equal uploads at the same time may be answered in either order.
    (it, number) =>
      void it.sent(`POST ${target}${number} HTTP/1.1\r\n${framing}\r\n\r\n`).received(...(isHeadAll ? [] : afterHead)),
    ...pieces.map(
      ({ body: piece, said }, index): Write =>
        (it) =>
          void it.sent(frame(piece)).received(...(isChunked || index < pieces.length - 1 ? said : [])),
    ),
    ...(isChunked ? [(it: ConnectionWriter): void => void it.sent('0\r\n\r\n')] : []),
    (it) => void it.received(...afterEnd),
  ]
}

type UploadOf<T> = T extends fc.Arbitrary<infer Value> ? Value : never

/** Several connections at once, their steps mixed as `order` says. */
const cassettes = fc
  .record({
    conversations: fc.array(conversation, { minLength: 1, maxLength: 3 }),
    order: fc.infiniteStream(fc.nat(2)),
  })
  .map(({ conversations, order }): Cassette => {
    const tape = new TapeWriter()
    const left = conversations.map((writes) => ({ connection: tape.open(API), writes: [...writes] }))
    for (const choice of order) {
      const open = left.filter(({ writes }) => writes.length > 0)
      const turn = open[choice % open.length]
      if (turn === undefined) break
      turn.writes.shift()?.(turn.connection, left.indexOf(turn))
    }
    return tape.cassette
  })

for (const matchOn of [['method', 'url', 'body'], 'bytes'] as const) {
  test(`a client that does what was recorded hears what was recorded, no sooner and no later (${String(matchOn)})`, () =>
    fc.assert(
      fc.asyncProperty(cassettes, async (cassette) => replaysItself(cassette, { matchOn })),
      { numRuns: countOf(30, 300) },
    ))
}

test('with bytes that is so wherever the two directions meet', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ said: fc.uint8Array({ minLength: 1, maxLength: 6 }), heard: segments })),
      async (turns) => {
        const tape = new TapeWriter()
        const connection = tape.open(API)
        for (const { said, heard } of turns) connection.sent(said).received(...heard)
        await replaysItself(tape.cassette, { matchOn: 'bytes' })
      },
    ),
    { numRuns: countOf(30, 300) },
  ))

test('requests in any order, on any connections, get each its own answer', () =>
  fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray([...Array(12).keys()], { minLength: 12 }),
      fc.array(fc.nat(3), { minLength: 12, maxLength: 12 }),
      async (order, choices) => {
        const tape = new TapeWriter()
        const recorded = [tape.open(API), tape.open(API), tape.open(API)]
        for (let index = 0; index < 12; index += 1)
          recorded[index % 3]?.sent(request('GET', `/${index}`)).received(answer(`${index}`))

        const replayer = new Replayer(tape.cassette)
        const clients = await Promise.all([...Array(4).keys()].map(() => Dialogue.with(replayer)))
        const heard: (string | undefined)[] = []
        for (const [turn, index] of order.entries()) {
          const client = clients[choices[turn] ?? 0]
          client?.say(request('GET', `/${index}`))
          heard.push(await client?.hear())
        }
        expect(heard).toEqual(order.map((index) => answer(`${index}`)))
        expect(replayer.allPlayed).toBe(true)
      },
    ),
  ))

async function replaysItself(cassette: Cassette, options: ReplayerOptions): Promise<void> {
  const replayer = new Replayer(cassette, options)
  const clients = new Map<number, Dialogue>()
  const [expected, heard]: [string[], string[]] = [[], []]
  for (const event of cassette.tape) {
    const client = clients.get(event.connection) ?? (await Dialogue.with(replayer))
    clients.set(event.connection, client)
    if (event.type === 'open') continue
    expected.push(`${event.connection}: ${soundOf(event)}`)
    heard.push(`${event.connection}: ${await client.hear()}`)
    if (event.type === 'sent') client.say(Buffer.from(event.bytes).toString('latin1'))
  }
  // Not `expect` at every event: the runner keeps a step for each.
  expect(heard).toEqual(expected)
}

/** What is to be heard when it is the turn of an event: nothing before the client speaks. */
function soundOf(event: TapeEvent): string {
  switch (event.type) {
    case 'received':
      return Buffer.from(event.bytes).toString('latin1')
    case 'end':
      return '(end)'
    case 'close':
      return '(CONNECTION_LOST)'
    case 'sent':
    case 'open':
    case 'failed':
      return '(nothing)'
  }
}
