import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test as base } from '../helpers/test.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { toBodyFiles, toCurl, toHar, toHttpFile, toTypes } from '../../src/generate/index.ts'
import { runCli } from '../cli/run-cli.ts'
import { NO_CHROMIUM, openChromium } from '../helpers/chromium.ts'
import { answer, oneConnection, request, TapeWriter } from '../helpers/tape.ts'

const test = base.extend<{ dir: string }>({
  dir: async ({}, use) => {
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
    await use(dir)
    await rm(dir, { recursive: true })
  },
})

const json = (body: string, status = '200 OK'): string =>
  `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`

test.describe('types', () => {
  test('are made of all answers to a method and path, identifiers as one', async () => {
    const cassette = oneConnection('http://api.test', (it) =>
      it
        .sent(request('GET', '/users/1'))
        .received(json('{"id":1,"name":"Ada","tags":["a"]}'))
        .sent(request('GET', '/users/2'))
        .received(json('{"id":2,"name":null,"tags":[]}'))
        .sent(request('GET', '/users/3'))
        .received(json('{"error":"no such user"}', '404 Not Found'))
        .sent(request('POST', '/users', '{"name":"*/ process.exit() //"}', ['Content-Type: application/json']))
        .received(answer('')),
    )
    const types = await toTypes(cassette)
    expect(types).toMatch(
      /export interface GetUsersByIDResponse \{\s+id:\s+number;\s+name:\s+(?:null \| string|string \| null);\s+tags:\s+string\[\];\s+\}/,
    )
    expect(types).toMatch(/export interface GetUsersByIDError \{\s+error: string;\s+\}/)
    expect(types).toMatch(/export interface PostUsersRequest \{\s+name: string;\s+\}/)
  })

  test('of a cassette without JSON are an empty module', async () => {
    expect(await toTypes(new TapeWriter().cassette)).toBe('export {}\n')
  })
})

test.describe('HAR', () => {
  const site = oneConnection('http://site.test', (it) =>
    it
      .sent(request('GET', '/'))
      .received(
        'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n51\r\n<!doctype html><title>taped</title><script type=module src=/app.js></script><p>\r\n\r\n0\r\n\r\n',
      )
      .sent(request('GET', '/app.js'))
      .received(
        'HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\nContent-Length: 112\r\n\r\n' +
          "fetch('/data?x=1').then((it) => it.json()).then((it) => { document.querySelector('p').textContent = it.text })  ",
      )
      .sent(request('GET', '/data?x=1'))
      .received(json('{"text":"from the tape"}')),
  )

  test('has what HAR 1.2 asks for', () => {
    const { log } = Object(toHar(site))
    expect(log).toMatchObject({ version: '1.2', creator: { name: 'wiretape' } })
    expect(log.entries).toHaveLength(3)
    expect(log.entries[2]).toMatchObject({
      startedDateTime: expect.stringMatching(/^2026-11-22T12:00:00\.\d{3}Z$/),
      request: {
        method: 'GET',
        url: 'http://site.test/data?x=1',
        httpVersion: 'HTTP/1.1',
        queryString: [{ name: 'x', value: '1' }],
      },
      response: {
        status: 200,
        statusText: 'OK',
        content: { mimeType: 'application/json', text: '{"text":"from the tape"}' },
      },
      cache: {},
    })
    expect(log.entries[0].comment).toContain('chunking: 1 chunks')
  })

  test('replays a page through routeFromHAR', async ({ dir }) => {
    test.skip(!isWhole, ONLY_WHOLE)
    test.skip(NO_CHROMIUM !== undefined, NO_CHROMIUM)
    await writeFile(join(dir, 'site.har'), JSON.stringify(toHar(site)))
    await using chromium = await openChromium()
    const page = await chromium.browser.newPage()
    await page.routeFromHAR(join(dir, 'site.har'), { notFound: 'abort' })
    await page.goto('http://site.test/')
    await expect(page).toHaveTitle('taped')
    await expect(page.locator('p')).toHaveText('from the tape')
  })
})

test.describe('curl commands', () => {
  test('send the recorded bytes again', async ({ dir }) => {
    test.skip(!(await hasCurl()), 'needs the program curl')
    const received: string[] = []
    const server = createServer((socket) => {
      let text = ''
      socket.on('error', () => {})
      socket.on('data', (bytes) => {
        text += bytes.toString('latin1')
        if (!hasAll(text)) return
        received.push(text)
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      })
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const origin = `http://127.0.0.1:${Object(server.address()).port}`
    const host = `Host: ${new URL(origin).host}`
    const requests = [
      `GET /a/../b?q='$(exit)' HTTP/1.1\r\n${host}\r\nX-Quote: it's "$HOME" \`id\`\r\nX-Empty:\r\n\r\n`,
      `POST /body HTTP/1.1\r\n${host}\r\nContent-Length: 9\r\n\r\n\0'%s\\n\u00ff\r\n`,
      `HEAD / HTTP/1.1\r\n${host}\r\nUser-Agent: mine\r\n\r\n`,
      `DELETE /x HTTP/1.1\r\n${host}\r\nAccept: */*\r\n\r\n`,
    ]
    const cassette = oneConnection(origin, (it) => {
      for (const text of requests) it.sent(text).received('HTTP/1.1 204 \r\n\r\n')
    })
    await writeFile(join(dir, 'requests.sh'), Buffer.from(toCurl(cassette), 'latin1'))
    await promisify(execFile)('sh', [join(dir, 'requests.sh')], { cwd: dir })
    server.close()
    expect(received.map(sorted)).toEqual(requests.map(sorted))
  })
})

/** Whether all of a request with the longest body below has come. */
const hasAll = (text: string): boolean =>
  text.includes('Content-Length: 9') ? text.length === text.indexOf('\r\n\r\n') + 13 : text.endsWith('\r\n\r\n')

/** A request whose header lines are in some order. */
function sorted(text: string): string {
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const [start = '', ...fields] = head.split('\r\n')
  return JSON.stringify([start, fields.toSorted(), body])
}

const hasCurl = (): Promise<boolean> =>
  promisify(execFile)('curl', ['--version']).then(
    () => true,
    () => false,
  )

test('a .http file holds the requests, and `wiretape record` sends them again', async ({ dir }) => {
  const received: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      received.push(bytes.toString('latin1'))
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${Object(server.address()).port}`
  const cassette = oneConnection(origin, (it) =>
    it
      .sent(request('GET', '/a?b=c', '', ['X-Tea: green']).replace('api.test', new URL(origin).host))
      .received(answer('ok'))
      .sent(
        request('POST', '/b', '{"a":\n1}', ['Content-Type: application/json']).replace(
          'api.test',
          new URL(origin).host,
        ),
      )
      .received(answer('ok')),
  )
  await writeFile(join(dir, 'requests.http'), toHttpFile(cassette))
  const { code, stderr } = await runCli(['record', 'requests.http', '-o', 'again.yaml'], { cwd: dir })
  server.close()
  expect(stderr).not.toContain('HTTP_FILE_INVALID')
  expect(code).toBe(0)
  expect(received[0]).toMatch(/^GET \/a\?b=c HTTP\/1\.1\r\n[^]*X-Tea: green\r\n/)
  expect(received[1]).toMatch(/^POST \/b HTTP\/1\.1\r\n[^]*\r\n\r\n\{"a":\n1\}$/)
})

test('bodies are files with names that are safe, and know where they come from', () => {
  const cassette = oneConnection('http://api.test', (it) =>
    it
      .sent(request('POST', '/../../etc/%2e%2e/p%00asswd', 'a=1'))
      .received(json('{"a":1}'))
      .sent(request('GET', '/logo'))
      .received('HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 4\r\n\r\n\u0089PNG'),
  )
  expect(toBodyFiles(cassette).map(({ name, interaction, status }) => [name, interaction, status])).toEqual([
    ['0001-post-p-00asswd.request.txt', 0, 0],
    ['0001-post-p-00asswd.response.json', 0, 200],
    ['0002-get-logo.response.png', 1, 200],
  ])
})

test.describe('the command', () => {
  const cassette: Cassette = oneConnection('http://api.test', (it) =>
    it.sent(request('GET', '/users')).received(json('{"a":1}')),
  )

  test('writes every kind', async ({ dir }) => {
    await saveCassette(join(dir, 'talk.yaml'), cassette)
    for (const [kind, content] of [
      ['msw', /handlersFromAnswers\(answers\)/],
      ['types', /export interface GetUsersResponse/],
      ['har', /"version": "1\.2"/],
      ['curl', /^curl --http1\.1 .*'http:\/\/api\.test\/users'$/m],
      ['http', /^GET http:\/\/api\.test\/users HTTP\/1\.1$/m],
    ] as const) {
      const { code, stdout, stderr } = await runCli(['generate', kind, 'talk.yaml'], { cwd: dir })
      expect([code, stderr], kind).toEqual([0, ''])
      expect(stdout).toMatch(content)
    }
    const made = await runCli(['generate', 'fixtures', 'talk.yaml', '-o', 'bodies'], { cwd: dir })
    expect(made).toMatchObject({ code: 0, stderr: 'wrote 1 file and index.json into bodies\n' })
    expect((await readdir(join(dir, 'bodies'))).toSorted()).toEqual(['0001-get-users.response.json', 'index.json'])
    expect(await readFile(join(dir, 'bodies/0001-get-users.response.json'), 'utf8')).toBe('{"a":1}')
  })

  test('says what is wrong with its arguments', async ({ dir }) => {
    await saveCassette(join(dir, 'talk.yaml'), cassette)
    expect((await runCli(['generate', 'wsdl', 'talk.yaml'], { cwd: dir })).code).toBe(2)
    expect(await runCli(['generate', 'fixtures', 'talk.yaml'], { cwd: dir })).toMatchObject({ stderr: /--output/ })
    expect((await runCli(['generate', 'har', 'none.yaml'], { cwd: dir })).code).toBe(1)
  })
})
