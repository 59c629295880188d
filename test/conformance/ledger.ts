import type { ErrorCode } from '../../src/errors.ts'
import type { Leniency } from '../../src/http1/leniency.ts'

/** All that an explanation may go by: what the bytes are, what was expected of them, and what we make of them. Never which case it is. */
export interface Look {
  /** The bytes of the peer, as latin-1. */
  readonly wire: string
  readonly isRequest: boolean
  /** What differs in the strict setting, one after the other. */
  readonly found: string
  /** The error in the strict setting, and with every leniency on. */
  readonly code: ErrorCode | undefined
  readonly codeAlways: ErrorCode | undefined
  /** The method of the first message that came whole. */
  readonly method: string | undefined
  /** What was left unparsed behind the last message. */
  readonly rest: string
}

/** Why we do something otherwise. */
export interface Explanation {
  readonly why: string
}

/** What we do otherwise on purpose, and no option changes. `docs/ledger.md` has the same in words. */
export interface LedgerEntry extends Explanation {
  /** Whether a difference has the property that it is about. */
  readonly explains: (look: Look) => boolean
}

const isRefused = ({ found }: Look): boolean => found.startsWith('outcome: "ok" expected, "error" came')
const isAccepted = ({ found }: Look): boolean => found.startsWith('outcome: "error" expected, "ok" came')
/** An error to both, told otherwise; nothing else differs. */
const isErrorOf =
  (expected: string, came: string) =>
  ({ found }: Look): boolean =>
    found === `errorKind: "${expected}" expected, "${came}" came`

export const LEDGER: readonly LedgerEntry[] = [
  // --- Accepted by the source, refused here.
  {
    why: 'Transfer-Encoding and Content-Length are never folded (CVE-2022-32215)',
    explains: (look) =>
      isRefused(look) &&
      look.codeAlways === 'OBS_FOLD' &&
      /^(?:content-length|transfer-encoding):[^\n]*\n[ \t]/im.test(look.wire),
  },
  {
    why: 'a status below 100 has no class and no meaning (RFC 9110 section 15)',
    explains: (look) => isRefused(look) && look.codeAlways === 'BAD_STATUS' && /^HTTP\/\d\.\d 0\d\d\b/m.test(look.wire),
  },
  {
    why: 'a CR without LF never ends a line or a section (CVE-2023-30589, CVE-2025-23167)',
    explains: (look) =>
      (isRefused(look) || look.found.startsWith('errorKind: "data-after-close" expected, "malformed" came')) &&
      look.codeAlways === 'BARE_CR' &&
      /\r(?!\n)/.test(look.wire),
  },
  {
    why: 'HTTP/0.9 is not read',
    explains: (look) =>
      isRefused(look) &&
      look.isRequest &&
      look.codeAlways === 'BAD_TARGET' &&
      /^(?:\r?\n)*[A-Z]+ [^\s]+ *\r?\n/.test(look.wire),
  },
  {
    why: 'the trailer section ends with its first empty line (RFC 9112 section 7.1.2); the source reads fields behind it',
    explains: (look) =>
      isRefused(look) &&
      (look.codeAlways === 'BAD_METHOD' || look.codeAlways === 'BAD_START_LINE') &&
      /^transfer-encoding:.*chunked[^]*\n0+[^\n]*\n\r?\n[\w-]+:/im.test(look.wire),
  },

  // --- Refused by the source, or at another place.
  {
    why: 'a request only asks for another protocol; the connection changes with the 101 (RFC 9110 section 7.8)',
    explains: (look) =>
      look.isRequest &&
      /upgrade: ".*" expected, "" came$/.test(look.found) &&
      /^(?:upgrade *:|CONNECT )/im.test(look.wire),
  },
  {
    why: 'what follows the last message is kept unparsed and takes nothing from it (RFC 9112 section 9.6)',
    explains: (look) =>
      isAccepted(look) &&
      look.isRequest &&
      look.code === undefined &&
      look.rest !== '' &&
      look.wire.endsWith(look.rest),
  },
  {
    why: 'PRI is a method like any other; what follows it in the HTTP/2 preface is refused',
    explains: (look) =>
      look.isRequest && look.method === 'PRI' && /^number of messages: 0 expected, 1 came$/.test(look.found),
  },

  // --- An error to both, told otherwise.
  {
    why: 'framing is judged before the head is reported',
    explains: (look) => look.found === 'partial: did not come' && look.code !== undefined && OF_FRAMING.has(look.code),
  },
  {
    why: 'a length above 2^53-1 is refused, not waited for',
    explains: (look) =>
      isErrorOf('truncated', 'malformed')(look) && (look.code === 'CL_OVERFLOW' || look.code === 'CHUNK_SIZE_OVERFLOW'),
  },
  {
    why: 'a field is judged when the head is complete, and this head is cut',
    explains: (look) =>
      isErrorOf('malformed', 'truncated')(look) &&
      look.code === 'PREMATURE_EOF' &&
      !/\n\r?\n/.test(look.wire.trimStart()),
  },
  {
    why: 'an interim response came, so the connection was not stale: the response is cut, not empty',
    explains: (look) =>
      isErrorOf('empty', 'truncated')(look) && !look.isRequest && /^HTTP\/1\.[01] 1\d\d\b/.test(look.wire),
  },
  {
    why: 'a chunk line is held to its grammar, and this one breaks it before it is cut',
    explains: (look) => isErrorOf('truncated', 'malformed')(look) && look.code === 'BAD_CHUNK_EXT',
  },
]

/** Where the framing of a message is not clear. */
const OF_FRAMING: ReadonlySet<ErrorCode> = new Set([
  'UNKNOWN_TRANSFER_CODING',
  'BAD_TRANSFER_CODING',
  'BAD_CL',
  'DUPLICATE_CL',
  'CL_OVERFLOW',
  'CL_AND_TE',
  'OBS_FOLD',
])

/** Not a matter of bytes alone; held over real connections instead. */
export const BEYOND_BYTES: readonly (Explanation & { readonly step: 'rst' | 'early' | 'delayMs' })[] = [
  { step: 'rst', why: 'a reset is reported by the socket' },
  { step: 'early', why: 'whether a request was sent is known to the connection' },
  { step: 'delayMs', why: 'a timeout is reported by the clock' },
]

/** What a requirement says, beyond a code. */
export interface Required {
  /** `undefined` where any refusal will do. */
  readonly code: string | undefined
  /** What makes it acceptable. */
  readonly lenient: Leniency | undefined
  /** Whether it must be refused with every leniency on. */
  readonly isAlways: boolean
}

/** Reads `R CODE by default; A with lenient.name`, `R always`, or `A`. */
export function requiredOf(text: string): Required {
  const isRefusal = text.startsWith('R')
  const code = isRefusal ? /^R ([A-Z_]{2,})/.exec(text)?.[1] : 'accepted'
  const name = isRefusal ? (/\blenient\.(\w+)/.exec(text)?.[1] ?? '') : ''
  return { code, lenient: LENIENCIES_BY_NAME.get(name), isAlways: /^R\b[^;]*\balways\b/.test(text) }
}

const LENIENCIES_BY_NAME: ReadonlyMap<string, Leniency> = new Map([
  ['bareLf', 'bareLf'],
  ['obsFold', 'obsFold'],
  ['equalCl', 'equalContentLength'],
  ['chunkSpaces', 'chunkSizeBlanks'],
])
