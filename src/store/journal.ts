import { existsSync, readFileSync, renameSync } from 'node:fs'
import { CassetteError } from '../errors.ts'
import { AppendOnlyFile, newFileInPlace, removeIfPossible, statsOf, syncFolderOf } from './append-only-file.ts'
import { besideOf } from './beside.ts'
import { type Sharing, share } from './file-mode.ts'
import { BlobsBeside, blobsNamedIn, removeUnnamedBlobs } from './blobs.ts'
import { CASSETTE_VERSION, type DecodedCassette, type RecordedBy, type TapeEvent } from '../tape/cassette.ts'
import { decodeWithBlobs } from '../format/decode.ts'
import { encodeBeginning } from '../format/encode.ts'
import { encodeEnd } from '../format/torn-tail.ts'
import { fileError } from './file-error.ts'
import { journalPath } from './journal-path.ts'
import type { Lock } from './lock.ts'
import { isOfInput, Losses } from './losses.ts'
import { unwatchExit, watchExit } from './open-journals.ts'
import { RecordWriter } from './record-writer.ts'
import type { RecordPlace } from '../format/torn-tail.ts'
import { MAX_SIZE } from '../format/yaml-reader.ts'

export interface JournalOptions {
  readonly recorded: RecordedBy
  /** Records that the journal begins with. Default: none. */
  readonly base?: JournalBase | undefined
  /** Redacts each record before it is written. Default: none. */
  readonly redactor?: JournalRedactor | undefined
  /** Called when the process exits without `commit`, to append what is left. Default: nothing. */
  readonly atExit?: (() => void) | undefined
}

/** Keeps secrets out of a journal. Its methods may throw. */
export interface JournalRedactor {
  redact(events: readonly TapeEvent[]): readonly TapeEvent[]
  /** Whether a secret found since the last call may be in lines that were redacted before. */
  hasFoundWhatMayStandIn(lines: () => string): boolean
}

/** The text of a cassette up to its last line, and how many events it holds. */
export interface JournalBase {
  readonly text: string
  readonly events: number
  /** Whether some of it is not in the cassette yet; then it is saved even if nothing is added. Default: `false`. */
  readonly isUnsaved?: boolean | undefined
}

/** What to save instead of what was recorded: another text, or nothing if the existing cassette says the same. */
export type Revision = { readonly type: 'text'; readonly text: string } | { readonly type: 'unchanged' }
export type Revise = (recorded: DecodedCassette, blobs: BlobsBeside) => Revision

/**
 * A cassette that is being recorded (docs/decisions/009-append-only-cassettes.md).
 *
 * When `append` returns, the operating system has the record, so it survives `kill -9`. The cassette at `path` stays as it is until
 * `commit`.
 */
export class Journal {
  readonly path: string
  readonly #options: JournalOptions
  #file: AppendOnlyFile
  readonly #lock: Lock
  /** Identifies the cassette that was there, so that `commit` replaces no other. */
  readonly #before: string
  readonly #blobs: BlobsBeside
  readonly #writer: RecordWriter
  #records: RecordPlace[] = []
  #events: number
  readonly #losses = new Losses()
  /** Whether the lines on the disk may hold a secret that is known by now. */
  #isStale = false
  #isOver = false
  #isDiscarded = false
  #isSaved = false

  /**
   * Begins a journal, and takes over the lock. It replaces the journal of a dead process.
   *
   * @throws CassetteError `NOT_A_REGULAR_FILE`, or `CASSETTE_IO` if nothing can be written.
   */
  constructor(path: string, lock: Lock, options: JournalOptions) {
    const { recorded, base = { text: encodeBeginning(recorded, 1), events: 0 } } = options
    this.path = path
    this.#lock = lock
    this.#options = options
    this.#events = base.events
    this.#blobs = new BlobsBeside(path, this.#sharing)
    this.#writer = new RecordWriter(path, this.#blobs)
    try {
      this.#before = identityOf(path)
      // Only the old journal may hold what the new one begins with, so it is replaced, not removed first.
      this.#file = this.#newFile(Buffer.from(base.text), (file) => {
        if (base.isUnsaved === true) file.sync()
      })
    } catch (error) {
      lock.release()
      throw fileError(error, path)
    }
    watchExit(this)
  }

  /** How many records were written, and how many could not be. */
  get counts(): { readonly written: number; readonly lost: number } {
    return { written: this.#records.length, lost: this.#losses.lost }
  }

  /**
   * Writes a record, and returns when the system has it.
   *
   * Never throws: the traffic that is recorded goes on. A record that cannot be redacted or encoded is written without its bytes. After
   * any other failure nothing more is written, so the journal holds how the recording began. `commit` reports both.
   */
  append(events: readonly TapeEvent[]): void {
    if (this.#isOver || events.length === 0) return
    if (this.#losses.lost > 0) return this.#losses.addRecord()
    try {
      this.#addRecord(events)
    } catch (error) {
      this.#losses.begin(error)
    }
  }

  /** What is recorded so far, including the base. Empty after `discard`. */
  read(): DecodedCassette {
    const { recorded } = this.#options
    const isEmpty = this.#isDiscarded || this.#events === 0
    if (isEmpty) return { version: CASSETTE_VERSION, recorded, tape: [], records: [], notes: [] }
    if (this.#isSaved) return decodeWithBlobs(readFileSync(this.path, 'utf8'), this.path, this.#blobs)
    const path = journalPath(this.path)
    return decodeWithBlobs(readFileSync(path, 'utf8') + encodeEnd(this.#events), path, this.#blobs)
  }

  /**
   * Replaces the cassette with what was recorded. If nothing was recorded, everything stays as it was.
   *
   * @throws CassetteError `RECORDING_LOST` if records could not be written, `CASSETTE_CHANGED` if the cassette is another one than when
   * the recording began, `CASSETTE_IO`. Then the journal stays for `wiretape recover`, and the cassette stays as it was; only if all that
   * is missing are the bytes of records that could not be redacted or encoded, the cassette is saved without them before this throws.
   */
  commit(revise?: Revise): void {
    if (this.#isOver) return
    try {
      if (this.#losses.lost > 0) throw this.#losses.error(this.path, this.#records.length)
      if (this.#isWorthKeeping) this.#replaceCassette(revise)
      if (this.#losses.hasAny) throw this.#losses.error(this.path, this.#records.length)
    } catch (error) {
      // A record or revision that failed may have written blobs.
      removeUnnamedBlobs(this.path, this.#blobs.written)
      throw this.#withJournal(fileError(error, this.path))
    } finally {
      this.#end()
    }
  }

  /** Deletes what was recorded. Does nothing after `commit`. */
  discard(): void {
    if (this.#isOver) return
    this.#isDiscarded = true
    this.#end()
  }

  get #isWorthKeeping(): boolean {
    return !this.#isDiscarded && (this.#records.length > 0 || this.#options.base?.isUnsaved === true)
  }

  /** Called when the process exits: writes what is left and reports records that were lost. */
  endWithProcess(): void {
    this.#options.atExit?.()
    this.#lock.release()
    if (!this.#losses.hasAny) return
    process.exitCode ||= 1
    process.stderr.write(`${this.#losses.error(this.path, this.#records.length).message}\n`)
  }

  /** No input may cost more than the record it is in. */
  #addRecord(events: readonly TapeEvent[]): void {
    try {
      this.#write(this.#redacted(events))
    } catch (error) {
      const rest = events.filter(({ type }) => type !== 'sent' && type !== 'received')
      if (this.#isStale || !isOfInput(error) || rest.length === events.length) throw error
      this.#losses.addBytes(`record ${this.#records.length + 1}, on connection ${events[0]?.connection}`, error)
      // The failed attempt may have found secrets that earlier lines hold, even if nothing is left of this record.
      this.#write(this.#redacted(rest))
    }
  }

  #redacted(events: readonly TapeEvent[]): readonly TapeEvent[] {
    const { redactor } = this.#options
    if (redactor === undefined) return events
    const redacted = redactor.redact(events)
    if (this.#events === 0) return redacted
    if (!redactor.hasFoundWhatMayStandIn(() => this.#lines())) return redacted
    this.#isStale = true
    this.#redactAgain(redactor)
    this.#isStale = false
    // The redactor has seen other records since, and what it knows now has to be applied here.
    return redactor.redact(events)
  }

  /** What was written so far; each byte is one character. */
  #lines(): string {
    return Buffer.from(this.#file.read(0, this.#file.size)).toString('latin1')
  }

  /** A secret may have been sent before it was known to be one. The old journal is replaced in one step, so no kill leaves a mixture. */
  #redactAgain(redactor: JournalRedactor): void {
    const { recorded, records } = this.read()
    const redacted = records.map((record) => redactor.redact(record))
    const parts = redacted.map((record) => Buffer.from(this.#writer.write(record)))
    const beginning = Buffer.from(encodeBeginning(recorded, 1))
    const bytes = Buffer.concat([beginning, ...parts])
    if (bytes.toString('latin1') === this.#lines()) return
    const blobs = blobsNamedIn(journalPath(this.path))
    const file = this.#newFile(bytes, () => this.#file.checkInPlace())
    this.#file.close()
    this.#file = file
    const added = records.length - this.#records.length
    this.#records = placesOf(redacted, parts, beginning.length).slice(added)
    this.#events = redacted.reduce((sum, { length }) => sum + length, 0)
    removeUnnamedBlobs(this.path, blobs)
  }

  /** A new journal file that replaces the current one. */
  #newFile(bytes: Uint8Array, prepare: (file: AppendOnlyFile) => void): AppendOnlyFile {
    return newFileInPlace(journalPath(this.path), besideOf(this.path, 'tmp'), bytes, prepare)
  }

  /** Writes a record in one call. If that fails, nothing of it stays in the file. */
  #write(events: readonly TapeEvent[]): void {
    const [first] = events
    if (first === undefined) return
    const bytes = Buffer.from(this.#writer.write(events))
    const start = this.#file.size
    const end = start + bytes.length
    // A longer cassette could not be read again.
    if (end + LONGEST_END > MAX_SIZE) throw new CassetteError('CASSETTE_TOO_LARGE', `${end} bytes`, { file: this.path })
    this.#file.append(bytes)
    this.#records.push({ connection: first.connection, events: events.length, start, end })
    this.#events += events.length
  }

  #replaceCassette(revise: Revise | undefined): void {
    if (identityOf(this.path) !== this.#before) throw new CassetteError('CASSETTE_CHANGED', '', { file: this.path })
    const blobs = [...blobsNamedIn(this.path), ...blobsNamedIn(journalPath(this.path))]
    const revision = revise?.(this.read(), this.#blobs)
    if (revision?.type === 'unchanged') this.#leaveCassette()
    else this.#putInPlace(revision)
    removeUnnamedBlobs(this.path, blobs)
  }

  #putInPlace(revision: Revision | undefined): void {
    if (revision?.type === 'text') this.#rewrite([Buffer.from(revision.text)])
    else if (areGrouped(this.#records)) finish(this.#file, [Buffer.from(encodeEnd(this.#events))])
    else this.#rewrite(this.#sortedParts())
    share(journalPath(this.path), this.path, this.#sharing)
    renameSync(journalPath(this.path), this.path)
    this.#isSaved = true
    syncFolderOf(this.path)
  }

  get #sharing(): Sharing {
    return { isPrivate: this.#options.redactor === undefined }
  }

  #leaveCassette(): void {
    removeIfPossible(journalPath(this.path))
    this.#isSaved = true
  }

  /** Replaces the journal in one step, so that there is a whole one at any moment. */
  #rewrite(parts: Iterable<Uint8Array>): void {
    this.#file.checkInPlace()
    const file = new AppendOnlyFile(besideOf(this.path, 'tmp'), Buffer.alloc(0))
    try {
      finish(file, parts)
      renameSync(file.path, journalPath(this.path))
    } catch (error) {
      removeIfPossible(file.path)
      throw error
    } finally {
      file.close()
    }
  }

  *#sortedParts(): Generator<Uint8Array> {
    yield this.#file.read(0, this.#records[0]?.start ?? this.#file.size)
    for (const { start, end } of this.#records.toSorted((one, other) => one.connection - other.connection))
      yield this.#file.read(start, end)
    yield Buffer.from(encodeEnd(this.#events))
  }

  /** Keeps a journal that holds something and was not saved. */
  #end(): void {
    this.#isOver = true
    unwatchExit(this)
    try {
      this.#file.close()
      if (!this.#isWorthKeeping) this.#removeJournal()
    } finally {
      this.#lock.release()
    }
  }

  #removeJournal(): void {
    const blobs = blobsNamedIn(journalPath(this.path))
    removeIfPossible(journalPath(this.path))
    removeUnnamedBlobs(this.path, [...blobs, ...this.#blobs.written])
  }

  /** Adds where the recording is, if it is still there. */
  #withJournal(error: CassetteError): CassetteError {
    const journal = journalPath(this.path)
    if (error.code === 'RECORDING_LOST' || !this.#isWorthKeeping || !existsSync(journal)) return error
    const found = error.detail.replace(`(${this.path})`, '').trim()
    const detail = [found, `what was recorded is in ${journal}, see \`wiretape recover\``]
      .filter((part) => part !== '')
      .join('; ')
    return new CassetteError(error.code, detail, { file: this.path }, { cause: error })
  }
}

function placesOf(
  records: readonly (readonly TapeEvent[])[],
  parts: readonly Uint8Array[],
  from: number,
): RecordPlace[] {
  let end = from
  return records.map((record, index) => {
    const start = end
    end += parts[index]?.length ?? 0
    return { connection: record[0]?.connection ?? 0, events: record.length, start, end }
  })
}

const LONGEST_END = encodeEnd(Number.MAX_SAFE_INTEGER).length

/** Whether the records are sorted by connection. */
function areGrouped(records: readonly RecordPlace[]): boolean {
  return records.every(({ connection }, index) => connection >= (records[index - 1]?.connection ?? 0))
}

/** Appends the parts, and syncs the file. */
function finish(file: AppendOnlyFile, parts: Iterable<Uint8Array>): void {
  for (const part of parts) file.append(part)
  file.checkInPlace()
  file.sync()
}

/** Differs between any two versions of a file. @throws CassetteError `NOT_A_REGULAR_FILE`. */
function identityOf(path: string): string {
  const stats = statsOf(path)
  if (stats === undefined) return 'none'
  if (!stats.isFile()) throw new CassetteError('NOT_A_REGULAR_FILE', '', { file: path })
  return [stats.dev, stats.ino, stats.size, stats.mtimeMs].join(' ')
}
