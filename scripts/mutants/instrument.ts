/**
 * Sources with more in them: all mutants of a file at once, each switched on by its number, or a count of the places that are reached.
 *
 * No line is added, so that places stay true. What is added calls a function that each file makes if it is not there yet; it reads and
 * writes files of one folder, so that it works in every process that a test starts, whatever its environment.
 */
import type { Mutant } from './mutations.ts'
import { isNode, type Node, visit } from './syntax.ts'

/** A range of a source, and what is to stand in its place. */
interface Wrap {
  readonly start: number
  readonly end: number
  readonly render: (inner: string) => string
}

/** A range that runs as a whole, or not at all. */
export interface Place {
  readonly start: number
  readonly end: number
}

/** A file with all these mutants in it; the number in the file `active` of the folder says which one is on. */
export function withMutants(
  source: string,
  mutants: readonly { readonly mutant: Mutant; readonly id: number }[],
  folder: string,
): string {
  if (mutants.length === 0) return source
  const file = mutants[0]?.mutant.file ?? ''
  const statements: Wrap[] = []
  visit(file, source, ({ type, start, end }) => {
    // Lines have no semicolons at their ends: one that begins with a parenthesis would go on with the line before.
    const isFirst = mutants.some(({ mutant }) => mutant.start === start && mutant.end <= end)
    if (type === 'ExpressionStatement' && isFirst) statements.push({ start, end, render: (inner) => `{ ${inner} }` })
  })
  // Of two of one range the statement is around the expression.
  const sorted = mutants.toSorted((one, other) => rankOf(one.mutant) - rankOf(other.mutant))
  const text = rendered(source, [...statements, ...sorted.map(({ mutant, id }) => switched(mutant, id))])
  return begunWith(`globalThis.__mutant ??= ${ACTIVE}(${JSON.stringify(folder)});`, text)
}

const rankOf = ({ part }: Mutant): number => (part === 'expression' ? 1 : 0)

const ACTIVE = `((folder) => {
  const files = globalThis.process?.getBuiltinModule?.('node:fs')
  const active = Number(files?.readFileSync(folder + '/active', 'utf8') ?? -1)
  return (id) => id === active
})`.replaceAll(/\n\s*/g, '; ')

function switched({ start, end, text, part }: Mutant, id: number): Wrap {
  const isOn = `globalThis.__mutant?.(${id})`
  const render = (inner: string): string => {
    if (part === 'statement')
      return text === ';' ? `{ if (!${isOn}) { ${inner} } }` : `{ if (${isOn}) { ${text} } else { ${inner} } }`
    const item = inner.replace(/\s*,$/, '')
    if (part === 'element') return `...(${isOn} ? [] : [${item}]),`
    if (part === 'property') return `...(${isOn} ? {} : { ${item} }),`
    return `(${isOn} ? ${text} : ${inner})`
  }
  return { start, end, render }
}

/** A file that notes which of its places are reached, numbered from `first`. */
export function withCounters(file: string, source: string, first: number, folder: string): string {
  const at = (index: number): string => `globalThis.__reached?.(${first + index})`
  const wraps = placesIn(file, source).map(({ start, end, kind }, index): Wrap => {
    return { start, end, render: (inner) => RENDER[kind](at(index), inner) }
  })
  return begunWith(`globalThis.__reached ??= ${COUNT}(${JSON.stringify(folder)});`, rendered(source, wraps))
}

type Kind = 'block' | 'expression' | 'statement' | 'first'

const RENDER: Readonly<Record<Kind, (count: string, inner: string) => string>> = {
  block: (count, inner) => `{${count};${inner.slice(1)}`,
  expression: (count, inner) => `(${count}, ${inner})`,
  statement: (count, inner) => `{${count};${inner}}`,
  first: (count, inner) => `${count};${inner}`,
}

/** In a process of the runner numbers are written at the end of each test; in others at once, as they may be killed. */
const COUNT = `((folder) => {
  const files = globalThis.process?.getBuiltinModule?.('node:fs')
  if (files === undefined) return () => {}
  const append = files.appendFileSync, read = files.readFileSync, clock = process.hrtime.bigint, log = folder + '/reached'
  const of = globalThis.__tests
  let seen = new Set(), test = '', last = 0n
  if (of !== undefined) of.flush = () => { append(log, of.test + ' ' + [...seen].join(' ') + String.fromCharCode(10)), seen = new Set() }
  return (id) => {
    if (of !== undefined) return void seen.add(id)
    const now = clock()
    if (now - last > 20_000_000n) { const next = read(folder + '/test', 'utf8'); if (next !== test) seen = new Set(), test = next }
    last = now
    if (!seen.has(id)) seen.add(id), append(log, test + ' ' + id + String.fromCharCode(10))
  }
})`.replaceAll(/\n\s*/g, '; ')

/** A test file whose tests say which one runs. What is reached by its imports, or before its first test, counts for each of them. */
export function withNames(source: string, file: string, folder: string): string {
  const say = `__say(${JSON.stringify(folder)} + '/test', globalThis.__tests.test)`
  return [
    `import { test as __runner } from '@playwright/test'; import { writeFileSync as __say } from 'node:fs'`,
    `__runner.beforeAll(() => { globalThis.__tests.test = '${file}'; globalThis.__tests.flush?.(); ${say} })`,
    `__runner.beforeEach(({}, info) => { globalThis.__tests.flush?.(); globalThis.__tests.test = '${file}:' + info.line; ${say} })`,
    `__runner.afterEach(() => globalThis.__tests.flush?.())`,
    source,
  ].join('; ')
}

/** A test file whose tests run once for each mutant, by `each.ts`. */
export function withEach(source: string, file: string): string {
  const bodies: Wrap[] = []
  visit(file, source, ({ type, callee, arguments: given }) => {
    if (type !== 'CallExpression' || !isNode(callee) || callee.type !== 'Identifier' || !Array.isArray(given)) return
    const body: unknown = given.at(-1)
    if (!TESTS.has(String(callee['name'])) || !isNode(body) || !/Function/.test(body.type)) return
    bodies.push({ start: body.start, end: body.end, render: (inner) => `globalThis.__each(${inner})` })
  })
  return rendered(source, bodies)
}

/** Names under which test files declare their tests. */
const TESTS: ReadonlySet<string> = new Set(['test', 'withServer'])

/** Settings of the runner, which its processes load before anything else. */
export const withMark = (config: string): string => `globalThis.__tests = {}; ${config}`

/** The ranges of a file that run as a whole, or not at all. */
export function placesIn(file: string, source: string): readonly (Place & { readonly kind: Kind })[] {
  const places = new Map<string, Place & { readonly kind: Kind }>()
  const add = (node: unknown, kind: Kind): void => {
    if (!isNode(node) || node.type === 'EmptyStatement') return
    const { type, start, end } = node
    places.set(`${start}-${end}`, { start, end, kind: type === 'BlockStatement' ? 'block' : kind })
  }
  visit(file, source, (node) => {
    for (const [child, kind] of branchesOf(node)) add(child, kind)
  })
  return [...places.values()]
}

function branchesOf(node: Node): readonly (readonly [unknown, Kind])[] {
  const { type, body, consequent, alternate, right } = node
  // A range of a type, or of a function without a body, is never reached.
  if (/Function/.test(type)) return [[body, 'expression']]
  if (type === 'IfStatement') {
    return [
      [consequent, 'statement'],
      [alternate, 'statement'],
    ]
  }
  if (type === 'ConditionalExpression') {
    return [
      [consequent, 'expression'],
      [alternate, 'expression'],
    ]
  }
  if (type === 'LogicalExpression') return [[right, 'expression']]
  if (type === 'SwitchCase') return [[Array.isArray(consequent) ? consequent[0] : undefined, 'first']]
  return /^(?:For|While|DoWhile)/.test(type) ? [[body, 'statement']] : []
}

/** A source with code before its own; after the line that says which program runs it, if there is one. */
const begunWith = (code: string, source: string): string => source.replace(/^(?:#!.*\n)?/, (line) => `${line}${code} `)

/** A source with ranges replaced; those inside of others first. */
function rendered(source: string, wraps: readonly Wrap[]): string {
  const left = wraps.toSorted((one, other) => one.start - other.start || other.end - one.end)
  const upTo = (from: number, end: number): string => {
    let [text, at] = ['', from]
    for (let next = left[0]; next !== undefined && next.start < end; next = left[0]) {
      left.shift()
      text += source.slice(at, next.start) + next.render(upTo(next.start, next.end))
      at = next.end
    }
    return text + source.slice(at, end)
  }
  return upTo(0, source.length)
}
