import { expect, test } from '../helpers/test.ts'
import { ConnectionError } from '../../src/errors.ts'
import { NO_UPGRADE } from '../../src/client/upgrade-wish.ts'
import { PENDING } from '../../src/client/waiter.ts'
import type { SegmentReader } from '../../src/transport.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { nextTurn, ScriptedTransport, wireOver } from '../helpers/scripted-transport.ts'
import { answer } from '../helpers/tape.ts'

/** A transport that lends the same buffer for each segment. */
class LendingTransport extends ScriptedTransport {
  readonly #buffer = Buffer.alloc(65_536)
  #waiting: SegmentReader | undefined

  receive(reader: SegmentReader): void {
    this.#waiting = reader
  }

  /** Lends these bytes, and overwrites them afterwards. */
  lend(text: string): void {
    const reader = this.#waiting
    this.#waiting = undefined
    const length = this.#buffer.write(text, 'latin1')
    reader?.onBytes(this.#buffer, length)
    this.#buffer.fill('#', 0, length)
  }

  get isAsked(): boolean {
    return this.#waiting !== undefined
  }

  override hangUp(): this {
    this.#waiting?.onEnd()
    return this
  }

  override fail(error: unknown): this {
    if (error instanceof Error) this.#waiting?.onFailure(error)
    return this
  }
}

test.describe('a wire', () => {
  test('expects of a body as many bytes as the last one had', async () => {
    const peer = new ScriptedTransport()
    const wire = wireOver(peer)
    const [first, second] = [wire.expect('GET'), wire.expect('GET')]
    peer.say(answer('x'.repeat(50_000)))
    await wire.fill()
    const third = wire.expect('GET')
    const memory = [first, second, third].map(({ body }) => {
      body.takeAll()
      body.copy(Buffer.from('x'), 0, 1, undefined)
      return body.shift()?.buffer.byteLength
    })
    expect(memory[2]).toBe(50_000)
    expect(memory[1]).not.toBe(50_000)
  })

  test('reads what has come before it begins a new period', async () => {
    const clock = new FakeClock()
    const peer = new ScriptedTransport()
    const wire = wireOver(peer, { clock })
    const exchange = wire.expect('GET')
    peer.say(answer('one'))
    await wire.fill()
    expect([exchange.isSettled, wire.hasRested]).toEqual([true, false])
    await clock.advance(100)
    expect(wire.hasRested).toBe(true)
    const refreshed = wire.refreshed()
    setImmediate(() => peer.say(answer('whose?')))
    await refreshed
    expect([exchange.period.isSuspect, wire.isOpen, wire.isReusable]).toEqual([true, false, false])
  })

  test('begins no new period while an answer is due', async () => {
    const clock = new FakeClock()
    const wire = wireOver(new ScriptedTransport(), { clock })
    const first = wire.expect('GET')
    await clock.advance(1_000)
    expect(wire.hasRested).toBe(false)
    await wire.refreshed()
    expect(wire.expect('GET').period).toBe(first.period)
  })

  test('has another period after it was refreshed', async () => {
    const wire = wireOver(new ScriptedTransport())
    const { period } = wire.expect('GET')
    wire.destroy()
    await wire.refreshed()
    const idle = wireOver(new ScriptedTransport())
    await idle.refreshed()
    expect(idle.expect('GET').period).not.toBe(period)
  })

  test('that has ended takes no request, and says why', () => {
    for (const [error, seen] of [
      [new ConnectionError('ABORTED', 'open', 'enough'), { code: 'ABORTED', detail: 'enough' }],
      [undefined, { code: 'CONNECTION_CLOSED', detail: 'by this side' }],
    ] as const) {
      const peer = new ScriptedTransport()
      const wire = wireOver(peer)
      const exchange = wire.expect('GET')
      wire.destroy(error)
      wire.destroy(new Error('again'))
      expect(exchange.failure).toMatchObject(seen)
      expect(() => wire.expect('GET')).toThrow(expect.objectContaining(seen))
      expect([wire.isOpen, wire.isReusable, wire.isLostToPeer, peer.destroyedWith]).toEqual([
        false,
        false,
        false,
        error,
      ])
      void wire.write(Buffer.from('late'))
      expect(peer.sent).toBe('')
    }
  })

  test('that ends in the middle of a head has begun the oldest answer, and no other', async () => {
    for (const [said, hasBegun] of [
      ['HTTP/1.1 2', true],
      [undefined, false],
    ] as const) {
      const peer = new ScriptedTransport()
      const wire = wireOver(peer)
      const [first, second] = [wire.expect('GET'), wire.expect('GET')]
      if (said !== undefined) peer.say(said)
      await nextTurn()
      wire.destroy(new Error('enough'))
      expect([first.hasBegun, second.hasBegun]).toEqual([hasBegun, false])
    }
  })

  test('is lost to its peer if a read fails, and not if this side has ended it', async () => {
    const lost = new ConnectionError('CONNECTION_LOST', 'open', '')
    const peer = new ScriptedTransport()
    const wire = wireOver(peer)
    const exchange = wire.expect('GET')
    peer.fail(lost)
    await nextTurn()
    expect([exchange.failure, wire.isLostToPeer, wire.isOpen]).toEqual([lost, true, false])

    const [other, closed] = [new ScriptedTransport(), 'not an error']
    const late = wireOver(other)
    late.destroy()
    other.fail(closed)
    await nextTurn()
    expect(late.isLostToPeer).toBe(false)
  })

  test('is not reusable after a request that is the last one', () => {
    const wire = wireOver(new ScriptedTransport())
    expect(wire.isReusable).toBe(true)
    wire.expect('GET')
    expect(wire.isReusable).toBe(true)
    wire.expect('GET').isLast = true
    expect(wire.isReusable).toBe(false)
  })

  test('writes the first request at once, and others together at the end of the turn', async () => {
    const peer = new ScriptedTransport()
    const wire = wireOver(peer)
    for (const text of ['a', 'b', 'c']) {
      wire.expect('GET')
      expect(wire.writeRequest(Buffer.from(text))).toBeUndefined()
    }
    expect(peer.writes).toEqual(['a'])
    await nextTurn()
    expect(peer.writes).toEqual(['a', 'bc'])
  })

  test('ends with a late write that fails by itself, and leaves a failure of the connection to the next read', async () => {
    for (const [thrown, seen] of [
      [new TypeError('wrong'), new TypeError('wrong')],
      ['text', new Error('text')],
      [new ConnectionError('CONNECTION_LOST', 'open', ''), undefined],
    ] as const) {
      const peer = new ScriptedTransport()
      const wire = wireOver(peer)
      wire.expect('GET')
      wire.expect('GET')
      peer.write = () => {
        throw thrown
      }
      void wire.writeRequest(Buffer.from('late'))
      await nextTurn()
      expect([wire.isOpen, peer.destroyedWith]).toEqual([seen === undefined, seen])
    }
  })

  test('refuses to read through a large body for a later answer, and only for a later one', async () => {
    const peer = new ScriptedTransport()
    const wire = wireOver(peer)
    const [first, second] = [wire.expect('GET'), wire.expect('GET')]
    peer.say(`HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n${'x'.repeat(1_048_577)}`)
    await nextTurn()
    expect(first.unreadBytes).toBe(1_048_577)
    expect(() => wire.checkUnread(first)).not.toThrow()
    expect(() => wire.checkUnread(second)).toThrow(expect.objectContaining({ code: 'BODY_UNREAD' }))
    wire.destroy()
    expect(() => wire.checkUnread(second)).not.toThrow()
  })

  test('ends at once if a body is withheld from an answer that is complete, and else after the answer', async () => {
    for (const [said, isOpen] of [
      [answer('no'), false],
      ['HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\n', true],
    ] as const) {
      const peer = new ScriptedTransport()
      const wire = wireOver(peer)
      const exchange = wire.expect('POST')
      peer.say(said)
      await wire.fill()
      wire.withholdBody(exchange)
      expect([exchange.isLast, wire.isOpen, wire.isReusable]).toEqual([true, isOpen, false])
      if (!isOpen) continue
      peer.say('no')
      await wire.fill()
      expect([exchange.isSettled, wire.isOpen]).toEqual([true, false])
    }
  })

  test('hands itself over after an upgrade only, with what came after the head', async () => {
    const peer = new ScriptedTransport()
    const wire = wireOver(peer)
    const [exchange, later] = [wire.expect('CONNECT', { ...NO_UPGRADE, takesTransport: true }), wire.expect('GET')]
    expect(() => wire.handOver()).toThrow(expect.objectContaining({ code: 'WRONG_STATE' }))
    peer.say('HTTP/1.1 200 OK\r\n\r\nrest')
    await wire.fill()
    expect([exchange.isSettled, exchange.failure]).toEqual([true, undefined])
    expect(later.failure).toMatchObject({
      code: 'CONNECTION_CLOSED',
      detail: 'the connection carries another protocol now',
    })
    const { transport, rest } = wire.handOver()
    expect([transport === peer, String(rest), wire.isOpen]).toEqual([true, 'rest', false])
    wire.destroy()
    expect(peer.isDestroyed).toBe(false)
  })

  test('that carries another protocol already may end before it is handed over', async () => {
    const peer = new ScriptedTransport()
    const wire = wireOver(peer)
    wire.expect('CONNECT', { ...NO_UPGRADE, takesTransport: true })
    peer.say('HTTP/1.1 200 OK\r\n\r\n')
    await wire.fill()
    peer.hangUp()
    await wire.fill()
    expect(peer.isDestroyed).toBe(false)
    expect(await wire.handOver().transport.read()).toBeNull()
  })

  test('fails the requests behind the last answer with the reason', async () => {
    const peer = new ScriptedTransport()
    const wire = wireOver(peer)
    const [first, second] = [wire.expect('GET'), wire.expect('GET')]
    peer.say('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    await wire.fill()
    expect([first.isSettled, first.failure, wire.isLostToPeer, peer.isDestroyed]).toEqual([true, undefined, true, true])
    expect(second.failure).toMatchObject({
      code: 'CONNECTION_CLOSED',
      detail: 'the answer before this one was the last',
    })
  })

  test('tells its transport where each answer ended', async () => {
    const told: number[] = []
    const peer = Object.assign(new ScriptedTransport(), { answered: (offset: number) => void told.push(offset) })
    const wire = wireOver(peer)
    for (const body of ['one', 'three']) {
      wire.expect('GET')
      peer.say(answer(body))
      await wire.fill()
    }
    expect(told).toEqual([answer('one').length, answer('one').length + answer('three').length])
  })

  test('keeps a copy of what was only lent, of bodies, of cut heads and of events', async () => {
    for (const hasListener of [false, true]) {
      const kept: Uint8Array[] = []
      const peer = new LendingTransport()
      const wire = wireOver(peer, {
        onEvent: hasListener ? (event) => void (event.type === 'data' && kept.push(event.bytes)) : undefined,
      })
      const exchange = wire.expect('GET')
      peer.lend('HTTP/1.1 200 O')
      void wire.fill()
      peer.lend('K\r\nContent-Length: 6\r\n\r\nabc')
      void wire.fill()
      peer.lend('def')
      expect([exchange.head?.reason, String(exchange.body.takeAll())]).toEqual(['OK', 'abcdef'])
      expect(kept.map(String)).toEqual(hasListener ? ['abc', 'def'] : [])
      expect([exchange.isSettled, peer.isAsked]).toEqual([true, true])
    }
  })

  test('ends with the end of its peer, lent or not', async () => {
    for (const peer of [new ScriptedTransport(), new LendingTransport()]) {
      const wire = wireOver(peer)
      peer.hangUp()
      await nextTurn()
      expect([wire.isOpen, wire.isReusable, peer.isDestroyed]).toEqual([false, false, true])
    }
  })

  test('fails what waits with the failure of a lending transport', async () => {
    const peer = new LendingTransport()
    const wire = wireOver(peer)
    const exchange = wire.expect('GET')
    const filled = wire.fill()
    const lost = new ConnectionError('CONNECTION_LOST', 'open', '')
    peer.fail(lost)
    await filled
    expect([exchange.failure, wire.isLostToPeer]).toEqual([lost, true])
  })
})

test.describe('the time for an answer on a wire', () => {
  const limits = { connect: undefined, read: 100, write: 100 }

  test('starts again when the request has gone out, and only for the oldest one', async () => {
    const clock = new FakeClock()
    const wire = wireOver(new ScriptedTransport(), { clock, timeouts: () => limits })
    const [first, second] = [wire.expect('POST'), wire.expect('POST')]
    first.isSending = true
    void wire.until({ phase: 'headers', look: () => (first.isSettled ? undefined : PENDING) })
    expect(clock.timers).toBe(0)
    wire.noteSent(second)
    expect(clock.timers).toBe(0)
    wire.noteSent(first)
    expect([first.isSending, clock.timers]).toEqual([false, 1])
    await clock.advance(100)
    expect(first.failure).toMatchObject({ code: 'HEADERS_TIMEOUT' })
  })

  test('ends with a wire that is handed over or destroyed', async () => {
    const clock = new FakeClock()
    const wire = wireOver(new ScriptedTransport(), { clock, timeouts: () => limits })
    const exchange = wire.expect('GET')
    void wire.until({ phase: 'headers', look: () => (exchange.isSettled ? undefined : PENDING) })
    expect(clock.timers).toBe(1)
    wire.destroy()
    expect(clock.timers).toBe(0)
  })
})
