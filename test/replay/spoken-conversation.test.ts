import { expect, test } from '../helpers/test.ts'
import type { Cue } from '../../src/interactions/cue.ts'
import { loadProtocol } from '../../src/protocols/load.ts'
import { type Exits, HandOver } from '../../src/replay/exits.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import { SpokenConversation } from '../../src/replay/spoken-conversation.ts'
import { readConversation } from '../../src/replay/spoken-recording.ts'
import { ExchangeShelf } from '../../src/replay/spoken-shelf.ts'
import { Dialogue } from '../helpers/dialogue.ts'
import { oneConnection } from '../helpers/tape.ts'

const REDIS = 'tcp://redis:6379'

/** A command of Redis as clients write it. */
const command = (text: string): string => {
  const words = text.split(' ')
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`
}

/** What passed when on a connection; a small letter begins a command. */
type Said = readonly [at: number, text: string]

async function shelfOf(...connections: readonly (readonly Said[])[]): Promise<ExchangeShelf> {
  const protocol = await loadProtocol('redis')
  const read = connections.map((said, index) =>
    readConversation(
      {
        number: index + 1,
        origin: REDIS,
        failure: undefined,
        tls: undefined,
        protocol: 'redis',
        took: 1,
        madeAt: said[0]?.[0] ?? 0,
        opening: { bytes: Buffer.alloc(0), steps: [], leaving: undefined },
        interactions: [],
        rest: undefined,
        events: said.map(([at, text]) =>
          text === 'close'
            ? { type: 'close', connection: index + 1, at, by: 'client', failure: undefined }
            : text === 'end'
              ? { type: 'end', connection: index + 1, at, by: 'server' }
              : {
                  type: /^[a-z]/.test(text) ? 'sent' : 'received',
                  connection: index + 1,
                  at,
                  bytes: Buffer.from(/^[a-z]/.test(text) ? command(text) : `${text}\r\n`),
                },
        ),
      },
      protocol,
    ),
  )
  return new ExchangeShelf(read, false)
}

const NO_EXITS: Exits = { unrecorded: undefined, passing: () => undefined }

const failing = (message: string) => (): never => {
  throw new Error(message)
}

const STAGE = { missed: failing('missed'), notSpoken: failing('not spoken'), leftEarly: failing('left early') }

/** What it says meanwhile, a dot for each line end. */
const toldBy = (act: (tell: (cue: Cue) => void) => unknown): string => {
  const told: string[] = []
  act(({ action }) =>
    told.push(
      action.type === 'segment' ? Buffer.from(action.bytes).toString().replaceAll('\r\n', '.') : `(${action.type})`,
    ),
  )
  return told.join(' ')
}

/** A client of a shelf: what it hears to what it says. */
async function clientOf(
  shelf: ExchangeShelf,
  inTurn: number | undefined,
  exits: Exits = NO_EXITS,
): Promise<{
  readonly peer: SpokenConversation
  readonly asks: (text: string) => string
}> {
  const peer = new SpokenConversation(STAGE, shelf, await loadProtocol('redis'), inTurn, exits)
  return { peer, asks: (text) => toldBy((tell) => peer.sent(Buffer.from(command(text)), tell)) }
}

/** The second connection was opened at 10, because the first was busy. */
const POOL = [
  [
    [1, 'hello'],
    [2, '+OK'],
    [6, 'incr a'],
    [12, ':1'],
    [40, 'get b'],
    [41, '+first'],
  ],
  [
    [11, 'hello'],
    [12, '+OK'],
    [31, 'get b'],
    [32, '+second'],
  ],
] as const

test.describe('what a connection was opened for', () => {
  const ACTS: Readonly<
    Record<string, readonly [act: (second: Awaited<ReturnType<typeof clientOf>>) => unknown, heard: string]>
  > = {
    'is kept for it': [() => {}, '+first.'],
    'is kept for it while it logs in': [(second) => second.asks('hello'), '+first.'],
    'is kept no longer when it has gone': [(second) => second.peer.closed(), '+second.'],
  }
  for (const [what, [act, heard]] of Object.entries(ACTS))
    test(what, async () => {
      const shelf = await shelfOf(...POOL)
      const [first, second] = [await clientOf(shelf, 1), await clientOf(shelf, 2)]
      act(second)
      expect([first.asks('hello'), first.asks('incr a'), first.asks('get b')]).toEqual(['+OK.', ':1.', heard])
    })
})

test.describe('a client of a protocol', () => {
  test('hears first what the server said unasked, on a connection more the last such words', async () => {
    const shelf = await shelfOf(
      [[1, '>1\r\n+one']],
      [[1, '>1\r\n+two']],
      [
        [1, 'get b'],
        [2, '+x'],
      ],
    )
    const opened = async (inTurn?: number): Promise<string> => {
      const { peer } = await clientOf(shelf, inTurn)
      return toldBy((tell) => peer.opened(tell))
    }
    expect([await opened(1), await opened(2), await opened(3), await opened()]).toEqual([
      '>1.+one.',
      '>1.+two.',
      '',
      '>1.+two.',
    ])
  })

  test('hears once what the server said behind an answer, and nothing after its end', async () => {
    const shelf = await shelfOf([
      [1, 'ping'],
      [2, '+PONG'],
      [3, '>1\r\n+news'],
      [4, 'get b'],
      [5, '+x'],
      [6, 'end'],
    ])
    const { asks, peer } = await clientOf(shelf, 1)
    expect([asks('ping'), asks('ping'), asks('get b'), asks('get b')]).toEqual([
      '+PONG. >1.+news.',
      '+PONG.',
      '+x. (end)',
      '',
    ])
    expect(toldBy((tell) => peer.ended(tell))).toBe('')
  })

  test('that ends its side is left by the server, once', async () => {
    const { peer } = await clientOf(
      await shelfOf([
        [1, 'get b'],
        [2, '+x'],
      ]),
      1,
    )
    expect([toldBy((tell) => peer.ended(tell)), toldBy((tell) => peer.ended(tell))]).toEqual(['(end)', ''])
  })

  test('may say what nobody answers', async () => {
    const { asks, peer } = await clientOf(
      await shelfOf([
        [1, 'get b'],
        [2, '+x'],
      ]),
      1,
    )
    expect(toldBy((tell) => peer.sent(Buffer.from('\r\n'), tell))).toBe('')
    expect(asks('get b')).toBe('+x.')
  })

  test('goes live with its first question only', async () => {
    const shelf = await shelfOf([
      [1, 'get b'],
      [2, '+x'],
    ])
    const exits = { ...NO_EXITS, unrecorded: failing('not now') }
    const [first, second] = [await clientOf(shelf, 1, exits), await clientOf(shelf, 2, exits)]
    expect(() => first.asks('get c')).toThrow(HandOver)
    expect(second.asks('get b')).toBe('+x.')
    expect(() => second.asks('get c')).toThrow('missed')
    expect(() => toldBy((tell) => second.peer.sent(Buffer.from('*x\r\n'), tell))).toThrow('not spoken')
  })

  test('waits in vain where the recorded one left', async () => {
    const { asks, peer } = await clientOf(
      await shelfOf([
        [1, 'get b'],
        [2, '+x'],
        [5, 'get c'],
        [9, 'close'],
      ]),
      1,
    )
    asks('get b')
    expect(peer.leaving).toBeUndefined()
    asks('get c')
    expect(peer.leaving?.wait).toBe(4)
    expect(() => peer.leaving?.miss()).toThrow('left early')
  })
})

test('what is not the protocol is a miss with its bytes', async () => {
  const cassette = oneConnection(REDIS, (it) => void it.sent(command('get b')).received('+x\r\n'))
  const replayer = new Replayer(cassette, { protocols: { 'redis:6379': 'redis' } })
  const client = await Dialogue.with(replayer, REDIS)
  expect(() => client.say('*x\r\n')).toThrow(expect.objectContaining({ code: 'NO_MATCH' }))
  expect(replayer.misses).toHaveLength(1)
})
