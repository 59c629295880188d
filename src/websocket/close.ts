/** What a close frame says (RFC 6455 section 5.5.1). */
export interface Closing {
  /** `undefined` if it says nothing: such a close is reported as 1005. */
  readonly code: number | undefined
  readonly reason: string
}

/** Reads the payload of a close frame. */
export function readClose(payload: Uint8Array): Closing {
  const [high, low] = payload
  if (high === undefined || low === undefined) return { code: undefined, reason: '' }
  return { code: high * 256 + low, reason: new TextDecoder().decode(payload.subarray(2)) }
}

/** The payload of a close frame. */
export function writeClose(code: number, reason = ''): Uint8Array {
  return Buffer.concat([Uint8Array.of(code >> 8, code & 0xff), Buffer.from(reason)])
}
