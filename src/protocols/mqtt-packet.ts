import type { Span } from './dialogue.ts'

/** One packet of MQTT, taken apart as far as somebody asks. Offsets are in the packet. */
export class Packet {
  readonly bytes: Buffer
  readonly type: number
  readonly flags: number
  /** Where its variable header begins. */
  readonly start: number

  constructor(bytes: Buffer) {
    this.bytes = bytes
    const first = bytes.readUInt8(0)
    this.type = first >> 4
    this.flags = first & 15
    this.start = 1 + lengthOfNumber(bytes, 1)
  }

  get body(): Span {
    return { start: this.start, end: this.bytes.length }
  }

  id(at: number): number {
    return this.bytes.readUInt16BE(at)
  }

  text(at: number): { readonly text: string; readonly end: number } {
    const end = at + 2 + this.bytes.readUInt16BE(at)
    return { text: this.bytes.toString('utf8', at + 2, end), end }
  }

  /** The head of CONNECT, up to the client's id. */
  connectHead(): { readonly version: number; readonly flags: number; readonly end: number } {
    const { end } = this.text(this.start)
    const version = this.bytes.readUInt8(end)
    return { version, flags: this.bytes.readUInt8(end + 1), end: this.afterProperties(end + 4, version) }
  }

  /** Since version 5 there are properties; they have a length. */
  afterProperties(at: number, version: number): number {
    if (version < 5) return at
    const digits = lengthOfNumber(this.bytes, at)
    let length = 0
    for (let digit = 0; digit < digits; digit++) length += (this.bytes.readUInt8(at + digit) & 127) * 128 ** digit
    return at + digits + length
  }
}

/** Bytes of a number whose bytes but the last one have their first bit set. */
function lengthOfNumber(bytes: Buffer, at: number): number {
  let digits = 1
  while (digits < 4 && bytes.readUInt8(at + digits - 1) >= 128) digits += 1
  return digits
}
