import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect, createServer as createNetServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { proxyConnector } from '../../src/client/proxy.ts'
import { socketConnector } from '../../src/client/socket-connector.ts'
import { Recorder } from '../../src/recorder/recorder.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import type { Connector, ConnectOptions, Transport } from '../../src/transport.ts'
import { originOf } from '../helpers/dialogue.ts'
import { serve } from '../helpers/live-server.ts'
import { nextTurn, ScriptedPeers, type ScriptedTransport } from '../helpers/scripted-transport.ts'
import { request } from '../helpers/tape.ts'
import { serveTls } from '../helpers/tls-server.ts'

interface Proxy extends AsyncDisposable {
  readonly port: number
  /** The CONNECT requests, with their credentials. */
  readonly tunnels: string[]
}

/** A proxy that opens tunnels on loopback to clients with the password, and sends its answer with the tunnel's first bytes. */
async function startProxy(): Promise<Proxy> {
  const tunnels: string[] = []
  const server = createServer()
  server.on('connect', ({ url = '', headers }, client) => {
    tunnels.push(`${url} ${headers['proxy-authorization']}`)
    client.on('error', () => {})
    if (headers['proxy-authorization'] !== `Basic ${btoa('ada:l@ce')}`) {
      client.end('HTTP/1.1 407 Who Are You\r\nContent-Length: 0\r\n\r\n')
      return
    }
    const origin = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Go Ahead\r\n\r\n')
      origin.pipe(client).pipe(origin)
    })
    origin.on('error', () => client.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: Object(server.address()).port,
    tunnels,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** A tunnel through a proxy that answers so. */
async function openTunnel(
  peers: ScriptedPeers,
  said: string,
  origin = 'http://api.test',
  options: ConnectOptions = {},
): Promise<{ readonly tunnel: Transport; readonly peer: ScriptedTransport }> {
  const connector = proxyConnector('http://proxy.test', {
    connector: peers.connector,
    tunnelHttp: true,
    headers: { 'X-A': 'b' },
  })
  const tunnel = connector(originOf(origin), options)
  while ((peers.all[0]?.sent ?? '') === '') await nextTurn()
  const peer = peers.at(0).say(said)
  return { tunnel: await tunnel, peer }
}

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'

async function get(settings: ConstructorParameters<typeof HttpConnection>[0]): Promise<string> {
  await using connection = new HttpConnection(settings)
  await connection.request('GET', '/')
  return (await connection.getResponse()).text()
}

test.describe('a proxy', () => {
  test('carries http through a tunnel, with credentials', async () => {
    await using proxy = await startProxy()
    await using server = await serve((socket) => void socket.once('data', () => socket.write(ANSWER)))
    const connector = proxyConnector(`http://ada:l%40ce@127.0.0.1:${proxy.port}`, { tunnelHttp: true })
    expect(await get({ host: 'origin.test', port: server.port, connector })).toBe('hello')
    expect(proxy.tunnels).toEqual([`origin.test:${server.port} Basic ${btoa('ada:l@ce')}`])
  })

  test('carries TLS that is verified for the origin, and its recordings replay without it', async () => {
    await using server = await serveTls((socket) => void socket.once('data', () => socket.write(ANSWER)))
    const recorder = new Recorder()
    const settings = { host: 'localhost', port: server.port, protocol: 'https', tls: { ca: server.ca } } as const
    {
      await using proxy = await startProxy()
      const connector = recorder.wrap(proxyConnector(`http://ada:l%40ce@127.0.0.1:${proxy.port}`))
      expect(await get({ ...settings, connector })).toBe('hello')
      const wrongName = get({ ...settings, host: 'other.test', connector })
      await expect(wrongName).rejects.toMatchObject({ code: 'TLS_FAILED', systemCode: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    }
    expect(recorder.cassette.tape[0]).toMatchObject({
      to: `https://localhost:${server.port}`,
      tls: { authorized: true },
    })
    expect(await get({ ...settings, connector: new Replayer(recorder.cassette).connector })).toBe('hello')
  })

  test('that refuses fails the request with its status', async () => {
    await using proxy = await startProxy()
    const connector = proxyConnector(`http://127.0.0.1:${proxy.port}`, { tunnelHttp: true })
    const refused = { code: 'PROXY_REFUSED', message: /407 Who Are You/ }
    await expect(get({ host: 'origin.test', connector })).rejects.toMatchObject(refused)
  })

  test('gets the credentials of its URL, if there are any, and then the fields that were given', async () => {
    // oxfmt-ignore
    const CREDENTIALS: readonly (readonly [inUrl: string, pair: string | undefined])[] = [
      ['', undefined], [':@', undefined], ['ada@', 'ada:'], ['ada:@', 'ada:'], [':l%40ce@', ':l@ce'], ['a%3Aa:%C3%BC@', 'a:a:ü'],
    ]
    for (const [inUrl, pair] of CREDENTIALS) {
      const peers = new ScriptedPeers()
      const connector = proxyConnector(`http://${inUrl}[::1]:3128`, {
        connector: peers.connector,
        headers: { 'X-A': 'b' },
      })
      const transport = await connector(originOf('http://api.test'), { timeout: 5 })
      void transport.write(Buffer.from(request('GET', '/')))
      const added = pair === undefined ? '' : `Proxy-Authorization: Basic ${Buffer.from(pair).toString('base64')}\r\n`
      expect(peers.at(0).sent).toBe(`GET http://api.test/ HTTP/1.1\r\n${added}X-A: b\r\nHost: api.test\r\n\r\n`)
      expect([peers.origins, peers.options]).toEqual([[originOf('http://[::1]:3128')], [{ timeout: 5 }]])
    }
    for (const [url, origin] of [
      ['http://p.test', 'http://p.test'],
      ['https://p.test', 'https://p.test'],
      ['https://P.test:80', 'https://p.test:80'],
    ] as const) {
      const peers = new ScriptedPeers()
      await proxyConnector(url, { connector: peers.connector })(originOf('http://api.test'), {})
      expect(peers.origins).toEqual([originOf(origin)])
    }
  })

  for (const [what, rest] of [
    ['nothing', ''],
    ['one byte', 'x'],
    ['the first segment', 'first'],
  ] as const) {
    test(`may send ${what} of the tunnel together with its answer`, async () => {
      const peers = new ScriptedPeers()
      const { tunnel, peer } = await openTunnel(peers, `HTTP/1.1 200 OK\r\n\r\n${rest}`)
      peer.say('second')
      if (rest !== '') expect(String(await tunnel.read())).toBe(rest)
      expect(String(await tunnel.read())).toBe('second')
      peer.hangUp()
      expect(await tunnel.read()).toBeNull()
    })
  }

  test('passes everything on through its tunnel, with what came first or not', async () => {
    for (const rest of ['', 'first']) {
      const told: unknown[] = []
      const { tunnel, peer } = await openTunnel(new ScriptedPeers(), `HTTP/1.1 299 Fine\r\n\r\n${rest}`)
      Object.assign(peer, { keepAlive: (value: boolean) => void told.push(value) })
      expect(tunnel.info).toBe(peer.info)
      void tunnel.write(Buffer.from('bytes'))
      tunnel.end()
      tunnel.keepAlive?.(false)
      expect([peer.writes.at(-1), peer.isEnded, told]).toEqual(['bytes', true, [false]])
      const why = new Error('enough')
      tunnel.destroy(why)
      expect(peer.destroyedWith).toBe(why)
    }
  })

  test('is asked for the origin with its port, and connected to with the options of the connection', async () => {
    const signal = new AbortController().signal
    for (const [origin, target, options, expected] of [
      ['http://api.test', 'api.test:80', {}, { timeout: undefined, verify: undefined, tls: undefined }],
      [
        'http://[::1]:81',
        '[::1]:81',
        { timeout: 5, verify: false, tls: { ca: 'x' }, signal },
        { timeout: 5, verify: false, tls: { ca: 'x' } },
      ],
    ] as const) {
      const peers = new ScriptedPeers()
      const { peer } = await openTunnel(peers, 'HTTP/1.1 200 OK\r\n\r\n', origin, options)
      expect(peer.sent).toBe(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\nX-A: b\r\n\r\n`)
      const { timeout, verify, tls } = peers.options[0] ?? {}
      expect({ timeout, verify, tls }).toEqual(expected)
    }
  })

  for (const status of [300, 407]) {
    test(`refuses the tunnel with ${status}, and its connection is closed`, async () => {
      const peers = new ScriptedPeers()
      const refused = { code: 'PROXY_REFUSED', phase: 'tcp', detail: `${status} No for api.test:80` }
      await expect(openTunnel(peers, `HTTP/1.1 ${status} No\r\nContent-Length: 9\r\n\r\n`)).rejects.toMatchObject(
        refused,
      )
      expect(peers.at(0).isDestroyed).toBe(true)
    })
  }

  test('may not answer with a head of more than 16 KiB', async () => {
    await using server = await serve((socket) => {
      socket.once('data', () => socket.write(`HTTP/1.1 407 No\r\nX: ${'a'.repeat(17_000)}\r\n\r\n`))
    })
    const connector = proxyConnector(`http://127.0.0.1:${server.port}`, { tunnelHttp: true })
    await expect(get({ host: 'origin.test', connector })).rejects.toMatchObject({ code: 'HEADERS_TOO_LARGE' })
  })

  test('is given up with the connection through it', async () => {
    const controller = new AbortController()
    const peers = new ScriptedPeers()
    const connector = proxyConnector('http://proxy.test', { connector: peers.connector, tunnelHttp: true })
    const tunnel = connector(originOf('http://api.test'), { signal: controller.signal })
    while ((peers.all[0]?.sent ?? '') === '') await nextTurn()
    controller.abort(new Error('enough'))
    await expect(tunnel).rejects.toMatchObject({ code: 'ABORTED' })
    expect(peers.at(0).isDestroyed).toBe(true)
  })

  test('has no other options', () => {
    const refusal = expect.objectContaining({ code: 'UNKNOWN_OPTION' })
    expect(() => proxyConnector('http://proxy.test', Object({ tunnel: true }))).toThrow(refusal)
  })

  test('must have an http or https URL', () => {
    expect(() => proxyConnector('socks5://127.0.0.1:1080')).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})

test.describe('socketConnector', () => {
  test('connects to a unix socket', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
    const socketPath = join(dir, 'server.sock')
    const server = createNetServer((socket) => void socket.once('data', () => socket.end(ANSWER))).listen(socketPath)
    await once(server, 'listening')
    expect(await get({ host: 'unix.test', connector: socketConnector({ socketPath }) })).toBe('hello')
    server.close()
    await rm(dir, { recursive: true })
  })

  test('uses the given lookup and local address', async () => {
    const peers: unknown[] = []
    await using server = await serve((socket) => {
      peers.push(socket.remoteAddress)
      socket.once('data', () => socket.write(ANSWER))
    })
    const names: string[] = []
    const connector: Connector = socketConnector({
      localAddress: '127.0.0.2',
      lookup: (name, { all }, found) => {
        names.push(name)
        if (all === true) found(null, [{ address: '127.0.0.1', family: 4 }])
        else found(null, '127.0.0.1', 4)
      },
    })
    expect(await get({ host: 'origin.test', port: server.port, connector })).toBe('hello')
    expect(names).toEqual(['origin.test'])
    expect(peers).toEqual(['127.0.0.2'])
  })
})
