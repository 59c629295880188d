/**
 * The part of what a client writes that has to be as it was recorded: HTTP/2 clients end with GOAWAY (RFC 9113 section 6.8), or are gone
 * before they could write it, as it happens. So it is left out after all that was recorded.
 *
 * @param recorded all that the recorded client wrote.
 * @param sent how much of that this client has written before `bytes`.
 */
export function withoutFarewell(recorded: Uint8Array, sent: number, bytes: Uint8Array): Uint8Array {
  const left = recorded.length - sent
  if (bytes.length <= left || !startsAsHttp2(recorded)) return bytes
  return areGoaways(bytes.subarray(left)) ? bytes.subarray(0, left) : bytes
}

const startsAsHttp2 = (bytes: Uint8Array): boolean =>
  bytes.length >= PREFACE.length && PREFACE.every((byte, place) => byte === bytes[place])

/** Whether these are whole frames of the type GOAWAY, and nothing else (RFC 9113 section 4.1). */
function areGoaways(bytes: Uint8Array): boolean {
  let at = 0
  while (at < bytes.length) {
    const [high = 0, middle = 0, low = 0, type] = bytes.subarray(at)
    if (type !== GOAWAY) return false
    at += FRAME_HEAD + (high << 16) + (middle << 8) + low
  }
  return at === bytes.length
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')
const GOAWAY = 7
const FRAME_HEAD = 9
