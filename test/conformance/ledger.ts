import type { Leniency } from '../../src/http1/leniency.ts'

/** What we do otherwise on purpose, and no option changes. `docs/ledger.md` has the same in words. */
export interface LedgerEntry {
  /** The cases it is about: by their ids ... */
  readonly id?: RegExp
  /** ... or by all that makes them contested. */
  readonly contestedBy?: readonly string[]
  /** What must differ, of what `differences` tells in the strict setting; absent where nothing can be compared. */
  readonly differs?: RegExp
  readonly why: string
}

const REFUSED = /^outcome: "ok" expected, "error" came/

// oxfmt-ignore
export const LEDGER: readonly LedgerEntry[] = [
  // --- Accepted by the source, refused here.
  { contestedBy: ['obs-fold', 'te-not-chunked'], differs: REFUSED,
    why: 'Transfer-Encoding and Content-Length are never folded (CVE-2022-32215)' },
  { contestedBy: ['status-range'], differs: REFUSED,
    why: 'a status below 100 has no class and no meaning (RFC 9110 section 15)' },
  { contestedBy: ['bare-cr'], differs: /^(?:outcome: "ok" expected, "error"|errorKind: "data-after-close" expected, "malformed") came/,
    why: 'a CR without LF never ends a line or a section (CVE-2023-30589, CVE-2025-23167)' },
  { id: /^llhttp\/request\/content-length-L519$/, differs: REFUSED,
    why: 'a CR without LF never ends a line or a section (CVE-2023-30589, CVE-2025-23167)' },
  { id: /^llhttp\/request\/sample-L314$/, differs: REFUSED,
    why: 'HTTP/0.9 is not read' },
  { id: /^llhttp\/request\/invalid-L568$/, differs: REFUSED,
    why: 'the trailer section ends with its first empty line (RFC 9112 section 7.1.2); the source reads fields behind it' },

  // --- Refused by the source, or at another place.
  { contestedBy: ['request-upgrade'], differs: /upgrade: ".*" expected, "" came$/,
    why: 'a request only asks for another protocol; the connection changes with the 101 (RFC 9110 section 7.8)' },
  { contestedBy: ['data-after-close'], differs: /^outcome: "error" expected, "ok" came; errorKind: "data-after-close"/,
    why: 'what follows the last message is kept unparsed and takes nothing from it (RFC 9112 section 9.6)' },
  { id: /^llhttp\/request\/connection-L107$/, differs: /^outcome: "error" expected, "ok" came/,
    why: 'what follows the last message is kept unparsed and takes nothing from it (RFC 9112 section 9.6)' },
  { id: /^llhttp\/request\/method-L458$/, differs: /^number of messages: 0 expected, 1 came$/,
    why: 'PRI is a method like any other; what follows it in the HTTP/2 preface is refused' },

  // --- An error to both, told otherwise.
  { contestedBy: ['te-not-chunked'], differs: /^partial: did not come$/,
    why: 'framing is judged before the head is told' },
  { contestedBy: ['cl-overflow'], differs: /^errorKind: "truncated" expected, "malformed" came$/,
    why: 'a length above 2^53-1 is refused, not waited for' },
  { id: /^llhttp\/request\/content-length-L75$/, differs: /^errorKind: "malformed" expected, "truncated" came$/,
    why: 'a Content-Length is judged when the head is complete, and this head is cut' },
  { id: /^hyper\/decoder_response\.14$/, differs: /^errorKind: "empty" expected, "truncated" came$/,
    why: 'an interim response came, so the connection was not stale: the response is cut, not empty' },
  { id: /^hyper\/read_chunk_size\.27$/, differs: /^errorKind: "truncated" expected, "malformed" came$/,
    why: 'a chunk extension is held to its grammar, and this one breaks it before it is cut' },

  // --- Not a matter of bytes alone; held over real connections instead.
  { id: /^R113$/, why: 'a reset is told by the socket' },
  { id: /^R13[34]$/, why: 'a timeout is told by the clock' },
  { id: /^R140$/, why: 'whether a request was sent is known to the connection' },
]

/** What the requirement of a bad response says beyond its code. */
interface Required {
  /** Where it names none. */
  readonly code?: 'OBS_FOLD' | 'BAD_CHUNK_SIZE'
  /** What makes it acceptable. */
  readonly lenient?: Leniency
  /** Whether it must be refused with every leniency on. */
  readonly isAlways?: true
}

export const REQUIRED: Readonly<Record<string, Required>> = {
  R020: { lenient: 'bareLf' },
  R032: { lenient: 'obsFold' },
  R033: { isAlways: true },
  R034: { code: 'OBS_FOLD', isAlways: true },
  R050: { lenient: 'equalContentLength' },
  R052: { lenient: 'equalContentLength' },
  R086: { code: 'BAD_CHUNK_SIZE', lenient: 'chunkSizeBlanks' },
}
