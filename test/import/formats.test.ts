import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { expect, test as base } from '../helpers/test.ts'
import { every, isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import {
  type Imported,
  importEnvoyTap,
  importHar,
  importMitmproxy,
  importVcr,
  importWireMock,
} from '../../src/import/index.ts'
import { readZip } from '../../src/import/zip.ts'
import { readExchanges } from '../../src/messages/exchanges.ts'
import { NO_CHROMIUM, openChromium } from '../helpers/chromium.ts'
import { SAMPLES } from './samples.ts'
import { zipOf } from './zip-maker.ts'
import { hasProgram, missing } from '../helpers/programs.ts'

const test = base.extend<{ dir: string }>({
  dir: async ({}, use) => {
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
    await use(dir)
    await rm(dir, { recursive: true })
  },
})

/** Method, URL and content of each request, status and content of its answer. */
const talksOf = ({ cassette }: Imported): readonly (readonly unknown[])[] =>
  readExchanges(cassette).exchanges.map(({ url, request, response }) => [
    request.method,
    url,
    Buffer.from(request.body).toString('latin1'),
    response?.status,
    Buffer.from(response?.body ?? []).toString('latin1'),
  ])

/** Answers with what was asked, in several forms. */
async function echoServer(): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const said = `${request.method} ${request.url} ${Buffer.concat(parts).toString()}`
      if (request.url === '/page') response.writeHead(200, { 'Content-Type': 'text/html' }).end('<title>a</title>')
      else if (request.url === '/png')
        response.writeHead(200, { 'Content-Type': 'image/png' }).end(Buffer.from('89504eff00', 'hex'))
      else if (request.url === '/zip') response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(said))
      else response.writeHead(201, 'Fine', { 'X-Tea': 'green' }).end(said)
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${Object(server.address()).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

test.describe('HAR as Playwright writes it', () => {
  test.skip(NO_CHROMIUM !== undefined, NO_CHROMIUM)

  for (const [name, content] of every(2, [
    ['page.har', 'embed'],
    ['page.zip', 'attach'],
  ] as const))
    test(`${name}, contents ${content === 'embed' ? 'in it' : 'in files of the archive'}`, async ({ dir }) => {
      await using server = await echoServer()
      await using chromium = await openChromium()
      const path = join(dir, name)
      const context = await chromium.browser.newContext({ recordHar: { path, content } })
      const page = await context.newPage()
      await page.goto(`${server.url}/page`)
      await page.evaluate(async () => {
        await (await fetch('/png')).arrayBuffer()
        await (await fetch('/zip')).text()
        await (await fetch('/tea?x=1', { method: 'POST', body: 'caf\u00e9' })).text()
      })
      await context.close()
      const imported = importHar(await readFile(path))
      const wanted = [
        ['GET', `${server.url}/page`, '', 200, '<title>a</title>'],
        ['GET', `${server.url}/png`, '', 200, '\u0089PN\u00ff\0'],
        ['GET', `${server.url}/zip`, '', 200, 'GET /zip '],
        ['POST', `${server.url}/tea?x=1`, 'caf\u00c3\u00a9', 201, 'POST /tea?x=1 caf\u00c3\u00a9'],
      ]
      expect(talksOf(imported).filter(([, url]) => !String(url).endsWith('/favicon.ico'))).toEqual(wanted)
      expect(imported.notes.filter((note) => note.startsWith('not understood'))).toEqual([])
    })
})

test.describe('an archive', () => {
  const har = JSON.stringify(Object(SAMPLES[0]).file)
  const files = { 'har.har': har, 'abc.png': 'data' }

  test('has its files read, stored or deflated', () => {
    for (const pack of [undefined, deflateRawSync]) {
      expect(readZip(zipOf(files, pack)).get('har.har')?.toString()).toBe(har)
      expect(talksOf(importHar(zipOf(files, pack))).at(-1)).toEqual([
        'POST',
        'https://api.test/users?a=1',
        'tea',
        201,
        'data',
      ])
    }
  })

  test('that is damaged, bombs or has no HAR is refused', () => {
    const whole = zipOf(files, deflateRawSync)
    const bad = [
      whole.subarray(0, whole.length - 30),
      Buffer.concat([whole.subarray(0, 40), Buffer.from('x'), whole.subarray(41)]),
      zipOf({ 'a.txt': 'x' }),
      zipOf({ 'a.har': har, 'b.har': har }),
      Buffer.from('PK\x03\x04'),
    ]
    for (const one of bad) expect(() => importHar(one)).toThrow(expect.objectContaining({ code: 'IMPORT_INVALID' }))
    expect(() => importHar(zipOf({ 'har.har': har }))).toThrow(/_file/)
  })
})

test.describe('times of a HAR', () => {
  test('are those of the request and its answer', () => {
    const [sample] = SAMPLES
    const { cassette } = Object(sample).read(Object(sample).file)
    expect(cassette.tape.slice(0, 3)).toMatchObject([
      { type: 'open', at: 1, took: 6 },
      { type: 'sent', at: 7 },
      { type: 'received', at: 30.5 },
    ])
  })
})

test.describe('flows of mitmproxy', () => {
  test.skip(!hasProgram('mitmdump'), missing('mitmdump', 'mitmproxy'))

  test('as mitmdump writes them', async ({ dir }) => {
    test.skip(!isWhole, ONLY_WHOLE)
    test.slow()
    await using server = await echoServer()
    const path = join(dir, 'flows')
    const args = ['--listen-host', '127.0.0.1', '-p', '0', '--set', `confdir=${dir}`, '-w', path]
    const mitmdump = spawn('mitmdump', args, { env: { ...process.env, PYTHONUNBUFFERED: '1' } })
    try {
      let said = ''
      mitmdump.stdout.on('data', (text: Buffer) => (said += text.toString()))
      mitmdump.stderr.on('data', (text: Buffer) => (said += text.toString()))
      await expect.poll(() => said, { timeout: 60_000 }).toMatch(/listening at \S*:\d+/)
      const port = Number(/listening at \S*:(\d+)/.exec(said)?.[1])
      const ask = async (method: string, target: string, body = ''): Promise<void> => {
        const asked = httpRequest({
          host: '127.0.0.1',
          port,
          method,
          path: server.url + target,
          headers: { 'X-One': '1' },
        })
        asked.end(body)
        const [response] = await once(asked, 'response')
        response.resume()
        await once(response, 'end')
      }
      await ask('GET', '/png')
      await ask('GET', '/zip')
      await ask('POST', '/a/../tea?x=%20', 'green')
      mitmdump.kill('SIGINT')
      await once(mitmdump, 'close')
      const imported = importMitmproxy(await readFile(path))
      expect(talksOf(imported).map(([method, url, body, status]) => [method, url, body, status])).toEqual([
        ['GET', `${server.url}/png`, '', 200],
        ['GET', `${server.url}/zip`, '', 200],
        ['POST', `${server.url}/a/../tea?x=%20`, 'green', 201],
      ])
      expect(talksOf(imported)[0]?.[4]).toBe('\u0089PN\u00ff\0')
      const heads = imported.cassette.tape.flatMap((event) =>
        'bytes' in event ? [Buffer.from(event.bytes).toString('latin1')] : [],
      )
      expect(heads.at(-1)).toMatch(/^HTTP\/1\.1 201 Fine\r\nX-Tea: green\r\n/)
      expect(imported.notes).toHaveLength(1)
    } finally {
      mitmdump.kill('SIGKILL')
    }
  })
})

test('flows that are cut off or nested too deeply are refused', () => {
  const deep = Array.from({ length: 200 }).reduce((inner: string) => `${inner.length}:${inner}]`, '0:~')
  for (const file of ['12:abc', 'x', '3:abc', '3:abcQ', deep, '1:x,'])
    expect(() => importMitmproxy(Buffer.from(file))).toThrow(expect.objectContaining({ code: 'IMPORT_INVALID' }))
})

const camel = (text: string): string =>
  text.replaceAll(
    /"(\w+)":/g,
    (_, name: string) => `"${name.replaceAll(/_(.)/g, (__, letter: string) => letter.toUpperCase())}":`,
  )

/** A tap whose request lacks these fields. */
function tapWithout(tap: object, ...names: readonly string[]): ReturnType<typeof importEnvoyTap> {
  const copy = Object(structuredClone(tap))
  const { request } = copy.http_buffered_trace
  request.headers = request.headers.filter(({ key }: { readonly key: string }) => !names.includes(key))
  return importEnvoyTap(JSON.stringify(copy))
}

test.describe('taps of Envoy', () => {
  const [http, sockets] = SAMPLES.filter(({ name }) => name.startsWith('Envoy')).map(({ file }) => Object(file))

  test('of HTTP have both forms of bodies, and trailers', () => {
    const imported = importEnvoyTap(JSON.stringify(http))
    expect(talksOf(imported)).toEqual([['POST', 'http://api.test/users', 'tea', 200, 'ok']])
    const [exchange] = readExchanges(imported.cassette).exchanges
    expect(exchange?.response?.trailers).toEqual([{ name: 'x-checked', value: '1' }])
    expect(imported.cassette.tape.map(({ at }) => at)).toEqual([1, 1, 251])
  })

  test('of sockets have the bytes', () => {
    const { cassette } = importEnvoyTap(JSON.stringify(sockets))
    expect(cassette.tape.map(({ type, at }) => `${type} ${at}`)).toEqual(['open 0', 'sent 0', 'received 1', 'end 2'])
    expect(cassette.tape[0]).toMatchObject({ to: 'http://127.0.0.1:8080' })
  })

  test('may follow each other, be streamed, and have names in camel case', () => {
    const segments = [
      { trace_id: '1', request_headers: { headers: http.http_buffered_trace.request.headers } },
      { trace_id: '1', request_body_chunk: { as_bytes: 'dGU=' } },
      { trace_id: '1', request_body_chunk: { as_string: 'a' } },
      { trace_id: '1', response_headers: { headers: http.http_buffered_trace.response.headers } },
      { trace_id: '1', response_body_chunk: { as_bytes: 'b2s=' } },
    ].map((segment) => JSON.stringify({ http_streamed_trace_segment: segment }))
    const { connection, events } = sockets.socket_buffered_trace
    const socket = [{ connection }, ...events.map((event: unknown) => ({ event }))].map((part) =>
      JSON.stringify({ socket_streamed_trace_segment: { trace_id: '2', ...part } }),
    )
    const imported = importEnvoyTap([camel(JSON.stringify(http)), ...segments, ...socket].join('\n'))
    expect(talksOf(imported)).toEqual([
      ['POST', 'http://api.test/users', 'tea', 200, 'ok'],
      ['POST', 'http://api.test/users', 'tea', 200, 'ok'],
      ['GET', 'http://127.0.0.1:8080/users', '', 200, 'ok'],
    ])
  })

  test('that were cut off say so', () => {
    const cut = structuredClone(http)
    cut.http_buffered_trace.response.body.truncated = true
    const imported = importEnvoyTap(JSON.stringify(cut))
    expect(imported.cassette.tape).toEqual([])
    expect(imported.notes.join('\n')).toContain('the tap cut off a body')
    const half = structuredClone(sockets)
    half.socket_buffered_trace.events[1].write.data.truncated = true
    const { cassette, notes } = importEnvoyTap(JSON.stringify(half))
    expect(cassette.tape.map(({ type }) => type)).toEqual(['open', 'sent', 'received'])
    expect(notes.join('\n')).toContain('the capture lacks what the server sent')
  })

  test('say what is missing, and are left out without the method, path or authority of a request', () => {
    for (const name of [':method', ':path', ':authority']) {
      const { cassette, notes } = tapWithout(http, name)
      expect(cassette.tape).toEqual([])
      expect(notes.join('\n')).toContain('does not have the method, path and authority of a request')
    }
    const noScheme = 'has no scheme, and is taken for http'
    expect(tapWithout(http).notes.join('\n')).not.toContain(noScheme)
    const { cassette, notes } = tapWithout(http, ':scheme', 'x-forwarded-proto')
    expect(notes.join('\n')).toContain(noScheme)
    expect(cassette.tape[0]).toMatchObject({ to: 'http://api.test' })
  })
})

const stub = (request: object, response: object): object => ({
  request: { method: 'GET', url: '/a', ...request },
  response: { status: 200, ...response },
})

const readStubs = (...stubs: readonly object[]): Imported =>
  importWireMock(JSON.stringify({ mappings: stubs }), {
    origin: 'https://api.test',
    file: (name) => (name === 'a.bin' ? Buffer.from([0, 255]) : undefined),
  })

test.describe('stubs of WireMock', () => {
  test('have bodies in each form', () => {
    const imported = readStubs(
      stub({}, { body: 'tea' }),
      stub({}, { jsonBody: { n: [1] } }),
      stub({}, { base64Body: 'AP8=' }),
      stub({}, { bodyFileName: 'a.bin' }),
      stub({ method: 'POST', bodyPatterns: [{ equalTo: 'x' }] }, {}),
    )
    expect(talksOf(imported).map(([, , , , body]) => body)).toEqual(['tea', '{"n":[1]}', '\0\u00ff', '\0\u00ff', ''])
    expect(talksOf(imported)[0]?.[1]).toBe('https://api.test/a')
    expect(() => readStubs(stub({}, { bodyFileName: 'none' }))).toThrow(/bodyFileName/)
  })

  test('may fail on purpose', () => {
    const faults = ['EMPTY_RESPONSE', 'CONNECTION_RESET_BY_PEER', 'MALFORMED_RESPONSE_CHUNK', 'RANDOM_DATA_THEN_CLOSE']
    const { cassette } = readStubs(...faults.map((fault) => stub({}, { fault })))
    const ends = cassette.tape.flatMap((event) => (event.type === 'end' || event.type === 'close' ? [event.type] : []))
    expect(ends).toEqual(['end', 'close', 'end', 'end'])
    expect(readExchanges(cassette).exchanges.map((exchange) => exchange.isWhole)).toEqual([false, false, false, false])
  })

  test('that no request can be named for are left out, and other matchers are named', () => {
    const imported = readStubs(
      stub({ url: undefined, urlPattern: '/.*' }, {}),
      stub({ method: 'ANY' }, {}),
      stub({}, { proxyBaseUrl: 'http://x.test' }),
      stub({ headers: { Accept: { contains: 'json' } } }, { body: 'taken' }),
    )
    expect(talksOf(imported).map(([, , , , body]) => body)).toEqual(['taken'])
    expect(imported.notes.slice(1)).toEqual([
      'mappings[] is left out: its URL is a pattern',
      'mappings[] is left out: it matches any method',
      'mappings[] is left out: it is passed on to another server',
      'not understood, and left out: mappings[].request.headers.Accept.contains',
    ])
  })
})

test('a cassette of vcrpy may be compressed, and a body may be the value null', () => {
  const sample = SAMPLES.find(({ name }) => name === 'vcrpy')
  const file = structuredClone(Object(sample).file)
  file.interactions[1].request.parsed_body = null
  const imported = importVcr(gzipSync(JSON.stringify(file)))
  expect(talksOf(imported).map(([, , body]) => body)).toEqual(['', 'null'])
})
