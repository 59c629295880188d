import { isIP, type LookupFunction } from 'node:net'
import { expect, test } from '../helpers/test.ts'
import { DialGuard } from '../../src/proxy/dial-guard.ts'
import { originOf } from '../helpers/dialogue.ts'

/** Names with addresses, as a resolver gives them; it is asked for one or for all. */
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  'own.test': ['127.0.0.1'],
  'private.test': ['10.0.0.9'],
  'cloud.test': ['169.254.169.254'],
  'public.test': ['93.184.216.34'],
  'mixed.test': ['93.184.216.34', '10.0.0.9'],
}
const lookup: LookupFunction = (host, { all }, callback) => {
  const found = (ADDRESSES[host] ?? []).map((address) => ({ address, family: 4 }))
  if (all === true) callback(null, found)
  else callback(null, found[0]?.address ?? '', 4)
  setImmediate(() => onFound())
}

/** Called when a name has been looked up, and before any packet is answered. */
let onFound = (): void => {}

/** `own`, `cloud`, `private`: why it is not connected to; `let` if it would be. */
async function verdict(guard: DialGuard, url: string, address?: string): Promise<string> {
  const giveUp = new AbortController()
  const connecting = guard.connector(originOf(url), { signal: giveUp.signal, address, timeout: 20_000 })
  const failed = connecting.then(
    () => 'connected',
    (error: Error) => error,
  )
  onFound = () => giveUp.abort()
  // An address needs no lookup, so it is refused or let through at once.
  if (address !== undefined || isIP(originOf(url).host) !== 0) onFound()
  const error: unknown = await failed
  const { code, message } = Object(error)
  if (code !== 'TARGET_FORBIDDEN') return 'let'
  if (/listens on that port/.test(message)) return 'own'
  return /where clouds keep credentials/.test(message) ? 'cloud' : 'private'
}

test('what a proxy connects to is decided by the address, and by what is allowed', async () => {
  const none = new DialGuard({ lookup }, new Set([8080]))
  const some = new DialGuard(
    { lookup, allow: ['private.test', 'cloud.test', '127.0.0.1:9', '10.0.0.8', '169.254.169.253', '*.test'] },
    new Set([8080]),
  )
  // oxfmt-ignore
  const CASES: readonly (readonly [url: string, none: string, some: string, address?: string])[] = [
    ['http://127.0.0.1:8080',     'own',     'own'],
    ['http://own.test:8080',      'own',     'own'],
    ['http://[::1]:8080',         'own',     'own'],
    ['http://10.0.0.9:8080',      'private', 'private'],
    ['http://10.0.0.8:8080',      'private', 'let'],
    ['http://private.test:8080',  'private', 'let'],
    ['http://127.0.0.1:9',        'private', 'let'],
    ['http://127.0.0.1:10',       'private', 'private'],
    ['http://169.254.169.254',    'cloud',   'cloud'],
    ['http://cloud.test',         'cloud',   'cloud'],
    ['http://169.254.169.253',    'cloud',   'let'],
    ['http://mixed.test',         'private', 'let'],
    ['http://public.test',        'let',     'let'],
    ['http://public.test',        'private', 'let',     '10.0.0.9'],
    ['http://public.test:8080',   'own',     'own',     '127.0.0.1'],
    ['http://x.example',          'private', 'private', '10.0.0.9'],
  ]
  for (const [url, ofNone, ofSome, address] of CASES)
    expect([url, await verdict(none, url, address), await verdict(some, url, address)]).toEqual([url, ofNone, ofSome])
})

test('a guard that allows one more host knows the same ports and names, and leaves the other as it was', async () => {
  const guard = new DialGuard({ lookup, allow: ['10.0.0.8'] })
  const more = guard.allowing('private.test')
  expect(await verdict(guard, 'http://private.test')).toBe('private')
  expect(await verdict(more, 'http://private.test')).toBe('let')
  expect(await verdict(more, 'http://10.0.0.8')).toBe('let')
  guard.addOwn(7)
  expect(await verdict(more, 'http://own.test:7')).toBe('own')
  more.removeOwn(7)
  expect(await verdict(guard, 'http://own.test:7')).toBe('private')
})
