import type { ErrorCode } from '../errors.ts'
import { failAt } from './fail-at.ts'
import { CR, DOT, isDigit, isFieldVchar, isObsText, isTargetChar, isTchar, LF, SP, ZERO } from './grammar.ts'
import type { Leniencies } from './leniency.ts'
import type { ReceiveBuffer } from './receive-buffer.ts'

/** RFC 9112 section 4, or section 3. */
export type StartLineKind = 'status-line' | 'request-line'

/** Reads empty lines and a start line, byte by byte, and remembers where it stopped. */
export class StartLineScanner {
  version: '1.0' | '1.1' = '1.1'
  status = 0
  /** Where the parts lie, counted from the start of the section. */
  reasonStart = 0
  reasonEnd = 0
  methodStart = 0
  methodEnd = 0
  targetStart = 0
  targetEnd = 0
  readonly #kind: StartLineKind
  readonly #maxBlankLines: number
  readonly #lenient: Leniencies
  #at: Place
  #scanned = 0
  #blankLines = 0
  /** Where the present part began. */
  #mark = 0

  constructor(kind: StartLineKind, maxBlankLines: number, lenient: Leniencies) {
    this.#kind = kind
    this.#maxBlankLines = maxBlankLines
    this.#lenient = lenient
    this.#at = kind
  }

  /** Bytes of the section that have been looked at. */
  get scanned(): number {
    return this.#scanned
  }

  /** Whether nothing has come but empty lines. */
  get isAwaited(): boolean {
    return this.#at === this.#kind && this.#scanned === this.#mark
  }

  reset(): void {
    this.#at = this.#kind
    this.#scanned = 0
    this.#blankLines = 0
    this.#mark = 0
    this.status = 0
  }

  /** Whether the line is complete; looks at no more than `length` bytes. @throws RemoteProtocolError at the first wrong byte. */
  scan(buffer: ReceiveBuffer, length: number): boolean {
    const { bytes, start } = buffer
    const lenient = this.#lenient
    let at = this.#at
    if (at === 'done') return true
    let i = this.#scanned
    for (; i < length; i += 1) {
      const byte = bytes[start + i] ?? 0
      switch (at) {
        case 'status-line':
          if (i === this.#mark && (byte === CR || byte === LF)) at = this.#skipBlankLine(buffer, i)
          else if (byte !== 'HTTP/'.charCodeAt(i - this.#mark)) failAt(buffer, 'BAD_START_LINE', i)
          else if (i - this.#mark === 4) at = 'major'
          break
        case 'request-line':
          if (isTchar(byte)) break
          if (i === this.#mark && (byte === CR || byte === LF)) {
            at = this.#skipBlankLine(buffer, i)
            break
          }
          if (byte !== SP || i === this.#mark) failAt(buffer, 'BAD_METHOD', i)
          this.methodStart = this.#mark
          this.methodEnd = i
          this.#mark = i + 1
          at = 'target'
          break
        case 'blank-lf':
          if (byte !== LF) failAt(buffer, 'BARE_CR', i - 1)
          this.#mark = i + 1
          at = this.#kind
          break

        case 'target':
          if (isTargetChar(byte) || (lenient.obsTextInTarget && isObsText(byte))) break
          if (this.#skipExtraSpace(byte, i)) break
          if (byte !== SP || i === this.#mark) failAt(buffer, 'BAD_TARGET', i)
          this.targetStart = this.#mark
          this.targetEnd = i
          this.#mark = i + 1
          at = 'request-version'
          break
        case 'request-version':
          if (byte !== 'HTTP/'.charCodeAt(i - this.#mark)) {
            if (this.#skipExtraSpace(byte, i)) break
            failAt(buffer, 'BAD_VERSION', i)
          }
          if (i - this.#mark === 4) at = 'major'
          break

        case 'major':
          if (!isDigit(byte)) failAt(buffer, 'BAD_VERSION', i)
          this.#mark = i
          at = 'dot'
          break
        case 'dot':
          if (byte !== DOT) failAt(buffer, 'BAD_VERSION', i)
          at = 'minor'
          break
        case 'minor':
          if (!isDigit(byte)) failAt(buffer, 'BAD_VERSION', i)
          this.version = this.#readVersion(buffer, bytes[start + this.#mark] ?? 0, byte)
          at = this.#kind === 'status-line' ? 'after-version' : 'line-cr'
          break

        case 'after-version':
          if (byte !== SP) failAt(buffer, isDigit(byte) || byte === DOT ? 'BAD_VERSION' : 'BAD_STATUS', i)
          this.#mark = i + 1
          at = 'status'
          break
        case 'status':
          // A status below 100 has no class and no meaning (RFC 9110 section 15).
          if (!isDigit(byte) || (i === this.#mark && byte === ZERO)) {
            if (this.#skipExtraSpace(byte, i)) break
            failAt(buffer, 'BAD_STATUS', i)
          }
          this.status = this.status * 10 + byte - ZERO
          if (i - this.#mark === 2) at = 'after-status'
          break
        case 'after-status':
          // RFC 9112 section 4 wants the space even where no reason follows; servers leave it out.
          this.reasonStart = byte === SP ? i + 1 : i
          this.reasonEnd = i
          if (byte === SP) at = 'reason'
          else if (byte === CR) at = 'line-lf'
          else return this.#finishAtLf(buffer, i, 'BAD_STATUS')
          break
        case 'reason':
          if (isFieldVchar(byte)) break
          this.reasonEnd = i
          if (byte !== CR) return this.#finishAtLf(buffer, i, 'BAD_REASON')
          at = 'line-lf'
          break

        case 'line-cr':
          if (byte !== CR) return this.#finishAtLf(buffer, i, 'BAD_VERSION')
          at = 'line-lf'
          break
        case 'line-lf':
          if (byte !== LF) failAt(buffer, 'BARE_CR', i - 1)
          return this.#finish(i)
        case 'done':
          break
      }
    }
    this.#at = at
    this.#scanned = i
    return false
  }

  #skipBlankLine(buffer: ReceiveBuffer, i: number): Place {
    const isLf = buffer.bytes[buffer.start + i] === LF
    if (isLf && !this.#lenient.bareLf) failAt(buffer, 'BARE_LF', i)
    this.#blankLines += 1
    if (this.#blankLines > this.#maxBlankLines) failAt(buffer, 'BAD_START_LINE', i)
    if (!isLf) return 'blank-lf'
    this.#mark = i + 1
    return this.#kind
  }

  #skipExtraSpace(byte: number, i: number): boolean {
    if (byte !== SP || i !== this.#mark || !this.#lenient.startLineSpaces) return false
    this.#mark = i + 1
    return true
  }

  #readVersion(buffer: ReceiveBuffer, major: number, minor: number): '1.0' | '1.1' {
    const isOne = major === ZERO + 1
    if (!(isOne && minor <= ZERO + 1) && !this.#lenient.otherVersions) {
      failAt(buffer, 'UNSUPPORTED_VERSION', this.#mark)
    }
    return isOne && minor > ZERO ? '1.1' : '1.0'
  }

  /** Ends the line at a byte that is no CR, if it may end there; else it is wrong by `code`. */
  #finishAtLf(buffer: ReceiveBuffer, i: number, code: ErrorCode): true {
    const isLf = buffer.bytes[buffer.start + i] === LF
    if (!isLf || !this.#lenient.bareLf) failAt(buffer, isLf ? 'BARE_LF' : code, i)
    return this.#finish(i)
  }

  #finish(i: number): true {
    this.#at = 'done'
    this.#scanned = i + 1
    return true
  }
}

/** Between which bytes the scanner stands. */
// oxfmt-ignore
type Place =
  | StartLineKind | 'blank-lf'
  | 'target' | 'request-version'
  | 'major' | 'dot' | 'minor'
  | 'after-version' | 'status' | 'after-status' | 'reason'
  | 'line-cr' | 'line-lf' | 'done'
