import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, renameSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { CassetteError } from '../errors.ts'
import { removeIfPossible } from './append-only-file.ts'
import { besideOf, stemOf } from './beside.ts'
import { isRunning, removeOrphans } from './orphans.ts'
import { fileError, HAS_NO_LINKS, systemCode } from './file-error.ts'

/** The right to write a cassette, until it is released or its process ends. */
export interface Lock {
  /** Calling it twice is fine. */
  release(): void
}

/** Who holds a lock. */
interface Owner {
  readonly pid: number
  /** When the process started, in a form of the operating system. Absent if it is unknown. */
  readonly started?: string | undefined
  readonly host: string
  readonly thread: number
  /** A new one each time a lock is taken. */
  readonly token: string
}

/**
 * Takes `NAME.yaml.lock` beside the cassette at `path`, and creates its folder. A lock of a dead process is taken over.
 *
 * If the folder was created for the lock and is empty when the lock is released, it is removed.
 *
 * @throws CassetteError `CASSETTE_LOCKED` that names the owner, `CASSETTE_IO` if the system refuses.
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

/** Who holds the lock in the file at `place`, such as `process 4711`; `undefined` if its owner is gone. */
export function holderOf(place: string): string | undefined {
  const owner = readOwner(place)
  return owner !== undefined && isAlive(owner) ? describeOwner(owner, place) : undefined
}

/** Tokens of the locks that this thread holds. A lock file of this thread with another token is left over. */
const HELD = heldByThisThread()

/** Shared by all copies of this module. */
function heldByThisThread(): Set<string> {
  const key = Symbol.for('wiretape.locks')
  const there: unknown = Reflect.get(globalThis, key)
  if (there instanceof Set) return there
  const held = new Set<string>()
  Reflect.set(globalThis, key, held)
  return held
}

/**
 * Creates the lock file at `place`. Replacing the file of a dead owner needs a lock of its own: otherwise a slow process could replace
 * the file of the next living owner.
 */
function acquire(place: string, owner: Owner, path: string): void {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    if (putNew(place, owner, path)) return
    const found = readOwner(place)
    if (found === undefined) continue // It was released in between.
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

/** Whether the file could be created. It appears with its whole content. */
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

function putPlainly(place: string, text: string): boolean {
  try {
    writeFileSync(place, text, { flag: 'wx' })
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

/** `undefined` if there is no lock. A file that cannot be parsed counts as the lock of a dead owner. */
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

/** A process on another machine counts as alive, because nothing is known about it. */
function isAlive({ pid, host, thread, token, started }: Owner): boolean {
  if (host !== hostname()) return true
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  if (pid === process.pid && thread === threadId && started === startOf('self')) return HELD.has(token)
  if (!isRunning(pid)) return false
  // The system reuses process numbers.
  const now = startOf(pid)
  return started === undefined || now === undefined || now === started
}

/** When a process started, in ticks since the system started. Only Linux says so. */
function startOf(pid: number | 'self'): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is a name in parentheses that may hold anything; the 22nd is the start.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined // Not Linux, or the process is gone: then its number has to do.
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
    // Somebody may have deleted the file, and another process taken the lock.
    if (readOwner(place)?.token === token) unlinkSync(place)
  } catch {
    // The next owner takes it over when this process has ended.
  }
}

/** From the innermost to the outermost. */
function removeEmptyFolders(innermost: string, outermost: string): void {
  try {
    for (let folder = innermost; folder.length >= outermost.length; folder = dirname(folder)) rmdirSync(folder)
  } catch {
    // Usually, because a folder is not empty.
  }
}

const newToken = (): string => randomUUID().slice(0, 13)
