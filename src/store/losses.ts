import { CassetteError } from '../errors.ts'
import { journalPath } from './journal-path.ts'

/** What a recording has lost: records that were not written, and bytes of records that were. */
export class Losses {
  #lost = 0
  #failure: unknown
  /** Records that are there without their bytes, and why. Their text is not quoted: it may hold secrets. */
  readonly #emptied: { readonly place: string; readonly error: unknown }[] = []

  /** How many records were not written. */
  get lost(): number {
    return this.#lost
  }

  get hasAny(): boolean {
    return this.#lost > 0 || this.#emptied.length > 0
  }

  /** Notes the first record that could not be written, and why. No other is written after it. */
  begin(failure: unknown): void {
    this.#failure = failure
    this.#lost = 1
  }

  /** Notes a record after the first one that was lost. */
  addRecord(): void {
    this.#lost += 1
  }

  /** Notes a record that was written without its bytes, because they could not be redacted or encoded. */
  addBytes(place: string, error: unknown): void {
    this.#emptied.push({ place, error })
  }

  /** The error that reports them; `written` records of the cassette at `path` are kept. */
  error(path: string, written: number): CassetteError {
    return this.#lost > 0 ? this.#recordsError(path, written) : this.#bytesError(path)
  }

  #recordsError(path: string, written: number): CassetteError {
    const kept = written === 0 ? '' : `; the ${written} before are in ${journalPath(path)}, see \`wiretape recover\``
    const detail = `${this.#lost} of ${written + this.#lost} records, as of this: ${messageOf(this.#failure)}${kept}`
    return new CassetteError('RECORDING_LOST', detail, { file: path }, { cause: this.#failure })
  }

  #bytesError(path: string): CassetteError {
    const [cause] = this.#emptied.map(({ error }) => error)
    const reasons = this.#emptied.map(({ place, error }) => `the bytes of ${place}: ${messageOf(error)}`)
    const detail = `${reasons.slice(0, MOST_REASONS).join('; ')}; ${this.#emptied.length} in all, and the rest is kept`
    return new CassetteError('RECORDING_LOST', detail, { file: path }, { cause })
  }
}

const MOST_REASONS = 3

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Whether an error comes from what was recorded, so that another record can succeed; a full disk or cassette fails them all. */
export function isOfInput(error: unknown): boolean {
  if (isOfSystem(error)) return false
  return !(error instanceof CassetteError) || (error.code === 'CASSETTE_UNFAITHFUL' && !isOfSystem(error.cause))
}

const isOfSystem = (error: unknown): boolean => error instanceof Error && 'syscall' in error
