import { expect, test } from '../helpers/test.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { proxyConnector } from '../../src/client/proxy.ts'
import { connectSocket } from '../../src/client/socket-connector.ts'
import { Recorder } from '../../src/recorder/recorder.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import type { Connector } from '../../src/transport.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { serve } from '../helpers/live-server.ts'
import { nextTurn, scripted } from '../helpers/scripted-transport.ts'
import { answer } from '../helpers/tape.ts'

const FAREWELL = 'HTTP/1.1 408 Request Time-out\r\nContent-Length: 4\r\nConnection: close\r\n\r\nlate'

test.describe('bytes on an idle connection', () => {
  for (const [what, segments, isSuspect] of [
    ['408, as HAProxy says before it closes, leave the answer before them as it is', [FAREWELL], false],
    ['408 byte by byte, too', FAREWELL.split(''), false],
    ['408 of HTTP/1.0, too', [FAREWELL.replace('1.1', '1.0')], false],
    ['another answer make it suspect', [answer('whose?')], true],
    ['another answer byte by byte, too', answer('whose?').split(''), true],
    ['a status that begins like 408, too', ['HTTP/1.1 4080 No\r\n\r\n'], true],
    ['the beginning of 408 and no more, too', ['HTTP/1.1 40'], true],
    ['an empty line, too', ['\r\n'], true],
  ] as const) {
    test(what, async () => {
      const { connection, peers } = scripted()
      await connection.request('GET', '/1')
      peers.at(0).say(answer('one'))
      const response = await connection.getResponse()
      expect(await response.text()).toBe('one')
      peers
        .at(0)
        .say(...segments)
        .hangUp()
      for (const _ of segments) await nextTurn()
      await nextTurn()
      expect(response.isSuspect).toBe(isSuspect)

      // Either way the next request goes elsewhere.
      await connection.request('GET', '/2')
      peers.at(1).say(answer('two'))
      expect(await (await connection.getResponse()).text()).toBe('two')
    })
  }

  test('that may become a 408 keep the next request off this connection', async () => {
    const { connection, peers } = scripted()
    await connection.connect()
    peers.at(0).say('HTTP/1.1 40')
    await nextTurn()
    await connection.request('GET', '/')
    expect(peers.at(0).sent).toBe('')
    expect(peers.at(1).sent).toContain('GET / ')
  })

  test('that are a 408 end the connection at once, even if the server does not', async () => {
    const { connection, peers } = scripted()
    await connection.connect()
    peers.at(0).say(FAREWELL)
    await nextTurn()
    expect(peers.at(0).isDestroyed).toBe(true)
  })

  test('that are a 408 together with the previous answer do not change that answer', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/1')
    peers.at(0).say(answer('one') + FAREWELL)
    const response = await connection.getResponse()
    await nextTurn()
    expect(response.isSuspect).toBe(false)
  })
})

test.describe('the time for an answer, while its request is still going out,', () => {
  for (const [what, isWarm] of [
    ['on a connection that was used', true],
    ['on a new one', false],
  ] as const) {
    test(`does not run ${what}: it runs from the last byte`, async () => {
      const clock = new FakeClock()
      const { connection, peers } = scripted({ timeouts: { read: 100, write: null }, clock })
      if (isWarm) {
        await connection.request('GET', '/')
        peers.at(0).say(answer(''))
        await (await connection.getResponse()).text()
      }
      let end: (() => void) | undefined
      const ended = new Promise<void>((resolve) => (end = resolve))
      async function* upload(): AsyncGenerator<string, void, undefined> {
        yield 'first'
        await ended
        yield 'last'
      }
      const sending = connection.request('POST', '/', { body: upload() })
      let outcome: unknown = 'pending'
      connection.getResponse().then(
        (response) => (outcome = response.status),
        (error: unknown) => (outcome = error),
      )
      await nextTurn()
      await clock.advance(1_000)
      expect(outcome).toBe('pending')
      end?.()
      await sending
      await clock.advance(99)
      expect(outcome).toBe('pending')
      await clock.advance(1)
      expect(outcome).toMatchObject({ code: 'HEADERS_TIMEOUT', detail: '100 ms' })
    })
  }

  test('does not run while the peer accepts no bytes of it either', async () => {
    const clock = new FakeClock()
    const { connection, peers } = scripted({ timeouts: { read: 100, write: null }, clock })
    await connection.connect()
    const release = peers.at(0).block()
    const sending = connection.request('POST', '/', { body: 'small' })
    let outcome: unknown = 'pending'
    connection.getResponse().catch((error: unknown) => (outcome = error))
    await nextTurn()
    await clock.advance(1_000)
    expect(outcome).toBe('pending')
    release()
    await sending
    await clock.advance(100)
    expect(outcome).toMatchObject({ code: 'HEADERS_TIMEOUT' })
  })
})

test.describe('a request with takesTransport', () => {
  const ATTACHED = 'HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n'

  test('gets the connection with a 200, as in Docker attach, live and replayed', async () => {
    await using server = await serve((socket) => {
      socket.once('data', () => {
        socket.write(`${ATTACHED}$ `)
        socket.once('data', (bytes: Buffer) => socket.end(`you said ${bytes.toString()}`))
      })
    })
    const talk = async (connector: Connector): Promise<string> => {
      await using connection = new HttpConnection({ host: '127.0.0.1', port: server.port, connector })
      await connection.request('POST', '/containers/x/attach?stream=1', { takesTransport: true })
      const { transport, rest } = (await connection.getResponse()).takeTransport()
      let heard = Buffer.from(rest).toString()
      if (heard === '') heard = Buffer.from((await transport.read()) ?? []).toString()
      await transport.write(Buffer.from('ls'))
      for (let bytes = await transport.read(); bytes !== null; bytes = await transport.read())
        heard += Buffer.from(bytes).toString()
      transport.destroy()
      return heard
    }
    const recorder = new Recorder()
    expect(await talk(recorder.wrap(connectSocket))).toBe('$ you said ls')
    expect(await talk(new Replayer(recorder.cassette, { matchOn: 'bytes' }).connector)).toBe('$ you said ls')
  })

  test('gets an ordinary answer if the status is not 2xx', async () => {
    const { connection, peers } = scripted()
    await connection.request('POST', '/attach', { takesTransport: true })
    peers.at(0).say('HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\n\r\nno such')
    const response = await connection.getResponse()
    expect(await response.text()).toBe('no such')
    expect(() => response.takeTransport()).toThrow(expect.objectContaining({ code: 'WRONG_STATE' }))
    await connection.request('GET', '/')
    expect(peers.all).toHaveLength(1)
  })

  test('is required for that: without it a 200 is read to the end of the connection', async () => {
    const { connection, peers } = scripted()
    await connection.request('POST', '/attach')
    peers.at(0).say(`${ATTACHED}$ `)
    const response = await connection.getResponse()
    expect(() => response.takeTransport()).toThrow(expect.objectContaining({ code: 'WRONG_STATE' }))
    peers.at(0).hangUp()
    expect(await response.text()).toBe('$ ')
  })
})

test.describe('an answer 101', () => {
  const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n'

  for (const [what, headers, bytes, outcome] of [
    ['that nobody asked for is refused', {}, SWITCHED, 'UNEXPECTED_UPGRADE'],
    ['to another protocol is refused', { Upgrade: 'websocket' }, SWITCHED, 'UNEXPECTED_UPGRADE'],
    ['to one of those that were offered is taken', { Upgrade: 'websocket, CHAT' }, SWITCHED, 101],
    ['that names none is taken', { Upgrade: 'tcp' }, 'HTTP/1.1 101 UPGRADED\r\n\r\n', 101],
    ['behind an interim answer is refused, too', {}, `HTTP/1.1 100 Continue\r\n\r\n${SWITCHED}`, 'UNEXPECTED_UPGRADE'],
  ] as const) {
    test(what, async () => {
      const { connection, peers } = scripted()
      await connection.request('GET', '/', { headers })
      peers.at(0).say(bytes)
      const seen = await connection.getResponse().then(
        ({ status }) => status,
        (error: unknown) => Object(error).code,
      )
      expect(seen).toBe(outcome)
      expect(peers.at(0).isDestroyed).toBe(outcome !== 101)
    })
  }

  test('that is refused reports its offset', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/')
    const interim = 'HTTP/1.1 103 Early Hints\r\n\r\n'
    peers.at(0).say(interim + SWITCHED)
    await expect(connection.getResponse()).rejects.toMatchObject({ offset: interim.length })
  })
})

test.describe('a proxy that opens tunnels to port 443 only', () => {
  const url = 'http://ada:l%40ce@proxy.test:3128'
  const credentials = `Proxy-Authorization: Basic ${btoa('ada:l@ce')}\r\n`

  test('gets http requests with the whole URL on one connection, and the recording does not show it', async () => {
    const { peers } = scripted()
    const recorder = new Recorder()
    const connector = recorder.wrap(proxyConnector(url, { connector: peers.connector, headers: { 'X-Team': 'blue' } }))
    await using connection = new HttpConnection({ host: 'api.test', port: 8080, connector })
    for (const [method, target] of [
      ['GET', '/users?page=2'],
      ['OPTIONS', '*'],
    ] as const) {
      await connection.request(method, target)
      peers.at(0).say(answer('ok'))
      expect(await (await connection.getResponse()).text()).toBe('ok')
    }
    expect(peers.origins).toEqual([{ protocol: 'http', host: 'proxy.test', port: 3128 }])
    expect(peers.at(0).writes).toEqual([
      `GET http://api.test:8080/users?page=2 HTTP/1.1\r\n${credentials}X-Team: blue\r\nHost: api.test:8080\r\n\r\n`,
      `OPTIONS http://api.test:8080 HTTP/1.1\r\n${credentials}X-Team: blue\r\nHost: api.test:8080\r\n\r\n`,
    ])
    const sent = recorder.cassette.tape.flatMap((event) =>
      event.type === 'sent' ? [Buffer.from(event.bytes).toString()] : [],
    )
    expect(sent[0]).toBe('GET /users?page=2 HTTP/1.1\r\nHost: api.test:8080\r\n\r\n')
  })

  test('gets an unfinished request when the client ends', async () => {
    const { peers } = scripted()
    const connect = proxyConnector(url, { connector: peers.connector })
    const transport = await connect({ protocol: 'http', host: 'api.test', port: 80 }, {})
    await transport.write(Buffer.from('GET / HT'))
    expect(peers.at(0).sent).toBe('')
    transport.end()
    expect(peers.at(0)).toMatchObject({ sent: 'GET / HT', isEnded: true })
  })

  test('gets bodies and pipelined requests unchanged', async () => {
    const { peers } = scripted()
    const connector = proxyConnector(url, { connector: peers.connector })
    await using connection = new HttpConnection({ host: 'api.test', connector })
    await connection.request('POST', '/a', { body: 'GET / HTTP/1.1\r\n\r\n' })
    await connection.request('GET', '/b')
    await connection.request('GET', '/c')
    await nextTurn()
    expect(peers.at(0).sent.match(/^[A-Z]+ \S+/gm)).toEqual([
      'POST http://api.test/a',
      'GET /',
      'GET http://api.test/b',
      'GET http://api.test/c',
    ])
  })

  test('is asked for a tunnel for https, and for http if the option is set', async () => {
    for (const settings of [{ protocol: 'https' }, { protocol: 'http', port: 80 }] as const) {
      const { peers } = scripted()
      const connector = proxyConnector(url, { connector: peers.connector, tunnelHttp: true })
      const connection = new HttpConnection({ host: 'api.test', connector, ...settings })
      const connecting = connection.connect()
      // What speaks to a proxy is loaded with the first connection through one.
      await expect.poll(() => peers.all.length).toBe(1)
      peers.at(0).say('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')
      await expect(connecting).rejects.toMatchObject({ code: 'PROXY_REFUSED' })
      expect(peers.at(0).isDestroyed).toBe(true)
      expect(peers.at(0).sent).toContain(`CONNECT api.test:${settings.protocol === 'https' ? 443 : 80} HTTP/1.1`)
    }
  })
})

test('a connection whose request was not sent completely is not used again, even if the answer is complete', async () => {
  const { connection, peers } = scripted()
  const sending = connection.request('POST', '/', { body: 'x'.repeat(10), expectContinue: 60_000 })
  await nextTurn()
  peers.at(0).say(answer('no', '417 Expectation Failed'))
  await sending
  expect(await (await connection.getResponse()).text()).toBe('no')
  expect(peers.at(0).isDestroyed).toBe(true)
  await connection.request('GET', '/')
  expect(peers.all).toHaveLength(2)
})
