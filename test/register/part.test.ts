import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import { runFor } from '../../src/register/begin-run.ts'
import { Part } from '../../src/register/part.ts'
import { type Run, RUN_FILE } from '../../src/register/run.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'
import { ScriptedTransport } from '../helpers/scripted-transport.ts'
import type { Connector } from '../../src/transport.ts'

const SECRET = 'aB3dE6gH9jK2mN5pQ8sT'
const RECORDED = oneConnection('http://api.test', (it) =>
  it
    .sent(request('GET', '/a'))
    .received(answer('old'))
    .sent(request('POST', '/b', 'one'))
    .received(answer('posted')),
)

/** The network. */
const live: Connector = async () => new LiveTransport()

/** It answers whatever is sent in one piece. */
class LiveTransport extends ScriptedTransport {
  override write(bytes: Uint8Array): void | Promise<void> {
    this.say(answer('live'))
    return super.write(bytes)
  }
}

interface Asked {
  readonly method?: string
  readonly path: string
  readonly body?: string
  readonly host?: string
}

/** What a process of a run hears, and what is left of it. */
interface Heard {
  readonly heard: readonly string[]
  /** What is in its own part of the recording; `undefined`: there is none. */
  readonly part: readonly string[] | undefined
  readonly report: { readonly problems: readonly string[] }
}

/** One process of a run over a cassette that may be there. */
async function process(changes: Partial<Run>, asked: readonly Asked[], isThere = true): Promise<Heard> {
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
  try {
    const hooks = join(dir, 'hooks.mjs')
    await writeFile(hooks, HOOKS)
    const run: Run = {
      ...runFor(join(dir, 'talk.yaml'), {}),
      ...changes,
      ...(changes.hooks !== undefined && { hooks }),
    }
    if (isThere) await saveCassette(run.cassette, RECORDED)
    const part = new Part(run, 'one')
    const cassette = await part.open(live)
    const heard: string[] = []
    for (const { method = 'GET', path, body, host = 'api.test' } of asked) {
      const connection = new HttpConnection({ protocol: 'http', host, port: 80, connector: part.connector })
      const told = await connection
        .request(method, path, body === undefined ? {} : { body })
        .then(() => connection.getResponse())
        .then((response) => response.text())
        .catch((error: unknown) => String(Reflect.get(Object(error), 'code')))
      heard.push(told)
      await connection.close()
    }
    await cassette.eject().catch(() => {})
    part.report(['another problem'])
    part.report(['it is told once'])
    const file = join(run.folder, 'one.yaml')
    const left = existsSync(file) ? await loadCassette(file) : undefined
    const { nameKey, ...kept }: Run = JSON.parse(readFileSync(join(run.folder, RUN_FILE), 'utf8'))
    expect([nameKey, kept.cassette]).toEqual([undefined, run.cassette])
    return {
      heard,
      part: left && interactionsOf(left).map(({ request: asking }) => `${asking.method} ${asking.target}`),
      report: JSON.parse(readFileSync(join(run.folder, 'one.json'), 'utf8')),
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** What a process hears that asks for what is recorded and for something else, and what is left of it. */
// oxfmt-ignore
const ACTIONS: readonly (readonly [action: Run['action'], isThere: boolean, heard: readonly string[], part: readonly string[] | undefined, said: object])[] = [
  ['record', true,  ['live', 'live'], ['GET /a', 'GET /n'], { used: [0, 1], interactions: 2, played: 0 }],
  ['record', false, ['live', 'live'], ['GET /a', 'GET /n'], { used: [0, 1], interactions: 2, played: 0 }],
  ['add',    true,  ['live', 'live'], ['GET /a', 'GET /n'], { used: [0, 1], interactions: 2, played: 0 }],
  ['add',    false, ['live', 'live'], ['GET /a', 'GET /n'], { used: [0, 1], interactions: 2, played: 0 }],
  ['extend', true,  ['old', 'live'], ['GET /a', 'POST /b', 'GET /n'], { used: [0, 2], interactions: 3, played: 1 }],
  ['extend', false, ['live', 'live'], ['GET /a', 'GET /n'], { used: [0, 1], interactions: 2, played: 0 }],
  ['replay', true,  ['old', 'NO_MATCH'], undefined, { used: [0], interactions: 2, played: 1 }],
  ['pass',   true,  ['live', 'live'], undefined, { used: [], interactions: 0, played: 0 }],
  ['pass',   false, ['live', 'live'], undefined, { used: [], interactions: 0, played: 0 }],
]

for (const [action, isThere, heard, part, said] of ACTIONS)
  test(`${action}, with ${isThere ? 'a' : 'no'} cassette: a process has a part of the run, and says once what it did`, async () => {
    const left = await process({ action }, [{ path: '/a' }, { path: '/n' }], isThere)
    expect([left.heard, left.part]).toEqual([heard, part])
    expect(left.report).toMatchObject({ ...said, others: 0 })
    const { problems } = left.report
    expect(problems.at(-1)).toBe('another problem')
    expect(problems.length).toBe(action === 'replay' ? 2 : 1)
    // Advice is in the words of the command.
    if (action === 'replay') expect(problems[0]).toMatch(/\/n[^]*--mode new_episodes/)
  })

for (const [action, isThere] of [
  ['missing', true],
  ['missing', false],
  ['replay', false],
] as const)
  test(`${action}, with ${isThere ? 'a' : 'no'} cassette: a process is refused, and told how to record it`, async () => {
    await expect(process({ action }, [], isThere)).rejects.toMatchObject({
      code: 'CASSETTE_NOT_FOUND',
      message: expect.stringContaining('WIRETAPE_MODE=once'),
    })
  })

const TWO = { method: 'POST', path: '/b', body: 'two' }
const HOOKS = `export const beforeRecord = (interaction) => (interaction.request.target === '/a' ? null : interaction)`

/** A setting of a run, what is asked for, and what is heard and recorded with it and without it. */
// oxfmt-ignore
const SETTINGS: readonly (readonly [name: string, setting: Partial<Run>, action: Run['action'], asked: readonly Asked[], with_: unknown, without: unknown])[] = [
  ['matchOn', { matchOn: ['method', 'url'] }, 'replay', [TWO], [['posted'], undefined], [['NO_MATCH'], undefined]],
  ['repeats', { repeats: true }, 'replay', [{ path: '/a' }, { path: '/a' }], [['old', 'old'], undefined], [['old', 'NO_MATCH'], undefined]],
  ['ignoreHosts', { ignoreHosts: ['api.test'] }, 'record', [{ path: '/a' }], [['live'], undefined], [['live'], ['GET /a']]],
  ['ignoreHosts', { ignoreHosts: ['api.test'] }, 'replay', [{ path: '/a' }], [['live'], undefined], [['old'], undefined]],
  ['hooks', { hooks: 'HOOKS' }, 'record', [{ path: '/a' }, { path: '/n' }], [['live', 'live'], ['GET /n']], [['live', 'live'], ['GET /a', 'GET /n']]],
  ['allowSecrets', { allowSecrets: true }, 'record', [{ path: `/?token=${SECRET}` }], [['live'], [`GET /?token=${SECRET}`]], [['live'], ['GET /?token={{token.1}}']]],
]

for (const [name, setting, action, asked, with_, without] of SETTINGS)
  test(`${name} of a run decides in each process, ${action}`, async () => {
    for (const [changes, expected] of [
      [setting, with_],
      [{}, without],
    ] as const) {
      const { heard, part } = await process({ ...changes, action }, asked)
      expect([heard, part]).toEqual(expected)
    }
  })

/** Milliseconds until a recorded answer has come. */
async function tookWith(timing: Run['timing']): Promise<number> {
  const before = performance.now()
  expect((await process({ action: 'replay', timing }, [{ path: '/a' }])).heard).toEqual(['old'])
  return performance.now() - before
}

test('timing of a run decides in each process when answers come', async () => {
  // It came after a millisecond when it was recorded.
  expect(await tookWith(300)).toBeGreaterThan(290)
})

test('connections that are not HTTP are counted', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
  const run: Run = { ...runFor(join(dir, 'talk.yaml'), {}), action: 'pass' }
  const part = new Part(run, 'one')
  await expect(part.connector({ protocol: 'tcp', host: 'db.test', port: 1 }, {})).rejects.toMatchObject({
    code: 'CASSETTE_NOT_FOUND',
  })
  await part.open(live)
  for (const protocol of ['tcp', 'http', 'tls', 'https'] as const)
    (await part.connector({ protocol, host: 'db.test', port: 1 }, {})).destroy()
  part.report([])
  expect(JSON.parse(readFileSync(join(run.folder, 'one.json'), 'utf8'))).toMatchObject({ others: 2, problems: [] })
  await rm(dir, { recursive: true })
})

test('what is there is copied for a process that adds to it, long bodies included', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
  const run: Run = { ...runFor(join(dir, 'talk.yaml'), {}), action: 'extend' }
  const body = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919) % 251))
  const long = oneConnection('http://api.test', (it) =>
    it.sent(request('GET', '/a')).received(answer(body.toString('latin1'))),
  )
  await saveCassette(run.cassette, long)
  expect(existsSync(join(dir, 'blobs'))).toBe(true)
  const part = new Part(run, 'one')
  await using _ = await part.open(live)
  expect((await loadCassette(join(run.folder, 'one.yaml'))).tape.length).toBe(long.tape.length)
  expect((await readdir(join(run.folder, 'blobs'))).length).toBe((await readdir(join(dir, 'blobs'))).length)
  await rm(dir, { recursive: true })
})
