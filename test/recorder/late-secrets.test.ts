import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turnEnd } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { expect, test as base } from '../helpers/test.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { Recording } from '../../src/recorder/recording.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { recoverCassette } from '../../src/store/recover.ts'
import { ScriptedTransport } from '../helpers/scripted-transport.ts'
import { answer } from '../helpers/tape.ts'

const test = base.extend<{ folder: string }>({
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'wiretape-late-'))
    await use(folder)
    rmSync(folder, { recursive: true })
  },
})

const SECRET = 'k3yZx81qLw0Tn55A'
const TELLING = answer(JSON.stringify({ access_token: SECRET }))

async function connect(recording: Recording): Promise<(target: string, said: string | Uint8Array) => Promise<void>> {
  const peer = new ScriptedTransport()
  const connection = HttpConnection.to('http://api.test', { connector: recording.wrap(async () => peer) })
  return async (target, said) => {
    await connection.request('GET', target)
    peer.say(said)
    await (await connection.getResponse()).bytes()
  }
}

const filesIn = (folder: string): Buffer =>
  Buffer.concat(
    readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [readFileSync(join(entry.parentPath, entry.name))] : [],
    ),
  )

const plain = (body: Uint8Array, ...fields: readonly string[]): Buffer =>
  Buffer.concat([
    Buffer.from(['HTTP/1.1 200 OK', ...fields, `Content-Length: ${body.length}`, '', ''].join('\r\n')),
    body,
  ])

const PICTURE = Buffer.from(Array.from({ length: 70_000 }, (_, at) => ((at * 7919) % 251) ^ (at >> 8)))

const chunked = (...chunks: readonly string[]): string =>
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${[...chunks, ''].map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')}`

for (const [name, target, said] of [
  ['in a target', `/u/${SECRET}`, answer('one')],
  ['in base64 in a target', `/u/${Buffer.from(`ab${SECRET}`).toString('base64url')}`, answer('one')],
  ['in the body of an answer', '/u', answer(`all ${SECRET} of it`)],
  ['between two chunks', '/u', chunked(SECRET.slice(0, 4), SECRET.slice(4))],
  ['between two other chunks', '/u', chunked(SECRET.slice(0, 12), SECRET.slice(12))],
  ['within gzip', '/u', plain(gzipSync(`all ${SECRET} of it`), 'Content-Encoding: gzip', 'Content-Type: text/plain')],
  ['in a body that is a blob', '/u', plain(Buffer.concat([PICTURE, Buffer.from(` ${SECRET} `), PICTURE]))],
] as const) {
  test(`a secret that stood ${name} before it was known is in no file once it is known`, async ({ folder }) => {
    const path = join(folder, 'users.yaml')
    const recording = await Recording.open(path)
    const ask = await connect(recording)
    await ask('/0', answer('zero'))
    await ask(target, said)
    const before = readFileSync(`${path}.rec`)
    await ask('/token', TELLING)
    expect(readFileSync(`${path}.rec`).equals(before)).toBe(false)
    expect(filesIn(folder).includes(SECRET)).toBe(false)
    // What a kill leaves.
    const { records } = await recoverCassette(`${path}.rec`, { to: join(folder, 'killed.yaml') })
    expect(records).toBe(3)
    await ask('/4', answer('four'))
    await recording.save()
    const killed = await loadCassette(join(folder, 'killed.yaml'))
    const saved = await loadCassette(path)
    expect(saved.notes).toEqual([])
    expect(saved.records).toHaveLength(4)
    expect(saved.records.slice(0, 3)).toEqual(killed.records)
    const [, hiding = []] = saved.records
    const text = JSON.stringify(
      hiding.map((event) => ('bytes' in event ? Buffer.from(event.bytes).toString('latin1') : '')),
    )
    expect(text).not.toContain(SECRET)
    if (!/gzip|base64|chunks/.test(name)) expect(text).toContain('{{token.1}}')
  })
}

test('a secret that was recorded before by a dead process goes as well, and what is pipelined is still understood', async ({
  folder,
}) => {
  const path = join(folder, 'users.yaml')
  const dead = await Recording.open(path)
  await (
    await connect(dead)
  )(`/u/${SECRET}`, answer('one'))
  const journal = readFileSync(`${path}.rec`)
  dead.discard()
  writeFileSync(`${path}.rec`, journal)

  const recording = await Recording.open(path, { adds: true })
  const peer = new ScriptedTransport()
  const connection = HttpConnection.to('http://api.test', { connector: recording.wrap(async () => peer) })
  await connection.request('GET', '/0')
  peer.say(answer('zero'))
  await (await connection.getResponse()).bytes()
  for (const target of ['/1', '/2']) await connection.request('GET', target)
  // What is pipelined goes out at the end of the turn.
  await turnEnd()
  peer.say(TELLING)
  await (await connection.getResponse()).bytes()
  expect(filesIn(folder).includes(SECRET)).toBe(false)
  peer.say(plain(gzipSync(`all ${SECRET} of it`), 'Content-Encoding: gzip', 'Content-Type: text/plain'))
  await (await connection.getResponse()).bytes()
  await recording.save()
  expect(recording.redaction?.opaque).toEqual([])
  expect((await loadCassette(path)).records).toHaveLength(4)
})

for (const [what, body] of [
  ['a table in JSON', JSON.stringify({ columns: ['id', 'token', 'at'], rows: [[1, SECRET, 'now']] })],
  ['what a program prints', `Settings(api_key=SecretStr('${SECRET}'))`],
  ['a dump of a database', `COPY users (id, api_token) FROM stdin;\n1\t${SECRET}\n\\.\n`],
  ['a value with its type', JSON.stringify({ key: 'x-api-key', value: { stringValue: SECRET } })],
] as const)
  test(`a secret that only ${what} told is in no file, and in none that is recovered`, async ({ folder }) => {
    const path = join(folder, 'users.yaml')
    const recording = await Recording.open(path)
    const ask = await connect(recording)
    await ask(`/u/${SECRET}`, answer('one'))
    await ask('/token', answer(body))
    expect(filesIn(folder).includes(SECRET)).toBe(false)
    await recoverCassette(`${path}.rec`, { to: join(folder, 'killed.yaml') })
    expect(filesIn(folder).includes(SECRET)).toBe(false)
    recording.discard()
  })

test('lines that cannot hold what was found are left alone', async ({ folder }) => {
  const path = join(folder, 'users.yaml')
  const recording = await Recording.open(path)
  const ask = await connect(recording)
  await ask('/0', answer('zero'))
  const before = readFileSync(`${path}.rec`)
  await ask('/token', TELLING)
  expect(readFileSync(`${path}.rec`).subarray(0, before.length).equals(before)).toBe(true)
  recording.discard()
})
