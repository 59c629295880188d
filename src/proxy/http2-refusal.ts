/** What a client of HTTP/2 says first (RFC 9113 section 3.4). */
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

/**
 * Asks a client of HTTP/2 to use HTTP/1.1, in its own protocol: the error code says it to programs, which may try again, and the text
 * to people (RFC 9113 sections 6.5, 6.8 and 7).
 */
export function http2Refusal(words: string): Uint8Array {
  const text = Buffer.from(words)
  const goaway = Buffer.alloc(8)
  goaway.writeUInt32BE(0, 0) // No stream was processed.
  goaway.writeUInt32BE(HTTP_1_1_REQUIRED, 4)
  return Buffer.concat([frame(SETTINGS, Buffer.alloc(0)), frame(GOAWAY, Buffer.concat([goaway, text]))])
}

function frame(type: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  return Buffer.concat([head, payload])
}

const SETTINGS = 4
const GOAWAY = 7
const HTTP_1_1_REQUIRED = 0xd
