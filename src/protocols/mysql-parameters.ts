import type { Field } from './dialogue.ts'
import { lengthEncoded } from './mysql-login.ts'
import { readable } from './words.ts'

/** What a server has prepared. */
export interface PreparedStatement {
  readonly sql: string
  readonly parameters: number
  /** As they were sent last: a client may leave them out from then on. */
  types: Buffer | undefined
}

/** The parameters of COM_STMT_EXECUTE as they are compared. */
export function readParameters(body: Buffer, statement: PreparedStatement): readonly Field[] {
  const { parameters: count } = statement
  const flags = { name: 'cursor', value: String(body[5] ?? 0) }
  if (count === 0) return [flags]
  const nulls = body.subarray(10, 10 + Math.ceil(count / 8))
  let at = 10 + nulls.length + 1
  if (body[at - 1] === 1) {
    statement.types = Buffer.from(body.subarray(at, at + 2 * count))
    at += 2 * count
  }
  const { types } = statement
  if (types === undefined) return [flags, { name: 'parameters', value: readable(body.subarray(10)) }]
  const fields: Field[] = []
  for (let index = 0; index < count; index++) {
    const isNull = ((nulls[index >> 3] ?? 0) & (1 << (index & 7))) !== 0
    const { text, end } = isNull ? { text: 'NULL', end: at } : readValue(body, at, types.readUInt16LE(2 * index))
    fields.push({ name: `parameter ${index + 1}`, value: text })
    at = end
  }
  return [...fields, flags]
}

/** Bytes of the types of a fixed length, by their numbers in the protocol. */
const FIXED: Readonly<Record<number, number>> = { 1: 1, 2: 2, 3: 4, 4: 4, 5: 8, 8: 8, 9: 4, 13: 2 }
const UNSIGNED = 0x8000

function readValue(body: Buffer, at: number, written: number): { readonly text: string; readonly end: number } {
  const type = written & 0xff
  const length = FIXED[type]
  if (type === 6) return { text: 'NULL', end: at }
  if (length !== undefined) {
    const isUnsigned = (written & UNSIGNED) !== 0
    return { text: readNumber(body, at, type, length, isUnsigned), end: at + length }
  }
  // Dates and times have a length in one byte, which a length-encoded number is as well.
  const { value, end: start } = lengthEncoded(body, at)
  const bytes = body.subarray(start, start + value)
  const isTime = type === 7 || type === 10 || type === 11 || type === 12
  return { text: isTime ? readTime(bytes, type) : JSON.stringify(readable(bytes)), end: start + value }
}

function readNumber(body: Buffer, at: number, type: number, length: number, isUnsigned: boolean): string {
  if (type === 4) return String(body.readFloatLE(at))
  if (type === 5) return String(body.readDoubleLE(at))
  if (length === 8) return String(isUnsigned ? body.readBigUInt64LE(at) : body.readBigInt64LE(at))
  return String(isUnsigned ? body.readUIntLE(at, length) : body.readIntLE(at, length))
}

function readTime(bytes: Buffer, type: number): string {
  if (type === 11) return `time x'${bytes.toString('hex')}'`
  if (bytes.length < 4) return 'no date'
  const two = (place: number): string => String(bytes[place] ?? 0).padStart(2, '0')
  const day = `${bytes.readUInt16LE(0)}-${two(2)}-${two(3)}`
  if (bytes.length < 7) return day
  const fraction = bytes.length < 11 ? '' : `.${String(bytes.readUInt32LE(7)).padStart(6, '0')}`
  return `${day} ${two(4)}:${two(5)}:${two(6)}${fraction}`
}
