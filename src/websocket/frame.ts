/** What a frame is (RFC 6455 section 5.2). */
export type FrameKind = keyof typeof OPCODES

/** The opcodes that the RFC gives a meaning; the others are reserved. */
export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

const KINDS: ReadonlyMap<number, FrameKind> = new Map([
  [0, 'continuation'],
  [1, 'text'],
  [2, 'binary'],
  [8, 'close'],
  [9, 'ping'],
  [10, 'pong'],
])

/** Whether a text is the name of a kind of frame. */
export const isFrameKind = (name: string): name is FrameKind => Object.hasOwn(OPCODES, name)

/** Whether frames of this kind stand between those of a message, and are whole messages themselves (section 5.5). */
export const isControl = (kind: FrameKind): boolean => OPCODES[kind] >= OPCODES.close

/** How many bits the length of the payload is written in. A writer may use more than the length needs. */
export type LengthForm = 7 | 16 | 64

/** All of a frame except its payload. */
export interface FrameHead {
  readonly kind: FrameKind
  /** Whether it is the last frame of its message. */
  readonly fin: boolean
  /** The three reserved bits as a number: 4 is RSV1, which marks a compressed message (RFC 7692 section 6). */
  readonly rsv: number
  /** The four bytes that the payload is masked with; `undefined` if it is not. Clients mask, servers do not. */
  readonly mask: Uint8Array | undefined
  /** Length of the payload in bytes. */
  readonly length: number
  readonly form: LengthForm
}

/** RSV1 as it stands in {@link FrameHead.rsv}. */
export const RSV1 = 4

/** Longest payload of a control frame (section 5.5). */
export const LONGEST_CONTROL = 125

/** A head that was read, and how many bytes it takes. */
export interface ReadHead {
  readonly head: FrameHead
  readonly size: number
}

/**
 * Reads the head of a frame at an offset.
 *
 * `torn`: more bytes are needed. `invalid`: no endpoint that follows the RFC sends this: a reserved opcode, a control frame that is long or
 * in parts, a length beyond 2^53-1, or reserved bits where no extension was agreed on.
 */
export function readHead(bytes: Uint8Array, at: number, allowsRsv: boolean): ReadHead | 'torn' | 'invalid' {
  const [first, second] = [bytes[at], bytes[at + 1]]
  if (first === undefined) return 'torn'
  const kind = KINDS.get(first & 0x0f)
  const fin = first >= 0x80
  const rsv = (first >> 4) & 7
  if (kind === undefined || (rsv !== 0 && !allowsRsv) || (isControl(kind) && !fin)) return 'invalid'
  if (second === undefined) return 'torn'
  const form = formOf(second & 0x7f)
  if (isControl(kind) && form !== 7) return 'invalid'
  const lengthEnd = at + 2 + (form === 7 ? 0 : form / 8)
  const end = lengthEnd + (second >= 0x80 ? 4 : 0)
  if (lengthEnd > bytes.length) return 'torn'
  const length = form === 7 ? second & 0x7f : bigEndian(bytes, at + 2, lengthEnd)
  if (length > Number.MAX_SAFE_INTEGER) return 'invalid'
  if (end > bytes.length) return 'torn'
  const mask = second >= 0x80 ? bytes.slice(lengthEnd, end) : undefined
  return { head: { kind, fin, rsv, mask, length, form }, size: end - at }
}

/** The longest head. */
export const LONGEST_HEAD = 14

const formOf = (first: number): LengthForm => (first === 126 ? 16 : first === 127 ? 64 : 7)

function bigEndian(bytes: Uint8Array, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at += 1) value = value * 256 + (bytes[at] ?? 0)
  return value
}

/** The shortest form that a length can be written in. */
export const shortestForm = (length: number): LengthForm => (length <= 125 ? 7 : length <= 0xffff ? 16 : 64)

/** Whether a length can be written in this form. */
export const fitsForm = (length: number, form: LengthForm): boolean => form >= shortestForm(length)

/** The bytes of a head. */
export function writeHead({ kind, fin, rsv, mask, length, form }: FrameHead): Uint8Array {
  const maskBit = mask === undefined ? 0 : 0x80
  const bytes = [(fin ? 0x80 : 0) | (rsv << 4) | OPCODES[kind]]
  if (form === 7) bytes.push(maskBit | length)
  else {
    bytes.push(maskBit | (form === 16 ? 126 : 127))
    for (let at = form / 8 - 1; at >= 0; at -= 1) bytes.push(Math.floor(length / 256 ** at) % 256)
  }
  return mask === undefined ? Uint8Array.from(bytes) : Uint8Array.from([...bytes, ...mask])
}

/** A frame with this payload, which stands unmasked here. `missing`: how many bytes of the payload are still to come. */
export function writeFrame(head: Omit<FrameHead, 'length'>, payload: Uint8Array, missing = 0): Uint8Array {
  const length = payload.length + missing
  const form = fitsForm(length, head.form) ? head.form : shortestForm(length)
  const start = writeHead({ ...head, length, form })
  const bytes = new Uint8Array(start.length + payload.length)
  bytes.set(start)
  bytes.set(masked(payload, head.mask), start.length)
  return bytes
}

/** Masks a payload or takes the mask away, which is the same (section 5.3). `offset`: where in the payload the bytes begin. */
export function masked(bytes: Uint8Array, mask: Uint8Array | undefined, offset = 0): Uint8Array {
  if (mask === undefined) return bytes
  const { length } = bytes
  const result = new Uint8Array(length)
  for (let at = 0; at < length; at += 1) result[at] = (bytes[at] ?? 0) ^ (mask[(at + offset) & 3] ?? 0)
  return result
}

/** The mask as it applies from an offset in the payload on. */
export const turned = (mask: Uint8Array, offset: number): Uint8Array =>
  Uint8Array.from(mask, (_, place) => mask[(place + offset) & 3] ?? 0)
