import { expect, test } from '../helpers/test.ts'
import { AbsoluteFormTransport } from '../../src/client/absolute-form.ts'
import type { Origin, SegmentReader, Transport } from '../../src/transport.ts'
import { nextTurn, ScriptedTransport } from '../helpers/scripted-transport.ts'

const ORIGIN: Origin = { protocol: 'http', host: 'api.test', port: 8080 }
const FIELDS = [
  { name: 'Proxy-Authorization', value: 'Basic x' },
  { name: 'X-Proxy', value: 'é' },
]
const ADDED = 'Proxy-Authorization: Basic x\r\nX-Proxy: é\r\n'

test('each request names its origin, and its body and all else stay as they are', () => {
  // oxfmt-ignore
  const REQUESTS: readonly (readonly [own: string, atProxy: string])[] = [
    ['GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n',               `GET http://api.test:8080/a?b HTTP/1.1\r\n${ADDED}Host: x\r\n\r\n`],
    ['OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n',              `OPTIONS http://api.test:8080 HTTP/1.1\r\n${ADDED}Host: x\r\n\r\n`],
    ['GET http://b.test/ HTTP/1.1\r\nHost: x\r\n\r\n',     `GET http://b.test/ HTTP/1.1\r\n${ADDED}Host: x\r\n\r\n`],
    ['\r\nGET /e HTTP/1.1\r\nX: é\r\nHost: x\r\n\r\n', `GET http://api.test:8080/e HTTP/1.1\r\n${ADDED}X: é\r\nHost: x\r\n\r\n`],
    ['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nGET /a b\n', `POST http://api.test:8080/ HTTP/1.1\r\n${ADDED}Host: x\r\nContent-Length: 9\r\n\r\nGET /a b\n`],
  ]
  const all = REQUESTS.map(([own]) => own).join('')
  for (const size of [all.length, 1, 7]) {
    const proxy = new ScriptedTransport()
    const transport = new AbsoluteFormTransport(proxy, ORIGIN, FIELDS)
    for (let at = 0; at < all.length; at += size) void transport.write(Buffer.from(all.slice(at, at + size), 'latin1'))
    expect(proxy.sent).toBe(REQUESTS.map(([, atProxy]) => atProxy).join(''))
    // What has nothing to say is not written.
    expect(proxy.writes).not.toContain('')
  }
})

test('half a head goes out with the end of the client', async () => {
  const proxy = new ScriptedTransport()
  const transport = new AbsoluteFormTransport(proxy, ORIGIN, FIELDS)
  void transport.write(Buffer.from('GET /a HT'))
  expect(proxy.sent).toBe('')
  transport.end()
  expect([proxy.sent, proxy.isEnded]).toEqual(['GET /a HT', true])
  const other = new ScriptedTransport()
  new AbsoluteFormTransport(other, ORIGIN, FIELDS).end()
  expect([other.writes, other.isEnded]).toEqual([[], true])
  // A write that fails then is reported by the next read, and by nothing else.
  const failing = Object.assign(new ScriptedTransport(), { write: () => Promise.reject(new Error('reset')) })
  const last = new AbsoluteFormTransport(failing, ORIGIN, FIELDS)
  void last.write(Buffer.from('GET'))
  last.end()
  await nextTurn()
  expect(failing.isEnded).toBe(true)
})

test('all else is as on the connection to the proxy', async () => {
  const calls: unknown[] = []
  const reader: SegmentReader = { onBytes: () => {}, onEnd: () => {}, onFailure: () => {} }
  const proxy: Transport = {
    info: { remotePort: 1 },
    read: async () => Buffer.from('read'),
    receive: (given) => void calls.push(['receive', given]),
    write: () => undefined,
    end: () => void calls.push('end'),
    answered: (offset) => void calls.push(['answered', offset]),
    keepAlive: (value) => void calls.push(['keepAlive', value]),
    destroy: (error) => void calls.push(['destroy', error]),
  }
  const transport = new AbsoluteFormTransport(proxy, ORIGIN, [])
  expect(transport.info).toBe(proxy.info)
  expect(String(await transport.read())).toBe('read')
  transport.receive?.(reader)
  transport.answered(7)
  transport.keepAlive(false)
  transport.keepAlive(true)
  transport.end()
  const gone = new Error('gone')
  transport.destroy(gone)
  transport.destroy()
  expect(calls).toEqual([
    ['receive', reader],
    ['answered', 7],
    ['keepAlive', false],
    ['keepAlive', true],
    'end',
    ['destroy', gone],
    ['destroy', undefined],
  ])
  expect(new AbsoluteFormTransport(new ScriptedTransport(), ORIGIN, []).receive).toBeUndefined()
})
