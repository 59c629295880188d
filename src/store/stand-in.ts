import { copyFileSync, constants, linkSync, renameSync } from 'node:fs'
import { CassetteError } from '../errors.ts'
import { removeFile, removeIfPossible, replaceFile, statsOf, syncFolderOf } from './append-only-file.ts'
import { besideOf } from './beside.ts'
import { fileError, HAS_NO_LINKS, systemCode } from './file-error.ts'
import { lockCassette } from './lock.ts'

/** Other texts at the path of a cassette, one after the other, until the original is put back. */
export interface StandIn {
  /** Puts a text at the path. */
  show(text: string): void
  /** Puts the original back. Calling it twice is fine. */
  restore(): void
}

/** Where the original is meanwhile. */
export const originalPath = (path: string): string => `${path}.before-shrink`

/**
 * Puts the cassette at `path` aside, as `PATH.before-shrink`, so that other texts may stand in for it.
 *
 * At any moment the original is at one of the two paths, also if the process is killed: then {@link restoreOriginal} puts it back. Nobody
 * can record to the path meanwhile.
 *
 * @throws CassetteError `CASSETTE_LOCKED` while it is recorded, or while something else stands in for it; `CASSETTE_IO`.
 */
export function standIn(path: string): StandIn {
  const lock = lockCassette(path)
  const aside = originalPath(path)
  try {
    putBack(path)
    keep(path, aside)
    syncFolderOf(aside)
  } catch (error) {
    lock.release()
    throw fileError(error, path)
  }
  let isOver = false
  return {
    show(text) {
      if (!isOver) replaceFile(path, Buffer.from(text))
    },
    restore() {
      if (isOver) return
      isOver = true
      try {
        putBack(path)
      } catch (error) {
        throw fileError(error, path)
      } finally {
        lock.release()
      }
    },
  }
}

/**
 * Puts back an original that a killed process left aside; returns whether there was one.
 *
 * @throws CassetteError `CASSETTE_LOCKED` if the process is alive; `CASSETTE_IO`.
 */
export function restoreOriginal(path: string): boolean {
  if (statsOf(originalPath(path)) === undefined) return false
  const lock = lockCassette(path)
  try {
    return putBack(path)
  } catch (error) {
    throw fileError(error, path)
  } finally {
    lock.release()
  }
}

function putBack(path: string): boolean {
  const aside = originalPath(path)
  if (statsOf(aside) === undefined) return false
  renameSync(aside, path)
  // Two names of one file: rename then does nothing.
  removeFile(aside)
  syncFolderOf(path)
  return true
}

/** A second name for the file: it is there at once, and as a whole. */
function keep(path: string, aside: string): void {
  if (statsOf(path)?.isFile() !== true) throw new CassetteError('NOT_A_REGULAR_FILE', '', { file: path })
  try {
    linkSync(path, aside)
  } catch (error) {
    if (!HAS_NO_LINKS.has(systemCode(error))) throw error
    const beside = besideOf(path, 'tmp')
    try {
      copyFileSync(path, beside, constants.COPYFILE_EXCL)
      renameSync(beside, aside)
    } catch (failure) {
      removeIfPossible(beside)
      throw failure
    }
  }
}
