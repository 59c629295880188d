import { expect, test } from '../helpers/test.ts'
import {
  defaultConnector,
  HttpConnection,
  proxyConnector,
  Replayer,
  socketConnector,
  useCassette,
  type UseCassetteOptions,
  withCassette,
} from '../../src/index.ts'
import { type Cassette, Recorder, Recording, recoverCassette, redactCassette } from '../../src/entries/cassette.ts'
import { fetchOver } from '../../src/entries/fetch.ts'
import { checkCassettes, diffCassettes, formatCassette, redactFile } from '../../src/entries/inspect.ts'
import { serveCassette, serveConnector } from '../../src/entries/serve.ts'
import { undiciConnect } from '../../src/entries/sockets.ts'
import { torture } from '../../src/entries/torture.ts'
import { verifyCassette } from '../../src/entries/verify.ts'
import { handlersFromAnswers } from '../../src/msw/handlers.ts'
import { namedHosts } from '../../src/intercept/named-hosts.ts'

const EMPTY: Cassette = { version: 1, recorded: { at: '2026-11-28T12:00:00.000Z', by: 'x', node: '20' }, tape: [] }

const open = (options: object): Promise<unknown> => useCassette('none', { mode: 'passthrough', env: {}, ...options })

test.describe('options of useCassette', () => {
  test('that do not exist are refused, with the one that was meant', async () => {
    await expect(open({ matchon: [] })).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
    await expect(open({ matchon: [] })).rejects.toThrow('"matchon" of useCassette; did you mean matchOn?')
    await expect(open({ ignoreHost: [] })).rejects.toThrow('did you mean ignoreHosts?')
    await expect(open({ zebra: 1 })).rejects.toThrow('known are dir, mode,')
    await expect(open({ toString: 1 })).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
  })

  test('may be undefined, whatever their name', async () => {
    const options: UseCassetteOptions = { mode: 'passthrough', env: {}, matchOn: undefined }
    await using known = await useCassette('none', options)
    expect(known.mode).toBe('passthrough')
    await expect(open({ zebra: undefined })).resolves.toBeDefined()
  })
})

// Whatever takes options, called with one that does not exist.
const TAKERS: Readonly<Record<string, (options: object) => unknown>> = {
  Recorder: (options) => new Recorder(options),
  Recording: (options) => Recording.open('nowhere/x.yaml', options),
  Replayer: (options) => new Replayer(EMPTY, options),
  HttpConnection: (options) => new HttpConnection({ host: 'x', ...options }),
  'HttpConnection.to': (options) => HttpConnection.to('http://x', options),
  'a request': (options) => HttpConnection.to('http://x').request('GET', '/', options),
  socketConnector: (options) => socketConnector(options),
  undiciConnect: (options) => undiciConnect(defaultConnector, options),
  proxyConnector: (options) => proxyConnector('http://x', options),
  fetchOver: (options) => fetchOver(defaultConnector, options),
  serveCassette: (options) => serveCassette(EMPTY, options),
  serveConnector: (options) => serveConnector(defaultConnector, 'http://x', options),
  verifyCassette: (options) => verifyCassette(EMPTY, { target: 'http://x', ...options }),
  torture: (options) => torture(EMPTY, async () => {}, options),
  checkCassettes: (options) => checkCassettes([], options),
  diffCassettes: (options) => diffCassettes(EMPTY, EMPTY, options),
  formatCassette: (options) => formatCassette('nowhere.yaml', options),
  redactCassette: (options) => redactCassette(EMPTY, options),
  redactFile: (options) => redactFile('nowhere.yaml', options),
  recoverCassette: (options) => recoverCassette('nowhere.yaml', options),
  'redact of useCassette': (options) => open({ redact: options }),
  withCassette: (options) => withCassette('none', { mode: 'passthrough', env: {}, ...options }, () => {}),
  handlersFromAnswers: (options) => handlersFromAnswers([], options),
}

test.describe('an option that does not exist is refused by', () => {
  for (const [name, take] of Object.entries(TAKERS))
    test(name, async () => {
      await expect((async () => take({ nonsense: 1 }))()).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
    })
})

// oxfmt-ignore
const HOSTS: readonly (readonly [pattern: string | RegExp, taken: readonly string[], left: readonly string[]])[] = [
  ['Example.com',    ['example.com', 'EXAMPLE.COM'],              ['a.example.com', 'example.com.evil', 'example.co']],
  ['*.example.com',  ['a.example.com', 'a.b.example.com'],        ['example.com', 'a.example.com.evil', 'aexample.com']],
  ['127.*',          ['127.0.0.1', '127.9.9.9'],                  ['1.127.0.1', '12.0.0.1']],
  ['host:80',        ['host'],                                    ['host2']],
  ['host:8080',      [],                                          ['host']],
  ['[::1]',          ['::1', '[::1]'],                            ['::2']],
  ['::1',            ['::1'],                                     ['::11']],
  ['[::1]:80',       ['::1'],                                     ['::2']],
  [/^127\..*/,       ['127.0.0.1'],                               ['1.127.0.1']],
  [/example\.com/,   ['example.com'],                             ['example.com.evil.test', 'a.example.com', 'evil-example.com']],
  [/a|b\.test/,      ['a', 'b.test'],                             ['a.test', 'ab.test', 'evil.b.test']],
  [/^a\.test$/gim,   ['a.test', 'A.test'],                        ['a.test.evil', 'a.test\nevil']],
]

test.describe('ignoreHosts', () => {
  for (const [pattern, taken, left] of HOSTS)
    test(`${pattern} takes what it says, and nothing else`, () => {
      const isNamed = namedHosts('ignoreHosts', [pattern])
      const among = (hosts: readonly string[]): readonly string[] =>
        hosts.filter((host) => isNamed({ protocol: 'http', host, port: 80 }))
      expect(among(taken)).toEqual(taken)
      expect(among(left)).toEqual([])
    })

  for (const pattern of ['', '*', 'a*b', 'https://example.com', 'example.com/', 'host:', 'a b'])
    test(`${JSON.stringify(pattern)} is refused`, async () => {
      await expect(open({ ignoreHosts: [pattern] })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    })

  test('what is not a list is refused, and what is not a function where one is called', async () => {
    for (const options of [{ ignoreHosts: 'a.test' }, { passthrough: true }, { optional: 'yes' }]) {
      const wrong: UseCassetteOptions = JSON.parse(JSON.stringify(options))
      await expect(open(wrong)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    }
  })
})
