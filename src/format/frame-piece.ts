import type { ErrorCode } from '../errors.ts'
import {
  fitsForm,
  type FrameKind,
  isControl,
  type LengthForm,
  LONGEST_CONTROL,
  masked,
  shortestForm,
  writeHead,
} from '../websocket/frame.ts'

/** A frame of a WebSocket in a segment, as its keys say it; `docs/cassette-format.md` defines each. */
export interface FrameKeys {
  /** `rest`: more of the payload of a frame that began in an earlier segment. */
  readonly frame: FrameKind | 'rest'
  readonly fin?: boolean | undefined
  readonly rsv?: readonly number[] | undefined
  /** Eight hexadecimal digits. */
  readonly mask?: string | undefined
  /** Bits of the length, if they are more than it needs. */
  readonly length?: number | undefined
  /** Length of the payload, if not all of it is in the segment. */
  readonly of?: number | undefined
  /** The code of a close frame, which its payload begins with. */
  readonly code?: number | undefined
}

/** The keys of a frame piece besides its content. */
export const FRAME_KEYS = [
  'frame',
  'fin',
  'rsv',
  'mask',
  'length',
  'of',
  'code',
] as const satisfies readonly (keyof FrameKeys)[]

export const FRAME_KINDS: Readonly<Record<FrameKeys['frame'], true>> = {
  continuation: true,
  text: true,
  binary: true,
  close: true,
  ping: true,
  pong: true,
  rest: true,
}

/**
 * The bytes of a frame piece with this content, which stands unmasked.
 *
 * Calls `refuse` if no frame has these keys.
 */
export function frameBytes(
  keys: FrameKeys,
  content: Uint8Array,
  refuse: (detail: string, key: keyof FrameKeys, code?: ErrorCode) => never,
): Uint8Array {
  const mask = maskOf(keys, refuse)
  if (keys.frame === 'rest') {
    const other = FRAME_KEYS.find((key) => key !== 'frame' && key !== 'mask' && keys[key] !== undefined)
    if (other !== undefined) refuse(`\`${other}\` belongs to the beginning of a frame, not to its rest`, other)
    return masked(content, mask)
  }
  const payload = keys.code === undefined ? content : withCode(keys, content, refuse)
  const { length, form } = lengthOf(keys, payload, refuse)
  const rsv = rsvOf(keys, refuse)
  const head = writeHead({ kind: keys.frame, fin: keys.fin ?? true, rsv, mask, length, form })
  const bytes = new Uint8Array(head.length + payload.length)
  bytes.set(head)
  bytes.set(masked(payload, mask), head.length)
  return bytes
}

type Refuse = (detail: string, key: keyof FrameKeys) => never

function maskOf({ mask }: FrameKeys, refuse: Refuse): Uint8Array | undefined {
  if (mask === undefined) return undefined
  if (!/^[\da-f]{8}$/.test(mask)) refuse('`mask` must be eight lower-case hexadecimal digits', 'mask')
  return Buffer.from(mask, 'hex')
}

function withCode({ frame, code = 0 }: FrameKeys, reason: Uint8Array, refuse: Refuse): Uint8Array {
  if (frame !== 'close') refuse('only a close frame has a `code`', 'code')
  if (!Number.isInteger(code) || code < 0 || code > 0xffff) refuse('`code` must be a whole number up to 65535', 'code')
  return Buffer.concat([Uint8Array.of(code >> 8, code & 0xff), reason])
}

function lengthOf(
  { frame, fin, length: bits, of }: FrameKeys,
  payload: Uint8Array,
  refuse: Refuse,
): { readonly length: number; readonly form: LengthForm } {
  const length = of ?? payload.length
  if (!Number.isSafeInteger(length) || length < payload.length)
    refuse(`\`of\` is the length of the whole payload, of which ${payload.length} bytes are here`, 'of')
  if (frame !== 'rest' && isControl(frame) && (length > LONGEST_CONTROL || fin === false || (bits ?? 7) !== 7))
    refuse(`a ${frame} frame is whole, and its payload has at most ${LONGEST_CONTROL} bytes`, 'frame')
  if (bits === undefined) return { length, form: shortestForm(length) }
  if ((bits !== 16 && bits !== 64) || !fitsForm(length, bits))
    return refuse('`length` is 16 or 64: the bits in which the length is written', 'length')
  return { length, form: bits }
}

function rsvOf({ rsv = [] }: FrameKeys, refuse: Refuse): number {
  let bits = 0
  for (const bit of rsv) {
    if (bit !== 1 && bit !== 2 && bit !== 3) refuse('`rsv` lists the reserved bits that are set: 1, 2 or 3', 'rsv')
    bits |= 8 >> bit
  }
  return bits
}

/** Reserved bits as a cassette lists them. */
export const rsvBits = (rsv: number): readonly number[] => [1, 2, 3].filter((bit) => (rsv & (8 >> bit)) !== 0)
