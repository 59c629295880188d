// Written a second time on purpose, as `suspicious-values.ts`: tables whose columns have telling names, in CSV, JSON and SQL.

/** Finds what stands in columns with telling names. */
export function* inTables(text: string, isMixed: (value: string) => boolean): Generator<number> {
  yield* inColumns(text, ',')
  yield* inColumns(text, ';')
  yield* inColumns(text, '\t')
  yield* inAligned(text, (cell) => !/[\s|{}]/.test(cell) && isMixed(cell))
  yield* inInserts(text)
  yield* inCopies(text)
  const start = text.search(/[[{]/)
  if (start !== -1 && /\[\s*\[|"f"\s*:\s*\[/.test(text)) yield* inJson(text, text.slice(Math.max(0, start)))
}

const TELLING = /pass|secret|token|api.?key|credential|private.?key|totp|activation.?key|(?:^|[_ ])(?:pin|puk)$/i
const ABOUT = /(?:type|count|url|_at|_id|name|expiry|expires\w*|policy|length)$/i
const isTelling = (name: unknown): boolean => typeof name === 'string' && TELLING.test(name) && !ABOUT.test(name)
const isShown = (cell: string): boolean =>
  cell.length >= 4 && !cell.includes('{{') && !/^(?:true|false|null|none)$/i.test(cell)

/** A table whose first line names its columns. */
function* inColumns(text: string, mark: ',' | ';' | '\t'): Generator<number> {
  const body = text.search(HEADS[mark])
  if (body === -1) return
  const from = text[body] === '\n' ? body + 1 : body
  const lines = text.slice(from).split('\n')
  const columns = (lines[0] ?? '').split(mark).map((name) => isTelling(name.replaceAll(/["\s]/g, '')))
  let at = from
  for (const [k, line] of lines.entries()) {
    const cells = k === 0 || !columns.includes(true) ? [] : line.split(mark)
    for (const [column, cell] of cells.entries())
      if (columns[column] === true && isShown(cell))
        yield at + cells.slice(0, column).reduce((sum, { length }) => sum + length + 1, 0)
    at += line.length + 1
  }
}

const HEADS = {
  ',': /(?:^|\n)[\w "]{1,200}(?:,[\w "]{1,60}){1,40}\r?\n/,
  ';': /(?:^|\n)[\w "]{1,200}(?:;[\w "]{1,60}){1,40}\r?\n/,
  '\t': /(?:^|\n)[\w "]{1,200}(?:\t[\w "]{1,60}){1,40}\r?\n/,
} as const

/** Tables that programs print: words that begin where a name does, and cells between bars. */
function* inAligned(text: string, isCell: (cell: string) => boolean): Generator<number> {
  let at = 0
  let places: readonly number[] = []
  let columns: readonly number[] = []
  for (const line of text.split('\n')) {
    const isFirst = places.length + columns.length === 0
    if (line.trim() === '' || line.length > 2000) [places, columns] = [[], []]
    else if (isFirst && line.includes('  ') && /^[A-Z][A-Z_ ]+$/.test(line))
      places = Array.from(line.matchAll(/(?<=^| {2})[A-Z_]+(?: [A-Z_]+)*/g)).flatMap(({ index, 0: name }) =>
        isTelling(name) ? [index] : [],
      )
    else if (isFirst && line.includes('|') && /^[\w |]+$/.test(line))
      columns = line.split('|').flatMap((name, column) => (isTelling(name.trim()) ? [column] : []))
    else {
      for (const place of places) if (isCell(line.slice(place).split(' ')[0] ?? '')) yield at + place
      const cells = columns.length > 0 ? line.split('|') : []
      for (const column of columns) {
        const cell = cells[column] ?? ''
        if (isCell(cell.trim()))
          yield (
            at +
            cells.slice(0, column).join('|').length +
            (column === 0 ? 0 : 1) +
            cell.length -
            cell.trimStart().length
          )
      }
    }
    at += line.length + 1
  }
}

/** `INSERT INTO users (name, token) VALUES ('ada', '...')`. */
function* inInserts(text: string): Generator<number> {
  for (const match of text.matchAll(/into\s+[\w."`]+\s*\(([^()]{1,2000})\)\s*values\s*\(([^()]{1,8000})\)/gi)) {
    const [all, names = '', values = ''] = match
    const columns = names.split(',').map((name) => isTelling(name.replaceAll(/[\s"'`\\]/g, '')))
    let at = match.index + all.length - values.length - 1
    for (const [column, value] of values.split(',').entries()) {
      const plain = value.trim()
      if (columns[column] === true && /^'[^']{4,}'$/.test(plain) && isShown(plain)) yield at + value.indexOf("'") + 1
      at += value.length + 1
    }
  }
}

/** A dump of PostgreSQL. */
function* inCopies(text: string): Generator<number> {
  for (const match of text.matchAll(/COPY [\w."]+ \(([^()]{1,2000})\) FROM stdin;\n([^]*?)(?:\n\\\.|$)/g)) {
    const [all, names = '', rows = ''] = match
    const columns = names.split(',').map((name) => isTelling(name.trim()))
    const from = match.index + all.indexOf(rows, all.indexOf('stdin;'))
    for (const { index, 0: row } of rows.matchAll(/[^\n]+/g)) {
      let at = from + index
      for (const [column, cell] of row.split('\t').entries()) {
        if (columns[column] === true && isShown(cell)) yield at
        at += cell.length + 1
      }
    }
  }
}

/** Tables in JSON: names in one list, rows in another, or names in the first row. Where a cell stands is looked up. */
function* inJson(text: string, json: string): Generator<number> {
  let cells: readonly string[] = []
  try {
    cells = cellsOf(JSON.parse(json))
  } catch {
    // It was cut, or is not JSON, so it is not a table.
  }
  for (const cell of cells) {
    const at = text.indexOf(JSON.stringify(cell))
    if (at !== -1) yield at + 1
  }
}

function cellsOf(value: unknown, depth = 0): readonly string[] {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return []
  const members: readonly unknown[] = Object.values(value)
  const lists = members.flatMap((member) =>
    isList(member) ? [member] : isObject(member) ? Object.values(member).filter(isList) : [],
  )
  const heads = lists.map((list) => list.map(nameOf)).filter((names) => names.some(isTelling))
  const rows = members.filter(isList)
  const first =
    isList(value) && isList(value[0]) && value[0].length > 2 && value[0].every((one) => typeof one === 'string')
      ? [value[0]]
      : []
  return [
    ...heads.flatMap((names) => rows.flatMap((list) => list.flatMap((row) => telling(names, row)))),
    ...(isList(value) ? first.flatMap((names) => value.slice(1).flatMap((row) => telling(names, row))) : []),
    ...members.flatMap((member) => cellsOf(member, depth + 1)),
  ]
}

const DEEPEST = 40
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !isList(value)
const nameOf = (column: unknown): unknown => (isObject(column) ? (column['name'] ?? column['field']) : column)

function telling(names: readonly unknown[], row: unknown): readonly string[] {
  const cells = isList(row) ? row : isObject(row) ? Object.values(row).find(isList) : undefined
  if (cells?.length !== names.length) return []
  return cells.flatMap((cell, column) => {
    const value = isObject(cell) ? (cell['v'] ?? cell['value']) : cell
    return isTelling(names[column]) && typeof value === 'string' && isShown(value) ? [value] : []
  })
}
