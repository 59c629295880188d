import { expect, test } from './helpers/test.ts'
import { formatAuthority, formatOrigin, isRaw, isSecure, parseOrigin } from '../src/transport.ts'

test.describe('parseOrigin', () => {
  // oxfmt-ignore
  const ORIGINS: readonly (readonly [text: string, formatted: string | undefined])[] = [
    ['http://Example.com/users?a=1',   'http://example.com'],
    ['https://example.com:443',        'https://example.com'],
    ['http://example.com:443',         'http://example.com:443'],
    ['https://[2001:DB8::1]:8443/',    'https://[2001:db8::1]:8443'],
    ['tcp://Redis.example:6379',       'tcp://redis.example:6379'],
    ['tls://[::1]:443',                'tls://[::1]:443'],
    ['tcp://redis.example',            undefined],
    ['tcp://:6379',                    undefined],
    ['http://example.com:0',           undefined],
    ['ftp://example.com:21',           undefined],
    ['example.com',                    undefined],
    ['',                               undefined],
  ]
  for (const [text, formatted] of ORIGINS)
    test(`reads ${text || 'nothing'} as ${formatted ?? 'no origin'}`, () => {
      const origin = parseOrigin(text)
      expect(origin && formatOrigin(origin)).toBe(formatted)
    })
})

test.describe('an origin', () => {
  for (const [protocol, host, port, formatted, authority] of [
    ['http', 'a.test', 80, 'http://a.test', 'a.test'],
    ['http', 'a.test', 443, 'http://a.test:443', 'a.test:443'],
    ['https', 'a.test', 443, 'https://a.test', 'a.test'],
    ['https', '::1', 80, 'https://[::1]:80', '[::1]:80'],
    ['tcp', 'a.test', 80, 'tcp://a.test:80', 'a.test:80'],
    ['tls', '::1', 443, 'tls://[::1]:443', '[::1]:443'],
  ] as const) {
    test(`is written as ${formatted}, and read again`, () => {
      const origin = { protocol, host, port }
      expect([formatOrigin(origin), formatAuthority(origin)]).toEqual([formatted, authority])
      expect(parseOrigin(formatted)).toEqual(origin)
      expect(parseOrigin(new URL(formatted))).toEqual(origin)
    })
  }

  test('of https and tls is secure, of tcp and tls is not HTTP', () => {
    const protocols = ['http', 'https', 'tcp', 'tls'] as const
    expect(protocols.map((protocol) => isSecure({ protocol }))).toEqual([false, true, false, true])
    expect(protocols.map((protocol) => isRaw(`${protocol}://a.test:1`))).toEqual([false, false, true, true])
    expect(isRaw('http://tcp:1')).toBe(false)
  })
})
