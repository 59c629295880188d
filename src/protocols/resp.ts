import { NotSpoken, type Span } from './dialogue.ts'

/** One value of RESP, the protocol of Redis, as far as it matters who it is for. */
export interface Value {
  /** The first byte: `+`, `-`, `:`, `$`, `*`, `>` ... */
  readonly type: string
  /** Of what is text. */
  readonly text: string
  /** Where the text stands. */
  readonly span: Span
  readonly items: readonly Value[]
  readonly end: number
}

/** Bytes of the value at `at`; more than there are while that is not known. */
export function valueLength(bytes: Buffer, at = 0): number {
  const lineEnd = bytes.indexOf('\r\n', at, 'latin1')
  if (lineEnd === -1) return Math.max(bytes.length + 1, at + 3)
  const type = bytes.toString('latin1', at, at + 1)
  const next = lineEnd + 2
  if (SIMPLE.has(type)) return next
  const count = Number(bytes.toString('latin1', at + 1, lineEnd))
  if (!Number.isInteger(count)) throw new NotSpoken('no length')
  if (TEXTS.has(type)) return count < 0 ? next : next + count + 2
  if (!LISTS.has(type)) throw new NotSpoken(`no value begins with ${JSON.stringify(type)}`)
  const items = type === '%' || type === '|' ? 2 * count : count
  let end = next
  for (let item = 0; item < items; item++) {
    // Each one takes three bytes at least.
    if (end >= bytes.length) return Math.max(end + 3 * (items - item), bytes.length + 1)
    end = valueLength(bytes, end)
    if (end > bytes.length) return end
  }
  // Attributes come before what they belong to.
  return type === '|' ? valueLength(bytes, end) : end
}

const SIMPLE = new Set(['+', '-', ':', '_', ',', '#', '('])
const TEXTS = new Set(['$', '!', '='])
const LISTS = new Set(['*', '~', '>', '%', '|'])

/** Reads a whole value, at most two levels deep: nothing further down says who it is for. */
export function readValue(bytes: Buffer, at = 0, depth = 2): Value {
  const lineEnd = bytes.indexOf('\r\n', at, 'latin1')
  const type = bytes.toString('latin1', at, at + 1)
  const next = lineEnd + 2
  const none = { type, text: '', span: { start: next, end: next }, items: [] }
  if (SIMPLE.has(type))
    return {
      ...none,
      text: bytes.toString('latin1', at + 1, lineEnd),
      span: { start: at + 1, end: lineEnd },
      end: next,
    }
  const count = Number(bytes.toString('latin1', at + 1, lineEnd))
  if (TEXTS.has(type)) {
    if (count < 0) return { ...none, end: next }
    const span = { start: next, end: next + count }
    return { ...none, text: bytes.toString('latin1', span.start, span.end), span, end: span.end + 2 }
  }
  if (depth === 0 || type === '%') return { ...none, end: valueLength(bytes, at) }
  const items: Value[] = []
  let end = next
  for (let item = 0; item < count; item++) {
    const value = readValue(bytes, end, depth - 1)
    items.push(value)
    end = value.end
  }
  return { ...none, items, end }
}
