import { expect, test } from '../helpers/test.ts'
import { CassetteError, ConnectionError, WiretapeError } from '../../src/errors.ts'
import { JoinedTest } from '../../src/link/joined-test.ts'
import { LinkedTransport } from '../../src/link/linked-transport.ts'
import { type LinkedTest, LinkServer } from '../../src/link/link-server.ts'
import { passFor, readPass } from '../../src/link/pass.ts'
import { fromSentError, toSentError } from '../../src/link/sent-error.ts'
import { receivedOptions, sentOptions } from '../../src/link/sent-options.ts'
import type { Connector, ConnectOptions, Origin, Transport } from '../../src/transport.ts'
import { nextTurn, ScriptedTransport } from '../helpers/scripted-transport.ts'

const ORIGIN: Origin = { protocol: 'https', host: 'api.test', port: 443 }
const POLICY: LinkedTest['policy'] = {
  title: 'shop › buys tea',
  hosts: ['localhost:4000', { source: 'db\\d', flags: 'i' }],
  ignoreHosts: [],
  replays: true,
}

/** A test that processes can join, and what it was asked for. */
async function linked(connector: Connector): Promise<
  AsyncDisposable & {
    readonly port: number
    readonly pass: string
    readonly problems: readonly Error[]
    readonly end: () => void
  }
> {
  const server = await LinkServer.start('secret')
  const problems: Error[] = []
  const { pass, close } = server.open({ policy: POLICY, connector, noteProblem: (problem) => problems.push(problem) })
  const port = Number(pass.split('.')[0])
  return { port, pass, problems, end: close, [Symbol.asyncDispose]: () => server.close() }
}

const factsOf = (error: Error): object =>
  Object.fromEntries([...Object.entries(error), ['name', error.name], ['message', error.message]])

async function readAll(transport: Transport): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for (let part = await transport.read(); part !== null; part = await transport.read()) parts.push(part)
  return Buffer.concat(parts)
}

test.describe('a connection of the app', () => {
  test('is that of the test: facts, bytes either way, and the end', async () => {
    const server = new ScriptedTransport({ remoteAddress: '192.0.2.7', tls: { version: 'TLSv1.3', authorized: true } })
    const asked: (readonly [Origin, ConnectOptions])[] = []
    await using link = await linked(async (origin, options) => {
      asked.push([origin, options])
      options.onHandshake?.()
      return server
    })
    let handshakes = 0
    const transport = await LinkedTransport.open(link.port, link.pass, ORIGIN, {
      verify: false,
      onHandshake: () => handshakes++,
    })
    expect(transport.info).toEqual({ remoteAddress: '192.0.2.7', tls: { version: 'TLSv1.3', authorized: true } })
    expect(asked).toMatchObject([[ORIGIN, { verify: false }]])
    expect(handshakes).toBe(1)

    void transport.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
    server.say('HTTP/1.1 200 OK\r\n', 'Content-Length: 0\r\n\r\n')
    expect((await transport.read())?.toString()).toBe('HTTP/1.1 200 OK\r\n')
    expect((await transport.read())?.toString()).toBe('Content-Length: 0\r\n\r\n')
    transport.end()
    await expect.poll(() => [server.sent, server.isEnded]).toEqual(['GET / HTTP/1.1\r\n\r\n', true])
    server.hangUp()
    expect(await transport.read()).toBeNull()
  })

  test('passes megabytes on, in order', async () => {
    const server = new ScriptedTransport()
    await using link = await linked(() => Promise.resolve(server))
    const transport = await LinkedTransport.open(link.port, link.pass, ORIGIN, {})
    const sent = Buffer.alloc(3 << 20, 'abcdefgh')
    for (let at = 0; at < sent.length; at += 65_536) await transport.write(sent.subarray(at, at + 65_536))
    await expect.poll(() => server.sent.length).toBe(sent.length)
    expect(server.sent === sent.toString('latin1')).toBe(true)
    for (let at = 0; at < sent.length; at += 65_536) server.say(sent.subarray(at, at + 65_536))
    server.hangUp()
    expect((await readAll(transport)).equals(sent)).toBe(true)
  })

  test('fails as that of the test does', async () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), {
      code: 'ECONNREFUSED',
      errno: -111,
      syscall: 'connect',
      address: '127.0.0.1',
      port: 9,
    })
    const refusal = new ConnectionError('CONNECT_FAILED', 'tcp', 'https://api.test', {
      systemCode: 'ECONNREFUSED',
      socketError: cause,
      cause,
    })
    await using link = await linked(() => Promise.reject(refusal))
    const error: unknown = await LinkedTransport.open(link.port, link.pass, ORIGIN, {}).catch((reason) => reason)
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).toMatchObject({
      code: refusal.code,
      phase: 'tcp',
      message: refusal.message,
      systemCode: 'ECONNREFUSED',
    })
    expect(error).toMatchObject({ socketError: factsOf(cause) })
  })

  test('ends with the test, and there is none for a test that nobody knows', async () => {
    await using link = await linked(() => Promise.resolve(new ScriptedTransport()))
    const transport = await LinkedTransport.open(link.port, link.pass, ORIGIN, {})
    link.end()
    await expect(transport.read()).rejects.toMatchObject({ code: 'SCOPE_ENDED' })
    for (const pass of [link.pass, passFor('another secret', link.port, '1'), 'nonsense'])
      await expect(LinkedTransport.open(link.port, pass, ORIGIN, {})).rejects.toMatchObject({ code: 'SCOPE_ENDED' })
  })

  test('of a client that gives up is given up', async () => {
    const given: ConnectOptions[] = []
    await using link = await linked((_origin, options) => {
      given.push(options)
      return new Promise(() => {})
    })
    const giveUp = new AbortController()
    const opening = LinkedTransport.open(link.port, link.pass, ORIGIN, { signal: giveUp.signal })
    opening.catch(() => {})
    await expect.poll(() => given.length).toBe(1)
    giveUp.abort(new Error('enough'))
    await expect(opening).rejects.toMatchObject({ code: 'ABORTED' })
    await expect.poll(() => given[0]?.signal?.aborted).toBe(true)
  })

  test('that is open is not ended by the signal of its beginning', async () => {
    const server = new ScriptedTransport()
    await using link = await linked(async () => server)
    const giveUp = new AbortController()
    const transport = await LinkedTransport.open(link.port, link.pass, ORIGIN, { signal: giveUp.signal })
    giveUp.abort(new Error('enough'))
    server.say('hello')
    expect(String(await transport.read())).toBe('hello')
    transport.destroy()
    await expect.poll(() => server.isDestroyed).toBe(true)
  })

  test('to a replay that has nothing to add ends as the server would, once the client has ended', async () => {
    const server = Object.assign(new ScriptedTransport(), { isQuiet: false })
    await using link = await linked(async () => server)
    const transport = await LinkedTransport.open(link.port, link.pass, ORIGIN, {})
    server.say('one')
    expect(String(await transport.read())).toBe('one')
    transport.end()
    await expect.poll(() => server.isEnded).toBe(true)
    server.isQuiet = true
    server.say('two')
    expect(String(await transport.read())).toBe('two')
    expect(await transport.read()).toBeNull()
    transport.destroy()
  })

  test('starts TLS as that of the test does, or fails as it', async () => {
    const started: unknown[] = []
    const refusal = new ConnectionError('TLS_FAILED', 'tls', 'it is not trusted', { systemCode: 'CERT_HAS_EXPIRED' })
    for (const isRefused of [false, true]) {
      const info = { tls: { version: 'TLSv1.3', authorized: true } }
      const server = Object.assign(new ScriptedTransport(), {
        startTls: async (origin: Origin, options: ConnectOptions) => {
          started.push(origin, options)
          if (isRefused) throw refusal
          Object.assign(server, { info })
        },
      })
      await using link = await linked(async () => server)
      const transport = await LinkedTransport.open(link.port, link.pass, ORIGIN, {})
      const read = transport.read().then(String, (error: unknown) => error)
      const secured = transport.startTls({ ...ORIGIN, host: 'other.test' }, { verify: false }).then(
        () => 'secured',
        (error: unknown) => error,
      )
      const result = await secured
      if (result === 'secured') {
        expect(transport.info).toEqual(info)
        server.say('secret')
        expect(await read).toBe('secret')
      } else {
        const failed = { code: 'TLS_FAILED', phase: 'tls', systemCode: 'CERT_HAS_EXPIRED' }
        expect([result, await read]).toMatchObject([failed, failed])
        await expect(transport.write(Buffer.from('more'))).rejects.toMatchObject(failed)
      }
      transport.destroy()
    }
    const asked = [
      { ...ORIGIN, host: 'other.test' },
      { verify: false, tls: undefined, socket: undefined },
    ]
    expect(started).toEqual([...asked, ...asked])
  })
})

const to = (host: string, protocol: Origin['protocol'] = 'http', port = 80): Parameters<JoinedTest['decide']>[0] => ({
  origin: { protocol, host, port },
  path: undefined,
  isTls: false,
  offers: [],
  options: {},
})

/** Those that keep this process alive. */
const openSockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length

test.describe('a process of the app', () => {
  test('decides as the test does, and reports to it what was refused', async () => {
    await using link = await linked(() => Promise.resolve(new ScriptedTransport()))
    const joined = new JoinedTest(link.port, link.pass, () => {})
    await joined.joined
    expect(joined.title).toBe('shop › buys tea')
    expect(joined.decide(to('api.test'))).toBe('take')
    expect(joined.decide(to('localhost', 'http', 4000))).toBe('take')
    expect(joined.decide(to('localhost', 'http', 4001))).toBe('pass')
    expect(joined.decide(to('DB7', 'tcp', 5432))).toBe('take')
    expect(joined.decide(to('mail.test', 'tcp', 25))).toMatchObject({ code: 'NOT_CAPTURED' })
    await expect.poll(() => link.problems).toMatchObject([{ code: 'NOT_CAPTURED', message: /mail\.test:25/ }])
    expect(link.problems[0]).toBeInstanceOf(CassetteError)
    const escaped = new ConnectionError('SOCKET_ESCAPED', 'open', 'http://api.test')
    joined.noteEscape(escaped)
    await expect.poll(() => link.problems.length).toBe(2)
    expect(link.problems[1]).toMatchObject({
      name: 'ConnectionError',
      code: 'SOCKET_ESCAPED',
      message: escaped.message,
    })
  })

  test('is not kept alive by the tests that it has joined', async () => {
    await using link = await linked(() => Promise.resolve(new ScriptedTransport()))
    const before = openSockets()
    await new JoinedTest(link.port, link.pass, () => {}).joined
    // The end of the test's own process is the only one that counts.
    expect(openSockets() - before).toBe(1)
  })

  test('says once that something came too late', async () => {
    const warned: unknown[] = []
    const note = (warning: Error): void =>
      void warned.push([warning.name, Reflect.get(warning, 'code'), warning.message])
    process.on('warning', note)
    await using link = await linked(() => Promise.resolve(new ScriptedTransport()))
    const joined = new JoinedTest(link.port, link.pass, () => {})
    await joined.joined
    joined.noteLate('a.test')
    joined.noteLate('b.test')
    await nextTurn()
    process.off('warning', note)
    expect(warned).toEqual([
      ['WiretapeWarning', 'SCOPE_ENDED', 'shop › buys tea had ended when the app asked a.test because of it'],
    ])
  })

  test('knows when the test has ended, also if that was before', async () => {
    await using link = await linked(() => Promise.resolve(new ScriptedTransport()))
    const ended: JoinedTest[] = []
    const joined = new JoinedTest(link.port, link.pass, (test_) => ended.push(test_))
    await joined.joined
    expect(joined.isEnded).toBe(false)
    link.end()
    await expect.poll(() => joined.isEnded).toBe(true)
    const late = new JoinedTest(link.port, link.pass, (test_) => ended.push(test_))
    await late.joined
    expect(late.isEnded).toBe(true)
    expect(ended).toEqual([joined, late])
  })
})

test('a pass that somebody else has made leads nowhere', () => {
  const pass = passFor('secret', 4321, '7')
  expect(readPass('secret', pass)).toEqual({ port: 4321, id: '7' })
  const forged = [pass.replace('4321', '4322'), pass.replace('.7.', '.8.'), `${pass}A`, pass.slice(0, -1), '', '1.2.3']
  for (const other of forged) expect(readPass('secret', other), other).toBeUndefined()
  expect(readPass('another', pass)).toBeUndefined()
})

test('options of TLS reach the test as they are, and functions do not', () => {
  const tls = {
    ca: [Buffer.from('one'), 'two'],
    pfx: [{ buf: Uint8Array.of(1, 2), passphrase: 'secret' }],
    servername: 'api.test',
    minVersion: 'TLSv1.3',
    checkServerIdentity: () => undefined,
    secureContext: new Map(),
  }
  const sent = JSON.parse(JSON.stringify({ pass: '', origin: ORIGIN, ...sentOptions({ verify: true, tls }) }))
  expect(receivedOptions(sent)).toEqual({
    verify: true,
    socket: undefined,
    tls: {
      ca: [Buffer.from('one'), 'two'],
      pfx: [{ buf: Buffer.of(1, 2), passphrase: 'secret' }],
      servername: 'api.test',
      minVersion: 'TLSv1.3',
    },
  })
})

test('errors keep their code and words', () => {
  const miss = new WiretapeError('NO_MATCH', 'GET /')
  miss.message = 'a report\nwith lines'
  for (const error of [
    miss,
    new Error('of somebody'),
    new ConnectionError('CONNECTION_LOST', 'open', 'x', { socketError: 'end' }),
  ]) {
    const again = fromSentError(JSON.parse(JSON.stringify(toSentError(error))))
    expect(factsOf(again)).toEqual(factsOf(error))
  }
})
