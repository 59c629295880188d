import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundled } from '../bundled.ts'
import { CassetteError } from 'wiretape'
import type { ChildTask } from './child.ts'
import type { ExchangeServer } from './exchange.ts'
import { type ErrorCode, installSeam, type Mishap } from './seam.ts'
import { ask, openCassette, type Run } from './subject.ts'
import { verify } from './verify.ts'

/** How one run went. */
export interface Outcome {
  readonly what: string
  readonly acknowledged: number
  readonly recorded: number
  readonly isSaved: boolean
  readonly wrongs: readonly string[]
}

/** The setting of a run. */
export interface Scenario {
  readonly connections: number
  readonly size: number
  readonly interactions: number
  /** Whether there is already a cassette, which is recorded again. */
  readonly hasOld: boolean
  readonly client?: NonNullable<Run['client']>
}

/** A folder for one run, with an old cassette in it or without. */
async function inFolder<Result>(
  server: ExchangeServer,
  { hasOld, ...scenario }: Scenario,
  use: (run: Run, old: Buffer | undefined) => Promise<Result>,
): Promise<Result> {
  const dir = mkdtempSync(join(tmpdir(), 'wiretape-torture-'))
  const run: Run = { dir, name: 'users', port: server.port, ...scenario }
  try {
    const old = hasOld ? Buffer.from(OLD) : undefined
    if (old !== undefined) writeFileSync(join(dir, 'users.yaml'), old)
    return await use(run, old)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const OLD =
  'wiretape: 1\nrecorded: { at: "2026-11-22T12:00:00.000Z", by: wiretape 0.1.0, node: "20.20.2" }\ntape: []\nevents: 0\n'

/** Kills a recording after it has acknowledged `after` answers, and checks the result. */
export function killed(server: ExchangeServer, scenario: Scenario, after: number): Promise<Outcome> {
  return signalled(server, scenario, after, 'SIGKILL')
}

export function signalled(
  server: ExchangeServer,
  scenario: Scenario,
  after: number,
  signal: NodeJS.Signals,
): Promise<Outcome> {
  return inFolder(server, scenario, async (run, old) => {
    const child = startChild(run)
    const { acknowledged } = await listen(child, (index) => index >= after && child.kill(signal))
    return outcomeOf(`${signal} after ${after}`, run, old, acknowledged)
  })
}

/** The process ends itself unexpectedly. */
export function ended(
  server: ExchangeServer,
  scenario: Scenario,
  ending: NonNullable<ChildTask['ending']>,
): Promise<Outcome> {
  return inFolder(server, scenario, async (run, old) => {
    const { acknowledged } = await listen(startChild({ ...run, ending }))
    return outcomeOf(`${ending.how} after ${ending.after}`, run, old, acknowledged)
  })
}

/** Kills a recording at one call of the file system; `undefined` when it ends before that call. */
export function killedAtCall(
  server: ExchangeServer,
  scenario: Scenario,
  at: number,
  moment: 'before' | 'behind' | 'within',
): Promise<Outcome | undefined> {
  return inFolder(server, scenario, async (run, old) => {
    const task: ChildTask = { ...run, mishap: { at, what: { type: 'kill', moment } } }
    const { acknowledged, signal } = await listen(startChild(task))
    if (signal === null) return undefined
    return outcomeOf(`kill ${moment} call ${at}`, run, old, acknowledged)
  })
}

/** The same in the middle of the system's own call, with strace; `undefined` when there are fewer calls. */
export function killedInSystem(
  server: ExchangeServer,
  scenario: Scenario,
  call: string,
  count: number,
): Promise<Outcome | undefined> {
  return inFolder(server, scenario, async (run, old) => {
    const path = join(run.dir, 'users.yaml')
    const files = [path, `${path}.rec`, `${path}.lock`, run.dir].flatMap((file) => ['-P', file])
    const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:signal=SIGKILL:when=${count}`]
    const command = ['-f', '-qq', '-o', '/dev/null', ...files, ...inject, process.execPath, ...childArguments(run)]
    const child = spawn('strace', command, { stdio: ['ignore', 'pipe', 'ignore'] })
    const { acknowledged, code, signal } = await listen(child)
    if (code === 0 && signal === null) return undefined
    return outcomeOf(`kill in ${call} ${count}`, run, old, acknowledged)
  })
}

/** Whether strace is installed and may trace. */
export function hasStrace(): boolean {
  try {
    execFileSync('strace', ['-qq', '-o', '/dev/null', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Everything that can go wrong with one call, except the death of the process. */
export const MISHAPS: readonly Mishap[] = [
  ...(['ENOSPC', 'EIO', 'EROFS'] as const satisfies readonly ErrorCode[]).flatMap((code): Mishap[] => [
    { type: 'error', code, persists: false },
    { type: 'error', code, persists: true },
  ]),
  { type: 'short', fails: false },
  { type: 'short', fails: true },
]

/** The names of the calls in a run without a mishap. */
export function callsOf(server: ExchangeServer, scenario: Scenario): Promise<readonly string[]> {
  return inFolder(server, scenario, async (run) => {
    const seam = installSeam(run.dir)
    try {
      const cassette = await openCassette(run)
      await ask(run, cassette, () => {})
      await cassette.eject()
    } finally {
      seam.remove()
    }
    return seam.calls
  })
}

/** Lets something go wrong at one call, in this process. */
export function faulty(server: ExchangeServer, scenario: Scenario, at: number, mishap: Mishap): Promise<Outcome> {
  return inFolder(server, scenario, async (run, old) => {
    const acknowledged: number[] = []
    let safe: number[] | undefined
    const seam = installSeam(run.dir, at, mishap)
    const requestsBefore = server.requests
    let failure: unknown
    let isOpen = false
    try {
      const cassette = await openCassette(run)
      isOpen = true
      await ask(run, cassette, (index) => {
        if (seam.hasStruck) safe ??= [...acknowledged]
        acknowledged.push(index)
      })
      if (seam.hasStruck) safe ??= [...acknowledged]
      await cassette.eject()
    } catch (error) {
      failure = error
    } finally {
      seam.remove()
    }
    const what = `${describe(mishap)} at call ${at}, ${seam.calls[at]}`
    const wrongs = failureWrongs(failure, isOpen, acknowledged.length, run, server.requests - requestsBefore)
    const outcome = await outcomeOf(what, run, old, failure === undefined ? acknowledged : (safe ?? acknowledged))
    if (failure === undefined && !outcome.isSaved) wrongs.push('nobody was told that nothing was saved')
    return { ...outcome, wrongs: [...wrongs, ...outcome.wrongs] }
  })
}

function failureWrongs(failure: unknown, isOpen: boolean, acknowledged: number, run: Run, requests: number): string[] {
  if (failure instanceof CassetteError) {
    if (!failure.message.includes(run.dir)) return [`names no file: ${failure.message}`]
  } else if (failure instanceof Error) {
    return [`not a typed error: ${failure.message}`]
  }
  if (!isOpen) return requests === 0 ? [] : ['it failed behind the first request']
  return acknowledged === run.interactions ? [] : [`the traffic stopped behind ${acknowledged}`]
}

function describe(mishap: Mishap): string {
  switch (mishap.type) {
    case 'error':
      return `${mishap.code}${mishap.persists ? ' from there on' : ''}`
    case 'short':
      return `a short write${mishap.fails ? ', then ENOSPC' : ''}`
    case 'kill':
      return 'a kill'
  }
}

/** Processes that record the same cassette at once: the second one is refused before its first request. */
export function crowd(server: ExchangeServer, scenario: Scenario, processes: number): Promise<Outcome> {
  return inFolder(server, scenario, async (run, old) => {
    const requestsBefore = server.requests
    const all = await Promise.all(Array.from({ length: processes }, () => listen(startChild(run))))
    const winners = all.filter(({ code }) => code === 0)
    const refused = all.filter(({ code, stderr }) => code !== 0 && stderr.includes('CASSETTE_LOCKED'))
    const wrongs: string[] = []
    if (winners.length === 0) wrongs.push('nobody recorded')
    if (winners.length + refused.length !== processes) wrongs.push('somebody failed otherwise')
    if (refused.some(({ acknowledged }) => acknowledged.length > 0)) wrongs.push('one was refused behind a request')
    if (server.requests - requestsBefore !== winners.length * run.interactions) wrongs.push('requests of the refused')
    const outcome = await outcomeOf(`${processes} processes`, run, old, winners[0]?.acknowledged ?? [])
    return { ...outcome, wrongs: [...wrongs, ...outcome.wrongs] }
  })
}

/** The report to the user if a run could not be saved. */
export function failedExit(
  server: ExchangeServer,
  scenario: Scenario,
  mishap: NonNullable<ChildTask['mishap']>,
  ending?: ChildTask['ending'],
): Promise<Outcome & { readonly code: number | null; readonly stderr: string }> {
  return inFolder(server, scenario, async (run, old) => {
    const { code, stderr } = await listen(startChild({ ...run, mishap, ...(ending && { ending }) }))
    return { ...(await outcomeOf('a failure', run, old, [])), code, stderr }
  })
}

async function outcomeOf(
  what: string,
  run: Run,
  old: Buffer | undefined,
  acknowledged: readonly number[],
): Promise<Outcome> {
  const { connections, size } = run
  const before = readdirSync(run.dir).join(', ')
  const { wrongs, recorded, isSaved } = await verify(run, { old }, acknowledged)
  const place = `${what}; ${connections} connections, bodies of ${size}; ${before}`
  return { what: place, acknowledged: acknowledged.length, recorded, isSaved, wrongs }
}

const CHILD = new URL('child.ts', import.meta.url)

const childArguments = (task: ChildTask): string[] => ['--enable-source-maps', bundled(CHILD), JSON.stringify(task)]

const startChild = (task: ChildTask): ChildProcess =>
  spawn(process.execPath, childArguments(task), { stdio: ['ignore', 'pipe', 'pipe'] })

interface Heard {
  readonly acknowledged: readonly number[]
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderr: string
}

/** Reads the output of a child to its end; its last lines count. */
async function listen(child: ChildProcess, onAcknowledged: (index: number) => void = () => {}): Promise<Heard> {
  let [text, stderr] = ['', '']
  const acknowledged: number[] = []
  child.stdout?.on('data', (bytes: Buffer) => {
    text += bytes.toString()
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) {
      if (!line.startsWith('ack ')) continue
      const index = Number(line.slice('ack '.length))
      acknowledged.push(index)
      onAcknowledged(index)
    }
  })
  child.stderr?.on('data', (bytes: Buffer) => (stderr += bytes.toString()))
  const [code, signal]: [number | null, NodeJS.Signals | null] = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (...end) => resolve(end))
  })
  return { acknowledged, code, signal, stderr }
}
