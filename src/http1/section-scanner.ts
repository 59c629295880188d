import { type ErrorCode, RemoteProtocolError } from '../errors.ts'
import type { FieldLine } from './events.ts'
import { COLON, CR, isBlank, isFieldVchar, isTchar, LF, nameByte } from './grammar.ts'
import type { ReceiveBuffer } from './receive-buffer.ts'
import type { StartLineScanner } from './start-line.ts'

/** How large a section may be, and what it is called when it is larger. */
export interface SectionLimits {
  readonly bytes: number
  readonly fields: number
  readonly tooLarge: ErrorCode
}

/**
 * Reads a start line, if there is one, and field lines, up to and with the empty line, in one pass over the bytes.
 *
 * It works left to right and remembers where it stopped, so the first wrong byte decides code and offset however the
 * bytes were cut, and bytes that come one at a time cost no more than bytes that come at once. It only notes where
 * things are; text is made once, of the whole section, when it is complete.
 */
export class SectionScanner {
  readonly #startLine: StartLineScanner | undefined
  readonly #limits: SectionLimits
  #at: Place = 'line'
  /** Bytes of the section that have been looked at; 0 until the start line is complete. */
  #scanned = 0
  /** Where the present name or value began. */
  #mark = 0
  /** Four numbers a field: start and end of its name, start and end of its value. Kept and reused. */
  readonly #marks: number[] = []
  #markCount = 0

  constructor(startLine: StartLineScanner | undefined, limits: SectionLimits) {
    this.#startLine = startLine
    this.#limits = limits
  }

  /** Whether anything of the section has come. */
  get hasBegun(): boolean {
    return this.#scanned > 0 || (this.#startLine?.scanned ?? 0) > 0
  }

  /**
   * Goes on where it stopped. Gives the length of the section once it is complete, else `undefined`.
   *
   * @throws RemoteProtocolError at the first byte that cannot belong to such a section.
   */
  scan(buffer: ReceiveBuffer): number | undefined {
    const { bytes: limit, tooLarge } = this.#limits
    const length = Math.min(buffer.length, limit)
    const isStarted = this.#startLine === undefined || this.#startLine.scan(buffer, length)
    const end = isStarted ? this.#scanFields(buffer, length) : undefined
    if (end === undefined && length === limit) failAt(buffer, tooLarge, limit, `${limit} bytes`)
    return end
  }

  /** The fields of a complete section, given its text. */
  fields(text: string): FieldLine[] {
    const marks = this.#marks
    const fields: FieldLine[] = []
    for (let k = 0; k < this.#markCount; k += 4) {
      fields.push({ name: text.slice(marks[k], marks[k + 1]), value: text.slice(marks[k + 2], marks[k + 3]) })
    }
    return fields
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
  }

  #scanFields(buffer: ReceiveBuffer, length: number): number | undefined {
    const { bytes, start } = buffer
    const end = start + length
    let at = this.#at
    // From here on a position in the buffer, so that the inner loops are as short as they can be.
    let i = start + Math.max(this.#scanned, this.#startLine?.scanned ?? 0)
    while (i < end) {
      switch (at) {
        case 'line':
          if (bytes[i] === CR) {
            i += 1
            at = 'end-lf'
            break
          }
          this.#startField(buffer, i - start)
          at = 'name'
          break
        case 'name':
          while (i < end && isTchar(bytes[i] ?? 0)) i += 1
          if (i === end) break
          if (bytes[i] !== COLON || i - start === this.#mark) failInName(buffer, i - start)
          this.#note(i - start)
          i += 1
          at = 'before-value'
          break
        case 'before-value':
          while (i < end && isBlank(bytes[i])) i += 1
          if (i === end) break
          this.#mark = i - start
          at = 'value'
          break
        case 'value': {
          while (i < end && isFieldVchar(bytes[i] ?? 0)) i += 1
          if (i === end) break
          if (bytes[i] !== CR) failAt(buffer, bytes[i] === LF ? 'BARE_LF' : 'BAD_FIELD_VALUE', i - start)
          let valueEnd = i
          while (valueEnd - start > this.#mark && isBlank(bytes[valueEnd - 1])) valueEnd -= 1
          this.#note(valueEnd - start)
          i += 1
          at = 'value-lf'
          break
        }
        case 'value-lf':
          if (bytes[i] !== LF) failAt(buffer, 'BARE_CR', i - 1 - start)
          i += 1
          at = 'line'
          break
        case 'end-lf':
          if (bytes[i] !== LF) failAt(buffer, 'BARE_CR', i - 1 - start)
          return i + 1 - start
      }
    }
    this.#at = at
    this.#scanned = i - start
    return undefined
  }

  #startField(buffer: ReceiveBuffer, i: number): void {
    const byte = buffer.bytes[buffer.start + i]
    if (isBlank(byte)) failAt(buffer, 'OBS_FOLD', i)
    if (byte === LF) failAt(buffer, 'BARE_LF', i)
    if (this.#markCount === 4 * this.#limits.fields) failAt(buffer, 'TOO_MANY_HEADERS', i)
    this.#mark = i
  }

  #note(end: number): void {
    this.#marks[this.#markCount] = this.#mark
    this.#marks[this.#markCount + 1] = end
    this.#markCount += 2
  }
}

/** Between which bytes the scanner stands. */
type Place = 'line' | 'name' | 'before-value' | 'value' | 'value-lf' | 'end-lf'

function failInName(buffer: ReceiveBuffer, i: number): never {
  return failAt(buffer, isBlank(buffer.bytes[buffer.start + i]) ? 'WS_BEFORE_COLON' : 'BAD_FIELD_NAME', i)
}

/** Refuses the message because of the byte at `i` of what the buffer holds. */
export function failAt(
  buffer: ReceiveBuffer,
  code: ErrorCode,
  i: number,
  detail = nameByte(buffer.bytes[buffer.start + i]),
): never {
  throw new RemoteProtocolError(code, buffer.offset + i, detail)
}
