import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { type Connector, type Origin, Replayer, socketConnector, useCassette, type UseCassetteOptions } from 'wiretape'
import { loadCassette, Recorder } from 'wiretape/cassette'
import { Resp, type Reply } from '../helpers/resp.ts'
import { hasProgram, missing } from '../helpers/programs.ts'

/** Redis listens on a path, so that this name is all that a cassette knows. */
const REDIS: Origin = { protocol: 'tcp', host: 'redis.test', port: 6379 }

test.beforeEach(() => test.skip(!hasProgram('redis-server'), missing('redis-server', 'redis-server')))

test('a conversation with Redis replays every byte with Redis stopped', async () => {
  await using redis = await startRedis()
  const connector = socketConnector({ socketPath: redis.path })
  await using live = await useCassette('redis', { dir: redis.dir, connector, env: {} })
  const said = await converse(live.connector)
  await live.eject()
  await redis.stop()
  await expect(connector(REDIS, {})).rejects.toMatchObject({ code: 'CONNECT_FAILED' })

  await using replay = await useCassette('redis', { dir: redis.dir, mode: 'none', env: {} })
  expect(await converse(replay.connector)).toEqual(said)
  replay.assertAllPlayed()

  expect(said.replies).toMatchObject(REPLIES)
  expect(replay.interactions).toEqual([]) // nothing of it was taken for HTTP
  const text = await readFile(join(redis.dir, 'redis.yaml'), 'utf8')
  expect(text).toContain('to: tcp://redis.test:6379\n')
})

/** All kinds of replies, a pipeline, bytes that are not text, a transaction, and a message that nobody asked for. */
async function converse(connector: Connector): Promise<{ replies: Reply[]; bytes: string[] }> {
  const client = new Resp(await connector(REDIS, {}))
  const replies: Reply[] = []
  for (const command of COMMANDS) replies.push(await client.ask(...command))
  client.send(['RPUSH', 'list', 'a', 'b'], ['LRANGE', 'list', '0', '-1'], ['BLPOP', 'empty', '0.01'])
  for (let count = 0; count < 3; count += 1) replies.push(await client.reply())

  const subscriber = new Resp(await connector(REDIS, {}))
  replies.push(await subscriber.ask('SUBSCRIBE', 'news'))
  replies.push(await client.ask('PUBLISH', 'news', 'it rains'))
  replies.push(await subscriber.reply())

  replies.push(await client.ask('QUIT'))
  // Redis ends its side; the subscriber goes by itself.
  replies.push(await client.reply())
  client.close()
  subscriber.close()
  return { replies, bytes: [client, subscriber].map(({ received }) => received.toString('latin1')) }
}

const BIG = Buffer.alloc(100_000, 'a long value, ')

const COMMANDS: readonly (readonly (string | Uint8Array)[])[] = [
  ['PING'],
  ['SET', 'bytes', Buffer.of(0, 13, 10, 255, 42)],
  ['GET', 'bytes'],
  ['GET', 'missing'],
  ['INCR', 'bytes'],
  ['SET', 'big', BIG],
  ['GET', 'big'],
  ['HSET', 'user', 'name', 'Ada', 'id', '42'],
  ['HGETALL', 'user'],
  ['MULTI'],
  ['INCR', 'counter'],
  ['INCR', 'counter'],
  ['EXEC'],
  ['TIME'],
]

const REPLIES: unknown[] = [
  'PONG',
  'OK',
  '\x00\r\n\xff*',
  null,
  { error: 'ERR value is not an integer or out of range' },
  'OK',
  BIG.toString('latin1'),
  2,
  ['name', 'Ada', 'id', '42'],
  'OK',
  'QUEUED',
  'QUEUED',
  [1, 2],
  [/^\d{10}$/, /^\d{1,6}$/].map((digits) => expect.stringMatching(digits)),
  2,
  ['a', 'b'],
  null,
  ['subscribe', 'news', 1],
  1,
  ['message', 'news', 'it rains'],
  'OK',
  undefined,
]

test('a password is not in the file, and any password of its length matches in the replay', async () => {
  await using redis = await startRedis('--requirepass', PASSWORD)
  const options: UseCassetteOptions = { dir: redis.dir, env: {}, redact: { secrets: [PASSWORD] } }
  const connector = socketConnector({ socketPath: redis.path })
  await using live = await useCassette('auth', { ...options, connector })
  expect(await authenticate(live.connector, PASSWORD)).toEqual(['OK', 'PONG'])
  await live.eject()
  await redis.stop()

  expect(await readFile(join(redis.dir, 'auth.yaml'), 'utf8')).not.toContain(PASSWORD)
  const cassette = await loadCassette(join(redis.dir, 'auth.yaml'))
  for (const password of [PASSWORD, PASSWORD.toLowerCase()])
    expect(await authenticate(new Replayer(cassette).connector, password)).toEqual(['OK', 'PONG'])
  await expect(authenticate(new Replayer(cassette).connector, 'short')).rejects.toMatchObject({ code: 'NO_MATCH' })
})

const PASSWORD = 'Correct-Horse-Battery-Staple'

async function authenticate(connector: Connector, password: string): Promise<Reply[]> {
  const client = new Resp(await connector(REDIS, {}))
  const replies = [await client.ask('AUTH', password), await client.ask('PING')]
  client.close()
  return replies
}

test('connections of a pool are distinguished by what they write, however late they differ', async () => {
  await using redis = await startRedis()
  const recorder = new Recorder()
  const live = recorder.wrap(socketConnector({ socketPath: redis.path }))
  const pool = await Promise.all(KEYS.map(() => greeted(live)))
  for (const [place, client] of pool.entries()) await client.ask('SET', KEYS[place] ?? '', `value of ${KEYS[place]}`)
  for (const [place, client] of pool.entries()) await client.ask('GET', KEYS[place] ?? '')
  for (const client of pool) client.close()

  const replayer = new Replayer(recorder.cassette)
  const clients = await Promise.all(KEYS.map(() => greeted(replayer.connector)))
  // Another connection than in the recording has the key now.
  for (const [place, key] of KEYS.toReversed().entries()) {
    expect(await clients[place]?.ask('SET', key, `value of ${key}`)).toBe('OK')
    expect(await clients[place]?.ask('GET', key)).toBe(`value of ${key}`)
  }
  replayer.assertAllPlayed()
})

const KEYS = ['one', 'two', 'three', 'four']

async function greeted(connector: Connector): Promise<Resp> {
  const client = new Resp(await connector(REDIS, {}))
  await client.ask('CLIENT', 'SETNAME', 'pool')
  await client.ask('SELECT', '0')
  return client
}

interface Redis extends AsyncDisposable {
  readonly dir: string
  readonly path: string
  stop(): Promise<void>
}

async function startRedis(...options: readonly string[]): Promise<Redis> {
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-redis-'))
  const path = join(dir, 'socket')
  const settings = ['--port', '0', '--unixsocket', path, '--save', '', '--appendonly', 'no', '--dir', dir]
  const server = spawn('redis-server', [...settings, ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  await untilReady(server)
  const stop = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return
    server.kill('SIGKILL')
    await once(server, 'exit')
  }
  return {
    dir,
    path,
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      await rm(dir, { recursive: true })
    },
  }
}

async function untilReady({ stdout }: ChildProcess): Promise<void> {
  let said = ''
  for await (const text of stdout ?? []) {
    said += String(text)
    if (said.includes('eady to accept connections')) break
  }
  expect(said).toContain('eady to accept connections')
}
