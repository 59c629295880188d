import { expect, test } from '../helpers/test.ts'
import type { Cassette, Failure } from '../../src/tape/cassette.ts'
import { type ServedCassette, serveCassette, type ServeOptions } from '../../src/serve/serve-cassette.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { answer, type ConnectionWriter, oneConnection, request, slowly, TapeWriter } from '../helpers/tape.ts'

const RESET: Failure = { code: 'CONNECTION_LOST', phase: 'open', systemCode: 'ECONNRESET', message: 'read ECONNRESET' }
const REFUSED: Failure = { code: 'CONNECT_FAILED', phase: 'tcp', systemCode: 'ECONNREFUSED', message: 'no' }
const SILENCE: Failure = { code: 'BODY_TIMEOUT', phase: 'body', message: '100 ms' }

const HTTP = 'http://api.test'

/** What a client hears that says all this, and how it ends. */
async function talk(served: ServedCassette, ...says: readonly string[]): Promise<{ heard: string; end: string }> {
  using client = await RawClient.to(served.port)
  for (const text of says) client.say(text)
  client.end()
  const end = await client.ended
  return { heard: client.heard, end }
}

const get = (target: string, host = 'api.test'): string => `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`

const statusOf = (heard: string): string => /^HTTP\/1\.1 (\d+)/.exec(heard)?.[1] ?? heard

test.describe('endings', () => {
  const ACTS: Readonly<
    Record<string, readonly [act: (connection: ConnectionWriter) => void, heard: string, end: string]>
  > = {
    'an end behind the answer': [(c) => c.received(answer('a')).ended('server'), answer('a'), 'end'],
    'an end within the answer': [
      (c) => c.received('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab').ended('server'),
      'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab',
      'end',
    ],
    'a reset within the answer': [
      (c) => c.received('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab').closed('server', RESET),
      'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab',
      'ECONNRESET',
    ],
    'a reset without a word': [(c) => c.closed('server', RESET), '', 'ECONNRESET'],
    'an end of TLS that was cut off': [
      (c) => c.received('HTTP/1.0 200 OK\r\n\r\nab').closed('server', { ...RESET, code: 'TLS_TRUNCATED' }),
      'HTTP/1.0 200 OK\r\n\r\nab',
      'end',
    ],
  }
  for (const [name, [act, heard, end]] of Object.entries(ACTS))
    test(name, async () => {
      await using served = await serveCassette(oneConnection(HTTP, (c) => act(c.sent(request('GET', '/')))))
      using client = await RawClient.to(served.port)
      client.say(get('/'))
      expect(await client.ended).toBe(end)
      expect(client.heard).toBe(heard)
      expect(served.replayer.allPlayed).toBe(true)
    })

  test('a reset behind 300 kB comes behind 300 kB', async () => {
    const body = Buffer.alloc(300_000, 'x')
    const tape = oneConnection(HTTP, (c) =>
      c
        .sent(request('GET', '/'))
        .received('HTTP/1.1 200 OK\r\nContent-Length: 300001\r\n\r\n', body)
        .closed('server', RESET),
    )
    await using served = await serveCassette(tape)
    using client = await RawClient.to(served.port)
    client.say(get('/'))
    expect(await client.ended).toBe('ECONNRESET')
    expect(client.heard.length).toBe(43 + body.length)
  })

  test('a silence lasts until the client leaves', async () => {
    const tape = oneConnection(HTTP, (c) =>
      c.sent(request('GET', '/')).received('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab').closed('client', SILENCE),
    )
    await using served = await serveCassette(tape)
    using client = await RawClient.to(served.port)
    client.say(get('/'))
    await client.until((heard) => heard.endsWith('ab'))
    // It is heard, and not answered.
    client.say(get('/')).end()
    expect(await client.ended).toBe('end')
    expect(client.heard).toMatch(/\r\n\r\nab$/)
  })

  test('a connection that was refused is reset in its turn', async () => {
    const tape = new TapeWriter()
    tape.failed(HTTP, REFUSED)
    tape.open(HTTP).sent(request('GET', '/')).received(answer('a'))
    await using served = await serveCassette(tape.cassette)
    using first = await RawClient.to(served.port)
    expect(await first.ended).toBe('ECONNRESET')
    expect(await talk(served, get('/'))).toEqual({ heard: answer('a'), end: 'end' })
    expect(served.replayer.allPlayed).toBe(true)
  })

  test('the client may end its side before it hears the answer', async () => {
    await using served = await serveCassette(
      slowly(
        oneConnection(HTTP, (c) => c.sent(request('GET', '/')).received(answer('a'))),
        20,
      ),
      {
        timing: 'recorded',
      },
    )
    expect(await talk(served, get('/'))).toEqual({ heard: answer('a'), end: 'end' })
  })

  test('a client that leaves within its request takes nothing with it', async () => {
    await using served = await serveCassette(
      oneConnection(HTTP, (c) => c.sent(request('GET', '/')).received(answer('a'))),
    )
    expect(await talk(served, 'GET / HT')).toEqual({ heard: '', end: 'end' })
    using gone = await RawClient.to(served.port)
    gone.say('GET /')[Symbol.dispose]()
    expect(await talk(served, get('/'))).toEqual({ heard: answer('a'), end: 'end' })
  })
})

test('a server that speaks first does so, to bytes that are no HTTP', async () => {
  const tape = oneConnection('tcp://mail.test:25', (c) =>
    c
      .received('220 hi\r\n')
      .sent('EHLO me\r\n')
      .received('250-a\r\n', '250 b\r\n')
      .ended('client')
      .received('221 bye\r\n')
      .ended('server'),
  )
  await using served = await serveCassette(tape)
  expect(served.url).toBe(`tcp://127.0.0.1:${served.port}`)
  using client = await RawClient.to(served.port)
  expect(await client.until((heard) => heard.endsWith('\n'))).toBe('220 hi\r\n')
  client.say('EH').say('LO me\r\n')
  expect(await client.until((heard) => heard.endsWith('b\r\n'))).toBe('220 hi\r\n250-a\r\n250 b\r\n')
  client.end()
  expect(await client.ended).toBe('end')
  expect(client.heard).toMatch(/221 bye\r\n$/)
  served.replayer.assertAllPlayed()
})

test('bytes of another protocol that were not recorded reset the connection, for no answer would be understood', async () => {
  const reasons: Error[] = []
  const tape = oneConnection('tcp://redis.test:6379', (c) => c.sent('PING\r\n').received('+PONG\r\n'))
  await using served = await serveCassette(tape, { onRefused: (reason) => reasons.push(reason) })
  using client = await RawClient.to(served.port)
  expect(await client.say('PONG\r\n').ended).toBe('ECONNRESET')
  expect(client.heard).toBe('')
  expect(reasons).toEqual([expect.objectContaining({ code: 'NO_MATCH' })])
})

test("with matchOn: 'bytes' every byte counts, and a connection more than recorded gets an answer that says so", async () => {
  const tape = oneConnection(HTTP, (c) => c.sent(request('GET', '/')).received(answer('a')))
  await using served = await serveCassette(tape, { matchOn: 'bytes' })
  expect(statusOf((await talk(served, get('/', 'API.test'))).heard)).toBe('599')
  await using again = await serveCassette(tape, { matchOn: 'bytes' })
  expect(await talk(again, request('GET', '/'))).toEqual({ heard: answer('a'), end: 'end' })
  const { heard } = await talk(again, request('GET', '/'))
  expect(heard).toMatch(/^HTTP\/1\.1 599 [^]*one more connection to http:\/\/api\.test/)
})

test.describe('segments and times', () => {
  const tape = oneConnection(HTTP, (c) =>
    c.sent(request('GET', '/')).received('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n', 'ab', 'cd'),
  )

  test('come as recorded, apart in time', async () => {
    await using served = await serveCassette(slowly(tape, 30), { timing: 'recorded' })
    using client = await RawClient.to(served.port)
    client.say(get('/'))
    await client.until((heard) => heard.endsWith('cd'))
    expect(client.segments).toEqual(['HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n', 'ab', 'cd'])
  })

  for (const segmentation of ['coalesced', 'boundaries', 'bytewise', { seed: 1 }] as const)
    test(`${JSON.stringify(segmentation)} brings the same bytes`, async () => {
      await using served = await serveCassette(tape, { segmentation })
      expect(await talk(served, get('/'))).toEqual({
        heard: 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd',
        end: 'end',
      })
    })

  test('faults are put in', async () => {
    await using served = await serveCassette(tape, { faults: [{ type: 'reset', at: -2 }] })
    using client = await RawClient.to(served.port)
    expect(await client.say(get('/')).ended).toBe('ECONNRESET')
    expect(client.heard).toMatch(/\r\n\r\nab$/)
  })
})

test.describe('which origin a request means', () => {
  const tape = new TapeWriter()
  for (const origin of ['https://api.test', 'http://api.test', 'http://other.test:8080', 'http://[::5]'])
    for (const target of ['/', `/of-${new URL(origin).hostname}`])
      tape
        .open(origin)
        .sent(request('GET', target))
        .received(answer(`${target} of ${origin}`))
  tape.open('tcp://redis.test:6379').sent('PING\r\n').received('+PONG\r\n')

  // oxfmt-ignore
  const CASES: readonly (readonly [asks: string, answered: string, options?: ServeOptions])[] = [
    [get('/', 'other.test:8080'),                    '/ of http://other.test:8080'],
    [get('/', 'OTHER.test:8080'),                    '/ of http://other.test:8080'],
    [get('/', 'api.test'),                           '/ of http://api.test'],
    [get('/', 'api.test:80'),                        '/ of http://api.test'],
    [get('/', 'api.test:443'),                       '/ of https://api.test'],
    [get('/', '[::5]'),                              '/ of http://[::5]'],
    [get('/of-other.test', '127.0.0.1:1'),           '/of-other.test of http://other.test:8080'],
    [get('/of-other.test', 'localhost'),             '/of-other.test of http://other.test:8080'],
    [get('/of-other.test', 'my-machine:1'),          '/of-other.test of http://other.test:8080', { allowHosts: ['My-Machine'] }],
    ['GET /of-other.test HTTP/1.0\r\n\r\n',          '/of-other.test of http://other.test:8080'],
    [get('/', '127.0.0.1'),                          '/ of https://api.test'],
    ['GET http://other.test:8080/ HTTP/1.1\r\nHost: x\r\n\r\n', '/ of http://other.test:8080'],
    [get('/', '127.0.0.1'),                          '/ of http://other.test:8080', { origin: 'http://other.test:8080/' }],
    [get('/', 'api.test'),                           '/ of http://other.test:8080', { origin: 'http://other.test:8080' }],
    ['PING\r\n',                                     '+PONG\r\n', { origin: 'tcp://redis.test:6379' }],
  ]
  for (const [asks, answered, options] of CASES)
    test(`${JSON.stringify(asks)}${options === undefined ? '' : `, ${JSON.stringify(options)}`}`, async () => {
      await using served = await serveCassette(tape.cassette, options)
      const { heard } = await talk(served, asks)
      expect(heard).toBe(answered.startsWith('+') ? answered : answer(answered))
    })

  test('is reported to each request of a connection again', async () => {
    await using served = await serveCassette(tape.cassette)
    const { heard } = await talk(
      served,
      get('/', 'api.test'),
      get('/', 'other.test:8080'),
      get('/of-api.test', 'api.test'),
    )
    expect(heard).toBe(
      answer('/ of http://api.test') +
        answer('/ of http://other.test:8080') +
        answer('/of-api.test of http://api.test'),
    )
  })

  for (const [name, options] of Object.entries<ServeOptions>({
    'an origin that was not recorded': { origin: 'https://elsewhere.test' },
    'an origin that is none': { origin: 'elsewhere' },
    'bytes of several origins': { matchOn: 'bytes' },
    'an address that others reach': { host: '0.0.0.0' },
  }))
    test(`${name} is refused`, async () => {
      await expect(serveCassette(tape.cassette, options)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    })
})

test.describe('P18: names and pages from elsewhere', () => {
  const PAGE = 'Origin: https://app.test'
  const tape = oneConnection(HTTP, (c) => c.sent(request('GET', '/', '', [PAGE])).received(answer('a')))
  // oxfmt-ignore
  const CASES: readonly (readonly [host: string, page: string, status: string, options?: ServeOptions])[] = [
    ['evil.test',        '',                               '421'],
    ['evil.test:8080',   '',                               '421'],
    ['127.0.0.1.evil.test', '',                            '421'],
    ['localhost.evil.test', '',                            '421'],
    ['evil.test',        '',                               '421', { origin: HTTP }],
    ['evil.test',        '',                               '200', { allowHosts: ['evil.test'] }],
    ['10.0.0.1:80',      '',                               '200'],
    ['[::1]:80',         '',                               '200'],
    ['app.localhost',    '',                               '200'],
    ['127.0.0.1',        'https://evil.test',              '403'],
    ['127.0.0.1',        'null',                           '403'],
    ['127.0.0.1',        'http://203.0.113.9',             '403'],
    ['127.0.0.1',        'http://localhost.evil.test',     '403'],
    ['127.0.0.1',        'http://localhost:3000',          '200'],
    ['127.0.0.1',        'http://[::1]:3000',              '200'],
    ['127.0.0.1',        'https://app.test',               '200'],
    ['127.0.0.1',        'http://api.test',                '200'],
  ]
  for (const [host, page, status, options] of CASES)
    test(`Host ${host}${page && `, Origin ${page}`}${options ? `, ${JSON.stringify(options)}` : ''}: ${status}`, async () => {
      await using served = await serveCassette(tape, options)
      const fields = [`Host: ${host}`, ...(page === '' ? [] : [`Origin: ${page}`])]
      const { heard } = await talk(served, `GET / HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`)
      expect(statusOf(heard)).toBe(status)
      if (status !== '200') expect(heard).toMatch(/\r\nWiretape-Error: (?:MISDIRECTED|FOREIGN_ORIGIN)\r\n/)
      expect(heard).not.toMatch(/Access-Control/i)
    })
})

test.describe('a page of another site', () => {
  const REFERER = 'Referer: https://docs.test/manual?a=b'
  const tape = oneConnection(HTTP, (c) => c.sent(request('GET', '/', '', [REFERER])).received(answer('a')))
  // oxfmt-ignore
  const CASES: readonly (readonly [fields: readonly string[], status: string])[] = [
    [['Sec-Fetch-Site: cross-site'],                                      '403'],
    [['sec-fetch-site: Cross-Site', 'Sec-Fetch-Mode: no-cors'],           '403'],
    [['Referer: https://evil.test/'],                                     '403'],
    [['Referer: http://127.0.0.1.evil.test/', 'Sec-Fetch-Site: cross-site'], '403'],
    [['Sec-Fetch-Site: none'],                                            '200'],
    [['Sec-Fetch-Site: same-origin', 'Referer: http://127.0.0.1/x'],      '200'],
    [['Sec-Fetch-Site: cross-site', 'Referer: http://localhost:3000/'],   '200'],
    [['Sec-Fetch-Site: cross-site', 'Origin: http://localhost:3000'],     '200'],
    [[REFERER],                                                           '200'],
    [['Referer: https://docs.test/'],                                     '200'],
    [['Referer: not a URL'],                                              '200'],
  ]
  for (const [fields, status] of CASES)
    test(`${fields.join(', ')}: ${status}, and what is refused uses up nothing`, async () => {
      await using served = await serveCassette(tape)
      const { heard } = await talk(served, `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${fields.join('\r\n')}\r\n\r\n`)
      expect(statusOf(heard)).toBe(status)
      const next = await talk(served, `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${REFERER}\r\n\r\n`)
      expect(statusOf(next.heard) === '200').toBe(status === '403')
    })
})

test.describe('what was not recorded', () => {
  const tape = oneConnection(HTTP, (c) => c.sent(request('GET', '/')).received(answer('a')))

  test('is answered with 599, the code and the report, and the connection ends', async () => {
    await using served = await serveCassette(tape)
    const { heard, end } = await talk(served, get('/other'))
    expect(heard).toMatch(
      /^HTTP\/1\.1 599 No Recorded Answer\r\nWiretape-Error: NO_MATCH\r\nContent-Type: text\/plain; charset=utf-8\r\n/,
    )
    expect(heard).toMatch(
      /Connection: close\r\n\r\nno recorded interaction matches the request: GET http:\/\/api\.test\/other\n/,
    )
    expect(heard).toContain('path differs: recorded /, asked /other')
    expect(end).toBe('end')
    expect(served.replayer.misses).toHaveLength(1)
  })

  test('is answered with another status, if one is asked for, and clients are asked not to try again', async () => {
    await using served = await serveCassette(tape, { missStatus: 418 })
    const { heard } = await talk(served, get('/other'))
    expect(heard).toMatch(/^HTTP\/1\.1 418 No Recorded Answer\r\n[^]*\r\nX-Should-Retry: false\r\n/)
  })

  for (const missStatus of [200, 399, 600, 499.5]) {
    test(`a status ${missStatus} for misses is refused`, async () => {
      await expect(serveCassette(tape, { missStatus })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    })
  }

  test('an answer that the recorded client left is cut off where it had left, and is a miss', async () => {
    const part = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab'
    const left = oneConnection(HTTP, (c) => c.sent(request('GET', '/')).received(part).closed('client'))
    await using served = await serveCassette(left)
    using client = await RawClient.to(served.port)
    client.say(get('/'))
    expect(await client.ended).toBe('ECONNRESET')
    expect(client.heard).toBe(part)
    expect(served.replayer.misses.map(({ code }) => code)).toEqual(['RECORDING_ENDS'])
  })

  test('a request that the recorded client left before its answer is answered with 599', async () => {
    const left = oneConnection(HTTP, (c) => c.sent(request('GET', '/')).closed('client'))
    await using served = await serveCassette(left)
    const { heard } = await talk(served, get('/'))
    expect(heard).toMatch(/^HTTP\/1\.1 599 No Recorded Answer\r\nWiretape-Error: RECORDING_ENDS\r\n/)
  })

  test('P38: nor is an answer given twice, unless it is asked for', async () => {
    await using served = await serveCassette(tape)
    const { heard } = await talk(served, get('/'), get('/'))
    expect(heard.slice(0, answer('a').length)).toBe(answer('a'))
    expect(heard.slice(answer('a').length)).toMatch(/^HTTP\/1\.1 599 [^]*already played/)
    await using repeated = await serveCassette(tape, { allowPlaybackRepeats: true })
    expect((await talk(repeated, get('/'), get('/'), get('/'))).heard).toBe(answer('a').repeat(3))
  })

  test('its report keeps secrets and controls to itself', async () => {
    await using served = await serveCassette(tape)
    const { heard } = await talk(
      served,
      'POST /a?token=s3cr3t-s3cr3t HTTP/1.1\r\nHost: api.test\r\nAuthorization: Bearer s3cr3t\r\nX-Bad: \x9b31m\r\nContent-Length: 23\r\n\r\n{"password":"s3cr3t!\x1b"}',
    )
    const body = heard.slice(heard.indexOf('\r\n\r\n') + 4)
    expect(body).toContain('POST http://api.test/a?token=')
    expect(body).not.toContain('s3cr3t')
    expect(body).toMatch(/^[\n\x20-\x7e\x80-\xff]*$/)
    expect(Buffer.from(body, 'latin1').toString()).not.toMatch(/(?!\n)\p{C}/u)
  })

  test('HEAD is refused without content', async () => {
    await using served = await serveCassette(tape)
    expect((await talk(served, 'HEAD /other HTTP/1.1\r\nHost: api.test\r\n\r\n')).heard).toMatch(
      /^HTTP\/1\.1 599 [^]*\r\n\r\n$/,
    )
  })

  // oxfmt-ignore
  const NOT_HTTP: readonly (readonly [what: string, bytes: string, status: string])[] = [
    ['TLS on the plain port',     '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',    '400'],
    ['HTTP/2',                    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',                        '400'],
    ['a smuggled request',        'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', '400'],
    ['a chunk without a size',    'POST / HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', '400'],
    ['a control byte in a chunk', 'POST / HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n4;a=\x01\r\nbody\r\n0\r\n\r\n', '400'],
    ['a head that never ends',    `GET / HTTP/1.1\r\n${'X-A: b\r\n'.repeat(20_000)}`,        '431'],
    ['a field that never ends',   `GET / HTTP/1.1\r\nX-A: ${'b'.repeat(200_000)}`,           '431'],
  ]
  for (const [what, bytes, status] of NOT_HTTP)
    test(`P12, P40: ${what} is refused with ${status}`, async () => {
      await using served = await serveCassette(tape)
      expect(statusOf((await talk(served, bytes)).heard)).toBe(status)
    })

  test('P40: a body of 1 GiB is refused with 413 long before its end, in little memory', async () => {
    await using served = await serveCassette(tape)
    using client = await RawClient.to(served.port)
    client.say(`POST / HTTP/1.1\r\nHost: api.test\r\nContent-Length: ${1 << 30}\r\n\r\n`)
    const piece = Buffer.alloc(1 << 20)
    const before = process.memoryUsage.rss()
    let most = before
    let sent = 0
    while (sent < 1 << 30 && (await client.sayAll(piece))) {
      sent += piece.length
      most = Math.max(most, process.memoryUsage.rss())
    }
    await client.ended
    expect(statusOf(client.heard)).toBe('413')
    expect(sent).toBeLessThan(200 << 20)
    expect(most - before).toBeLessThan(64 << 20)
  })
})

test.describe('a request needs one Host (RFC 9112 section 3.2)', () => {
  const tape = oneConnection(HTTP, (c) => c.sent(request('GET', '/')).received(answer('a')))
  // oxfmt-ignore
  const CASES: readonly (readonly [head: string, status: string])[] = [
    ['GET / HTTP/1.1\r\n',                                            '400'],
    ['GET / HTTP/1.1\r\nHost: api.test\r\nhost: api.test\r\n',        '400'],
    ['GET / HTTP/1.0\r\nHost: api.test\r\nHost: localhost\r\n',       '400'],
    ['GET http://api.test/ HTTP/1.1\r\n',                             '400'],
    ['GET http://api.test/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n',       '400'],
    ['GET / HTTP/1.0\r\n',                                            '200'],
    ['GET http://api.test/ HTTP/1.1\r\nHost: api.test\r\n',           '200'],
    ['GET http://api.test/ HTTP/1.1\r\nHost:\r\n',                    '200'],
  ]
  for (const [head, status] of CASES)
    test(`${JSON.stringify(head)}: ${status}`, async () => {
      const reasons: Error[] = []
      await using served = await serveCassette(tape, { onRefused: (reason) => reasons.push(reason) })
      const { heard } = await talk(served, `${head}\r\n`)
      expect(statusOf(heard)).toBe(status)
      expect(served.replayer.playCount).toBe(status === '200' ? 1 : 0)
      expect(served.replayer.misses).toEqual([])
      if (status === '200') return
      expect(heard).toContain('\r\nWiretape-Error: BAD_HOST\r\n')
      expect(reasons).toEqual([expect.objectContaining({ code: 'BAD_HOST' })])
    })
})

test.describe('a client that takes too long', () => {
  const tape = oneConnection(HTTP, (c) => c.sent(request('GET', '/')).received(answer('a')))

  for (const begun of [
    'G',
    'GET / HTTP/1.1\r\nHost: api.test\r\n',
    'POST / HTTP/1.1\r\nHost: a.localhost\r\nContent-Length: 2\r\n\r\na',
  ])
    test(`is answered with 408 after ${JSON.stringify(begun)}`, async () => {
      const reasons: Error[] = []
      await using served = await serveCassette(tape, {
        requestTimeout: 20,
        onRefused: (reason) => reasons.push(reason),
      })
      using client = await RawClient.to(served.port)
      expect(await client.say(begun).ended).toBe('end')
      expect(client.heard).toMatch(
        /^HTTP\/1\.1 408 Request Timeout\r\nWiretape-Error: REQUEST_TIMEOUT\r\n[^]*\r\nConnection: close\r\n/,
      )
      expect(reasons).toEqual([expect.objectContaining({ code: 'REQUEST_TIMEOUT' })])
      expect(served.replayer.misses).toEqual([])
    })

  test('to say anything is disconnected without an answer', async () => {
    const reasons: Error[] = []
    await using served = await serveCassette(tape, { requestTimeout: 20, onRefused: (reason) => reasons.push(reason) })
    using client = await RawClient.to(served.port)
    expect(await client.ended).toBe('end')
    expect(client.heard).toBe('')
    expect(reasons).toEqual([])
  })

  for (const requestTimeout of [0, -1, Number.NaN, 2 ** 31])
    test(`a limit of ${requestTimeout} is refused`, async () => {
      await expect(serveCassette(tape, { requestTimeout })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    })
})

test.describe('many clients', () => {
  test('64 at once get their own answers, each byte of them', async () => {
    const [clients, requests] = [64, 20]
    await using served = await serveCassette(manyAnswers(clients, requests))
    const wrong = await Promise.all(
      Array.from({ length: clients }, (_, client) => askInTurn(served.port, client, requests)),
    )
    expect(wrong.flat()).toEqual([])
    expect(served.replayer.playCount).toBe(clients * requests)
    served.replayer.assertAllPlayed()
  })
})

function manyAnswers(clients: number, requests: number): Cassette {
  const tape = new TapeWriter()
  for (let client = 0; client < clients; client += 1) {
    const connection = tape.open(HTTP)
    for (let number = 0; number < requests; number += 1)
      connection.sent(request('GET', `/${client}/${number}`)).received(answerTo(client, number))
  }
  return tape.cassette
}

const answerTo = (client: number, number: number): string =>
  answer(`${client}/${number} `.repeat(1 + ((client * 31 + number * 7) % 90)))

async function askInTurn(port: number, client: number, requests: number): Promise<string[]> {
  using raw = await RawClient.to(port)
  const wrong: string[] = []
  let expected = ''
  for (let number = 0; number < requests; number += 1) {
    expected += answerTo(client, number)
    raw.say(get(`/${client}/${number}`))
    const { length } = expected
    const heard = await raw.until((text) => text.length >= length)
    if (heard !== expected) wrong.push(heard.slice(0, 200))
  }
  return wrong
}

test('close ends clients that wait, and the port is free', async () => {
  const served = await serveCassette(oneConnection(HTTP, (c) => c.sent(request('GET', '/')).closed('client', SILENCE)))
  using client = await RawClient.to(served.port)
  client.say(get('/'))
  const closed = served.close()
  expect(served.close()).toBe(closed)
  await closed
  await client.ended
  await expect(RawClient.to(served.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

test('a port in use, and a file that is none, are errors before there is a server', async () => {
  const tape = oneConnection(HTTP, (c) => c.sent(request('GET', '/')))
  await using served = await serveCassette(tape)
  await expect(serveCassette(tape, { port: served.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  await expect(serveCassette('nowhere.yaml')).rejects.toMatchObject({ code: 'CASSETTE_NOT_FOUND' })
})

test('several cassettes are played as one', async () => {
  const [one, other] = ['/a', '/b'].map((target) =>
    oneConnection(HTTP, (c) => c.sent(request('GET', target)).received(answer(target))),
  )
  if (one === undefined || other === undefined) return
  await using served = await serveCassette([one, other])
  expect((await talk(served, get('/b'), get('/a'))).heard).toBe(answer('/b') + answer('/a'))
})

const twoInteractions = (): Cassette =>
  oneConnection(HTTP, (c) =>
    c.sent(request('GET', '/1')).received(answer('one')).sent(request('GET', '/2')).received(answer('two')),
  )

test.describe('a request that ends the connection (RFC 9112 section 9.6)', () => {
  // oxfmt-ignore
  const SAYS: Readonly<Record<string, readonly [said: string, heard: string, end: 'end' | 'open']>> = {
    'Connection: close':                [`GET /1 HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n`, answer('one'), 'end'],
    'Close among other options':        [`GET /1 HTTP/1.1\r\nHost: api.test\r\nConnection: te, Close\r\n\r\n`, answer('one'), 'end'],
    'HTTP/1.0':                         [`GET /1 HTTP/1.0\r\nHost: api.test\r\n\r\n`, answer('one'), 'end'],
    'HTTP/1.0 with keep-alive':         [`GET /1 HTTP/1.0\r\nHost: api.test\r\nConnection: keep-alive\r\n\r\n`, answer('one'), 'open'],
    'HTTP/1.1':                         [get('/1'), answer('one'), 'open'],
    'a request that follows is unheard': [`GET /1 HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n${get('/2')}`, answer('one'), 'end'],
    'the second of two':                [`${get('/1')}GET /2 HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n`, answer('one') + answer('two'), 'end'],
  }
  for (const [name, [said, heard, end]] of Object.entries(SAYS))
    test(`${name}: the connection is ${end === 'end' ? 'closed after the answer' : 'kept'}`, async () => {
      await using served = await serveCassette(twoInteractions(), { matchOn: ['method', 'path'] })
      using client = await RawClient.to(served.port)
      client.say(said)
      if (end === 'end') expect(await client.ended).toBe('end')
      else {
        await expect.poll(() => client.heard).toBe(heard)
        // It is still open: the next request is answered on it.
        client.say(get('/2'))
        await expect.poll(() => client.heard).toBe(heard + answer('two'))
      }
      expect(client.heard.startsWith(heard)).toBe(true)
      if (end === 'end') expect(client.heard).toBe(heard)
    })
})
