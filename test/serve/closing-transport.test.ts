import { expect, test } from '../helpers/test.ts'
import { Replayer, type ReplayerOptions } from '../../src/replay/replayer.ts'
import { ClosingTransport } from '../../src/serve/closing-transport.ts'
import type { RequestLimits } from '../../src/serve/request-watch.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import type { Transport } from '../../src/transport.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { ScriptedTransport } from '../helpers/scripted-transport.ts'
import { answer, oneConnection, request, TapeWriter } from '../helpers/tape.ts'

const ORIGIN = 'http://api.test'
const LIMIT = 1_000
const JUST_BEFORE = LIMIT - 1

/** A client that writes to a replay, and has a limit for its requests. */
class SlowClient {
  readonly clock = new FakeClock()
  readonly transport: ClosingTransport
  /** What came, and how it ended: `408`, `408 in the middle`, or the code of an error. */
  readonly heard: string[] = []

  private constructor(replayer: Replayer, limits: RequestLimits) {
    this.transport = new ClosingTransport(
      replayer.accept(ORIGIN, () => ORIGIN),
      limits,
      this.clock,
    )
    void this.#listen()
  }

  static async of(
    tape: Cassette,
    options: ReplayerOptions = {},
    limits: RequestLimits = { request: LIMIT },
  ): Promise<SlowClient> {
    const replayer = new Replayer(tape, options)
    await replayer.prepare()
    return new SlowClient(replayer, limits)
  }

  /** Writes each text, and waits `gap` milliseconds after each. */
  async says(gap: number, ...texts: readonly string[]): Promise<readonly string[]> {
    for (const text of texts) {
      void this.transport.write(Buffer.from(text, 'latin1'))
      await this.clock.advance(gap)
    }
    return this.heard
  }

  async #listen(): Promise<void> {
    try {
      for (let segment = await this.transport.read(); segment !== null; segment = await this.transport.read())
        this.heard.push(Buffer.from(segment).toString('latin1'))
      this.heard.push('end')
    } catch (error) {
      const isMidAnswer = Object(error).isMidAnswer === true
      this.heard.push(`${Object(error).status ?? Object(error).code}${isMidAnswer ? ' in the middle' : ''}`)
    }
  }
}

const get = (target: string): string => request('GET', target)
const post = (length: number): string => `POST /1 HTTP/1.1\r\nHost: api.test\r\nContent-Length: ${length}\r\n\r\n`

const answers = (): Cassette =>
  oneConnection(ORIGIN, (c) => c.sent(get('/1')).received(answer('one')).sent(get('/2')).received(answer('two')))

test.describe('the limit for a request', () => {
  test('is for all of a head, however often a byte comes', async () => {
    const client = await SlowClient.of(answers())
    expect(await client.says(400, 'GET', ' /1', ' HTTP')).toEqual(['408'])
  })

  test('begins with the first byte of a head, after line ends and after what came before', async () => {
    const client = await SlowClient.of(answers())
    expect(await client.says(JUST_BEFORE, '', `${get('/1')}\r\n`)).toEqual([answer('one')])
    await client.clock.advance(100 * LIMIT)
    await client.says(JUST_BEFORE, '\r\n', 'G')
    expect(client.heard).toEqual([answer('one')])
    await client.clock.advance(1)
    expect(client.heard).toEqual([answer('one'), '408'])
  })

  test('is for each gap in a body', async () => {
    const tape = oneConnection(ORIGIN, (c) => c.sent(`${post(3)}abc`).received(answer('one')))
    const client = await SlowClient.of(tape)
    expect(await client.says(JUST_BEFORE, post(3), 'a', 'b', 'c')).toEqual([answer('one')])
    const late = await SlowClient.of(tape)
    expect(await late.says(LIMIT, `${post(3)}ab`)).toEqual(['408'])
  })

  test('is not for the time between requests, and not for the time that an answer takes', async () => {
    const tape = oneConnection(ORIGIN, (c) => c.sent(get('/1')).sent(get('/2')).received(answer('one'), answer('two')))
    const client = await SlowClient.of(tape)
    // The recorded answers came after both requests.
    expect(await client.says(100 * LIMIT, get('/1'), get('/2'))).toEqual([answer('one'), answer('two')])
    expect(client.clock.liveTimers).toBe(0)
  })

  test('ends a connection on which nothing came, without an answer', async () => {
    const client = await SlowClient.of(answers())
    await client.says(LIMIT, '\r\n')
    expect(client.heard).toEqual(['CONNECTION_CLOSED'])
  })

  test('gives no answer that would be taken for an earlier one', async () => {
    const tape = oneConnection(ORIGIN, (c) =>
      c.sent(get('/1')).received('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab').sent(get('/2')),
    )
    const stalled = await SlowClient.of(tape, { faults: [{ type: 'stall', at: -1, on: 0 }] })
    await stalled.says(LIMIT, get('/1'), 'GET')
    expect(stalled.heard.at(-1)).toBe('408 in the middle')
  })

  // Each client sends the beginning of another request, and no more.
  // oxfmt-ignore
  const LATE: readonly (readonly [what: string, said: readonly string[], heard: string])[] = [
    ['a whole request that has no answer yet, half a head',  [get('/1'), 'GET'],                              '408 in the middle'],
    ['the same in one segment',                              [`${get('/1')}GET`],                             '408 in the middle'],
    ['two requests without answers, half a head',            [get('/1'), get('/2'), 'GET'],                   '408 in the middle'],
    ['a request without an answer, half a body',             [get('/1'), `${post(3)}ab`],                     '408 in the middle'],
    ['nothing, half a head',                                 ['GET'],                                         '408'],
    ['nothing, half a body',                                 [`${post(3)}ab`],                                '408'],
    ['three requests with their answers, half a head',       [get('/1'), get('/2'), get('/3'), 'GET'],        '408'],
    ['three requests with their answers, half a body',       [get('/1'), get('/2'), get('/3'), `${post(3)}ab`], '408'],
  ]
  for (const [what, said, heard] of LATE)
    test(`is over, after ${what}: ${heard}`, async () => {
      const tape = oneConnection(ORIGIN, (c) =>
        c
          .sent(get('/1') + get('/2') + get('/3'))
          .received(answer('one') + answer('two') + answer('three'))
          .sent(`${post(3)}abc`)
          .received(answer('four')),
      )
      const client = await SlowClient.of(tape)
      await client.says(LIMIT, ...said)
      expect(client.heard.at(-1)).toBe(heard)
    })

  test('is over in the middle of an answer, also of one to the body that is late', async () => {
    const BEGUN = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab'
    for (const [said, isMidAnswer] of [
      [`${BEGUN}cdefghi`, undefined],
      [BEGUN, true],
      ['', false],
    ] as const) {
      const inner = Object.assign(new ScriptedTransport(), { isQuiet: true })
      const clock = new FakeClock()
      const transport = new ClosingTransport(inner, { request: LIMIT }, clock)
      if (said !== '') inner.say(said)
      const read = transport.read()
      void transport.write(Buffer.from(`${post(3)}ab`))
      const late = said === '' ? read : read.then(() => transport.read())
      const reason = late.catch((error: unknown) => error)
      await clock.advance(LIMIT)
      expect([said, await reason]).toEqual([
        said,
        isMidAnswer === undefined
          ? expect.objectContaining({ code: 'CONNECTION_CLOSED' })
          : expect.objectContaining({ code: 'REQUEST_TIMEOUT', isMidAnswer }),
      ])
    }
  })

  test('waits for what the other side has to say by itself', async () => {
    const inner = Object.assign(new ScriptedTransport(), { isQuiet: false })
    const clock = new FakeClock()
    const transport = new ClosingTransport(inner, { request: LIMIT }, clock)
    const read = transport.read().catch((error: unknown) => error)
    void transport.write(Buffer.from('GET'))
    await clock.advance(3 * LIMIT - 1)
    inner.isQuiet = true
    expect(inner.isDestroyed).toBe(false)
    await clock.advance(1)
    expect(await read).toMatchObject({ code: 'REQUEST_TIMEOUT' })
    expect([inner.isDestroyed, clock.timers]).toEqual([true, 0])
  })

  test('closes without another answer after a body that was answered early', async () => {
    const tape = oneConnection(ORIGIN, (c) =>
      c
        .sent(`${post(3)}a`)
        .received(answer('one'))
        .closed('client'),
    )
    const client = await SlowClient.of(tape)
    expect(await client.says(LIMIT, `${post(3)}a`)).toEqual([answer('one'), 'CONNECTION_CLOSED'])
  })

  test('of another kind is for the time between requests, and not for the time that an answer takes', async () => {
    const tape = oneConnection(ORIGIN, (c) =>
      c.sent(get('/1')).received(answer('one')).sent(get('/2')).received(answer('two')),
    )
    const client = await SlowClient.of(tape, {}, { request: LIMIT, idle: 5 * LIMIT })
    await client.says(5 * LIMIT - 1, get('/1'), get('/2'))
    expect(client.heard).toEqual([answer('one'), answer('two')])
    await client.clock.advance(1)
    expect(client.heard).toEqual([answer('one'), answer('two'), 'CONNECTION_CLOSED'])
  })

  test('of another kind begins after the last of several answers in one segment', async () => {
    const tape = oneConnection(ORIGIN, (c) =>
      c.sent(get('/1') + get('/2') + get('/3')).received(answer('one') + answer('two'), answer('three')),
    )
    const client = await SlowClient.of(tape, {}, { request: LIMIT, idle: 5 * LIMIT })
    await client.says(5 * LIMIT - 1, get('/1') + get('/2') + get('/3'))
    expect(client.heard.at(-1)).toBe(answer('three'))
    await client.clock.advance(1)
    expect(client.heard.at(-1)).toBe('CONNECTION_CLOSED')
  })

  test('is not for another protocol after an upgrade', async () => {
    const upgrade = 'GET /1 HTTP/1.1\r\nHost: api.test\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n'
    const switched = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\n\r\n'
    const tape = oneConnection(ORIGIN, (c) => c.sent(upgrade).received(switched).sent('HELLO').received('HI'))
    const client = await SlowClient.of(tape)
    expect(await client.says(100 * LIMIT, upgrade, 'HEL')).toEqual([switched])
    expect(await client.says(0, 'LO')).toEqual([switched, 'HI'])
  })

  test('can be switched off', async () => {
    const replayer = new Replayer(answers())
    await replayer.prepare()
    const clock = new FakeClock()
    const transport = new ClosingTransport(
      replayer.accept(ORIGIN, () => ORIGIN),
      {},
      clock,
    )
    const read = transport.read()
    void transport.write(Buffer.from('GET'))
    expect(clock.timers).toBe(0)
    transport.destroy()
    await expect(read).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  })

  for (const leave of ['end', 'destroy'] as const)
    test(`leaves no timer behind after ${leave}`, async () => {
      const client = await SlowClient.of(answers())
      await client.says(0, 'GET')
      expect(client.clock.timers).toBe(1)
      client.transport[leave]()
      expect(client.clock.timers).toBe(0)
    })

  test('leaves no timer behind after the other side has failed', async () => {
    const clock = new FakeClock()
    const failure = new Error('the cassette was ejected')
    const inner: Transport = {
      info: {},
      read: () => Promise.reject(failure),
      write: () => {},
      end: () => {},
      destroy: () => {},
    }
    const transport = new ClosingTransport(inner, { request: LIMIT, idle: LIMIT }, clock)
    await expect(transport.read()).rejects.toBe(failure)
    expect(clock.timers).toBe(0)
  })
})

test.describe('a request that ends its connection', () => {
  const closing = request('GET', '/1', '', ['Connection: close'])
  const CLOSING: Readonly<Record<string, string>> = {
    'with Connection: close': closing,
    'of HTTP/1.0': get('/1').replace('HTTP/1.1', 'HTTP/1.0'),
    'with a body': request('POST', '/1', 'abc', ['Connection: close']),
  }
  /** How the next request may come after its answer. */
  const WAYS: Readonly<Record<string, readonly string[]>> = {
    'at once': [get('/2')],
    'in pieces': [get('/2').slice(0, 9), get('/2').slice(9)],
    'with more behind it': [get('/2') + get('/2'), get('/2')],
    'and is no HTTP': ['\0\0'],
  }

  for (const [what, first] of Object.entries(CLOSING))
    for (const [when, more] of Object.entries(WAYS))
      test(`${what} is the last: what comes ${when} is not read, and its answer is there for another client`, async () => {
        const tape = new TapeWriter()
        tape.open(ORIGIN).sent(first).received(answer('one'))
        tape.open(ORIGIN).sent(get('/2')).received(answer('two'))
        const replayer = new Replayer(tape.cassette)
        await replayer.prepare()
        const accept = (): ClosingTransport => new ClosingTransport(replayer.accept(ORIGIN, () => ORIGIN))
        const client = accept()
        void client.write(Buffer.from(first))
        expect(String(await client.read())).toBe(answer('one'))
        for (const text of more) expect(client.write(Buffer.from(text))).toBeUndefined()
        expect(await client.read()).toBe(null)
        expect(replayer.misses).toEqual([])
        const other = accept()
        void other.write(Buffer.from(get('/2')))
        expect(String(await other.read())).toBe(answer('two'))
        other.destroy()
      })
})
