import { CassetteError } from '../errors.ts'
import type { FieldLine } from '../http1/events.ts'

/** A node of another tool's file, with its path for complaints. Nothing is taken for granted, and what nobody asks for is noted. */
export class Data {
  /** For a look at the value; {@link whole} for its use. */
  readonly value: unknown
  readonly #path: string
  readonly #reading: Reading

  constructor(value: unknown, path: string, reading: Reading = new Reading()) {
    this.value = value
    this.#path = path
    this.#reading = reading
  }

  get(key: string): Data {
    const { value } = this
    const inner: unknown = isContainer(value) && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined
    if (isContainer(value)) this.#reading.read(value, key)
    return new Data(inner, this.#path === '' ? key : `${this.#path}.${key}`, this.#reading)
  }

  /** Members that repeat others, or say nothing of the messages. */
  ignore(...keys: readonly string[]): void {
    for (const key of keys) void this.get(key).whole()
  }

  /** The value with all that is in it. */
  whole(): unknown {
    if (isContainer(this.value)) this.#reading.readAll(this.value)
    return this.value
  }

  get isMissing(): boolean {
    return this.value === undefined || this.value === null
  }

  items(): readonly Data[] {
    if (!Array.isArray(this.value)) throw this.complaint('a list')
    return this.value.map((item: unknown, index) => new Data(item, `${this.#path}[${index}]`, this.#reading))
  }

  entries(): readonly (readonly [string, Data])[] {
    const { value } = this
    if (!isContainer(value)) throw this.complaint('a mapping')
    return Object.keys(value).map((key) => [key, this.get(key)])
  }

  /** The text, or a number as text; `fallback` for what may be missing. */
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

  /** The node itself; a note if the file does not have it, although the tool always writes it. */
  expected(): Data {
    if (this.value === undefined) this.#reading.miss(this.#path)
    return this
  }

  /** Milliseconds since 1970; `undefined` where no time is given that can be read. */
  time(): number | undefined {
    const time = Date.parse(this.text(''))
    return Number.isNaN(time) ? undefined : time
  }

  complaint(wanted: string): CassetteError {
    return new CassetteError('IMPORT_INVALID', `${this.#path === '' ? 'the file' : this.#path} is not ${wanted}`)
  }

  /** Says that something of this node is not in the cassette. */
  note(what: string): void {
    this.#reading.note(this.#path, what)
  }

  /** For the top of a file, once it has been read: all that was not asked for, and all that was and is not there. */
  notes(): readonly string[] {
    return this.#reading.notesOn(this.value)
  }
}

/** Which members of a file were read. */
class Reading {
  readonly #read = new WeakMap<object, Set<string>>()
  readonly #whole = new WeakSet<object>()
  readonly #notes = new Counted()

  read(container: object, key: string): void {
    const keys = this.#read.get(container) ?? new Set()
    this.#read.set(container, keys.add(key))
  }

  readAll(container: object): void {
    this.#whole.add(container)
  }

  miss(path: string): void {
    this.note(path, 'is missing')
  }

  note(path: string, what: string): void {
    this.#notes.add(`${general(path)} ${what}`)
  }

  notesOn(top: unknown): readonly string[] {
    const unknown = new Counted()
    this.#walk(top, '', unknown, new Set())
    return [...this.#notes.lines(), ...unknown.lines().map((line) => `not understood, and left out: ${line}`)]
  }

  #walk(value: unknown, path: string, unknown: Counted, seen: Set<object>): void {
    if (!isContainer(value) || this.#whole.has(value) || seen.has(value) || value instanceof Uint8Array) return
    seen.add(value)
    for (const [key, inner] of Object.entries(value)) {
      const place = Array.isArray(value) ? `${path}[]` : path === '' ? key : `${path}.${key}`
      if (Array.isArray(value) || this.#read.get(value)?.has(key) === true) this.#walk(inner, place, unknown, seen)
      else unknown.add(place)
    }
  }
}

/** Lines, each with how often it came. */
class Counted {
  readonly #counts = new Map<string, number>()

  add(line: string): void {
    this.#counts.set(line, (this.#counts.get(line) ?? 0) + 1)
  }

  lines(): readonly string[] {
    return Array.from(this.#counts, ([line, count]) => (count === 1 ? line : `${line} (${count} times)`))
  }
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null

/** `log.entries[12].request` is one of many. */
const general = (path: string): string => path.replaceAll(/\[\d+\]/g, '[]')

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
