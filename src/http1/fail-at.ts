import { type ErrorCode, RemoteProtocolError } from '../errors.ts'
import { nameByte } from './grammar.ts'
import type { ReceiveBuffer } from './receive-buffer.ts'

/** Refuses the message because of the byte at `i` in the buffer. */
export function failAt(
  buffer: ReceiveBuffer,
  code: ErrorCode,
  i: number,
  detail = nameByte(buffer.bytes[buffer.start + i]),
): never {
  throw new RemoteProtocolError(code, buffer.offset + i, detail)
}
