import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import path from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import { setupServer } from 'msw/node'
import { toHar } from '../../src/generate/har.ts'
import { importHar } from '../../src/import/har.ts'
import { useCassette } from '../../src/index.ts'
import { diffCassettes } from '../../src/inspection/diff-cassettes.ts'
import { handlersFrom } from '../../src/msw/index.ts'
import { environmentFor } from '../../src/proxy/environment.ts'
import { recordingProxy } from '../../src/proxy/recording-proxy.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import { serveCassette } from '../../src/serve/serve-cassette.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { verifyCassette } from '../../src/verify/verify-cassette.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { finish, startCli } from '../cli/run-cli.ts'
import { hasProgram, missing } from '../helpers/programs.ts'

/** What each client asks, and what it says that it got. */
const REQUESTS = [
  { method: 'GET', target: '/users/42?fields=name' },
  { method: 'POST', target: '/users', body: '{"name":"Ada"}' },
  { method: 'GET', target: '/zipped' },
  { method: 'GET', target: '/chunked' },
  { method: 'DELETE', target: '/users/42' },
  { method: 'GET', target: '/nobody' },
] as const

/** Status, a field of the answer, and the body as it is without its coding. */
type Answer = readonly [status: number, field: string | null, body: string]

const ANSWERS: readonly Answer[] = [
  [200, 'one', '{"id":42,"name":"Ada"}'],
  [201, 'two', '{"made":{"name":"Ada"}}'],
  [200, 'three', 'squeezed'],
  [200, 'four', 'in parts'],
  [204, 'five', ''],
  [404, 'six', 'nobody'],
]

const PYTHON = `import gzip, json, sys, urllib.request as u
found = []
for r in json.loads(sys.argv[2]):
    body = r.get('body')
    headers = {'Content-Type': 'application/json'} if body else {}
    q = u.Request(sys.argv[1] + r['target'], body and body.encode(), headers, method=r['method'])
    try: a = u.urlopen(q)
    except u.HTTPError as e: a = e
    b = a.read()
    if a.headers.get('content-encoding') == 'gzip': b = gzip.decompress(b)
    found.append([a.status, a.headers.get('x-number'), b.decode()])
print(json.dumps(found))`

const run = promisify(execFile)

test('one cassette by every way: recorded by Python, played to fetch and curl, verified, as a HAR and in msw', async ({}, info) => {
  test.skip(!hasProgram('curl'), missing('curl', 'curl'))
  test.skip(!hasProgram('python3'), missing('python3', 'python3'))
  const dir = info.outputPath('cassettes')
  const server = await api()
  const host = new URL(server.url).host
  const python = async (env: Readonly<Record<string, string>>): Promise<unknown> => {
    const { stdout } = await run('python3', ['-c', PYTHON, server.url, JSON.stringify(REQUESTS)], {
      env: { ...process.env, ...env },
    })
    return JSON.parse(stdout)
  }

  // Recorded by Python, through the proxy and then by `wiretape run`: the same cassette.
  {
    await using proxy = await recordingProxy('python', { dir, env: {}, allow: [host] })
    const caFile = info.outputPath('ca.pem')
    await writeFile(caFile, proxy.certificate)
    expect(await python(await environmentFor(proxy.url, caFile, { env: {}, noProxy: [] }))).toEqual(ANSWERS)
  }
  const cassette = await loadCassette(path.join(dir, 'python.yaml'))
  const script = ['python3', '-c', PYTHON, server.url, JSON.stringify(REQUESTS)]
  const again = await finish(
    startCli(['run', '--host', host, '-o', 'run.yaml', '--', ...script], {
      cwd: dir,
      env: { CI: '', WIRETAPE_MODE: '' },
    }),
  )
  expect(JSON.parse(again.stdout)).toEqual(ANSWERS)
  expect(diffCassettes(cassette, await loadCassette(path.join(dir, 'run.yaml'))).isSame).toBe(true)

  // Still what the server says.
  const verified = await verifyCassette(cassette, { target: server.url, unsafe: true })
  expect(verified.map(({ outcome }) => outcome)).toEqual(ANSWERS.map(() => 'same'))
  await server.stop()

  // Node's fetch, unchanged, with its sockets caught.
  {
    await using caught = await useCassette('python', { dir, env: {}, capture: { hosts: [host] }, failOnMiss: true })
    expect(await fetched(server.url)).toEqual(ANSWERS)
    caught.assertAllPlayed()
  }

  // curl, from a port that stands for the server.
  {
    await using served = await serveCassette(cassette)
    expect(await curled(served.url)).toEqual(ANSWERS)
    expect(served.replayer.allPlayed).toBe(true)
  }

  // In msw.
  const mocks = setupServer(...handlersFrom(cassette))
  mocks.listen({ onUnhandledRequest: 'error' })
  try {
    expect(await fetched(server.url)).toEqual(ANSWERS)
  } finally {
    mocks.close()
  }

  // As a HAR, and back.
  const { cassette: imported } = importHar(JSON.stringify(toHar(cassette)))
  expect(await replayed(imported, server.url)).toEqual(ANSWERS)
  expect(diffCassettes(await loadCassette(path.join(dir, 'python.yaml')), cassette).isSame).toBe(true)
})

async function api(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    response.sendDate = false
    const [numbered, plain] = [(name: string) => response.setHeader('X-Number', name), 'text/plain']
    void (async () => {
      const body = Buffer.concat(await request.toArray()).toString()
      switch (`${request.method} ${request.url}`) {
        case 'GET /users/42?fields=name':
          numbered('one')
          return response.setHeader('Content-Type', 'application/json').end('{"id":42,"name":"Ada"}')
        case 'POST /users':
          numbered('two')
          return response.writeHead(201, { 'Content-Type': 'application/json' }).end(`{"made":${body}}`)
        case 'GET /zipped':
          numbered('three')
          return response
            .writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Type': plain })
            .end(gzipSync('squeezed'))
        case 'GET /chunked':
          numbered('four')
          response.writeHead(200, { 'Content-Type': plain }).write('in ')
          return response.end('parts')
        case 'DELETE /users/42':
          numbered('five')
          return response.writeHead(204).end()
        default:
          numbered('six')
          return response.writeHead(404, { 'Content-Type': plain }).end('nobody')
      }
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = Object(server.address())
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function fetched(url: string): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (const { method, target, ...more } of REQUESTS) {
    const headers = 'body' in more ? { 'Content-Type': 'application/json' } : {}
    const response = await fetch(url + target, { method, headers, ...more })
    answers.push([response.status, response.headers.get('x-number'), await response.text()])
  }
  return answers
}

async function curled(url: string): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (const { method, target, ...more } of REQUESTS) {
    const sent = 'body' in more ? ['-d', more.body, '-H', 'Content-Type: application/json'] : []
    const format = ['-w', '\n%{http_code} %header{x-number}']
    const words = ['-q', '-s', '--compressed', '--noproxy', '*', '-X', method, ...sent, ...format, url + target]
    const { stdout } = await run('curl', words)
    const [, body = '', status, field = null] = /^([^]*)\n(\d+) (.*)$/.exec(stdout) ?? []
    answers.push([Number(status), field, body])
  }
  return answers
}

async function replayed(cassette: Cassette, url: string): Promise<readonly Answer[]> {
  const connection = HttpConnection.to(url, { connector: new Replayer(cassette).connector })
  const answers: Answer[] = []
  for (const { method, target, ...more } of REQUESTS) {
    await connection.request(method, target, more)
    const response = await connection.getResponse()
    answers.push([response.status, response.headers.get('x-number') ?? null, await response.decoded().text()])
  }
  await connection.close()
  return answers
}
