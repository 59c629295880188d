import type { FieldLine } from '../http1/events.ts'

/** Headers as a caller may give them: a record, or pairs in the order and case in which they are sent. */
export type FieldsInit =
  | Readonly<Record<string, string | number | readonly string[]>>
  | Iterable<readonly [name: string, value: string]>

/** Header or trailer fields as on the wire: order, case and repetitions are kept. */
export class Fields implements Iterable<[name: string, value: string]> {
  readonly #lines: readonly FieldLine[]

  constructor(lines: readonly FieldLine[]) {
    this.#lines = lines
  }

  get size(): number {
    return this.#lines.length
  }

  /** The values of all fields of that name, case ignored, joined by `, ` (RFC 9110 section 5.3); `undefined`: none. */
  get(name: string): string | undefined {
    const values = this.getAll(name)
    return values.length === 0 ? undefined : values.join(', ')
  }

  /** The value of each field of that name, case ignored. Right for `Set-Cookie`, which cannot be joined. */
  getAll(name: string): string[] {
    const wanted = name.toLowerCase()
    return this.#lines.filter((line) => line.name.toLowerCase() === wanted).map(({ value }) => value)
  }

  has(name: string): boolean {
    const wanted = name.toLowerCase()
    return this.#lines.some((line) => line.name.toLowerCase() === wanted)
  }

  *[Symbol.iterator](): Generator<[name: string, value: string], void, undefined> {
    for (const { name, value } of this.#lines) yield [name, value]
  }
}

/** The lines to send, one for each value. */
export function fieldLines(init: FieldsInit | undefined): FieldLine[] {
  if (init === undefined) return []
  if (isIterable(init)) return Array.from(init, ([name, value]) => ({ name, value }))
  return Object.entries(init).flatMap(([name, value]) =>
    typeof value === 'object' ? value.map((one) => ({ name, value: one })) : [{ name, value: String(value) }],
  )
}

const isIterable = (init: FieldsInit): init is Iterable<readonly [string, string]> => Symbol.iterator in init
