import { expect, test } from './helpers/test.ts'
import { formatOrigin, parseOrigin } from '../src/transport.ts'

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
