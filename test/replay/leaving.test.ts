import { expect, test } from '../helpers/test.ts'
import { VirtualClock } from '../../src/clock.ts'
import { ConnectionError } from '../../src/errors.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { Replayer, type ReplayerOptions } from '../../src/replay/replayer.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { checkCassettes } from '../../src/inspection/check-cassettes.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { Dialogue } from '../helpers/dialogue.ts'
import { every } from '../helpers/share.ts'
import { answer, oneConnection, request, slowly } from '../helpers/tape.ts'

const API = 'http://api.test'
const TCP = 'tcp://redis.test:6379'
const GET = request('GET', '/events')
const SSE = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n'
const event = (data: string): string => `e\r\ndata: ${data}\n\n\r\n`
const ABORTED = { code: 'ABORTED', phase: 'body', message: 'by the caller' } as const

interface Case {
  readonly name: string
  readonly origin?: string
  readonly said: readonly string[]
  readonly heard: readonly string[]
  readonly cassette: Cassette
  readonly options?: ReplayerOptions
}

const early = (said: string, ...heard: readonly string[]): Pick<Case, 'said' | 'heard' | 'cassette'> => ({
  said: [said],
  heard,
  cassette: oneConnection(API, (it) =>
    it
      .sent(said)
      .received(...heard)
      .closed('client'),
  ),
})

const CASES: readonly Case[] = [
  { name: 'before the head', ...early(GET) },
  { name: 'in the head', ...early(GET, 'HTTP/1.1 200 OK\r\nConte') },
  { name: 'after an interim response', ...early(GET, 'HTTP/1.1 103 Early Hints\r\n\r\n') },
  { name: 'after the head', ...early(GET, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n') },
  { name: 'in a body of known length', ...early(GET, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 'hell') },
  { name: 'in a body until close', ...early(GET, 'HTTP/1.1 200 OK\r\n\r\n', 'hell') },
  { name: 'after two of three events', ...early(GET, SSE, event('abcdef'), event('ghijkl')) },
  { name: 'before the last chunk', ...early(GET, SSE, `${event('abcdef')}0\r\n`) },
  {
    name: 'with an error of its own',
    said: [GET],
    heard: [SSE],
    cassette: oneConnection(API, (it) => it.sent(GET).received(SSE).closed('client', ABORTED)),
  },
  {
    name: 'in the second answer',
    said: [GET, GET],
    heard: [answer('first'), 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'],
    cassette: oneConnection(API, (it) =>
      it
        .sent(GET)
        .received(answer('first'))
        .sent(GET)
        .received('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n')
        .closed('client'),
    ),
  },
  {
    name: 'in the second of three pipelined answers',
    said: [GET + GET + GET],
    heard: [answer('first'), 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'],
    cassette: oneConnection(API, (it) =>
      it.sent(GET, GET, GET).received(answer('first'), 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n').closed('client'),
    ),
  },
  {
    name: 'in a conversation in bytes',
    origin: TCP,
    said: ['SUBSCRIBE a\r\n'],
    heard: ['+1\r\n', '+2\r\n'],
    cassette: oneConnection(TCP, (it) => it.sent('SUBSCRIBE a\r\n').received('+1\r\n', '+2\r\n').closed('client')),
  },
  { name: 'where HTTP is compared in bytes', ...early(GET, SSE, event('abcdef')), options: { matchOn: 'bytes' } },
  {
    name: 'behind an upgrade',
    said: [request('GET', '/ws', '', ['Upgrade: x', 'Connection: upgrade']), '\x81\x00'],
    heard: ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n', 'frame'],
    cassette: oneConnection(API, (it) =>
      it
        .sent(request('GET', '/ws', '', ['Upgrade: x', 'Connection: upgrade']))
        .received('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n')
        .sent('\x81\x00')
        .received('frame')
        .closed('client'),
    ),
  },
]

/** Says all and reads up to where the recorded client left. */
async function played({ cassette, origin, said, heard, options }: Case): Promise<[Replayer, Dialogue]> {
  const replayer = new Replayer(cassette, options)
  const dialogue = await Dialogue.with(replayer, origin)
  dialogue.say(...said)
  expect((await dialogue.hearAll()).join('')).toBe(heard.join(''))
  return [replayer, dialogue]
}

test.describe('where the recorded client left', () => {
  // Each of these waits half a second.
  for (const one of every(5, CASES))
    test(`${one.name}, one that waits for more gets an error`, async () => {
      const replayer = new Replayer(one.cassette, one.options)
      const { transport } = await Dialogue.with(replayer, one.origin)
      for (const text of one.said) void transport.write(Buffer.from(text, 'latin1'))
      const expected = one.heard.join('')
      let heard = ''
      while (heard.length < expected.length) heard += Buffer.from((await transport.read()) ?? []).toString('latin1')
      expect(heard).toBe(expected)

      await expect(transport.read()).rejects.toMatchObject({ name: 'CassetteMiss', code: 'RECORDING_ENDS' })
      await expect(transport.read()).rejects.toMatchObject({ code: 'RECORDING_ENDS' })
      expect(replayer.misses.map(({ code }) => code)).toEqual(['RECORDING_ENDS'])
      expect(replayer.misses[0]?.message).toContain('the recorded client had left before the answer was whole')
      expect(replayer.misses[0]?.report.told === 0).toBe(one.heard.length === 0)
    })

  for (const one of CASES)
    test(`${one.name}, one that leaves, too, gets none`, async () => {
      const clock = impatientClock()
      const [replayer, { transport }] = await played({ ...one, options: { ...one.options, timing: clock } })
      expect(clock.scheduled).toHaveLength(1)
      transport.destroy()
      expect(clock.scheduled).toEqual([])
      expect(replayer.misses).toEqual([])
    })

  test('a client that has ended its side gets one, too', async () => {
    const cassette = oneConnection(API, (it) => it.sent(GET).ended('client').received(SSE).closed('client'))
    const { transport } = await Dialogue.with(new Replayer(cassette))
    void transport.write(Buffer.from(GET))
    transport.end()
    expect(await transport.read()).toHaveLength(SSE.length)
    await expect(transport.read()).rejects.toMatchObject({ code: 'RECORDING_ENDS' })
  })

  const WHOLE: readonly (readonly [name: string, method: string, text: string])[] = [
    ['an answer of known length', 'GET', answer('hello')],
    ['one in chunks', 'GET', `${SSE}${event('abcdef')}0\r\n\r\n`],
    ['one to HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
    ['one without content', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
    ['what is no HTTP', 'GET', 'SSH-2.0-x\r\n'],
  ]
  for (const [name, method, text] of WHOLE) {
    test(`${name} is whole: the client may stay`, async () => {
      const cassette = oneConnection(API, (it) => it.sent(request(method, '/')).received(text).closed('client'))
      const replayer = new Replayer(cassette, { timing: IMPATIENT })
      const dialogue = await Dialogue.with(replayer)
      dialogue.say(request(method, '/'))
      expect(await dialogue.hearAll()).toEqual([text])
      expect(IMPATIENT.scheduled).toEqual([])
    })
  }

  test('it gets twice the time that the recorded one waited', async () => {
    const clock = impatientClock()
    const slow = slowly(early(GET, SSE).cassette, 20)
    const dialogue = await Dialogue.with(new Replayer(slow, { timing: clock }))
    dialogue.say(GET)
    await dialogue.hearAll()
    expect(clock.scheduled).toEqual([2 * 20 + 500])
  })

  test('a client with a limit of its own fails by that, if the recorded one waited as long', async () => {
    const slow = slowly(early(GET, SSE).cassette, 100)
    const replayer = new Replayer(slow)
    await using connection = HttpConnection.to(API, { connector: replayer.connector, timeouts: 100 })
    await connection.request('GET', '/events')
    const response = await connection.getResponse()
    await expect(response.bytes()).rejects.toMatchObject({ code: 'BODY_TIMEOUT' })
    expect(replayer.misses).toEqual([])
  })

  test('a stall that was put in stays one', async () => {
    const clock = impatientClock()
    const cassette = oneConnection(API, (it) => it.sent(GET).received(SSE).closed('client'))
    const replayer = new Replayer(cassette, { timing: clock, faults: [{ type: 'stall', at: 9 }] })
    const dialogue = await Dialogue.with(replayer)
    dialogue.say(GET)
    expect(await dialogue.hearAll()).toEqual(['HTTP/1.1 '])
    expect(clock.scheduled).toEqual([])
  })

  test('a stall that was put into a conversation in bytes stays one', async () => {
    const clock = impatientClock()
    const cassette = oneConnection(TCP, (it) => it.sent('A\r\n').received('+1\r\n', '+2\r\n').closed('client'))
    const replayer = new Replayer(cassette, { timing: clock, faults: [{ type: 'stall', at: 4 }] })
    const dialogue = await Dialogue.with(replayer, TCP)
    dialogue.say('A\r\n')
    expect(await dialogue.hearAll()).toEqual(['+1\r\n'])
    expect(clock.scheduled).toEqual([])
  })

  test('a connection that fails meanwhile fails as the client has it', async () => {
    const [replayer, { transport }] = await played({ name: '', ...early(GET, SSE) })
    const mine = new ConnectionError('ABORTED', 'body', 'by the caller')
    transport.destroy(mine)
    await expect(transport.read()).rejects.toBe(mine)
    expect(replayer.misses).toEqual([])
  })
})

interface ImpatientClock {
  /** Delays that were not cancelled. */
  readonly scheduled: number[]
  now(): number
  schedule(delay: number, action: () => void): { keepAlive(): void; cancel(): void }
}

/** What takes less than 100 ms happens at once by it; anything else is noted, and never happens. */
function impatientClock(): ImpatientClock {
  const scheduled: number[] = []
  let now = 0
  return {
    scheduled,
    now: () => now,
    schedule(delay, action) {
      if (delay >= 100) scheduled.push(delay)
      else
        queueMicrotask(() => {
          now += delay
          action()
        })
      return { keepAlive() {}, cancel: () => void scheduled.splice(0) }
    },
  }
}

const IMPATIENT = impatientClock()

const saysLeft = ({ cassette }: Case): boolean =>
  encodeCassette(cassette).includes('# the client disconnected here: the answer')
const isHttp = ({ origin }: Case): boolean => origin === undefined

test('the cassette says where the client left in the middle of an answer, and nowhere else', () => {
  const unsaid = CASES.filter((one) => isHttp(one) && !saysLeft(one)).map(({ name }) => name)
  // What followed the upgrade is not HTTP.
  expect(unsaid).toEqual(['behind an upgrade'])
  const whole = early(GET, answer('hello'))
  expect(saysLeft({ name: '', ...whole })).toBe(false)
})

test('check notes it at its place', async ({}, info) => {
  const path = info.outputPath('left.yaml')
  await saveCassette(path, early(GET, SSE).cassette)
  const { findings } = await checkCassettes([path])
  expect(findings).toMatchObject([{ code: 'ANSWER_CUT', severity: 'note', file: path }])
  const lines = encodeCassette(early(GET, SSE).cassette).split('\n')
  expect(lines[(findings[0]?.line ?? 0) - 1]).toContain('close: 1')
})

test('a client that reads before it asks waits in vain no longer than one that reads after it', async () => {
  const clock = new VirtualClock()
  const { cassette } = early(GET)
  const { connector } = new Replayer(cassette, { timing: clock })
  const transport = await connector({ protocol: 'http', host: 'api.test', port: 80 }, {})
  const reading = transport.read()
  await transport.write(Buffer.from(GET))
  await expect(reading).rejects.toMatchObject({ code: 'RECORDING_ENDS' })
})
