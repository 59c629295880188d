import { expect, test } from '../helpers/test.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { type Clock, VirtualClock } from '../../src/clock.ts'
import { ConnectionError } from '../../src/errors.ts'
import { Recorder } from '../../src/recorder/recorder.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import type { Timing } from '../../src/replay/timing.ts'
import type { Connector } from '../../src/transport.ts'
import { Dialogue, originOf } from '../helpers/dialogue.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { ScriptedTransport } from '../helpers/scripted-transport.ts'
import { answer, oneConnection, request, slowly, TapeWriter } from '../helpers/tape.ts'

const API = 'http://api.test'

// Connected at 1, sent at 100, received at 200 and 300.
const TWO_SEGMENTS = slowly(
  oneConnection(API, (it) => it.sent(request('GET', '/')).received('HTTP/1.1 200 OK\r\nContent-', 'Length: 0\r\n\r\n')),
  100,
)

/** A replay by a clock that stands still, and a client of it that has asked. */
async function setUp(cassette: Cassette, clock: FakeClock, timing: Timing = clock): Promise<Dialogue> {
  const connecting = Dialogue.with(new Replayer(cassette, { timing }))
  await clock.advance(1)
  return connecting
}

test.describe('recorded timing', () => {
  test('counts from the bytes of the client that an answer followed, not from the one before', async () => {
    const clock = new FakeClock()
    const client = await setUp(TWO_SEGMENTS, clock)
    // The client takes its time.
    await clock.advance(5_000)
    client.say(request('GET', '/'))
    await clock.advance(99)
    expect(await client.hear()).toBe('(nothing)')
    await clock.advance(1)
    expect(await client.hear()).toBe('HTTP/1.1 200 OK\r\nContent-')
    await clock.advance(99)
    expect(await client.hear()).toBe('(nothing)')
    await clock.advance(1)
    expect(await client.hear()).toBe('Length: 0\r\n\r\n')
  })

  test('keeps the order where the client is faster than it was', async () => {
    const clock = new FakeClock()
    const [head, body] = [request('POST', '/', 'hello', ['Expect: 100-continue']).slice(0, -5), 'hello']
    const cassette = slowly(
      oneConnection(API, (it) =>
        it
          .sent(head)
          .received('HTTP/1.1 102 Processing\r\n\r\n', 'HTTP/1.1 100 Continue\r\n\r\n')
          .sent(body)
          .received(answer('ok')),
      ),
      100,
    )
    const client = await setUp(cassette, clock)
    client.say(head + body)
    await clock.advance(150)
    expect(await client.hearAll()).toEqual(['HTTP/1.1 102 Processing\r\n\r\n'])
    await clock.advance(50)
    expect(await client.hearAll()).toEqual(['HTTP/1.1 100 Continue\r\n\r\n', answer('ok')])
  })

  test('delays a miss, too, to behind what was told before it', async () => {
    const clock = new FakeClock()
    const client = await setUp(TWO_SEGMENTS, clock)
    client.say(request('GET', '/'))
    expect(() => client.say(request('GET', '/other'))).toThrow(expect.objectContaining({ code: 'NO_MATCH' }))
    expect(await client.hear()).toBe('(nothing)')
    await clock.advance(200)
    expect(await client.hearAll()).toEqual(['HTTP/1.1 200 OK\r\nContent-', 'Length: 0\r\n\r\n', '(NO_MATCH)'])
  })

  test('lets no live byte come before what was told', async () => {
    const clock = new FakeClock()
    const live = new ScriptedTransport().say('live')
    const replayer = new Replayer(TWO_SEGMENTS, { timing: clock, fallback: async () => live })
    const connecting = Dialogue.with(replayer)
    await clock.advance(1)
    const client = await connecting
    client.say(request('GET', '/'), request('GET', '/other'))
    expect(await client.hearAll()).toEqual([])
    expect(live.sent).toBe(request('GET', '/other'))
    await clock.advance(200)
    expect(await client.hearAll()).toEqual(['HTTP/1.1 200 OK\r\nContent-', 'Length: 0\r\n\r\n', 'live'])
  })

  test('leaves no timer behind a client that has gone', async () => {
    const clock = new FakeClock()
    const client = await setUp(TWO_SEGMENTS, clock)
    client.say(request('GET', '/'))
    expect(clock.timers).toBe(1)
    client.transport.destroy()
    expect(clock.timers).toBe(0)
  })

  test('takes as long to connect as it took, or to fail', async () => {
    const clock = new FakeClock()
    const refused = { code: 'CONNECT_FAILED', phase: 'tcp', message: 'refused' } as const
    const connecting = new Replayer(new TapeWriter().failed(API, refused).cassette, { timing: clock }).connector(
      originOf(API),
      {},
    )
    const outcome = connecting.catch((error: unknown) => error)
    expect(clock.timers).toBe(1)
    await clock.advance(1)
    expect(await outcome).toMatchObject({ code: 'CONNECT_FAILED' })
  })

  test('takes as long to connect if everything that plays is loaded already', async () => {
    const clock = new FakeClock()
    const replayer = new Replayer(TWO_SEGMENTS, { timing: clock })
    await replayer.prepare()
    const connecting = replayer.connector(originOf(API), {})
    const first = await Promise.race([connecting, clock.advance(0).then(() => 'still connecting')])
    expect({ first, timers: clock.timers }).toEqual({ first: 'still connecting', timers: 1 })
    await clock.advance(1)
    const transport = await connecting
    transport.destroy()
  })

  test('can be aborted while it connects', async () => {
    const clock = new FakeClock()
    const abort = new AbortController()
    const connecting = new Replayer(TWO_SEGMENTS, { timing: clock }).connector(originOf(API), { signal: abort.signal })
    const outcome = connecting.catch((error: unknown) => error)
    abort.abort('enough')
    expect(await outcome).toMatchObject({ code: 'ABORTED', message: /enough/ })
    expect(clock.timers).toBe(0)
  })

  test('has a factor, of the real time', async () => {
    const { connector } = new Replayer(TWO_SEGMENTS, { timing: 0.1 })
    const before = performance.now()
    await using connection = HttpConnection.to(API, { connector })
    await connection.request('GET', '/')
    expect((await connection.getResponse()).status).toBe(200)
    expect(performance.now() - before).toBeGreaterThan(18)
  })

  for (const [name, timing] of Object.entries({ slow: 'slow', '-1': -1, NaN, Infinity, '{}': {} })) {
    test(`refuses ${name}`, () => {
      // @ts-expect-error A caller without types.
      expect(() => new Replayer(TWO_SEGMENTS, { timing })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    })
  }
})

test.describe('with a virtual clock', () => {
  // oxfmt-ignore
  const SILENCES: Readonly<Record<string, string>> = {
    'HEADERS_TIMEOUT': 'HTTP/1.1 200 OK\r\nContent-',
    'BODY_TIMEOUT':    'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello',
  }
  for (const [code, said] of Object.entries(SILENCES)) {
    test(`a recorded silence of 30 s and its ${code} replay in milliseconds, with the same error`, async () => {
      const live = new VirtualClock()
      const recorder = new Recorder({ now: () => live.now() })
      const recorded = await failureOf(recorder.wrap(silentAfter(said)), live)
      expect(recorded).toMatchObject({ code })
      expect(recorder.cassette.tape.at(-1)).toMatchObject({ type: 'close', at: 30_000 })

      const clock = new VirtualClock()
      const before = performance.now()
      const replayed = await failureOf(new Replayer(recorder.cassette, { timing: clock }).connector, clock)
      expect(performance.now() - before).toBeLessThan(50)
      expect(replayed).toEqual(recorded)
      expect(clock.now()).toBe(30_000)
    })
  }

  test('an answer that was slow but in time is an answer', async () => {
    const clock = new VirtualClock()
    const cassette = slowly(TWO_SEGMENTS, 100)
    await using connection = HttpConnection.to(API, {
      connector: new Replayer(cassette, { timing: clock }).connector,
      clock,
    })
    await connection.request('GET', '/')
    expect((await connection.getResponse()).status).toBe(200)
    expect(clock.now()).toBe(20_001)
  })

  test('a client that has less patience than the one of the recording fails by its own limit', async () => {
    const clock = new VirtualClock()
    const cassette = slowly(TWO_SEGMENTS, 100)
    const { connector } = new Replayer(cassette, { timing: clock })
    await using connection = HttpConnection.to(API, { connector, clock, timeouts: { read: 5_000 } })
    await connection.request('GET', '/')
    await expect(connection.getResponse()).rejects.toMatchObject({ code: 'HEADERS_TIMEOUT' })
    expect(clock.now()).toBe(5_001)
  })
})

/** Leads to a server that answers every write with `text`, and says no more. */
const silentAfter =
  (text: string): Connector =>
  async () => {
    const peer = new ScriptedTransport()
    const write = peer.write.bind(peer)
    peer.write = (bytes) => (peer.say(text), write(bytes))
    return peer
  }

async function failureOf(connector: Connector, clock: Clock): Promise<unknown> {
  await using connection = HttpConnection.to(API, { connector, clock })
  await connection.request('GET', '/')
  try {
    return await (await connection.getResponse()).text()
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error
    const { code, phase, message } = error
    return { code, phase, message }
  }
}
