import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { redactCassette } from '../redaction/redact-cassette.ts'
import type { RedactionOptions } from '../redaction/redaction-options.ts'
import { withSharedNames } from '../redaction/shared-names.ts'
import { loadCassette } from '../store/load-cassette.ts'
import { leftOver } from '../store/resume.ts'
import { saveCassette } from '../store/save-cassette.ts'
import type { Cassette } from '../tape/cassette.ts'
import { recordsOf } from '../tape/record.ts'
import { keepStable } from '../tape/stable.ts'
import { append, sideBySide } from '../tape/splice.ts'
import { RunNames } from './run-names.ts'
import type { ProcessReport, Run } from './run.ts'
import { sharedRequests } from './shared-requests.ts'

/** What a run came to. */
export interface RunResult {
  /** Interactions that were played, in all processes. */
  readonly played: number
  /** Interactions to play that no process asked for. */
  readonly unused: number
  /** Connections that are not HTTP, in all processes. */
  readonly others: number
  /** The cassette as it was saved; `undefined` if nothing was. */
  readonly saved: Cassette | undefined
  /** Why a run that records has saved nothing: the command failed, or made no connection that is recorded. */
  readonly unsaved: 'failed' | 'nothing' | undefined
  /** Recorded requests that several processes made alike, and that were answered differently. */
  readonly shared: readonly string[]
  /** What went wrong and may have been swallowed, each once. */
  readonly problems: readonly string[]
  /** Processes that made a connection. */
  readonly processes: number
}

/**
 * Puts together what the processes of a run have recorded, and removes the folder of the run.
 *
 * @param keeps whether what was recorded is saved. Default: `true`.
 * @throws CassetteError as `saveCassette`; the folder then stays.
 */
export async function finishRun(run: Run, keeps = true): Promise<RunResult> {
  const records = run.action === 'record' || run.action === 'add' || run.action === 'extend'
  const unsaved = !records ? undefined : keeps ? 'nothing' : 'failed'
  if (!existsSync(run.folder))
    return { ...NOT_SAVED, unsaved, played: 0, unused: 0, others: 0, problems: [], processes: 0 }
  const reports = await reportsOf(run.folder)
  const { saved, shared } = records && keeps ? await saveParts(run) : NOT_SAVED
  await rm(run.folder, { recursive: true, force: true })
  const used = new Set(reports.flatMap((report) => report.used))
  const interactions = Math.max(0, ...reports.map((report) => report.interactions))
  return {
    played: reports.reduce((sum, { played }) => sum + played, 0),
    others: reports.reduce((sum, { others }) => sum + others, 0),
    unused: run.action === 'replay' ? interactions - used.size : 0,
    saved,
    unsaved: saved === undefined ? unsaved : undefined,
    shared,
    problems: [...new Set(reports.flatMap(({ problems }) => problems))],
    processes: reports.length,
  }
}

async function reportsOf(folder: string): Promise<readonly ProcessReport[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
  return Promise.all(names.map(async (name) => readReport(await readFile(join(folder, name), 'utf8'))))
}

/** Only our own processes write there, and a process that was killed leaves none. */
const readReport = (text: string): ProcessReport => {
  const { used, interactions, played, others, problems } = Object(JSON.parse(text))
  return { used, interactions, played, others, problems }
}

type Saved = Pick<RunResult, 'saved' | 'shared'>

const NOT_SAVED: Saved = { saved: undefined, shared: [] }

async function saveParts(run: Run): Promise<Saved> {
  const parts = await partsOf(run)
  const base = run.action !== 'record' && existsSync(run.cassette) ? await loadCassette(run.cassette) : undefined
  // A process that plays what is there has it in its part, too.
  const known =
    run.action !== 'extend' ? 0 : (base?.tape ?? []).reduce((most, { connection }) => Math.max(most, connection), 0)
  const added = parts.map((part) => behind(part, known)).filter(({ tape }) => tape.length > 0)
  const fresh = sideBySide(added)
  const whole = base === undefined || fresh === undefined ? (fresh ?? base) : append(base, fresh)
  if (whole === undefined) return NOT_SAVED
  const saved = run.action === 'record' ? await likeOld(run.cassette, whole) : whole
  await saveCassette(run.cassette, saved)
  return { saved, shared: sharedRequests(added) }
}

/** What comes after the connections that were known, numbered as if there were none of these. */
const behind = (part: Cassette, known: number): Cassette => ({
  ...part,
  tape: part.tape.flatMap((event) =>
    event.connection > known ? [{ ...event, connection: event.connection - known }] : [],
  ),
})

async function partsOf(run: Run): Promise<readonly Cassette[]> {
  const { folder, allowSecrets } = run
  const redact = allowSecrets ? undefined : withSharedNames({ env: process.env }, new RunNames(run))
  const names = (await readdir(folder))
    .map((name) => name.replace(/\.rec$/, ''))
    .filter((name) => name.endsWith('.yaml'))
  const read = await Promise.all([...new Set(names)].map((name) => readPart(join(folder, name), redact)))
  return read.filter((part) => part !== undefined)
}

/** Of a process that ended without saving there is a journal, even of one that was killed. */
async function readPart(path: string, redact: RedactionOptions | undefined): Promise<Cassette | undefined> {
  const left = await leftOver(path)
  if (left === undefined) return existsSync(path) ? loadCassette(path) : undefined
  // The process may have learned a secret after it had written it in another place.
  return redact === undefined ? left.cassette : redactCassette(left.cassette, redact).cassette
}

/** What has not changed since the old recording stays as it was, for a short diff. */
async function likeOld(path: string, whole: Cassette): Promise<Cassette> {
  if (!existsSync(path)) return whole
  try {
    const fresh = { ...whole, records: recordsOf(whole.tape), notes: [] }
    return keepStable(await loadCassette(path), fresh).cassette
  } catch {
    // A broken cassette is replaced.
    return whole
  }
}
