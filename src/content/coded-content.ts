import type { FieldLine } from '../http1/events.ts'
import {
  bufferOf,
  codecs,
  codingsOf,
  DecodingBudget,
  GZIP_MAGIC,
  MOST_CODINGS,
  tried,
  withoutCoding,
} from './codings.ts'

/** A content with its codings decoded as far as possible. */
export interface DecodedContent {
  readonly text: string
  /** How many codings were decoded. */
  readonly layers: number
  /** Whether it is still coded because it decodes to more than may be decoded. */
  readonly isTooLarge: boolean
  /** Encodes another text with the same codings. */
  readonly encode: (text: string) => string
}

export function decodeContent(body: string, fields: readonly FieldLine[], isWhole: boolean): DecodedContent {
  const budget = new DecodingBudget()
  const layers = decodeAll(body, codingsOf(fields), isWhole, budget)
  return {
    text: layers.at(-1)?.text ?? body,
    layers: layers.length,
    isTooLarge: budget.isExceeded,
    encode: budget.isExceeded
      ? (text) => encodedAs(codingsOf(fields), text)
      : (text) => layers.reduceRight((inner, layer) => layer.encode(inner), text),
  }
}

/** The text in codings that are known; they were not undone only because there is too much. */
function encodedAs(names: readonly string[], text: string): string {
  return names.reduce((inner, name) => {
    const [codec] = codecs(name, true)
    return codec === undefined ? inner : bufferOf(codec.encode(Buffer.from(inner, 'latin1'))).toString('latin1')
  }, text)
}

/** One decoded coding, and how to encode it again. */
interface Layer {
  readonly text: string
  readonly encode: (text: string) => string
}

/** Decodes the codings as far as possible, last applied first, and then content that is compressed without a declared coding. */
function decodeAll(body: string, names: readonly string[], isWhole: boolean, budget: DecodingBudget): Layer[] {
  const layers: Layer[] = []
  if (names.length > MOST_CODINGS) return layers
  let text = body
  for (const name of names.toReversed()) {
    const layer = undo(name, text, isWhole, budget)
    if (layer === undefined) return layers
    layers.push(layer)
    text = layer.text
  }
  while (text.startsWith(GZIP_MAGIC) && layers.length < MOST_CODINGS) {
    const layer = undo('gzip', text, isWhole, budget)
    if (layer === undefined) break
    layers.push(layer)
    text = layer.text
  }
  return layers
}

function undo(name: string, body: string, isWhole: boolean, budget: DecodingBudget): Layer | undefined {
  const bytes = Buffer.from(body, 'latin1')
  // A content that ends with its connection may still be complete; then it stays so.
  const ways = isWhole ? codecs(name, true) : [...codecs(name, true), ...codecs(name, false)]
  for (const { decode, encode } of ways) {
    const decoded = tried(decode, bytes, budget)
    if (budget.isExceeded) return undefined
    const text = decoded === undefined ? '' : bufferOf(decoded).toString('latin1')
    if (text !== '')
      return { text, encode: (content) => bufferOf(encode(Buffer.from(content, 'latin1'))).toString('latin1') }
  }
  return undefined
}

/**
 * What the beginning of a coded content decodes to, as far as it goes; `undefined` if it is not in this coding, or decodes to
 * more than `most` bytes.
 */
export function beginningWithoutCoding(name: string, bytes: Uint8Array, most: number): Uint8Array | undefined {
  for (const { decode } of codecs(name, false, most)) {
    const decoded = tried(decode, bytes)
    if (decoded !== undefined) return decoded
  }
  return undefined
}

/** Whether a content, with what is compressed in it without being declared, decodes to more than the budget. */
export function decodesToTooMuch(body: Uint8Array, fields: readonly FieldLine[], budget: DecodingBudget): boolean {
  const names = codingsOf(fields)
  budget.isExceeded = false
  let content: Uint8Array | undefined = body
  let layers = 0
  for (const name of names.length > MOST_CODINGS ? [] : names.toReversed()) {
    content = content && withoutCoding(name, content, budget)
    layers += 1
  }
  while (content !== undefined && isGzip(content) && layers < MOST_CODINGS) {
    content = withoutCoding('gzip', content, budget)
    layers += 1
  }
  return budget.isExceeded
}

const isGzip = ([first, second]: Uint8Array): boolean => first === 0x1f && second === 0x8b

/** The text as gzip; both are one character a byte. */
export function gzipOf(text: string): string {
  const [gzip] = codecs('gzip', true)
  const bytes = Buffer.from(text, 'latin1')
  return bufferOf(gzip?.encode(bytes) ?? bytes).toString('latin1')
}

/** Whether bytes in this coding can be decoded here. */
export const isKnownCoding = (name: string): boolean => codecs(name, true).length > 0
