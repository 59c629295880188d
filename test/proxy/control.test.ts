import { expect, test } from '../helpers/test.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { serveControl } from '../../src/proxy/control.ts'
import { ProxyHost } from '../../src/proxy/proxy-host.ts'
import { serve } from '../helpers/live-server.ts'
import { through } from '../helpers/proxied.ts'

interface Opened {
  readonly id: string
  readonly port: number
  readonly mode: string
}

const opened = async (response: Response): Promise<Opened> => JSON.parse(await response.text())

const json = { 'Content-Type': 'application/json' }
const open = (url: string, body: object, headers: Record<string, string> = json): Promise<Response> =>
  fetch(`${url}/scopes`, { method: 'POST', headers, body: JSON.stringify(body) })

const ask = async (port: number, at: number, target: string): Promise<string> =>
  through({
    proxyPort: port,
    host: '127.0.0.1',
    port: at,
    way: 'absolute',
    say: `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${at}\r\nConnection: close\r\n\r\n`,
  })

test('a scope is a cassette and a port: opened, used, listed and ejected from outside', async ({}, {
  outputDir: dir,
}) => {
  await using host = new ProxyHost({ allow: ['127.0.0.1'] })
  await using control = await serveControl(host, { dir, env: {} })
  const { at, live } = await (async () => {
    await using server = await serve(
      (socket) => void socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello')),
    )
    const response = await open(control.url, { cassette: 'login', mode: 'once' })
    expect(response.status).toBe(201)
    const scope = await opened(response)
    const heard = await ask(scope.port, server.port, '/a')
    expect(await (await fetch(`${control.url}/scopes`)).json()).toEqual([scope])
    const ejected = await fetch(`${control.url}/scopes/${scope.id}`, { method: 'DELETE' })
    expect(await ejected.json()).toEqual({ played: 0, recorded: 1, unused: 0, misses: [] })
    return { at: server.port, live: heard }
  })()
  const scope = await opened(await open(control.url, { cassette: 'login', mode: 'none', failOnMiss: true }))
  expect(await ask(scope.port, at, '/a')).toBe(live)
  expect(await ask(scope.port, at, '/b')).toMatch(/^HTTP\/1\.1 599 /)
  const ejected = await fetch(`${control.url}/scopes/${scope.id}`, { method: 'DELETE' })
  expect(ejected.status).toBe(409)
  expect(await ejected.json()).toMatchObject({
    code: 'MISSED',
    played: 1,
    misses: [expect.stringContaining('path differs')],
  })
  expect((await fetch(`${control.url}/scopes/${scope.id}`, { method: 'DELETE' })).status).toBe(404)
})

test('a scope of a failed test gives up its recording', async ({}, { outputDir: dir }) => {
  await using host = new ProxyHost({ allow: ['127.0.0.1'] })
  await using control = await serveControl(host, { dir, env: {} })
  await using server = await serve(
    (socket) => void socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello')),
  )
  const scope = await opened(await open(control.url, { cassette: 'failing' }))
  await through({
    proxyPort: scope.port,
    host: '127.0.0.1',
    port: server.port,
    way: 'absolute',
    say: `GET / HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`,
  })
  await fetch(`${control.url}/scopes/${scope.id}?failed=1`, { method: 'DELETE' })
  const again = await open(control.url, { cassette: 'failing', mode: 'none' })
  expect(again.status).toBe(400)
  expect(await again.json()).toMatchObject({ code: 'CASSETTE_NOT_FOUND' })
})

test('a client that does not know the address, or is a web page, gets nothing', async ({}, { outputDir: dir }) => {
  await using host = new ProxyHost()
  await using control = await serveControl(host, { dir, env: {} })
  const { origin, port, pathname } = new URL(control.url)
  expect((await fetch(`${origin}/scopes`)).status).toBe(404)
  expect((await fetch(`${origin}/${'x'.repeat(24)}/scopes`)).status).toBe(404)
  expect((await open(control.url, { cassette: 'a' }, { ...json, Origin: 'https://evil.test' })).status).toBe(403)
  expect((await open(control.url, { cassette: 'a' }, { 'Content-Type': 'text/plain' })).status).toBe(400)
  const { request } = await import('node:http')
  const rebound = await new Promise<number | undefined>((resolve) => {
    request({ port, host: '127.0.0.1', path: `${pathname}/scopes`, headers: { Host: 'evil.test' } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).end()
  })
  expect(rebound).toBe(404)
  expect(host.scopes).toEqual([])
})

for (const [what, body, code] of [
  ['a cassette outside of the folder', { cassette: '../../etc/passwd' }, 'PATH_ESCAPE'],
  ['a folder of its choice', { cassette: 'a', dir: '/etc' }, 'UNKNOWN_OPTION'],
  ['an address that nobody allowed', { cassette: 'a', allow: ['169.254.169.254'] }, 'UNKNOWN_OPTION'],
  ['a value of another type', { cassette: 'a', port: '80' }, 'INVALID_OPTION'],
  ['no name', {}, 'INVALID_OPTION'],
  ['an unknown mode', { cassette: 'a', mode: 'maybe' }, 'INVALID_OPTION'],
] as const)
  test(`a caller may not choose ${what}`, async ({}, { outputDir: dir }) => {
    await using host = new ProxyHost()
    await using control = await serveControl(host, { dir, env: {} })
    const response = await open(control.url, body)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code })
  })

test.describe('what a caller sends', () => {
  const MOST = 65_536
  const BODY = '{"cassette":"a","mode":"maybe"}'

  for (const [what, length, message] of [
    ['of the most bytes is read', MOST, 'maybe'],
    ['of a byte more is not', MOST + 1, `more than ${MOST} bytes`],
    ['of many pieces is not', 10 * MOST, `more than ${MOST} bytes`],
  ] as const)
    test(`${what}: ${length} bytes`, async ({}, { outputDir: dir }) => {
      await using host = new ProxyHost()
      await using control = await serveControl(host, { dir, env: {} })
      const response = await fetch(`${control.url}/scopes`, {
        method: 'POST',
        headers: json,
        body: BODY.padEnd(length),
      })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining(message) })
      expect(host.scopes).toEqual([])
    })

  test('in chunks without an end is answered, too', async ({}, { outputDir: dir }) => {
    await using host = new ProxyHost()
    await using control = await serveControl(host, { dir, env: {} })
    const { port, pathname } = new URL(control.url)
    using client = await RawClient.to(Number(port))
    client.say(
      `POST ${pathname}/scopes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    )
    const chunk = `1000\r\n${' '.repeat(4_096)}\r\n`
    for (let count = 0; count < 17; count += 1) client.say(chunk)
    await expect.poll(() => client.heard).toMatch(/^HTTP\/1\.1 400 [^]*more than 65536 bytes/)
  })
})

test.describe('the answers of the control', () => {
  test('are JSON that nobody keeps or takes for something else, and of two lives of a name the numbers go on', async ({}, {
    outputDir: dir,
  }) => {
    await using host = new ProxyHost()
    await using control = await serveControl(host, { dir, env: {} })
    const first = await open(control.url, { cassette: 'a' }, { 'Content-Type': 'Application/JSON; charset=utf-8' })
    expect(first.status).toBe(201)
    expect(Object.fromEntries(first.headers)).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    const { id } = await opened(first)
    const second = await opened(await open(control.url, { cassette: 'b' }))
    expect([id, second.id]).toEqual(['1', '2'])
    await fetch(`${control.url}/scopes/1`, { method: 'DELETE' })
    expect((await opened(await open(control.url, { cassette: 'a' }))).id).toBe('3')
    expect(JSON.parse(await (await fetch(`${control.url}/scopes`)).text())).toMatchObject([{ id: '2' }, { id: '3' }])
  })

  const NOTHING = { code: 'NOT_FOUND' }
  const METHOD = { code: 'INVALID_METHOD' }
  for (const [method, path, status, body] of [
    ['GET', '', 404, NOTHING],
    ['GET', '/scope', 404, NOTHING],
    ['DELETE', '/scopes/1/more', 404, NOTHING],
    ['DELETE', '/scopes/1', 404, NOTHING],
    ['GET', '/scopes/1', 405, METHOD],
    ['POST', '/scopes/1', 405, METHOD],
    ['DELETE', '/scopes', 405, METHOD],
    ['PUT', '/scopes', 405, METHOD],
  ] as const)
    test(`to ${method} ${path || '/'} say ${status} and why`, async ({}, { outputDir: dir }) => {
      await using host = new ProxyHost()
      await using control = await serveControl(host, { dir, env: {} })
      const response = await fetch(control.url + path, { method, headers: json })
      expect(response.status).toBe(status)
      expect(await response.json()).toMatchObject(body)
    })

  for (const [what, body, message] of [
    ['no JSON', '{"cassette":', /: the body is no JSON: ./],
    ['a list', '["a"]', /: the body is no JSON object$/],
    ['nothing that has members', 'null', /: the body is no JSON object$/],
    ['a name that is no text', '{"cassette":1}', /: cassette: the name is missing$/],
  ] as const)
    test(`to a body that is ${what} say so`, async ({}, { outputDir: dir }) => {
      await using host = new ProxyHost()
      await using control = await serveControl(host, { dir, env: {} })
      const response = await fetch(`${control.url}/scopes`, { method: 'POST', headers: json, body })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringMatching(message) })
    })
})
