import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, test } from '../helpers/test.ts'
import { ServedConnection } from '../../src/listen/served-connection.ts'
import { HeldBytes } from '../../src/listen/held-bytes.ts'
import type { Transport } from '../../src/transport.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { type LiveServer, serve } from '../helpers/live-server.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { nextTurn, ScriptedTransport } from '../helpers/scripted-transport.ts'

const CLOCK = new FakeClock()

/** A server whose clients each get the replay, or why there is none. */
const serveReplay = (
  replay: Transport | { readonly failure: unknown },
  onAccepted: (socket: Socket, over: Promise<void>) => void = () => {},
  clock = CLOCK,
): Promise<LiveServer> =>
  serve((socket) => {
    const connection = new ServedConnection({
      socket,
      carrier: socket,
      replay,
      answerTo: () => Buffer.from('refused'),
      maxRequestBytes: Infinity,
      onRefused: () => {},
      clock,
    })
    onAccepted(socket, connection.run())
  })

test('a client that was refused and does not leave is disconnected after half a minute', async () => {
  const clock = new FakeClock()
  let socket: Socket | undefined
  await using server = await serveReplay({ failure: new Error('no') }, (accepted) => (socket = accepted), clock)
  using client = await RawClient.to(server.port)
  client.say('G')
  expect(await client.ended).toBe('end')
  expect(client.heard).toBe('refused')
  await expect.poll(() => clock.timers).toBe(1)
  await clock.advance(29_999)
  if (socket === undefined || socket.destroyed) throw new Error('it left early')
  const closed = once(socket, 'close')
  await clock.advance(1)
  await closed
  expect(clock.timers).toBe(0)
})

test('one that leaves before leaves no timer behind', async () => {
  const clock = new FakeClock()
  let over = new Promise<void>(() => {})
  await using server = await serveReplay({ failure: new Error('no') }, (_, ended) => (over = ended), clock)
  using client = await RawClient.to(server.port)
  client.say('G')
  expect(await client.ended).toBe('end')
  await expect.poll(() => clock.timers).toBe(1)
  client.end()
  await over
  expect(clock.timers).toBe(0)
})

for (const [length, isTaken] of [
  [5, true],
  [6, true],
  [7, false],
] as const)
  test(`an upload of ${length} bytes, where 6 may be sent, is ${isTaken ? 'taken' : 'refused'}`, async () => {
    const replay = new ScriptedTransport()
    const refused: unknown[] = []
    await using server = await serve((socket) => {
      const connection = new ServedConnection({
        socket,
        carrier: socket,
        replay,
        answerTo: () => Buffer.from('refused'),
        maxRequestBytes: 6,
        onRefused: (reason) => void refused.push(reason),
        clock: new FakeClock(),
      })
      void connection.run()
    })
    using client = await RawClient.to(server.port)
    client.say('x'.repeat(length))
    await expect.poll(() => replay.sent.length + refused.length).toBeGreaterThan(0)
    expect(replay.sent).toBe(isTaken ? 'x'.repeat(length) : '')
    expect(refused).toHaveLength(isTaken ? 0 : 1)
    replay.hangUp()
  })

for (const leave of ['destroySoon', 'resetAndDestroy'] as const)
  test(`a client that leaves in the middle of an answer (${leave}) takes the replay with it`, async () => {
    const replay = new ScriptedTransport()
    let over: Promise<void> | undefined
    await using server = await serveReplay(replay, (_, run) => (over = run))
    const client = connect({ port: server.port, host: '127.0.0.1' })
    replay.say('HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n')
    await once(client, 'data')
    client[leave]()
    await once(client, 'close')
    // The server finds out when it goes on.
    const piece = Buffer.alloc(65_536)
    for (let turn = 0; turn < 1_000 && !replay.isDestroyed; turn += 1) {
      replay.say(piece)
      await nextTurn()
    }
    expect(replay.isDestroyed).toBe(true)
    await over
  })

test.describe('a client that does not read', () => {
  const PIECE = Buffer.alloc(65_536, 'x')
  const PIECES = 2_000
  /** What the systems of both sides hold on loopback, and what a stream holds: far less than the answer. */
  const MOST_PIECES = 400

  test('gets no more than sockets hold, sends no more requests, and later gets all of it', async () => {
    const replay = new ScriptedTransport()
    let accepted: Socket | undefined
    await using server = await serveReplay(replay, (socket) => (accepted = socket))
    const client = connect({ port: server.port, host: '127.0.0.1' })
    await once(client, 'connect')
    client.pause()
    client.write('first')
    for (let piece = 0; piece < PIECES; piece += 1) replay.say(PIECE)
    await expect.poll(() => accepted?.writableNeedDrain).toBe(true)
    // The read that was under way is the last one.
    client.write(', second')
    await expect.poll(() => replay.sent).toBe('first, second')
    client.write(', third')
    for (let turn = 0; turn < 3 * PIECES; turn += 1) await nextTurn()
    expect(replay.reads).toBeLessThan(MOST_PIECES)
    expect(accepted?.writableLength).toBeLessThan(4 * PIECE.length)
    expect(replay.sent).toBe('first, second')

    let heard = 0
    client.on('data', (bytes: Buffer) => (heard += bytes.length)).resume()
    await expect.poll(() => heard, { timeout: 20_000 }).toBe(PIECES * PIECE.length)
    await expect.poll(() => replay.sent).toBe('first, second, third')
    client.destroy()
  })
})

test.describe('the bytes of a request that are held', () => {
  const MOST = 10

  /** How a client of an upload of six bytes may be done with. */
  const WAYS: Readonly<Record<string, (replay: ScriptedTransport, client: RawClient) => unknown>> = {
    'has its answer': (replay) => replay.say('answer').hangUp(),
    'has sent too much': (_replay, client) => client.say('more of it'),
    'ends its side': (replay, client) => {
      client.end()
      replay.hangUp()
    },
    'is refused by the replay': (replay) => replay.fail(new Error('no')),
  }
  for (const [what, finish] of Object.entries(WAYS))
    test(`have room for those of the next client once one ${what}`, async () => {
      const held = new HeldBytes(MOST)
      const replays: ScriptedTransport[] = []
      const over: Promise<void>[] = []
      await using server = await serve((socket) => {
        const replay = new ScriptedTransport()
        replays.push(replay)
        const limits = { maxRequestBytes: MOST, held, clock: CLOCK }
        const connection = new ServedConnection({
          ...limits,
          socket,
          carrier: socket,
          replay,
          answerTo: () => Buffer.from('refused'),
          onRefused: () => {},
        })
        over.push(connection.run())
      })
      for (let count = 0; count < 4; count += 1) {
        using client = await RawClient.to(server.port)
        client.say('upload')
        await expect.poll(() => replays[count]?.sent).toBe('upload')
        const replay = replays[count]
        if (replay !== undefined) finish(replay, client)
        await client.ended
        client.end()
        await over[count]
      }
      expect(held.take(MOST)).toBe(true)
      expect(held.take(1)).toBe(false)
    })
})
