import { expect, test } from '../helpers/test.ts'
import { SentLog } from '../../src/recorder/sent-log.ts'
import { ByteLog, join, NOTHING } from '../../src/tape/byte-log.ts'
import {
  formatAuthority,
  formatOrigin,
  isRaw,
  isSecure,
  type Origin,
  parseOrigin,
  type Transport,
} from '../../src/transport.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

test('a log has bytes by their offsets, however they came', () => {
  const log = new ByteLog(10)
  for (const piece of ['ab', '', 'cde', 'f']) log.push(Buffer.from(piece))
  expect([log.start, log.end, text(log.slice(10))]).toEqual([10, 16, 'abcdef'])
  for (let from = 10; from <= 16; from += 1)
    for (let to = from; to <= 16; to += 1)
      expect([from, to, text(log.slice(from, to))]).toEqual([from, to, 'abcdef'.slice(from - 10, to - 10)])
  const rest = log.from(13)
  expect([rest.start, rest.end, text(rest.slice(13))]).toEqual([13, 16, 'def'])
  const none = log.from(16)
  none.push(Buffer.from('g'))
  expect([none.start, none.end, text(none.slice(16)), log.end]).toEqual([16, 17, 'g', 16])
  expect([log.has((byte) => byte === 0x63), log.has((byte) => byte === 0x7a)]).toEqual([true, false])
  const one = Buffer.from('x')
  expect([join([]), join([one]) === one, text(join([one, one]))]).toEqual([NOTHING, true, 'xx'])
})

test('a log of what is sent keeps the beginning of each connection', async () => {
  const calls: string[] = []
  const inner: Transport = {
    info: { remotePort: 7 },
    isQuiet: true,
    read: async () => Buffer.from('read'),
    write: (bytes) => void calls.push(`write ${text(bytes)}`),
    end: () => void calls.push('end'),
    answered: (offset) => void calls.push(`answered ${offset}`),
    startTls: async (origin) => void calls.push(`startTls ${origin.host}`),
    keepAlive: (value) => void calls.push(`keepAlive ${value}`),
    destroy: (error) => void calls.push(`destroy ${error?.message}`),
    receive: () => void calls.push('receive'),
  }
  const log = new SentLog(4)
  const origin: Origin = { protocol: 'https', host: 'a.test', port: 443 }
  const transport = await log.wrap(async () => inner)(origin, {})
  const bytes = Buffer.from('abc')
  await transport.write(bytes)
  bytes.fill(0)
  await transport.write(Buffer.from('def'))
  await transport.write(Buffer.from('g'))
  expect([transport.info, transport.isQuiet, text((await transport.read()) ?? NOTHING)]).toEqual([
    { remotePort: 7 },
    true,
    'read',
  ])
  transport.end()
  transport.answered?.(3)
  await transport.startTls?.(origin, {})
  transport.keepAlive?.(false)
  transport.receive?.({ onBytes: () => {}, onEnd: () => {}, onFailure: () => {} })
  transport.destroy(new Error('x'))
  expect(calls).toEqual([
    'write abc',
    'write def',
    'write g',
    'end',
    'answered 3',
    'startTls a.test',
    'keepAlive false',
    'receive',
    'destroy x',
  ])
  const without: Transport = { ...inner }
  Reflect.deleteProperty(without, 'receive')
  const plain = await log.wrap(async () => without)({ ...origin, port: 8443 }, {})
  expect('receive' in plain && typeof Reflect.get(plain, 'receive')).not.toBe('function')
  expect(log.connections.map(({ to, bytes: kept, omitted }) => [to, text(kept), omitted])).toEqual([
    ['https://a.test', 'abcd', 3],
    ['https://a.test:8443', '', 0],
  ])
})

test('an origin is written without its usual port, and with the brackets of its address', () => {
  // oxfmt-ignore
  const ORIGINS: readonly (readonly [origin: Origin, text: string, authority: string, secure: boolean, raw: boolean])[] = [
    [{ protocol: 'http', host: 'a', port: 80 },   'http://a',         'a',         false, false],
    [{ protocol: 'http', host: 'a', port: 81 },   'http://a:81',      'a:81',      false, false],
    [{ protocol: 'http', host: 'a', port: 443 },  'http://a:443',     'a:443',     false, false],
    [{ protocol: 'https', host: 'a', port: 443 }, 'https://a',        'a',         true,  false],
    [{ protocol: 'https', host: 'a', port: 80 },  'https://a:80',     'a:80',      true,  false],
    [{ protocol: 'tcp', host: '::1', port: 80 },  'tcp://[::1]:80',   '[::1]:80',  false, true],
    [{ protocol: 'tls', host: 'a', port: 443 },   'tls://a:443',      'a:443',     true,  true],
  ]
  for (const [origin, formatted, authority, secure, raw] of ORIGINS) {
    expect([formatOrigin(origin), formatAuthority(origin), isSecure(origin), isRaw(formatted)]).toEqual([
      formatted,
      authority,
      secure,
      raw,
    ])
    expect([parseOrigin(formatted), parseOrigin(new URL(formatted))]).toEqual([origin, origin])
  }
  expect(isRaw('xtcp://a:1')).toBe(false)
})
