import { NotSpoken } from './dialogue.ts'
import { readable } from './words.ts'

/** One member of a BSON document. Offsets are in the whole message. */
export interface Member {
  readonly name: string
  readonly type: number
  readonly start: number
  readonly valueStart: number
  readonly end: number
}

/** Bytes of values whose length is fixed, by type (bsonspec.org). */
const FIXED: Readonly<Record<number, number>> = {
  0x01: 8,
  0x06: 0,
  0x07: 12,
  0x08: 1,
  0x09: 8,
  0x0a: 0,
  0x10: 4,
  0x11: 8,
  0x12: 8,
  0x13: 16,
  0xff: 0,
  0x7f: 0,
}

export const DOUBLE = 0x01
export const TEXT = 0x02
export const DOCUMENT = 0x03
export const LIST = 0x04
export const BINARY = 0x05
export const OBJECT_ID = 0x07

/** The members of the document at `at`, in order. */
export function* membersOf(bytes: Buffer, at: number): Generator<Member> {
  const end = at + bytes.readInt32LE(at) - 1
  if (bytes[end] !== 0) throw new NotSpoken('a document without an end')
  for (let start = at + 4; start < end;) {
    const type = bytes.readUInt8(start)
    const nameEnd = bytes.indexOf(0, start + 1)
    if (nameEnd === -1 || nameEnd > end) throw new NotSpoken('a name without an end')
    const valueStart = nameEnd + 1
    const valueEnd = valueStart + valueLength(bytes, type, valueStart)
    yield { name: bytes.toString('utf8', start + 1, nameEnd), type, start, valueStart, end: valueEnd }
    start = valueEnd
  }
}

function valueLength(bytes: Buffer, type: number, at: number): number {
  const fixed = FIXED[type]
  if (fixed !== undefined) return fixed
  switch (type) {
    case TEXT:
    case 0x0d:
    case 0x0e:
      return 4 + bytes.readInt32LE(at)
    case DOCUMENT:
    case LIST:
    case 0x0f:
      return bytes.readInt32LE(at)
    case BINARY:
      return 5 + bytes.readInt32LE(at)
    case 0x0b:
      return bytes.indexOf(0, bytes.indexOf(0, at) + 1) + 1 - at
    case 0x0c:
      return 4 + bytes.readInt32LE(at) + 12
  }
  throw new NotSpoken(`no value has the type ${type}`)
}

/** A value as text; what `isFresh` names is left out of documents. */
export function shownValue(
  bytes: Buffer,
  { type, valueStart: at, end }: Member,
  isFresh: (name: string) => boolean,
): string {
  switch (type) {
    case DOUBLE:
      return String(bytes.readDoubleLE(at))
    case TEXT:
      return JSON.stringify(bytes.toString('utf8', at + 4, end - 1))
    case DOCUMENT:
      return shownDocument(bytes, at, isFresh)
    case LIST:
      return `[${Array.from(membersOf(bytes, at), (member) => shownValue(bytes, member, isFresh)).join(',')}]`
    case 0x08:
      return bytes[at] === 1 ? 'true' : 'false'
    case 0x09:
      return `Date(${bytes.readBigInt64LE(at)})`
    case 0x0a:
      return 'null'
    case 0x10:
      return String(bytes.readInt32LE(at))
    case 0x12:
      return String(bytes.readBigInt64LE(at))
    case OBJECT_ID:
      return `ObjectId(${bytes.toString('hex', at, end)})`
    default:
      return `${type}:${readable(bytes.subarray(at, end))}`
  }
}

export function shownDocument(bytes: Buffer, at: number, isFresh: (name: string) => boolean): string {
  const members = Array.from(membersOf(bytes, at)).filter(({ name }) => !isFresh(name))
  return `{${members.map((member) => `${JSON.stringify(member.name)}:${shownValue(bytes, member, isFresh)}`).join(',')}}`
}

/** A document without some of its members. */
export function withoutMembers(bytes: Buffer, at: number, isLeftOut: (name: string) => boolean): Buffer {
  const kept = Array.from(membersOf(bytes, at)).filter(({ name }) => !isLeftOut(name))
  const document = Buffer.concat([
    Buffer.alloc(4),
    ...kept.map(({ start, end }) => bytes.subarray(start, end)),
    Buffer.alloc(1),
  ])
  document.writeInt32LE(document.length, 0)
  return document
}
