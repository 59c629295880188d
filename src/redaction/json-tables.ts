import { jsonNodes, type JsonNode } from '../content/json-parts.ts'
import { isSecretName, labelOf } from '../secrets/secret-names.ts'
import type { Found } from './found.ts'

/**
 * Tables in JSON, with the names of their columns in one list and the rows in another: `{"columns": ["id", "token"], "rows": [[1, "..."]]}`,
 * also with more about each column, with each cell in an object, or with the names in the first row.
 */
export function findInTables(text: string, found: Found): void {
  if (!mayHoldTable(text)) return
  const root = jsonNodes(text)
  if (root !== undefined) visitNode(text, root, found)
}

/** Most JSON has no list in a list, and most of these are of numbers. */
const mayHoldTable = (text: string): boolean =>
  (text.includes('[[') || text.includes('[\n') || text.includes('f":')) &&
  /\[\s{0,40}\[[^[\]{}"]{0,400}["{]|"f"\s{0,4}:\s{0,4}\[/.test(text)

function visitNode(text: string, node: JsonNode, found: Found): void {
  if (node.type === 'object') findInMembers(text, node, found)
  else if (node.type === 'array') findBelowNames(text, node, found)
  for (const { value } of node.parts) visitNode(text, value, found)
}

/** Lists of names and lists of rows beside each other, or one of them a level deeper. */
function findInMembers(text: string, node: JsonNode, found: Found): void {
  const members = node.parts.map(({ value }) => value)
  const lists = members.flatMap((value) => (value.type === 'object' ? value.parts.map((part) => part.value) : [value]))
  const heads = lists.map((list) => namesIn(text, list)).filter((names) => names.some(isSecretName))
  for (const names of heads) for (const list of members) findInRows(text, names, list.parts, found)
}

/** The names of columns: texts, or objects of which each has a name. */
function namesIn(text: string, { type, parts }: JsonNode): readonly string[] {
  if (type !== 'array' || parts.length === 0 || parts.length > MOST_COLUMNS) return []
  const names = parts.map(({ value }) => nameOf(text, value))
  return names.every((name) => name !== undefined && NAME.test(name)) ? names.map(String) : []
}

const MOST_COLUMNS = 1000
const NAME = /^[A-Za-z_][\w .:/()-]{0,80}$/

function nameOf(text: string, { type, start, end, parts }: JsonNode): string | undefined {
  if (type === 'string') return text.slice(start + 1, end - 1)
  const name = parts.find(
    (part) => part.value.type === 'string' && NAME_OF_COLUMN.test(text.slice(part.start, part.start + 14)),
  )
  return name === undefined ? undefined : text.slice(name.value.start + 1, name.value.end - 1)
}

const NAME_OF_COLUMN = /^"(?:name|Name|columnName|column_name|field)"/

function findBelowNames(text: string, { parts: [first, ...rest] }: JsonNode, found: Found): void {
  if (first === undefined || rest.length === 0 || first.value.parts.some(({ value }) => value.type !== 'string')) return
  const names = namesIn(text, first.value)
  // Two of them are as likely a name and its value.
  if (names.length > 2 && names.some(isSecretName)) findInRows(text, names, rest, found)
}

function findInRows(text: string, names: readonly string[], rows: JsonNode['parts'], found: Found): void {
  for (const { value: row } of rows) {
    const cells = row.type === 'object' && row.parts.length === 1 ? (row.parts[0]?.value.parts ?? []) : row.parts
    if (row.type === 'string' || cells.length !== names.length) continue
    for (const [column, name] of names.entries()) {
      const cell = cells[column]?.value
      if (cell !== undefined && isSecretName(name)) findInCell(text, name, cell, found)
    }
  }
}

function findInCell(text: string, name: string, cell: JsonNode, found: Found): void {
  if (cell.type === 'object')
    for (const { start, value } of cell.parts) {
      if (CELL_VALUE.test(text.slice(start, start + 8))) findInCell(text, name, value, found)
    }
  const isText = cell.type === 'string'
  if (!isText && cell.type !== 'scalar') return
  const [start, end] = isText ? [cell.start + 1, cell.end - 1] : [cell.start, cell.end]
  const label = labelOf(name, text.slice(start, end), isText ? 'parameter' : 'number')
  if (label !== undefined) found(label, start, end)
}

const CELL_VALUE = /^"(?:v|value)"/
