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
  /** Where the parts are, counted from the start of the section. */
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
  /** Where the current part began. */
  #mark = 0
  /** Whether an extra space was skipped. */
  #hasExtraSpace = false

  constructor(kind: StartLineKind, maxBlankLines: number, lenient: Leniencies) {
    this.#kind = kind
    this.#maxBlankLines = maxBlankLines
    this.#lenient = lenient
    this.#at = kind
  }

  /** How many bytes of the section have been scanned. */
  get scanned(): number {
    return this.#scanned
  }

  /** Whether only empty lines have come so far. */
  get isAwaited(): boolean {
    return this.#at === this.#kind && this.#scanned === this.#mark
  }

  reset(): void {
    this.#at = this.#kind
    this.#scanned = 0
    this.#blankLines = 0
    this.#mark = 0
    this.#hasExtraSpace = false
    this.status = 0
  }

  /** Whether the line is complete; looks at no more than `length` bytes. @throws RemoteProtocolError at the first wrong byte. */
  scan(buffer: ReceiveBuffer, length: number): boolean {
    const { bytes, start } = buffer
    let at = this.#at
    let i = this.#scanned
    if (i === 0 && this.#takePlain(buffer, length)) return true
    for (; i < length && at !== 'done'; i += 1) at = this.#step(at, buffer, bytes[start + i] ?? 0, i)
    this.#at = at
    this.#scanned = i
    return at === 'done'
  }

  /**
   * Takes a complete line of the usual form: single spaces, HTTP/1.0 or 1.1, CRLF.
   *
   * Every other line takes the slow path, which has the same result for a plain line.
   */
  #takePlain(buffer: ReceiveBuffer, length: number): boolean {
    const end =
      this.#kind === 'status-line' ? this.#plainStatusLine(buffer, length) : this.#plainRequestLine(buffer, length)
    if (end === 0) return false
    this.#at = 'done'
    this.#scanned = end
    return true
  }

  /** Where a plain status line ends, or 0. */
  #plainStatusLine({ bytes, start }: ReceiveBuffer, length: number): number {
    const end = start + length
    const status = digits(bytes, start + 9)
    if (!isVersion(bytes, start) || bytes[start + 8] !== SP || status < 100) return 0
    const reasonStart = start + 13
    if (bytes[start + 12] !== SP || bytes[reasonStart] === SP) return 0
    let i = reasonStart
    while (i < end && isFieldVchar(bytes[i] ?? 0)) i += 1
    if (i + 1 >= end || bytes[i] !== CR || bytes[i + 1] !== LF) return 0
    this.version = bytes[start + 7] === ZERO ? '1.0' : '1.1'
    this.status = status
    this.reasonStart = reasonStart - start
    this.reasonEnd = i - start
    return i + 2 - start
  }

  /** Where a plain request line ends, or 0. */
  #plainRequestLine({ bytes, start }: ReceiveBuffer, length: number): number {
    const end = start + length
    let i = start
    while (i < end && isTchar(bytes[i] ?? 0)) i += 1
    if (i === start || bytes[i] !== SP) return 0
    const targetStart = i + 1
    i = targetStart
    while (i < end && isTargetChar(bytes[i] ?? 0)) i += 1
    const version = i + 1
    if (i === targetStart || bytes[i] !== SP || version + 10 > end || !isVersion(bytes, version)) return 0
    if (bytes[version + 8] !== CR || bytes[version + 9] !== LF) return 0
    this.version = bytes[version + 7] === ZERO ? '1.0' : '1.1'
    this.methodStart = 0
    this.methodEnd = targetStart - 1 - start
    this.targetStart = targetStart - start
    this.targetEnd = i - start
    return version + 10 - start
  }

  /** The place of the scanner after the byte at `i`. */
  #step(at: Place, buffer: ReceiveBuffer, byte: number, i: number): Place {
    switch (at) {
      case 'status-line':
        return this.#inProtocolName(buffer, byte, i)
      case 'request-line':
        return isTchar(byte) ? at : this.#endMethod(buffer, byte, i)
      case 'blank-lf':
        return this.#endBlankLine(buffer, byte, i)
      case 'target':
        return isTargetChar(byte) ? at : this.#endTarget(buffer, byte, i)
      case 'request-version':
        return this.#inRequestVersion(buffer, byte, i)
      case 'major':
        return this.#readMajor(buffer, byte, i)
      case 'dot':
        return byte === DOT ? 'minor' : failAt(buffer, 'BAD_VERSION', i)
      case 'minor':
        return this.#readMinor(buffer, byte, i)
      case 'after-version':
        return this.#beginStatus(buffer, byte, i)
      case 'status':
        return this.#inStatus(buffer, byte, i)
      case 'after-status':
        return this.#endStatus(buffer, byte, i)
      case 'reason':
        return isFieldVchar(byte) ? this.#inReason(byte, i) : this.#endReason(buffer, byte, i)
      case 'line-cr':
        return byte === CR ? 'line-lf' : this.#endAtLf(buffer, i, 'BAD_VERSION')
      case 'line-lf':
        return byte === LF ? 'done' : failAt(buffer, 'BARE_CR', i - 1)
      case 'done':
        return at
    }
  }

  #inProtocolName(buffer: ReceiveBuffer, byte: number, i: number): Place {
    const index = i - this.#mark
    if (index === 0 && (byte === CR || byte === LF)) return this.#skipBlankLine(buffer, i)
    if (byte !== PROTOCOL.charCodeAt(index)) failAt(buffer, 'BAD_START_LINE', i)
    return index === 4 ? 'major' : 'status-line'
  }

  #endMethod(buffer: ReceiveBuffer, byte: number, i: number): Place {
    if (i === this.#mark && (byte === CR || byte === LF)) return this.#skipBlankLine(buffer, i)
    if (byte !== SP || i === this.#mark) failAt(buffer, 'BAD_METHOD', i)
    this.methodStart = this.#mark
    this.methodEnd = i
    this.#mark = i + 1
    return 'target'
  }

  #endBlankLine(buffer: ReceiveBuffer, byte: number, i: number): Place {
    if (byte !== LF) failAt(buffer, 'BARE_CR', i - 1)
    this.#mark = i + 1
    return this.#kind
  }

  #endTarget(buffer: ReceiveBuffer, byte: number, i: number): Place {
    if (this.#lenient.obsTextInTarget && isObsText(byte)) return 'target'
    if (this.#skipExtraSpace(byte, i)) return 'target'
    if (byte !== SP || i === this.#mark) failAt(buffer, 'BAD_TARGET', i)
    this.targetStart = this.#mark
    this.targetEnd = i
    this.#mark = i + 1
    return 'request-version'
  }

  #inRequestVersion(buffer: ReceiveBuffer, byte: number, i: number): Place {
    const index = i - this.#mark
    if (byte === PROTOCOL.charCodeAt(index)) return index === 4 ? 'major' : 'request-version'
    return this.#skipExtraSpace(byte, i) ? 'request-version' : failAt(buffer, 'BAD_VERSION', i)
  }

  #readMajor(buffer: ReceiveBuffer, byte: number, i: number): Place {
    if (!isDigit(byte)) failAt(buffer, 'BAD_VERSION', i)
    this.#mark = i
    return 'dot'
  }

  #readMinor(buffer: ReceiveBuffer, byte: number, i: number): Place {
    if (!isDigit(byte)) failAt(buffer, 'BAD_VERSION', i)
    this.version = this.#readVersion(buffer, buffer.bytes[buffer.start + this.#mark] ?? 0, byte)
    return this.#kind === 'status-line' ? 'after-version' : 'line-cr'
  }

  #beginStatus(buffer: ReceiveBuffer, byte: number, i: number): Place {
    if (byte !== SP) failAt(buffer, isDigit(byte) || byte === DOT ? 'BAD_VERSION' : 'BAD_STATUS', i)
    this.#mark = i + 1
    return 'status'
  }

  #inStatus(buffer: ReceiveBuffer, byte: number, i: number): Place {
    // A status below 100 has no class and no meaning (RFC 9110 section 15).
    if (!isDigit(byte) || (i === this.#mark && byte === ZERO))
      return this.#skipExtraSpace(byte, i) ? 'status' : failAt(buffer, 'BAD_STATUS', i)
    this.status = this.status * 10 + byte - ZERO
    return i - this.#mark === 2 ? 'after-status' : 'status'
  }

  /** RFC 9112 section 4 requires the space even if no reason follows; servers leave it out. */
  #endStatus(buffer: ReceiveBuffer, byte: number, i: number): Place {
    this.reasonStart = byte === SP ? i + 1 : i
    this.reasonEnd = i
    if (byte === SP) return 'reason'
    return byte === CR ? 'line-lf' : this.#endAtLf(buffer, i, 'BAD_STATUS')
  }

  #inReason(byte: number, i: number): Place {
    // If there was a single space before the status, the spaces before the reason belong to it, as without the leniency.
    if (byte === SP && i === this.reasonStart && this.#hasExtraSpace) this.reasonStart = i + 1
    return 'reason'
  }

  #endReason(buffer: ReceiveBuffer, byte: number, i: number): Place {
    this.reasonEnd = i
    return byte === CR ? 'line-lf' : this.#endAtLf(buffer, i, 'BAD_REASON')
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
    this.#hasExtraSpace = true
    return true
  }

  #readVersion(buffer: ReceiveBuffer, major: number, minor: number): '1.0' | '1.1' {
    const isOne = major === ZERO + 1
    if (!(isOne && minor <= ZERO + 1) && !this.#lenient.otherVersions) {
      failAt(buffer, 'UNSUPPORTED_VERSION', this.#mark)
    }
    return isOne && minor > ZERO ? '1.1' : '1.0'
  }

  /** Ends the line at a byte that is not a CR, if it may end there; otherwise throws `code`. */
  #endAtLf(buffer: ReceiveBuffer, i: number, code: ErrorCode): Place {
    const isLf = buffer.bytes[buffer.start + i] === LF
    return isLf && this.#lenient.bareLf ? 'done' : failAt(buffer, isLf ? 'BARE_LF' : code, i)
  }
}

const PROTOCOL = 'HTTP/'

const VERSIONS = Uint8Array.from('HTTP/1.', (char) => char.charCodeAt(0))

/** Whether `HTTP/1.0` or `HTTP/1.1` begins there. */
function isVersion(bytes: Uint8Array, at: number): boolean {
  for (let k = 0; k < VERSIONS.length; k += 1) if (bytes[at + k] !== VERSIONS[k]) return false
  const minor = bytes[at + VERSIONS.length]
  return minor === ZERO || minor === ZERO + 1
}

/** The number of three digits, or one below 100 if they are not three digits or begin with a zero. */
function digits(bytes: Uint8Array, at: number): number {
  let number = 0
  for (let k = at; k < at + 3; k += 1) {
    const byte = bytes[k] ?? 0
    if (!isDigit(byte)) return 0
    number = number * 10 + byte - ZERO
  }
  return number
}

/** The place of the scanner between two bytes. */
// oxfmt-ignore
type Place =
  | StartLineKind | 'blank-lf'
  | 'target' | 'request-version'
  | 'major' | 'dot' | 'minor'
  | 'after-version' | 'status' | 'after-status' | 'reason'
  | 'line-cr' | 'line-lf' | 'done'
