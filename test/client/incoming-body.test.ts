import { expect, test } from '../helpers/test.ts'
import type { Exchange } from '../../src/client/exchange.ts'
import { collect, IncomingBody } from '../../src/client/incoming-body.ts'
import { ConnectionError } from '../../src/errors.ts'
import { nextTurn, ScriptedTransport, wireOver } from '../helpers/scripted-transport.ts'

const LOST = new ConnectionError('CONNECTION_LOST', 'open', 'reset')

interface Opened {
  readonly body: IncomingBody
  readonly exchange: Exchange
  readonly peer: ScriptedTransport
  /** What was reserved for the whole body. */
  readonly reserved: number[]
}

/** The body of an answer of which `segments` have arrived. */
async function open(head: string, ...segments: readonly string[]): Promise<Opened> {
  const peer = new ScriptedTransport()
  const wire = wireOver(peer)
  const exchange = wire.expect('GET')
  const reserved: number[] = []
  exchange.body.reserve = (length) => void reserved.push(length)
  for (const segment of [`HTTP/1.1 200 OK\r\n${head}\r\n`, ...segments]) {
    peer.say(segment)
    await wire.fill()
  }
  return { body: new IncomingBody(exchange, wire), exchange, peer, reserved }
}

const LENGTH_10 = 'Content-Length: 10\r\n'

const refused = (advice: string): { readonly code: string; readonly detail: unknown } => ({
  code: 'WRONG_STATE',
  detail: expect.stringContaining(advice),
})

const textOf = async (pieces: AsyncIterable<Uint8Array>): Promise<string> =>
  Buffer.from(await collect(pieces)).toString()

/** Takes so many pieces, then fails. */
async function failAfter(count: number, pieces: AsyncIterable<Uint8Array>): Promise<never> {
  const iterator = pieces[Symbol.asyncIterator]()
  for (let taken = 0; taken < count; taken += 1) await iterator.next()
  throw new TypeError('enough')
}

test.describe('a body that is read whole', () => {
  test('has memory reserved for what is still to come, if that is announced', async () => {
    const { body, peer, reserved } = await open(LENGTH_10, 'hello')
    await expect(body.read((pieces) => failAfter(1, pieces))).rejects.toThrow('enough')
    const whole = body.bytes()
    peer.say('world')
    expect(String(await whole)).toBe('helloworld')
    expect(reserved).toEqual([5])

    await expect(body.bytes()).rejects.toMatchObject(refused('only once'))

    const another = await open(LENGTH_10)
    const reading = another.body.bytes()
    another.peer.say('helloworld')
    expect([String(await reading), another.reserved]).toEqual(['helloworld', [10]])
  })

  test('has none reserved if nothing is announced', async () => {
    const { body, peer, reserved } = await open('Transfer-Encoding: chunked\r\n')
    const whole = body.bytes()
    peer.say('5\r\nhello\r\n0\r\n\r\n')
    expect([String(await whole), reserved]).toEqual(['hello', []])
  })

  test('counts as awaited while it is read, and no longer', async () => {
    const { body, exchange, peer } = await open(LENGTH_10, 'hello')
    const reading = body.bytes()
    expect([exchange.isAwaitedWhole, exchange.unreadBytes]).toEqual([true, 0])
    peer.fail(LOST)
    await expect(reading).rejects.toBe(LOST)
    expect([exchange.isAwaitedWhole, exchange.unreadBytes]).toEqual([false, 5])
    // Nothing of it is lost.
    await expect(body.bytes()).rejects.toBe(LOST)
    await expect(body.pieces().next()).resolves.toMatchObject({ done: false, value: Buffer.from('hello') })
  })

  test('is given up by a cancel meanwhile, complete or not', async () => {
    const { body } = await open(LENGTH_10, 'hello')
    const reading = body.bytes()
    body.cancel()
    await expect(reading).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    await expect(body.bytes()).rejects.toMatchObject(refused('given up'))

    const other = await open(LENGTH_10, 'hello')
    const whole = other.body.bytes()
    other.peer.say('world')
    while (other.exchange.end === undefined) await Promise.resolve()
    other.body.cancel()
    await expect(whole).rejects.toMatchObject(refused('given up'))
    expect(other.peer.isDestroyed).toBe(false)
  })

  test('is read once: later readings are refused, and cancel changes nothing', async () => {
    const { body, peer } = await open(LENGTH_10, 'helloworld')
    expect(String(await body.bytes())).toBe('helloworld')
    body.cancel()
    await expect(body.bytes()).rejects.toMatchObject(refused('only once'))
    await expect(body.pieces().next()).rejects.toMatchObject(refused('only once'))
    await expect(body.read(collect)).rejects.toMatchObject(refused('only once'))
    await expect(body.stream((pieces) => pieces, 0).next()).rejects.toMatchObject(refused('only once'))
    expect(peer.isDestroyed).toBe(false)
  })
})

test.describe('a body that is read in pieces', () => {
  test('that breaks off is not given up: another reading gets the same failure', async () => {
    const { body, peer } = await open(LENGTH_10, 'hello')
    const pieces = body.pieces()
    expect(await pieces.next()).toMatchObject({ value: Buffer.from('hello') })
    peer.fail(LOST)
    await expect(pieces.next()).rejects.toBe(LOST)
    await expect(body.bytes()).rejects.toBe(LOST)
  })

  test('leaves another reading alone that began between two pieces', async () => {
    const { body, peer } = await open(LENGTH_10, 'hello')
    const pieces = body.pieces()
    await pieces.next()
    const rest = body.bytes()
    await expect(pieces.next()).rejects.toMatchObject(refused('another call'))
    peer.say('world')
    expect(String(await rest)).toBe('world')
    expect(peer.isDestroyed).toBe(false)
  })

  test('ends if another reading took the rest', async () => {
    const { body } = await open(LENGTH_10, 'hello', 'world')
    const pieces = body.pieces()
    await pieces.next()
    await body.bytes()
    expect(await pieces.next()).toEqual({ done: true, value: undefined })
  })

  test('of nothing has no pieces', async () => {
    const { body } = await open('Content-Length: 0\r\n')
    expect(await body.pieces().next()).toEqual({ done: true, value: undefined })
  })

  test('that breaks off before its first piece is not given up either', async () => {
    const { body, peer } = await open(LENGTH_10)
    peer.fail(LOST)
    await expect(body.pieces().next()).rejects.toBe(LOST)
    await expect(body.bytes()).rejects.toBe(LOST)
  })

  test('is given up by leaving the loop', async () => {
    const { body, peer } = await open(LENGTH_10, 'hello')
    for await (const _ of body.pieces()) break
    expect(peer.isDestroyed).toBe(true)
    await expect(body.bytes()).rejects.toMatchObject(refused('given up'))
  })

  test('gives nothing that came together with a cancel', async () => {
    const { body, exchange, peer } = await open(LENGTH_10)
    const waiting = body.pieces().next()
    peer.say('helloworld')
    while (exchange.end === undefined) await Promise.resolve()
    body.cancel()
    await expect(waiting).rejects.toMatchObject(refused('given up'))
  })

  test('is read when its last piece was taken', async () => {
    const { body } = await open(LENGTH_10, 'hello', 'world')
    expect(await textOf(body.pieces())).toBe('helloworld')
    await expect(body.bytes()).rejects.toMatchObject(refused('only once'))
  })

  test('fails for a reader who waits while it is cancelled', async () => {
    const { body, peer } = await open(LENGTH_10)
    const waiting = body.pieces().next()
    await nextTurn()
    peer.say('hello')
    body.cancel()
    await expect(waiting).rejects.toMatchObject({ code: /^(?:WRONG_STATE|CONNECTION_CLOSED)$/ })
    await expect(body.pieces().next()).rejects.toMatchObject(refused('given up'))
  })
})

test.describe('a reading that fails', () => {
  for (const [taken, left] of [
    [0, ['hello', 'world']],
    [1, ['hello', 'world']],
    [2, ['helloworld']],
  ] as const) {
    test(`after ${taken} pieces leaves the body as it was`, async () => {
      const { body, peer } = await open(LENGTH_10, 'hello')
      const world = body.read(async (pieces) => {
        peer.say('world')
        return failAfter(taken, pieces)
      })
      await expect(world).rejects.toThrow('enough')
      const seen: string[] = []
      for await (const piece of body.pieces()) seen.push(String(Buffer.from(piece)))
      expect(seen).toEqual(left)
    })
  }

  test('leaves a body that is complete to be taken whole', async () => {
    for (const taken of [0, 1, 3]) {
      const { body } = await open(LENGTH_10, 'hello', 'world')
      await expect(body.read((pieces) => failAfter(taken, pieces))).rejects.toThrow('enough')
      expect(String(await body.bytes())).toBe('helloworld')
    }
  })

  test('gives nothing back that was cancelled meanwhile', async () => {
    const { body } = await open(LENGTH_10, 'hello')
    const reading = body.read(async (pieces) => {
      body.cancel()
      return failAfter(0, pieces)
    })
    await expect(reading).rejects.toThrow('enough')
    await expect(body.bytes()).rejects.toMatchObject(refused('given up'))
  })

  test('keeps others out meanwhile', async () => {
    const { body } = await open(LENGTH_10, 'helloworld')
    const reading = body.read(async (pieces) => {
      await expect(body.bytes()).rejects.toMatchObject(refused('another call'))
      return textOf(pieces)
    })
    expect(await reading).toBe('helloworld')
    await expect(body.bytes()).rejects.toMatchObject(refused('only once'))
  })
})

const inLetters = async function* (pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  for await (const piece of pieces) yield* Buffer.from(piece).toString()
}

/** Results for each piece; fails at an `x`. */
const untilX = async function* (pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  for await (const piece of pieces) {
    const text = Buffer.from(piece).toString()
    if (text.includes('x')) throw new TypeError('x')
    if (!text.includes('-')) yield text
  }
}

test.describe('results that come with the body', () => {
  test('do not give up a body that failed before the first of them', async () => {
    const { body, peer } = await open(LENGTH_10, 'x')
    await expect(body.stream(untilX, 100).next()).rejects.toThrow('x')
    expect(peer.isDestroyed).toBe(false)
    peer.say('elloworld')
    expect(String(await body.bytes())).toBe('xelloworld')
  })

  test('are read to the end', async () => {
    const { body } = await open(LENGTH_10, 'hello', 'world')
    const letters: string[] = []
    for await (const letter of body.stream(inLetters, 0)) letters.push(letter)
    expect(letters.join('')).toBe('helloworld')
    await expect(body.bytes()).rejects.toMatchObject(refused('only once'))
  })

  test('give up the rest if the loop is left, and not if they fail', async () => {
    const left = await open(LENGTH_10, 'hello')
    for await (const _ of left.body.stream(inLetters, 100)) break
    expect(left.peer.isDestroyed).toBe(true)

    const failed = await open(LENGTH_10, 'hello', 'x')
    const results = failed.body.stream(untilX, 100)
    expect(await results.next()).toEqual({ done: false, value: 'hello' })
    await expect(results.next()).rejects.toThrow('x')
    expect(failed.peer.isDestroyed).toBe(false)
    failed.peer.say('orld')
    expect(String(await failed.body.bytes())).toBe('helloxorld')
  })

  // What was taken counts in whole pieces; the last one of a result may hold the beginning of the next.
  for (const [what, segments, keep, keepPending, isKept] of [
    ['all bytes that led to results, at the limit', ['ab', 'cd', 'x'], 5, 0, true],
    ['fewer, above it', ['ab', 'cd', 'x'], 4, 0, false],
    ['what one long result is made of, at its limit', ['ab', '---', 'x'], 0, 6, true],
    ['less, above it', ['ab', '---', 'x'], 0, 5, false],
    ['what came after the last result, at its limit', ['ab', 'cd', '---', 'x'], 2, 6, true],
    ['less than that', ['ab', 'cd', '---', 'x'], 2, 5, false],
    ['what came before any result, at its limit', ['---', '--', 'x'], 0, 6, true],
    ['less than what came before any result', ['---', '--', 'x'], 0, 5, false],
    ['what came after the last result, but not for the results', ['ab', 'cd', 'ef', 'x'], 1, 100, false],
    ['nothing more', ['x'], 0, undefined, false],
  ] as const) {
    test(`are forgotten if they fail later, but ${isKept ? 'not' : 'also'} if there is room for ${what}`, async () => {
      const { body } = await open('Content-Length: 100\r\n', ...segments)
      const seen: string[] = []
      const reading = async (): Promise<void> => {
        for await (const result of body.stream(untilX, keep, keepPending)) seen.push(result)
      }
      await expect(reading()).rejects.toThrow('x')
      const next = body.pieces().next()
      if (isKept) await expect(next).resolves.toMatchObject({ value: Buffer.from(segments.join('')) })
      else await expect(next).rejects.toMatchObject(refused('raise keepBytes'))
    })
  }
})

const from = async function* (...pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* pieces
}

test('pieces are joined in their order, and a single one is not copied', async () => {
  const one = Buffer.from('one')
  expect(await collect(from(one))).toBe(one)
  expect(String(await collect(from(one, Buffer.from('two'), one)))).toBe('onetwoone')
  expect(await collect(from())).toHaveLength(0)
})
