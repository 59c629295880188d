import { readItems, readLines } from './line-reader.ts'
import { isNoEvent, MOST_ROOT_KEYS, type YamlEntry, type YamlMap, type YamlNode } from './yaml-node.ts'

/** Reads a part of the text, from `start` to `end`, with a full YAML reader; `isItem` for items of a list. */
export type ReadPart = (start: number, end: number, isItem: boolean) => YamlNode

/**
 * Reads a cassette with some parts that a person has edited into another form, one part at a time.
 *
 * So the cost of one edit does not grow with the file, and text that cannot be an event costs nothing more. Returns `undefined`
 * if the text does not consist of such parts: keys at the beginning of a line, and a list of events below `tape`.
 */
export function readParts(text: string, readPart: ReadPart): YamlMap | undefined {
  const starts = keyStarts(text)
  if (starts === undefined) return undefined
  const entries = new Map<string, YamlEntry>()
  for (const [index, start] of starts.entries()) {
    const end = starts[index + 1] ?? text.length
    const isTape = text.startsWith(TAPE, start)
    const entry = isTape ? readTape(text, start, end, readPart) : readEntry(text, start, end, readPart)
    if (entry === undefined || entries.has(entry[0])) return undefined
    entries.set(...entry)
  }
  return { type: 'map', offset: starts[0] ?? 0, entries }
}

/** The places of the keys of the document; a cassette has four. */
function keyStarts(text: string): readonly number[] | undefined {
  const starts: number[] = []
  for (const { index } of text.matchAll(LINE_OF_ROOT)) {
    ROOT_KEY.lastIndex = index
    if (!ROOT_KEY.test(text) || starts.length === MOST_ROOT_KEYS) return undefined
    starts.push(index)
  }
  return NOTHING.test(text.slice(0, starts[0] ?? 0)) && starts.length > 0 ? starts : undefined
}

/** A line that is not indented, empty, a comment or an item; three dashes end a document. */
const LINE_OF_ROOT = /^(?:[^\s#-]|\t|-(?! ))/gm
/** Comments and empty lines. */
const NOTHING = /^(?: *(?:#.*)?\n)*$/
const ROOT_KEY = /[a-z]+:[ \n]/y

type Entry = readonly [key: string, entry: YamlEntry]

function readEntry(text: string, start: number, end: number, readPart: ReadPart): Entry | undefined {
  const value = wrongTape(text, start)
  if (value !== undefined) return ['tape', { keyOffset: start, value }]
  const node = readLines(text, start, end) ?? readPart(start, endOfValue(text, start, end), false)
  const [entry, second] = node.type === 'map' ? node.entries : []
  return second === undefined ? entry : undefined
}

const TAPE = 'tape:\n'

/** Where the comments and empty lines before `end` begin: there may be many, and the library reads each. */
function endOfValue(text: string, start: number, end: number): number {
  let stop = end
  for (;;) {
    const lineStart = text.lastIndexOf('\n', stop - 2) + 1
    if (lineStart <= start || !/^(?:#.*)?\n?$/.test(text.slice(lineStart, stop))) return stop
    stop = lineStart
  }
}

/** Text that begins like this cannot be a list of events; it is refused at its place. */
function wrongTape(text: string, start: number): YamlNode | undefined {
  TEXT_FOR_TAPE.lastIndex = start
  if (TEXT_FOR_TAPE.test(text)) return { type: 'scalar', offset: TEXT_FOR_TAPE.lastIndex - 1, value: '' }
  LIST_OF_OTHERS.lastIndex = start
  const [before = '', item] = LIST_OF_OTHERS.exec(text) ?? []
  if (item === undefined) return undefined
  const offset = start + before.length - item.length
  const first: YamlNode = item.startsWith('{')
    ? { type: 'map', offset, entries: new Map() }
    : { type: 'list', offset, items: [] }
  return { type: 'list', offset: start + before.indexOf('['), items: [first] }
}

const TEXT_FOR_TAPE = /tape: +[\w>|'"]/y
const LIST_OF_OTHERS = /tape: +\[\s*(\{\s*\}|\[|[\w'"])/y

function readTape(text: string, start: number, end: number, readPart: ReadPart): Entry | undefined {
  const border = BORDER.exec(text.slice(start, Math.min(end, start + LONGEST_BEGINNING)))?.[1]
  if (border === undefined) return undefined
  const first = text.indexOf(border, start)
  const items: YamlNode[] = []
  for (let at = first + 1; at < end;) {
    const next = text.indexOf(border, at)
    const stop = next === -1 || next >= end ? end : next + 1
    const item = readItem(text, at, stop, border.length - '\n- '.length, readPart)
    if (item === undefined) return undefined
    items.push(item)
    // It is refused at its place, before the text after it is read.
    at = isNoEvent(item) ? end : stop
  }
  const value = { type: 'list', offset: first + border.length - '- '.length, items } as const
  return ['tape', { keyOffset: start, value }]
}

/** The start of the first item, after empty lines and comments; each item begins like this, and no line within one does. */
const BORDER = /^tape:(?:\n *(?:#[^\n]*)?(?=\n))*(\n *- )/
const LONGEST_BEGINNING = 65_536

function readItem(text: string, start: number, end: number, indent: number, readPart: ReadPart): YamlNode | undefined {
  const list = readItems(text, start, end, indent) ?? readPart(start, end, true)
  const [item, second] = list.type === 'list' ? list.items : []
  return second === undefined ? item : undefined
}
