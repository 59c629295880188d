import { createRequire } from 'node:module'
import type * as Yaml from 'yaml'
import { CassetteError, type ErrorCode } from '../errors.ts'
import { IN_QUOTES, LexemeWatch } from './lexeme-watch.ts'
import { JSON_LIMIT } from './json-limits.ts'
import { JsonTooLong, readLines } from './line-reader.ts'
import { readParts } from './yaml-items.ts'
import { MAX_DEPTH, type YamlEntry, type YamlNode, type YamlScalar } from './yaml-node.ts'
import { quote } from './quote.ts'

/** The largest size of a cassette, in bytes or, for text, UTF-16 units. */
export const MAX_SIZE = 256 * 1024 * 1024

/** A text with its origin, for errors that name the place. */
export class YamlSource {
  readonly text: string
  readonly file: string | undefined

  constructor(text: string, file: string | undefined) {
    // Line ends are never data, so `git` or an editor may change them. No offset moves to another line or column.
    const unmarked = text.startsWith('\ufeff') ? text.slice(1) : text
    this.text = unmarked.includes('\r') ? unmarked.replaceAll('\r\n', '\n') : unmarked
    this.file = file
  }

  /** An error at a place in the text. */
  error(code: ErrorCode, offset: number, detail: string): CassetteError {
    return new CassetteError(code, detail, { file: this.file, ...this.placeOf(offset) })
  }

  /** Both count from 1. */
  placeOf(offset: number): { readonly line: number; readonly column: number } {
    const before = this.text.slice(0, offset)
    return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
  }
}

/**
 * Reads one YAML 1.2 document (core schema) of untrusted text.
 *
 * @throws CassetteError with line and column: `CASSETTE_TOO_LARGE`, `CASSETTE_EMPTY`, `CASSETTE_CONFLICT`, `ALIAS_FORBIDDEN`,
 * `UNKNOWN_TAG`, `DEPTH_EXCEEDED`, or `CASSETTE_SYNTAX`.
 */
export function readYaml(source: YamlSource): YamlNode {
  checkText(source)
  const { text } = source
  const readPart = (start: number, end: number, isItem: boolean): YamlNode =>
    isItem
      ? readItemByLibrary(source, start, end)
      : readByLibrary(source, { text: text.slice(start, end), shift: start })
  try {
    return readLines(text) ?? readParts(text, readPart) ?? readByLibrary(source, { text, shift: 0 })
  } catch (error) {
    throw error instanceof JsonTooLong ? source.error('CASSETTE_INVALID', error.offset, JSON_LIMIT) : error
  }
}

/** The same by the library alone. */
export function readAnyYaml(source: YamlSource): YamlNode {
  checkText(source)
  return readByLibrary(source, { text: source.text, shift: 0 })
}

/** Text that the library reads, and where it begins in the source. */
interface Part {
  readonly text: string
  readonly shift: number
}

const readByLibrary = (source: YamlSource, part: Part): YamlNode => compose(source, part, parse(source, part))

/** A list of items, nested as in a cassette. */
function readItemByLibrary(source: YamlSource, start: number, end: number): YamlNode {
  const part = { text: TAPE + source.text.slice(start, end), shift: start - TAPE.length }
  const root = readByLibrary(source, part)
  const tape = root.type === 'map' && root.entries.size === 1 ? root.entries.get('tape')?.value : undefined
  return tape ?? root
}

const TAPE = 'tape:\n'

/** Checks that need no parsing. @throws CassetteError as {@link readYaml}. */
export function checkText(source: YamlSource): void {
  const { text } = source
  if (text.length > MAX_SIZE) throw source.error('CASSETTE_TOO_LARGE', 0, `it has more than ${MAX_SIZE} characters`)
  if (!/^ *[^\s#]/m.test(text)) throw source.error('CASSETTE_EMPTY', 0, '')
  const unseen = findUnseen(text)
  if (unseen !== null) {
    const code = unseen[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0') ?? ''
    throw source.error('CASSETTE_SYNTAX', unseen.index, `U+${code} is allowed only as an escape in double quotes`)
  }
  // After the check above, `^` matches at the beginning of lines only; it would after U+2028, too.
  const conflict = MARKERS.some((marker) => text.includes(marker)) ? CONFLICT.exec(text) : null
  if (conflict !== null) throw source.error('CASSETTE_CONFLICT', conflict.index, 'resolve the merge, or record again')
}

/** The first character that is allowed only as an escape. The first expression is ten times as fast, and also finds pairs of surrogates. */
export const findUnseen = (text: string): RegExpExecArray | null =>
  MAY_BE_UNSEEN.test(text) ? UNSEEN.exec(text) : null

// oxlint-disable-next-line no-control-regex
const MAY_BE_UNSEEN = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]/
const UNSEEN = /(?![\t\n])\p{Cc}|[\u2028\u2029\ufeff\ufffe\uffff]|\p{Cs}/u
const MARKERS = ['<<<<<<<', '|||||||', '=======', '>>>>>>>']
const CONFLICT = /^(?:<{7}|\|{7}|={7}|>{7})(?: .*)?$/m

/**
 * Parses the text and stops at the first token that a cassette may not have.
 *
 * Lexer and parser of `yaml` keep their own stacks and take linear time; what recurses, and kills the process on 2 KB of `[`, is the
 * composer, and that never sees a text refused here. A scanner of our own before the lexer would have to agree with it on
 * every quote and block of a hostile text; asking the lexer itself leaves no such gap.
 */
function parse(source: YamlSource, { text, shift }: Part): readonly Yaml.CST.Token[] {
  const { Lexer, Parser } = library()
  const parser = new Parser()
  const tokens: Yaml.CST.Token[] = []
  const watch = new LexemeWatch((code, detail) => refuseAt(source, code, parser.offset + shift, detail))
  for (const lexeme of new Lexer().lex(text)) {
    watch.see(lexeme, parser.stack.length)
    for (const token of parser.next(lexeme)) tokens.push(token)
    // The bottom of the stack is the document, the top may be a scalar.
    if (parser.stack.length > MAX_DEPTH + 1 && 'items' in (parser.stack[MAX_DEPTH + 1] ?? {})) {
      throw source.error('DEPTH_EXCEEDED', parser.offset + shift - lexeme.length, `more than ${MAX_DEPTH} levels`)
    }
  }
  for (const token of parser.end()) tokens.push(token)
  return tokens
}

/** Refuses the text at a place; if a tab indents the line, the error names the tab as the cause. */
function refuseAt(source: YamlSource, code: ErrorCode, offset: number, detail: string): never {
  const lineStart = source.text.lastIndexOf('\n', offset - 1) + 1
  INDENTED_BY_TAB.lastIndex = lineStart
  if (!INDENTED_BY_TAB.test(source.text)) throw source.error(code, offset, detail)
  const tab = source.text.indexOf('\t', lineStart)
  throw source.error(
    'CASSETTE_SYNTAX',
    tab,
    'a tab cannot indent a line; a tab at the start of text is `\\t` in double quotes',
  )
}

const INDENTED_BY_TAB = / *\t/y

function compose(source: YamlSource, { text, shift }: Part, tokens: readonly Yaml.CST.Token[]): YamlNode {
  const { Composer } = library()
  // The library checks for equal keys in quadratic time, so `toEntries` does it instead.
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    uniqueKeys: false,
    stringKeys: true,
    prettyErrors: false,
  })
  const [document, second] = composer.compose(tokens, true, text.length)
  const [error] = document?.errors.toSorted((one, other) => one.pos[0] - other.pos[0]) ?? []
  if (error !== undefined)
    refuseAt(source, 'CASSETTE_SYNTAX', Math.min(error.pos[0] + shift, source.text.length), withHint(error.message))
  if (second !== undefined)
    throw source.error(
      'CASSETTE_SYNTAX',
      second.range[0] + shift,
      'a cassette must be one document; this begins a second one',
    )
  return toNode({ source, shift }, document?.contents ?? null)
}

const withHint = (message: string): string =>
  message.startsWith('Plain value cannot start') ? `${message}; ${IN_QUOTES}` : message

interface Shifted {
  readonly source: YamlSource
  readonly shift: number
}

function toNode(place: Shifted, node: Yaml.ParsedNode | null, fallbackOffset = place.shift): YamlNode {
  const { isMap, isScalar, isSeq } = library()
  if (node === null) return { type: 'scalar', offset: fallbackOffset, value: null }
  const offset = node.range[0] + place.shift
  if (isMap(node)) return { type: 'map', offset, entries: toEntries(place, node.items, offset) }
  if (isSeq(node)) return { type: 'list', offset, items: node.items.map((item) => toNode(place, item, offset)) }
  if (!isScalar(node)) throw place.source.error('ALIAS_FORBIDDEN', offset, '')
  return { type: 'scalar', offset, value: isPlainValue(node.value) ? node.value : (node.source ?? '') }
}

function toEntries(
  place: Shifted,
  pairs: Yaml.YAMLMap.Parsed['items'],
  mapOffset: number,
): ReadonlyMap<string, YamlEntry> {
  const { isScalar } = library()
  const { source, shift } = place
  const entries = new Map<string, YamlEntry>()
  for (const { key, value } of pairs) {
    const keyOffset = key === null ? mapOffset : key.range[0] + shift
    if (!isScalar(key)) throw source.error('CASSETTE_SYNTAX', keyOffset, 'a key must be text')
    const name = String(key.value)
    if (entries.has(name)) throw source.error('CASSETTE_INVALID', keyOffset, `there is a second key ${quote(name)}`)
    entries.set(name, { keyOffset, value: toNode(place, value, keyOffset) })
  }
  return entries
}

const isPlainValue = (value: unknown): value is YamlScalar['value'] =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value)

/** `yaml`, loaded with the first cassette that is read: importing it takes longer than all the rest of this package. */
function library(): typeof Yaml {
  const yaml: typeof Yaml = loaded ?? createRequire(import.meta.url)('yaml')
  loaded = yaml
  return yaml
}

let loaded: typeof Yaml | undefined
