import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { connectSocket } from '../../src/client/socket-connector.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { Recorder } from '../../src/recorder/recorder.ts'
import { toJunit } from '../../src/verify/junit.ts'
import { type VerifiedInteraction, verifyCassette, type VerifyOptions } from '../../src/verify/verify-cassette.ts'
import { runCli } from '../cli/run-cli.ts'
import { type LiveServer, serve } from '../helpers/live-server.ts'
import { answer as answerWith, oneConnection, request, TapeWriter } from '../helpers/tape.ts'
import { freePort } from '../helpers/free-port.ts'

type Answers = Readonly<Record<string, string | Uint8Array>>

const json = (body: string, more = ''): string =>
  `HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: application/json\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

const gzipped = (text: string, level: number): Uint8Array => {
  const body = gzipSync(text, { level })
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`),
    body,
  ])
}

const segment = (claims: object): string => Buffer.from(JSON.stringify(claims)).toString('base64url')

/** A token, a JSON web token and a number, which all are others each time, in the content and in a header. */
const secretAnswer = (token: string, otp: number): string => {
  const jwt = `${segment({ alg: 'HS256' })}.${segment({ sub: token })}.${Buffer.from(token + token).toString('base64url')}`
  return json(JSON.stringify({ token, jwt, otp }), `X-Auth-Token: ${token}\r\n`)
}

/** What the demo server answers to each path. */
const AS_RECORDED: Answers = {
  '/same': json('{"id":1,"at":"2026-01-01","tags":["a"]}'),
  '/status': json('{}'),
  '/header': json('{}', 'Cache-Control: no-store\r\n'),
  '/case': json('{}', 'X-Tea: green\r\n'),
  '/shape': json('{"id":1,"name":"Ada"}'),
  '/values': json('{"id":1,"price":3}'),
  '/spelling': json('{"id":1}'),
  '/gzip': gzipped('the same text, and again the same text', 1),
  '/framing': 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc',
  '/chunks': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  '/trailer': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n',
  '/text': 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  '/whole': 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  '/secret': secretAnswer('aB3dE6gH9jK2mN5p', 482913),
}

/** The same server, changed in one way at each path but the first and the last. */
const CHANGED: Answers = {
  ...AS_RECORDED,
  '/status': json('{}').replace('200 OK', '202 Accepted'),
  '/header': json('{}', 'Cache-Control: public\r\n'),
  '/case': json('{}', 'x-tea: green\r\n'),
  '/shape': json('{"id":"1","name":"Ada"}'),
  '/values': json('{"id":1,"price":4}'),
  '/spelling': json('{ "id": 1 }'),
  '/gzip': gzipped('the same text, and again the same text', 0),
  '/framing': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  '/chunks': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n',
  '/trailer': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 2\r\n\r\n',
  '/text': 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhullo',
  '/whole': 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe',
  '/secret': secretAnswer('zY9xW8vU7tS6rQ5p', 771204).replace('01 Jan', '02 Jan'),
}

/** Cuts the answer to `/whole` where it is not whole. */
function serveAnswers(answers: Answers, seen: string[] = []): Promise<LiveServer> {
  return serve((socket: Socket) => {
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      if (!text.includes('\r\n\r\n')) return
      seen.push(text)
      const [, path = ''] = text.split(' ')
      text = ''
      const answer = answers[path.split('?')[0] ?? ''] ?? json('"?"')
      socket.write(answer)
      if (path === '/whole' && String(answer).endsWith('he')) socket.end()
    })
  })
}

async function recordAll(port: number, redacted = true): Promise<Cassette> {
  const recorder = new Recorder()
  const connection = HttpConnection.to(`http://127.0.0.1:${port}`, { connector: recorder.wrap(connectSocket) })
  for (const path of Object.keys(AS_RECORDED)) {
    await connection.request('GET', path)
    await (await connection.getResponse()).bytes()
  }
  await connection.request('POST', '/orders', { body: 'tea' })
  await (await connection.getResponse()).bytes()
  await connection.close()
  return redacted ? redactCassette(recorder.cassette, { env: {} }).cassette : recorder.cassette
}

const told = (results: readonly VerifiedInteraction[]): readonly string[] =>
  results.flatMap(({ url, outcome, drifts }) =>
    outcome === 'drifted' ? drifts.map(({ grade, place }) => `${new URL(url).pathname} ${grade}: ${place}`) : [],
  )

async function verifyAgainst(
  answers: Answers,
  options: Partial<VerifyOptions> = {},
): Promise<readonly VerifiedInteraction[]> {
  await using recorded = await serveAnswers(AS_RECORDED)
  const cassette = await recordAll(recorded.port)
  await using live = await serveAnswers(answers)
  return await verifyCassette(cassette, { target: `http://127.0.0.1:${live.port}`, ...options })
}

test.describe('verifyCassette', () => {
  test('names exactly the planted drifts of a changed server', async () => {
    expect(told(await verifyAgainst(CHANGED))).toEqual([
      '/status status: status',
      '/status bytes: reason',
      '/header headers: headers',
      '/case bytes: headers',
      '/shape json-shape: $.id',
      '/values json-values: $.price',
      '/spelling bytes: body, from byte 1 on',
      '/gzip bytes: body, compression',
      '/framing framing: body framing',
      '/chunks bytes: body framing',
      '/trailer headers: trailers',
      '/text body: body, from byte 1 on',
      '/whole ending: ending',
      '/whole body: body, from byte 2 on',
    ])
  })

  test('finds nothing where nothing has changed, and sends no unsafe request', async () => {
    const results = await verifyAgainst(AS_RECORDED)
    expect(told(results)).toEqual([])
    expect(results.filter(({ outcome }) => outcome === 'skipped').map(({ skipped }) => skipped)).toEqual([
      'POST may change something there',
    ])
  })

  test('takes rules for what may differ, for some requests or all', async () => {
    const volatile = ['header:Cache-Control', 'GET /va* json:$.price', 'GET /text body', 'trailer:X-Sum']
    const only = ['GET /header', 'GET /values', 'GET /text', 'GET /trailer', 'GET /shape']
    expect(told(await verifyAgainst(CHANGED, { volatile, only }))).toEqual(['/shape json-shape: $.id'])
  })

  test('sends requests as they were recorded, with another Host, and secrets that are given', async () => {
    const seen: string[] = []
    await using recorded = await serveAnswers({})
    await using live = await serveAnswers({}, seen)
    const recorder = new Recorder()
    const connection = HttpConnection.to(`http://127.0.0.1:${recorded.port}`, {
      connector: recorder.wrap(connectSocket),
    })
    const headers = [
      ['x-oDD', '1'],
      ['Authorization', 'Bearer aB3dE6gH9jK2mN5p'],
      ['A', '2'],
    ] as const
    await connection.request('GET', '/x', { headers })
    await (await connection.getResponse()).bytes()
    await connection.close()
    const { cassette } = redactCassette(recorder.cassette, { env: {} })
    const target = `http://127.0.0.1:${live.port}`
    const [skipped] = await verifyCassette(cassette, { target })
    expect(skipped?.skipped).toBe(
      'it was redacted, and there is no value for authorization.1 in the header Authorization',
    )
    const [sent] = await verifyCassette(cassette, { target, secrets: { 'authorization.1': 'real' } })
    expect(sent?.outcome).toBe('same')
    expect(seen).toEqual([
      `GET /x HTTP/1.1\r\nHost: 127.0.0.1:${live.port}\r\nx-oDD: 1\r\nAuthorization: Bearer real\r\nA: 2\r\n\r\n`,
    ])
  })

  test('fills in tokens and numbers that are placeholders without braces, and sends none of these', async () => {
    const jwt = `${segment({ alg: 'HS256' })}.${segment({ sub: 'ada' })}.c2lnbmF0dXJlLXNpZ25hdHVyZQ`
    const recorded = oneConnection('http://api.test', (c) =>
      c
        .sent(request('POST', '/x', '{"otp":123456,"n":7}', [`Authorization: Bearer ${jwt}`]))
        .received(answerWith('ok')),
    )
    const { cassette } = redactCassette(recorded, { env: {} })
    const seen: string[] = []
    await using live = await serveAnswers({}, seen)
    const target = `http://127.0.0.1:${live.port}`
    const given = { 'authorization.1': 'a.real.token', 'otp.1': '999999' }
    for (const name of ['authorization.1', 'otp.1'] as const) {
      const { [name]: _, ...others } = given
      const [skipped] = await verifyCassette(cassette, { target, unsafe: true, secrets: others })
      expect(skipped?.skipped).toContain(`there is no value for ${name}`)
    }
    expect(seen).toEqual([])
    await verifyCassette(cassette, { target, unsafe: true, secrets: given })
    expect(seen.join('')).toContain('Authorization: Bearer a.real.token\r\n')
    expect(seen.join('')).toContain('{"otp":999999,"n":7}')
  })

  test('gives a body with secrets filled in its own length, and sends no recorded Expect', async () => {
    const head = 'POST /x HTTP/1.1\r\nHost: api.test\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n'
    const body = '{"password":"{{password.1}}"}'
    const cassette = oneConnection('http://api.test', (c) =>
      c.sent(`${head}Content-Length: ${body.length}\r\n\r\n${body}`).received(answerWith('ok')),
    )
    const seen: string[] = []
    await using live = await serveAnswers({}, seen)
    const target = `http://127.0.0.1:${live.port}`
    const secrets = { 'password.1': 'a much longer value than the placeholder was' }
    await verifyCassette(cassette, { target, unsafe: true, secrets })
    const filled = `{"password":"${secrets['password.1']}"}`
    expect(seen.join('')).toContain(`Content-Length: ${filled.length}\r\n\r\n${filled}`)
    expect(seen.join('')).not.toContain('Expect')
  })

  test('a server that closes the connection after the same answer, where the recorded one kept it, has not drifted', async () => {
    const said = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
    const cassette = oneConnection('http://api.test', (c) => c.sent(request('GET', '/')).received(said))
    const outcomes = async (ends: boolean): Promise<unknown> => {
      await using server = await serve((socket) => {
        socket.on('data', () => (ends ? socket.end(said) : socket.write(said)))
      })
      const [result] = await verifyCassette(cassette, { target: `http://127.0.0.1:${server.port}` })
      return result?.outcome
    }
    expect(await outcomes(false)).toBe('same')
    expect(await outcomes(true)).toBe('same')
  })

  test('a server that is not there has drifted in all', async () => {
    await using recorded = await serveAnswers(AS_RECORDED)
    const cassette = await recordAll(recorded.port)
    const port = await freePort()
    const results = await verifyCassette(cassette, { target: `http://127.0.0.1:${port}`, only: ['GET /same'] })
    expect(results).toMatchObject({ 0: { outcome: 'drifted', drifts: [{ grade: 'ending', place: 'connection' }] } })
  })
})

test('a value that is given for a placeholder is in no drift, even if the server echoes it', async () => {
  const value = 'zY9xW8vU7tS6rQ5p'
  await using live = await serveAnswers({ '/': answerWith(`hello ${value}`) })
  const cassette = oneConnection('http://api.test', (it) =>
    it.sent(request('GET', '/?note={{token.1}}')).received(answerWith('hello')),
  )
  const target = `http://127.0.0.1:${live.port}`
  const results = await verifyCassette(cassette, { target, secrets: { 'token.1': value } })
  expect(results[0]?.outcome).toBe('drifted')
  expect(JSON.stringify(results)).toContain('hello {{token.1}}')
  expect(JSON.stringify(results)).not.toContain(value)
})

test('each result has its place, request and time, and each request is announced', async () => {
  await using live = await serveAnswers({ '/a': answerWith('one'), '/b': answerWith('other') })
  const cassette = oneConnection('http://api.test', (it) =>
    it
      .sent(request('POST', '/x'))
      .received(answerWith('posted'))
      .sent(request('GET', '/a'))
      .received(answerWith('one'))
      .sent(request('HEAD', '/c'))
      .received('HTTP/1.1 200 OK\r\n\r\n')
      .sent(request('GET', '/b'))
      .received(answerWith('two')),
  )
  const progress: unknown[] = []
  const results = await verifyCassette(cassette, {
    target: new URL(`http://127.0.0.1:${live.port}`),
    only: ['GET /*', 'POST /*'],
    onProgress: (...words) => progress.push(words),
  })
  expect(results.map((result) => ({ ...result, took: 0, drifts: result.drifts.length }))).toEqual([
    {
      interaction: 0,
      method: 'POST',
      url: 'http://api.test/x',
      outcome: 'skipped',
      skipped: 'POST may change something there',
      drifts: 0,
      took: 0,
    },
    {
      interaction: 1,
      method: 'GET',
      url: 'http://api.test/a',
      outcome: 'same',
      skipped: undefined,
      drifts: 0,
      took: 0,
    },
    {
      interaction: 2,
      method: 'HEAD',
      url: 'http://api.test/c',
      outcome: 'skipped',
      skipped: 'not asked for',
      drifts: 0,
      took: 0,
    },
    {
      interaction: 3,
      method: 'GET',
      url: 'http://api.test/b',
      outcome: 'drifted',
      skipped: undefined,
      drifts: 1,
      took: 0,
    },
  ])
  expect(results.map(({ took }) => took > 0)).toEqual([false, true, false, true])
  expect(progress).toEqual([
    [0, 4, 'POST http://api.test/x'],
    [1, 4, 'GET http://api.test/a'],
    [2, 4, 'HEAD http://api.test/c'],
    [3, 4, 'GET http://api.test/b'],
  ])
})

const base64 = (text: string): string => Buffer.from(text).toString('base64')

test('what is sent is as it was recorded, with the values in Basic credentials, and without what frames it', async () => {
  const SENT: readonly (readonly [recorded: string, sent: string | undefined])[] = [
    [`Authorization: Basic ${base64('ada:{{password.1}}')}`, `Authorization: Basic ${base64('ada:real')}`],
    [`authorization: basic  ${base64('ada:{{password.1}}')}`, `authorization: basic  ${base64('ada:real')}`],
    [`Authorization: Basic ${base64('ada:ada')}`, `Authorization: Basic ${base64('ada:ada')}`],
    ['Authorization: Basic ?', 'Authorization: Basic ?'],
    ['Trailer: X', undefined],
    ['Expect: 100-continue', undefined],
    ['Host-Name: a', 'Host-Name: a'],
    ['Content-Length: 0', 'Content-Length: 0'],
  ]
  const tape = new TapeWriter()
  for (const [line] of SENT)
    tape
      .open('http://api.test')
      .sent(request('GET', '/', '', [line]))
      .received(answerWith('ok'))
  const seen: string[] = []
  await using live = await serveAnswers({ '/': answerWith('ok') }, seen)
  const target = `http://127.0.0.1:${live.port}`
  await verifyCassette(tape.cassette, { target, secrets: { 'password.1': 'real' } })
  expect(seen).toEqual(
    SENT.map(([, line]) =>
      ['GET / HTTP/1.1', `Host: 127.0.0.1:${live.port}`, ...(line === undefined ? [] : [line]), '\r\n'].join('\r\n'),
    ),
  )
})

test('a value that is given as empty changes no drift', async () => {
  const results = await verifyAgainst(
    { ...AS_RECORDED, '/text': 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhullo' },
    { secrets: { 'token.1': '' }, only: ['GET /text'] },
  )
  expect(results.flatMap(({ drifts }) => drifts)).toMatchObject([
    { grade: 'body', before: '5 bytes, at 0: hello', after: '5 bytes, at 0: hullo' },
  ])
})

test('of requests that cannot be sent again as they were, each says why, and nothing reaches the server', async () => {
  const seen: string[] = []
  await using live = await serveAnswers({}, seen)
  const tape = new TapeWriter()
  const half = 'GET /half HTTP/1.1\r\nHost: api.test\r\nContent-Length: 9\r\n\r\nabc'
  tape.open('http://api.test').sent(half).received(answerWith('early')).closed('client')
  tape.open('http://api.test').sent('OPTIONS * HTTP/1.1\r\nHost: api.test\r\n\r\n').received(answerWith(''))
  tape
    .open('http://api.test')
    .sent(request('GET', '/socket', '', ['Connection: upgrade', 'Upgrade: websocket']))
    .received('HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n')
  const results = await verifyCassette(tape.cassette, { target: `http://127.0.0.1:${live.port}` })
  expect(results.map(({ outcome, skipped }) => [outcome, skipped])).toEqual([
    ['skipped', 'the request was never sent whole'],
    ['skipped', 'a tunnel, or a request of no path'],
    ['skipped', 'it ends in another protocol'],
  ])
  expect(seen).toEqual([])
})

test('every connection to the live server is closed when its answer is compared', async () => {
  let open = 0
  await using live = await serve((socket: Socket) => {
    open += 1
    socket.on('end', () => {
      open -= 1
      socket.end()
    })
    socket.on('data', () => socket.write(answerWith('hello')))
  })
  const cassette = oneConnection('http://api.test', (it) =>
    ['/a', '/b', '/c'].reduce((all, path) => all.sent(request('GET', path)).received(answerWith('hello')), it),
  )
  const results = await verifyCassette(cassette, { target: `http://127.0.0.1:${live.port}` })
  expect(results.map(({ outcome }) => outcome)).toEqual(['same', 'same', 'same'])
  await expect.poll(() => open).toBe(0)
})

test.describe('wiretape verify', () => {
  test('prints drifts, writes JUnit, and ends as CI needs it', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
    await using recorded = await serveAnswers(AS_RECORDED)
    await saveCassette(join(dir, 'talk.yaml'), await recordAll(recorded.port))
    await using live = await serveAnswers(CHANGED)
    const args = ['verify', 'talk.yaml', '--target', `http://127.0.0.1:${live.port}`, '--junit', 'drift.xml']
    const drifted = await runCli(args, { cwd: dir })
    expect(drifted).toMatchObject({ code: 1, stdout: /15 interactions: 2 same, 12 drifted, 1 skipped\n$/ })
    expect(drifted.stdout).toMatch(/json-values {2}\$\.price: 3 -> 4/)
    const junit = await readFile(join(dir, 'drift.xml'), 'utf8')
    expect(junit).toMatch(/tests="15" failures="12" skipped="1"/)
    expect(junit).not.toContain('aB3dE6gH9jK2mN5p')

    const graded = await runCli([...args, '--grade', 'status', '--json', '--only', 'GET /values'], { cwd: dir })
    expect(graded.code).toBe(0)
    const target = `http://127.0.0.1:${live.port}`
    expect(JSON.parse(graded.stdout)).toMatchObject({ file: 'talk.yaml', target, results: { length: 15 } })
    expect((await runCli(['verify', 'talk.yaml'], { cwd: dir })).code).toBe(2)
    await rm(dir, { recursive: true })
  })

  test('the JUnit file is XML, whatever was recorded', () => {
    const drift = { grade: 'body', place: ']]><x>', before: '"&\u0000\u001b[2J', after: undefined } as const
    const result = {
      interaction: 0,
      method: 'GET',
      url: 'http://x/"><',
      outcome: 'drifted',
      skipped: undefined,
      drifts: [drift],
      took: 1,
    } as const
    const text = toJunit('a"b', [result])
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f]|\]\]>|<x>/)
    expect(text).toContain('<testcase classname="a&#34;b" name="#1 GET http://x/&#34;&#62;&#60;"')
  })
})
