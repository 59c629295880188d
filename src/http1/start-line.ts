import { CR, DOT, isDigit, isFieldVchar, isTargetChar, isTchar, LF, SP, ZERO } from './grammar.ts'
import type { ReceiveBuffer } from './receive-buffer.ts'
import { failAt } from './section-scanner.ts'

/** RFC 9112 section 4, or section 3. */
export type StartLineKind = 'status-line' | 'request-line'

/** Reads empty lines and a start line, byte by byte, and remembers where it stopped. */
export class StartLineScanner {
  version: '1.0' | '1.1' = '1.1'
  status = 0
  /** The reason phrase lies at `[reasonStart, reasonEnd)` of the section; the method ends where the target starts, less a space. */
  reasonStart = 0
  reasonEnd = 0
  methodStart = 0
  targetStart = 0
  targetEnd = 0
  readonly #kind: StartLineKind
  readonly #maxBlankLines: number
  #at: Place
  #scanned = 0
  #blankLines = 0
  /** Where the present part began. */
  #mark = 0

  constructor(kind: StartLineKind, maxBlankLines: number) {
    this.#kind = kind
    this.#maxBlankLines = maxBlankLines
    this.#at = kind
  }

  /** Bytes of the section that have been looked at. */
  get scanned(): number {
    return this.#scanned
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
    let at = this.#at
    if (at === 'done') return true
    let i = this.#scanned
    for (; i < length; i += 1) {
      const byte = bytes[start + i] ?? 0
      switch (at) {
        case 'status-line':
          if (byte === CR && i === this.#mark) at = this.#skipBlankLine(buffer, i)
          else if (byte !== 'HTTP/'.charCodeAt(i - this.#mark)) this.#failAtStart(buffer, i, byte)
          else if (i - this.#mark === 4) at = 'major'
          break
        case 'request-line':
          if (byte === CR && i === this.#mark) {
            at = this.#skipBlankLine(buffer, i)
            break
          }
          if (byte === LF && i === this.#mark) failAt(buffer, 'BARE_LF', i)
          if (isTchar(byte)) break
          if (byte !== SP || i === this.#mark) failAt(buffer, 'BAD_METHOD', i)
          this.methodStart = this.#mark
          this.targetStart = i + 1
          at = 'target'
          break
        case 'blank-lf':
          if (byte !== LF) failAt(buffer, 'BARE_CR', i - 1)
          this.#mark = i + 1
          at = this.#kind
          break

        case 'target':
          if (isTargetChar(byte)) break
          if (byte !== SP || i === this.targetStart) failAt(buffer, 'BAD_TARGET', i)
          this.targetEnd = i
          this.#mark = i + 1
          at = 'request-version'
          break
        case 'request-version':
          if (byte !== 'HTTP/'.charCodeAt(i - this.#mark)) failAt(buffer, 'BAD_VERSION', i)
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
          if (bytes[start + this.#mark] !== ZERO + 1 || byte > ZERO + 1)
            failAt(buffer, 'UNSUPPORTED_VERSION', this.#mark)
          this.version = byte === ZERO ? '1.0' : '1.1'
          at = this.#kind === 'status-line' ? 'after-version' : 'line-cr'
          break

        case 'after-version':
          if (byte !== SP) failAt(buffer, isDigit(byte) || byte === DOT ? 'BAD_VERSION' : 'BAD_STATUS', i)
          this.#mark = i + 1
          at = 'status'
          break
        case 'status':
          // A status below 100 has no class and no meaning (RFC 9110 section 15).
          if (!isDigit(byte) || (i === this.#mark && byte === ZERO)) failAt(buffer, 'BAD_STATUS', i)
          this.status = this.status * 10 + byte - ZERO
          if (i - this.#mark === 2) at = 'after-status'
          break
        case 'after-status':
          // RFC 9112 section 4 wants the space even where no reason follows; servers leave it out.
          if (byte !== SP && byte !== CR) failAt(buffer, byte === LF ? 'BARE_LF' : 'BAD_STATUS', i)
          this.reasonStart = byte === SP ? i + 1 : i
          this.reasonEnd = i
          at = byte === SP ? 'reason' : 'line-lf'
          break
        case 'reason':
          if (isFieldVchar(byte)) break
          if (byte !== CR) failAt(buffer, byte === LF ? 'BARE_LF' : 'BAD_REASON', i)
          this.reasonEnd = i
          at = 'line-lf'
          break

        case 'line-cr':
          if (byte !== CR) failAt(buffer, byte === LF ? 'BARE_LF' : 'BAD_VERSION', i)
          at = 'line-lf'
          break
        case 'line-lf':
          if (byte !== LF) failAt(buffer, 'BARE_CR', i - 1)
          this.#at = 'done'
          this.#scanned = i + 1
          return true
        case 'done':
          break
      }
    }
    this.#at = at
    this.#scanned = i
    return false
  }

  #skipBlankLine(buffer: ReceiveBuffer, i: number): Place {
    this.#blankLines += 1
    if (this.#blankLines > this.#maxBlankLines) failAt(buffer, 'BAD_START_LINE', i)
    return 'blank-lf'
  }

  #failAtStart(buffer: ReceiveBuffer, i: number, byte: number): never {
    return failAt(buffer, byte === LF && i === this.#mark ? 'BARE_LF' : 'BAD_START_LINE', i)
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
