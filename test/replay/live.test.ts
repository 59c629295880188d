import { expect, test } from '../helpers/test.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { ConnectionError } from '../../src/errors.ts'
import { Replayer, type ReplayerOptions } from '../../src/replay/replayer.ts'
import type { Connector } from '../../src/transport.ts'
import { Dialogue, originOf } from '../helpers/dialogue.ts'
import { ScriptedPeers, ScriptedTransport } from '../helpers/scripted-transport.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const API = 'http://api.test'
const get = (target: string): string => request('GET', target)

const RECORDED = oneConnection(API, (it) => it.sent(get('/1')).received('HTTP/1.1 200 OK\r\n', '\r\n'))
const PIPELINED = oneConnection(API, (it) => it.sent(get('/1') + get('/2')).received(answer('1') + answer('2')))

interface Setup {
  readonly replayer: Replayer
  readonly client: Dialogue
  readonly live: ScriptedPeers
}

/** A client of a replay with a way out. */
async function setUp(cassette: Cassette = RECORDED, routed?: string): Promise<Setup> {
  const live = new ScriptedPeers()
  const route: ReplayerOptions['route'] = ({ target }) => (target === routed ? live.connector : undefined)
  const replayer = new Replayer(cassette, routed === undefined ? { fallback: live.connector } : { route })
  return { replayer, live, client: await Dialogue.with(replayer) }
}

const refused: Connector = async () => {
  throw new ConnectionError('CONNECT_FAILED', 'tcp', 'refused')
}

test.describe('a replay with a fallback', () => {
  test('answers what is recorded without a connection', async () => {
    const { client, live } = await setUp()
    client.say(get('/1'))
    expect(await client.hearAll()).toEqual(['HTTP/1.1 200 OK\r\n', '\r\n'])
    expect(live.all).toEqual([])
  })

  test('hands a request that is not recorded to the live server, byte for byte, and counts no miss', async () => {
    const { client, live, replayer } = await setUp()
    client.say(get('/new').slice(0, 10), get('/new').slice(10))
    live.at(0).say('live ', 'answer')
    expect(await client.hearAll()).toEqual(['live ', 'answer'])
    expect(live.at(0).sent).toBe(get('/new'))
    expect(replayer.misses).toEqual([])
  })

  test('plays what was recorded before the first live byte', async () => {
    const { client, live } = await setUp()
    client.say(get('/1') + get('/new'))
    await Promise.resolve()
    live.at(0).say('live')
    expect(await client.hearAll()).toEqual(['HTTP/1.1 200 OK\r\n', '\r\n', 'live'])
    expect(live.at(0).sent).toBe(get('/new'))
  })

  for (const [what, routed] of [
    ['was not recorded', undefined],
    ['has a route of its own', '/new'],
  ] as const)
    test(`hands over what came in one segment with a request that ${what}, and behind it`, async () => {
      for (const [rest, more] of [
        [get('/1'), get('/2')],
        [get('/newer') + get('/1'), get('/2')],
        [get('/1').slice(0, 9), get('/1').slice(9)],
        ['\0not HTTP', 'more'],
      ] as const)
        for (const before of ['', get('/1')]) {
          const { client, live } = await setUp(RECORDED, routed)
          client.say(before + get('/new') + rest, more)
          await client.hearAll()
          expect(live.at(0).sent).toBe(get('/new') + rest + more)
        }
    })

  test('stays live to the end of the connection, also for what is recorded', async () => {
    const { client, live } = await setUp()
    client.say(get('/new'), get('/1'))
    await client.hearAll()
    expect(live.at(0).sent).toBe(get('/new') + get('/1'))
    live.at(0).hangUp()
    expect(await client.hearAll()).toEqual(['(end)'])
  })

  test('tells the live server which of its own bytes were an answer', async () => {
    const told: number[] = []
    const peer = Object.assign(new ScriptedTransport(), { answered: (offset: number) => void told.push(offset) })
    const client = await Dialogue.with(new Replayer(RECORDED, { fallback: async () => peer }))
    client.say(get('/1'), get('/new'), get('/newer'))
    peer.say('answer, and half')
    const heard = await client.hearAll()
    expect(heard).toEqual(['HTTP/1.1 200 OK\r\n', '\r\n', 'answer, and half'])
    const replayed = 'HTTP/1.1 200 OK\r\n\r\n'.length
    for (const offset of [replayed, replayed + 'answer'.length]) client.transport.answered?.(offset)
    expect(told).toEqual(['answer'.length])
  })

  test('passes on how the client ends', async () => {
    const { client, live } = await setUp()
    client.say(get('/new'))
    client.transport.end()
    await client.hearAll()
    expect(live.at(0).isEnded).toBe(true)
    client.transport.destroy(new Error('enough'))
    expect(live.at(0).destroyedWith).toMatchObject({ message: 'enough' })
    expect(await client.hear()).toBe('(enough)')
  })

  test('ends a live connection that is made after the client has gone', async () => {
    const { client, live } = await setUp()
    client.say(get('/new'))
    client.transport.destroy()
    await client.hear()
    expect(live.at(0).isDestroyed).toBe(true)
  })

  test('fails with the error of the connection that cannot be made', async () => {
    const client = await Dialogue.with(new Replayer(RECORDED, { fallback: refused }))
    await expect(client.transport.write(Buffer.from(get('/new')))).rejects.toMatchObject({ code: 'CONNECT_FAILED' })
    expect(await client.hear()).toBe('(CONNECT_FAILED)')
  })

  test('connects at once to an origin that the cassette does not know', async () => {
    const { live, replayer } = await setUp()
    const transport = await replayer.connector(originOf('http://other.test'), {})
    expect(live.all).toHaveLength(1)
    void transport.write(Buffer.from(get('/new')))
    expect(live.at(0).sent).toBe(get('/new'))
  })

  test('misses where answers to a pipeline are still due: the live answer would take their place', async () => {
    const { client, live } = await setUp(PIPELINED)
    client.say(get('/1'))
    expect(() => client.say(get('/new'))).toThrow(expect.objectContaining({ code: 'NO_MATCH' }))
    expect(live.all).toEqual([])
  })

  test('misses where part of a recorded answer has been played: the live one would come after it', async () => {
    const upload = request('POST', '/', 'hello', ['Expect: 100-continue'])
    const [head, go] = [upload.slice(0, -5), 'HTTP/1.1 100 Continue\r\n\r\n']
    const recorded = oneConnection(API, (it) => it.sent(head).received(go).sent('hello').received(answer('ok')))
    const { client, live } = await setUp(recorded)
    client.say(head)
    expect(await client.hear()).toBe(go)
    expect(() => client.say('other')).toThrow(expect.objectContaining({ code: 'NO_MATCH' }))
    expect(live.all).toEqual([])
  })

  test('hands over bytes that are not HTTP', async () => {
    const { client, live } = await setUp()
    client.say('\0not HTTP')
    await client.hearAll()
    expect(live.at(0).sent).toBe('\0not HTTP')
  })

  test('hands over, with bytes, a connection that begins otherwise than any recorded', async () => {
    const live = new ScriptedPeers()
    const replayer = new Replayer(RECORDED, { fallback: live.connector, matchOn: 'bytes' })
    const [client, more] = [await Dialogue.with(replayer), await Dialogue.with(replayer)]
    client.say(get('/new'))
    await client.hearAll()
    expect(live.all).toHaveLength(2)
    expect(live.at(1).sent).toBe(get('/new'))
    more.say(get('/more'))
    expect(live.at(0).sent).toBe(get('/more'))
  })
})

test('a request with a route of its own is not looked up in the cassette', async () => {
  const live = new ScriptedPeers()
  const replayer = new Replayer(RECORDED, { route: ({ target }) => (target === '/1' ? live.connector : undefined) })
  const client = await Dialogue.with(replayer)
  client.say(get('/1'))
  await client.hearAll()
  expect(live.at(0).sent).toBe(get('/1'))
  expect(replayer.allPlayed).toBe(false)
})

const TWO = oneConnection(API, (it) => it.sent(get('/1')).received(answer('1')).sent(get('/2')).received(answer('2')))
const RAW = oneConnection('tcp://db.test:1', (it) => it.sent('PING\r\n').received('+PONG\r\n'))
const PROTOCOLS = { 'db.test:1': 'redis' } as const

/** A cassette of one connection, what a client says on more of them, and how many of these are live from the beginning. */
// oxfmt-ignore
const MORE: readonly (readonly [name: string, cassette: Cassette, options: ReplayerOptions, origin: string, live: readonly boolean[]])[] = [
  ['HTTP', TWO, {}, API, [false, false, false]],
  ['HTTP that plays again', TWO, { allowPlaybackRepeats: true }, API, [false, false, false]],
  ['HTTP in bytes', TWO, { matchOn: 'bytes' }, API, [false, true, true]],
  ['HTTP in bytes that plays again', TWO, { matchOn: 'bytes', allowPlaybackRepeats: true }, API, [false, false, false]],
  ['bytes', RAW, {}, 'tcp://db.test:1', [false, true, true]],
  ['bytes that play again', RAW, { allowPlaybackRepeats: true }, 'tcp://db.test:1', [false, false, false]],
  ['a protocol', RAW, { protocols: PROTOCOLS }, 'tcp://db.test:1', [false, false, false]],
  ['another origin', TWO, {}, 'http://other.test', [true, true, true]],
  ['another origin of bytes', RAW, {}, 'tcp://other.test:1', [true, true, true]],
]

for (const [name, cassette, options, origin, expected] of MORE)
  test(`a connection more than were recorded is live only if it could be given nothing: ${name}`, async () => {
    const live = new ScriptedPeers()
    const replayer = new Replayer(cassette, { ...options, fallback: live.connector })
    const isLive: boolean[] = []
    for (let count = 0; count < 3; count += 1) {
      const before = live.all.length
      await Dialogue.with(replayer, origin)
      isLive.push(live.all.length > before)
    }
    expect(isLive).toEqual(expected)
  })

test('a request that nobody has asked for is played on a connection more', async () => {
  const live = new ScriptedPeers()
  const replayer = new Replayer(TWO, { fallback: live.connector })
  for (const path of ['/1', '/2']) {
    const client = await Dialogue.with(replayer)
    client.say(get(path))
    expect(await client.hearAll()).toEqual([answer(path.slice(1))])
  }
  expect(live.all).toEqual([])
})
