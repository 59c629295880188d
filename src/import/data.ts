import { CassetteError } from '../errors.ts'
import type { FieldLine } from '../http1/events.ts'

/** A node of another tool's file, with its path for complaints. Nothing is taken for granted. */
export class Data {
  readonly value: unknown
  readonly #path: string

  constructor(value: unknown, path: string) {
    this.value = value
    this.#path = path
  }

  get(key: string): Data {
    const { value } = this
    const inner: unknown =
      typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined
    return new Data(inner, this.#path === '' ? key : `${this.#path}.${key}`)
  }

  get isMissing(): boolean {
    return this.value === undefined || this.value === null
  }

  items(): readonly Data[] {
    if (!Array.isArray(this.value)) throw this.complaint('a list')
    return this.value.map((item: unknown, index) => new Data(item, `${this.#path}[${index}]`))
  }

  entries(): readonly (readonly [string, Data])[] {
    const { value } = this
    if (typeof value !== 'object' || value === null) throw this.complaint('a mapping')
    return Object.keys(value).map((key) => [key, this.get(key)])
  }

  text(fallback?: string): string {
    if (typeof this.value === 'string') return this.value
    if (typeof this.value === 'number') return String(this.value)
    if (this.isMissing && fallback !== undefined) return fallback
    throw this.complaint('text')
  }

  number(fallback?: number): number {
    const number = typeof this.value === 'string' ? Number(this.value) : this.value
    if (typeof number === 'number' && Number.isFinite(number)) return number
    if (fallback !== undefined) return fallback
    throw this.complaint('a number')
  }

  /** Milliseconds since 1970; `undefined` where no time is given that can be read. */
  time(): number | undefined {
    const time = Date.parse(this.text(''))
    return Number.isNaN(time) ? undefined : time
  }

  complaint(wanted: string): CassetteError {
    return new CassetteError('IMPORT_INVALID', `${this.#path === '' ? 'the file' : this.#path} is not ${wanted}`)
  }
}

/** `{ name: value }` or `{ name: [value, value] }`. */
export function fieldsOfMapping(data: Data): readonly FieldLine[] {
  if (data.isMissing) return []
  return data.entries().flatMap(([name, value]) => {
    const values = Array.isArray(value.value) ? value.items() : [value]
    return values.map((one) => ({ name, value: latin1(one.text()) }))
  })
}

/** Field values are bytes, one character each; other tools keep them as the text that UTF-8 makes of them. */
export const latin1 = (text: string): string =>
  /[\u0100-\uffff]/.test(text) ? Buffer.from(text).toString('latin1') : text
