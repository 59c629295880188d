import type { FieldLine } from '../../src/http1/events.ts'
import { type HttpEvent, joinData } from '../../test/helpers/trace.ts'
import type { Input } from './input.ts'
import { type MakeParser, read, type Reading } from './subject.ts'

/** An input as a case for fixtures/wire, with the current result of our parser; the README there explains the notation. */
export function wireCase(makeParser: MakeParser, input: Input, name: string): string {
  const { to, limits, lenient } = input
  const given = Object.entries(limits).map(([limit, value]) => `${limit}: ${value}`)
  const isOn = Object.entries(lenient).flatMap(([leniency, value]) => (value ? [leniency] : []))
  const entries = wireEntries(makeParser, input)
  const lines = [`- name: ${name}`, '  rfc: RFC 9112 section ?']
  if (to !== undefined) lines.push(`  to: ${to.length === 1 ? to.join('') : `[${to.join(', ')}]`}`)
  if (given.length > 0) lines.push(`  limits: { ${given.join(', ')} }`)
  if (isOn.length > 0) lines.push(`  lenient: [${isOn.join(', ')}]`)
  lines.push(entries.length > 0 ? '  wire:' : '  wire: []', ...entries.map((entry) => `    - ${entry}`))
  return lines.join('\n')
}

function wireEntries(makeParser: MakeParser, input: Input): string[] {
  const { bytes, eof } = input
  const { events, error } = tell(makeParser, input)
  const early = eof ? tell(makeParser, { ...input, eof: false }).events : []
  const entries: string[] = []
  let at = 0
  let isEofTold = !eof
  const moveTo = (end: number): void => {
    entries.push(...bytesEntries(bytes.subarray(at, end)))
    at = end
  }
  const tellEof = (): void => {
    moveTo(bytes.length)
    if (!isEofTold) entries.push('eof: true')
    isEofTold = true
  }
  for (const [index, event] of events.entries()) {
    if (eof && index >= early.length) tellEof()
    moveTo(event.end)
    entries.push(eventEntry(event))
  }
  if (error !== undefined) {
    if (error.offset === bytes.length && !isEofTold) tellEof()
    moveTo(error.offset)
    entries.push(`error: ${error.code}`)
  }
  tellEof()
  return entries
}

function tell(makeParser: MakeParser, input: Input): Pick<Reading, 'events' | 'error'> {
  try {
    const { events, error } = read(makeParser(input), [input.bytes], input.eof)
    return { events: joinData(events), error }
  } catch {
    // This failure is the find, and is reported elsewhere; the bytes are still useful.
    return { events: [], error: undefined }
  }
}

/** Lines, each as a double-quoted text. */
const bytesEntries = (bytes: Buffer): string[] => (bytes.toString('latin1').match(/[^\n]*\n|[^\n]+/g) ?? []).map(quote)

function eventEntry(event: HttpEvent): string {
  switch (event.type) {
    case 'request-head':
      return `request-head: ${list([`${event.method} ${event.target} HTTP/${event.version}`, ...fieldLines(event.fields)])}`
    case 'interim-response':
    case 'response-head': {
      const statusLine = `HTTP/${event.version} ${event.status}${event.reason === '' ? '' : ` ${event.reason}`}`
      return `${event.type}: ${list([statusLine, ...fieldLines(event.fields)])}`
    }
    case 'chunk-head':
      return `chunk-head: ${quote(`${event.size}${event.extensions}`)}`
    case 'data':
      return `data: ${event.bytes.length}`
    case 'end-of-message':
      return `end-of-message: ${list(fieldLines(event.trailers))}`
  }
}

const fieldLines = (fields: readonly FieldLine[]): string[] => fields.map(({ name, value }) => `${name}: ${value}`)

const list = (texts: readonly string[]): string => `[${texts.map(quote).join(', ')}]`

/** Double-quoted YAML with every byte visible. */
const quote = (text: string): string => `"${text.replaceAll(/[^ !#-[\]-~]/g, escape)}"`

function escape(char: string): string {
  return ESCAPES[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
}

// oxfmt-ignore
const ESCAPES: Readonly<Record<string, string>> = { '\r': '\\r', '\n': '\\n', '\t': '\\t', '"': '\\"', '\\': '\\\\' }
