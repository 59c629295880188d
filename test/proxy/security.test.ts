import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, test } from '../helpers/test.ts'
import { recordingProxy, type RecordingProxyOptions } from '../../src/proxy/recording-proxy.ts'
import { serveControl } from '../../src/proxy/control.ts'
import { ProxyHost } from '../../src/proxy/proxy-host.ts'
import { DialGuard } from '../../src/proxy/dial-guard.ts'
import { serve } from '../helpers/live-server.ts'
import { namesAre, through } from '../helpers/proxied.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { countOf } from '../helpers/share.ts'

/** Clients that are slow at the same time; 3 ms for each is their time. */
const SLOW = countOf(300, 1_000)

/** Asks a new proxy, and returns what it says, what it refused, and how many connections a server got. */
async function ask(
  dir: string,
  say: (port: number, proxyPort: number) => string,
  options: RecordingProxyOptions = {},
): Promise<{ readonly heard: string; readonly codes: readonly unknown[]; readonly requests: readonly string[] }> {
  const requests: string[] = []
  await using server = await serve((socket) => {
    socket.on('data', (bytes: Buffer) => {
      requests.push(bytes.toString('latin1'))
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
    socket.on('end', () => socket.end())
  })
  const codes: unknown[] = []
  await using proxy = await recordingProxy('a', {
    dir,
    env: {},
    save: false,
    onRefused: (reason) => codes.push('code' in reason ? reason.code : reason.message),
    ...options,
  })
  using client = await RawClient.to(proxy.port)
  client.say(say(server.port, proxy.port)).end()
  await client.ended
  return { heard: client.heard, codes, requests }
}

const get = (url: string, host = new URL(url).host): string =>
  `GET ${url} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`

const getHere = (port: number): string => get(`http://127.0.0.1:${port}/`)

const post = (port: number, length: number): string =>
  `POST http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: ${length}\r\n\r\n`

test.describe('addresses that a proxy does not connect to', () => {
  const guard = new DialGuard({
    lookup: namesAre({
      'both.test': ['93.184.216.34', '10.0.0.1'],
      'in.test': '127.0.0.1',
      'six.test': '::ffff:10.0.0.1',
    }),
  })
  for (const host of [
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.100.100.200',
    '100.64.0.1',
    '168.63.129.16',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '::7f00:1',
    '64:ff9b::7f00:1',
    'fc00::1',
    'fe80::1',
    'fd00:ec2::254',
    'both.test',
    'in.test',
    'six.test',
  ])
    // oxfmt-ignore
    test(host, async () => {
      const attempt = guard.connector({ protocol: 'http', host, port: 80 }, { timeout: 1_000 })
      await expect(attempt).rejects.toMatchObject({ code: 'TARGET_FORBIDDEN' })
    })

  test('a metadata address is not allowed by a name, nor by a network of names', async () => {
    const open = new DialGuard({ allow: ['*.test', 'meta.test'], lookup: namesAre({ 'meta.test': '169.254.169.254' }) })
    const attempt = open.connector({ protocol: 'http', host: 'meta.test', port: 80 }, {})
    await expect(attempt).rejects.toMatchObject({
      code: 'TARGET_FORBIDDEN',
      message: expect.stringContaining('credentials'),
    })
  })

  test('a name that means another address at the second look (DNS rebinding) does not get there', async ({}, {
    outputDir: dir,
  }) => {
    let looks = 0
    // Public at the first look, this machine at the second.
    const lookup: NonNullable<RecordingProxyOptions['lookup']> = (host, options, callback) => {
      looks += 1
      namesAre({ 'rebind.test': looks === 1 ? '192.0.2.1' : '127.0.0.1' })(host, options, callback)
    }
    const settings = { lookup, connect: { timeout: 300 } }
    const { heard, requests } = await ask(dir, (port) => get(`http://rebind.test:${port}/`), settings)
    expect(heard).toMatch(/^HTTP\/1\.1 50[24] /)
    expect(requests).toEqual([])
    expect(looks).toBe(1)
    const again = await ask(dir, (port) => get(`http://rebind.test:${port}/`), settings)
    expect(again).toMatchObject({
      heard: expect.stringMatching(/^HTTP\/1\.1 403 /),
      codes: ['TARGET_FORBIDDEN'],
      requests: [],
    })
  })

  test('a server on this machine is 403, and nothing of it is on the cassette; allowed it is reached', async ({}, {
    outputDir: dir,
  }) => {
    expect(await ask(dir, getHere)).toMatchObject({
      heard: expect.stringMatching(/^HTTP\/1\.1 403 /),
      codes: ['TARGET_FORBIDDEN'],
      requests: [],
    })
    expect(await ask(dir, getHere, { allow: ['127.0.0.1'] })).toMatchObject({
      heard: expect.stringMatching(/^HTTP\/1\.1 200 /),
      codes: [],
    })
  })

  for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', 'mine.test'])
    test(`the proxy itself, as ${host}, even if that is allowed`, async ({}, { outputDir: dir }) => {
      const allow = ['127.0.0.1', 'localhost', '::ffff:7f00:1', 'mine.test']
      const lookup = namesAre({ 'mine.test': '127.0.0.1', localhost: '127.0.0.1' })
      const { heard } = await ask(dir, (_, port) => get(`http://${host}:${port}/`), { allow, lookup })
      expect(heard).toMatch(/^HTTP\/1\.1 403 [^]*this proxy listens on that port/)
    })

  test('another port of the same proxy, and its control API', async ({}, { outputDir: dir }) => {
    await using host = new ProxyHost({ allow: ['127.0.0.1'] })
    const [one, two] = [
      await host.open('a', { dir, env: {}, save: false }),
      await host.open('b', { dir, env: {}, save: false }),
    ]
    await using control = await serveControl(host)
    for (const port of [two.port, new URL(control.url).port]) {
      const heard = await through({
        proxyPort: one.port,
        host: '127.0.0.1',
        port: Number(port),
        way: 'absolute',
        say: get('http://127.0.0.1/').replace('http://127.0.0.1', ''),
      })
      expect(heard).toMatch(/^HTTP\/1\.1 403 /)
    }
    // A port that is closed may be another server's by now.
    await two.close()
    const heard = await through({
      proxyPort: one.port,
      host: '127.0.0.1',
      port: two.port,
      way: 'absolute',
      say: get('http://127.0.0.1/').replace('http://127.0.0.1', ''),
    })
    expect(heard).toMatch(/^HTTP\/1\.1 502 [^]*ECONNREFUSED/)
  })
})

test('nobody outside of this machine reaches a proxy', async ({}, { outputDir: dir }) => {
  await using proxy = await recordingProxy('a', { dir, env: {}, save: false })
  const outside = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')
  test.skip(outside === undefined, 'this machine has no other address')
  if (outside === undefined) return
  const socket = connect(proxy.port, outside.address)
  const [error] = await once(socket, 'error')
  expect(error).toMatchObject({ code: 'ECONNREFUSED' })
})

const twoRequests = (port: number): string =>
  `GET http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\nGET http://127.0.0.1:${port}/ HTTP/1.1\r\nHost : x\r\n\r\n`

const fromElsewhere = (_: number, port: number): string =>
  `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: https://evil.test\r\n\r\n`

test.describe('requests that are refused, and nothing is connected to', () => {
  const allow = ['127.0.0.1']
  // oxfmt-ignore
  const CASES: readonly (readonly [what: string, say: (port: number) => string, status: number, code: string])[] = [
    ['no Host',                       (port) => `GET http://127.0.0.1:${port}/ HTTP/1.1\r\n\r\n`, 400, 'BAD_HOST'],
    ['two Hosts',                     (port) => `GET http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`, 400, 'BAD_HOST'],
    ['origin-form',                   () => 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', 400, 'BAD_PROXY_REQUEST'],
    ['another scheme',                () => 'GET ftp://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n', 400, 'BAD_PROXY_REQUEST'],
    ['a file',                        () => 'GET file:///etc/passwd HTTP/1.1\r\nHost: a.test\r\n\r\n', 400, 'BAD_PROXY_REQUEST'],
    ['a URL with a password',         () => 'GET http://u:p@a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n', 400, 'BAD_PROXY_REQUEST'],
    ['Content-Length and chunked',    (port) => `POST http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400, 'BAD_PROXY_REQUEST'],
    ['two lengths',                   (port) => `POST http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`, 400, 'BAD_PROXY_REQUEST'],
    ['a length with a sign',          (port) => `POST http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello`, 400, 'BAD_PROXY_REQUEST'],
    ['chunked, but not last',         (port) => `POST http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`, 400, 'BAD_PROXY_REQUEST'],
    ['a folded line',                 (port) => `GET http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: a\r\nX: 1\r\n Transfer-Encoding: chunked\r\n\r\n`, 400, 'BAD_PROXY_REQUEST'],
    ['a blank before the colon',      (port) => `POST http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n`, 400, 'BAD_PROXY_REQUEST'],
    ['a bare LF',                     (port) => `GET http://127.0.0.1:${port}/ HTTP/1.1\nHost: a\n\n`, 400, 'BAD_PROXY_REQUEST'],
    ['CONNECT without a port',        () => 'CONNECT a.test HTTP/1.1\r\nHost: a.test\r\n\r\n', 400, 'BAD_PROXY_REQUEST'],
    ['CONNECT with a path',           () => 'CONNECT a.test:80/x HTTP/1.1\r\nHost: a.test\r\n\r\n', 400, 'BAD_PROXY_REQUEST'],
    ['CONNECT with a password',       () => 'CONNECT u@a.test:80 HTTP/1.1\r\nHost: a.test\r\n\r\n', 400, 'BAD_PROXY_REQUEST'],
    ['CONNECT to port 0',             () => 'CONNECT a.test:0 HTTP/1.1\r\nHost: a.test\r\n\r\n', 400, 'BAD_PROXY_REQUEST'],
    ['CONNECT to port 65536',         () => 'CONNECT a.test:65536 HTTP/1.1\r\nHost: a.test\r\n\r\n', 400, 'BAD_PROXY_REQUEST'],
    ['CONNECT with a length',         () => 'CONNECT a.test:80 HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello', 400, 'BAD_PROXY_REQUEST'],
    ['CONNECT with chunks',           () => 'CONNECT a.test:80 HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400, 'BAD_PROXY_REQUEST'],
    ['CONNECT without Host',          () => 'CONNECT a.test:80 HTTP/1.1\r\n\r\n', 400, 'BAD_HOST'],
    ['CONNECT with two Hosts',        () => 'CONNECT a.test:80 HTTP/1.1\r\nHost: a.test:80\r\nHost: b\r\n\r\n', 400, 'BAD_HOST'],
    ['a giant CONNECT',               () => `CONNECT a.test:80 HTTP/1.1\r\nHost: a.test\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'BAD_PROXY_REQUEST'],
    ['a giant name in CONNECT',       () => `CONNECT ${'a'.repeat(10_000)}:80 HTTP/1.1\r\nHost: a.test\r\n\r\n`, 400, 'BAD_PROXY_REQUEST'],
    ['a giant head',                  (port) => `GET http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(200_000)}\r\n\r\n`, 431, 'BAD_PROXY_REQUEST'],
  ]
  for (const [what, say, status, code] of CASES)
    test(what, async ({}, { outputDir: dir }) => {
      const { heard, codes, requests } = await ask(dir, say, { allow })
      expect(heard).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*Wiretape-Error: ${code}\r\n`))
      expect(codes).toEqual([code])
      expect(requests).toEqual([])
    })

  test('a second request that is none is not passed on, and is answered after the first', async ({}, {
    outputDir: dir,
  }) => {
    const { heard, requests } = await ask(dir, twoRequests, { allow })
    expect(heard).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP\/1\.1 400 /)
    expect(requests).toHaveLength(1)
  })

  test('the host of the URL counts, not the field', async ({}, { outputDir: dir }) => {
    const { requests } = await ask(dir, (port) => get(`http://127.0.0.1:${port}/`, 'evil.test'), { allow })
    expect(requests).toEqual([expect.stringMatching(/^GET \/ HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n/)])
  })

  test('SOCKS 4, a password, and commands other than CONNECT', async ({}, { outputDir: dir }) => {
    expect(await ask(dir, () => '\x04\x01\0\x50\x7f\0\0\x01\0')).toMatchObject({
      heard: '\0[\0\0\0\0\0\0',
      codes: ['BAD_PROXY_REQUEST'],
    })
    expect(await ask(dir, () => '\x05\x01\x02')).toMatchObject({ heard: '\x05\xff', codes: ['BAD_PROXY_REQUEST'] })
    const bind = await ask(dir, () => '\x05\x01\0\x05\x02\0\x01\x7f\0\0\x01\0\x50')
    expect(bind).toMatchObject({ heard: '\x05\0\x05\x07\0\x01\0\0\0\0\0\0', codes: ['BAD_PROXY_REQUEST'] })
  })

  test('a page of another site that knows the address of a reverse proxy', async ({}, { outputDir: dir }) => {
    const { heard, codes } = await ask(dir, fromElsewhere, { to: 'http://127.0.0.1:1' })
    expect(heard).toMatch(/^HTTP\/1\.1 403 /)
    expect(codes).toEqual(['FOREIGN_ORIGIN'])
  })
})

test.describe('many clients', () => {
  test(`${SLOW} slow ones do not keep a quick one waiting, and are closed when their time is up`, async ({}, {
    outputDir: dir,
  }) => {
    await using server = await serve((socket) => {
      socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'))
    })
    await using proxy = await recordingProxy('a', {
      dir,
      env: {},
      save: false,
      allow: ['127.0.0.1'],
      requestTimeout: 3 * SLOW,
    })
    const slow: Socket[] = []
    for (let n = 0; n < SLOW; n++) slow.push(connect(proxy.port, '127.0.0.1'))
    const closed = slow.map(
      (socket) =>
        new Promise<void>(
          (resolve) =>
            void socket
              .on('error', () => {})
              .on('close', () => resolve())
              .resume(),
        ),
    )
    // Some are silent, some have begun, some are in a tunnel.
    const words = [
      '',
      'GET http://127.0.0.1',
      'CONNECT a.test',
      'CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n\x16',
      '\x05',
    ]
    for (const [n, socket] of slow.entries()) socket.write(words[n % words.length] ?? '', 'latin1')
    const say = get(`http://127.0.0.1:${server.port}/`).replace(/http:\/\/[^/]*/, '')
    const heard = await through({ proxyPort: proxy.port, host: '127.0.0.1', port: server.port, way: 'absolute', say })
    expect(heard).toMatch(/ok$/)
    await Promise.all(closed)
  })

  test('above the limit they are turned away with 503', async ({}, { outputDir: dir }) => {
    await using proxy = await recordingProxy('a', { dir, env: {}, save: false, maxClients: 2 })
    using one = await RawClient.to(proxy.port)
    using two = await RawClient.to(proxy.port)
    using three = await RawClient.to(proxy.port)
    await three.ended
    expect(three.heard).toMatch(/^HTTP\/1\.1 503 [^]*Wiretape-Error: TOO_MANY_CLIENTS/)
    expect([one.heard, two.heard]).toEqual(['', ''])
  })

  test('all bytes that are held for a replay together have a limit', async ({}, { outputDir: dir }) => {
    await using server = await serve(
      (socket) => void socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n')),
    )
    const options = { dir, env: {}, allow: ['127.0.0.1'], maxHeldBytes: 3_000 }
    await (async () => {
      await using proxy = await recordingProxy('a', options)
      using client = await RawClient.to(proxy.port)
      await client.say(post(server.port, 1) + 'x').ended
    })()
    await using proxy = await recordingProxy('a', options)
    using one = await RawClient.to(proxy.port)
    using two = await RawClient.to(proxy.port)
    one.say(post(server.port, 5_000)).say('x'.repeat(2_000))
    two.say(post(server.port, 5_000)).say('x'.repeat(2_000))
    const last = await Promise.race([one.ended.then(() => one), two.ended.then(() => two)])
    expect(last.heard).toMatch(/^HTTP\/1\.1 503 [^]*Wiretape-Error: TOO_MANY_CLIENTS/)
  })

  test('an idle one is closed', async ({}, { outputDir: dir }) => {
    await using server = await serve(
      (socket) => void socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')),
    )
    await using proxy = await recordingProxy('a', { dir, env: {}, save: false, allow: ['127.0.0.1'], idleTimeout: 50 })
    using client = await RawClient.to(proxy.port)
    client.say(`GET http://127.0.0.1:${server.port}/ HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`)
    await client.ended
    expect(client.heard).toMatch(/ok$/)
  })
})
