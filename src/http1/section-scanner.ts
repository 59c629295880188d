import type { ErrorCode } from '../errors.ts'
import type { FieldLine } from './events.ts'
import { failAt } from './fail-at.ts'
import { COLON, CR, isBlank, isFieldVchar, isMereControl, isTchar, LF, SP, trimBlanks } from './grammar.ts'
import type { Leniencies } from './leniency.ts'
import type { ReceiveBuffer } from './receive-buffer.ts'
import type { StartLineScanner } from './start-line.ts'

/** How large a section may be, and the error code if it is larger. */
export interface SectionLimits {
  readonly bytes: number
  readonly fields: number
  readonly tooLarge: ErrorCode
}

/**
 * Reads a start line, if there is one, and field lines, up to and with the empty line, in one pass over the bytes.
 *
 * It works left to right and remembers where it stopped. So the first wrong byte decides code and offset, no matter how the
 * bytes were split, and bytes that come one at a time cost no more than bytes that come at once. It only notes positions;
 * text is made once, when the section is complete.
 */
export class SectionScanner {
  readonly #startLine: StartLineScanner | undefined
  readonly #limits: SectionLimits
  readonly #lenient: Leniencies
  #at: Place = 'line'
  /** How many bytes of the section have been scanned; 0 until the start line is complete. */
  #scanned = 0
  /** Where the current name or value began. */
  #mark = 0
  /** Four numbers a field: start and end of its name, start and end of its value. Kept and reused. */
  readonly #marks: number[] = []
  #markCount = 0
  #hasFolds = false
  /** Why the current line, or the previous one, is ignored. */
  #fault: Fault = NO_FAULT

  constructor(startLine: StartLineScanner | undefined, limits: SectionLimits, lenient: Leniencies) {
    this.#startLine = startLine
    this.#limits = limits
    this.#lenient = lenient
  }

  /** Whether the section has begun. */
  get hasBegun(): boolean {
    return this.#scanned > 0 || (this.#startLine?.scanned ?? 0) > 0
  }

  /**
   * Continues where it stopped. Returns the length of the section once it is complete, otherwise `undefined`.
   *
   * @throws RemoteProtocolError at the first byte that cannot belong to such a section.
   */
  scan(buffer: ReceiveBuffer): number | undefined {
    const { bytes: limit, tooLarge } = this.#limits
    const length = Math.min(buffer.length, limit)
    const end = this.#scanned > 0 || this.#isStarted(buffer, length) ? this.#scanFields(buffer, length) : undefined
    if (end === undefined && length === limit) failAt(buffer, tooLarge, limit, `${limit} bytes`)
    return end
  }

  /**
   * Takes a single new byte if it only continues a name or value, as most bytes do that come one by one.
   *
   * All other bytes are left to `scan`, which would treat this one the same way.
   */
  takeOneMore({ bytes, start, end }: ReceiveBuffer): boolean {
    const scanned = this.#scanned + 1
    if (end - start !== scanned || scanned >= this.#limits.bytes) return false
    const byte = bytes[end - 1] ?? 0
    const goesOn = this.#at === 'value' ? isFieldVchar(byte) : this.#at === 'name' && isTchar(byte)
    if (goesOn) this.#scanned = scanned
    return goesOn
  }

  /** The fields of a complete section, given its text. */
  fields(text: string): FieldLine[] {
    const marks = this.#marks
    const fields: FieldLine[] = []
    for (let k = 0; k < this.#markCount; k += 4) {
      fields.push({ name: text.slice(marks[k], marks[k + 1]), value: text.slice(marks[k + 2], marks[k + 3]) })
    }
    return this.#hasFolds ? fields.map(({ name, value }) => ({ name, value: unfold(value) })) : fields
  }

  /** Where the value of a field starts, counted from the start of the section. */
  valueStart(fieldIndex: number): number {
    return this.#marks[4 * fieldIndex + 2] ?? 0
  }

  /** Makes the scanner ready for the next section. */
  reset(): void {
    this.#startLine?.reset()
    this.#at = 'line'
    this.#scanned = 0
    this.#markCount = 0
    this.#hasFolds = false
  }

  #isStarted(buffer: ReceiveBuffer, length: number): boolean {
    if (this.#startLine === undefined) return true
    if (!this.#startLine.scan(buffer, length)) return false
    this.#scanned = this.#startLine.scanned
    return true
  }

  #scanFields(buffer: ReceiveBuffer, length: number): number | undefined {
    const { start } = buffer
    const end = start + length
    // From here on a position in the buffer, which keeps the inner loops short.
    let i = start + this.#scanned
    while (i < end && this.#at !== 'done') i = this.#step(buffer, i, end)
    this.#scanned = i - start
    return this.#at === 'done' ? this.#scanned : undefined
  }

  /** Scans the element that begins at `i` and returns where the next one begins. */
  #step(buffer: ReceiveBuffer, i: number, end: number): number {
    switch (this.#at) {
      case 'line':
        return this.#scanLines(buffer, i, end)
      case 'name':
        return this.#scanName(buffer, i, end)
      case 'before-colon':
        return this.#scanBeforeColon(buffer, i, end)
      case 'before-value':
        return this.#scanBeforeValue(buffer, i, end)
      case 'value':
        return this.#scanValue(buffer, i, end)
      case 'left-out':
        return this.#scanLeftOut(buffer, i, end)
      case 'left-out-lf':
        return this.#takeLf(buffer, i, 'after-left-out')
      case 'after-left-out':
        this.#at = this.#goOnLeavingOut(buffer, i - buffer.start)
        return i
      case 'line-lf':
        return this.#takeLf(buffer, i, 'line')
      case 'end-lf':
        return this.#takeLf(buffer, i, 'done')
      case 'done':
        return i
    }
  }

  #scanLines(buffer: ReceiveBuffer, from: number, end: number): number {
    const i = this.#scanPlainLines(buffer, from, end)
    if (i === end) return i
    if (buffer.bytes[i] === CR) {
      this.#at = 'end-lf'
      return i + 1
    }
    this.#at = this.#beginLine(buffer, i - buffer.start)
    return i
  }

  #scanName(buffer: ReceiveBuffer, from: number, end: number): number {
    const { bytes, start } = buffer
    let i = from
    while (i < end && isTchar(bytes[i] ?? 0)) i += 1
    if (i === end) return i
    if (bytes[i] !== COLON || i - start === this.#mark) {
      this.#at = this.#endName(buffer, i - start)
      return i
    }
    this.#note(i - start)
    this.#at = 'before-value'
    return i + 1
  }

  #scanBeforeColon(buffer: ReceiveBuffer, from: number, end: number): number {
    const i = afterBlanks(buffer, from, end)
    if (i === end) return i
    if (buffer.bytes[i] !== COLON) {
      this.#at = this.#refuseLine(buffer, 'BAD_FIELD_NAME', i - buffer.start)
      return i
    }
    this.#at = 'before-value'
    return i + 1
  }

  #scanBeforeValue(buffer: ReceiveBuffer, from: number, end: number): number {
    const i = afterBlanks(buffer, from, end)
    if (i === end) return i
    this.#mark = i - buffer.start
    this.#at = 'value'
    return i
  }

  #scanValue(buffer: ReceiveBuffer, from: number, end: number): number {
    const { bytes, start } = buffer
    let i = from
    while (i < end && isFieldVchar(bytes[i] ?? 0)) i += 1
    if (i === end) return i
    if (bytes[i] !== CR && !(bytes[i] === LF && this.#lenient.bareLf)) {
      this.#at = this.#goOnWithValue(buffer, i - start)
      return this.#at === 'value' ? i + 1 : i
    }
    let valueEnd = i
    while (valueEnd - start > this.#mark && isBlank(bytes[valueEnd - 1])) valueEnd -= 1
    this.#note(valueEnd - start)
    this.#at = 'line-lf'
    return bytes[i] === CR ? i + 1 : i
  }

  #scanLeftOut(buffer: ReceiveBuffer, from: number, end: number): number {
    const { bytes } = buffer
    let i = from
    while (i < end && bytes[i] !== CR && bytes[i] !== LF) i += 1
    if (i === end) return i
    this.#at = 'left-out-lf'
    if (bytes[i] === CR) return i + 1
    return this.#lenient.bareLf ? i : failAt(buffer, 'BARE_LF', i - buffer.start)
  }

  #takeLf(buffer: ReceiveBuffer, i: number, next: Place): number {
    if (buffer.bytes[i] !== LF) failAt(buffer, 'BARE_CR', i - 1 - buffer.start)
    this.#at = next
    return i + 1
  }

  /**
   * Scans complete lines of the usual form, `name: value CRLF`; returns where the first other line begins.
   *
   * Every other line takes the slow path, which has the same result for a plain line.
   */
  #scanPlainLines({ bytes, start }: ReceiveBuffer, from: number, end: number): number {
    const marks = this.#marks
    const maxMarks = 4 * this.#limits.fields
    let line = from
    while (this.#markCount < maxMarks) {
      let i = line
      while (i < end && isTchar(bytes[i] ?? 0)) i += 1
      if (i === line || bytes[i] !== COLON) return line
      const nameEnd = i
      i += bytes[i + 1] === SP ? 2 : 1
      if (isBlank(bytes[i])) return line
      const valueStart = i
      while (i < end && isFieldVchar(bytes[i] ?? 0)) i += 1
      if (i + 1 >= end || bytes[i] !== CR || bytes[i + 1] !== LF || isBlank(bytes[i - 1])) return line
      const count = this.#markCount
      marks[count] = line - start
      marks[count + 1] = nameEnd - start
      marks[count + 2] = valueStart - start
      marks[count + 3] = i - start
      this.#markCount = count + 4
      line = i + 2
    }
    return line
  }

  /** A line that begins with a byte other than CR. */
  #beginLine(buffer: ReceiveBuffer, i: number): Place {
    const byte = buffer.bytes[buffer.start + i]
    if (isBlank(byte)) return this.#fold(buffer, i)
    if (byte === LF) return this.#lenient.bareLf ? 'end-lf' : failAt(buffer, 'BARE_LF', i)
    if (this.#markCount === 4 * this.#limits.fields) failAt(buffer, 'TOO_MANY_HEADERS', i)
    this.#mark = i
    return 'name'
  }

  #fold(buffer: ReceiveBuffer, i: number): Place {
    if (!this.#lenient.obsFold) failAt(buffer, 'OBS_FOLD', i)
    if (this.#markCount === 0) {
      // RFC 9112 section 2.2: directly after the start line there is no value to continue.
      this.#mark = i
      return this.#leaveOut('OBS_FOLD', i)
    }
    if (this.#isFramingField(buffer, this.#markCount - 4)) failAt(buffer, 'OBS_FOLD', i)
    this.#markCount -= 2
    this.#mark = this.#marks[this.#markCount] ?? 0
    this.#hasFolds = true
    return 'value'
  }

  #isFramingField(buffer: ReceiveBuffer, mark: number): boolean {
    const nameStart = this.#marks[mark] ?? 0
    const nameEnd = this.#marks[mark + 1] ?? 0
    const isSoLong = nameEnd - nameStart === 14 || nameEnd - nameStart === 17
    return isSoLong && FRAMING_FIELD.test(buffer.bytes.latin1Slice(buffer.start + nameStart, buffer.start + nameEnd))
  }

  #endName(buffer: ReceiveBuffer, i: number): Place {
    const isBeforeBlank = isBlank(buffer.bytes[buffer.start + i])
    if (isBeforeBlank && this.#lenient.spaceBeforeColon) {
      this.#note(i)
      return 'before-colon'
    }
    return this.#refuseLine(buffer, isBeforeBlank ? 'WS_BEFORE_COLON' : 'BAD_FIELD_NAME', i)
  }

  #goOnWithValue(buffer: ReceiveBuffer, i: number): Place {
    const byte = buffer.bytes[buffer.start + i] ?? 0
    if (this.#lenient.controlInValue && isMereControl(byte)) return 'value'
    return this.#refuseLine(buffer, byte === LF ? 'BARE_LF' : 'BAD_FIELD_VALUE', i)
  }

  #refuseLine(buffer: ReceiveBuffer, code: ErrorCode, i: number): Place {
    return this.#lenient.invalidFieldLines ? this.#leaveOut(code, i) : failAt(buffer, code, i)
  }

  #leaveOut(code: ErrorCode, i: number): Place {
    // Drops everything noted about the line, from its name on.
    if (this.#markCount % 4 !== 0) {
      this.#markCount -= 2
      this.#mark = this.#marks[this.#markCount] ?? 0
    }
    this.#fault = { code, at: i }
    return 'left-out'
  }

  /** A fold belongs to the ignored line; before any other line it is known what the ignored one could have meant. */
  #goOnLeavingOut(buffer: ReceiveBuffer, i: number): Place {
    if (this.#lenient.obsFold && isBlank(buffer.bytes[buffer.start + i])) return 'left-out'
    const text = buffer.bytes.latin1Slice(buffer.start + this.#mark, buffer.start + i)
    const saysWhereBodyEnds = /contentlength|transferencoding/i.test(text.replaceAll(/[^a-z]/gi, ''))
    if (saysWhereBodyEnds) failAt(buffer, this.#fault.code, this.#fault.at)
    return 'line'
  }

  #note(end: number): void {
    this.#marks[this.#markCount] = this.#mark
    this.#marks[this.#markCount + 1] = end
    this.#markCount += 2
  }
}

/** Why a line is not a field line, and the first byte that shows it. */
interface Fault {
  readonly code: ErrorCode
  readonly at: number
}

const NO_FAULT: Fault = { code: 'BAD_FIELD_NAME', at: 0 }

/** The place of the scanner between two bytes. */
// oxfmt-ignore
type Place =
  | 'line' | 'name' | 'before-colon' | 'before-value' | 'value' | 'line-lf'
  | 'left-out' | 'left-out-lf' | 'after-left-out'
  | 'end-lf' | 'done'

function afterBlanks({ bytes }: ReceiveBuffer, from: number, end: number): number {
  let i = from
  while (i < end && isBlank(bytes[i])) i += 1
  return i
}

const FRAMING_FIELD = /^(?:content-length|transfer-encoding)$/i

/** Each fold becomes one space, with the blanks around it. */
function unfold(value: string): string {
  if (!value.includes('\n')) return value
  const lines = value.split('\n').map((line) => trimBlanks(line.endsWith('\r') ? line.slice(0, -1) : line))
  return lines.filter((line) => line !== '').join(' ')
}
