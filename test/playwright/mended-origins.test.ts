import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect } from '../helpers/test.ts'
import type { HookAnswer, HookHeader } from '../../src/index.ts'
import { mendOrigins } from '../../src/playwright/mended-origins.ts'
import { configWith, startApi, test } from './suite.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'

const REPORTER = resolve(import.meta.dirname, '../../dist/playwright/reporter.js')

/** An answer to a page at `origin`, asked for by one on port 4000. */
const recordedFor = (origin: string, ...headers: readonly HookHeader[]): HookAnswer => {
  const request = { method: 'GET', target: '/', headers: [['Host', 'api.example.com']] as HookHeader[], body: '' }
  return {
    origin: 'https://api.example.com',
    request: { ...request, headers: [...request.headers, ['Origin', origin]] },
    asked: { ...request, headers: [...request.headers, ['Origin', 'http://localhost:4000']] },
    response: { status: 200, reason: 'OK', headers, body: '' },
  }
}

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
    const answer = recordedFor(origin, headers)
    const result = await mendOrigins(undefined)(answer)
    expect(result).toEqual(mended === undefined ? undefined : { ...answer.response, headers: [mended] })
  })

test('what a hook of the user has changed, is mended, too', async () => {
  const permission: HookHeader = ['Access-Control-Allow-Origin', 'http://localhost:3000']
  const hook = mendOrigins(({ response }) => ({ ...response, body: 'changed', headers: [permission] }))
  expect(await hook(recordedFor('http://localhost:3000'))).toMatchObject({
    body: 'changed',
    headers: [[permission[0], 'http://localhost:4000']],
  })
})

const remarks = ({ output }: { readonly output: string }): readonly string[] =>
  output.split('\n').filter((line) => /^permitted: |^ {2}origin /.test(line))

test('an answer that was recorded for a page at another address is named where it is refused, and fits if mended', async ({
  project,
}) => {
  test.skip(!isWhole, ONLY_WHOLE)
  await using api = await startApi((request, response) =>
    response
      .writeHead(200, {
        'Access-Control-Allow-Origin': String(request.headers.origin),
        'Set-Cookie': 'seen=1; Domain=staging.example.net',
      })
      .end('tea'),
  )
  await writeFile(
    join(project.dir, 'playwright.config.ts'),
    configWith(`reporter: [['line'], [${JSON.stringify(REPORTER)}]]`),
  )
  await writeFile(
    join(project.dir, 'page.spec.ts'),
    `import { expect, test } from 'wiretape/playwright'
    const { API, PAGE, MENDS } = process.env
    test.use({ bothSides: { app: PAGE, mendOrigins: MENDS === 'true' }, cassetteOptions: { capture: { hosts: [new URL(API).host] } } })
    test('asks', async ({ request }) => {
      const answer = await request.get(API, { headers: { Origin: PAGE } })
      expect(await answer.text()).toBe('tea')
      console.log('permitted: ' + answer.headers()['access-control-allow-origin'])
    })`,
  )
  const run = (PAGE: string, more: Record<string, string> = {}): ReturnType<typeof project.run> =>
    project.run([], { API: api.url, PAGE, ...more })

  expect(remarks(await run('http://localhost:3000'))).toEqual(['permitted: http://localhost:3000'])
  api.stop()
  const cookie = `  origin    page.spec.ts-cassettes/asks.yaml: ${api.url} answers with a cookie for staging.example.net: the browser refuses it; bothSides: { mendOrigins: true } mends it`
  const permission = `${api.url} answers for a page at http://localhost:3000, and this one is at http://localhost:4000`
  expect(remarks(await run('http://localhost:3000'))).toEqual(['permitted: http://localhost:3000', cookie])
  expect(remarks(await run('http://localhost:4000'))).toEqual([
    'permitted: http://localhost:3000',
    cookie.replace(/http:.*cookie for staging.example.net/, permission),
    cookie,
  ])
  expect(remarks(await run('http://localhost:4000', { MENDS: 'true' }))).toEqual(['permitted: http://localhost:4000'])
})
