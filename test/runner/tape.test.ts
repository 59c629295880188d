import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test as base } from '../helpers/test.ts'
import { ConnectionError } from '../../src/errors.ts'
import type { RunnerOptions } from '../../src/runner/runner-options.ts'
import { type Outcome, Tape } from '../../src/runner/tape.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import { Dialogue, originOf } from '../helpers/dialogue.ts'
import { serve } from '../helpers/live-server.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const get = (target: string): string => request('GET', target)

interface Setup {
  readonly url: string
  /** The tape of a test. */
  readonly tapeWith: (options?: RunnerOptions) => Tape
}

const test = base.extend<{ setup: Setup }>({
  setup: async ({}, use) => {
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
    await using server = await serve((socket) => void socket.on('data', () => socket.write(answer('live'))))
    const tapeWith = (options: RunnerOptions = {}): Tape =>
      new Tape({
        title: 'a test',
        name: 'a',
        isOfFile: false,
        settings: () => ({ dir, options: { env: {}, ...options } }),
        onLate: () => {},
      })
    await use({ url: `http://127.0.0.1:${server.port}`, tapeWith })
    await rm(dir, { recursive: true })
  },
})

/** Asks on a connection of its own, and resolves with the answer. */
async function ask(tape: Tape, url: string, target: string): Promise<string> {
  const transport = await tape.connector(originOf(url), {})
  await transport.write(Buffer.from(get(target)))
  return String(await transport.read())
}

/** A miss that the code under test swallows, though the tape records: the answers to a pipeline are still due. */
async function swallowMiss(tape: Tape, url: string): Promise<void> {
  const client = new Dialogue(await tape.connector(originOf(url), {}))
  client.say(get('/1'))
  expect(() => client.say(get('/missed'))).toThrow(expect.objectContaining({ code: 'NO_MATCH' }))
}

const targetsOf = async ({ path }: Tape): Promise<string[]> =>
  interactionsOf(await loadCassette(path)).map(({ request: { target } }) => target)

interface Case {
  readonly outcome: Outcome
  readonly trouble?: 'miss' | 'escape'
  readonly options?: RunnerOptions
  readonly isSaved: boolean
  /** The code of what the test has to fail with. */
  readonly fails?: string
}

// oxfmt-ignore
const CASES: Readonly<Record<string, Case>> = {
  'that passed':                                        { outcome: 'passed',  isSaved: true },
  'that failed':                                        { outcome: 'failed',  isSaved: false },
  'that failed, to be kept':                            { outcome: 'failed',  isSaved: true, options: { recordOnError: true } },
  'that was skipped':                                   { outcome: 'skipped', isSaved: false },
  'that was skipped, to be kept':                       { outcome: 'skipped', isSaved: false, options: { recordOnError: true } },
  'that passed and swallowed a miss':                   { outcome: 'passed',  isSaved: false, trouble: 'miss', fails: 'MISSED' },
  'that failed and swallowed a miss':                   { outcome: 'failed',  isSaved: false, trouble: 'miss', fails: 'MISSED' },
  'that passed and swallowed a miss, to be kept':       { outcome: 'passed',  isSaved: true,  trouble: 'miss', fails: 'MISSED', options: { recordOnError: true } },
  'that passed and may swallow misses':                 { outcome: 'passed',  isSaved: true,  trouble: 'miss', options: { failOnMiss: false } },
  'that passed though another process refused a request': { outcome: 'passed',  isSaved: false, trouble: 'escape', fails: 'SOCKET_ESCAPED' },
  'the same, where misses may be swallowed':            { outcome: 'passed',  isSaved: false, trouble: 'escape', fails: 'SOCKET_ESCAPED', options: { failOnMiss: false } },
}

test.describe('the recording of a test', () => {
  for (const [what, { outcome, trouble, options, isSaved, fails }] of Object.entries(CASES))
    test(`${what} is ${isSaved ? 'saved' : 'given up'}`, async ({ setup: { url, tapeWith } }) => {
      const tape = tapeWith({ mode: 'new_episodes', ...options })
      const before = oneConnection(url, (it) => it.sent(get('/1') + get('/2')).received(answer('1') + answer('2')))
      await saveCassette(tape.path, before)
      if (trouble === 'miss') await swallowMiss(tape, url)
      if (trouble === 'escape') tape.noteProblem(new ConnectionError('SOCKET_ESCAPED', 'open', url))
      expect(await ask(tape, url, '/live')).toBe(answer('live'))
      expect(codeOf(await tape.end(outcome))).toBe(fails)
      expect(await targetsOf(tape)).toEqual(['/1', '/2', ...(isSaved ? ['/live'] : [])])
      if (outcome !== 'skipped')
        expect(tape.note).toMatchObject({ recorded: Number(isSaved), unsaved: Number(!isSaved) })
    })
})

const codeOf = (error: Error | undefined): unknown => error && Reflect.get(error, 'code')

/** Why a cassette cannot be saved, or is not as it should be when it is closed. */
const FAILURES: Readonly<
  Record<string, { readonly options?: RunnerOptions; readonly spoil?: (tape: Tape) => Promise<unknown> }>
> = {
  NOT_A_REGULAR_FILE: { spoil: (tape) => mkdir(tape.path) },
  HOOK_FAILED: {
    options: {
      beforeRecord: () => {
        throw new Error('no')
      },
    },
  },
}

test.describe('a cassette that could not be closed as it should', () => {
  for (const [code, { options = {}, spoil }] of Object.entries(FAILURES)) {
    test(`fails a test that passed: ${code}`, async ({ setup: { url, tapeWith } }) => {
      const tape = tapeWith(options)
      await ask(tape, url, '/live')
      await spoil?.(tape)
      const problem = await tape.end('passed')
      expect(codeOf(problem)).toBe(code)
      expect(tape.problem).toBe(problem)
      expect(tape.note?.failure).toBe(problem?.message)
    })

    test(`says nothing for what went wrong before: ${code}`, async ({ setup: { url, tapeWith } }) => {
      const tape = tapeWith({ ...options, recordOnError: true })
      await ask(tape, url, '/live')
      await spoil?.(tape)
      tape.noteProblem(new ConnectionError('SOCKET_ESCAPED', 'open', url))
      expect(codeOf(await tape.end('passed'))).toBe('SOCKET_ESCAPED')
      expect(tape.note?.failure).toContain(code === 'HOOK_FAILED' ? 'beforeRecord' : 'a.yaml')
    })
  }

  test('fails it, too, if it holds what was not played', async ({ setup: { url, tapeWith } }) => {
    const tape = tapeWith({ mode: 'none', allowUnused: false })
    const recorded = oneConnection(url, (it) =>
      it.sent(get('/1')).received(answer('1')).sent(get('/2')).received(answer('2')),
    )
    await saveCassette(tape.path, recorded)
    expect(await ask(tape, url, '/1')).toBe(answer('1'))
    expect(codeOf(await tape.end('passed'))).toBe('UNPLAYED')
  })

  test('fails it, too, if it could not be opened and nobody heard of it', async ({ setup: { url, tapeWith } }) => {
    const tape = tapeWith({ mode: 'none' })
    await expect(ask(tape, url, '/1')).rejects.toMatchObject({ code: 'CASSETTE_NOT_FOUND' })
    expect(codeOf(await tape.end('passed'))).toBe('CASSETTE_NOT_FOUND')
  })
})
