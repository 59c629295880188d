import { connect } from 'node:net'
import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { connectSocket } from '../../src/client/socket-connector.ts'
import { LocalProtocolError } from '../../src/errors.ts'
import { Recorder } from '../../src/recorder/recorder.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import { RequestHeads } from '../../src/http1/request-heads.ts'
import { serveConnector, type ServeConnectorOptions } from '../../src/serve/serve-connector.ts'
import type { Connector } from '../../src/transport.ts'
import { serve } from '../helpers/live-server.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { ScriptedTransport } from '../helpers/scripted-transport.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

/** A server that says back, as the body, all that it was sent, request by request. */
const echo = () =>
  serve((socket) => {
    let heard = ''
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.toString('latin1')
      for (let end = endOfRequest(heard); end > 0; end = endOfRequest(heard)) {
        socket.write(answer(heard.slice(0, end)), 'latin1')
        heard = heard.slice(end)
      }
    })
    socket.on('end', () => socket.end())
  })

function endOfRequest(text: string): number {
  const head = text.indexOf('\r\n\r\n') + 4
  const length = head < 4 ? Infinity : head + Number(/content-length: *(\d+)/i.exec(text.slice(0, head))?.[1] ?? 0)
  return length <= text.length ? length : 0
}

const answers = (count: number) => (heard: string) => heard.split('HTTP/1.1 200').length > count && heard.endsWith('\n')

test('a recording made through it replays through it with the server gone, byte for byte', async () => {
  const recorder = new Recorder()
  let port = 0
  const ask = async (connector: Connector): Promise<string> => {
    await using served = await serveConnector(connector, `http://127.0.0.1:${port}`)
    using client = await RawClient.to(served.port)
    client.say(`GET /a HTTP/1.1\r\nHOST: 127.0.0.1:${served.port}\r\nx-Odd:  b \r\n\r\n`)
    await client.until(answers(1))
    client.say(`POST /b HTTP/1.1\r\nhost: 127.0.0.1:${served.port}\r\nContent-Length: 3\r\n\r\na\n\n`).end()
    expect(await client.ended).toBe('end')
    return client.heard
  }
  const live = await (async () => {
    await using server = await echo()
    ;({ port } = server)
    return await ask(recorder.wrap(connectSocket))
  })()
  const replayer = new Replayer(recorder.cassette, { matchOn: ['method', 'url', 'headers', 'body'] })
  expect(await ask(replayer.connector)).toBe(live)
  expect(live).toContain(`GET /a HTTP/1.1\r\nHOST: 127.0.0.1:${port}\r\nx-Odd:  b \r\n\r\n`)
  expect(replayer.allPlayed).toBe(true)
})

/** What the server behind got; `SELF` stands for the server's own address. */
async function received(head: string, options: ServeConnectorOptions = {}): Promise<string> {
  await using server = await echo()
  const connector: Connector = (_, settings) =>
    connectSocket({ protocol: 'http', host: '127.0.0.1', port: server.port }, settings)
  await using served = await serveConnector(connector, 'https://api.test', options)
  const self = `127.0.0.1:${served.port}`
  using client = await RawClient.to(served.port)
  const heard = await client.say(head.replaceAll('SELF', self)).until(answers(1))
  return heard.slice(heard.indexOf('\r\n\r\n') + 4).replaceAll(self, 'SELF')
}

test.describe('the name of the origin', () => {
  // oxfmt-ignore
  const CASES: readonly (readonly [sent: string, received: string, options?: ServeConnectorOptions])[] = [
    ['GET / HTTP/1.1\r\nHost: SELF\r\n\r\n',                                  'GET / HTTP/1.1\r\nHost: api.test\r\n\r\n'],
    ['GET / HTTP/1.1\r\nhOST:SELF \t\r\n\r\n',                                'GET / HTTP/1.1\r\nhOST:api.test \t\r\n\r\n'],
    ['GET / HTTP/1.1\r\nHost: localhost\r\n\r\n',                             'GET / HTTP/1.1\r\nHost: api.test\r\n\r\n'],
    ['GET / HTTP/1.1\r\nOrigin: http://SELF\r\nHost: SELF\r\nReferer: http://SELF/a?b=SELF\r\n\r\n', 'GET / HTTP/1.1\r\nOrigin: https://api.test\r\nHost: api.test\r\nReferer: https://api.test/a?b=SELF\r\n\r\n'],
    ['GET / HTTP/1.1\r\nHost: SELF\r\nOrigin: http://localhost:3000\r\n\r\n', 'GET / HTTP/1.1\r\nHost: api.test\r\nOrigin: http://localhost:3000\r\n\r\n'],
    ['GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://LocalHost\r\n\r\n', 'GET / HTTP/1.1\r\nHost: api.test\r\nOrigin: https://api.test\r\n\r\n'],
    ['GET / HTTP/1.1\r\nHost: SELF\r\nX-Host: SELF\r\n\r\n',                  'GET / HTTP/1.1\r\nHost: api.test\r\nX-Host: SELF\r\n\r\n'],
    ['GET / HTTP/1.1\r\nHost: SELF\r\n\r\n',                                  'GET / HTTP/1.1\r\nHost: SELF\r\n\r\n', { keepHost: true }],
    ['GET / HTTP/1.1\r\nHost: mine\r\n\r\n',                                  'GET / HTTP/1.1\r\nHost: api.test\r\n\r\n', { allowHosts: ['mine'] }],
  ]
  for (const [sent, expected, options] of CASES)
    test(`${JSON.stringify(sent)}${options ? JSON.stringify(options) : ''}`, async () => {
      expect(await received(sent, options)).toBe(expected)
    })

  for (const [head, code] of [
    ['GET / HTTP/1.1\r\n\r\n', 'BAD_HOST'],
    ['GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n', 'BAD_HOST'],
    ['GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n', 'MISDIRECTED'],
    ['GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.test\r\n\r\n', 'FOREIGN_ORIGIN'],
  ] as const)
    test(`${JSON.stringify(head)} is refused, and nothing is connected to`, async () => {
      let connections = 0
      const connector: Connector = (...args) => {
        connections += 1
        return connectSocket(...args)
      }
      const reasons: Error[] = []
      const onRefused = (reason: Error): void => void reasons.push(reason)
      await using served = await serveConnector(connector, 'http://api.test', { onRefused })
      using client = await RawClient.to(served.port)
      client.say(head)
      expect(await client.ended).toBe('end')
      expect(client.heard).toContain(`\r\nWiretape-Error: ${code}\r\n`)
      expect(reasons).toEqual([expect.objectContaining({ code })])
      expect(connections).toBe(0)
    })
})

test('what the cassette does not hold is answered with 599', async () => {
  const replayer = new Replayer(
    oneConnection('http://api.test', (c) => c.sent(request('GET', '/')).received(answer('a'))),
  )
  await using served = await serveConnector(replayer.connector, 'http://api.test')
  using client = await RawClient.to(served.port)
  client.say('GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n')
  expect(await client.ended).toBe('end')
  expect(client.heard).toMatch(/^HTTP\/1\.1 599 [^]*path differs: recorded \/, asked \/other/)
  expect(replayer.misses).toHaveLength(1)
})

test('a connection that nobody uses is not made, and a client that leaves takes nothing along', async () => {
  let connections = 0
  const counting: Connector = (...args) => {
    connections += 1
    return connectSocket(...args)
  }
  await using server = await echo()
  await using served = await serveConnector(counting, `http://127.0.0.1:${server.port}`)
  for (const leave of ['end', 'destroySoon', 'resetAndDestroy'] as const) {
    const socket = connect(served.port, '127.0.0.1')
    await new Promise((resolve) => socket.once('connect', resolve))
    socket[leave]()
    await new Promise((resolve) => socket.resume().once('close', resolve))
  }
  expect(connections).toBe(0)
})

test('what ends after its client has gone is no refusal, and is let go', async () => {
  const peer = new ScriptedTransport()
  const refused: Error[] = []
  const served = await serveConnector(async () => peer, 'http://a.test:80', {
    onRefused: (error) => refused.push(error),
  })
  using client = await RawClient.to(served.port)
  client.say(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\n\r\n`).end()
  await expect.poll(() => peer.isEnded).toBe(true)
  // As a cassette does that is ejected when its port is closed.
  await served.close()
  peer.fail(new LocalProtocolError('CASSETTE_EJECTED', 'a.yaml'))
  await expect.poll(() => peer.isDestroyed).toBe(true)
  expect(refused).toEqual([])
})

test('a server that is not there is a reset, and told', async () => {
  const gone = await serve(() => {})
  const { port } = gone
  await gone[Symbol.asyncDispose]()
  const failures: Error[] = []
  const onFailed = (failure: Error): void => void failures.push(failure)
  await using served = await serveConnector(connectSocket, { protocol: 'http', host: '127.0.0.1', port }, { onFailed })
  using client = await RawClient.to(served.port)
  client.say('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  expect(await client.ended).toBe('ECONNRESET')
  expect(failures).toEqual([expect.objectContaining({ code: 'CONNECT_FAILED' })])
})

test('a protocol that is not HTTP passes as it is, and its server may speak first', async () => {
  await using server = await serve((socket) => {
    socket.write('220 hi\r\n')
    socket.on('data', (bytes: Buffer) => socket.write(`250 ${bytes.toString('latin1')}`, 'latin1'))
    socket.on('end', () => socket.end('221 bye\r\n'))
  })
  await using served = await serveConnector(connectSocket, `tcp://127.0.0.1:${server.port}`)
  expect(served.url).toBe(`tcp://127.0.0.1:${served.port}`)
  using client = await RawClient.to(served.port)
  expect(await client.until((heard) => heard.endsWith('\n'))).toBe('220 hi\r\n')
  await client.say('Host: evil.test\r\n').until((heard) => heard.includes('evil'))
  client.end()
  expect(await client.ended).toBe('end')
  expect(client.heard).toBe('220 hi\r\n250 Host: evil.test\r\n221 bye\r\n')
})

test('frames behind an upgrade are not taken for requests', async () => {
  await using server = await serve((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n')
      socket.on('data', (bytes: Buffer) => socket.write(bytes))
    })
  })
  await using served = await serveConnector(connectSocket, `http://127.0.0.1:${server.port}`)
  using client = await RawClient.to(served.port)
  client.say('GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  await client.until((heard) => heard.endsWith('\r\n\r\n'))
  // It could be the beginning of a method.
  expect(await client.say('GET').until((heard) => heard.endsWith('GET'))).toMatch(/\r\n\r\nGET$/)
})

for (const origin of ['nonsense', 'ftp://a.test', 'tcp://a.test'])
  test(`${origin} is refused as an origin`, async () => {
    await expect(serveConnector(connectSocket, origin)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

test.describe('RequestHeads', () => {
  const MESSAGES = [
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nHost:',
    'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n',
    'GET / HTTP/1.1\r\nConnection: close\r\n\r\n',
    'GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\n\r\n',
    '\x16\x03\x01\r\n\r\n',
    '\r\n',
  ]

  test('pass on every byte in its order, however it is cut, and show each head once', () => {
    const conversation = fc.array(fc.constantFrom(...MESSAGES), { maxLength: 6 })
    fc.assert(
      fc.property(conversation, fc.array(fc.nat(300)), (messages, cuts) => {
        const whole = Buffer.from(messages.join(''), 'latin1')
        const run = (places: readonly number[]): { passed: string; heads: string[] } => {
          const heads: string[] = []
          const reader = new RequestHeads((_, bytes) => (heads.push(bytes.toString('latin1')), bytes))
          const ends = [...places.filter((place) => place < whole.length).toSorted((a, b) => a - b), whole.length]
          const parts = ends.flatMap((end, place) => reader.push(whole.subarray(ends[place - 1] ?? 0, end)))
          return { passed: Buffer.concat([...parts, reader.rest()]).toString('latin1'), heads }
        }
        const cut = run(cuts)
        expect(cut.passed).toBe(whole.toString('latin1'))
        expect(cut.heads).toEqual(run([]).heads)
      }),
    )
  })
})
