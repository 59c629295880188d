import { Socket } from 'node:net'
import { expect, test } from '../helpers/test.ts'
import { objectIn } from '../../src/intercept/channel-message.ts'
import { destinationOf, isDirect, securedBy } from '../../src/intercept/destination.ts'
import { namedHosts } from '../../src/intercept/named-hosts.ts'
import { decideBy, hostsIn, isThisMachine, notCaptured, policyOf } from '../../src/intercept/policy.ts'
import { DIRECT, type Origin, parseOrigin } from '../../src/transport.ts'

const originOf = (text: string): Origin => {
  const origin = parseOrigin(text)
  if (origin === undefined) throw new Error(text)
  return origin
}

test('hosts are named in each form', () => {
  // oxfmt-ignore
  const HOSTS: readonly (readonly [pattern: string | RegExp, named: readonly string[], others: readonly string[]])[] = [
    ['a.test',          ['http://a.test', 'tcp://a.test:1'],                 ['http://b.a.test', 'http://a.tests']],
    ['A.Test:8080',     ['http://a.test:8080'],                              ['http://a.test', 'http://a.test:8081']],
    ['*.a.test',        ['http://b.a.test', 'http://.a.test'],               ['http://a.test', 'http://ba.test']],
    ['a.*',             ['http://a.test', 'http://a.b.test'],                ['http://aa.test']],
    ['*a*',             ['http://a', 'http://bab.test'],                     ['http://b.c']],
    ['*.a.test:80',     ['http://b.a.test'],                                 ['http://b.a.test:81']],
    ['::1',             ['http://[::1]', 'http://[::1]:99'],                 ['http://[::2]']],
    ['[::1]',           ['http://[::1]:99'],                                 ['http://[::2]']],
    ['[::1]:99',        ['http://[::1]:99'],                                 ['http://[::1]']],
    ['2001:DB8::1',     ['http://[2001:db8::1]'],                            ['http://[2001:db8::2]']],
    ['127.0.0.1:5432',  ['tcp://127.0.0.1:5432'],                            ['tcp://127.0.0.1:5433']],
    [/a\.test/,         ['http://a.test:99'],                                ['http://a.test.b', 'http://ba.test']],
    [/A|b/i,            ['http://a', 'http://b'],                            ['http://ab', 'http://c']],
    [/a/g,              ['http://a', 'http://a'],                            ['http://b']],
  ]
  for (const [pattern, named, others] of HOSTS) {
    const isNamed = namedHosts('hosts', [pattern])
    for (const one of named) expect([pattern, one, isNamed(originOf(one))]).toEqual([pattern, one, true])
    for (const one of others) expect([pattern, one, isNamed(originOf(one))]).toEqual([pattern, one, false])
  }
  expect(namedHosts('hosts', [])(originOf('http://a.test'))).toBe(false)
  const several = namedHosts('hosts', ['a', 'b'])
  expect(['http://a', 'http://b', 'http://c'].map((one) => several(originOf(one)))).toEqual([true, true, false])
})

test('what cannot be a host is refused', () => {
  for (const wrong of [
    '',
    '*',
    'http://a.test',
    'a b',
    'a/b',
    'u@a',
    'a.test:',
    'a.test:123456',
    'a*b',
    '**',
    '[a.test]',
    'a#',
    'a?',
  ])
    expect(() => namedHosts('ignoreHosts', [wrong])).toThrow(
      `an option has an invalid value: ignoreHosts: ${JSON.stringify(wrong)} is not a host; give a name, an address, host:port, or a * at its beginning or end`,
    )
})

test('which connections are taken is decided by a table', () => {
  const named = {
    hosts: ['named.test', '127.0.0.9'],
    protocols: { 'db.test:5432': 'postgres' },
    ignoreHosts: ['live.test', 'named.test'],
  }
  // oxfmt-ignore
  const DECISIONS: readonly (readonly [origin: string, recording: string, replaying: string, thisMachine?: string])[] = [
    ['http://a.test',            'take', 'take'],
    ['https://a.test',           'take', 'take'],
    ['tcp://a.test:1',           'pass', 'refuse'],
    ['tls://a.test:1',           'pass', 'refuse'],
    ['tcp://named.test:1',       'take', 'take'],
    ['http://named.test',        'take', 'take'],
    ['tcp://db.test:5432',       'take', 'take'],
    ['tcp://db.test:5433',       'pass', 'refuse'],
    ['http://live.test',         'pass', 'pass'],
    ['tcp://live.test:1',        'pass', 'pass'],
    ['http://localhost:99',      'pass', 'pass', 'take'],
    ['http://a.localhost',       'pass', 'pass', 'take'],
    ['http://127.1.2.3',         'pass', 'pass', 'take'],
    ['http://[::1]',             'pass', 'pass', 'take'],
    ['tcp://localhost:1',        'pass', 'pass', 'refuse'],
    ['tcp://127.0.0.9:1',        'take', 'take'],
    ['http://localhost:4040',    'pass', 'pass', 'pass'],
    ['http://a.test:4040',       'take', 'take'],
  ]
  for (const [text, recording, replaying, own = replaying] of DECISIONS) {
    const decide = (replays: boolean, thisMachine: boolean): string =>
      decideBy(policyOf({ ...named, thisMachine, proxyPort: 4040, replays: () => replays }), {
        origin: originOf(text),
        path: undefined,
      })
    expect([text, decide(false, false), decide(true, false), decide(true, true)]).toEqual([
      text,
      recording,
      replaying,
      own,
    ])
  }
  const policy = policyOf({ hosts: ['docker.sock.unix'], replays: () => true })
  const pathTo = (host: string): string =>
    decideBy(policy, { origin: { protocol: 'http', host, port: 80 }, path: '/x' })
  expect([pathTo('docker.sock.unix'), pathTo('other.unix')]).toEqual(['take', 'pass'])
  expect(policyOf({ replays: () => true })).toMatchObject({ thisMachine: false, proxyPort: undefined })
  expect(hostsIn({})).toEqual([])
  expect(hostsIn(named)).toEqual(['named.test', '127.0.0.9', 'db.test:5432'])
  expect(notCaptured({ origin: originOf('tcp://db.test:1') }).message).toBe(
    "a replay opens no real connections, and the cassette does not record this server: tcp://db.test:1; to record it, name it: capture: { hosts: ['db.test:1'] }; ignoreHosts lets it through",
  )
  for (const host of ['localhost', 'x.localhost', '::1', '127.0.0.1', '127.255.255.255'])
    expect(isThisMachine(host)).toBe(true)
  for (const host of ['localhost.test', 'alocalhost', '::2', '128.0.0.1', '127.0.0', '127.0.0.1.test', '0.0.0.0'])
    expect(isThisMachine(host)).toBe(false)
})

const plain = new Socket()
const secure = Object.assign(new Socket(), { encrypted: true })

test('where a socket connects says what it speaks', () => {
  const bytes = Uint8Array.from([2, 104, 50, 8, ...Buffer.from('http/1.1')])
  // oxfmt-ignore
  const DESTINATIONS: readonly (readonly [isTls: boolean, isUndici: boolean, options: Readonly<Record<PropertyKey, unknown>>, origin: string | undefined, facts?: Readonly<Record<string, unknown>>])[] = [
    [false, false, { port: 80 },                                  'http localhost 80',      { isOfStream: false }],
    [false, false, { port: '8080', host: 'A.test' },              'http a.test 8080'],
    [false, false, { port: 81, host: 'a.test' },                  'tcp a.test 81'],
    [false, true,  { port: 81, host: 'a.test' },                  'http a.test 81',         { isOfStream: true }],
    [false, true,  { port: 81, host: 'a.test', onread: {} },      'http a.test 81',         { isOfStream: false }],
    [false, false, { port: 81, host: 'a.test', _agentKey: 'x' },  'http a.test 81',         { isOfStream: true }],
    [false, false, { port: 81, host: 'a.test', createConnection: () => {} }, 'http a.test 81', { isOfStream: false }],
    [true,  false, { port: 443, host: '[::1]' },                  'https ::1 443',          { isTls: true }],
    [true,  false, { port: 8443 },                                'https localhost 8443'],
    [true,  false, { port: 80 },                                  'tls localhost 80'],
    [false, false, { port: 443 },                                 'tcp localhost 443'],
    [true,  false, { port: 444, ALPNProtocols: ['h2', 'http/1.1'] }, 'https localhost 444', { offers: ['h2', 'http/1.1'] }],
    [true,  false, { port: 443, ALPNProtocols: ['h2'] },          'tls localhost 443',      { offers: ['h2'] }],
    [true,  true,  { port: 443, ALPNProtocols: ['h2'] },          'tls localhost 443',      { isOfStream: false }],
    [true,  false, { port: 444, ALPNProtocols: bytes },           'https localhost 444',    { offers: ['h2', 'http/1.1'] }],
    [true,  false, { port: 444, ALPNProtocols: [Buffer.from('h3')] }, 'tls localhost 444',  { offers: ['h3'] }],
    [true,  false, { port: 444, ALPNProtocols: 'x' },             'tls localhost 444',      { offers: [] }],
    [false, false, { port: 0 },                                   undefined],
    [false, false, { port: 65_535 },                              'tcp localhost 65535'],
    [false, false, { port: 65_536 },                              undefined],
    [false, false, { port: 1.5 },                                 undefined],
    [false, false, {},                                            undefined],
    [false, false, { port: 80, host: '' },                        'http localhost 80'],
    [false, false, { port: 80, [DIRECT]: true },                  undefined],
    [false, false, { path: '/var/run/Docker.sock' },              'tcp docker.sock.unix 80', { path: '/var/run/Docker.sock' }],
    [false, true,  { path: '/' },                                 'http socket.unix 80'],
    [true,  false, { path: '\\\\.\\pipe\\my pipe!' },             'tls my-pipe-.unix 443'],
    [false, false, { path: '', port: 1 },                         'tcp localhost 1',        { path: undefined }],
  ]
  for (const [isTls, isUndici, options, wanted, facts = {}] of DESTINATIONS) {
    const found = destinationOf(isTls ? secure : plain, { options, isUndici, onConnect: undefined })
    const { protocol, host, port } = found?.origin ?? { protocol: '', host: '', port: 0 }
    expect([options, found && `${protocol} ${host} ${port}`]).toEqual([options, wanted])
    if (found !== undefined) {
      expect(found).toMatchObject(facts)
      expect(isDirect(found)).toBe(found.isOfStream === true && !isTls)
      expect(found.options).toEqual(options)
    }
  }
})

const secured = (options: object | undefined): Socket =>
  options === undefined ? new Socket() : Object.assign(new Socket(), { [Symbol('connect-options')]: options })

test('a client that starts TLS goes on to the same place by another name', () => {
  const before = { origin: originOf('tcp://10.0.0.1:5432'), path: undefined, isTls: false, offers: [], options: {} }
  const after = (options?: object): unknown => {
    const { origin, isTls, offers } = securedBy(before, secured(options))
    return [origin.protocol, origin.host, origin.port, isTls, ...offers]
  }
  expect(after()).toEqual(['tcp', '10.0.0.1', 5432, true])
  expect(after({ servername: 'a.test', host: 'b.test', ALPNProtocols: ['x'] })).toEqual([
    'tcp',
    'a.test',
    5432,
    true,
    'x',
  ])
  expect(after({ host: 'b.test' })).toEqual(['tcp', 'b.test', 5432, true])
  expect(after({ servername: '' })).toEqual(['tcp', '10.0.0.1', 5432, true])
})

test('a message of a channel brings objects', () => {
  const socket = {}
  expect(objectIn({ socket }, 'socket')).toBe(socket)
  for (const message of [{ socket: null }, { socket: 1 }, {}, null, undefined, 'socket'])
    expect(objectIn(message, 'socket')).toBeUndefined()
})
