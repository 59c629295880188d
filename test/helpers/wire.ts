import { readdirSync, readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { type ErrorCode, ERROR_CODES } from '../../src/errors.ts'
import type { Leniencies } from '../../src/http1/leniency.ts'
import type { ParserLimits } from '../../src/http1/limits.ts'
import { RequestParser } from '../../src/http1/request-parser.ts'
import { ResponseParser } from '../../src/http1/response-parser.ts'
import { formatError, type Parser } from './trace.ts'

/** A case of fixtures/wire; the README there explains the notation. */
export interface WireCase {
  readonly file: string
  readonly name: string
  readonly rfc: string
  /** Methods of the requests that wait for an answer; `undefined` where a client sends the bytes. */
  readonly to: readonly string[] | undefined
  readonly limits: Partial<ParserLimits>
  readonly lenient: Partial<Leniencies>
  readonly bytes: Buffer
  /** Whether the peer ends its side after the bytes. */
  readonly eof: boolean
  /** What `traceOf` must give. */
  readonly trace: readonly string[]
  readonly error: ErrorCode | undefined
  /** Where the case says it. */
  readonly state: string | undefined
  /** Number of bytes that belong to an event, or come before the error. */
  readonly parsed: number
}

/** What is sent, and what must be said of it: all that a parser needs to be tried. */
export type Conversation = Omit<WireCase, 'file' | 'name' | 'rfc' | 'state'>

/** Every case of every file in fixtures/wire. */
export function wireCases(): readonly WireCase[] {
  return (known ??= readCases())
}

let known: readonly WireCase[] | undefined

function readCases(): WireCase[] {
  const folder = new URL('../../fixtures/wire/', import.meta.url)
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => {
      const cases: unknown = load(readFileSync(new URL(file, folder), 'utf8'))
      if (!Array.isArray(cases)) throw new TypeError(`${file} is not a list of cases`)
      return cases.map((source: unknown) => readCase(file, source))
    })
}

/** Works out what the entries of a `wire` list mean; `to` as in a case. */
export function conversation(to: readonly string[] | undefined, wire: readonly unknown[]): Conversation {
  return { to, limits: {}, lenient: {}, ...readWire('a made conversation', wire) }
}

/** A parser as the case wants it, with its requests announced. */
export function parserFor({ to, limits, lenient }: Pick<Conversation, 'to' | 'limits' | 'lenient'>): Parser {
  if (to === undefined) return new RequestParser({ limits, lenient })
  const parser = new ResponseParser({ limits, lenient })
  for (const method of to) parser.expectResponseTo(method)
  return parser
}

const CASE_KEYS = new Set(['name', 'rfc', 'to', 'limits', 'lenient', 'wire', 'state'])
const EVENT_TYPES = new Set(['request-head', 'interim-response', 'response-head', 'end-of-message'])

function readCase(file: string, source: unknown): WireCase {
  const { name, rfc, to, limits, lenient, wire, state, ...unknown } = asRecord(file, source)
  const where = `${file}: ${String(name)}`
  if (typeof name !== 'string' || typeof rfc !== 'string' || !Array.isArray(wire)) {
    throw new TypeError(`${where}: a case has name, rfc and wire`)
  }
  if (Object.keys(unknown).length > 0) throw new TypeError(`${where}: only ${[...CASE_KEYS].join(', ')}`)
  return {
    file,
    name,
    rfc,
    to: to === undefined ? undefined : [to].flat().map(String),
    limits: readLimits(where, limits),
    lenient: readLeniencies(where, lenient),
    state: typeof state === 'string' ? state : undefined,
    ...readWire(where, wire),
  }
}

function readLimits(where: string, source: unknown): Partial<ParserLimits> {
  const limits = Object.entries(asRecord(where, source ?? {}))
  return Object.fromEntries(limits.map(([key, value]) => [key, Number(value)]))
}

/** A list of names; parsers refuse those that they do not know. */
function readLeniencies(where: string, source: unknown): Partial<Leniencies> {
  const names: unknown = source ?? []
  if (!Array.isArray(names) || !names.every((name): name is string => typeof name === 'string')) {
    throw new TypeError(`${where}: lenient is a list of names`)
  }
  return Object.fromEntries(names.map((name) => [name, true]))
}

/** Walks down the entries of a case: bytes move on, events and errors are where they stand. */
function readWire(
  where: string,
  wire: readonly unknown[],
): Pick<WireCase, 'bytes' | 'eof' | 'trace' | 'error' | 'parsed'> {
  let text = ''
  let parsed = 0
  let eof = false
  let error: ErrorCode | undefined
  const trace: string[] = []
  for (const entry of wire) {
    const piece = pieceOf(where, entry)
    if (piece !== undefined) {
      text += piece
      continue
    }
    const [[key, value] = ['nothing', undefined]] = Object.entries(asRecord(where, entry))
    if (key === 'eof') {
      eof = true
      continue
    }
    if (key === 'error') {
      error = asErrorCode(where, value)
      trace.push(formatError(error, text.length))
    } else {
      trace.push(`[${parsed},${text.length}) ${key} ${describe(where, key, value, text.slice(parsed))}`)
    }
    parsed = text.length
  }
  return { bytes: Buffer.from(text, 'latin1'), eof, trace, error, parsed }
}

/** Bytes as latin-1 text, if the entry is bytes. */
function pieceOf(where: string, entry: unknown): string | undefined {
  if (typeof entry === 'string') return entry
  const { repeat, times } = asRecord(where, entry)
  return typeof repeat === 'string' ? repeat.repeat(Number(times)) : undefined
}

/** What an event says, as `formatEvent` writes it. */
function describe(where: string, type: string, value: unknown, bytes: string): string {
  if (type === 'chunk-head') return JSON.stringify(String(value))
  if (type === 'data') {
    if (value !== bytes.length)
      throw new TypeError(`${where}: data: ${String(value)} stands after ${bytes.length} bytes`)
    return JSON.stringify(bytes)
  }
  if (!EVENT_TYPES.has(type) || !Array.isArray(value))
    throw new TypeError(`${where}: ${type} is no event with a list of lines`)
  return JSON.stringify(value)
}

function asErrorCode(where: string, value: unknown): ErrorCode {
  if (!isErrorCode(value)) throw new TypeError(`${where}: ${String(value)} is no error code`)
  return value
}

const isErrorCode = (value: unknown): value is ErrorCode =>
  typeof value === 'string' && Object.hasOwn(ERROR_CODES, value)

function asRecord(where: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new TypeError(`${where}: ${String(value)} is not a map`)
  return { ...value }
}
