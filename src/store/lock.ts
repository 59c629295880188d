import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, renameSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { CassetteError } from '../errors.ts'
import { removeIfPossible } from './append-only-file.ts'
import { besideOf, stemOf } from './beside.ts'
import { isRunning, removeOrphans } from './orphans.ts'
import { fileError, systemCode } from './file-error.ts'

/** The right to write a cassette, until it is released or its process ends. */
export interface Lock {
  /** Calling it twice is fine. */
  release(): void
}

/** Who holds a lock. */
interface Owner {
  readonly pid: number
  /** When the process started, in a form that only its own system understands; absent where that cannot be told. */
  readonly started?: string | undefined
  readonly host: string
  readonly thread: number
  /** Tells one locking from every other one. */
  readonly token: string
}

/**
 * Takes `NAME.yaml.lock` beside the cassette at `path`, folder included; one that a dead process left is taken over.
 *
 * A folder that was made for it and is empty in the end goes with the lock.
 *
 * @throws CassetteError `CASSETTE_LOCKED` that names the owner, `CASSETTE_IO` where the system refuses.
 */
export function lockCassette(path: string): Lock {
  const owner: Owner = {
    pid: process.pid,
    started: startOf('self'),
    host: hostname(),
    thread: threadId,
    token: newToken(),
  }
  let newFolder: string | undefined
  try {
    newFolder = mkdirSync(dirname(path), { recursive: true })
    acquire(`${path}.lock`, owner, path)
  } catch (error) {
    if (newFolder !== undefined) removeEmptyFolders(dirname(path), newFolder)
    throw fileError(error, path)
  }
  HELD.add(owner.token)
  removeOrphans(path)
  const release = (): void => {
    HELD.delete(owner.token)
    releaseOwn(`${path}.lock`, owner)
    if (newFolder !== undefined) removeEmptyFolders(dirname(path), newFolder)
  }
  return { release }
}

/** Who holds the lock in the file at `place`, such as `process 4711`; `undefined` where its owner is gone. */
export function holderOf(place: string): string | undefined {
  const owner = readOwner(place)
  return owner !== undefined && isAlive(owner) ? describeOwner(owner, place) : undefined
}

/** The locks of this thread: one that it could not delete when it gave it up is nobody's. */
const HELD = heldByThisThread()

/** One set, though there may be two copies of this module. */
function heldByThisThread(): Set<string> {
  const key = Symbol.for('wiretape.locks')
  const there: unknown = Reflect.get(globalThis, key)
  if (there instanceof Set) return there
  const held = new Set<string>()
  Reflect.set(globalThis, key, held)
  return held
}

/**
 * Puts the owner's file at `place`. A dead owner's file is replaced, by whoever holds the lock on replacing it: otherwise a slow
 * process could replace the file of the next living owner.
 */
function acquire(place: string, owner: Owner, path: string): void {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    if (putNew(place, owner, path)) return
    const found = readOwner(place)
    if (found === undefined) continue // It was released meanwhile.
    if (isAlive(found)) throw lockedBy(found, path, place)
    const guard = join(dirname(path), `${stemOf(path)}.lock-take-${found.token}`)
    acquire(guard, owner, path)
    if (readOwner(place)?.token === found.token) {
      renameSync(guard, place)
      return
    }
    unlinkSync(guard)
  }
  throw new CassetteError('CASSETTE_LOCKED', 'it changes hands all the time', { file: path })
}

const MOST_TRIES = 100

/** Whether there was no file yet. It is never seen without its content. */
function putNew(place: string, owner: Owner, path: string): boolean {
  const text = `${JSON.stringify(owner)}\n`
  const beside = besideOf(path, 'lock-new')
  try {
    writeFileSync(beside, text, { flag: 'wx' })
    linkSync(beside, place)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    if (!HAS_NO_LINKS.has(systemCode(error))) throw error
    return putPlainly(place, text)
  } finally {
    removeIfPossible(beside)
  }
}

/** What file systems say that have no hard links. */
const HAS_NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

function putPlainly(place: string, text: string): boolean {
  try {
    writeFileSync(place, text, { flag: 'wx' })
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

/** `undefined` where there is no lock. What nobody can have written is an owner that is gone. */
function readOwner(place: string): Owner | undefined {
  let text: string
  try {
    text = readFileSync(place, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
  return parseOwner(text) ?? { pid: 0, host: hostname(), thread: 0, token: 'broken' }
}

function parseOwner(text: string): Owner | undefined {
  try {
    const { pid, started, host, thread, token }: Record<string, unknown> = Object(JSON.parse(text))
    const isOwner = typeof pid === 'number' && typeof host === 'string' && typeof thread === 'number'
    if (!isOwner || typeof token !== 'string' || !/^[\w-]{1,40}$/.test(token)) return undefined
    return { pid, host, thread, token, started: typeof started === 'string' ? started : undefined }
  } catch {
    return undefined // Not JSON.
  }
}

/** Of a process elsewhere nothing can be known, so it counts as alive. */
function isAlive({ pid, host, thread, token, started }: Owner): boolean {
  if (host !== hostname()) return true
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  if (pid === process.pid && thread === threadId && started === startOf('self')) return HELD.has(token)
  if (!isRunning(pid)) return false
  // Numbers of processes come again.
  const now = startOf(pid)
  return started === undefined || now === undefined || now === started
}

/** When a process started, in ticks since the system did; only Linux tells. */
function startOf(pid: number | 'self'): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is a name in parentheses that may hold anything; the 22nd is the start.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined // Another system, or a process that has gone: then its number tells enough.
  }
}

function lockedBy(owner: Owner, file: string, place: string): CassetteError {
  return new CassetteError('CASSETTE_LOCKED', `by ${describeOwner(owner, place)}`, { file })
}

function describeOwner({ pid, host, thread }: Owner, place: string): string {
  if (pid === process.pid && host === hostname())
    return `this process (${pid}${thread === threadId ? '' : `, thread ${thread}`})`
  return `process ${pid}${host === hostname() ? '' : ` on ${host}; if that is gone, delete ${place}`}`
}

function releaseOwn(place: string, { token }: Owner): void {
  try {
    // Only one's own: somebody may have deleted it, and somebody else taken it.
    if (readOwner(place)?.token === token) unlinkSync(place)
  } catch {
    // A lock that stays is taken over when this process has ended.
  }
}

/** From the innermost to the outermost. */
function removeEmptyFolders(innermost: string, outermost: string): void {
  try {
    for (let folder = innermost; folder.length >= outermost.length; folder = dirname(folder)) rmdirSync(folder)
  } catch {
    // It is not empty, which is the usual case.
  }
}

const newToken = (): string => randomUUID().slice(0, 13)
