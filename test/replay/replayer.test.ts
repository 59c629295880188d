import dns from 'node:dns'
import net from 'node:net'
import tls from 'node:tls'
import { expect, test } from '../helpers/test.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { ConnectionError } from '../../src/errors.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import type { TlsInfo } from '../../src/transport.ts'
import { Dialogue, originOf } from '../helpers/dialogue.ts'
import { answer, oneConnection, request, TapeWriter } from '../helpers/tape.ts'

const API = 'http://api.test'
const RESET = { code: 'CONNECTION_LOST', phase: 'open', systemCode: 'ECONNRESET', message: 'read ECONNRESET' } as const

/** One connection with a GET for each target, answered by the target. */
const gets = (...targets: readonly string[]): Cassette =>
  oneConnection(API, (it) => {
    for (const target of targets) it.sent(request('GET', target)).received(answer(target))
  })

/** A connection of its own for each request, answered by the texts. */
function separately(...pairs: readonly (readonly [request: string, answer: string])[]): Cassette {
  const tape = new TapeWriter()
  for (const [sent, received] of pairs) tape.open(API).sent(sent).received(received)
  return tape.cassette
}

/** What one new connection hears in answer to one request. */
async function ask(replayer: Replayer, text: string): Promise<string> {
  const client = await Dialogue.with(replayer)
  client.say(text)
  return (await client.hearAll()).join('')
}

for (const host of ['api.test', 'API.test', 'Api.Test'])
  test(`the name of a host has no case: ${host}`, async () => {
    const { connector } = new Replayer(gets('/a', '/b'))
    await using connection = new HttpConnection({ host, connector })
    for (const target of ['/a', '/b']) {
      await connection.request('GET', target)
      expect(await (await connection.getResponse()).text()).toBe(target)
    }
  })

test('an attempt that failed fails again, however the name of its host is written', async () => {
  const { cassette } = new TapeWriter().failed(API, { code: 'CONNECT_FAILED', phase: 'tcp', message: 'refused' })
  for (const host of ['api.test', 'API.TEST']) {
    const { connector } = new Replayer(cassette)
    await expect(connector({ protocol: 'http', host, port: 80 }, {})).rejects.toMatchObject({ code: 'CONNECT_FAILED' })
  }
})

test.describe('a replayed answer', () => {
  test('comes in the recorded segments, and the connection stays open', async () => {
    const segments = ['HTTP/1.1 200 OK\r\nContent-Le', 'ngth: 5\r\n\r\nhe', 'llo']
    const replayer = new Replayer(oneConnection(API, (it) => it.sent(request('GET', '/')).received(...segments)))
    const client = await Dialogue.with(replayer)

    expect(await client.hear()).toBe('(nothing)')
    client.say(request('GET', '/'))
    expect(await client.hearAll()).toEqual(segments)
  })

  test('does not depend on how the client cuts its request', async () => {
    const post = request('POST', '/', 'hello')
    const replayer = new Replayer(oneConnection(API, (it) => it.sent(post).received(answer('ok'))))
    const client = await Dialogue.with(replayer)

    client.say(...post.slice(0, -1).split(''))
    expect(await client.hearAll()).toEqual([])
    client.say('o')
    expect(await client.hearAll()).toEqual([answer('ok')])
  })

  test('goes to the request it was recorded for, whatever connection that comes on', async () => {
    const replayer = new Replayer(gets('/1', '/2', '/3'))
    expect(await ask(replayer, request('GET', '/3'))).toBe(answer('/3'))
    expect(await ask(replayer, request('GET', '/1'))).toBe(answer('/1'))
    const client = await Dialogue.with(replayer)
    client.say(request('GET', '/2'))
    expect(await client.hear()).toBe(answer('/2'))
  })

  test('cannot be changed by a client that changes what it read', async () => {
    const replayer = new Replayer(gets('/'), { allowPlaybackRepeats: true })
    const { transport } = await Dialogue.with(replayer)
    void transport.write(Buffer.from(request('GET', '/')))
    ;(await transport.read())?.fill(0)

    expect(await ask(replayer, request('GET', '/'))).toBe(answer('/'))
  })

  test('is not delivered inside the write that asked for it', async () => {
    const { transport } = await Dialogue.with(new Replayer(gets('/')))
    const order: string[] = []
    const read = transport.read().then(() => order.push('read'))
    void transport.write(Buffer.from(request('GET', '/')))
    order.push('written')
    await read

    expect(order).toEqual(['written', 'read'])
  })
})

test.describe('equal requests', () => {
  test('are answered in recorded order, each once', async () => {
    const get = request('GET', '/')
    const replayer = new Replayer(separately([get, answer('1')], [get, answer('2')]))

    expect(await ask(replayer, get)).toBe(answer('1'))
    expect(await ask(replayer, get)).toBe(answer('2'))
    await expect(ask(replayer, get)).rejects.toMatchObject({ code: 'NO_MATCH' })
    expect(replayer.playCount).toBe(2)
  })

  test('go on with the connection that is being played before they take from another', async () => {
    const tape = new TapeWriter()
    const get = request('GET', '/')
    const [one, two] = [tape.open(API), tape.open(API)]
    one.sent(request('GET', '/one')).received(answer('one'))
    two.sent(request('GET', '/two')).received(answer('two'))
    // Neither had been answered when the other was sent, so their connections tell them apart.
    one.sent(get)
    two.sent(get)
    one.received(answer('after one'))
    two.received(answer('after two'))

    const client = await Dialogue.with(new Replayer(tape.cassette))
    client.say(request('GET', '/two'), get)
    expect(await client.hearAll()).toEqual([answer('two'), answer('after two')])
  })

  test('are played again with allowPlaybackRepeats, the last one of them', async () => {
    const get = request('GET', '/')
    const cassette = separately([get, answer('1')], [get, answer('2')])
    const replayer = new Replayer(cassette, { allowPlaybackRepeats: true })

    const heard = [await ask(replayer, get), await ask(replayer, get), await ask(replayer, get)]
    expect(heard).toEqual([answer('1'), answer('2'), answer('2')])
    expect(replayer.playCount).toBe(3)
  })
})

const optional = ({ method }: { readonly method: string }): boolean => method === 'OPTIONS'

test.describe('optional requests', () => {
  const preflight = request('OPTIONS', '/')

  test('may be left out: they count as played, and no order waits for them', async () => {
    const tape = oneConnection(API, (it) =>
      it.sent(preflight).received(answer('yes')).sent(request('GET', '/')).received(answer('1')),
    )
    const replayer = new Replayer(tape, { optional, order: 'recorded' })
    expect(await ask(replayer, request('GET', '/'))).toBe(answer('1'))
    expect(replayer.unplayed).toEqual([])
    replayer.assertAllPlayed()
  })

  test('may be repeated, and others may not', async () => {
    const tape = oneConnection(API, (it) =>
      it.sent(preflight).received(answer('yes')).sent(request('GET', '/')).received(answer('1')),
    )
    const replayer = new Replayer(tape, { optional })
    for (let round = 0; round < 3; round++) expect(await ask(replayer, preflight)).toBe(answer('yes'))
    expect(await ask(replayer, request('GET', '/'))).toBe(answer('1'))
    await expect(ask(replayer, request('GET', '/'))).rejects.toMatchObject({ code: 'NO_MATCH' })
    expect(replayer.misses).toHaveLength(1)
  })
})

const put = (body: string): string => request('PUT', '/', body)

test.describe('allowPlaybackRepeats', () => {
  test('plays what was never played before it repeats anything', async () => {
    const get = request('GET', '/')
    const tape = new TapeWriter()
    tape.open(API).sent(get).received(answer('1')).sent(get).received(answer('2'))
    tape.open(API).sent(get).received(answer('3'))
    const replayer = new Replayer(tape.cassette, { allowPlaybackRepeats: true })

    const client = await Dialogue.with(replayer)
    client.say(get)
    expect(await client.hear()).toBe(answer('1'))
    expect(await ask(replayer, get)).toBe(answer('2'))
    client.say(get)
    expect(await client.hear()).toBe(answer('3'))
  })

  test('repeats pipelined requests together', async () => {
    const both = request('GET', '/1') + request('GET', '/2')
    const cassette = oneConnection(API, (it) => it.sent(both).received(answer('1') + answer('2')))
    const replayer = new Replayer(cassette, { allowPlaybackRepeats: true })
    for (let round = 0; round < 2; round += 1) expect(await ask(replayer, both)).toBe(answer('1') + answer('2'))
  })
})

test.describe('matching', () => {
  const bodies: readonly (readonly [recorded: string, asked: string, isSame: boolean])[] = [
    ['{"a":1,"b":[true,null]}', '{ "b": [true, null], "a": 1.0 }', true],
    ['{"a":1}', '{"a":2}', false],
    ['[1,2]', '[2,1]', false],
    ['{"id":12345678901234567890}', '{"id":12345678901234567891}', false],
    ['{"id":12345678901234567890, "b":1}', '{"b":1,"id":12345678901234567890}', true],
    ['[1e400]', '[1e500]', false],
    ['"12345678901234567890"', '12345678901234567890', false],
    ['{"__proto__":1}', '{"__proto__":2}', false],
    ['a=1&b=2', 'b=2&a=1', false],
    ['{"a":1', '{"a":1 ', false],
    [`${'['.repeat(50_000)}${']'.repeat(50_000)}`, `${'['.repeat(50_000)} ${']'.repeat(50_000)}`, false],
    ['\xff{}', '\xff{}', true],
  ]
  for (const [recorded, asked, isSame] of bodies) {
    const [left, right] = [recorded.slice(0, 40), asked.slice(0, 40)].map((body) => JSON.stringify(body))
    test(`takes the body ${right} for ${isSame ? 'the same as' : 'another than'} ${left}`, async () => {
      const replayer = new Replayer(separately([put(recorded), answer('ok')]))
      const outcome = await ask(replayer, put(asked)).catch((error: { code: string }) => error.code)
      expect(outcome).toBe(isSame ? answer('ok') : 'NO_MATCH')
    })
  }

  test('compares only what matchOn names', async () => {
    const replayer = new Replayer(gets('/a?x=1', '/b?x=1'), { matchOn: ['path'] })
    expect(await ask(replayer, request('POST', '/b?y=2', 'anything'))).toBe(answer('/b?x=1'))
    await expect(ask(replayer, request('GET', '/c?x=1'))).rejects.toMatchObject({ code: 'NO_MATCH' })
  })

  test('distinguishes method, scheme, host and query where they are named', async () => {
    for (const name of ['method', 'scheme', 'host', 'query'] as const) {
      const replayer = new Replayer(gets('/a?x=1'), { matchOn: [name] })
      const client = await Dialogue.with(replayer, 'https://other.test')
      expect(() => client.say(request('HEAD', '/a?x=2')), name).toThrow(expect.objectContaining({ code: 'NO_MATCH' }))
    }
  })

  test('compares headers without the case and order of names, but with the order of values', async () => {
    const cassette = separately([request('GET', '/', '', ['A: 1', 'B: 2', 'A: 3']), answer('ok')])
    const matchOn = ['headers'] as const
    expect(await ask(new Replayer(cassette, { matchOn }), request('GET', '/', '', ['b: 2', 'a: 1', 'a: 3']))).toBe(
      answer('ok'),
    )
    const swapped = ask(new Replayer(cassette, { matchOn }), request('GET', '/', '', ['A: 3', 'B: 2', 'A: 1']))
    await expect(swapped).rejects.toMatchObject({ code: 'NO_MATCH' })
  })

  test('asks a function of the caller, and reports its reason', async () => {
    const replayer = new Replayer(gets('/1', '/2'), {
      matchOn: ['method', ({ target }, interaction) => target === `${interaction.request.target}0` || 'not ten times'],
    })
    expect(await ask(replayer, request('GET', '/20'))).toBe(answer('/2'))
    await expect(ask(replayer, request('GET', '/30'))).rejects.toMatchObject({
      message: expect.stringContaining('not ten times'),
    })
  })

  test('refuses a list that any request would match, and names that it does not know', () => {
    const invalid = expect.objectContaining({ code: 'INVALID_OPTION' })
    expect(() => new Replayer(gets('/'), { matchOn: [] })).toThrow(invalid)
    // @ts-expect-error a caller without types
    expect(() => new Replayer(gets('/'), { matchOn: ['toString'] })).toThrow(invalid)
  })
})

const upload = (body: string, length = body.length): readonly [head: string, body: string] => [
  request('POST', '/', '', [`Content-Length: ${length}`, 'Expect: 100-continue']),
  body,
]

test.describe('causal order', () => {
  const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'

  test('gives 100 Continue for the head, and the answer for the body', async () => {
    const [head, body] = upload('hello')
    const cassette = oneConnection(API, (it) => it.sent(head).received(CONTINUE).sent(body).received(answer('ok')))
    const client = await Dialogue.with(new Replayer(cassette))

    client.say(head)
    expect(await client.hearAll()).toEqual([CONTINUE])
    client.say('hell')
    expect(await client.hearAll()).toEqual([])
    client.say('o')
    expect(await client.hearAll()).toEqual([answer('ok')])
  })

  for (const [name, value] of [
    ['Expect', '100-Continue'],
    ['expect', '100-CONTINUE'],
    ['EXPECT', '100-continue'],
  ] as const)
    test(`gives 100 Continue for ${name}: ${value}, as neither has a case (RFC 9110 section 10.1.1)`, async () => {
      const [head, body] = upload('hello')
      const cassette = oneConnection(API, (it) => it.sent(head).received(CONTINUE).sent(body).received(answer('ok')))
      const client = await Dialogue.with(new Replayer(cassette))
      client.say(head.replace('Expect: 100-continue', `${name}: ${value}`))
      expect(await client.hearAll()).toEqual([CONTINUE])
      client.say(body)
      expect(await client.hearAll()).toEqual([answer('ok')])
    })

  test('finds the right one of several uploads once the body is known', async () => {
    const tape = new TapeWriter()
    for (const body of ['aaaaa', 'bbbbb'])
      tape.open(API).sent(upload(body)[0]).received(CONTINUE).sent(body).received(answer(body))
    const client = await Dialogue.with(new Replayer(tape.cassette))

    client.say(upload('bbbbb')[0])
    expect(await client.hearAll()).toEqual([CONTINUE])
    client.say('bbbbb')
    expect(await client.hearAll()).toEqual([answer('bbbbb')])
  })

  test('gives no 100 Continue that another client was given, where headers tell them apart', async () => {
    const [head, body] = upload('hello')
    const cassette = oneConnection(API, (it) => it.sent(head).received(CONTINUE).sent(body).received(answer('ok')))
    const client = await Dialogue.with(new Replayer(cassette, { matchOn: ['url', 'headers'] }))
    client.say(head.replace('Host: api.test', 'Host: api.test\r\nX: 1'))
    expect(await client.hearAll()).toEqual([])
  })

  test('gives no 100 Continue to a client that does not expect it', async () => {
    const tape = new TapeWriter()
    const [head, body] = upload('hello')
    tape.open(API).sent(head).received(CONTINUE).sent(body).received(answer('expected'))
    tape
      .open(API)
      .sent(request('POST', '/', 'HELLO'))
      .received(answer('unexpected'))
    const client = await Dialogue.with(new Replayer(tape.cassette))

    client.say(request('POST', '/', 'HELLO').slice(0, -5))
    expect(await client.hearAll()).toEqual([])
    client.say('HELLO')
    expect(await client.hearAll()).toEqual([answer('unexpected')])
  })

  test('does not go on with another answer than the one that it began', async () => {
    const tape = new TapeWriter()
    for (const [body, status] of [
      ['aaaaa', '100 Continue'],
      ['bbbbb', '100 Go On'],
    ] as const)
      tape.open(API).sent(upload(body)[0]).received(`HTTP/1.1 ${status}\r\n\r\n`).sent(body).received(answer(body))
    const client = await Dialogue.with(new Replayer(tape.cassette))

    client.say(upload('bbbbb')[0])
    expect(await client.hearAll()).toEqual([CONTINUE])
    expect(() => client.say('bbbbb')).toThrow(
      expect.objectContaining({ message: expect.stringContaining('the answer of another interaction had begun') }),
    )
  })

  test('matches a request whose body was refused on its head, and never asks for the body', async () => {
    const [head] = upload('hello')
    const refusal = answer('', '417 Expectation Failed')
    const replayer = new Replayer(oneConnection(API, (it) => it.sent(head).received(refusal).closed('client')))
    const client = await Dialogue.with(replayer)
    client.say(head)

    expect(await client.hearAll()).toEqual([refusal])
    expect(replayer.allPlayed).toBe(true)
  })

  test('refuses an upload where it was refused, and counts it as played when the client gives up', async () => {
    const head = request('POST', '/', '', ['Content-Length: 9'])
    const refusal = answer('', '413 Content Too Large')
    const replayer = new Replayer(
      oneConnection(API, (it) => it.sent(head, 'abc').received(refusal).sent('defghi').ended('server')),
    )
    const client = await Dialogue.with(replayer)
    client.say(head, 'ab')
    expect(await client.hearAll()).toEqual([])
    client.say('c')
    expect(await client.hearAll()).toEqual([refusal])
    expect(replayer.allPlayed).toBe(false)
    client.transport.destroy()
    expect(replayer.allPlayed).toBe(true)
  })

  test('does not give the early answer of another body', async () => {
    const head = request('POST', '/', '', ['Content-Length: 6'])
    const tape = new TapeWriter()
    tape.open(API).sent(head, 'abc').received(answer('', '413 Content Too Large'))
    tape.open(API).sent(head, 'xyz', 'xyz').received(answer('xyz'))
    const client = await Dialogue.with(new Replayer(tape.cassette))

    client.say(head, 'xyz')
    expect(await client.hearAll()).toEqual([])
    client.say('xyz')
    expect(await client.hearAll()).toEqual([answer('xyz')])
  })

  test('has no answer for the whole of a request that was recorded as given up', async () => {
    const [head] = upload('hello')
    const replayer = new Replayer(oneConnection(API, (it) => it.sent(head, 'hel').closed('client')))
    await expect(ask(replayer, head + 'hello')).rejects.toMatchObject({
      message: expect.stringContaining('given up before its end'),
    })
  })

  test('gives the answers to pipelined requests behind the last of them, as recorded', async () => {
    const both = answer('1') + answer('2').slice(0, 9)
    const replayer = new Replayer(
      oneConnection(API, (it) =>
        it
          .sent(request('GET', '/1') + request('GET', '/2'))
          .received(both, answer('2').slice(9))
          .sent(request('GET', '/3'))
          .received(answer('3')),
      ),
    )
    const client = await Dialogue.with(replayer)
    client.say(request('GET', '/1'))
    expect(await client.hearAll()).toEqual([])
    client.say(request('GET', '/2'))
    expect(await client.hearAll()).toEqual([both, answer('2').slice(9)])
    client.say(request('GET', '/3'))
    expect(await client.hearAll()).toEqual([answer('3')])
  })

  test('never gives one request the answer of another that it was pipelined with', async () => {
    const tape = new TapeWriter()
    tape
      .open(API)
      .sent(request('GET', '/1') + request('GET', '/2'))
      .received(answer('1') + answer('2'))
    tape.open(API).sent(request('GET', '/3')).received(answer('3'))
    const replayer = new Replayer(tape.cassette)

    await expect(ask(replayer, request('GET', '/2'))).rejects.toMatchObject({
      message: expect.stringContaining('only right behind recorded interaction 1'),
    })
    const client = await Dialogue.with(replayer)
    expect(() => client.say(request('GET', '/1') + request('GET', '/3'))).toThrow(
      expect.objectContaining({ message: expect.stringContaining('goes on with recorded interaction 2 only') }),
    )
  })

  test('delivers the answers before a miss, and then the miss, whatever is asked behind it', async () => {
    const client = await Dialogue.with(new Replayer(gets('/1', '/2')))
    const miss = expect.objectContaining({ code: 'NO_MATCH' })
    expect(() => client.say(request('GET', '/1') + request('GET', '/3'))).toThrow(miss)
    expect(() => client.say(request('GET', '/2'))).toThrow(miss)

    expect(await client.hearAll()).toEqual([answer('/1'), '(NO_MATCH)'])
    expect(await client.hear()).toBe('(NO_MATCH)')
  })

  test('lets the server speak first where it did', async () => {
    const busy = answer('', '503 Busy')
    const replayer = new Replayer(oneConnection(API, (it) => it.received(busy).ended('server')))
    const client = await Dialogue.with(replayer)
    expect(await client.hearAll()).toEqual([busy, '(end)'])
  })
})

test.describe('endings', () => {
  test('a server that ended its side behind the answer does so again', async () => {
    const replayer = new Replayer(
      oneConnection(API, (it) => it.sent(request('GET', '/')).received(answer('bye')).ended('server').closed('client')),
    )
    const client = await Dialogue.with(replayer)
    client.say(request('GET', '/'))
    expect(await client.hearAll()).toEqual([answer('bye'), '(end)'])
    client.say(request('GET', '/into-the-void'))
    expect(await client.hear()).toBe('(end)')
  })

  test('a request that was sent in vain to a server that had ended its side counts as played', async () => {
    const replayer = new Replayer(
      oneConnection(API, (it) =>
        it
          .sent(request('GET', '/1'))
          .received(answer('1'))
          .ended('server')
          .sent(request('GET', '/2'))
          .closed('server', RESET),
      ),
    )
    const client = await Dialogue.with(replayer)
    client.say(request('GET', '/1'), request('GET', '/2'))
    expect(await client.hearAll()).toEqual([answer('1'), '(end)'])
    expect(await client.hear()).toBe('(CONNECTION_LOST)')
    expect(replayer.allPlayed).toBe(true)
  })

  test('what the client writes before it notices a reset is no miss', async () => {
    for (const matchOn of [['url'], 'bytes'] as const) {
      const cassette = oneConnection(API, (it) => it.sent(request('GET', '/')).closed('server', RESET))
      const client = await Dialogue.with(new Replayer(cassette, { matchOn }))
      client.say(request('GET', '/'), request('GET', '/2') + request('GET', '/3'), '\0')
      expect(await client.hearAll()).toEqual(['(CONNECTION_LOST)'])
    }
    const both = request('GET', '/') + request('GET', '/2')
    const client = await Dialogue.with(
      new Replayer(oneConnection(API, (it) => it.sent(request('GET', '/')).closed('server', RESET))),
    )
    client.say(both)
    expect(await client.hearAll()).toEqual(['(CONNECTION_LOST)'])
  })

  test('a server that has ended its side says nothing more, whatever it is asked', async () => {
    const tape = new TapeWriter()
    const head = request('POST', '/', '', ['Content-Length: 5', 'Expect: 100-continue'])
    tape.open(API).sent(request('GET', '/')).received(answer('bye')).ended('server')
    tape.open(API).sent(head).received('HTTP/1.1 100 Continue\r\n\r\n').sent('hello').received(answer('hello'))
    for (const writes of [[head, 'hello'], ['\0']]) {
      const client = await Dialogue.with(new Replayer(tape.cassette))
      client.say(request('GET', '/'), ...writes)
      expect(await client.hearAll()).toEqual([answer('bye'), '(end)'])
      expect(await client.hear()).toBe('(end)')
    }
  })

  test('a reset comes at the same byte with the same error', async () => {
    const half = answer('hello').slice(0, -3)
    const replayer = new Replayer(
      oneConnection(API, (it) => it.sent(request('GET', '/')).received(half).closed('server', RESET)),
    )
    const { transport } = await Dialogue.with(replayer)
    void transport.write(Buffer.from(request('GET', '/')))

    expect(Buffer.from((await transport.read()) ?? []).toString()).toBe(half)
    const error = await transport.read().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).toMatchObject({
      code: 'CONNECTION_LOST',
      phase: 'open',
      systemCode: 'ECONNRESET',
      message: new ConnectionError('CONNECTION_LOST', 'open', 'read ECONNRESET').message,
    })
    await expect(transport.read()).rejects.toBe(error)
    await expect(transport.write(Buffer.from('more'))).rejects.toBe(error)
  })

  test('a time-out that the client ran into comes at once, behind all that came before it', async () => {
    const timeout = { code: 'BODY_TIMEOUT', phase: 'body', message: '30000 ms' } as const
    const replayer = new Replayer(
      oneConnection(API, (it) =>
        it.sent(request('GET', '/')).received('HTTP/1.1 200 OK\r\n').closed('client', timeout),
      ),
    )
    const client = await Dialogue.with(replayer)
    client.say(request('GET', '/'))
    expect(await client.hearAll()).toEqual(['HTTP/1.1 200 OK\r\n', '(BODY_TIMEOUT)'])
  })

  test('what the server did about the half-close of the client waits for it', async () => {
    const replayer = new Replayer(
      oneConnection(API, (it) =>
        it.sent(request('GET', '/')).received(answer('1')).ended('client').received('late').ended('server'),
      ),
    )
    const client = await Dialogue.with(replayer)
    client.say(request('GET', '/'))
    expect(await client.hearAll()).toEqual([answer('1')])
    client.transport.end()
    expect(await client.hearAll()).toEqual(['late', '(end)'])
  })

  test('destroy ends an outstanding read with the error given, and the next ones too', async () => {
    const { transport } = await Dialogue.with(new Replayer(gets('/')))
    const read = transport.read()
    const error = new Error('enough')
    transport.destroy(error)
    transport.destroy(new Error('again'))

    await expect(read).rejects.toBe(error)
    await expect(transport.read()).rejects.toBe(error)
    await expect(transport.write(Buffer.from('x'))).rejects.toBe(error)
  })

  test('destroy without an error ends a read with CONNECTION_CLOSED, whatever was due', async () => {
    const client = await Dialogue.with(new Replayer(gets('/')))
    client.say(request('GET', '/'))
    client.transport.destroy()
    expect(await client.hear()).toBe('(CONNECTION_CLOSED)')
  })

  test('a half-close behind destroy brings nothing more', async () => {
    const client = await Dialogue.with(
      new Replayer(oneConnection(API, (it) => it.sent(request('GET', '/')).ended('client').received('late'))),
    )
    client.say(request('GET', '/'))
    client.transport.destroy()
    client.transport.end()
    expect(await client.hear()).toBe('(CONNECTION_CLOSED)')
  })

  test('a second read at the same time is refused', async () => {
    const { transport } = await Dialogue.with(new Replayer(gets('/')))
    void transport.read()
    await expect(transport.read()).rejects.toMatchObject({ code: 'WRONG_STATE' })
  })
})

test.describe('connecting', () => {
  const refused = { code: 'CONNECT_FAILED', phase: 'tcp', systemCode: 'ECONNREFUSED', message: 'no' } as const
  const unknown = { code: 'DNS_FAILED', phase: 'dns', systemCode: 'ENOTFOUND', message: 'who' } as const

  test('fails where it failed, in the order of each origin', async () => {
    const tape = new TapeWriter()
    tape.open(API)
    tape.failed('http://nowhere.test', unknown).failed(API, refused)
    tape.open(API)
    const { connector } = new Replayer(tape.cassette)

    await connector(originOf(API), {})
    await expect(connector(originOf(API), {})).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      phase: 'tcp',
      systemCode: 'ECONNREFUSED',
      detail: 'no',
    })
    await connector(originOf(API), {})
    await expect(connector(originOf('http://nowhere.test'), {})).rejects.toMatchObject({
      code: 'DNS_FAILED',
      phase: 'dns',
    })
  })

  test('shows what was recorded of TLS', async () => {
    const tape = new TapeWriter()
    tape.open('https://api.test', { version: 'TLSv1.3', alpn: 'http/1.1', authorized: true })
    const { connector } = new Replayer(tape.cassette)
    const transports = [
      await connector(originOf('https://api.test'), {}),
      await connector(originOf('https://api.test'), {}),
    ]
    for (const { info } of transports)
      expect(info.tls).toEqual({ version: 'TLSv1.3', alpn: 'http/1.1', authorized: true })
  })

  test('shows of each connection what was recorded of its own TLS, and of one more what the last has', async () => {
    const facts: readonly (TlsInfo | undefined)[] = [
      { version: 'TLSv1.2', authorized: true },
      { version: 'TLSv1.3', alpn: 'http/1.1', offered: ['h2'], authorized: true },
      { version: 'TLSv1.3', authorized: false, problem: 'CERT_HAS_EXPIRED', subject: { CN: 'other.test' } },
    ]
    const [code, phase] = ['CONNECT_FAILED', 'tcp'] as const
    const tape = new TapeWriter()
    for (const fact of facts)
      tape.open('https://api.test', fact).sent(request('GET', '/')).received(answer('ok')).closed('server')
    // Neither another origin nor an attempt in vain has anything to say.
    tape.open('https://other.test', { version: 'TLSv1.1', authorized: true })
    tape.open('http://api.test')
    tape.failed('https://api.test', { code, phase, message: 'no' })
    const { connector } = new Replayer(tape.cassette, { allowPlaybackRepeats: true })
    const opened = async (origin: string): Promise<unknown> =>
      (await connector(originOf(origin), {}).catch((error: unknown) => ({ info: error }))).info
    const shown: unknown[] = []
    for (let count = 0; count < 5; count += 1) shown.push(await opened('https://api.test'))
    const [last] = facts.slice(-1)
    expect(shown).toMatchObject([
      { tls: facts[0] },
      { tls: facts[1] },
      { tls: facts[2] },
      { code, phase },
      { tls: last },
    ])
    expect(shown[0]).toEqual({ tls: facts[0] })
    expect(await opened('https://other.test')).toEqual({ tls: { version: 'TLSv1.1', authorized: true } })
    expect(await opened('http://api.test')).toEqual({ tls: undefined })
  })

  test('takes a host name in any case', async () => {
    const { connector } = new Replayer(gets('/'))
    const client = new Dialogue(await connector({ protocol: 'http', host: 'API.Test', port: 80 }, {}))
    client.say(request('GET', '/'))
    expect(await client.hear()).toBe(answer('/'))
  })

  test('ends at once where its signal has aborted', async () => {
    const { connector } = new Replayer(gets('/'))
    await expect(connector(originOf(API), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' })
  })

  test('reaches for no network', async () => {
    const calls: string[] = []
    const spy = (holder: object, name: string): (() => void) => {
      const original = Object.getOwnPropertyDescriptor(holder, name)
      const trap = (): never => {
        calls.push(name)
        throw new Error(`${name} was called`)
      }
      Object.defineProperty(holder, name, { ...original, value: trap })
      return () => void Object.defineProperty(holder, name, original ?? {})
    }
    const restore = [
      spy(net.Socket.prototype, 'connect'),
      spy(net, 'connect'),
      spy(tls, 'connect'),
      spy(dns, 'lookup'),
      spy(dns.promises, 'lookup'),
    ]
    try {
      expect(() => net.connect(1)).toThrow('connect was called')
      const replayer = new Replayer(gets('/1', '/2'))
      expect(await ask(replayer, request('GET', '/2'))).toBe(answer('/2'))
      await expect(ask(replayer, request('GET', '/3'))).rejects.toMatchObject({ code: 'NO_MATCH' })
      const elsewhere = await Dialogue.with(replayer, 'https://169.254.169.254')
      expect(() => elsewhere.say(request('GET', '/'))).toThrow(expect.objectContaining({ code: 'NO_MATCH' }))
    } finally {
      for (const undo of restore) undo()
    }
    expect(calls).toEqual(['connect'])
  })
})

test.describe('bytes that are not HTTP', () => {
  const upgrade = request('GET', '/chat', '', ['Connection: upgrade', 'Upgrade: websocket'])
  const switching = 'HTTP/1.1 101 Switching Protocols\r\n\r\n'
  const chat = (): Cassette =>
    oneConnection(API, (it) =>
      it.sent(upgrade).received(switching).sent('\x81\x85ping').received('\x81\x05pong').sent('\x88').ended('server'),
    )

  test('follow an upgrade in their recorded order', async () => {
    const replayer = new Replayer(chat())
    const client = await Dialogue.with(replayer)
    client.say(upgrade)
    expect(await client.hearAll()).toEqual([switching])
    client.say('\x81\x85pi')
    expect(await client.hearAll()).toEqual([])
    expect(replayer.allPlayed).toBe(false)
    client.say('ng', '\x88')
    expect(await client.hearAll()).toEqual(['\x81\x05pong', '(end)'])
    expect(replayer.allPlayed).toBe(true)
  })

  test('must be the recorded ones', async () => {
    const client = await Dialogue.with(new Replayer(chat()))
    client.say(upgrade, '\x81\x85pi')
    expect(() => client.say('NG')).toThrow(expect.objectContaining({ code: 'NO_MATCH' }))
    expect(await client.hearAll()).toEqual([switching, '(NO_MATCH)'])
  })

  test('are distinguished from the head of a request by what is due', async () => {
    const replayer = new Replayer(
      oneConnection(API, (it) =>
        it.sent(upgrade).received(switching).sent('hello').received('one').sent('you').received('two'),
      ),
    )
    const client = await Dialogue.with(replayer)
    client.say(upgrade, 'hel')
    expect(await client.hearAll()).toEqual([switching])
    client.say('lo')
    expect(await client.hearAll()).toEqual(['one'])
    client.say('you')
    expect(await client.hearAll()).toEqual(['two'])
  })

  test('are not taken for the head of a request that begins like them', async () => {
    const tape = new TapeWriter()
    tape.open(API).sent('GET /slow HT').received(answer('', '408 Request Timeout')).ended('server')
    tape.open(API).sent(request('GET', '/slow')).received(answer('fast'))
    const replayer = new Replayer(tape.cassette)

    const fast = await Dialogue.with(replayer)
    fast.say('GET /slow', ' HTTP', request('GET', '/slow').slice('GET /slow HTTP'.length))
    expect(await fast.hearAll()).toEqual([answer('fast')])
    const slow = await Dialogue.with(replayer)
    slow.say('GET /slow', ' HT')
    expect(await slow.hearAll()).toEqual([answer('', '408 Request Timeout'), '(end)'])
    expect(replayer.allPlayed).toBe(true)
  })

  test('that the client ends in are answered when it has ended', async () => {
    const replayer = new Replayer(
      oneConnection(API, (it) =>
        it.sent('GET /').ended('client').received(answer('', '400 Bad Request')).ended('server'),
      ),
    )
    const client = await Dialogue.with(replayer)
    client.say('GET /')
    expect(await client.hearAll()).toEqual([])
    client.transport.end()
    expect(await client.hearAll()).toEqual([answer('', '400 Bad Request'), '(end)'])
  })

  test('may begin inside the body of a request', async () => {
    const head = 'POST / HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n'
    const replayer = new Replayer(
      oneConnection(API, (it) => it.sent(head, '3\r\nabc\r\n', 'xyz\r\n').received(answer('', '400 Bad Request'))),
    )
    const client = await Dialogue.with(replayer)
    client.say(head, '3\r\nabc\r\n')
    expect(await client.hearAll()).toEqual([])
    client.say('xyz\r\n')
    expect(await client.hearAll()).toEqual([answer('', '400 Bad Request')])
    expect(replayer.allPlayed).toBe(true)
  })

  test('choose among connections by how they begin', async () => {
    const tape = new TapeWriter()
    tape.open('http://redis.test').sent('*1\r\nPING\r\n').received('+PONG\r\n')
    tape.open('http://redis.test').sent('*1\r\nQUIT\r\n').received('+OK\r\n')
    const replayer = new Replayer(tape.cassette)
    for (const [said, heard] of [
      ['*1\r\nQUIT\r\n', '+OK\r\n'],
      ['*1\r\nPING\r\n', '+PONG\r\n'],
    ] as const) {
      const client = await Dialogue.with(replayer, 'http://redis.test')
      client.say(said)
      expect(await client.hearAll()).toEqual([heard])
    }
    expect(replayer.allPlayed).toBe(true)
  })

  test('are a miss where none were recorded', async () => {
    await expect(ask(new Replayer(gets('/')), '*1\r\nPING\r\n')).rejects.toMatchObject({
      code: 'NO_MATCH',
      message: expect.stringContaining('not an HTTP request'),
    })
  })
})

const replay = (cassette: Cassette): Replayer => new Replayer(cassette, { matchOn: 'bytes' })

test.describe("matchOn: 'bytes'", () => {
  test('plays a connection whose client writes the recorded bytes, however it cuts them', async () => {
    const replayer = replay(gets('/1', '/2'))
    const client = await Dialogue.with(replayer)
    client.say(...request('GET', '/1').split(''))
    expect(await client.hearAll()).toEqual([answer('/1')])
    expect(replayer.playCount).toBe(1)
    client.say(request('GET', '/2'))
    expect(await client.hearAll()).toEqual([answer('/2')])
    expect(replayer.allPlayed).toBe(true)
  })

  test('releases a segment at the byte it followed', async () => {
    const client = await Dialogue.with(
      replay(oneConnection(API, (it) => it.sent('GET').received('a').sent(' / HT').received('b').ended('server'))),
    )
    client.say('GE')
    expect(await client.hearAll()).toEqual([])
    client.say('T')
    expect(await client.hearAll()).toEqual(['a'])
    client.say(' / HT')
    expect(await client.hearAll()).toEqual(['b', '(end)'])
  })

  test('refuses another case of a header', async () => {
    const client = await Dialogue.with(replay(gets('/')))
    expect(() => client.say(request('GET', '/').replace('Host', 'host'))).toThrow(
      expect.objectContaining({ code: 'NO_MATCH' }),
    )
  })

  test('refuses more than was recorded', async () => {
    const client = await Dialogue.with(replay(gets('/')))
    client.say(request('GET', '/'))
    expect(() => client.say('x')).toThrow(
      expect.objectContaining({ message: expect.stringContaining('the recorded client wrote nothing more') }),
    )
    expect(await client.hearAll()).toEqual([answer('/'), '(NO_MATCH)'])
  })

  test('lets the server speak first, on each connection its own words', async () => {
    const tape = new TapeWriter()
    tape.open('http://mail.test').received('220 one\r\n').sent('QUIT\r\n').received('221\r\n').ended('server')
    tape.open('http://mail.test').received('220 two\r\n')
    const replayer = replay(tape.cassette)
    const [one, two] = [
      await Dialogue.with(replayer, 'http://mail.test'),
      await Dialogue.with(replayer, 'http://mail.test'),
    ]
    expect(await two.hearAll()).toEqual(['220 two\r\n'])
    expect(await one.hearAll()).toEqual(['220 one\r\n'])
    one.say('QUIT\r\n')
    expect(await one.hearAll()).toEqual(['221\r\n', '(end)'])
  })

  test('gives the words of a server that speaks first to one connection only', async () => {
    const tape = new TapeWriter()
    tape.open(API).sent('a')
    tape.open(API).received('hi').sent('b').received('ok')
    const replayer = replay(tape.cassette)
    const early = await Dialogue.with(replayer)
    early.say('b')
    expect(await early.hearAll()).toEqual(['hi', 'ok'])
    expect(await (await Dialogue.with(replayer)).hearAll()).toEqual([])
  })

  test('distinguishes connections that are open at the same time by their first write', async () => {
    const replayer = replay(separately([request('GET', '/1'), answer('1')], [request('GET', '/2'), answer('2')]))
    const [one, two] = [await Dialogue.with(replayer), await Dialogue.with(replayer)]
    one.say(request('GET', '/2'))
    two.say(request('GET', '/1'))
    expect(await one.hearAll()).toEqual([answer('2')])
    expect(await two.hearAll()).toEqual([answer('1')])
  })

  test('has no more connections than were recorded, unless they may be repeated', async () => {
    await Dialogue.with(replay(gets('/')))
    const replayer = replay(gets('/'))
    await Dialogue.with(replayer)
    await expect(Dialogue.with(replayer)).rejects.toMatchObject({ code: 'NO_MATCH' })

    const repeating = new Replayer(gets('/'), { matchOn: 'bytes', allowPlaybackRepeats: true })
    for (let round = 0; round < 2; round += 1) expect(await ask(repeating, request('GET', '/'))).toBe(answer('/'))
    const greeting = oneConnection(API, (it) => it.received('hi'))
    const greeted = new Replayer(greeting, { matchOn: 'bytes', allowPlaybackRepeats: true })
    for (let round = 0; round < 2; round += 1) expect(await (await Dialogue.with(greeted)).hearAll()).toEqual(['hi'])
  })
})

test.describe('what was played', () => {
  test('is counted and can be asserted', async () => {
    const replayer = new Replayer(gets('/1', '/2'))
    expect(replayer.interactions).toHaveLength(2)
    expect(replayer).toMatchObject({ playCount: 0, allPlayed: false })
    await ask(replayer, request('GET', '/2'))

    expect(replayer).toMatchObject({ playCount: 1, allPlayed: false })
    expect(replayer.unplayed.map((interaction) => interaction.request.target)).toEqual(['/1'])
    expect(() => replayer.assertAllPlayed()).toThrow(
      expect.objectContaining({
        code: 'UNPLAYED',
        message: 'recorded interactions were not played: \n  #1 GET http://api.test/1 (connection 1)',
      }),
    )
    await ask(replayer, request('GET', '/1'))
    expect(replayer).toMatchObject({ playCount: 2, allPlayed: true, unplayed: [] })
    expect(() => replayer.assertAllPlayed()).not.toThrow()
  })

  test('includes failed connections and bytes that are not HTTP', () => {
    const tape = new TapeWriter()
    tape.failed(API, { code: 'CONNECT_FAILED', phase: 'tcp', message: '' })
    tape.open('http://redis.test').sent('*1\r\nPING\r\n').received('+PONG\r\n')
    const replayer = new Replayer(tape.cassette)
    expect(replayer.allPlayed).toBe(false)
    expect(() => replayer.assertAllPlayed()).toThrow(
      /CONNECT_FAILED of an attempt .*\n.*10 bytes to http:\/\/redis.test/,
    )
  })

  test('includes misses that the client swallowed', async () => {
    const replayer = new Replayer(gets('/1'))
    await ask(replayer, request('GET', '/2')).catch(() => {})
    expect(replayer.misses.map(({ code }) => code)).toEqual(['NO_MATCH'])
  })
})

test('the cost of a request does not grow with the cassette', async () => {
  expect(await comparisonsIn(2_000)).toBe(await comparisonsIn(20))
})

/** Comparisons, not time: a function is asked only about interactions that agree in all the rest. */
async function comparisonsIn(size: number): Promise<number> {
  let comparisons = 0
  const count = (): true => {
    comparisons += 1
    return true
  }
  const targets = Array.from({ length: size }, (_, index) => `/${index}`)
  const replayer = new Replayer(gets(...targets), { matchOn: ['method', 'url', 'body', count] })
  await ask(replayer, request('GET', `/${size - 1}`))
  await ask(replayer, request('GET', `/${size / 2}`))
  return comparisons
}
