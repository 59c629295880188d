import type { CassetteError, ErrorCode } from '../errors.ts'

/** `error`: the cassette cannot be used, or gives away a secret; `warning`: it is not what it seems; `note`: good to know. */
export type Severity = 'error' | 'warning' | 'note'

interface FindingRule {
  readonly severity: Severity
  readonly meaning: string
  /** What to do about it; `FILE` stands for the path. */
  readonly advice: string
}

/** What `checkCassettes` may find, besides the codes of a CassetteError. Codes never change their meaning. */
export const FINDINGS = {
  CHECKSUM_WRONG: {
    severity: 'note',
    meaning: 'a record is not as it was recorded',
    advice: 'if the edit is intended: wiretape fmt FILE',
  },
  CHECKSUM_MISSING: {
    severity: 'note',
    meaning: 'a record has no checksum',
    advice: 'wiretape fmt FILE writes it',
  },
  LENGTH_WRONG: {
    severity: 'warning',
    meaning: 'a length in an edited record does not fit',
    advice: 'wiretape fmt FILE corrects it',
  },
  HTTP_BROKEN: {
    severity: 'warning',
    meaning: 'an edited record is not HTTP any more',
    advice: 'correct the edit, or record it again',
  },
  CONTENT_UNDECODABLE: {
    severity: 'warning',
    meaning: 'an edited body is not in the coding that its head says',
    advice: 'remove Content-Encoding, then wiretape fmt FILE',
  },
  SECRET_FOUND: {
    severity: 'error',
    meaning: 'something looks like a secret',
    advice: 'wiretape redact FILE, and revoke the secret if it was pushed',
  },
  NOT_SEARCHED: {
    severity: 'note',
    meaning: 'a content decodes to too much to be searched for secrets',
    advice: 'look at it yourself, or leave the interaction out of the cassette',
  },
  ANSWER_CUT: {
    severity: 'note',
    meaning: 'the client left before the answer was whole',
    advice: 'a client that waits for the rest gets RECORDING_ENDS; if it should not, record it again',
  },
  BLOB_ORPHAN: { severity: 'warning', meaning: 'no cassette uses this blob', advice: 'delete it' },
  JOURNAL_LEFT: {
    severity: 'warning',
    meaning: 'a recording did not finish',
    advice: 'wiretape recover FILE, or delete it',
  },
  ORIGINAL_LEFT: {
    severity: 'error',
    meaning: 'a shrink was killed, and this file is not what it was before',
    advice: 'wiretape recover FILE puts it back',
  },
  LOCK_LEFT: {
    severity: 'note',
    meaning: 'the owner of this lock is gone',
    advice: 'delete it, or let the next recording take it over',
  },
  LOCKED: { severity: 'note', meaning: 'this cassette is being recorded', advice: 'check again when that is over' },
  TEMPORARY_LEFT: { severity: 'note', meaning: 'a process that was killed left this file', advice: 'delete it' },
  UNPLAYED: {
    severity: 'warning',
    meaning: 'no test played this interaction',
    advice: 'remove it, or record the cassette again',
  },
  ORPHAN_CASSETTE: { severity: 'warning', meaning: 'no test used this cassette', advice: 'delete it' },
} as const satisfies Readonly<Record<string, FindingRule>>

/** Stable identifier of a finding. */
export type FindingCode = keyof typeof FINDINGS

/** Something about a cassette that its users should know. */
export interface Finding {
  readonly code: FindingCode | ErrorCode
  readonly severity: Severity
  readonly file: string
  /** Both count from 1; 1 if it is about the whole file. */
  readonly line: number
  readonly column: number
  readonly message: string
  /** What to do. */
  readonly advice: string
}

interface FindingPlace {
  readonly file: string
  readonly line?: number | undefined
  readonly column?: number | undefined
}

/** A finding with the meaning of its code and what to do about it. */
export function finding(code: FindingCode, { file, line = 1, column = 1 }: FindingPlace, detail = ''): Finding {
  const { severity, meaning, advice } = FINDINGS[code]
  const message = detail === '' ? meaning : `${meaning}: ${detail}`
  return { code, severity, file, line, column, message, advice: adviceFor(advice, file) }
}

/** Why a cassette cannot be read. */
export function findingOf(error: CassetteError, file: string): Finding {
  const { code, line = 1, column = 1, message } = error
  // The place is printed beside the message, so the message need not repeat it.
  const place = [error.file, error.line, error.column].filter((part) => part !== undefined).join(':')
  const advice = adviceFor(ERROR_ADVICE[code] ?? 'correct the file at this place, or record it again', file)
  const text = code === 'CASSETTE_NOT_FOUND' ? 'there is no such file' : message.replace(` (${place})`, '')
  return { code, severity: 'error', file, line, column, message: text, advice }
}

const ERROR_ADVICE: Readonly<Partial<Record<ErrorCode, string>>> = {
  CASSETTE_NOT_FOUND: 'check the path',
  CASSETTE_CONFLICT: 'resolve the merge, or record it again',
  CASSETTE_VERSION: 'read it with a newer release, or record it again',
  NOT_A_REGULAR_FILE: 'put a file in its place, not a link, pipe or device',
  BLOB_MISSING: 'get it back from git, or record FILE again',
  BLOB_DAMAGED: 'get it back from git, or record FILE again',
  TORN_TAIL: 'wiretape recover FILE, or get it back from git',
}

/** Quotes for a shell if needed. */
function adviceFor(advice: string, file: string): string {
  const name = /^[\w./@%+=:,-]+$/.test(file) ? file : `'${file.replaceAll("'", String.raw`'\''`)}'`
  return advice.replace('FILE', () => name)
}
