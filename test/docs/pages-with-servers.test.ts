import { access } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { serveControl } from '../../src/proxy/control.ts'
import { ProxyHost } from '../../src/proxy/proxy-host.ts'
import { temporaryFolder } from '../cli/run-cli.ts'
import { hasProgram, missing } from '../helpers/programs.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { request, TapeWriter } from '../helpers/tape.ts'
import { startApi } from '../playwright/suite.ts'
import { followPage } from './follow.ts'

test.describe.configure({ mode: 'parallel', timeout: 180_000 })

/** As the servers below answer. */
const json = (value: unknown): string => {
  const content = JSON.stringify(value)
  const fields = `ETag: "1"\r\nContent-Type: application/json\r\nContent-Length: ${content.length}\r\n`
  const ofNode = 'Date: Sun, 29 Nov 2026 11:04:07 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n'
  return `HTTP/1.1 200 OK\r\n${fields}${ofNode}\r\n${content}`
}

/** A cassette of `https://api.example.com`: requests and their answers. */
function cassetteOf(...said: readonly (readonly [method: string, target: string, answer: string])[]): string {
  const tape = new TapeWriter()
  const connection = tape.open('https://api.example.com', { version: 'TLSv1.3', alpn: 'http/1.1', authorized: true })
  for (const [method, target, answer] of said) {
    const sent = request(method, target).replace(/Host: .*/, 'Host: api.example.com')
    connection.sent(sent).received(answer)
  }
  return encodeCassette(tape.cassette)
}

const USERS = cassetteOf(['GET', '/users', json({ users: ['Ada'] })])

const answering =
  (paths: Readonly<Record<string, object>>, etag = '"1"'): RequestListener =>
  (asked, response) => {
    const content = JSON.stringify(paths[asked.url ?? ''] ?? null)
    const fields = { ETag: etag, 'Content-Type': 'application/json', 'Content-Length': content.length }
    response.writeHead(200, fields).end(content)
  }

test('docs/verify.md: its commands find what has drifted, and what may', async () => {
  const user = { id: 42, updatedAt: '2026-01-01' }
  const said = { '/users': ['Ada'], '/users/42': user, '/users/7': { id: 7 }, '/report': { total: 1 } }
  await using staging = await startApi(answering({ ...said, '/users/42': { ...user, id: '42' } }))
  const later = { ...said, '/users/42': { ...user, updatedAt: '2026-02-02' }, '/report': { total: 2 } }
  await using local = await startApi(answering(later, '"2"'))
  const cassette = cassetteOf(
    ['GET', '/users', json(said['/users'])],
    ['GET', '/users/42', json(said['/users/42'])],
    ['GET', '/users/7', json(said['/users/7'])],
    ['GET', '/report', json(said['/report'])],
    ['POST', '/users', json({ id: 43 })],
  )
  await using page = await followPage('docs/verify.md', {
    files: { 'users.yaml': cassette },
    instead: { 'https://staging.example.com': staging.url, 'http://127.0.0.1:8080': local.url },
  })
  expect(page.outputs[1]).toMatch(/4 same, 0 drifted, 1 skipped/)
})

test('docs/serve.md: its commands serve to curl, and reproduce a bug', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  test.skip(!hasProgram('curl'), 'curl is not installed')
  await using broken = await startApi((_, response) => {
    response.writeHead(200, { 'Content-Length': 100 }).write('half of', () => response.destroy())
  })
  await using page = await followPage('docs/serve.md', {
    files: { 'users.yaml': USERS },
    instead: { 'https://api.example.com/report': `${broken.url}/report`, 'http://localhost:3000': broken.url },
  })
  expect(page.outputs[1]).toMatch(/^HTTP\/1\.1 200 OK[^]*\{"users":\["Ada"\]\}/)
  expect(page.outputs[4]).toContain('{"users":["Ada"]}')
  expect(page.outputs.at(-1)).toContain('1 interaction: 1 same')
})

test('docs/proxy.md: its commands play a cassette to curl, and open and end a scope', async ({}, {
  outputDir: dir,
}) => {
  test.skip(!isWhole, ONLY_WHOLE)
  test.skip(!hasProgram('curl'), 'curl is not installed')
  await using own = await temporaryFolder()
  await using host = new ProxyHost({})
  await using control = await serveControl(host, { dir, env: {} })
  await using page = await followPage('docs/proxy.md', {
    env: { CONTROL: control.url, WIRETAPE_CA_DIR: own.path },
    files: { 'users.yaml': USERS },
  })
  expect(page.outputs[0]).toContain('{"users":["Ada"]}')
  expect(page.outputs.at(-1)).toMatch(/"port":\d+/)
  expect(page.outputs.at(-1)).toContain('"misses":')
})

const SMOKE = `
import { HttpConnection } from 'wiretape'
const connection = HttpConnection.to(process.env.API_URL)
await connection.request('GET', '/users')
await (await connection.getResponse()).text()
await connection.close()
`

test('README.md: its commands record, show, verify, extract and shrink', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  await using api = await startApi(answering({ '/users': { users: ['Ada'] } }))
  const late = json('late').replace('200 OK', '503 Too Late').replace('ETag', 'X-Retry: soon\r\nETag')
  await using page = await followPage('README.md', {
    env: { API_URL: api.url },
    files: {
      'smoke.mjs': SMOKE,
      'users.yaml': USERS,
      'cassettes/users.yaml': USERS,
      'all.yaml': cassetteOf(['GET', '/users', json(['Ada'])], ['GET', '/orders', late]),
    },
    instead: {
      'https://example.com': api.url,
      'https://staging.example.com': api.url,
      'npm test': "sh -c '! grep -q X-Retry bug.yaml'",
    },
  })
  expect(page.outputs).toHaveLength(1)
  expect(page.outputs[0]).toContain('wrote 1 of 2 interactions to bug.yaml')
  expect(page.outputs[0]).toContain('header X-Retry of the answer')
})

const CLIENT = `
import os, urllib.request
print(urllib.request.urlopen(os.environ['API_URL'] + '/users').read().decode())
`

test('docs/languages.md: its commands record a program in Python and a script', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  test.skip(!hasProgram('curl'), 'curl is not installed')
  test.skip(!hasProgram('python3'), missing('python3', 'python3'))
  await using own = await temporaryFolder()
  await using api = await startApi(answering({ '/users': ['Ada'] }))
  await using page = await followPage('docs/languages.md', {
    env: { API_URL: api.url, WIRETAPE_CA_DIR: own.path },
    files: { 'users.yaml': USERS, 'client.py': CLIENT, 'smoke.sh': 'curl -s "$API_URL/users"\n' },
    instead: { 'localhost:3000': new URL(api.url).host },
  })
  expect(page.outputs[0]?.match(/\["Ada"\]/g)).toHaveLength(2)
  expect(page.outputs[1]).toContain('["Ada"]')
})

const APP = `
const response = await fetch(process.env.API_URL + '/users')
console.log(await response.text())
`

test('docs/your-app-unchanged.md: its commands record the app', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  test.skip(!hasProgram('python3'), missing('python3', 'python3'))
  await using api = await startApi(answering({ '/users': ['Ada'] }))
  await using page = await followPage('docs/your-app-unchanged.md', {
    env: { API_URL: api.url, WIRETAPE_HOSTS: new URL(api.url).host },
    files: { 'app.test.mjs': APP, 'server.mjs': APP, 'client.py': CLIENT },
    instead: { 'localhost:3000': new URL(api.url).host },
  })
  expect(page.outputs.filter((output) => output.includes('["Ada"]'))).toHaveLength(page.outputs.length - 1)
  await access(join(page.dir, 'cassettes/app.yaml'))
})
