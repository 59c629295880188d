import { constants } from 'node:fs'
import { access, lstat, mkdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { appendCassette, type Cassette, loadCassette, redactCassette, saveCassette } from '../../index.ts'
import { UserError } from '../failure.ts'
import { summarize } from '../show.ts'
import { count, escapeText, type Output } from '../terminal.ts'
import type { Target } from './plan-steps.ts'

/** Where a recording goes, and what becomes of a cassette that is there. */
export interface TargetOptions {
  /** Default: after the host of the first URL, or the `.http` file, in the current folder. */
  readonly output?: string
  /** Replace a file that exists. */
  readonly force?: boolean
  /** Add to a file that exists. */
  readonly append?: boolean
  /** Save everything as it was on the wire. Default: secrets are replaced, see `docs/redaction.md`. */
  readonly allowSecrets?: boolean
}

/** The file of a recording. */
export class CassetteTarget {
  readonly #file: string
  readonly #allowSecrets: boolean
  /** What the recording is added to. */
  readonly #base: Cassette | undefined

  private constructor(file: string, base: Cassette | undefined, allowSecrets: boolean) {
    this.#file = file
    this.#base = base
    this.#allowSecrets = allowSecrets
  }

  /** Tells what can be known beforehand before the first request: whether the file is there, readable, writable. */
  static async open(targets: readonly Target[], options: TargetOptions): Promise<CassetteTarget> {
    const { append = false, force = false, allowSecrets = false } = options
    if (append && force)
      throw new UserError('INVALID_OPTION', '--force replaces the cassette, --append adds to it; give one of them')
    const file = options.output ?? defaultName(targets)
    const isThere = await exists(file)
    if (isThere && !append && !force) {
      const choices = '--append adds to it, --force replaces it, -o FILE takes another name'
      throw new UserError('FILE_EXISTS', `${file} exists already; ${choices}`)
    }
    const base = isThere && append ? await loadCassette(file) : undefined
    await mkdir(path.dirname(file), { recursive: true })
    await access(path.dirname(file), constants.W_OK)
    return new CassetteTarget(file, base, allowSecrets)
  }

  /** Writes what was recorded, and tells what is in the file now. */
  async save(recorded: Cassette, out: Output): Promise<void> {
    const { cassette, notes } = withoutSecrets(recorded, this.#allowSecrets)
    const whole = this.#base === undefined ? cassette : appendCassette(this.#base, cassette)
    await saveCassette(this.#file, whole)
    const { size } = await stat(this.#file)
    out.line()
    out.line(summarize(whole))
    out.line(`${out.paint('title', escapeText(this.#file))}  ${count(size, 'byte')}`)
    for (const note of notes) out.line(note)
  }
}

/** `https://api.example.com:8443/x` is kept in `api.example.com-8443.yaml`, what `users.http` asks for in `users.yaml`. */
function defaultName([first]: readonly Target[]): string {
  if (first === undefined) return 'recording.yaml'
  if ('file' in first) return `${path.parse(first.file).name}.yaml`
  return `${first.url.host.replace(/[^\w.-]+/g, '-').replace(/^-+|-+$/g, '')}.yaml`
}

async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file)
    return true
  } catch {
    return false // or out of reach; then writing tells
  }
}

/** What is saved, and what a person should know of it. */
function withoutSecrets(cassette: Cassette, allowSecrets: boolean): { cassette: Cassette; notes: string[] } {
  if (allowSecrets) return { cassette, notes: [] }
  const redaction = redactCassette(cassette, { env: process.env })
  const { placeholders, opaque } = redaction.report
  const notes = opaque.map(({ connection, direction, offset, reason, isWithheld }) => {
    const what = isWithheld
      ? 'withheld, as it cannot be searched for secrets'
      : 'could not be searched for secrets in full'
    return `connection ${connection}, ${direction}, from byte ${offset}: ${what} (${escapeText(reason)})`
  })
  if (placeholders.length > 0)
    notes.unshift(`${count(placeholders.length, 'secret')} replaced; --allow-secrets keeps them`)
  return { cassette: redaction.cassette, notes }
}
