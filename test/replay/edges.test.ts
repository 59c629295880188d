import { expect, test } from '../helpers/test.ts'
import { ConnectionError } from '../../src/errors.ts'
import type { RequestHook } from '../../src/hooks/request-hook.ts'
import { Replayer, type ReplayerOptions } from '../../src/replay/replayer.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { Dialogue, originOf } from '../helpers/dialogue.ts'
import { frame, MASK, upgradeAnswer, upgradeRequest } from '../helpers/sockets.ts'
import { answer, type ConnectionWriter, oneConnection, request, TapeWriter } from '../helpers/tape.ts'

const API = 'http://api.test'
const REDIS = 'tcp://redis.test:6379'
const OTHER_MASK = Uint8Array.of(1, 2, 3, 4)
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

const recorded = (write: (connection: ConnectionWriter) => unknown, to = API): Cassette =>
  oneConnection(to, (it) => void write(it))

/** A replay and a client of it. */
async function open(
  cassette: Cassette,
  options: ReplayerOptions = {},
  to = API,
): Promise<{ readonly replayer: Replayer; readonly client: Dialogue }> {
  const replayer = new Replayer(cassette, options)
  return { replayer, client: await Dialogue.with(replayer, to) }
}

test('a request whose end comes after its content is looked up as a whole', async () => {
  const head = 'POST / HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\nX-Time: 1\r\n\r\n'
  const seen: string[] = []
  const normalizeRequest: RequestHook = ({ request: asked }) => {
    seen.push(String(asked.body))
    return { ...asked, headers: asked.headers.filter(([name]) => name !== 'X-Time') }
  }
  const cassette = recorded((it) => it.sent(`${head}3\r\nabc\r\n0\r\n\r\n`).received(answer('ok')))
  const { replayer, client } = await open(cassette, { normalizeRequest })
  client.say(head.replace('1\r\n\r\n', '2\r\n\r\n'), '3\r\nabc\r\n')
  expect(await client.hearAll()).toEqual([])
  client.say('0\r\n\r\n')
  expect(await client.hearAll()).toEqual([answer('ok')])
  expect(replayer.allPlayed).toBe(true)
  expect(seen.at(-1)).toBe('abc')
})

test('a server that falls silent has got the request, though it would have answered before its end', async () => {
  const upload = request('POST', '/', 'hello')
  const cassette = recorded((it) => it.sent(upload.slice(0, -5)).received(answer('no')).sent('hello'))
  const { replayer, client } = await open(cassette, { faults: [{ type: 'stall', at: 0 }] })
  client.say(upload.slice(0, -5), 'hello')
  expect(await client.hearAll()).toEqual([])
  expect(replayer.allPlayed).toBe(true)
})

test('a client whose error has a cause of its own keeps it', async () => {
  const pipelined = recorded((it) =>
    it.sent(request('GET', '/1') + request('GET', '/2')).received(answer('1'), answer('2')),
  )
  const errorAfter = async (cause?: Error): Promise<unknown> => {
    const { client } = await open(pipelined)
    client.say(request('GET', '/1'))
    const error = new ConnectionError('HEADERS_TIMEOUT', 'headers', 'too long', cause && { cause })
    client.transport.destroy(error)
    return error.cause
  }
  const own = new Error('own')
  expect(await errorAfter(own)).toBe(own)
})

test('a client that gives up for no reason of the recording gets none', async () => {
  const { client, replayer } = await open(
    recorded((it) => it.sent(request('GET', '/')).received(answer('ok'))),
    {
      faults: [{ type: 'stall', at: 0 }],
    },
  )
  client.say(request('GET', '/'))
  const error = new ConnectionError('HEADERS_TIMEOUT', 'headers', 'too long')
  client.transport.destroy(error)
  expect([error.cause, replayer.misses]).toEqual([undefined, []])
})

const refusal = (cassette: Cassette, options: object): unknown => {
  try {
    Reflect.construct(Replayer, [cassette, options])
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : error
  }
}

test('options of a replay are refused where they have no meaning', () => {
  const one = recorded((it) => it.sent('PING').received('+'), REDIS)
  const faults = [{ type: 'reset', at: 0 }]
  const whole = recorded((it) => it.sent(request('GET', '/')).received(answer('ok')))
  expect(refusal(one, { faults, protocols: { 'redis.test:6379': 'redis' } })).toContain('whose protocol is named')
  expect(refusal(one, { faults: [], protocols: { 'redis.test:6379': 'redis' } })).toBeUndefined()
  for (const wrong of [{ segmentation: 'x' }, { timing: 'x' }, { order: 'x' }, { matchOn: 'x' }])
    expect([wrong, refusal(whole, wrong)]).toEqual([wrong, expect.stringContaining('an option has an invalid value')])
  for (const wrong of [{ order: 'recorded' }, { barrier: true }])
    expect(refusal(whole, { matchOn: 'bytes', ...wrong })).toContain('order and barrier are about requests')
  for (const right of [{}, { order: 'any' }, { barrier: false }])
    expect([right, refusal(whole, { matchOn: 'bytes', ...right })]).toEqual([right, undefined])
})

test('a client that was told nothing in bytes may stay as long as it likes', async () => {
  for (const [said, isQuiet] of [
    [[], true],
    [['+'], false],
  ] as const) {
    const cassette = recorded(
      (it) =>
        it
          .sent('PING')
          .received(...said)
          .closed('client'),
      REDIS,
    )
    const { client } = await open(cassette, {}, REDIS)
    client.say('PING')
    expect([await client.hearAll(), client.transport.isQuiet]).toEqual([said, isQuiet])
    client.transport.destroy()
  }
})

test('what was not done is named once: bytes by their requests, where they are requests', async () => {
  const cassette = recorded((it) => it.sent(request('GET', '/1')).received(answer('1')))
  const { replayer } = await open(cassette, { matchOn: 'bytes' })
  expect(() => replayer.assertAllPlayed()).toThrow(
    expect.objectContaining({ code: 'UNPLAYED', detail: `\n  #1 GET ${API}/1 (connection 1)` }),
  )
  const bytes = await open(
    recorded((it) => it.sent('PING').received('+'), REDIS),
    {},
    REDIS,
  )
  expect(() => bytes.replayer.assertAllPlayed()).toThrow(
    '4 bytes to tcp://redis.test:6379 that are not HTTP (connection 1)',
  )
})

test('equal pings are answered as often as they were', async () => {
  const ping = (mask: Uint8Array): string => latin1(frame('ping', 'x', { mask }))
  const pong = latin1(frame('pong', 'x'))
  const cassette = recorded((it) =>
    it
      .sent(upgradeRequest())
      .received(upgradeAnswer())
      .sent(ping(MASK))
      .received(pong)
      .sent(ping(MASK))
      .received(pong)
      .sent(frame('text', 'a', { mask: MASK })),
  )
  const { client } = await open(cassette)
  client.say(upgradeRequest())
  await client.hearAll()
  for (let count = 0; count < 3; count += 1) {
    client.say(ping(OTHER_MASK))
    expect([count, await client.hearAll()]).toEqual([count, [pong]])
  }
})

test('an attempt that was given up waits for the client to give up, and then for nothing', async () => {
  const tape = new TapeWriter().failed(API, { code: 'ABORTED', phase: 'tcp', message: 'given up' })
  const replayer = new Replayer(tape.cassette)
  const controller = new AbortController()
  const { signal } = controller
  const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const attempt = replayer.connector(originOf(API), { signal, timeout: 60_000 }).catch((error: unknown) => error)
  controller.abort()
  expect(await attempt).toMatchObject({ code: 'ABORTED' })
  expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length).toBeLessThanOrEqual(before)
})

test('a connection for any origin takes the turn of each origin once', async () => {
  const tape = new TapeWriter()
  tape.open('http://one.test').sent(request('GET', '/1')).received(answer('1'))
  tape.open('http://two.test').sent(request('GET', '/2')).received(answer('2'))
  tape.failed('http://two.test', { code: 'CONNECT_FAILED', phase: 'tcp', message: 'refused' })
  tape.open('http://two.test').sent(request('GET', '/3')).received(answer('3'))
  const replayer = new Replayer(tape.cassette)
  await replayer.prepare()
  const client = new Dialogue(
    replayer.accept('http://one.test', ({ target }) => (target === '/1' ? 'http://one.test' : 'http://two.test')),
  )
  for (const name of ['1', '2', '3']) {
    client.say(request('GET', `/${name}`))
    expect(await client.hear()).toBe(answer(name))
  }
})
