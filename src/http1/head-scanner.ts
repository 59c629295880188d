import { type ErrorCode, RemoteProtocolError } from '../errors.ts'
import type { FieldLine } from './events.ts'
import {
  CLASS,
  COLON,
  CR,
  DIGIT,
  DOT,
  FIELD_VCHAR,
  isBlank,
  LF,
  nameByte,
  SP,
  TARGET_CHAR,
  TCHAR,
  ZERO,
} from './grammar.ts'
import type { ReceiveBuffer } from './receive-buffer.ts'

/** What a section starts with: RFC 9112 section 4, section 3, or (trailers, section 7.1.2) nothing. */
export type SectionKind = 'status-line' | 'request-line' | 'trailers'

/** How large a section may be, and what it is called when it is larger. */
export interface SectionLimits {
  readonly bytes: number
  readonly fields: number
  readonly blankLines: number
  readonly tooLarge: ErrorCode
}

/**
 * Reads a start line and field lines, up to and with the empty line, in one pass over the bytes.
 *
 * It works left to right and remembers where it stopped, so the first wrong byte decides code and offset however the
 * bytes were cut, and bytes that come one at a time cost no more than bytes that come at once. It only notes where
 * things are; text is made once, of the whole section, when it is complete.
 */
export class HeadScanner {
  readonly #kind: SectionKind
  readonly #limits: SectionLimits
  #at: Place
  /** Bytes of the section that have been looked at. */
  #scanned = 0
  #blankLines = 0
  /** Where the present line or part began; a CR that may turn out bare. */
  #mark = 0
  /** Four numbers a field: start and end of its name, start and end of its value. */
  #fieldMarks: number[] = []
  #status = 0
  #minor: 0 | 1 = 1
  #methodEnd = 0
  #methodStart = 0
  #targetEnd = 0
  #reasonStart = 0
  #reasonEnd = 0

  constructor(kind: SectionKind, limits: SectionLimits) {
    this.#kind = kind
    this.#limits = limits
    this.#at = FIRST_PLACE[kind]
  }

  /** Whether anything of the section has come. */
  get hasBegun(): boolean {
    return this.#scanned > 0
  }

  /**
   * Goes on where it stopped. Gives the length of the section once it is complete, else `undefined`.
   *
   * @throws RemoteProtocolError at the first byte that cannot belong to such a section.
   */
  scan(buffer: ReceiveBuffer): number | undefined {
    const { bytes, start } = buffer
    const limit = this.#limits.bytes
    const length = Math.min(buffer.length, limit)
    const marks = this.#fieldMarks
    let at = this.#at
    let i = this.#scanned
    while (i < length) {
      const byte = bytes[start + i] ?? 0
      switch (at) {
        case 'value': {
          let j = start + i
          const end = start + length
          while (j < end && ((CLASS[bytes[j] ?? 0] ?? 0) & FIELD_VCHAR) !== 0) j += 1
          i = j - start
          if (j === end) continue
          if (bytes[j] !== CR) this.#failInValue(buffer, i, 'BAD_FIELD_VALUE')
          let valueEnd = i
          while (valueEnd > this.#mark && isBlank(bytes[start + valueEnd - 1])) valueEnd -= 1
          marks.push(this.#mark, valueEnd)
          at = 'value-lf'
          break
        }
        case 'value-lf':
        case 'status-line-lf':
        case 'request-line-lf':
          if (byte !== LF) this.#fail(buffer, 'BARE_CR', i - 1)
          at = 'line'
          break
        case 'line':
          if (byte === CR) {
            at = 'end-lf'
            break
          }
          this.#startField(buffer, i, byte)
          at = 'name'
          continue
        case 'name': {
          let j = start + i
          const end = start + length
          while (j < end && ((CLASS[bytes[j] ?? 0] ?? 0) & TCHAR) !== 0) j += 1
          i = j - start
          if (j === end) continue
          if (bytes[j] !== COLON || i === this.#mark) this.#failInName(buffer, i)
          marks.push(this.#mark, i)
          at = 'before-value'
          break
        }
        case 'before-value':
          if (isBlank(byte)) break
          this.#mark = i
          at = 'value'
          continue
        case 'end-lf':
          if (byte !== LF) this.#fail(buffer, 'BARE_CR', i - 1)
          this.#at = at
          this.#scanned = i + 1
          return i + 1

        case 'status-line':
          if (byte === CR && i === this.#mark) {
            this.#skipBlankLine(buffer, i)
            at = 'blank-lf'
            break
          }
          if (byte !== 'HTTP/'.charCodeAt(i - this.#mark)) this.#failAtStart(buffer, i)
          if (i - this.#mark === 4) at = 'major'
          break
        case 'blank-lf':
          if (byte !== LF) this.#fail(buffer, 'BARE_CR', i - 1)
          this.#mark = i + 1
          at = FIRST_PLACE[this.#kind]
          break

        case 'major':
          if (!isDigit(byte)) this.#fail(buffer, 'BAD_VERSION', i)
          this.#mark = i
          at = 'dot'
          break
        case 'dot':
          if (byte !== DOT) this.#fail(buffer, 'BAD_VERSION', i)
          at = 'minor'
          break
        case 'minor':
          if (!isDigit(byte)) this.#fail(buffer, 'BAD_VERSION', i)
          if (bytes[start + this.#mark] !== ZERO + 1 || byte > ZERO + 1)
            this.#fail(buffer, 'UNSUPPORTED_VERSION', this.#mark)
          this.#minor = byte === ZERO ? 0 : 1
          at = this.#kind === 'status-line' ? 'after-version' : 'request-line-cr'
          break

        case 'after-version':
          if (byte !== SP) this.#fail(buffer, isDigit(byte) || byte === DOT ? 'BAD_VERSION' : 'BAD_STATUS', i)
          this.#mark = i + 1
          at = 'status'
          break
        case 'status':
          // A status below 100 has no class and no meaning (RFC 9110 section 15).
          if (!isDigit(byte) || (i === this.#mark && byte === ZERO)) this.#fail(buffer, 'BAD_STATUS', i)
          this.#status = this.#status * 10 + byte - ZERO
          if (i - this.#mark === 2) at = 'after-status'
          break
        case 'after-status':
          // RFC 9112 section 4 wants the space even where no reason follows; servers leave it out.
          if (byte !== SP && byte !== CR) this.#fail(buffer, byte === LF ? 'BARE_LF' : 'BAD_STATUS', i)
          this.#reasonStart = byte === SP ? i + 1 : i
          at = 'reason'
          if (byte === CR) continue
          break
        case 'reason':
          if (((CLASS[byte] ?? 0) & FIELD_VCHAR) !== 0) break
          if (byte !== CR) this.#failInValue(buffer, i, 'BAD_REASON')
          this.#reasonEnd = i
          at = 'status-line-lf'
          break

        case 'request-line':
          if (byte === CR && i === this.#mark) {
            this.#skipBlankLine(buffer, i)
            at = 'blank-lf'
            break
          }
          if (byte === LF && i === this.#mark) this.#fail(buffer, 'BARE_LF', i)
          this.#methodStart = this.#mark
          at = 'method'
          continue
        case 'method':
          if (((CLASS[byte] ?? 0) & TCHAR) !== 0) break
          if (byte !== SP || i === this.#mark) this.#fail(buffer, 'BAD_METHOD', i)
          this.#methodEnd = i
          this.#mark = i + 1
          at = 'target'
          break
        case 'target':
          if (((CLASS[byte] ?? 0) & TARGET_CHAR) !== 0) break
          if (byte !== SP || i === this.#mark) this.#fail(buffer, 'BAD_TARGET', i)
          this.#targetEnd = i
          this.#mark = i + 1
          at = 'request-version'
          break
        case 'request-version':
          if (byte !== 'HTTP/'.charCodeAt(i - this.#mark)) this.#fail(buffer, 'BAD_VERSION', i)
          if (i - this.#mark === 4) at = 'major'
          break
        case 'request-line-cr':
          if (byte !== CR) this.#fail(buffer, byte === LF ? 'BARE_LF' : 'BAD_VERSION', i)
          at = 'request-line-lf'
          break
      }
      i += 1
    }
    this.#at = at
    this.#scanned = i
    if (i === limit) this.#fail(buffer, this.#limits.tooLarge, limit)
    return undefined
  }

  /** Start line and fields of a complete section, given its text. */
  startLine(text: string): StartLine {
    return {
      version: this.#minor === 0 ? '1.0' : '1.1',
      status: this.#status,
      reason: text.slice(this.#reasonStart, this.#reasonEnd),
      method: text.slice(this.#methodStart, this.#methodEnd),
      target: text.slice(this.#methodEnd + 1, this.#targetEnd),
    }
  }

  fields(text: string): FieldLine[] {
    const marks = this.#fieldMarks
    const fields: FieldLine[] = []
    for (let k = 0; k < marks.length; k += 4) {
      fields.push({ name: text.slice(marks[k], marks[k + 1]), value: text.slice(marks[k + 2], marks[k + 3]) })
    }
    return fields
  }

  /** Where the value of a field starts, counted from the start of the section. */
  valueStart(fieldIndex: number): number {
    return this.#fieldMarks[4 * fieldIndex + 2] ?? 0
  }

  /** Makes the scanner ready for the next section. */
  reset(): void {
    this.#at = FIRST_PLACE[this.#kind]
    this.#scanned = 0
    this.#blankLines = 0
    this.#mark = 0
    this.#fieldMarks = []
    this.#status = 0
  }

  #startField(buffer: ReceiveBuffer, i: number, byte: number): void {
    if (isBlank(byte)) this.#fail(buffer, 'OBS_FOLD', i)
    if (byte === LF) this.#fail(buffer, 'BARE_LF', i)
    if (this.#fieldMarks.length === 4 * this.#limits.fields) this.#fail(buffer, 'TOO_MANY_HEADERS', i)
    this.#mark = i
  }

  #skipBlankLine(buffer: ReceiveBuffer, i: number): void {
    this.#blankLines += 1
    if (this.#blankLines > this.#limits.blankLines) this.#failAtStart(buffer, i)
  }

  #failAtStart(buffer: ReceiveBuffer, i: number): never {
    return this.#fail(
      buffer,
      buffer.bytes[buffer.start + i] === LF && i === this.#mark ? 'BARE_LF' : 'BAD_START_LINE',
      i,
    )
  }

  #failInName(buffer: ReceiveBuffer, i: number): never {
    return this.#fail(buffer, isBlank(buffer.bytes[buffer.start + i]) ? 'WS_BEFORE_COLON' : 'BAD_FIELD_NAME', i)
  }

  #failInValue(buffer: ReceiveBuffer, i: number, code: ErrorCode): never {
    return this.#fail(buffer, buffer.bytes[buffer.start + i] === LF ? 'BARE_LF' : code, i)
  }

  #fail(buffer: ReceiveBuffer, code: ErrorCode, i: number): never {
    const detail =
      code === this.#limits.tooLarge ? `${this.#limits.bytes} bytes` : nameByte(buffer.bytes[buffer.start + i])
    throw new RemoteProtocolError(code, buffer.offset + i, detail)
  }
}

/** What the first line said; the parts that a kind of message does not have are empty. */
interface StartLine {
  readonly version: '1.0' | '1.1'
  readonly status: number
  readonly reason: string
  readonly method: string
  readonly target: string
}

/** Between which bytes the scanner stands. */
type Place =
  | 'status-line'
  | 'request-line'
  | 'blank-lf'
  | 'major'
  | 'dot'
  | 'minor'
  | 'after-version'
  | 'status'
  | 'after-status'
  | 'reason'
  | 'status-line-lf'
  | 'method'
  | 'target'
  | 'request-version'
  | 'request-line-cr'
  | 'request-line-lf'
  | 'line'
  | 'name'
  | 'before-value'
  | 'value'
  | 'value-lf'
  | 'end-lf'

const FIRST_PLACE: Readonly<Record<SectionKind, Place>> = {
  'status-line': 'status-line',
  'request-line': 'request-line',
  trailers: 'line',
}

const isDigit = (byte: number): boolean => ((CLASS[byte] ?? 0) & DIGIT) !== 0
