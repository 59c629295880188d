import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test as base } from '../helpers/test.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import type { Connector } from '../../src/transport.ts'
import { captureOptions } from '../../src/use/capture-options.ts'
import { planFor } from '../../src/use/plan.ts'
import { PlaybackHook } from '../../src/use/playback-hook.ts'
import { useCassette } from '../../src/use/use-cassette.ts'
import type { UseCassetteOptions } from '../../src/use/use-options.ts'
import { ScriptedTransport } from '../helpers/scripted-transport.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const test = base.extend<{ dir: string }>({
  dir: async ({}, use) => {
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-use-'))
    await use(dir)
    await rm(dir, { recursive: true })
  },
})

const API = 'http://api.test'
const CASSETTE = oneConnection(API, (it) => it.sent(request('GET', '/')).received(answer('ok')))

/** A server that answers each write. */
class Answering extends ScriptedTransport {
  override write(bytes: Uint8Array): void | Promise<void> {
    const written = super.write(bytes)
    this.say(answer('ok'))
    return written
  }
}

const LIVE: Connector = async () => new Answering()

test('a cassette is too old after its age, or where nobody can read when it was recorded', async ({ dir }) => {
  const path = join(dir, 'a.yaml')
  const expired = async (at: string, now: number): Promise<boolean> => {
    await writeFile(path, encodeCassette({ ...CASSETTE, recorded: { ...CASSETTE.recorded, at } }))
    const { isExpired } = await planFor('none', path, { maxAge: 1000, now: () => now })
    return isExpired
  }
  const at = '2026-11-22T12:00:00.000Z'
  const recorded = Date.parse(at)
  expect(await expired(at, recorded + 1000)).toBe(false)
  expect(await expired(at, recorded + 1001)).toBe(true)
  expect(await expired('yesterday', recorded)).toBe(true)
})

test('a cassette that is recorded again with the same answers keeps its date, unless its age counts', async ({
  dir,
}) => {
  const record = async (options: UseCassetteOptions = {}): Promise<string> => {
    await using cassette = await useCassette('a', { dir, env: {}, mode: 'all', connector: LIVE, ...options })
    const connection = cassette.connect(API)
    await connection.request('GET', '/')
    await (await connection.getResponse()).text()
    await cassette.eject()
    return readFile(join(dir, 'a.yaml'), 'utf8')
  }
  const old = (await record()).replace(/at: "20\d\d/, 'at: "2001')
  await writeFile(join(dir, 'a.yaml'), old)
  expect(await record()).toBe(old)
  expect(await record({ maxAge: 1e15 })).not.toContain('at: "2001')
})

const PONGING: Connector = async () => new ScriptedTransport().say('+PONG\r\n')

test('a connection is recorded with the protocol that is named for it', async ({ dir }) => {
  const textWith = async (options: UseCassetteOptions): Promise<string> => {
    await using cassette = await useCassette('a', { dir, env: {}, mode: 'all', connector: PONGING, ...options })
    const transport = await cassette.connector({ protocol: 'tcp', host: 'redis', port: 6379 }, {})
    await transport.write(Buffer.from('*1\r\n$4\r\nPING\r\n'))
    await transport.read()
    transport.destroy()
    await cassette.eject()
    return readFile(join(dir, 'a.yaml'), 'utf8')
  }
  expect(await textWith({})).not.toContain('speaks:')
  expect(await textWith({ protocols: { 'redis:6379': 'redis' } })).toContain('speaks: redis')
})

test('options of a capture that do not exist are refused', () => {
  expect([captureOptions(undefined), captureOptions(false), captureOptions(true)]).toEqual([undefined, undefined, {}])
  const options = { hosts: ['db:5432'] }
  expect(captureOptions(options)).toBe(options)
  expect(() => captureOptions(Object({ host: [] }))).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }))
})

test('a hook for a replay that fails says nothing secret, unless nothing is', async () => {
  const secret = ['aB3dE6gH', '9jK2mN5p'].join('')
  const fails = (): never => {
    throw new Error(`not with ${secret}`)
  }
  const messageWith = async (redact: ConstructorParameters<typeof PlaybackHook>[1]['redact']): Promise<unknown> => {
    const hook = new PlaybackHook(fails, { hookTimeout: undefined, redact })
    await hook.apply(CASSETTE)
    return hook.error()?.message
  }
  expect(await messageWith({ secrets: [secret] })).toContain('not with {{secret.1}}')
  expect(await messageWith(false)).toContain(`not with ${secret}`)
})
