import { CassetteError } from '../errors.ts'

/** A value as mitmproxy writes it: `undefined` only for a file that ends. */
export type TnetValue =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | readonly TnetValue[]
  | { readonly [key: string]: TnetValue }

const damaged = (at: number, why: string): CassetteError =>
  new CassetteError('IMPORT_INVALID', `the file is not one of mitmproxy's flows: ${why}, at byte ${at}`)

/** The deepest that values may be in each other. */
const DEEPEST = 64

/**
 * Reads values one after the other: `LENGTH:DATA` and a letter for the type, as https://tnetstrings.info has them, with `;` for text.
 *
 * @throws CassetteError `IMPORT_INVALID`.
 */
export function readTnetstrings(file: Uint8Array): readonly TnetValue[] {
  const reader = new TnetReader(Buffer.from(file.buffer, file.byteOffset, file.length))
  return reader.all(0, file.length, 0)
}

class TnetReader {
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  all(start: number, end: number, depth: number): readonly TnetValue[] {
    const values: TnetValue[] = []
    for (let at = start; at < end;) {
      const { value, next } = this.#one(at, end, depth)
      values.push(value)
      at = next
    }
    return values
  }

  #one(at: number, end: number, depth: number): { readonly value: TnetValue; readonly next: number } {
    if (depth > DEEPEST) throw damaged(at, 'values are too deep in each other')
    const colon = this.#bytes.indexOf(0x3a, at)
    const digits = colon === -1 || colon > at + 12 ? '' : this.#bytes.toString('latin1', at, colon)
    if (!/^\d+$/.test(digits)) throw damaged(at, 'there is no length')
    const [from, to] = [colon + 1, colon + 1 + Number(digits)]
    if (to >= end) throw damaged(at, 'a value is cut off')
    return { value: this.#valueOf(this.#bytes[to] ?? 0, from, to, depth), next: to + 1 }
  }

  #valueOf(type: number, from: number, to: number, depth: number): TnetValue {
    const text = (): string => this.#bytes.toString('utf8', from, to)
    switch (String.fromCharCode(type)) {
      case ',':
        return this.#bytes.subarray(from, to)
      case ';':
        return text()
      case '#':
      case '^':
        return Number(text())
      case '!':
        return text() === 'true'
      case '~':
        return null
      case ']':
        return this.all(from, to, depth + 1)
      case '}':
        return this.#mapping(from, to, depth + 1)
      default:
        throw damaged(to, 'the type of a value is not known')
    }
  }

  #mapping(from: number, to: number, depth: number): { readonly [key: string]: TnetValue } {
    const values = this.all(from, to, depth)
    const pairs = values.flatMap((key, place) =>
      place % 2 === 0 ? [[keyOf(key, from), values[place + 1] ?? null] as const] : [],
    )
    return Object.fromEntries(pairs)
  }
}

function keyOf(key: TnetValue, at: number): string {
  if (key instanceof Uint8Array) return Buffer.from(key).toString()
  if (typeof key !== 'string') throw damaged(at, 'the name of a member is not text')
  return key
}
