import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from '../helpers/test.ts'
import { every, isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { serve } from '../helpers/live-server.ts'

const SRC = resolve(import.meta.dirname, '../../src')
const TSX = fileURLToPath(import.meta.resolve('tsx'))
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

const at = (path: string): string => JSON.stringify(pathToFileURL(join(SRC, path)).href)

/** Runs a program that prints what `fetchOver` answered, after the lines that are given. */
async function asked(
  dir: string,
  port: number,
  before: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const program = `${before}
const { fetchOver } = await import(${at('fetch/fetch-over.ts')})
const { connectSocket } = await import(${at('client/socket-connector.ts')})
let connects = 0
try {
  const fetch = fetchOver((origin, options) => { connects++; return connectSocket(origin, options) })
  console.log(await (await fetch('http://127.0.0.1:${port}/')).text(), connects)
  await fetch.close()
} catch (error) {
  console.log(error.code, error.detail)
}
process.exit()`
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'program.mjs'), program)
  const { PATH = '', HOME = '' } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', pathToFileURL(TSX).href, 'program.mjs'], {
    cwd: dir,
    env: { PATH, HOME, ...env },
  })
  return stdout.trim()
}

const undici = JSON.stringify(import.meta.resolve('undici'))
const nock = JSON.stringify(import.meta.resolve('nock'))

const FINE: Readonly<Record<string, string>> = {
  'nothing before it': '',
  'undici of npm, loaded first': `await import(${undici})`,
  'another dispatcher, before Node has loaded its own': `const { Agent, setGlobalDispatcher } = await import(${undici})
setGlobalDispatcher(new Agent())`,
  'a mock that came later': `const { MockAgent, setGlobalDispatcher } = await import(${undici})
await import(${at('fetch/fetch-over.ts')})
setGlobalDispatcher(new MockAgent())`,
}

test.describe('fetchOver finds the dispatcher of this Node with', () => {
  for (const [name, before] of every(3, Object.entries(FINE)))
    test(name, async ({}, info) => {
      await using server = await serve((socket) => socket.on('data', () => socket.write(OK)))
      expect(await asked(info.outputPath(), server.port, before)).toBe('ok 1')
    })

  test('a proxy in the environment, which it leaves to the connector', async ({}, info) => {
    test.skip(!isWhole, ONLY_WHOLE)
    await using server = await serve((socket) => socket.on('data', () => socket.write(OK)))
    const env = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:9', http_proxy: 'http://127.0.0.1:9' }
    expect(await asked(info.outputPath(), server.port, '', env)).toBe('ok 1')
  })

  test('the dispatcher of the process left as it was', async ({}, info) => {
    await using server = await serve((socket) => socket.on('data', () => socket.write(OK)))
    const before = `const { Agent, setGlobalDispatcher, getGlobalDispatcher } = await import(${undici})
const agent = new Agent()
setGlobalDispatcher(agent)
process.on('exit', () => console.log(getGlobalDispatcher() === agent))`
    expect(await asked(info.outputPath(), server.port, before)).toBe('ok 1\ntrue')
  })
})

test.describe('fetchOver refuses a fetch that is not of Node', () => {
  const REPLACED: readonly (readonly [string, string, RegExp])[] = [
    [
      'a wrapper',
      'const own = fetch; globalThis.fetch = (input, init) => own(input, init)',
      /^FETCH_REPLACED .*program\.mjs/,
    ],
    [
      'one that copies the request',
      'const own = fetch; globalThis.fetch = async (input, init) => own(new Request(input, init).clone())',
      /^FETCH_REPLACED .*program\.mjs/,
    ],
    [
      'one that reads nothing',
      'globalThis.fetch = async () => new Response("mock")',
      /^FETCH_REPLACED it does not read/,
    ],
    [
      'one that throws',
      'globalThis.fetch = () => { throw new Error("no network") }',
      /^FETCH_REPLACED it does not read/,
    ],
    ['that of nock', `await import(${nock})`, /^FETCH_REPLACED /],
    [
      'that of Node over a mock',
      `await fetch('data:,x')
const { MockAgent, setGlobalDispatcher } = await import(${undici})
setGlobalDispatcher(new MockAgent())`,
      /^FETCH_REPLACED .* MockAgent/,
    ],
    ['none', 'delete globalThis.fetch', /^FETCH_REPLACED there is no global fetch/],
  ]
  for (const [name, before, says] of every(5, REPLACED))
    test(name, async ({}, info) => {
      await using server = await serve(() => {})
      expect(await asked(info.outputPath(), server.port, before)).toMatch(says)
    })

  test('but takes Node’s if it was loaded before it was replaced', async ({}, info) => {
    test.skip(!isWhole, ONLY_WHOLE)
    await using server = await serve((socket) => socket.on('data', () => socket.write(OK)))
    const before = `await import(${at('fetch/fetch-over.ts')})\nglobalThis.fetch = () => { throw new Error("no network") }`
    expect(await asked(info.outputPath(), server.port, before)).toBe('ok 1')
  })
})
