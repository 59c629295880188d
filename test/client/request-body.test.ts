import { Readable } from 'node:stream'
import { Gate } from '../helpers/gate.ts'
import { expect, test } from '../helpers/test.ts'
import type { RequestOptions } from '../../src/client/connection-settings.ts'
import { bodyLength, exactly, requestBody, toBytes } from '../../src/client/request-body.ts'
import { ConnectionError } from '../../src/errors.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { nextTurn, scripted, type ScriptedPeers } from '../helpers/scripted-transport.ts'
import { answer, request } from '../helpers/tape.ts'

const HEAD = 'POST / HTTP/1.1\r\nHost: api.test\r\n'

/** What is on the wire after a POST. */
async function sent(options: RequestOptions): Promise<string> {
  const { connection, peers } = scripted()
  await connection.request('POST', '/', options)
  return peers.at(0).sent
}

/** A source of pieces that notes how far it was read, and whether it was told that no more is wanted. */
class Source implements AsyncIterable<Uint8Array | string> {
  pulled = 0
  isClosed = false
  readonly #pieces: Iterable<Uint8Array | string>
  readonly #ending: () => Promise<void>

  constructor(pieces: Iterable<Uint8Array | string>, ending: () => Promise<void> = async () => {}) {
    this.#pieces = pieces
    this.#ending = ending
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array | string, void, undefined> {
    try {
      for (const piece of this.#pieces) {
        this.pulled += 1
        yield piece
      }
      await this.#ending()
    } finally {
      this.isClosed = true
    }
  }
}

/** Has nothing for now, and never will. */
const stuck = (): Promise<void> => new Promise(() => {})

test.describe('a body', () => {
  for (const [what, options, wire] of [
    ['of text goes out as UTF-8', { body: 'grün' }, 'Content-Length: 5\r\n\r\ngr\u00c3\u00bcn'],
    ['of bytes goes out as it is', { body: Uint8Array.of(0, 13, 10, 255) }, 'Content-Length: 4\r\n\r\n\0\r\n\u00ff'],
    ['that is empty has a length', { body: '' }, 'Content-Length: 0\r\n\r\n'],
    ['that is missing has one too, where the method asks for a body', {}, 'Content-Length: 0\r\n\r\n'],
    [
      'may be sent in one chunk',
      { body: 'hello', headers: { 'transfer-encoding': 'chunked' } },
      'transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    ],
    [
      'with trailers goes out in chunks',
      { body: 'hello', trailers: { 'X-Sum': '5' } },
      'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 5\r\n\r\n',
    ],
    [
      'of unknown length goes out in chunks, without empty ones',
      { body: new Source(['hel', '', Buffer.from('lo')]) },
      'Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n',
    ],
    [
      'of unknown length may turn out to be empty',
      { body: new Source([]) },
      'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'of known length goes out without chunks',
      { body: new Source(['hel', '', 'lo', '']), contentLength: 5 },
      'Content-Length: 5\r\n\r\nhello',
    ],
    [
      'of known length 0 goes out as none, though it comes from a stream',
      { body: new Source(['', '']), contentLength: 0 },
      'Content-Length: 0\r\n\r\n',
    ],
    [
      'may have its length in the header',
      { body: new Source(['hello']), headers: { 'content-length': '5' } },
      'content-length: 5\r\n\r\nhello',
    ],
  ] as const) {
    test(what, async () => {
      expect(await sent(options)).toBe(HEAD + wire)
    })
  }

  for (const [length, pieces] of [
    [1, 1],
    [2, 1],
    [65_536, 1],
    [65_537, 2],
  ] as const) {
    test(`of ${length} bytes goes out ${pieces === 1 ? 'together with its head' : 'after its head'}`, async () => {
      const { connection, peers } = scripted()
      const body = 'x'.repeat(length)
      await connection.request('POST', '/', { body })
      const head = `${HEAD}Content-Length: ${length}\r\n\r\n`
      expect(peers.at(0).writes).toEqual(pieces === 1 ? [head + body] : [head, body])
    })
  }

  test('in chunks goes out with a write for each piece, and one for the end', async () => {
    const { connection, peers } = scripted()
    await connection.request('POST', '/', { body: ['a', '', 'x'.repeat(26)], trailers: { 'X-Sum': '5' } })
    expect(peers.at(0).writes).toEqual([
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n`,
      '1\r\na\r\n',
      `1a\r\n${'x'.repeat(26)}\r\n`,
      '0\r\nX-Sum: 5\r\n\r\n',
    ])
  })

  test('that is large is sent completely, and then the next request', async () => {
    const { connection, peers } = scripted()
    const body = 'x'.repeat(1_000_000)
    await connection.request('POST', '/', { body })
    await connection.request('GET', '/2')
    await nextTurn()
    expect(peers.at(0).sent).toBe(request('POST', '/', body) + request('GET', '/2'))
  })

  test('keeps the next request waiting until it is sent', async () => {
    const { connection, peers } = scripted()
    const gate = new Gate()
    const body = new Source(['hello'], () => gate.opened)
    const first = connection.request('POST', '/', { body })
    const second = connection.request('GET', '/2')
    await nextTurn()
    expect(peers.at(0).sent).not.toContain('/2')
    gate.open()
    await Promise.all([first, second])
    await nextTurn()
    expect(peers.at(0).sent).toBe(
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n${request('GET', '/2')}`,
    )
  })

  test('is pulled from its source no faster than the transport takes it', async () => {
    const { connection, peers } = scripted()
    await connection.connect()
    const body = new Source(Array.from({ length: 100 }, () => 'piece'))
    const release = peers.at(0).block()
    const sending = connection.request('POST', '/', { body })
    await nextTurn()
    expect(body.pulled).toBe(0)
    release()
    await sending
    expect(body).toMatchObject({ pulled: 100, isClosed: true })
  })
})

test.describe('a body that cannot be sent as announced destroys the connection and leaves no whole message:', () => {
  const failing = Object.assign(new Error('of the source'), { code: 'OF_THE_SOURCE' })
  const fail = async (): Promise<void> => {
    throw failing
  }
  for (const [what, options, error, wire] of [
    ['too short', { body: new Source(['hel', 'l']), contentLength: 5 }, { code: 'BODY_LENGTH_MISMATCH' }, 'hell'],
    [
      'too long in one piece',
      { body: new Source(['hello world']), contentLength: 5 },
      { code: 'BODY_LENGTH_MISMATCH' },
      '',
    ],
    [
      'too long by a piece',
      { body: new Source(['hel', 'lo', '!']), contentLength: 5 },
      { code: 'BODY_LENGTH_MISMATCH' },
      'hel',
    ],
    [
      'a source that throws at its end',
      { body: new Source(['hel', 'lo'], fail), contentLength: 5 },
      { code: 'OF_THE_SOURCE' },
      'hel',
    ],
    [
      'a source in chunks that throws',
      { body: new Source(['hello'], fail) },
      { code: 'OF_THE_SOURCE' },
      '5\r\nhello\r\n',
    ],
    [
      'a piece that is no bytes',
      { body: new Source(['hello', JSON.parse('7')]) },
      { code: 'INVALID_OPTION' },
      '5\r\nhello\r\n',
    ],
  ] as const) {
    test(what, async () => {
      const { connection, peers } = scripted()
      await expect(connection.request('POST', '/', options)).rejects.toMatchObject(error)
      const [head = '', body] = peers.at(0).sent.split('\r\n\r\n')
      expect(head).toMatch(/Content-Length: 5$|Transfer-Encoding: chunked$/)
      expect(body).toBe(wire)
      expect(peers.at(0).destroyedWith).toMatchObject(error)
      expect(options.body.isClosed).toBe(true)

      await expect(connection.getResponse()).rejects.toMatchObject({ code: 'WRONG_STATE' })
      await connection.request('GET', '/2')
      expect(peers.at(1).sent).toBe(request('GET', '/2'))
    })
  }
})

test.describe('Expect: 100-continue', () => {
  const EXPECT = `${HEAD}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`
  const REFUSAL = 'HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno'

  /** A POST that waits for leave to send its body. */
  async function expecting(expectContinue: boolean | number = true): Promise<{
    readonly connection: ReturnType<typeof scripted>['connection']
    readonly peers: ScriptedPeers
    readonly clock: FakeClock
    readonly sending: Promise<void>
  }> {
    const clock = new FakeClock()
    const { connection, peers } = scripted({ clock })
    const sending = connection.request('POST', '/', { body: 'hello', expectContinue })
    await nextTurn()
    expect(peers.at(0).sent).toBe(EXPECT)
    return { connection, peers, clock, sending }
  }

  test('sends the body when the server sends 100 Continue', async () => {
    const { connection, peers, clock, sending } = await expecting()
    peers.at(0).say('HTTP/1.1 103 Early Hints\r\n\r\n')
    await nextTurn()
    expect(peers.at(0).sent).toBe(EXPECT)
    peers.at(0).say('HTTP/1.1 100 Continue\r\n\r\n')
    await sending
    expect(peers.at(0).sent).toBe(`${EXPECT}hello`)
    expect(clock.liveTimers).toBe(0)

    peers.at(0).say(answer('thanks'))
    const response = await connection.getResponse()
    expect(response.interim.map(({ status }) => status)).toEqual([103, 100])
    expect(await response.text()).toBe('thanks')
    await connection.request('GET', '/2')
    expect(peers.all).toHaveLength(1)
  })

  for (const [what, final, text] of [
    ['a refusal', REFUSAL, 'no'],
    ['a success', answer('known already'), 'known already'],
  ] as const) {
    test(`never sends it after ${what}, which is kept for getResponse(), and does not use the connection again`, async () => {
      const { connection, peers, clock, sending } = await expecting()
      peers.at(0).say(final)
      await sending
      await clock.advance(10_000)
      expect(await (await connection.getResponse()).text()).toBe(text)
      expect(peers.at(0)).toMatchObject({ sent: EXPECT, isDestroyed: true })
      await connection.request('GET', '/2')
      expect(peers.at(1).sent).toBe(request('GET', '/2'))
    })
  }

  for (const final of [REFUSAL, REFUSAL.replace('417 Expectation Failed', '200 OK')])
    test(`returns a complete final answer whose body comes late: ${final.slice(9, 12)}`, async () => {
      const { connection, peers, sending } = await expecting()
      peers.at(0).say(final.slice(0, -1))
      await sending
      const response = await connection.getResponse()
      const next = connection.request('GET', '/2')
      peers.at(0).say(final.slice(-1))
      expect(await response.text()).toBe('no')
      await next
      expect(peers.at(0)).toMatchObject({ sent: EXPECT, isDestroyed: true })
    })

  for (const [what, expectContinue, wait] of [
    ['after a second', true, 1_000],
    ['after the time given', 50, 50],
  ] as const) {
    test(`sends it ${what} when the server is silent`, async () => {
      const { connection, peers, clock, sending } = await expecting(expectContinue)
      await clock.advance(wait - 1)
      expect(peers.at(0).sent).toBe(EXPECT)
      await clock.advance(1)
      await sending
      expect(peers.at(0).sent).toBe(`${EXPECT}hello`)

      peers.at(0).say(`HTTP/1.1 100 Continue\r\n\r\n${answer('late')}`)
      expect(await (await connection.getResponse()).text()).toBe('late')
    })
  }

  test('is not sent without a body', async () => {
    expect(await sent({ expectContinue: true })).not.toContain('Expect')
    expect(await sent({ expectContinue: true, body: '' })).not.toContain('Expect')
  })

  test('is sent once even if the caller adds it, too', async () => {
    const { connection, peers } = scripted()
    const options = { body: 'hello', expectContinue: 1, headers: { expect: '100-continue' } }
    await connection.request('POST', '/', options)
    expect(peers.at(0).sent).toBe(`${HEAD}expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello`)
  })

  test('ends with the connection', async () => {
    const { connection, peers, sending } = await expecting()
    peers.at(0).hangUp()
    await sending
    expect(peers.at(0).sent).toBe(EXPECT)
    await expect(connection.getResponse()).rejects.toMatchObject({ code: 'EMPTY_RESPONSE' })
  })

  test('ends with an abort', async () => {
    const controller = new AbortController()
    const clock = new FakeClock()
    const { connection, peers } = scripted({ clock })
    const { signal } = controller
    const sending = connection.request('POST', '/', { body: 'hello', expectContinue: true, signal })
    await nextTurn()
    controller.abort()
    await expect(sending).rejects.toMatchObject({ code: 'ABORTED' })
    expect(peers.at(0).sent).toBe(EXPECT)
    expect(clock.liveTimers).toBe(0)
  })
})

test.describe('an answer that comes before the body is out', () => {
  const TOO_LARGE = 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno'

  test('stops the body if it is an error, even while the source has nothing', async () => {
    const { connection, peers } = scripted()
    const body = new Source(['hello'], stuck)
    const sending = connection.request('POST', '/', { body })
    await nextTurn()
    peers.at(0).say(TOO_LARGE.slice(0, -1))
    await sending
    const response = await connection.getResponse()
    expect(response.status).toBe(413)
    expect(peers.at(0).isDestroyed).toBe(false)
    peers.at(0).say('o')
    expect(await response.text()).toBe('no')
    // Half a request is on the wire: nothing can follow it.
    expect(peers.at(0)).toMatchObject({ isDestroyed: true, sent: expect.stringMatching(/\r\n5\r\nhello\r\n$/) })
    await connection.request('GET', '/2')
    expect(peers.all).toHaveLength(2)
  })

  test('stops it while the transport takes no more', async () => {
    const { connection, peers } = scripted()
    await connection.connect()
    const release = peers.at(0).block()
    const body = new Source(Array.from({ length: 9 }, () => 'piece'))
    const sending = connection.request('POST', '/', { body })
    await nextTurn()
    // The head is out; the first piece waits again, and for ever.
    release()
    peers.at(0).block()
    await nextTurn()
    expect(body.pulled).toBe(1)
    peers.at(0).say(TOO_LARGE)
    await sending
    expect((await connection.getResponse()).status).toBe(413)
    expect(body).toMatchObject({ pulled: 1, isClosed: true })
  })

  test('lets the body continue if it is a success, because the server may answer while it reads', async () => {
    const { connection, peers } = scripted()
    const gate = new Gate()
    const body = gate.between('ping', 'pong')
    const sending = connection.request('POST', '/', { body })
    await nextTurn()
    peers.at(0).say('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nping\r\n')
    const response = await connection.getResponse()
    expect(response.status).toBe(200)
    gate.open()
    await sending
    expect(peers.at(0).sent).toMatch(/4\r\nping\r\n4\r\npong\r\n0\r\n\r\n$/)
    peers.at(0).say('4\r\npong\r\n0\r\n\r\n')
    expect(await response.text()).toBe('pingpong')
    await connection.request('GET', '/2')
    expect(peers.all).toHaveLength(1)
  })

  test('stops the body if it is a success that is complete', async () => {
    const { connection, peers } = scripted()
    const sending = connection.request('POST', '/', { body: new Source(['hello'], stuck) })
    await nextTurn()
    peers.at(0).say(answer('enough'))
    await sending
    expect(await (await connection.getResponse()).text()).toBe('enough')
    expect(peers.at(0).isDestroyed).toBe(true)
  })

  test('is read only up to a limit while the caller does not take it', async () => {
    const { connection, peers } = scripted()
    const gate = new Gate()
    const body = new Source(['hello'], () => gate.opened)
    const sending = connection.request('POST', '/', { body })
    await nextTurn()
    const piece = 'x'.repeat(65_536)
    peers.at(0).say('HTTP/1.1 200 OK\r\nContent-Length: 6553600\r\n\r\n', ...Array.from({ length: 100 }, () => piece))
    for (let turn = 0; turn < 300; turn += 1) await nextTurn()
    expect(peers.at(0).reads).toBeLessThan(20)
    gate.open()
    await sending
    expect(await (await connection.getResponse()).bytes()).toHaveLength(6_553_600)
  })
})

test.describe('a connection that fails while the body goes out', () => {
  const lost = new ConnectionError('CONNECTION_LOST', 'open', '', { systemCode: 'EPIPE' })

  test('is reported by getResponse()', async () => {
    const { connection, peers } = scripted()
    const sending = connection.request('POST', '/', { body: new Source(['hello'], stuck) })
    await nextTurn()
    peers.at(0).fail(lost)
    await sending
    await expect(connection.getResponse()).rejects.toBe(lost)
  })

  test('may have delivered an answer before', async () => {
    const { connection, peers } = scripted()
    await connection.connect()
    peers.at(0).write = () => Promise.reject(lost)
    await connection.request('POST', '/', { body: new Source(['hello']) })
    peers.at(0).say(answer('too much')).fail(lost)
    expect(await (await connection.getResponse()).text()).toBe('too much')
  })

  for (const [what, end, code] of [
    ['is reported by request() if it was aborted', 'abort', 'ABORTED'],
    ['is reported by request() if it was closed', 'close', 'CONNECTION_CLOSED'],
  ] as const) {
    test(`${what}, even while the source has nothing`, async () => {
      const controller = new AbortController()
      const { connection, peers } = scripted()
      const body = new Source(['hello'], stuck)
      const sending = connection.request('POST', '/', { body, signal: controller.signal })
      await nextTurn()
      if (end === 'abort') controller.abort()
      else await connection.close()
      await expect(sending).rejects.toMatchObject({ code })
      expect(peers.at(0).isDestroyed).toBe(true)
      expect(peers.at(0).sent).not.toContain('0\r\n\r\n')
      await expect(connection.getResponse()).rejects.toMatchObject({ code: 'WRONG_STATE' })
    })
  }
})

test.describe('requestBody', () => {
  const form = new FormData()
  form.set('file', new Blob(['x']))
  for (const [what, init, expected] of [
    ['text', 'grün', { kind: 'bytes', bytes: Buffer.from('grün') }],
    ['bytes', Buffer.from('ab'), { kind: 'bytes', bytes: Buffer.from('ab') }],
    ['a view', new DataView(Uint8Array.of(1, 2, 3, 4).buffer, 1, 2), { kind: 'bytes', bytes: Uint8Array.of(2, 3) }],
    ['a buffer', Uint8Array.of(1, 2).buffer, { kind: 'bytes', bytes: Uint8Array.of(1, 2) }],
    [
      'parameters',
      new URLSearchParams('a=b'),
      {
        kind: 'bytes',
        bytes: Buffer.from('a=b'),
        contentType: 'application/x-www-form-urlencoded;charset=UTF-8',
      },
    ],
    [
      'a form of texts',
      new FormData(),
      { kind: 'bytes', contentType: expect.stringMatching(/^multipart\/form-data; /) },
    ],
    [
      'a form with a file',
      form,
      { kind: 'stream', length: expect.any(Number), contentType: expect.stringMatching(/^multipart\/form-data; /) },
    ],
    ['a Blob', new Blob(['abc']), { kind: 'stream', length: 3, contentType: undefined }],
    ['a Blob with a type', new Blob(['abc'], { type: 'a/b' }), { kind: 'stream', length: 3, contentType: 'a/b' }],
    ['pieces', ['a', 'b'], { kind: 'stream', length: undefined, pieces: ['a', 'b'] }],
    ['a stream', Readable.from(['a']), { kind: 'stream', length: undefined, cancel: expect.any(Function) }],
  ] as const) {
    test(`knows ${what}`, () => {
      const body = requestBody(init, undefined)
      expect(body).toMatchObject(expected)
      expect(body && bodyLength(body)).toBe(body?.kind === 'bytes' ? body.bytes.length : body?.length)
    })
  }

  test('has the announced length of a stream, and refuses another one of what is known', () => {
    expect(requestBody(['a'], 7)).toMatchObject({ kind: 'stream', length: 7 })
    expect(requestBody('abc', 3)).toMatchObject({ kind: 'bytes' })
    expect(requestBody(new Blob(['abc']), 3)).toMatchObject({ kind: 'stream', length: 3 })
    expect([requestBody(undefined, undefined), requestBody(undefined, 0)]).toEqual([undefined, undefined])
    for (const [init, length, detail] of [
      ['abc', 2, 'contentLength: 2, the body has 3 bytes'],
      ['abc', 4, 'contentLength: 4, the body has 3 bytes'],
      [new Blob(['abc']), 0, 'contentLength: 0, the body has 3 bytes'],
      [undefined, 1, 'contentLength: 1, no body given'],
    ] as const) {
      const refusal = { code: 'BODY_LENGTH_MISMATCH', detail }
      expect(() => requestBody(init, length)).toThrow(expect.objectContaining(refusal))
    }
    for (const length of [-1, 1.5, 2 ** 53, Number.NaN]) {
      const refusal = { code: 'INVALID_OPTION', detail: `contentLength: ${length}` }
      expect(() => requestBody(['a'], length)).toThrow(expect.objectContaining(refusal))
    }
    expect(requestBody(['a'], 2 ** 53 - 1)).toMatchObject({ length: 9_007_199_254_740_991 })
  })

  test('refuses what was read, and what is not a body', () => {
    const [read, destroyed] = [Readable.from([]), Readable.from(['a'])]
    Object.defineProperty(read, 'readableEnded', { value: true })
    destroyed.destroy()
    for (const [init, detail] of [
      [read, 'body: the stream was read or destroyed, or has another reader'],
      [destroyed, 'body: the stream was read or destroyed, or has another reader'],
      [Object.assign(['a'], { locked: true }), 'body: the stream was read or destroyed, or has another reader'],
      [Object({ a: 1 }), 'body: an object that is not iterable; is JSON.stringify() missing?'],
    ] as const) {
      expect(() => requestBody(init, undefined)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', detail }))
    }
    expect(requestBody(Object.assign(['a'], { locked: false }), undefined)).toMatchObject({ kind: 'stream' })
  })

  test('closes a stream by its cancel', () => {
    const source = Readable.from(['a'])
    const body = requestBody(source, undefined)
    if (body?.kind === 'stream') body.cancel?.()
    expect(source.destroyed).toBe(true)
  })
})

const all = async (length: number, pieces: Iterable<string>): Promise<string[]> => {
  const seen: string[] = []
  for await (const piece of exactly(length, pieces)) seen.push(String(Buffer.from(piece)))
  return seen
}

test.describe('exactly', () => {
  for (const [length, pieces, seen] of [
    [5, ['he', 'llo'], ['he', 'llo']],
    [5, ['hello'], ['hello']],
    [5, ['hello', ''], ['hello']],
    [5, ['', 'hello', '', ''], ['', 'hello']],
    [0, [], []],
    [0, [''], ['']],
  ] as const) {
    test(`gives ${JSON.stringify(pieces)} as ${length} bytes`, async () =>
      expect(await all(length, pieces)).toEqual(seen))
  }

  test('gives the last piece when it is known to be the last', async () => {
    const gate = new Gate()
    const pieces = exactly(6, gate.between('one', 'two'))
    expect(await pieces.next()).toMatchObject({ value: Buffer.from('one') })
    gate.open()
    expect(await pieces.next()).toMatchObject({ value: Buffer.from('two') })
    expect(await pieces.next()).toEqual({ done: true, value: undefined })
  })

  test('refuses more and less', async () => {
    await expect(all(4, ['he', 'llo'])).rejects.toMatchObject({
      code: 'BODY_LENGTH_MISMATCH',
      detail: '4 bytes announced, the stream has more',
    })
    await expect(all(6, ['he', 'llo'])).rejects.toMatchObject({
      code: 'BODY_LENGTH_MISMATCH',
      detail: '6 bytes announced, the stream ended after 5',
    })
  })

  test('refuses a piece that is neither bytes nor text', () => {
    for (const [piece, detail] of [
      [5, 'a piece of the body is number, not bytes or text'],
      [null, 'a piece of the body is object, not bytes or text'],
    ] as const) {
      expect(() => toBytes(piece)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', detail }))
    }
  })
})
