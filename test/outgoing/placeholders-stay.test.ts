import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { expect, test as base } from '../helpers/test.ts'
import type { HttpConnection } from '../../src/client/http-connection.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import type { OpenCassette } from '../../src/use/open-cassette.ts'
import { useCassette } from '../../src/use/use-cassette.ts'
import type { UseCassetteOptions } from '../../src/use/use-options.ts'
import { verifyCassette } from '../../src/verify/verify-cassette.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

interface LiveServer {
  readonly url: string
  /** What has reached it. */
  readonly seen: string[]
}

const test = base.extend<{ dir: string; live: LiveServer }>({
  dir: async ({}, use) => {
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
    await use(dir)
    await rm(dir, { recursive: true })
  },
  live: async ({}, use) => {
    const seen: string[] = []
    const reply = async (asked: IncomingMessage, response: ServerResponse): Promise<void> => {
      seen.push(`${asked.method} ${asked.url} ${await text(asked)}`.trim())
      response.end('live')
    }
    const server = createServer((asked, response) => void reply(asked, response).catch(() => {}))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    await use({ url: `http://127.0.0.1:${Object(server.address()).port}`, seen })
    server.close().closeAllConnections()
  },
})

type Ask = Parameters<HttpConnection['request']>

const TOKEN = '{{token.1}}'
const basic = `Basic ${Buffer.from(`user:${TOKEN}`).toString('base64')}`

/** Requests with the placeholder, and where it stands in them. */
const ASKS: readonly (readonly [what: string, where: string, ask: Ask])[] = [
  ['a header', 'the header Authorization', ['GET', '/me', { headers: [['Authorization', `Bearer ${TOKEN}`]] }]],
  ['credentials in base64', 'the header Authorization', ['GET', '/me', { headers: [['Authorization', basic]] }]],
  ['the target', 'the target', ['GET', `/me?token=${encodeURIComponent(TOKEN)}`]],
  ['a body', 'the body', ['POST', '/me', { body: JSON.stringify({ token: TOKEN }) }]],
  ['an escaped body', 'the body', ['POST', '/me', { body: String.raw`{"token":"\u007b\u007btoken.1\u007d\u007d"}` }]],
  ['a form', 'the body', ['POST', '/me', { body: `token=${encodeURIComponent(TOKEN)}` }]],
  [
    'a coded body',
    'the body',
    ['POST', '/me', { headers: [['Content-Encoding', 'gzip']], body: gzipSync(`{"token":"${TOKEN}"}`) }],
  ],
  [
    'a chunked body',
    'the body',
    ['POST', '/me', { headers: [['Transfer-Encoding', 'chunked']], body: `token ${TOKEN}` }],
  ],
]

async function recorded(dir: string, url: string): Promise<void> {
  const cassette = oneConnection(url, (connection) =>
    connection
      .sent(request('GET', '/hello'))
      .received(answer('hello'))
      .sent(request('POST', '/login', '{"password":"{{password.1}}"}'))
      .received(answer(`{"access_token":"${TOKEN}"}`)),
  )
  await saveCassette(join(dir, 'login.yaml'), cassette)
}

const open = (dir: string, options: UseCassetteOptions): Promise<OpenCassette> =>
  useCassette('login', { dir, env: {}, ...options })

async function ask(cassette: OpenCassette, url: string, ...asks: readonly Ask[]): Promise<string[]> {
  const connection = cassette.connect(url)
  const answers: string[] = []
  for (const one of asks) {
    await connection.request(...one)
    answers.push(await (await connection.getResponse()).text())
  }
  return answers
}

const LOGIN: Ask = ['POST', '/login', { body: '{"password":"hunter2hunter2"}' }]

test.describe('a placeholder that a replayed answer gave does not go to a live server', () => {
  for (const [what, where, one] of ASKS)
    test(`in ${what}, with new_episodes`, async ({ dir, live }) => {
      await recorded(dir, live.url)
      const before = await readFile(join(dir, 'login.yaml'), 'utf8')
      const cassette = await open(dir, { mode: 'new_episodes', failOnMiss: true })
      const failure = {
        code: 'PLACEHOLDER_SENT',
        report: { placeholder: { text: TOKEN, where, interaction: 2 } },
        message: expect.stringContaining(
          `${TOKEN} stands in ${where}: the cassette has it instead of a value; it came from recorded interaction 2`,
        ),
      }
      const asked = ask(cassette, live.url, LOGIN, one)
      await expect(asked).rejects.toMatchObject(failure)
      expect(cassette.misses).toMatchObject([failure])
      await expect(cassette.eject()).rejects.toMatchObject({ code: 'MISSED' })
      expect(live.seen).toEqual([])
      expect(await readFile(join(dir, 'login.yaml'), 'utf8')).toBe(before)
    })

  const WITH_TOKEN: Ask = ['GET', '/me', { headers: [['Authorization', `Bearer ${TOKEN}`]] }]

  test('in the form of a number or a UUID, which replaced one', async ({ dir, live }) => {
    const { cassette: tape } = redactCassette(
      oneConnection(live.url, (connection) =>
        connection
          .sent(request('POST', '/login', '{"password":"hunter2hunter2"}'))
          .received(answer('{"otp":654321,"refresh_token":"3b1f8c2e-1111-4aaa-8bbb-0123456789ab"}')),
      ),
    )
    await saveCassette(join(dir, 'login.yaml'), tape)
    for (const name of ['otp', 'refresh_token']) {
      const cassette = await open(dir, { mode: 'new_episodes', allowPlaybackRepeats: true })
      const [given = ''] = await ask(cassette, live.url, LOGIN)
      const value = new RegExp(`"${name}":"?([\\w-]+)`).exec(given)?.[1] ?? ''
      const next: Ask = ['POST', '/next', { body: JSON.stringify({ code: value }) }]
      await expect(ask(cassette, live.url, next)).rejects.toMatchObject({ code: 'PLACEHOLDER_SENT' })
      cassette.discard()
      await cassette.eject()
    }
    expect(live.seen).toEqual([])
  })

  test('along passthrough, to ignored hosts, and to origins that were not recorded', async ({ dir, live }) => {
    await recorded(dir, 'http://api.test')
    for (const options of [
      { mode: 'none', ignoreHosts: ['127.0.0.1'] },
      { mode: 'new_episodes' },
    ] as const satisfies readonly UseCassetteOptions[]) {
      await using cassette = await open(dir, options)
      expect(await ask(cassette, live.url, ['GET', '/fine'])).toEqual(['live'])
      await expect(ask(cassette, live.url, WITH_TOKEN)).rejects.toMatchObject({ code: 'PLACEHOLDER_SENT' })
      expect(cassette.misses).toHaveLength(1)
      cassette.discard()
    }
    expect(live.seen).toEqual(['GET /fine', 'GET /fine'])
    await recorded(dir, live.url)
    await using cassette = await open(dir, { mode: 'none', passthrough: ({ target }) => target === '/me' })
    await expect(ask(cassette, live.url, WITH_TOKEN)).rejects.toMatchObject({ code: 'PLACEHOLDER_SENT' })
    expect(live.seen).toHaveLength(2)
  })

  test('later on a connection that is live', async ({ dir, live }) => {
    await recorded(dir, live.url)
    await using cassette = await open(dir, { mode: 'new_episodes' })
    await expect(
      ask(cassette, live.url, ['GET', '/new'], ['POST', '/next', { body: 'x' }], WITH_TOKEN),
    ).rejects.toMatchObject({
      code: 'PLACEHOLDER_SENT',
    })
    expect(live.seen).toEqual(['GET /new', 'POST /next x'])
    cassette.discard()
  })

  test('while what only looks like one is the client’s own', async ({ dir, live }) => {
    await recorded(dir, live.url)
    await using cassette = await open(dir, { mode: 'new_episodes' })
    const template: Ask = ['POST', '/template', { body: 'Dear {{user.1}}' }]
    expect(await ask(cassette, live.url, template)).toEqual(['live'])
    expect(live.seen).toEqual(['POST /template Dear {{user.1}}'])
    cassette.discard()
  })
})

test.describe('verify sends no placeholder', () => {
  const GZIP = gzipSync(`{"token":"${TOKEN}"}`).toString('latin1')
  /** Requests of a cassette, and what is sent where the value is known. */
  const RECORDED: readonly (readonly [what: string, request: string, why: RegExp, sent: string | undefined])[] = [
    ['the target', request('GET', `/?t=${TOKEN}`), /in the target$/, 'GET /?t=real'],
    ['a header', request('GET', '/', '', [`X-Key: ${TOKEN}`]), /in the header X-Key$/, 'GET /'],
    ['credentials', request('GET', '/', '', [`Authorization: ${basic}`]), /in the header Authorization$/, 'GET /'],
    ['a body', request('POST', '/', `{"t":"${TOKEN}"}`), /in the body$/, 'POST / {"t":"real"}'],
    ['a segment of a path', request('GET', `/reset/${TOKEN}/x`), /in the target$/, 'GET /reset/real/x'],
    ['a cookie', request('GET', '/', '', [`Cookie: a=1; sid=${TOKEN}`]), /in the header Cookie$/, 'GET /'],
    ['a field of a form', request('POST', '/', `a=1&t=${TOKEN}`), /in the body$/, 'POST / a=1&t=real'],
    ['a row of a table', request('POST', '/', `id,token\n1,${TOKEN}`), /in the body$/, 'POST / id,token\n1,real'],
    [
      'what a program prints',
      request('POST', '/', `token=Secret("${TOKEN}")`),
      /in the body$/,
      'POST / token=Secret("real")',
    ],
    ['an encoded target', request('GET', '/?t=%7B%7Btoken.1%7D%7D'), /in the target$/, undefined],
    ['an escaped body', request('POST', '/', String.raw`"\u007b\u007btoken.1}}"`), /in the body$/, undefined],
  ]
  for (const [what, sent, why, filled] of RECORDED)
    test(`in ${what}`, async ({ live }) => {
      const cassette = oneConnection('http://api.test', (connection) => connection.sent(sent).received(answer('live')))
      const [skipped] = await verifyCassette(cassette, { target: live.url, unsafe: true })
      expect(skipped?.skipped).toMatch(/^it was redacted, and there is no value for token\.1 /)
      expect(skipped?.skipped).toMatch(why)
      expect(live.seen).toEqual([])
      const secrets = { 'token.1': 'real' }
      const [known] = await verifyCassette(cassette, { target: live.url, unsafe: true, secrets })
      expect(live.seen).toEqual(filled === undefined ? [] : [filled])
      if (filled === undefined)
        expect(known?.skipped).toMatch(/cannot be put into the (?:target|body), where it is encoded$/)
    })

  test('in a coded body, and codes it again if the value is known', async ({ live }) => {
    const asked = request('POST', '/', GZIP, ['Content-Encoding: gzip'])
    const cassette = oneConnection('http://api.test', (connection) => connection.sent(asked).received(answer('live')))
    const [skipped] = await verifyCassette(cassette, { target: live.url, unsafe: true })
    expect(skipped?.skipped).toMatch(/no value for token\.1 in the body$/)
    await verifyCassette(cassette, { target: live.url, unsafe: true, secrets: { 'token.1': 'real' } })
    expect(live.seen).toHaveLength(1)
    expect(live.seen.join('')).not.toContain('token.1')
  })
})
