import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '../helpers/test.ts'
import { redactCassette } from '../../src/entries/cassette.ts'
import { toK6 } from '../../src/generate/index.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'
import { randomCassettes } from './random-cassettes.ts'

/** The modules of k6 that a script imports, as far as it uses them: what would be sent is printed. */
const STANDINS: Readonly<Record<string, string>> = {
  'index.js': `
    export const said = []
    export function check(response, checks) { for (const [name, holds] of Object.entries(checks)) said.push(['check', name, holds(response)]) }
    export function sleep(seconds) { said.push(['sleep', seconds]) }
    process.on('exit', () => console.log(JSON.stringify(said)))`,
  'encoding.js': `export default { b64decode: (text) => { const b = Buffer.from(text, 'base64'); return b.buffer.slice(b.byteOffset, b.byteOffset + b.length) } }`,
  'http.js': `
    import { said } from './index.js'
    const answers = JSON.parse(process.env.ANSWERS)
    export default {
      CookieJar: class {},
      request(method, url, body, { headers, redirects }) {
        const bytes = body === null ? '' : Buffer.from(body).toString('latin1')
        said.push(['request', method, url, bytes, headers, redirects])
        const { status, type, json } = answers.shift() ?? {}
        return { status, headers: { 'Content-Type': type }, json: () => json }
      },
    }`,
}

/** Runs a script once, as k6 would, with answers and an environment. */
async function run(
  script: string,
  answers: readonly object[],
  env: Readonly<Record<string, string>> = {},
): Promise<readonly (readonly unknown[])[]> {
  const folder = await mkdtemp(join(tmpdir(), 'wiretape-k6-'))
  try {
    const modules = join(folder, 'node_modules/k6')
    await mkdir(modules, { recursive: true })
    const exports = { '.': './index.js', './http': './http.js', './encoding': './encoding.js' }
    await writeFile(join(modules, 'package.json'), JSON.stringify({ name: 'k6', type: 'module', exports }))
    for (const [name, code] of Object.entries(STANDINS)) await writeFile(join(modules, name), code)
    await writeFile(join(folder, 'script.mjs'), script)
    const main = `globalThis.__ENV = JSON.parse(process.env.GIVEN); (await import('./script.mjs')).default()`
    await writeFile(join(folder, 'main.mjs'), main)
    const { stdout } = await promisify(execFile)(process.execPath, ['main.mjs'], {
      cwd: folder,
      env: { ...process.env, ANSWERS: JSON.stringify(answers), GIVEN: JSON.stringify(env) },
    })
    const said: unknown = JSON.parse(stdout)
    return Array.isArray(said) ? said : []
  } finally {
    await rm(folder, { recursive: true })
  }
}

const withSecrets = (): Cassette => {
  const cassette = oneConnection('https://api.test', (it) =>
    it
      .sent(
        request('POST', '/login?access_token=aB3dE6gH9jK2mN5pQ8', '{"otp":48151623}', [
          'Content-Type: application/json',
        ]),
      )
      .received(
        'HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 15\r\n\r\n{"id":1,"ok":2}',
      )
      .sent(request('GET', '/next', '', ['X-A: 1', 'X-A: 2']))
      .received(answer('', '404 Not Found')),
  )
  return redactCassette(cassette, { env: {} }).cassette
}

test('the script sends what was recorded, with values of the environment for placeholders, and checks the answers', async () => {
  const script = toK6(withSecrets(), 'login.yaml')
  const answers = [{ status: 200, type: 'application/json', json: { id: 7, ok: 0 } }, { status: 500 }]
  const said = await run(script, answers, { TOKEN_1: 'live-token', OTP_1: '1234', ORIGIN_1: 'http://staging.test' })
  expect(said).toEqual([
    [
      'request',
      'POST',
      'http://staging.test/login?access_token=live-token',
      '{"otp":1234}',
      { 'Content-Type': 'application/json' },
      0,
    ],
    ['check', '1 POST /login: status', true],
    ['check', '1 POST /login: type', true],
    ['check', '1 POST /login: members', true],
    ['request', 'GET', 'http://staging.test/next', '', { 'X-A': '1, 2' }, 0],
    ['check', '2 GET /next: status', false],
    ['check', '2 GET /next: type', true],
    ['check', '2 GET /next: members', true],
  ])
})

test('a value that is not given is asked for, and pauses are those of the recording', async () => {
  const script = toK6(withSecrets(), 'login.yaml')
  await expect(run(script, [])).rejects.toThrow(/set TOKEN_1/)
  const said = await run(script, [{}, {}], { TOKEN_1: 'x', OTP_1: '1', PACE: '2' })
  expect(said.filter(([what]) => what === 'sleep')).toEqual([['sleep', 0.001]])
})

test('an answer that lacks a recorded member does not pass', async () => {
  const answers = [{ status: 200, type: 'application/json', json: { id: 7 } }]
  const said = await run(toK6(withSecrets(), ''), answers, { TOKEN_1: 'x', OTP_1: '1' })
  expect(said).toContainEqual(['check', '1 POST /login: members', false])
})

test('recorded data is never code', async () => {
  for (const { cassette, expected } of randomCassettes(11, 4)) {
    // One of the hostile texts is a placeholder: its value is itself.
    const said = await run(toK6(cassette, 'x\u2028process.exit(1)\n'), [], { ENV_1: '{{env.1}}' })
    const sent = said.filter(([what]) => what === 'request')
    expect(sent.map(([, method, url, body]) => [method, url, body])).toEqual(
      expected.map((one) => [one.method, one.url, Buffer.from(one.sent).toString('latin1')]),
    )
  }
})
