import { once } from 'node:events'
import { expect, test } from '../helpers/test.ts'
import type { Cassette, TapeEvent } from '../../src/tape/cassette.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { nodeConnect } from '../../src/client/to-socket.ts'
import { VirtualClock } from '../../src/clock.ts'
import type { Fault } from '../../src/faults/fault.ts'
import { Replayer, type ReplayerOptions } from '../../src/replay/replayer.ts'
import { attempt, endOf } from '../helpers/attempt.ts'
import { Dialogue } from '../helpers/dialogue.ts'
import { answer, oneConnection, request, TapeWriter } from '../helpers/tape.ts'

const API = 'http://api.test'
const HEAD = answer('hello').slice(0, -5)
const ASK = request('GET', '/')

/** Answered in two segments, and closed by the server. */
const hello = (): Cassette =>
  oneConnection(API, (it) => it.sent(ASK).received(HEAD, 'hello').ended('server').closed('client'))

async function heardWith(faults: readonly Fault[], options: ReplayerOptions = {}): Promise<string[]> {
  const client = await Dialogue.with(new Replayer(hello(), { faults, ...options }))
  client.say(ASK)
  return client.hearAll()
}

const LENGTH = HEAD.length

test.describe('a fault in an answer', () => {
  const cases: readonly (readonly [fault: Fault, heard: readonly string[]])[] = [
    [{ type: 'cut' }, ['(end)']],
    [{ type: 'cut', at: LENGTH }, [HEAD, '(end)']],
    [{ type: 'cut', at: LENGTH + 2 }, [HEAD, 'he', '(end)']],
    [{ type: 'cut', at: -1 }, [HEAD, 'hell', '(end)']],
    [{ type: 'reset', at: 9 }, [HEAD.slice(0, 9), '(CONNECTION_LOST)']],
    [{ type: 'reset', at: LENGTH + 5 }, [HEAD, 'hello', '(CONNECTION_LOST)']],
    [{ type: 'stall', at: LENGTH + 1 }, [HEAD, 'h']],
    [{ type: 'stall' }, []],
    [{ type: 'split', at: 4 }, [HEAD.slice(0, 4), HEAD.slice(4), 'hello', '(end)']],
    [{ type: 'corrupt', at: LENGTH, value: 0x4a }, [HEAD, 'Jello', '(end)']],
    [{ type: 'corrupt', at: -1, xor: 0x20 }, [HEAD, 'hellO', '(end)']],
    [{ type: 'corrupt', at: -5 }, [HEAD, '\x97ello', '(end)']],
    [{ type: 'drop', at: LENGTH + 1, to: -1 }, [HEAD, 'h', 'o', '(end)']],
    [{ type: 'drop' }, ['(end)']],
    [{ type: 'duplicate', at: LENGTH }, [HEAD, 'hello', 'hello', '(end)']],
    [{ type: 'duplicate', at: LENGTH - 1, to: LENGTH + 1 }, [HEAD.slice(0, -1), '\n', 'h', '\n', 'h', 'ello', '(end)']],
    [{ type: 'cut', at: 1_000 }, [HEAD, 'hello', '(end)']],
    [{ type: 'corrupt', at: -1_000 }, [HEAD, 'hello', '(end)']],
    [{ type: 'cut', at: 3, on: 0 }, [HEAD.slice(0, 3), '(end)']],
    [{ type: 'cut', at: 3, on: [1, 2] }, [HEAD, 'hello', '(end)']],
    [{ type: 'cut', at: 3, on: ({ request: { method } }) => method === 'PUT' }, [HEAD, 'hello', '(end)']],
  ]
  for (const [fault, heard] of cases) {
    test(`${JSON.stringify(fault)} gives ${JSON.stringify(heard)}`, async () => {
      expect(await heardWith([fault])).toEqual(heard)
    })
  }

  test('counts in what the faults before it have left', async () => {
    expect(
      await heardWith([
        { type: 'drop', at: 0, to: LENGTH },
        { type: 'reset', at: 2 },
      ]),
    ).toEqual(['he', '(CONNECTION_LOST)'])
  })

  test('is cut like the rest, and what stands apart is not joined', async () => {
    const bytewise = ['H', 'T', 'T', '(end)']
    expect(await heardWith([{ type: 'cut', at: 3 }], { segmentation: 'bytewise' })).toEqual(bytewise)
    expect(await heardWith([{ type: 'split', at: -2 }], { segmentation: 'coalesced' })).toEqual([
      `${HEAD}hel`,
      'lo',
      '(end)',
    ])
  })

  test('spoils only so many plays', async () => {
    const replayer = new Replayer(hello(), { faults: [{ type: 'cut', at: 3, times: 1 }], allowPlaybackRepeats: true })
    const heard: string[][] = []
    for (let round = 0; round < 3; round += 1) {
      const client = await Dialogue.with(replayer)
      client.say(ASK)
      heard.push(await client.hearAll())
    }
    expect(heard).toEqual([
      [HEAD.slice(0, 3), '(end)'],
      [HEAD, 'hello', '(end)'],
      [HEAD, 'hello', '(end)'],
    ])
  })

  test('leaves a connection that has fallen silent open, whatever is asked there', async () => {
    const cassette = oneConnection(API, (it) =>
      it.sent(ASK).received(answer('1')).sent(request('GET', '/2')).received(answer('2')),
    )
    const replayer = new Replayer(cassette, { faults: [{ type: 'stall', at: 5, on: 0 }] })
    const client = await Dialogue.with(replayer)
    client.say(ASK, request('GET', '/2'), request('GET', '/3'))
    expect(await client.hearAll()).toEqual([answer('1').slice(0, 5)])
    const other = await Dialogue.with(replayer)
    other.say(request('GET', '/2'))
    expect(await other.hearAll()).toEqual([answer('2')])
  })

  test('comes before the body where the answer did', async () => {
    const post = request('POST', '/', '', ['Content-Length: 5', 'Expect: 100-continue'])
    const cassette = oneConnection(API, (it) =>
      it.sent(post).received('HTTP/1.1 100 Continue\r\n\r\n').sent('hello').received(answer('done')),
    )
    const client = await Dialogue.with(new Replayer(cassette, { faults: [{ type: 'reset', at: 30 }] }))
    client.say(post)
    expect(await client.hearAll()).toEqual(['HTTP/1.1 100 Continue\r\n\r\n'])
    client.say('hello')
    expect(await client.hearAll()).toEqual(['HTTP/', '(CONNECTION_LOST)'])
  })

  test('lies behind an upgrade where its place does', async () => {
    const upgrade = request('GET', '/', '', ['Connection: upgrade', 'Upgrade: echo'])
    const switching = 'HTTP/1.1 101 Switching Protocols\r\n\r\n'
    const cassette = oneConnection(API, (it) => it.sent(upgrade).received(switching).sent('\0ping').received('pong'))
    const client = await Dialogue.with(
      new Replayer(cassette, { faults: [{ type: 'reset', at: switching.length + 2 }] }),
    )
    client.say(upgrade, '\0ping')
    expect(await client.hearAll()).toEqual([switching, 'po', '(CONNECTION_LOST)'])
  })

  test("counts in all that a connection says with matchOn: 'bytes', and picks connections", async () => {
    const tape = new TapeWriter()
    tape.open(API).received('hi\r\n').sent('a').received('one')
    tape.open(API).received('hi\r\n').sent('a').received('two')
    const replayer = new Replayer(tape.cassette, { matchOn: 'bytes', faults: [{ type: 'cut', at: 5, on: 1 }] })
    const heard: string[][] = []
    for (let round = 0; round < 2; round += 1) {
      const client = await Dialogue.with(replayer)
      client.say('a')
      heard.push(await client.hearAll())
    }
    expect(heard).toEqual([
      ['hi\r\n', 'one'],
      ['hi\r\n', 't', '(end)'],
    ])
  })

  test('delays by the clock of the replay, and what came before comes before', async () => {
    const clock = new VirtualClock()
    const { connector } = new Replayer(hello(), { timing: clock, faults: [{ type: 'delay', at: LENGTH, by: 20_000 }] })
    await using patient = HttpConnection.to(API, { connector, clock, timeouts: 30_000 })
    expect((await attempt(patient, 'GET', '/')).body.toString()).toBe('hello')
    expect(clock.now()).toBeGreaterThanOrEqual(20_000)
  })

  test('that takes longer than a client waits ends in its time-out', async () => {
    const clock = new VirtualClock()
    const { connector } = new Replayer(hello(), { timing: clock, faults: [{ type: 'delay', at: -2, by: 40_000 }] })
    await using connection = HttpConnection.to(API, { connector, clock, timeouts: 30_000 })
    const { body, error } = await attempt(connection, 'GET', '/')
    expect([body.toString(), error?.code]).toEqual(['hel', 'BODY_TIMEOUT'])
  })

  test('delays where nothing else takes time, in real milliseconds', async () => {
    const { connector } = new Replayer(hello(), { faults: [{ type: 'delay', by: 15 }] })
    await using connection = HttpConnection.to(API, { connector })
    const began = performance.now()
    expect((await attempt(connection, 'GET', '/')).body.toString()).toBe('hello')
    expect(performance.now() - began).toBeGreaterThanOrEqual(14)
  })

  const nonsense: readonly unknown[] = [
    { type: 'explode' },
    { type: 'cut', at: 1.5 },
    { type: 'delay', by: -1 },
    { type: 'delay' },
    { type: 'corrupt', value: 256 },
    { type: 'corrupt', xor: 0 },
    { type: 'drop', to: '3' },
    { type: 'cut', on: ['0'] },
  ]
  for (const fault of nonsense) {
    test(`refuses ${JSON.stringify(fault)}`, () => {
      const options: ReplayerOptions = JSON.parse(JSON.stringify({ faults: [fault] }))
      expect(() => new Replayer(hello(), options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    })
  }

  test('refuses a member that this type does not have, and what is not a list', () => {
    const wrong: readonly (readonly [faults: unknown, code: string])[] = [
      [[{ type: 'reset', att: 1 }], 'UNKNOWN_OPTION'],
      [[{ type: 'cut', to: 3 }], 'UNKNOWN_OPTION'],
      [{ type: 'reset' }, 'INVALID_OPTION'],
    ]
    for (const [faults, code] of wrong) {
      const options: ReplayerOptions = JSON.parse(JSON.stringify({ faults }))
      expect(() => new Replayer(hello(), options)).toThrow(expect.objectContaining({ code }))
    }
  })
})

test('a byte after the end of an answer is not corrupted, and does not take its segment apart', async () => {
  const [one, two] = [request('GET', '/1'), request('GET', '/2')]
  const first = answer('one')
  const tape: TapeEvent[] = [
    { type: 'open', connection: 1, at: 0, to: API, took: 1 },
    { type: 'sent', connection: 1, at: 0, bytes: Buffer.from(one + two) },
    { type: 'received', connection: 1, at: 0, bytes: Buffer.from(first + answer('two')), ends: [first.length] },
  ]
  const faults = [{ type: 'corrupt', at: first.length, on: 1 }] as const
  const client = await Dialogue.with(new Replayer({ ...hello(), tape }, { faults }))
  client.say(one + two)
  expect(await client.hearAll()).toEqual([first + answer('two')])
})

test.describe('with a fault', () => {
  const clients = {
    HttpConnection: async (replayer: Replayer): Promise<string> => {
      await using connection = HttpConnection.to(API, { connector: replayer.connector })
      return endOf(await attempt(connection, 'GET', '/'))
    },
    'node:http': async (replayer: Replayer): Promise<string> => {
      const { request: send } = await import('node:http')
      const outgoing = send({ host: 'api.test', createConnection: nodeConnect(replayer.connector) }).end()
      outgoing.on('error', () => {}) // it comes with the answer, too
      try {
        const [incoming] = await once(outgoing, 'response')
        for await (const _ of incoming);
        return 'complete'
      } catch (error) {
        return Object(error).code
      }
    },
  }
  const faults: readonly (readonly [fault: Fault, ours: string, node: string])[] = [
    [{ type: 'cut', at: -1 }, `PREMATURE_EOF at ${LENGTH + 4}`, 'ECONNRESET'],
    [{ type: 'reset', at: -1 }, 'CONNECTION_LOST ECONNRESET', 'ECONNRESET'],
    [{ type: 'corrupt', at: 0 }, 'BAD_START_LINE at 0', 'HPE_INVALID_CONSTANT'],
    [{ type: 'split', at: 7 }, 'complete', 'complete'],
  ]
  for (const [fault, ours, node] of faults) {
    test(`${JSON.stringify(fault)} each client fails as on a socket`, async () => {
      const outcomes = []
      for (const run of Object.values(clients))
        outcomes.push(await run(new Replayer(keptAlive(), { faults: [fault], matchOn: ['method', 'path'] })))
      expect(outcomes).toEqual([ours, node])
    })
  }
})

/** Kept alive, so that the end is the fault's. */
const keptAlive = (): Cassette => oneConnection(API, (it) => it.sent(ASK).received(answer('hello')))
