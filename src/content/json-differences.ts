import { diffLibrary, MOST_EDITS } from './diff-library.ts'

/** A value in a JSON document. `undefined` is not a JSON value, so it can stand for "absent". */
export interface JsonPlace {
  readonly value: unknown
}

/** A place where two JSON documents differ. */
export interface JsonDifference {
  /** Such as `$.users[0].name`; an element that was added or removed is counted in the document that has it. */
  readonly path: string
  /** JSON text; `undefined` if the document has no such place. */
  readonly before: string | undefined
  readonly after: string | undefined
}

/** All places in which two JSON documents differ; the order of members does not count. */
export function jsonDifferences(before: JsonPlace, after: JsonPlace): readonly JsonDifference[] {
  const differences: JsonDifference[] = []
  compare(before, after, '$', (path, old, fresh) => {
    differences.push({ path, before: old && toJson(old), after: fresh && toJson(fresh) })
  })
  return differences
}

const toJson = ({ value }: JsonPlace): string => JSON.stringify(value)

type Report = (path: string, before: JsonPlace | undefined, after: JsonPlace | undefined) => void

function compare(before: JsonPlace, after: JsonPlace, path: string, report: Report): void {
  if (isList(before.value) && isList(after.value)) compareLists(before.value, after.value, path, report)
  else if (isObject(before.value) && isObject(after.value)) compareObjects(before.value, after.value, path, report)
  else if (toJson(before) !== toJson(after)) report(path, before, after)
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function compareObjects(before: object, after: object, path: string, report: Report): void {
  const [olds, news] = [membersOf(before), membersOf(after)]
  for (const [key, old] of olds) {
    const member = news.get(key)
    if (member === undefined) report(pathTo(path, key), old, undefined)
    else compare(old, member, pathTo(path, key), report)
  }
  for (const [key, member] of news) if (!olds.has(key)) report(pathTo(path, key), undefined, member)
}

function membersOf(object: object): ReadonlyMap<string, JsonPlace> {
  return new Map(Object.entries(object).map(([key, value]: [string, unknown]) => [key, { value }]))
}

const pathTo = (path: string, key: string): string =>
  /^[a-z_$][\w$]*$/i.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`

/** Reports an element that was inserted or removed as such, not as a change of all elements after it. */
function compareLists(before: readonly unknown[], after: readonly unknown[], path: string, report: Report): void {
  const runs = runsOf(before, after)
  for (const { olds, news } of runs) {
    for (let place = 0; place < Math.max(olds.length, news.length); place += 1) {
      const [old, fresh] = [olds[place], news[place]]
      const at = `${path}[${(old ?? fresh)?.index}]`
      if (old !== undefined && fresh !== undefined) compare(old, fresh, at, report)
      else report(at, old, fresh)
    }
  }
}

interface Element extends JsonPlace {
  readonly index: number
}

/** Neighbouring elements that were removed and added. */
interface Run {
  readonly olds: Element[]
  readonly news: Element[]
}

function runsOf(before: readonly unknown[], after: readonly unknown[]): readonly Run[] {
  const [olds, news] = [before, after].map((list) => list.map((value, index): Element => ({ value, index })))
  if (olds === undefined || news === undefined) return []
  const parts = diffLibrary().diffArrays(olds.map(toJson), news.map(toJson), { maxEditLength: MOST_EDITS })
  // Too different to align: compared element by element.
  if (parts === undefined) return [{ olds, news }]
  const runs: Run[] = [{ olds: [], news: [] }]
  let [oldPlace, newPlace] = [0, 0]
  for (const { added, removed, count } of parts) {
    const run = runs.at(-1)
    if (removed) run?.olds.push(...olds.slice(oldPlace, oldPlace + count))
    else if (added) run?.news.push(...news.slice(newPlace, newPlace + count))
    else runs.push({ olds: [], news: [] })
    if (!added) oldPlace += count
    if (!removed) newPlace += count
  }
  return runs
}

const DEEPEST = 500

/** Whether the comparison of a JSON text might exhaust the stack; brackets in strings count, too. */
export function isTooDeep(text: string): boolean {
  let depth = 0
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1
    if (depth > DEEPEST) return true
  }
  return false
}
