import { expect, test } from '@playwright/test'
import type { HookInteraction } from '../../src/index.ts'
import { mendOrigins } from '../../src/playwright/mended-origins.ts'

const APP = [{ protocol: 'http', host: 'localhost', port: 4000 }] as const

const recordedFor = (origin: string, ...headers: HookInteraction['request']['headers']): HookInteraction => ({
  origin: 'https://api.example.com',
  request: { method: 'GET', target: '/', headers: [['Origin', origin]], body: '' },
  response: { status: 200, reason: 'OK', headers, body: '' },
})

for (const [what, origin, headers, mended] of [
  [
    'a permission for the recorded page',
    'http://localhost:3000',
    ['access-control-allow-origin', 'http://localhost:3000'],
    ['access-control-allow-origin', 'http://localhost:4000'],
  ],
  ['one for all pages', 'http://localhost:3000', ['Access-Control-Allow-Origin', '*'], undefined],
  [
    'one for somebody else, which the page was refused with',
    'http://localhost:3000',
    ['Access-Control-Allow-Origin', 'https://partner.example'],
    undefined,
  ],
  ['one for this page', 'http://localhost:4000', ['Access-Control-Allow-Origin', 'http://localhost:4000'], undefined],
  [
    'a cookie of another host',
    'http://localhost:3000',
    ['Set-Cookie', 'a=1; Path=/; Domain=staging.example.net; Secure'],
    ['Set-Cookie', 'a=1; Path=/; Secure'],
  ],
  ['a cookie of the domain', 'http://localhost:3000', ['Set-Cookie', 'a=1; Domain=.example.com'], undefined],
] as const)
  test(`${what} is ${mended === undefined ? 'left as it was' : 'mended'}`, async () => {
    const result = await mendOrigins(APP, undefined)(recordedFor(origin, headers))
    expect(result.response?.headers).toEqual([mended ?? headers])
  })
