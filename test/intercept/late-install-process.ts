/** A program whose pools are warm when the cassette is opened: `late-install-process.ts KIND`. Prints what became of its next call. */
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import http, { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { PASSWORD, startPostgres, startRedis } from '../helpers/servers.ts'
import { useCassette } from '../../src/use/use-cassette.ts'

/** A pool that has a connection; each call says `words` to the server. */
interface Pooled {
  readonly port: number
  call(words: string): Promise<unknown>
  close(): Promise<unknown>
}

const KINDS: Readonly<Record<string, () => Promise<Pooled>>> = {
  'node:http': async () => {
    const server = await api()
    const agent = new http.Agent({ keepAlive: true })
    return { ...server, call: (words) => getBy(agent, `${server.url}/${words}`), close: () => server.close() }
  },
  fetch: async () => {
    const server = await api()
    return {
      ...server,
      call: async (words) => (await fetch(`${server.url}/${words}`)).text(),
      close: () => server.close(),
    }
  },
  pg: () => postgres(false),
  'pg with TLS': () => postgres(true),
  ioredis: async () => {
    const server = await startRedis()
    const redis = new Redis(server.port, 'localhost', { maxRetriesPerRequest: 1 })
    redis.on('error', () => {})
    return { port: server.port, call: (words) => redis.echo(words), close: () => server.stop() }
  },
}

async function postgres(isTls: boolean): Promise<Pooled> {
  const server = await startPostgres()
  const login = { host: 'localhost', port: server.port, user: 'app', password: PASSWORD, database: 'postgres' }
  const pool = new Pool({ ...login, max: 1, ...(isTls ? { ssl: { ca: server.certificate } } : {}) })
  pool.on('error', () => {})
  return { port: server.port, call: (words) => pool.query('SELECT $1::text', [words]), close: () => server.stop() }
}

async function api(): Promise<{ readonly port: number; readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => response.end(request.url))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
  }
  return { port: portOf(server), url: `http://localhost:${portOf(server)}`, close }
}

const portOf = (server: { address(): unknown }): number => Number(Object(server.address()).port)

async function getBy(agent: http.Agent, url: string): Promise<string> {
  const request = http.get(url, { agent })
  const [response]: http.IncomingMessage[] = await once(request, 'response')
  let text = ''
  for await (const bytes of response ?? []) text += String(bytes)
  return text
}

const [, , kind = ''] = process.argv
const pooled = await KINDS[kind]?.()
if (pooled === undefined) throw new Error(`no such pool: ${kind}`)
await pooled.call('before')
const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
const place = `localhost:${pooled.port}`
const cassette = await useCassette('late', { dir, env: {}, capture: { hosts: [place] }, failOnMiss: true })
const ends: string[] = []
const note = (what: string) => (error: unknown) =>
  ends.push(`${what}: ${String(Reflect.get(Object(error), 'code') ?? error)}`)
// Some program that swallows what goes wrong, and tries again.
await pooled.call('first').then(() => ends.push('first: answered'), note('first'))
await pooled.call('second').then(() => ends.push('second: answered'), note('second'))
await cassette.eject().then(() => ends.push('eject: fine'), note('eject'))
const text = await readFile(join(dir, 'late.yaml'), 'utf8').catch(() => '')
console.log(
  JSON.stringify({
    ends,
    recorded: Object.fromEntries(['first', 'second'].map((words) => [words, hasIn(text, words)])),
  }),
)
await pooled.close()
await rm(dir, { recursive: true, force: true })
process.exit(0)

/** As it is, or in the bytes of a protocol. */
function hasIn(yaml: string, words: string): boolean {
  const coded = Array.from(yaml.matchAll(/base64: \|?-?\s*([\w+/=\s]+)/g), ([, bytes = '']) =>
    Buffer.from(bytes, 'base64').toString('latin1'),
  )
  return [yaml, ...coded].some((each) => each.includes(words))
}
