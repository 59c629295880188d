import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { CassetteError } from '../errors.ts'
import { besideOf } from './beside.ts'
import { systemCode } from './file-error.ts'
import { PRIVATE, share } from './file-mode.ts'

/**
 * A new file that grows by whole pieces: after a failure it ends where the last whole piece did.
 *
 * Only its owner can read it, until it is shared. All methods are synchronous. Call `sync` to make the file survive a power failure.
 */
export class AppendOnlyFile {
  #path: string
  readonly #descriptor: number
  #size = 0
  #isOpen = true

  /** @throws the error of the system, also if the file exists already. */
  constructor(path: string, beginning: Uint8Array) {
    this.#path = path
    const { O_RDWR, O_APPEND, O_CREAT, O_EXCL } = constants
    this.#descriptor = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL, PRIVATE)
    try {
      this.append(beginning)
    } catch (error) {
      this.close()
      removeIfPossible(path)
      throw error
    }
  }

  get path(): string {
    return this.#path
  }

  /** Bytes in whole pieces. */
  get size(): number {
    return this.#size
  }

  append(bytes: Uint8Array): void {
    try {
      // In one write, unless the system takes a part only.
      for (let at = 0; at < bytes.length;) at += writeSync(this.#descriptor, bytes, at, bytes.length - at)
    } catch (error) {
      this.#cutBack()
      throw error
    }
    this.#size += bytes.length
  }

  /** The bytes from `start` to `end`. */
  read(start: number, end: number): Uint8Array {
    const bytes = Buffer.allocUnsafe(end - start)
    for (let at = 0; at < bytes.length;) {
      const length = readSync(this.#descriptor, bytes, at, bytes.length - at, start + at)
      if (length === 0) throw new CassetteError('CASSETTE_IO', 'the end came too early', { file: this.path })
      at += length
    }
    return bytes
  }

  /** Renames the file to `path`, and replaces what is there. */
  moveTo(path: string): void {
    renameSync(this.#path, path)
    this.#path = path
  }

  /** Makes sure that what was appended survives a power failure. */
  sync(): void {
    fsyncSync(this.#descriptor)
  }

  /** @throws CassetteError `CASSETTE_IO` if the file was removed or replaced since it was made. */
  checkInPlace(): void {
    const here = fstatSync(this.#descriptor)
    const there = statsOf(this.path)
    if (there?.ino === here.ino && there.dev === here.dev) return
    throw new CassetteError('CASSETTE_IO', 'it was removed or replaced while it was written', { file: this.path })
  }

  /** Calling it twice is fine. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    try {
      closeSync(this.#descriptor)
    } catch {
      // The descriptor is gone nevertheless, and what has to be on the disk was synced.
    }
  }

  #cutBack(): void {
    try {
      ftruncateSync(this.#descriptor, this.#size)
    } catch {
      // Then it has a torn tail, which readers detect. The caller gets the first failure, not this one.
    }
  }
}

/** Replaces the file at `path`: at any moment there is the old one or the whole new one, even after a power failure. */
export function replaceFile(path: string, bytes: Uint8Array): void {
  const beside = besideOf(path, 'tmp')
  const prepare = (file: AppendOnlyFile): void => {
    share(beside, path)
    file.sync()
  }
  newFileInPlace(path, beside, bytes, prepare).close()
  syncFolderOf(path)
}

/**
 * Writes a new file at `beside`, and moves it to `path` after `prepare`. The old file at `path` stays until then, or for good if something
 * fails. The new one is open.
 */
export function newFileInPlace(
  path: string,
  beside: string,
  bytes: Uint8Array,
  prepare: (file: AppendOnlyFile) => void,
): AppendOnlyFile {
  const file = new AppendOnlyFile(beside, bytes)
  try {
    prepare(file)
    file.moveTo(path)
    return file
  } catch (error) {
    file.close()
    removeIfPossible(file.path)
    throw error
  }
}

/** Makes a rename to `path` survive a power failure. Windows cannot sync folders. */
export function syncFolderOf(path: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(dirname(path), constants.O_RDONLY)
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** `undefined` if there is nothing at `path`. A link is not followed. */
export function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Removes a file after another failure; the caller gets that failure, not this one. */
export function removeIfPossible(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // The next writer removes it: its name says that its owner is gone.
  }
}

/** Removes a file, if it is there. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
}
