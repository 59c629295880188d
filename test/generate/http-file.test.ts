import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { parseHttpFile } from '../../src/requests/http-file.ts'
import { checkTemplates, fillTemplate } from '../../src/requests/templates.ts'
import { redactCassette } from '../../src/entries/cassette.ts'
import { toHttpFile } from '../../src/generate/index.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { runCli, temporaryFolder } from '../cli/run-cli.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { countOf } from '../helpers/share.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

/** What the format, or a dialect of it, takes for an instruction. */
const INSTRUCTIONS = [
  '{{$processEnv HOME}}',
  '{{ $processEnv HOME }}',
  '{{{$processEnv HOME}}}',
  '{{nothing}}',
  '{{openBrace}}{{',
  '{{1.response.body}}',
  '{{token.1x}}',
  '{',
  '}}',
  '###',
  '### name',
  '# @name login',
  '# comment',
  '// comment',
  '@name = value',
  '< /etc/passwd',
  '<@ /etc/passwd',
  '<@latin1 /etc/passwd',
  ' < {% client.log(1) %}',
  '> {% client.log(1) %}',
  '> ./handler.js',
  '>> out.json',
  '>>! out.json',
  '<> 2026.200.json',
  '<html>',
  '&a=b',
  '?a=b',
  'GET http://evil.test/ HTTP/1.1',
  '',
  ' ',
  '\u00a0',
  '\u2028',
  '\ufeff',
  'plain',
]

const body = fc
  .array(fc.oneof(fc.constantFrom(...INSTRUCTIONS), fc.string({ maxLength: 4 })), { minLength: 1, maxLength: 5 })
  .chain((lines) => fc.constantFrom('\n', '\r\n', '').map((end) => lines.join(end)))
const type = fc.constantFrom('text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary={{x')

test.describe('toHttpFile', () => {
  test('gives back any content and field value, from any environment', async () => {
    await fc.assert(
      fc.asyncProperty(body, type, fc.constantFrom(...INSTRUCTIONS), async (content, contentType, value) => {
        const field = Buffer.from(value)
          .toString('latin1')
          .replaceAll(/^[ \t]+|[ \t]+$/g, '')
        const bytes = Buffer.from(content).toString('latin1')
        const fields = ['User-Agent: x', `X-Value: ${field}`, `#x: ${field}`, `Content-Type: ${contentType}`]
        const target = `/a?b=${encodeURIComponent(value)}{{$processEnv%20HOME}}`
        const cassette = oneConnection('http://api.test', (it) =>
          it.sent(request('POST', target, bytes, fields)).received(answer('ok')),
        )
        const kept = new Map<string, Uint8Array>()
        const keepContent = (place: number, it: Uint8Array): string => {
          kept.set(`./${place}.body`, it)
          return `./${place}.body`
        }
        const [sent, more] = await read(toHttpFile(cassette, { keepContent }), kept)
        const found = [more, sent?.url, sent?.headers.map(([name, it]) => `${name}: ${it}`), sent?.body]
        expectEqual(found, [undefined, `http://api.test${target}`, fields, bytes], 'the request')
      }),
      { numRuns: countOf(300, 3000) },
    )
  })

  test('makes a comment of a request that the format cannot hold', () => {
    const cassette = oneConnection('http://api.test', (it) =>
      it
        .sent(request('get', '/x'))
        .received(answer(''))
        .sent(request('POST', '/b', 'a\rb'))
        .received(answer(''))
        .sent(request('GRAPHQL', '/'))
        .received(answer('')),
    )
    expect(parseHttpFile('x.http', toHttpFile(cassette)).requests).toEqual([])
    expect(toHttpFile(cassette)).toContain('# Left out: ')
  })

  test('leaves placeholders for secrets to be filled in', () => {
    const cassette = oneConnection('http://api.test', (it) =>
      it.sent(request('POST', '/', '{{{token.1}}}', ['Authorization: Bearer {{token.1}}'])).received(answer('')),
    )
    const file = parseHttpFile('x.http', toHttpFile(cassette))
    expect(file.requests[0]?.headers).toEqual([{ name: 'Authorization', value: 'Bearer {{token.1}}' }])
    expect(() => checkTemplates(file, new Map(), {})).toThrow(/--var token\.1=/)
    expect(() => checkTemplates(file, new Map([['token.1', 'x']]), {})).not.toThrow()
  })
})

interface Read {
  readonly url: string
  readonly headers: readonly (readonly [string, string])[]
  /** Latin-1. */
  readonly body: string
}

const answerTo = (): Promise<never> => Promise.reject(new Error('quotes an answer'))

/** The requests that `wiretape record` would send. */
async function read(text: string, files: ReadonlyMap<string, Uint8Array>): Promise<readonly Read[]> {
  const file = parseHttpFile('x.http', text)
  const env = { HOME: 'SECRET' }
  checkTemplates(file, new Map(), env)
  return Promise.all(
    file.requests.map(async (it) => {
      const fill = (part: string): Promise<string> =>
        fillTemplate(part, { file, request: it, variables: new Map(), env, answerTo })
      const pieces = it.body.map(async (part) =>
        Buffer.from(part.type === 'text' ? await fill(part.text) : (files.get(part.path) ?? 'no such file')),
      )
      const headers = it.headers.map(async ({ name, value }) => [await fill(name), await fill(value)] as const)
      const content = Buffer.concat(await Promise.all(pieces)).toString('latin1')
      return { url: await fill(it.url), headers: await Promise.all(headers), body: content }
    }),
  )
}

test('`wiretape record` sends the recorded bytes of a generated file again', async () => {
  await using folder = await temporaryFolder()
  await using server = await listen()
  const host = new URL(server.origin).host
  const head = `Host: ${host}\r\nUser-Agent: x\r\nAccept: */*`
  const post = (content: string, contentType = 'text/plain'): string =>
    `POST /p/../{{$processEnv%20LEAK}} HTTP/1.1\r\n${head}\r\nContent-Type: ${contentType}\r\nContent-Length: ${content.length}\r\n\r\n${content}`
  const requests = [
    `GET /a/../b?c='{{$uuid}}" HTTP/1.1\r\n${head}\r\nX-Env: {{$processEnv LEAK}}\r\n#x: \u00e9\u00a0\r\n\r\n`,
    post('{{$processEnv LEAK}}\n> {% client.log(1) %}\n< /etc/passwd\n### x\nGET / HTTP/1.1\n@a = b\n\n'),
    post('\0\r\u00ff'),
    post('--x\r\n\r\n{{$processEnv LEAK}}\r\n--x--\r\n', 'multipart/mixed; boundary=x'),
  ]
  const cassette: Cassette = oneConnection(server.origin, (it) => {
    for (const text of requests) it.sent(text).received(answer('ok'))
  })
  await saveCassette(join(folder.path, 'talk.yaml'), cassette)
  const made = await runCli(['generate', 'http', 'talk.yaml', '-o', 'to/my requests.http'], { cwd: folder.path })
  expect(made.stderr).toBe('wrote to/my requests.http, and 1 file next to it for content that the format cannot hold\n')
  expect((await readdir(join(folder.path, 'to'))).toSorted()).toEqual(['my requests.http', 'my-requests.http.3.body'])
  const again = ['record', 'to/my requests.http', '-o', 'again.yaml']
  const { code, stderr } = await runCli(again, { cwd: folder.path, env: { LEAK: 'from-my-environment' } })
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('HTTP_FILE_INVALID')])
  expect(server.received().map(sorted)).toEqual(requests.map(sorted))
})

test('templates that the user wrote are filled in, those in values and answers are not', async () => {
  await using folder = await temporaryFolder()
  await using server = await listen('{"next":"{{$processEnv LEAK}}"}')
  await writeFile(
    join(folder.path, 'my.http'),
    `@mine = {{$processEnv MINE}}\n### first\nGET ${server.origin}/\nX-Mine: {{mine}}\n\n###\nGET ${server.origin}/2\nX-Next: {{first.response.body.$.next}}\n`,
  )
  const env = { MINE: '{{$processEnv LEAK}}', LEAK: 'leaked' }
  expect(await runCli(['record', 'my.http', '-o', 'x.yaml'], { cwd: folder.path, env })).toMatchObject({ code: 0 })
  expect(server.received()[0]).toContain('X-Mine: {{$processEnv LEAK}}\r\n')
  expect(server.received()[1]).toContain('X-Next: {{$processEnv LEAK}}\r\n')
  expect(await readFile(join(folder.path, 'x.yaml'), 'utf8')).not.toContain('leaked')
})

/** A server that answers each request, and keeps its bytes as latin-1. */
async function listen(
  content = 'ok',
): Promise<AsyncDisposable & { readonly origin: string; readonly received: () => readonly string[] }> {
  let all = ''
  const server = createServer((socket) => {
    let seen = ''
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      all += bytes.toString('latin1')
      seen += bytes.toString('latin1')
      for (let end = wholeRequest(seen); end > 0; end = wholeRequest(seen)) {
        seen = seen.slice(end)
        socket.write(answer(content))
      }
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    origin: `http://127.0.0.1:${Object(server.address()).port}`,
    received: () => {
      const texts: string[] = []
      for (let rest = all; rest !== '';) {
        const end = wholeRequest(rest)
        if (end === 0) break
        texts.push(rest.slice(0, end))
        rest = rest.slice(end)
      }
      return texts
    },
    async [Symbol.asyncDispose]() {
      server.close()
      await Promise.resolve()
    },
  }
}

/** The length of the request at the beginning; 0 while it is not whole. */
function wholeRequest(text: string): number {
  const headEnd = text.indexOf('\r\n\r\n') + 4
  if (headEnd < 4) return 0
  const length = Number(/^Content-Length: (\d+)\r$/im.exec(text.slice(0, headEnd))?.[1] ?? 0)
  return text.length < headEnd + length ? 0 : headEnd + length
}

/** A request whose header lines are in some order. */
function sorted(text: string): string {
  const at = text.indexOf('\r\n\r\n')
  const [start = '', ...fields] = text.slice(0, at).split('\r\n')
  return JSON.stringify([start, fields.toSorted(), text.slice(at + 4)])
}

test('placeholders in whatever form are variables: in braces, tokens, UUIDs, numbers in JSON', () => {
  const token = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${Buffer.from('{"sub":"1234567890"}').toString('base64url')}.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c`
  const content = '{"otp":48151623,"session_id":"3f2b8c1e-9d4a-4e6f-8a7b-1c2d3e4f5a6b"}'
  const headers = ['Content-Type: application/json', `Authorization: Bearer ${token}`]
  const cassette = oneConnection('http://api.test', (it) =>
    it.sent(request('POST', '/login?access_token=aB3dE6gH9jK2mN5pQ8', content, headers)).received(answer('ok')),
  )
  const text = toHttpFile(redactCassette(cassette, { env: {} }).cassette)
  expect(text).toBe(`### 1
POST http://api.test/login?access_token={{token.1}} HTTP/1.1
Content-Type: application/json
Authorization: Bearer {{authorization.1}}

{"otp":{{otp.1}},"session_id":"{{session.1}}"}
`)
})
