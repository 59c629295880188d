import { getEventListeners } from 'node:events'
import { expect, test } from '../helpers/test.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { ConnectionError, type ErrorCode } from '../../src/errors.ts'
import { Gate } from '../helpers/gate.ts'
import { serve } from '../helpers/live-server.ts'
import { nextTurn, scripted, ScriptedPeers, ScriptedTransport } from '../helpers/scripted-transport.ts'
import { answer, request } from '../helpers/tape.ts'

test.describe('a connection', () => {
  test('is made by the first request, and carries all later ones', async () => {
    const { connection, peers } = scripted()
    expect(peers.all).toHaveLength(0)
    for (let number = 0; number < 20; number += 1) {
      await connection.request('GET', `/${number}`)
      peers.at(0).say(answer(`body ${number}`))
      expect(await (await connection.getResponse()).text()).toBe(`body ${number}`)
    }
    expect(peers.all).toHaveLength(1)
    expect(peers.at(0).sent.match(/GET/g)).toHaveLength(20)
    expect(peers.origins).toEqual([{ protocol: 'http', host: 'api.test', port: 80 }])
  })

  test('is made by connect(), and only once for several callers', async () => {
    const { connection, peers } = scripted()
    await Promise.all([connection.connect(), connection.connect(), connection.request('GET', '/')])
    await connection.connect()
    expect(peers.all).toHaveLength(1)
  })

  test('goes to the origin of a URL', async () => {
    const peers = new ScriptedPeers()
    for (const url of ['https://[::1]/path', 'http://api.test:8080/path?query']) {
      await HttpConnection.to(url, { connector: peers.connector }).request('GET', '/')
    }
    expect(peers.origins).toEqual([
      { protocol: 'https', host: '::1', port: 443 },
      { protocol: 'http', host: 'api.test', port: 8080 },
    ])
    expect(peers.at(0).sent).toContain('Host: [::1]\r\n')
    expect(peers.at(1).sent).toContain('Host: api.test:8080\r\n')
    expect(() => HttpConnection.to('ftp://api.test/')).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })

  for (const port of [0, -1, 80.5, 65_536, Number.NaN]) {
    test(`cannot have the port ${port}`, () => {
      expect(() => new HttpConnection({ host: 'api.test', port })).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION' }),
      )
    })
  }

  test('can have the ports 1 to 65535, and no setting that does not exist', () => {
    for (const port of [1, 65_535]) expect(new HttpConnection({ host: 'api.test', port }).origin.port).toBe(port)
    const refusal = expect.objectContaining({ code: 'UNKNOWN_OPTION' })
    expect(() => new HttpConnection(Object({ host: 'api.test', timeout: 5 }))).toThrow(refusal)
  })

  test('reads as leniently, and as much, as its settings say', async () => {
    const bare = 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'
    for (const [settings, code] of [
      [{ lenient: { bareLf: true } }, undefined],
      [{}, 'BARE_LF'],
      [{ lenient: { bareLf: true }, limits: { headBytes: 20 } }, 'HEADERS_TOO_LARGE'],
    ] as const) {
      const { connection, peers } = scripted(settings)
      await connection.request('GET', '/')
      peers.at(0).say(bare)
      const response = connection.getResponse()
      if (code === undefined) expect(await (await response).text()).toBe('ok')
      else await expect(response).rejects.toMatchObject({ code })
    }
  })

  test('that is closed ends all that it has opened, and waits for the attempt to open more', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/1', { headers: { Connection: 'close' } })
    await connection.request('GET', '/2')
    expect(peers.all).toHaveLength(2)
    await connection.close()
    expect(peers.all.map(({ isDestroyed }) => isDestroyed)).toEqual([true, true])

    const attempt = new Gate()
    const late = scripted({
      connector: async () => {
        await attempt.opened
        throw new Error('no')
      },
    })
    const connecting = late.connection.connect()
    let isClosed = false
    const closing = late.connection.close().then(() => (isClosed = true))
    await nextTurn()
    expect(isClosed).toBe(false)
    attempt.open()
    await closing
    await expect(connecting).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  })

  test('hands its options to the connector', async () => {
    const tls = { servername: 'other.test' }
    const { connection, peers } = scripted({ verify: false, tls, timeouts: { connect: 7 } })
    await connection.connect()
    expect(peers.options).toMatchObject([{ verify: false, tls, timeout: 7 }])
  })

  test('tells the connector what it lets pass, and that it says when an answer was read', async () => {
    for (const [settings, lenient] of [
      [{}, []],
      [{ allowMissingCloseNotify: false }, []],
      [{ allowMissingCloseNotify: true }, ['missingCloseNotify']],
      [{ lenient: { bareLf: true, obsFold: false }, allowMissingCloseNotify: true }, ['bareLf', 'missingCloseNotify']],
    ] as const) {
      const { connection, peers } = scripted(settings)
      await connection.connect()
      expect(peers.options).toMatchObject([{ lenient, tellsAnswers: true }])
    }
  })

  test('is one of the system if no connector is given', async () => {
    await using server = await serve((socket) => void socket.once('data', () => socket.end(answer('real'))))
    await using connection = HttpConnection.to(`http://127.0.0.1:${server.port}`)
    await connection.request('GET', '/')
    expect(await (await connection.getResponse()).text()).toBe('real')
  })

  test('that could not be made fails the request, and the next request makes another', async () => {
    const refused = new ConnectionError('CONNECT_FAILED', 'tcp', '', { systemCode: 'ECONNREFUSED' })
    const peers = new ScriptedPeers()
    let attempts = 0
    const { connection } = scripted({
      // Not async: it may as well throw at once.
      connector: (origin, options) => {
        attempts += 1
        if (attempts === 1) throw refused
        return peers.connector(origin, options)
      },
    })
    await expect(connection.request('GET', '/')).rejects.toBe(refused)
    await connection.request('GET', '/')
    expect(peers.at(0).sent).toBe(request('GET', '/'))
  })

  test('that ends before its first request fails that request', async () => {
    const peer = new ScriptedTransport().hangUp()
    const { connection } = scripted({ connector: async () => peer })
    await expect(connection.request('GET', '/')).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    expect(peer.sent).toBe('')
  })

  test('on which the server speaks first is not used', async () => {
    const peer = new ScriptedTransport().say(answer('early'))
    const { connection } = scripted({ connector: async () => peer })
    await expect(connection.request('GET', '/')).rejects.toMatchObject({ code: 'UNSOLICITED_DATA', offset: 0 })
    expect(peer).toMatchObject({ sent: '', isDestroyed: true })
  })
})

test.describe('a request', () => {
  test('is sent with its headers as they were given', async () => {
    const { connection, peers } = scripted()
    await connection.request('OPTIONS', '*', {
      headers: [
        ['x-a', '1'],
        ['HOST', 'b.test'],
        ['X-A', '2'],
      ],
    })
    expect(peers.at(0).sent).toBe('OPTIONS * HTTP/1.1\r\nx-a: 1\r\nHOST: b.test\r\nX-A: 2\r\n\r\n')
  })

  test('takes headers as a record, with several values and numbers', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/', { headers: { Accept: ['a/b', 'c/d'], 'Max-Forwards': 3 } })
    expect(peers.at(0).sent).toBe(request('GET', '/', '', ['Accept: a/b', 'Accept: c/d', 'Max-Forwards: 3']))
  })

  const REFUSED: readonly (readonly [what: string, code: ErrorCode, send: (on: HttpConnection) => Promise<void>])[] = [
    ['a method with a blank', 'INVALID_METHOD', (on) => on.request('GET /x', '/')],
    ['a target with CR LF', 'INVALID_PATH', (on) => on.request('GET', '/\r\nX: 1')],
    ['a target that latin-1 would cut to CR LF', 'INVALID_PATH', (on) => on.request('GET', '/\u010D\u010AX: 1')],
    ['an empty target', 'INVALID_PATH', (on) => on.request('GET', '')],
    ['a header name with a colon', 'INVALID_HEADER_NAME', (on) => on.request('GET', '/', { headers: { 'a:': '1' } })],
    [
      'a header value with CR LF',
      'INVALID_HEADER_VALUE',
      (on) => on.request('GET', '/', { headers: { a: '1\r\nb: 2' } }),
    ],
    [
      'a header value above latin-1',
      'INVALID_HEADER_VALUE',
      (on) => on.request('GET', '/', { headers: { a: '\u0100' } }),
    ],
    [
      'Content-Length beside Transfer-Encoding',
      'CONFLICTING_CL',
      (on) =>
        on.request('POST', '/', { headers: { 'content-length': '5', 'transfer-encoding': 'chunked' }, body: 'hello' }),
    ],
    [
      'two Content-Length',
      'CONFLICTING_CL',
      (on) =>
        on.request('POST', '/', {
          headers: [
            ['Content-Length', '5'],
            ['content-length', '6'],
          ],
          body: 'hello',
        }),
    ],
    [
      'a Content-Length that is not the body’s',
      'CONFLICTING_CL',
      (on) => on.request('POST', '/', { headers: { 'content-length': '4' }, body: 'hello' }),
    ],
    [
      'contentLength that is not the body’s',
      'BODY_LENGTH_MISMATCH',
      (on) => on.request('POST', '/', { contentLength: 4, body: 'hello' }),
    ],
    ['contentLength without a body', 'BODY_LENGTH_MISMATCH', (on) => on.request('POST', '/', { contentLength: 4 })],
    [
      'contentLength that is no length',
      'INVALID_OPTION',
      (on) => on.request('POST', '/', { contentLength: -1, body: 'hello' }),
    ],
    [
      'a trailer with CR LF',
      'INVALID_HEADER_VALUE',
      (on) => on.request('POST', '/', { body: 'hello', trailers: { a: '1\r\nb: 2' } }),
    ],
    [
      'a bad trailer where Transfer-Encoding is given',
      'INVALID_HEADER_NAME',
      (on) =>
        on.request('POST', '/', { body: 'x', trailers: { 'a b': '1' }, headers: { 'transfer-encoding': 'chunked' } }),
    ],
    [
      'a wait of no time for 100 Continue',
      'INVALID_OPTION',
      (on) => on.request('POST', '/', { body: 'hello', expectContinue: Number.NaN }),
    ],
  ]
  test('is written at once if nothing else is being sent, also after a body that took long', async () => {
    const { connection, peers } = scripted()
    await connection.request('POST', '/1', { body: ['a'] })
    peers.at(0).say(answer('one'))
    await (await connection.getResponse()).bytes()
    const sent = connection.request('GET', '/2')
    expect(peers.at(0).sent).toContain('GET /2 ')
    await sent
  })

  test('may be asked for its answer before it is sent', async () => {
    const { connection, peers } = scripted()
    const sent = connection.request('GET', '/')
    const response = connection.getResponse()
    await sent
    peers.at(0).say(answer('hello'))
    expect(await (await response).text()).toBe('hello')
    await expect(connection.getResponse()).rejects.toMatchObject({ code: 'WRONG_STATE' })
  })

  test('that cannot be written fails with the reason, ends its connection and gets no answer', async () => {
    for (const [thrown, seen] of [
      [new TypeError('wrong'), new TypeError('wrong')],
      ['text', new Error('text')],
    ] as const) {
      const { connection, peers } = scripted()
      await connection.connect()
      peers.at(0).write = () => {
        throw thrown
      }
      const failure: unknown = await connection.request('GET', '/').catch((error: unknown) => error)
      expect(failure).toBe(thrown)
      expect(peers.at(0).destroyedWith).toEqual(seen)
      await expect(connection.getResponse()).rejects.toMatchObject({ code: 'WRONG_STATE' })
    }
  })

  test('that was aborted before does not wait for the one before it', async () => {
    const { connection, peers } = scripted()
    await connection.connect()
    const release = peers.at(0).block()
    const first = connection.request('GET', '/1')
    const aborted = connection.request('GET', '/2', { signal: AbortSignal.abort(new Error('enough')) })
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' })
    release()
    await first
    expect(peers.at(0).sent).toBe(request('GET', '/1'))
  })

  test('with an option that does not exist is refused', async () => {
    const { connection, peers } = scripted()
    for (const options of [Object({ header: {} }), Object({ Body: 'x' })]) {
      await expect(connection.request('GET', '/', options)).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
    }
    expect(peers.all).toHaveLength(0)
  })

  for (const [what, code, send] of REFUSED) {
    test(`with ${what} is refused before anything is connected or written`, async () => {
      const { connection, peers } = scripted()
      await expect(send(connection)).rejects.toMatchObject({ code })
      expect(peers.all).toHaveLength(0)
      await connection.request('GET', '/')
      await expect(send(connection)).rejects.toMatchObject({ code })
      expect(peers.at(0)).toMatchObject({ sent: request('GET', '/'), isDestroyed: false })
    })
  }
})

test.describe('an answer', () => {
  test('has its fields as on the wire', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/')
    peers
      .at(0)
      .say('HTTP/1.1 299 Quite fine\r\nX-b: 2\r\nset-cookie: a\r\nSet-Cookie: b\r\nContent-Length: 2\r\n\r\n{}')
    const response = await connection.getResponse()
    expect(response).toMatchObject({ status: 299, reason: 'Quite fine', httpVersion: '1.1', interim: [] })
    expect([...response.headers].map((pair) => pair.join('='))).toEqual([
      'X-b=2',
      'set-cookie=a',
      'Set-Cookie=b',
      'Content-Length=2',
    ])
    expect(response.headers.getAll('SET-COOKIE')).toEqual(['a', 'b'])
    expect(response.headers.get('x-B')).toBe('2')
    expect(response.headers.has('X-C')).toBe(false)
    expect(await response.json()).toEqual({})
  })

  test('may come byte by byte', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/')
    peers.at(0).say(...answer('hello').split(''))
    expect(await (await connection.getResponse()).text()).toBe('hello')
  })

  test('leaves the bytes after it for the next one', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/1')
    await connection.request('GET', '/2')
    const [both, cut] = [answer('first') + answer('second'), answer('first').length + 20]
    peers.at(0).say(both.slice(0, cut), both.slice(cut))
    expect(await (await connection.getResponse()).text()).toBe('first')
    expect(await (await connection.getResponse()).text()).toBe('second')
  })

  for (const [what, method, head] of [
    ['to HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
    ['to HEAD that speaks of chunks', 'HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['of status 204', 'GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['of status 304', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
  ] as const) {
    test(`${what} has no body, and the connection stays usable`, async () => {
      const { connection, peers } = scripted()
      await connection.request(method, '/')
      peers.at(0).say(head)
      expect(await (await connection.getResponse()).bytes()).toHaveLength(0)
      await connection.request('GET', '/')
      peers.at(0).say(answer('next'))
      expect(await (await connection.getResponse()).text()).toBe('next')
      expect(peers.all).toHaveLength(1)
    })
  }

  test('in chunks has its trailers once the body has been read', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/')
    peers.at(0).say('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n')
    const response = await connection.getResponse()
    expect(response.trailers.size).toBe(0)
    expect(response.isComplete).toBe(false)
    peers.at(0).say('6\r\n world\r\n0\r\nX-Sum: 11\r\n\r\n')
    expect(await response.text()).toBe('hello world')
    expect([...response.trailers]).toEqual([['X-Sum', '11']])
    expect(response.isComplete).toBe(true)
  })

  test('without a length lasts until the server ends its side', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/')
    peers.at(0).say('HTTP/1.1 200 OK\r\n\r\nhel', 'lo').hangUp()
    expect(await (await connection.getResponse()).text()).toBe('hello')
  })

  test('has the interim responses that came before it', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/')
    const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
    peers.at(0).say(`HTTP/1.1 100 Continue\r\n\r\n${hints}`, hints + answer('hello'))
    const { status, interim } = await connection.getResponse()
    expect(status).toBe(200)
    expect(interim.map((one) => one.status)).toEqual([100, 103, 103])
    expect([...(interim[1]?.headers ?? [])]).toEqual([['Link', '</a>']])
  })

  test('that is an upgrade hands over the transport, with the bytes after it', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/', { headers: { Connection: 'Upgrade', Upgrade: 'chat' } })
    peers.at(0).say('HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\n\r\nhello')
    const { transport, rest } = (await connection.getResponse()).takeTransport()
    expect(String(rest)).toBe('hello')
    peers.at(0).say('more')
    expect(String(await transport.read())).toBe('more')
    await connection.close()
    expect(peers.at(0).isDestroyed).toBe(false)
  })

  test('that is not an upgrade does not hand over the transport', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/')
    peers.at(0).say(answer('hello'))
    const response = await connection.getResponse()
    expect(() => response.takeTransport()).toThrow(expect.objectContaining({ code: 'WRONG_STATE' }))
    expect(await response.text()).toBe('hello')
  })

  test('is reported to onEvent while it is read', async () => {
    const events: string[] = []
    const { connection, peers } = scripted({
      onEvent: ({ type, start, end }) => events.push(`${type} ${start}-${end}`),
    })
    await connection.request('GET', '/')
    peers.at(0).say('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello')
    await connection.getResponse()
    expect(events).toEqual(['response-head 0-38', 'data 38-43', 'end-of-message 43-43'])
  })

  test('cannot be awaited without a request', async () => {
    const { connection } = scripted()
    await expect(connection.getResponse()).rejects.toMatchObject({ code: 'WRONG_STATE' })
  })
})

test.describe('pipelined requests', () => {
  test('are sent in the order of the calls, awaited or not', async () => {
    const { connection, peers } = scripted()
    const first = connection.request('GET', '/1')
    const second = connection.request('GET', '/2')
    await first
    await connection.request('GET', '/3')
    await second
    // Behind the first, requests of one turn go out in one segment.
    await nextTurn()
    expect(peers.at(0).sent).toBe(request('GET', '/1') + request('GET', '/2') + request('GET', '/3'))
    expect(peers.at(0).writes.length).toBeLessThan(3)
  })

  test('are answered in their order, and their bodies may be read late and in any order', async () => {
    const { connection, peers } = scripted()
    for (const target of ['/1', '/2', '/3']) await connection.request('GET', target)
    peers.at(0).say(answer('one') + answer('two'), answer('three'))
    const responses = [await connection.getResponse(), await connection.getResponse(), await connection.getResponse()]
    const bodies: string[] = []
    for (const response of responses.toReversed()) bodies.push(await response.text())
    expect(bodies).toEqual(['three', 'two', 'one'])
  })

  test('may be awaited all at once', async () => {
    const { connection, peers } = scripted()
    for (const target of ['/1', '/2']) await connection.request('GET', target)
    const responses = Promise.all([connection.getResponse(), connection.getResponse()])
    await nextTurn()
    peers.at(0).say(answer('one'), answer('two'))
    const [first, second] = await responses
    expect([await second.text(), await first.text()]).toEqual(['two', 'one'])
  })

  test('are not answered after more than 1 MiB of unread body', async () => {
    const { connection, peers } = scripted()
    for (const target of ['/1', '/2', '/3']) await connection.request('GET', target)
    const piece = 'x'.repeat(65_536)
    peers.at(0).say('HTTP/1.1 200 OK\r\nContent-Length: 6553600\r\n\r\n', ...Array.from({ length: 100 }, () => piece))
    peers.at(0).say(answer('two'), answer('three'))
    const first = await connection.getResponse()
    const [second, third] = await Promise.allSettled([connection.getResponse(), connection.getResponse()])
    expect([second, third]).toMatchObject([{ reason: { code: 'BODY_UNREAD' } }, { reason: { code: 'BODY_UNREAD' } }])
    // 1 MiB is 16 pieces; nothing beyond the one that was too much has been read.
    expect(peers.at(0).reads).toBeLessThan(20)

    expect(await first.bytes()).toHaveLength(6_553_600)
    expect(await (await connection.getResponse()).text()).toBe('two')
    expect(await (await connection.getResponse()).text()).toBe('three')
  })

  test('after the last answer of a connection get none', async () => {
    const { connection, peers } = scripted()
    for (const target of ['/1', '/2']) await connection.request('GET', target)
    peers.at(0).say('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\none', answer('two'))
    expect(await (await connection.getResponse()).text()).toBe('one')
    await expect(connection.getResponse()).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  })

  test('after an upgrade get no answer, and none of the bytes of the new protocol', async () => {
    const { connection, peers } = scripted()
    await connection.request('CONNECT', 'b.test:443')
    await connection.request('GET', '/2')
    peers.at(0).say('HTTP/1.1 200 OK\r\n\r\n')
    const tunnel = (await connection.getResponse()).takeTransport()
    await expect(connection.getResponse()).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    peers.at(0).say('tunnelled')
    expect(String(await tunnel.transport.read())).toBe('tunnelled')
  })

  test('all fail when the answers break off', async () => {
    const { connection, peers } = scripted()
    for (const target of ['/1', '/2', '/3']) await connection.request('GET', target)
    peers.at(0).say(answer('one'), 'HTTP/1.1 200 OK\r\nConte').hangUp()
    expect(await (await connection.getResponse()).text()).toBe('one')
    const failure = { code: 'PREMATURE_EOF', offset: answer('one').length + 22 }
    await expect(connection.getResponse()).rejects.toMatchObject(failure)
    await expect(connection.getResponse()).rejects.toMatchObject(failure)
  })
})

test.describe('the next request goes out on a new connection', () => {
  const CLOSE = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nfirst'
  const ENDINGS: readonly (readonly [when: string, end: (peer: ScriptedTransport) => void, body?: string])[] = [
    ['when the server has closed the idle one', (peer) => peer.say(answer('first')).hangUp()],
    ['when the idle one was reset', (peer) => peer.say(answer('first')).fail(new Error('reset'))],
    ['after Connection: close', (peer) => peer.say(CLOSE)],
    ['after Connection: keep-alive, close', (peer) => peer.say(CLOSE.replace('close', 'keep-alive, close'))],
    ['after Connection: close and more bytes', (peer) => peer.say(CLOSE + answer('EVIL'))],
    ['after HTTP/1.0', (peer) => peer.say(answer('first').replace('1.1', '1.0'))],
    ['after a body that ended with the connection', (peer) => peer.say('HTTP/1.1 200 OK\r\n\r\nfirst').hangUp()],
    ['after bytes behind the answer', (peer) => peer.say(`${answer('first')}EVIL`)],
    ['after a second answer', (peer) => peer.say(answer('first') + answer('EVIL'))],
    ['after bytes that came while it was idle', (peer) => peer.say(answer('first'), answer('EVIL'))],
    ['after a 204 with a body', (peer) => peer.say('HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nEVIL'), ''],
  ]
  for (const [when, end, body = 'first'] of ENDINGS) {
    test(when, async () => {
      const { connection, peers } = scripted()
      await connection.request('GET', '/1')
      end(peers.at(0))
      expect(await (await connection.getResponse()).text()).toBe(body)
      await nextTurn()
      expect(peers.at(0).isDestroyed).toBe(true)

      await connection.request('GET', '/2')
      peers.at(1).say(answer('second'))
      expect(await (await connection.getResponse()).text()).toBe('second')
      expect(peers.at(0).sent).toBe(request('GET', '/1'))
    })
  }

  test('after a request that said Connection: close, even if the server ignores it', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/1', { headers: { Connection: 'close' } })
    await connection.request('GET', '/2')
    expect(peers.at(0).sent).toBe(request('GET', '/1', '', ['Connection: close']))
    peers.at(1).say(answer('second'))
    peers.at(0).say(answer('first'))
    expect(await (await connection.getResponse()).text()).toBe('first')
    expect(await (await connection.getResponse()).text()).toBe('second')
    expect(peers.all.map(({ isDestroyed }) => isDestroyed)).toEqual([true, false])
  })

  test('after an answer that was given up', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/1')
    peers.at(0).say('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n', 'hello', 'world')
    for await (const piece of (await connection.getResponse()).body) {
      expect(String(piece)).toBe('hello')
      break
    }
    expect(peers.at(0)).toMatchObject({ isDestroyed: true, destroyedWith: undefined })
    await connection.request('GET', '/2')
    expect(peers.at(1).sent).toBe(request('GET', '/2'))
  })

  test('while the body of a last answer is still being read from the old one', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/1')
    peers.at(0).say('HTTP/1.1 200 OK\r\n\r\nhel')
    const first = await connection.getResponse()
    await connection.request('GET', '/2')
    peers.at(1).say(answer('second'))
    expect(await (await connection.getResponse()).text()).toBe('second')
    peers.at(0).say('lo').hangUp()
    expect(await first.text()).toBe('hello')
  })

  test('but not after an answer that was given up when it was complete', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/1')
    peers.at(0).say(answer('first'))
    for await (const _ of (await connection.getResponse()).body) break
    await connection.request('GET', '/2')
    expect(peers.all).toHaveLength(1)
  })
})

test.describe('bytes that are not an answer', () => {
  test('fail the request with their offset, and destroy the connection with that error', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/1')
    peers.at(0).say('HTTP/1.1 200 OK\r\nA : b\r\n\r\n')
    await expect(connection.getResponse()).rejects.toMatchObject({ code: 'WS_BEFORE_COLON', offset: 18 })
    expect(peers.at(0).destroyedWith).toMatchObject({ code: 'WS_BEFORE_COLON' })
    await connection.request('GET', '/2')
    expect(peers.all).toHaveLength(2)
  })

  test('are an empty response if there are none at all', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/')
    peers.at(0).hangUp()
    await expect(connection.getResponse()).rejects.toMatchObject({ code: 'EMPTY_RESPONSE' })
    expect(peers.all).toHaveLength(1)
  })

  test('end a body after the bytes that came before', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/')
    const lost = new ConnectionError('CONNECTION_LOST', 'open', '', { systemCode: 'ECONNRESET' })
    peers.at(0).say('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello').fail(lost)
    const pieces: string[] = []
    const reading = (async () => {
      for await (const piece of (await connection.getResponse()).body) pieces.push(String(piece))
    })()
    await expect(reading).rejects.toBe(lost)
    expect(pieces).toEqual(['hello'])
  })

  test('may be limited', async () => {
    const { connection, peers } = scripted({ limits: { fields: 1 } })
    await connection.request('GET', '/')
    peers.at(0).say('HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n')
    await expect(connection.getResponse()).rejects.toMatchObject({ code: 'TOO_MANY_HEADERS' })
  })
})

test.describe('back-pressure', () => {
  test('an unread body is not read from the transport', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/')
    const piece = 'x'.repeat(1_000)
    peers.at(0).say('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n', ...Array.from({ length: 100 }, () => piece))
    const response = await connection.getResponse()
    for (let turn = 0; turn < 10; turn += 1) await nextTurn()
    expect(peers.at(0).reads).toBe(1)

    let taken = 0
    for await (const _ of response.body) {
      taken += 1
      // One for the head, and in the end one to see what the idle connection does.
      expect(peers.at(0).reads).toBeLessThanOrEqual(taken + 2)
    }
    expect(taken).toBe(100)
  })
})

test.describe('an abort signal of a request', () => {
  const reason = new Error('no longer wanted')
  const ABORTED = { code: 'ABORTED', cause: reason }

  test('that has already aborted stops it before it connects', async () => {
    const { connection, peers } = scripted()
    await expect(connection.request('GET', '/', { signal: AbortSignal.abort(reason) })).rejects.toMatchObject(ABORTED)
    expect(peers.all).toHaveLength(0)
  })

  test('ends the wait for a connection', async () => {
    const controller = new AbortController()
    const { connection } = scripted({ connector: () => new Promise(() => {}) })
    const sending = connection.request('GET', '/', { signal: controller.signal })
    await nextTurn()
    controller.abort(reason)
    await expect(sending).rejects.toMatchObject(ABORTED)
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  })

  test('ends the wait for its turn, and does not affect the request before it', async () => {
    const { connection, peers } = scripted()
    const controller = new AbortController()
    await connection.connect()
    const release = peers.at(0).block()
    const first = connection.request('PUT', '/1', { body: 'hello' })
    const second = connection.request('GET', '/2', { signal: controller.signal })
    const third = connection.request('GET', '/3')
    await nextTurn()
    controller.abort(reason)
    await expect(second).rejects.toMatchObject(ABORTED)
    expect(peers.at(0).writes).toHaveLength(1)
    release()
    await Promise.all([first, third])
    await nextTurn()
    expect(peers.at(0).sent).toBe(request('PUT', '/1', 'hello') + request('GET', '/3'))
  })

  test('ends the wait for its answer, and the connection', async () => {
    const controller = new AbortController()
    const { connection, peers } = scripted()
    await connection.request('GET', '/', { signal: controller.signal })
    const waiting = connection.getResponse()
    await nextTurn()
    controller.abort(reason)
    await expect(waiting).rejects.toMatchObject(ABORTED)
    expect(peers.at(0).destroyedWith).toMatchObject(ABORTED)
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  })

  test('ends its body after the bytes that had arrived', async () => {
    const controller = new AbortController()
    const { connection, peers } = scripted()
    await connection.request('GET', '/', { signal: controller.signal })
    peers.at(0).say('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
    const body = (await connection.getResponse()).body[Symbol.asyncIterator]()
    controller.abort(reason)
    expect(String((await body.next()).value)).toBe('hello')
    await expect(body.next()).rejects.toMatchObject(ABORTED)
  })

  test('has no effect after the answer is complete', async () => {
    const controller = new AbortController()
    const { connection, peers } = scripted()
    await connection.request('GET', '/', { signal: controller.signal })
    peers.at(0).say(answer('hello'))
    const response = await connection.getResponse()
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    controller.abort(reason)
    expect(await response.text()).toBe('hello')
    expect(peers.at(0).isDestroyed).toBe(false)
  })
})

test.describe('an abort signal of the connection', () => {
  const reason = new Error('no longer wanted')

  test('that has already aborted prevents a connection', async () => {
    const { connection, peers } = scripted({ signal: AbortSignal.abort(reason) })
    await expect(connection.request('GET', '/')).rejects.toMatchObject({ code: 'ABORTED', cause: reason })
    expect(peers.all).toHaveLength(0)
  })

  test('ends every pending call, for good', async () => {
    const controller = new AbortController()
    const { connection, peers } = scripted({ signal: controller.signal })
    await connection.request('GET', '/')
    const waiting = connection.getResponse()
    controller.abort(reason)
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED', cause: reason })
    await expect(connection.request('GET', '/')).rejects.toMatchObject({ code: 'ABORTED' })
    expect(peers.at(0).destroyedWith).toMatchObject({ code: 'ABORTED' })
  })

  test('is released by close()', async () => {
    const controller = new AbortController()
    const { connection } = scripted({ signal: controller.signal })
    await connection.connect()
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
    await connection.close()
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  })
})

test.describe('close()', () => {
  test('ends the connection in an orderly way, and may be called again', async () => {
    const { connection, peers } = scripted()
    await connection.connect()
    await connection.close()
    await connection.close()
    expect(peers.at(0)).toMatchObject({ isDestroyed: true, destroyedWith: undefined })
    await expect(connection.request('GET', '/')).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    expect(peers.all).toHaveLength(1)
  })

  test('fails every pending call', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/1')
    await connection.request('GET', '/2')
    peers.at(0).say('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n')
    const reading = (await connection.getResponse()).text()
    const waiting = connection.getResponse()
    await nextTurn()
    await connection.close()
    await expect(reading).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    await expect(waiting).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  })

  test('ends an attempt to connect', async () => {
    const { connection } = scripted({
      connector: (_, { signal }) =>
        new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted')))),
    })
    const sending = connection.request('GET', '/')
    await nextTurn()
    await connection.close()
    await expect(sending).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  })

  test('destroys a transport that is connected afterwards', async () => {
    const peer = new ScriptedTransport()
    const { connection } = scripted({ connector: () => nextTurn().then(() => peer) })
    const connecting = connection.connect()
    await connection.close()
    await expect(connecting).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    expect(peer.isDestroyed).toBe(true)
  })

  test('is called by await using', async () => {
    const peers = new ScriptedPeers()
    {
      await using connection = new HttpConnection({ host: 'api.test', connector: peers.connector })
      await connection.connect()
      expect(peers.at(0).isDestroyed).toBe(false)
    }
    expect(peers.at(0).isDestroyed).toBe(true)
  })

  test('lets the bytes that have arrived be read', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/')
    peers.at(0).say(answer('hello'))
    const response = await connection.getResponse()
    await connection.close()
    expect(await response.text()).toBe('hello')
  })
})
