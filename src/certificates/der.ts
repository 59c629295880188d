/** An element of DER (ITU-T X.690): tag, length, content. */
export function element(tag: number, content: Uint8Array): Buffer {
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...size), content])
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => element(0x30, Buffer.concat(parts))
export const set = (...parts: readonly Uint8Array[]): Buffer => element(0x31, Buffer.concat(parts))
export const integer = (bytes: Uint8Array): Buffer => element(0x02, bytes)
export const bitString = (bytes: Uint8Array): Buffer => element(0x03, Buffer.concat([Buffer.of(0), bytes]))
export const octetString = (bytes: Uint8Array): Buffer => element(0x04, bytes)
export const utf8String = (text: string): Buffer => element(0x0c, Buffer.from(text))
/** The bytes of the identifier, in hexadecimal. */
export const objectId = (hex: string): Buffer => element(0x06, Buffer.from(hex.replaceAll(' ', ''), 'hex'))
export const explicit = (number: number, content: Uint8Array): Buffer => element(0xa0 + number, content)
export const TRUE: Buffer = Buffer.of(0x01, 0x01, 0xff)
export const NULL: Buffer = Buffer.of(0x05, 0x00)

/** UTCTime up to 2049, as RFC 5280 section 4.1.2.5 has it, then GeneralizedTime. */
export function time(milliseconds: number): Buffer {
  const digits = `${new Date(milliseconds).toISOString().replaceAll(/\.\d+|\D/g, '')}Z`
  return Number(digits.slice(0, 4)) < 2050
    ? element(0x17, Buffer.from(digits.slice(2)))
    : element(0x18, Buffer.from(digits))
}

/** An element that was read: `raw` is all of it. */
export interface Element {
  readonly tag: number
  readonly content: Buffer
  readonly raw: Buffer
}

/** The elements that these bytes consist of; `undefined` if they are not whole. */
export function elementsOf(bytes: Buffer): readonly Element[] | undefined {
  const elements: Element[] = []
  for (let at = 0; at < bytes.length;) {
    const [tag = 0, first = 0] = bytes.subarray(at)
    const sizeBytes = first < 0x80 ? 0 : first & 0x7f
    const start = at + 2 + sizeBytes
    if (sizeBytes > 3 || start > bytes.length) return undefined
    const length = sizeBytes === 0 ? first : bytes.readUIntBE(at + 2, sizeBytes)
    const end = start + length
    if (end > bytes.length) return undefined
    elements.push({ tag, content: bytes.subarray(start, end), raw: bytes.subarray(at, end) })
    at = end
  }
  return elements
}

/** The content of the first element, as elements. */
export const inside = (bytes: Buffer): readonly Element[] => {
  const [outer] = elementsOf(bytes) ?? []
  return outer === undefined ? [] : (elementsOf(outer.content) ?? [])
}

export function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
