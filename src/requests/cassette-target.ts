import { constants } from 'node:fs'
import { access, lstat, mkdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Cassette, Recording, type RedactionReport } from '../entries/cassette.ts'
import { keptValues } from '../entries/inspect.ts'
import { summarize } from '../report/cassette-summary.ts'
import { UserError } from '../console/failure.ts'
import { count, escapeText, type Output } from '../console/terminal.ts'

/** Where a recording goes, and what happens to an existing cassette. */
export interface TargetOptions {
  /** Default: named after what is recorded, in the current folder. */
  readonly output?: string
  /** Replace a file that exists. */
  readonly force?: boolean
  /** Add to a file that exists. */
  readonly append?: boolean
  /** Save everything as it was on the wire. Default: secrets are replaced, see `docs/redaction.md`. */
  readonly allowSecrets?: boolean
}

/** A file to record into, and how. */
export interface CassetteTarget {
  readonly file: string
  /** Whether to add to an existing cassette. */
  readonly adds: boolean
  readonly allowSecrets: boolean
}

/** Checks what can be known before anything is sent: whether the file exists already, and whether its folder is writable. */
export async function checkTarget(defaultFile: string, options: TargetOptions): Promise<CassetteTarget> {
  const { append: adds = false, force = false, allowSecrets = false, output: file = defaultFile } = options
  if (adds && force)
    throw new UserError('INVALID_OPTION', '--force replaces the cassette, --append adds to it; give one of them')
  if (!adds && !force) await checkFree(file)
  await mkdir(path.dirname(file), { recursive: true })
  await access(path.dirname(file), constants.W_OK)
  return { file, adds, allowSecrets }
}

export async function openRecording({ file, adds, allowSecrets }: CassetteTarget): Promise<Recording> {
  return Recording.open(file, { adds, redact: allowSecrets ? false : { env: process.env } })
}

async function checkFree(file: string): Promise<void> {
  if (await exists(file)) {
    const choices = '--append adds to it, --force replaces it, -o FILE uses another name'
    throw new UserError('FILE_EXISTS', `${file} exists already; ${choices}`)
  }
  const journal = `${file}.rec`
  if (await exists(journal)) {
    const choices = '`wiretape recover` makes a cassette from it, --append continues it, --force replaces it'
    throw new UserError('FILE_EXISTS', `${journal} is what a killed recording left; ${choices}`)
  }
}

export async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file)
    return true
  } catch {
    return false // or unreachable; then writing fails with the reason
  }
}

/** What was saved, and the user's name for the file. */
export interface Saved {
  readonly file: string
  readonly name: string
  readonly cassette: Cassette
  readonly redaction: RedactionReport | undefined
}

/** Prints what is in the file now, and what the user should know about it. */
export async function tellSaved({ file, name, cassette, redaction }: Saved, out: Output): Promise<void> {
  const { size } = await stat(file)
  out.line()
  out.line(summarize(cassette))
  out.line(`${out.paint('title', escapeText(name))}  ${count(size, 'byte')}`)
  const { placeholders = [], opaque = [] } = redaction ?? {}
  if (placeholders.length > 0) out.line(`${count(placeholders.length, 'secret')} replaced; --allow-secrets keeps them`)
  for (const { connection, direction, offset, reason, isWithheld } of opaque) {
    const what = isWithheld
      ? 'withheld, as it cannot be searched for secrets'
      : 'could not be searched for secrets in full'
    out.line(`connection ${connection}, ${direction}, from byte ${offset}: ${what} (${escapeText(reason)})`)
  }
  if (redaction !== undefined) tellKept(cassette, out)
}

/** Prints one line. Only the person who recorded can say whether such a value is a secret. */
function tellKept(cassette: Cassette, out: Output): void {
  const kept = keptValues(cassette)
  if (kept.length === 0) return
  const names = kept.slice(0, MOST_KEPT).map(({ name, count: times }) => (times === 1 ? name : `${name} (${times})`))
  const more = kept.length > MOST_KEPT ? ` and ${kept.length - MOST_KEPT} more` : ''
  out.line(`looks random and was kept: ${escapeText(names.join(', '))}${more}`)
}

const MOST_KEPT = 6
