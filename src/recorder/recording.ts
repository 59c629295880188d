import { statsOf } from '../store/append-only-file.ts'
import { blobBytesNamedIn, type BlobsBeside } from '../store/blobs.ts'
import type { Cassette, DecodedCassette, TapeEvent } from '../tape/cassette.ts'
import { loadCassette } from '../store/load-cassette.ts'
import { encodeWithBlobs } from '../format/encode.ts'
import { checkFaithful } from '../format/faithful.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import { fileError } from '../store/file-error.ts'
import { HookedRecords, type RecordHooks } from '../hooks/hooked-records.ts'
import { Journal, type Revision } from '../store/journal.ts'
import { journalPath } from '../store/journal-path.ts'
import { lockCassette } from '../store/lock.ts'
import { inOrder } from '../tape/record.ts'
import { Redactor, type RedactionReport } from '../redaction/redact-cassette.ts'
import type { RedactionOptions } from '../redaction/redaction-options.ts'
import { describeLeftOver, leftOver, resume, type Resumable } from '../store/resume.ts'
import { keepStable } from '../tape/stable.ts'
import { WiretapeError } from '../errors.ts'
import type { Connector } from '../transport.ts'
import { Recorder } from './recorder.ts'
import type { ProtocolOptions } from '../protocols/names.ts'
import { checkOptions } from '../options.ts'
import { inRun, runIn } from '../one-run.ts'

/** How a cassette is recorded into a file. */
export interface RecordingOptions extends RecordHooks {
  /** Whether to add to an existing cassette. Default: `false`, `save` replaces it. */
  readonly adds?: boolean | undefined
  /**
   * Whether to leave a cassette that already says the same as it is, with its date. Default: `true`.
   */
  readonly keepsDate?: boolean | undefined
  /** What to redact besides what is found by name or form; `false` saves everything as it was on the wire. Default: `{}`. */
  readonly redact?: RedactionOptions | false | undefined
  /** Requests that are not recorded, see `RecorderOptions`. Default: none. */
  readonly isUnwanted?: ((request: WireRequest) => boolean) | undefined
  /** What is spoken where, see `RecorderOptions`. Default: `{}`. */
  readonly protocols?: ProtocolOptions | undefined
}

const RECORDING_OPTIONS: Readonly<Record<keyof RecordingOptions, true>> = {
  adds: true,
  keepsDate: true,
  redact: true,
  isUnwanted: true,
  protocols: true,
  beforeRecord: true,
  normalizeRequest: true,
  hookTimeout: true,
}

/** A cassette that is recorded into a file, record by record. What was recorded survives if the process is killed. */
export class Recording {
  readonly path: string
  /** The cassette that this one adds to, if there is one. */
  readonly base: Cassette | undefined
  readonly #recorder: Recorder
  readonly #journal: Journal
  readonly #keepsDate: boolean
  readonly #redactor: Redactor | undefined
  readonly #hooked: HookedRecords | undefined
  #hasToldHook = false
  #read: { readonly written: number; readonly cassette: Cassette } | undefined

  /**
   * Opens the cassette at `path` for recording, and makes sure that it can be written.
   *
   * With `adds`, what a recording that was cut short left is kept. Otherwise it is replaced, with a warning.
   *
   * @throws CassetteError `CASSETTE_LOCKED` while somebody else records it, `CASSETTE_IO`, `NOT_A_REGULAR_FILE`; and where it is added to, as
   * `loadCassette`. LocalProtocolError `SECRET_TOO_SHORT`, `INVALID_OPTION`.
   */
  static async open(path: string, options: RecordingOptions = {}): Promise<Recording> {
    checkOptions('Recording', options, RECORDING_OPTIONS)
    const lock = lockCassette(path)
    try {
      if (options.adds === true) return new Recording(path, options, await resume(path), lock)
      const left = await leftOver(path)
      if (left !== undefined) warn(`${describeLeftOver(path, left)}; it is recorded anew`, 'RECORDING_CUT_SHORT')
      return new Recording(path, options, undefined, lock)
    } catch (error) {
      lock.release()
      throw error instanceof WiretapeError ? error : fileError(error, path)
    }
  }

  private constructor(
    path: string,
    { redact = {}, isUnwanted, protocols, keepsDate = true, ...hooks }: RecordingOptions,
    resumed: Resumable | undefined,
    lock: ReturnType<typeof lockCassette>,
  ) {
    this.path = path
    this.#keepsDate = keepsDate
    this.base = resumed?.cassette
    this.#redactor = redact === false ? undefined : new Redactor(redact)
    this.#redactor?.goOnBehind(resumed?.base.text ?? '')
    const sink = (events: readonly TapeEvent[]): void => this.#note(events)
    this.#recorder = new Recorder(inRun({ isUnwanted, protocols, after: this.base?.tape, sink }, runIn(hooks)))
    this.#hooked = HookedRecords.of(hooks, {
      redact: (events) => this.#redactor?.redact(events) ?? events,
      write: (events) => this.#journal.append(events),
    })
    this.#journal = new Journal(path, lock, {
      recorded: this.#recorder.recorded,
      base: resumed?.base,
      redactor: this.#redactor,
      atExit: () => this.#endWithProcess(),
    })
  }

  #note(events: readonly TapeEvent[]): void {
    if (this.#hooked === undefined) this.#journal.append(events)
    else this.#hooked.add(events)
  }

  #endWithProcess(): void {
    this.#recorder.flush()
    this.#hooked?.giveUp()
    const error = this.#hookError()
    if (error === undefined) return
    process.exitCode ||= 1
    process.stderr.write(`${error.message}\n`)
  }

  /** Returned only once, so that it is not reported twice. */
  #hookError(): WiretapeError | undefined {
    if (this.#hasToldHook) return undefined
    this.#hasToldHook = true
    return this.#hooked?.error((text) => this.#redactor?.redactText(text) ?? text)
  }

  /** What is recorded so far, including the cassette that it adds to; read from the file. */
  get cassette(): Cassette {
    const { written } = this.#journal.counts
    if (this.#read?.written !== written) this.#read = { written, cassette: this.#journal.read() }
    return this.#read.cassette
  }

  /** The same as `cassette`: it is redacted before it is written. */
  get redacted(): Cassette {
    return this.cassette
  }

  /** What was replaced by placeholders. `undefined` if nothing is redacted. */
  get redaction(): RedactionReport | undefined {
    return this.#redactor?.report
  }

  /** A connector that does what `inner` does, and records it. */
  wrap(inner: Connector): Connector {
    return this.#recorder.wrap(inner)
  }

  /**
   * Ends the recording and replaces the cassette with it. If nothing was recorded, the cassette stays as it was.
   *
   * @throws CassetteError that names the file: `RECORDING_LOST`, `CASSETTE_CHANGED`, `CASSETTE_IO`. What was recorded then lies beside the
   * cassette, for `recoverCassette`. LocalProtocolError `HOOK_FAILED` or `HOOK_TIMEOUT` if the hook failed; the recording is saved nevertheless.
   */
  async save(): Promise<void> {
    const old = this.base === undefined ? await this.#oldCassette() : undefined
    this.#recorder.flush()
    await this.#hooked?.settle()
    const hasFoundLate = this.#redactor?.hasFoundLate === true
    if (old === undefined && !hasFoundLate) this.#journal.commit()
    else
      this.#journal.commit((recorded, blobs) =>
        this.#revise(hasFoundLate ? this.#redactAgain(recorded) : recorded, old, blobs),
      )
    // What was read before may be in blobs that are gone.
    this.#read = undefined
    this.#tellWithheld()
    const error = this.#hookError()
    if (error !== undefined) throw error
  }

  /** A reader of the cassette should not be surprised by missing bodies. */
  #tellWithheld(): void {
    const withheld = this.#redactor?.report.opaque.filter(({ isWithheld }) => isWithheld) ?? []
    if (withheld.length === 0) return
    const reasons = [...new Set(withheld.map(({ reason }) => reason))].join('; ')
    warn(
      `${this.path}: bodies withheld that could not be searched for secrets: ${withheld.length} (${reasons}); see docs/redaction.md`,
      'BODY_WITHHELD',
    )
  }

  /** The cassette that this recording replaces, for a short diff. `undefined` if it is broken or too long to compare. */
  async #oldCassette(): Promise<DecodedCassette | undefined> {
    if (!isComparable(this.path) || !isComparable(journalPath(this.path))) return undefined
    try {
      return await loadCassette(this.path)
    } catch {
      return undefined
    }
  }

  /** A secret may have been sent before it was known to be one. */
  #redactAgain(recorded: DecodedCassette): DecodedCassette {
    const records = recorded.records.map((record) => this.#redactor?.redact(record) ?? record)
    return { ...recorded, records, tape: inOrder(records.flat()) }
  }

  #revise(recorded: DecodedCassette, old: DecodedCassette | undefined, blobs: BlobsBeside): Revision {
    if (old === undefined) return this.#textOf(recorded, recorded.records, blobs)
    let stable: ReturnType<typeof keepStable>
    try {
      stable = keepStable(old, recorded)
    } catch {
      // What is kept from the old recording only makes a shorter diff.
      return this.#textOf(recorded, recorded.records, blobs)
    }
    if (stable.isUnchanged && this.#keepsDate) return { type: 'unchanged' }
    return this.#textOf(stable.cassette, stable.records, blobs)
  }

  /** @throws CassetteError `CASSETTE_UNFAITHFUL`. */
  #textOf(cassette: Cassette, records: DecodedCassette['records'], blobs: BlobsBeside): Revision {
    const text = encodeWithBlobs(cassette, records, blobs)
    checkFaithful(this.path, text, cassette, blobs)
    return { type: 'text', text }
  }

  /** Ends the recording and leaves the cassette as it was. */
  discard(): void {
    this.#hasToldHook = true
    this.#journal.discard()
  }
}

/** Bytes up to which two recordings are compared when one replaces the other. */
const LONGEST_STABLE = 64 * 1024 * 1024

function isComparable(path: string): boolean {
  try {
    return (statsOf(path)?.size ?? Infinity) + blobBytesNamedIn(path) <= LONGEST_STABLE
  } catch {
    // Then there is no comparison, and the journal reports what is wrong with the file.
    return false
  }
}

function warn(message: string, code: string): void {
  process.emitWarning(message, { type: 'WiretapeWarning', code })
}
