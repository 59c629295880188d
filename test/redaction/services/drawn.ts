import { createHash } from 'node:crypto'

const [UPPER, LOWER, DIGITS] = ['ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz', '0123456789']

/** Values of the forms that services draw, the same for the same seed. */
export class Drawn {
  readonly #seed: string
  #count = 0

  constructor(seed: string) {
    this.#seed = seed
  }

  bytes(length: number): Buffer {
    const blocks: Buffer[] = []
    for (let have = 0; have < length; have += 32) {
      this.#count += 1
      blocks.push(createHash('sha256').update(`${this.#seed}:${this.#count}`).digest())
    }
    return Buffer.concat(blocks).subarray(0, length)
  }

  of(alphabet: string, length: number): string {
    return Array.from(this.bytes(length), (byte) => alphabet[byte % alphabet.length]).join('')
  }

  letters(length: number): string {
    return this.of(UPPER + LOWER + DIGITS, length)
  }

  upper(length: number): string {
    return this.of(UPPER + DIGITS, length)
  }

  lower(length: number): string {
    return this.of(LOWER + DIGITS, length)
  }

  /** The first is never zero. */
  digits(length: number): string {
    return this.of('123456789', 1) + this.of(DIGITS, length - 1)
  }

  hex(length: number): string {
    return this.bytes(Math.ceil(length / 2))
      .toString('hex')
      .slice(0, length)
  }

  base64(bytes: number): string {
    return this.bytes(bytes).toString('base64')
  }

  base64url(bytes: number): string {
    return this.bytes(bytes).toString('base64url')
  }

  uuid(): string {
    return this.hex(32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-a$4-$5')
  }

  jwt(claims: object): string {
    const header = { alg: 'RS256', typ: 'JWT', kid: this.letters(8) }
    return [JSON.stringify(header), JSON.stringify(claims)]
      .map((part) => Buffer.from(part).toString('base64url'))
      .concat(this.base64url(64))
      .join('.')
  }

  pem(kind: string): string {
    const lines = this.base64(280).match(/.{1,64}/g) ?? []
    return `-----BEGIN ${kind}-----\n${lines.join('\n')}\n-----END ${kind}-----\n`
  }
}
