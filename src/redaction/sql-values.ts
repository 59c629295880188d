import { jsonNodes, type JsonNode } from '../content/json-parts.ts'
import { jsonValueEnd } from '../content/json-members.ts'
import type { NamePlace } from '../secrets/secret-kinds.ts'
import { isSecretName, labelOf } from '../secrets/secret-names.ts'
import type { Found } from './found.ts'

/** Values of SQL that belong to a column: in the lists of an INSERT, and in the parameters beside a statement. */
export function findSqlValues(text: string, found: Found): void {
  for (const match of text.matchAll(INSERT)) {
    const names = (match[1] ?? '').split(',').map(bare)
    if (names.some(isSecretName)) findInTuples(text, match.index + match[0].length, names, found)
  }
  if (text.includes('COPY ')) findInCopies(text, found)
  if (BOUND.test(text)) findBound(text, found)
}

/** The lines of a dump of PostgreSQL, with tabs between their columns. */
function findInCopies(text: string, found: Found): void {
  let done = 0
  for (const match of text.matchAll(/\bCOPY [\w."]{1,128} \(([^()]{1,4000})\) FROM stdin;\r?\n/g)) {
    if (match.index < done) continue
    const names = (match[1] ?? '').split(',').map(bare)
    if (!names.some(isSecretName)) continue
    for (let at = match.index + match[0].length; at < text.length && !text.startsWith('\\.', at);) {
      const lineEnd = text.indexOf('\n', at)
      const line = text.slice(at, lineEnd === -1 ? text.length : lineEnd)
      let start = at
      for (const [column, cell] of line.split('\t').entries()) {
        if (cell !== '\\N') take(text, names[column], start, cell.length, found)
        start += cell.length + 1
      }
      at += line.length + 1
      done = at
    }
  }
}

const INSERT =
  /\b(?:insert|replace|upsert)\s{1,20}into\s{1,20}[\w."`[\]]{1,128}\s{0,20}\(([^()]{1,4000})\)\s{0,20}values\s{0,20}(?=\()/gi
const bare = (name: string): string => name.replaceAll(/^[\s"'`[\\]+|[\s"'`\]\\]+$/g, '')

/** `('ada', 'secret'), ('bob', 'secret')` */
function findInTuples(text: string, from: number, names: readonly string[], found: Found): void {
  let column = 0
  let isInTuple = false
  PIECE.lastIndex = from
  for (let match = PIECE.exec(text); match !== null; match = PIECE.exec(text)) {
    const [all, value] = match
    const piece = all.trim()
    // Beside tuples only commas are part of the list.
    if (piece === ')') isInTuple = false
    else if (!isInTuple && piece !== '(' && piece !== ',') return
    else if (piece === '(') [isInTuple, column] = [true, 0]
    else if (piece === ',') column += 1
    else if (value !== undefined) take(text, names[column], PIECE.lastIndex - 1 - value.length, value.length, found)
  }
}

/** A text, a sign, or what is neither; it ends where a list of tuples does. */
const PIECE = /\s*(?:\b[NEB])?(?:'((?:[^'\r\n]|'')*)'|[(),]|[\w.:@?$+-]+|::?)/gy

/** A statement of which values are given apart, and what they are called there. */
const BOUND = /(?:=|<>|\blike|values\s{0,4}\(|,)\s{0,4}(?:\?|\$\d|@p\d|:\d)/i
const LISTS = /"(?:args|params|parameters|bindings|binds?|values)"\s{0,4}:\s{0,4}(?=\[)/g

function findBound(text: string, found: Found): void {
  for (const { index, 0: statement } of text.matchAll(STATEMENT)) {
    const names = boundNames(statement)
    if (!names.some((name) => name !== undefined && isSecretName(name))) continue
    LISTS.lastIndex = index
    const at = LISTS.exec(text) === null ? 0 : LISTS.lastIndex
    if (at === 0 || at - index - statement.length > NEAR) continue
    const list = jsonNodes(text.slice(at, jsonValueEnd(text, at)))
    for (const [place, { value }] of (list?.parts ?? []).entries()) takeBound(text, names[place], at, value, found)
  }
}

const NEAR = 200
const STATEMENT = /"(?:\\.|[^"\\]){0,40}\b(?:insert|update|select|delete|replace)\b(?:\\.|[^"\\]){1,8000}"/gi

/** The column of each mark of a statement, in the order of the marks. */
function boundNames(statement: string): readonly (string | undefined)[] {
  const columns = /into\s+[\w."`\\]+\s*\(([^()]{1,4000})\)\s*values\s*\(([^()]{1,4000})\)/i.exec(statement)
  if (columns !== null) {
    const names = (columns[1] ?? '').split(',').map(bare)
    return (columns[2] ?? '').split(',').flatMap((mark, place) => (/^\s*[?$@:]/.test(mark) ? [names[place]] : []))
  }
  return Array.from(
    statement.matchAll(/(?:([\w."`]{1,80})\s{0,4}(?:=|<>|like)\s{0,4})?(?:\?|\$\d+|@p\d+)/gi),
    ([, name]) => (name === undefined ? undefined : bare(name)),
  )
}

function takeBound(text: string, name: string | undefined, at: number, value: JsonNode, found: Found): void {
  if (value.type === 'object') {
    const inner = value.parts.find(({ start }) => text.startsWith('"value"', at + start))
    if (inner !== undefined) takeBound(text, name, at, inner.value, found)
  } else if (value.type === 'string') take(text, name, at + value.start + 1, value.end - value.start - 2, found)
}

function take(text: string, name: string | undefined, start: number, length: number, found: Found): void {
  const place: NamePlace = 'parameter'
  const label = name === undefined ? undefined : labelOf(name, text.slice(start, start + length), place)
  if (label !== undefined) found(label, start, start + length)
}
