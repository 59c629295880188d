import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { CertificateAuthority } from '../../src/certificates/certificate-authority.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import { recordingProxy, type RecordingProxyOptions } from '../../src/proxy/recording-proxy.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { type LiveServer, serve } from '../helpers/live-server.ts'
import { allOf, namesAre, openThrough, type ProxyWay, through } from '../helpers/proxied.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { serveTls } from '../helpers/tls-server.ts'

const SERVERS = CertificateAuthority.create('servers')

/** Everything that a proxy must not touch: an odd reason, odd names, an interim response, chunks with extensions, trailers. */
const ODD =
  'HTTP/1.1 103 Early\r\nlink: </a>\r\n\r\nHTTP/1.1 200 Quite  fine\r\nx-ODD:  a \r\nX-odd: b\r\nTransfer-encoding: chunked\r\nConnection: close\r\n\r\n5;a="b"\r\nhe\0l\xff\r\n000\r\nX-Sum: 1\r\n\r\n'

const get = (host: string, target = '/a?b=c'): string => `GET ${target} HTTP/1.1\r\nHOST: ${host}\r\nx-Odd:  b \r\n\r\n`

/** Answers each request with what `answer` says, and counts connections. */
async function origin(
  answer: (head: string) => string = () => ODD,
): Promise<LiveServer & { readonly heard: string[] }> {
  const heard: string[] = []
  const server = await serve((socket) => {
    let text = ''
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1')
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end + 4)
        text = text.slice(end + 4)
        heard.push(head)
        const said = answer(head)
        socket.write(said, 'latin1')
        if (/connection: close/i.test(said)) socket.end()
      }
    })
    socket.on('end', () => socket.end())
  })
  return { ...server, heard, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const options = (dir: string, more: RecordingProxyOptions = {}): RecordingProxyOptions => ({
  dir,
  env: {},
  allow: ['*.test', '127.0.0.1'],
  lookup: namesAre({ 'api.test': '127.0.0.1', 'other.test': '127.0.0.1' }),
  connect: { tls: { ca: SERVERS.cert } },
  ...more,
})

const plain = (text: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`

test.describe('a recording made through the proxy replays with the server gone, byte for byte', () => {
  for (const way of ['absolute', 'connect', 'socks-name', 'socks-address'] as const)
    test(`http, ${way}`, async ({}, { outputDir: dir }) => {
      const live = await (async () => {
        await using server = await origin()
        await using proxy = await recordingProxy('a', options(dir))
        const say = get(`api.test:${server.port}`)
        const heard = await through({ proxyPort: proxy.port, host: 'api.test', port: server.port, way, say })
        expect(server.heard).toEqual([say])
        return { heard, say, port: server.port }
      })()
      expect(live.heard).toBe(ODD)
      await using proxy = await recordingProxy('a', options(dir))
      expect(await through({ proxyPort: proxy.port, host: 'api.test', way, ...live })).toBe(ODD)
      expect(proxy.cassette.allPlayed).toBe(true)
    })

  for (const way of ['connect', 'socks-name', 'socks-address'] as const)
    test(`https, ${way}`, async ({}, { outputDir: dir }) => {
      const live = await (async () => {
        await using server = await serveTls(
          (socket) => void socket.once('data', () => socket.end(ODD, 'latin1')),
          SERVERS.leaf('api.test'),
        )
        await using proxy = await recordingProxy('a', options(dir))
        const say = get(`api.test:${server.port}`)
        const ca = proxy.certificate
        const heard = await through({ proxyPort: proxy.port, host: 'api.test', port: server.port, way, say, ca })
        return { heard, say, port: server.port }
      })()
      expect(live.heard).toBe(ODD)
      await using proxy = await recordingProxy('a', options(dir))
      expect(await through({ proxyPort: proxy.port, host: 'api.test', way, ...live, ca: proxy.certificate })).toBe(ODD)
      const { interactions } = proxy.cassette
      expect(interactions.map((one) => one.origin)).toEqual([`https://api.test:${live.port}`])
    })

  test('reverse, with and without TLS of its own', async ({}, { outputDir: dir }) => {
    const port = await (async () => {
      await using server = await origin()
      await using proxy = await recordingProxy('a', options(dir, { to: `http://127.0.0.1:${server.port}` }))
      using client = await RawClient.to(proxy.port)
      await client.say(get(`127.0.0.1:${proxy.port}`)).ended
      expect(client.heard).toBe(ODD)
      expect(server.heard).toEqual([get(`127.0.0.1:${server.port}`)])
      return server.port
    })()
    await using proxy = await recordingProxy('a', options(dir, { to: `http://127.0.0.1:${port}`, tls: true }))
    expect(proxy.url).toBe(`https://127.0.0.1:${proxy.port}`)
    const { certificate: ca } = proxy
    const say = get(`localhost:${proxy.port}`)
    const { connect } = await import('node:tls')
    const socket = connect({ port: proxy.port, host: '127.0.0.1', servername: 'localhost', ca })
    await once(socket, 'secureConnect')
    socket.write(say)
    expect(await allOf(socket)).toBe(ODD)
  })
})

test('the cassette is the same by every way in', async ({}, { outputDir: dir }) => {
  await using server = await origin()
  const host = `api.test:${server.port}`
  const ways: readonly ProxyWay[] = ['absolute', 'connect', 'socks-name', 'socks-address']
  for (const way of ways) {
    await using proxy = await recordingProxy(way, options(dir))
    // A client of a proxy adds this; nobody else may see it.
    const say = get(host).replace(
      '\r\n\r\n',
      way === 'absolute' ? '\r\nProxy-Connection: keep-alive\r\n\r\n' : '\r\n\r\n',
    )
    await through({ proxyPort: proxy.port, host: 'api.test', port: server.port, way, say })
  }
  const requests = await Promise.all(
    ways.map(async (way) =>
      interactionsOf(await loadCassette(path.join(dir, `${way}.yaml`))).map(({ origin: to, request }) => ({
        to,
        raw: Buffer.from(request.raw).toString('latin1'),
      })),
    ),
  )
  for (const one of requests) expect(one).toEqual([{ to: `http://${host}`, raw: get(host) }])
})

test('new_episodes plays what is there and records the rest', async ({}, { outputDir: dir }) => {
  await using server = await origin((head) => plain(`${head.split(' ', 2)[1]} ${server.heard.length}`))
  const ask = async (target: string, mode: 'once' | 'new_episodes' | 'none'): Promise<string> => {
    await using proxy = await recordingProxy('a', options(dir, { mode }))
    const say = get(`api.test:${server.port}`, target).replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')
    return await through({ proxyPort: proxy.port, host: 'api.test', port: server.port, way: 'absolute', say })
  }
  expect(await ask('/1', 'once')).toBe(plain('/1 1'))
  expect(await ask('/1', 'new_episodes')).toBe(plain('/1 1'))
  expect(await ask('/2', 'new_episodes')).toBe(plain('/2 2'))
  expect(await ask('/2', 'none')).toBe(plain('/2 2'))
  expect(server.heard).toHaveLength(2)
})

const askFor = (host: string, port: number, target: string): string =>
  `GET http://${host}:${port}${target} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`

test('a connection to the proxy may go on to another origin, and back; answers keep their order', async ({}, {
  outputDir: dir,
}) => {
  const answerer = (name: string) => (head: string) => plain(`${name} ${head.split(' ', 2)[1]}`)
  await using one = await origin(answerer('one'))
  await using two = await origin(answerer('two'))
  await using proxy = await recordingProxy('a', options(dir))
  using client = await RawClient.to(proxy.port)
  // All at once, in one segment.
  client.say(
    askFor('api.test', one.port, '/1') +
      askFor('api.test', one.port, '/2') +
      askFor('other.test', two.port, '/3') +
      askFor('api.test', one.port, '/4'),
  )
  const expected = plain('one /1') + plain('one /2') + plain('two /3') + plain('one /4')
  expect(await client.until((heard) => heard.length >= expected.length)).toBe(expected)
})

test('a body passes as it comes, and 100-continue waits for the server', async ({}, { outputDir: dir }) => {
  await using server = await serve((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 100 Continue\r\n\r\n')
      socket.once('data', (body: Buffer) =>
        socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${body.toString()}`),
      )
    })
  })
  await using proxy = await recordingProxy('a', options(dir))
  using client = await RawClient.to(proxy.port)
  const host = `api.test:${server.port}`
  client.say(`POST http://${host}/ HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n`)
  await client.until((heard) => heard.includes('100 Continue'))
  client.say('abc')
  await client.ended
  expect(client.heard).toBe('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc')
})

test('an upgrade passes, and its frames are not taken for requests', async ({}, { outputDir: dir }) => {
  const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: Upgrade\r\n\r\n'
  await using server = await serve((socket) => {
    socket.once('data', () => {
      socket.write(SWITCH)
      socket.on('data', (bytes: Buffer) => socket.write(`heard ${bytes.toString()}`))
    })
  })
  await using proxy = await recordingProxy('a', options(dir))
  using client = await RawClient.to(proxy.port)
  const host = `api.test:${server.port}`
  client.say(`GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n`)
  await client.until((heard) => heard === SWITCH)
  client.say('GET http://other.test/ HTTP/1.1\r\n\r\n')
  expect(await client.until((heard) => heard.length > SWITCH.length)).toBe(
    `${SWITCH}heard GET http://other.test/ HTTP/1.1\r\n\r\n`,
  )
})

test('after an upgrade that the server does not take, nothing more is sent to it unread', async ({}, {
  outputDir: dir,
}) => {
  await using server = await origin(() => plain('no'))
  await using proxy = await recordingProxy('a', options(dir))
  using client = await RawClient.to(proxy.port)
  const host = `api.test:${server.port}`
  client.say(`GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n`)
  await client.until((heard) => heard.endsWith('no'))
  client.say('GET http://other.test/ HTTP/1.1\r\nHost: other.test\r\n\r\n')
  expect(await client.ended).toBe('end')
  expect(server.heard).toHaveLength(1)
})

/** Speaks first, and says back each line in capitals. */
const greeter = () =>
  serve((socket) => {
    socket.write('220 ready\r\n')
    socket.on('data', (bytes: Buffer) => socket.write(bytes.toString().toUpperCase()))
    socket.on('end', () => socket.end())
  })

test.describe('protocols that are not HTTP', () => {
  for (const way of ['connect', 'socks-name'] as const)
    test(`a client that speaks first is known by what it says, ${way}`, async ({}, { outputDir: dir }) => {
      const talk = async (port: number): Promise<string> => {
        await using proxy = await recordingProxy('a', options(dir))
        const socket = await openThrough({ proxyPort: proxy.port, host: 'api.test', port, way, say: '' })
        socket.end('*1\r\n$4\r\nping\r\n')
        return await allOf(socket)
      }
      const { live, port } = await (async () => {
        await using server = await serve((socket) => {
          socket.on('data', (bytes: Buffer) => socket.write(bytes.toString().toUpperCase()))
          socket.on('end', () => socket.end())
        })
        return { live: await talk(server.port), port: server.port }
      })()
      expect(live).toBe('*1\r\n$4\r\nPING\r\n')
      expect(await talk(port)).toBe(live)
      expect(await readFile(path.join(dir, 'a.yaml'), 'utf8')).toContain(`to: tcp://api.test:${port}`)
    })

  test('a server that speaks first is named while recording; afterwards the cassette knows', async ({}, {
    outputDir: dir,
  }) => {
    const talk = async (port: number, raw: readonly string[]): Promise<string> => {
      await using proxy = await recordingProxy('a', options(dir, { raw }))
      const socket = await openThrough({ proxyPort: proxy.port, host: 'api.test', port, way: 'connect', say: '' })
      socket.once('data', () => socket.end('quit\r\n'))
      return await allOf(socket)
    }
    const { live, port } = await (async () => {
      await using server = await greeter()
      return { live: await talk(server.port, [`tcp://api.test:${server.port}`]), port: server.port }
    })()
    expect(live).toBe('220 ready\r\nQUIT\r\n')
    expect(await talk(port, [])).toBe(live)
  })

  test('one that is not named is reported, with how to name it', async ({}, { outputDir: dir }) => {
    await using server = await greeter()
    const reasons: Error[] = []
    const onRefused = (reason: Error): void => void reasons.push(reason)
    await using proxy = await recordingProxy('a', options(dir, { requestTimeout: 50, onRefused }))
    const socket = await openThrough({
      proxyPort: proxy.port,
      host: 'api.test',
      port: server.port,
      way: 'connect',
      say: '',
    })
    expect(await allOf(socket)).toBe('')
    expect(reasons.map(({ message }) => message)).toEqual([
      expect.stringContaining(`name it: raw: ['tcp://api.test:${server.port}']`),
    ])
  })

  test('inside TLS, a protocol of its own is agreed on with the server, too', async ({}, { outputDir: dir }) => {
    await using server = await serveTls(
      (socket) => void socket.once('data', (bytes: Buffer) => socket.end(`${socket.alpnProtocol} ${bytes.toString()}`)),
      SERVERS.leaf('api.test'),
      () => {},
      { ALPNProtocols: ['mqtt'] },
    )
    await using proxy = await recordingProxy('a', options(dir))
    const { certificate: ca } = proxy
    const heard = await through({
      proxyPort: proxy.port,
      host: 'api.test',
      port: server.port,
      way: 'connect',
      ca,
      alpn: ['mqtt'],
      say: '\x10hi',
    })
    expect(heard).toBe('mqtt \x10hi')
    await proxy.close()
    expect(await readFile(path.join(dir, 'a.yaml'), 'utf8')).toContain(`to: tls://api.test:${server.port}`)
  })
})

test.describe('what goes wrong', () => {
  test('a server that is not there is 502 with the reason, and so it is in a replay', async ({}, {
    outputDir: dir,
  }) => {
    const { port } = await (async () => {
      await using server = await origin()
      return { port: server.port }
    })()
    const ask = async (host: string): Promise<string> => {
      await using proxy = await recordingProxy('a', options(dir))
      return await through({ proxyPort: proxy.port, host, port, way: 'absolute', say: get(`${host}:${port}`) })
    }
    const live = await ask('api.test')
    expect(live).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\nWiretape-Error: CONNECT_FAILED\r\n[^]*ECONNREFUSED/)
    expect(await ask('api.test')).toBe(live)
  })

  test('a name that does not exist is 502', async ({}, { outputDir: dir }) => {
    await using proxy = await recordingProxy('a', options(dir))
    const heard = await through({
      proxyPort: proxy.port,
      host: 'no.test',
      port: 80,
      way: 'absolute',
      say: get('no.test'),
    })
    expect(heard).toMatch(/^HTTP\/1\.1 502 [^]*Wiretape-Error: DNS_FAILED/)
  })

  test('a certificate of a server that nobody vouches for is 502, unless it is not to be verified', async ({}, {
    outputDir: dir,
  }) => {
    await using server = await serveTls(
      (socket) => void socket.once('data', () => socket.end(ODD, 'latin1')),
      SERVERS.leaf('other.test'),
    )
    const ask = async (name: string, connect: object): Promise<string> => {
      await using proxy = await recordingProxy(name, options(dir, { connect }))
      const { certificate: ca } = proxy
      const say = get(`api.test:${server.port}`)
      return await through({ proxyPort: proxy.port, host: 'api.test', port: server.port, way: 'connect', ca, say })
    }
    expect(await ask('a', {})).toMatch(/^HTTP\/1\.1 502 [^]*Wiretape-Error: TLS_FAILED/)
    expect(await ask('b', { tls: { ca: SERVERS.cert } })).toMatch(/^HTTP\/1\.1 502 [^]*api\.test/)
    expect(await ask('c', { verify: false })).toBe(ODD)
  })

  test('a client that does not trust the certificate is reported, and the server is not connected to', async ({}, {
    outputDir: dir,
  }) => {
    let connections = 0
    await using server = await serve(() => void (connections += 1))
    const reasons: Error[] = []
    const onRefused = (reason: Error): void => void reasons.push(reason)
    await using proxy = await recordingProxy('a', options(dir, { onRefused }))
    const { cert: ca } = CertificateAuthority.create('another one')
    const conversation = {
      proxyPort: proxy.port,
      host: 'api.test',
      port: server.port,
      way: 'connect',
      ca,
      say: '',
    } as const
    await expect(openThrough(conversation)).rejects.toMatchObject({ code: /UNABLE_TO_VERIFY/ })
    await expect.poll(() => reasons).toEqual([expect.objectContaining({ code: 'TLS_FAILED' })])
    expect(reasons[0]?.message).toMatch(/does not trust the certificate/)
    expect(connections).toBe(0)
  })

  test('what the cassette does not hold is 599 with the report, and counts', async ({}, { outputDir: dir }) => {
    await using server = await origin()
    await using recorded = await recordingProxy('a', options(dir))
    const say = get(`api.test:${server.port}`)
    await through({ proxyPort: recorded.port, host: 'api.test', port: server.port, way: 'absolute', say })
    await recorded.close()
    const proxy = await recordingProxy('a', options(dir, { failOnMiss: true, missStatus: 418 }))
    const other = get(`api.test:${server.port}`, '/b')
    const heard = await through({
      proxyPort: proxy.port,
      host: 'api.test',
      port: server.port,
      way: 'absolute',
      say: other,
    })
    expect(heard).toMatch(/^HTTP\/1\.1 418 [^]*path differs: recorded \/a, asked \/b/)
    await expect(proxy.close()).rejects.toMatchObject({ code: 'MISSED' })
  })

  for (const [how, alpn] of [
    ['by ALPN', ['h2']],
    ['without being asked', ['http/1.1']],
  ] as const)
    test(`a client that speaks only HTTP/2 is refused in its own words, ${how}`, async ({}, { outputDir: dir }) => {
      const reasons: Error[] = []
      const onRefused = (reason: Error): void => void reasons.push(reason)
      await using proxy = await recordingProxy('a', options(dir, { onRefused }))
      const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'
      const { certificate: ca } = proxy
      const heard = await through({
        proxyPort: proxy.port,
        host: 'api.test',
        port: 443,
        way: 'connect',
        ca,
        alpn,
        say: PREFACE,
      })
      // SETTINGS, then GOAWAY with HTTP_1_1_REQUIRED.
      expect(heard.slice(0, 9)).toBe('\0\0\0\x04\0\0\0\0\0')
      expect(heard.slice(12, 26)).toBe('\x07\0\0\0\0\0\0\0\0\0\0\0\0\r')
      expect(heard.slice(26)).toContain('the client speaks only HTTP/2')
      expect(reasons).toEqual([expect.objectContaining({ code: 'HTTP2_ONLY' })])
    })

  test('unknown options are refused by name', async ({}, { outputDir: dir }) => {
    await expect(recordingProxy('a', { dir, alow: ['a'] } as object)).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
    await expect(recordingProxy('a', options(dir, { raw: ['db:1'] }))).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    await expect(recordingProxy('a', options(dir, { to: 'nonsense' }))).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    })
  })
})

const askAt = async (port: number, at: number): Promise<string> => {
  const say = get(`api.test:${at}`).replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')
  return await through({ proxyPort: port, host: 'api.test', port: at, way: 'absolute', say })
}

test('each port has its own cassette: the same request at the same time gets another answer', async ({}, {
  outputDir: dir,
}) => {
  const names = ['t1', 't2', 't3', 't4']
  const at = await (async () => {
    await using server = await origin(() => plain(`number ${server.heard.length}`))
    for (const name of names) {
      await using proxy = await recordingProxy(name, options(dir))
      await askAt(proxy.port, server.port)
    }
    return server.port
  })()
  await using proxy = await recordingProxy('t1', options(dir))
  const scopes = [proxy, ...(await Promise.all(names.slice(1).map((name) => proxy.open(name, { dir, env: {} }))))]
  const answers = await Promise.all(scopes.map(({ port }) => askAt(port, at)))
  expect(answers).toEqual([1, 2, 3, 4].map((number) => plain(`number ${number}`)))
})

test('each request is reported when it is answered', async ({}, { outputDir: dir }) => {
  await using server = await origin(() => plain('yes'))
  const exchanges: unknown[] = []
  await using proxy = await recordingProxy('a', options(dir, { onExchange: (exchange) => exchanges.push(exchange) }))
  const say = get(`api.test:${server.port}`).replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')
  await through({ proxyPort: proxy.port, host: 'api.test', port: server.port, way: 'absolute', say })
  expect(exchanges).toEqual([
    expect.objectContaining({
      origin: `http://api.test:${server.port}`,
      method: 'GET',
      target: '/a?b=c',
      status: 200,
      receivedBytes: plain('yes').length,
    }),
  ])
})
