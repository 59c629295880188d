import { NotSpoken, type Span } from './dialogue.ts'

/** Who logs in where, and where the proof stands: offsets in the body of the packet. */
export interface Login {
  readonly user: string
  readonly database: string
  readonly secret: Span
}

const CLIENT_CONNECT_WITH_DB = 0x8
const CLIENT_SECURE_CONNECTION = 0x8000
const CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA = 0x20_0000

/** HandshakeResponse41 of the protocol's manual. */
export function readHandshakeResponse(body: Buffer): Login {
  const capabilities = body.readUInt32LE(0)
  const user = zeroEnded(body, 32)
  const secret = proofAt(body, user.end, capabilities)
  const database = (capabilities & CLIENT_CONNECT_WITH_DB) === 0 ? '' : zeroEnded(body, secret.next).text
  return { user: user.text, database, secret }
}

/** COM_CHANGE_USER. */
export function readChangeUser(body: Buffer): Login {
  const user = zeroEnded(body, 1)
  const start = user.end + 1
  const end = start + (body[user.end] ?? 0)
  return { user: user.text, database: zeroEnded(body, end).text, secret: { start, end } }
}

function proofAt(body: Buffer, at: number, capabilities: number): Span & { readonly next: number } {
  if ((capabilities & CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA) !== 0) {
    const { value, end: start } = lengthEncoded(body, at)
    return { start, end: start + value, next: start + value }
  }
  if ((capabilities & CLIENT_SECURE_CONNECTION) !== 0) {
    const end = at + 1 + (body[at] ?? 0)
    return { start: at + 1, end, next: end }
  }
  const { end } = zeroEnded(body, at)
  return { start: at, end: end - 1, next: end }
}

/** A whole number in one, three, four or nine bytes. */
export function lengthEncoded(bytes: Buffer, at: number): { readonly value: number; readonly end: number } {
  const first = bytes.readUInt8(at)
  if (first < 0xfb) return { value: first, end: at + 1 }
  if (first === 0xfc) return { value: bytes.readUInt16LE(at + 1), end: at + 3 }
  if (first === 0xfd) return { value: bytes.readUIntLE(at + 1, 3), end: at + 4 }
  return { value: Number(bytes.readBigUInt64LE(at + 1)), end: at + 9 }
}

function zeroEnded(bytes: Buffer, start: number): { readonly text: string; readonly end: number } {
  const end = bytes.indexOf(0, start)
  if (end === -1) throw new NotSpoken('a text without an end')
  return { text: bytes.toString('utf8', start, end), end: end + 1 }
}
