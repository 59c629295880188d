import { expect, test } from '../helpers/test.ts'
import type { RequestOptions } from '../../src/client/connection-settings.ts'
import { ConnectionError } from '../../src/errors.ts'
import { nextTurn, scripted, type ScriptedTransport } from '../helpers/scripted-transport.ts'
import { answer, request } from '../helpers/tape.ts'

const reset = (): ConnectionError => new ConnectionError('CONNECTION_LOST', 'open', '', { systemCode: 'ECONNRESET' })

/** What the first connection does once the request is there. */
const ENDS: readonly (readonly [what: string, end: (peer: ScriptedTransport) => void])[] = [
  ['is ended by the server', (peer) => peer.hangUp()],
  ['is reset', (peer) => peer.fail(reset())],
]

test.describe('retry', () => {
  for (const [what, end] of ENDS) {
    test(`sends a request once more if the connection ${what} before any byte of an answer`, async () => {
      const { connection, peers } = scripted()
      await connection.request('GET', '/', { retry: true })
      const response = connection.getResponse()
      end(peers.at(0))
      await nextTurn()
      await nextTurn()
      expect(peers.at(1).sent).toBe(request('GET', '/'))
      peers.at(1).say(answer('hello'))
      expect(await (await response).text()).toBe('hello')
      expect(peers.all).toHaveLength(2)
    })

    test(`is off by default, also if the connection ${what}`, async () => {
      const { connection, peers } = scripted()
      await connection.request('GET', '/')
      end(peers.at(0))
      await expect(connection.getResponse()).rejects.toThrow()
      expect(peers.all).toHaveLength(1)
    })

    test(`is done only once, even if the next connection also ${what}`, async () => {
      const { connection, peers } = scripted()
      await connection.request('GET', '/', { retry: true })
      const response = connection.getResponse()
      const refused = expect(response).rejects.toMatchObject({ code: /^(?:EMPTY_RESPONSE|CONNECTION_LOST)$/ })
      end(peers.at(0))
      await nextTurn()
      await nextTurn()
      end(peers.at(1))
      await refused
      expect(peers.all).toHaveLength(2)
      await expect(connection.getResponse()).rejects.toMatchObject({ code: 'WRONG_STATE' })
    })
  }

  test('sends a pipelined request once more that came too late for the connection', async () => {
    const { connection, peers } = scripted()
    await connection.connect()
    await Promise.all(['/1', '/2'].map((target) => connection.request('GET', target, { retry: true })))
    await nextTurn()
    const answers = [connection.getResponse(), connection.getResponse()]
    peers.at(0).say('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\none')
    expect(await (await answers[0])?.text()).toBe('one')
    await nextTurn()
    expect(peers.at(1).sent).toBe(request('GET', '/2'))
    peers.at(1).say(answer('two'))
    expect(await (await answers[1])?.text()).toBe('two')
  })

  for (const [what, said] of [
    ['half a head', 'HTTP/1.1 200 OK\r\n'],
    ['one byte', 'H'],
    ['an interim response', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ['what is no HTTP', 'SSH-2.0-x\r\n'],
  ] as const) {
    test(`is not done after ${what}`, async () => {
      const { connection, peers } = scripted()
      await connection.request('GET', '/', { retry: true })
      peers.at(0).say(said).fail(reset())
      await expect(connection.getResponse()).rejects.toThrow()
      expect(peers.all).toHaveLength(1)
    })
  }

  test('is not done if this side ended the connection', async () => {
    const controller = new AbortController()
    const { connection, peers } = scripted()
    await connection.request('GET', '/', { retry: true, signal: controller.signal })
    const response = connection.getResponse()
    controller.abort()
    await expect(response).rejects.toMatchObject({ code: 'ABORTED' })
    expect(peers.all).toHaveLength(1)
  })

  test('answers pipelined requests in order, and fails those without retry', async () => {
    const { connection, peers } = scripted()
    const sent = [
      connection.request('GET', '/1'),
      connection.request('GET', '/2', { retry: true }),
      connection.request('GET', '/3'),
      connection.request('HEAD', '/4', { retry: true }),
    ]
    await Promise.all(sent)
    peers.at(0).say(answer('one')).hangUp()
    const responses = [1, 2, 3, 4].map(() => connection.getResponse())
    const [first, second, third, fourth] = responses
    expect(await (await first)?.text()).toBe('one')
    await expect(third).rejects.toThrow()
    await nextTurn()
    await nextTurn()
    expect(peers.at(1).sent).toContain(request('GET', '/2'))
    expect(peers.at(1).sent).toContain(request('HEAD', '/4'))
    expect(peers.at(1).sent).not.toContain('/3')
    const order = peers.at(1).sent.indexOf('/2') < peers.at(1).sent.indexOf('/4')
    peers
      .at(1)
      .say(
        ...(order
          ? [answer('two'), 'HTTP/1.1 204 No Content\r\n\r\n']
          : ['HTTP/1.1 204 No Content\r\n\r\n', answer('two')]),
      )
    expect(await (await second)?.text()).toBe('two')
    expect((await fourth)?.status).toBe(204)
  })

  test('is done only once, also for a request whose answer another body held up', async () => {
    const { connection, peers } = scripted({ timeouts: null })
    await connection.request('GET', '/1', { retry: true })
    peers.at(0).hangUp()
    await nextTurn()
    await connection.request('GET', '/2')
    const [first, second] = [connection.getResponse(), connection.getResponse()]
    await nextTurn()
    expect(peers.at(1).sent).toBe(request('GET', '/2') + request('GET', '/1'))
    peers.at(1).say('HTTP/1.1 200 OK\r\nContent-Length: 2000001\r\n\r\n', Buffer.alloc(2_000_000))
    await expect(first).rejects.toMatchObject({ code: 'BODY_UNREAD' })
    peers.at(1).say('!')
    expect(await (await second).bytes()).toHaveLength(2_000_001)
    peers.at(1).hangUp()
    await expect(connection.getResponse()).rejects.toMatchObject({ code: 'EMPTY_RESPONSE' })
    expect(peers.all).toHaveLength(2)
  })

  for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE']) {
    test(`may be asked for with ${method}`, async () => {
      const { connection, peers } = scripted()
      await connection.request(method, '/', { retry: true })
      expect(peers.at(0).sent).toBe(request(method, '/'))
    })
  }

  test('may be asked for with a body that is there', async () => {
    const { connection, peers } = scripted()
    await connection.request('GET', '/', { retry: true, body: 'x' })
    expect(peers.at(0).sent).toMatch(/\r\n\r\nx$/)
  })

  for (const [method, options] of [
    ['POST', { retry: true, body: 'x' }],
    ['PUT', { retry: true }],
    ['GET', { retry: true, body: [Buffer.from('x')] }],
    ['GET', { retry: true, body: new Blob(['x']) }],
  ] satisfies [string, RequestOptions][]) {
    test(`is refused for ${method} with ${JSON.stringify(options)}`, async () => {
      const { connection, peers } = scripted()
      await expect(connection.request(method, '/', options)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
      expect(peers.all).toHaveLength(0)
    })
  }
})
