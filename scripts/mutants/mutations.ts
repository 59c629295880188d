import { isNode, type Node, visit } from './syntax.ts'

/** A small change of a source file. */
export interface Mutant {
  /** Path from `src`. */
  readonly file: string
  readonly line: number
  /** The range that is replaced, and its replacement. */
  readonly start: number
  readonly end: number
  readonly text: string
  /** The change in a few words. */
  readonly what: string
  /** What the range is, which says how both forms can stand in one file. */
  readonly part: 'expression' | 'statement' | 'element' | 'property'
}

type Change = Omit<Mutant, 'file' | 'line'>

/** All mutants of a file. Types, imports and the texts of messages are left alone: no test should depend on them. */
export function mutantsOf(file: string, source: string): readonly Mutant[] {
  const changes: Change[] = []
  visit(file, source, (node) => void changes.push(...changesOf(node, source)))
  return changes.map(({ start, end, text, what, part }) => {
    return { file, line: source.slice(0, start).split('\n').length, start, end, text, what, part }
  })
}

function changesOf(node: Node, source: string): readonly Change[] {
  const { type, start, end } = node
  const text = source.slice(start, end)
  const change = (what: string, by: string, at: { readonly start: number; readonly end: number } = node): Change => ({
    start: at.start,
    end: at.end,
    text: by,
    part: type.endsWith('Statement') && at === node ? 'statement' : 'expression',
    what: `${what}: ${excerpt(source.slice(at.start, at.end))} -> ${excerpt(by)}`,
  })
  switch (type) {
    case 'IfStatement':
    case 'ConditionalExpression':
    case 'WhileStatement':
      return isNode(node['test'])
        ? [change('condition negated', `!(${textOf(node['test'], source)})`, node['test'])]
        : []
    case 'BinaryExpression':
      return operatorChanges(node, source, COMPARISONS, change)
    case 'LogicalExpression':
      return operatorChanges(node, source, LOGIC, change)
    case 'AssignmentExpression':
    case 'UpdateExpression':
      return type === 'UpdateExpression' || /^[+-]=/.test(String(node['operator']))
        ? [change('sign', text.includes('++') ? text.replace('++', '--') : swapSign(text))]
        : []
    case 'ExpressionStatement': {
      const { expression } = node
      const isCall = isNode(expression) && /^(?:Call|Await|Chain|Assignment)Expression$/.test(expression.type)
      return isCall ? [change('statement dropped', ';')] : []
    }
    case 'AwaitExpression':
      return [change('await dropped', `(${text.slice('await'.length)})`)]
    case 'ReturnStatement':
      return isNode(node['argument']) && text !== 'return undefined'
        ? [change('nothing returned', 'return undefined as never')]
        : []
    case 'Literal':
      return literalChanges(node, text, change)
    case 'ArrayExpression':
    case 'ObjectExpression':
      return elementChanges(node, source, change)
    case 'CallExpression':
      return /^Math\.(?:min|max)\(/.test(text)
        ? [
            change(
              'min and max',
              text.replace(/^Math\.m../, (name) => (name === 'Math.min' ? 'Math.max' : 'Math.min')),
            ),
          ]
        : []
    default:
      return []
  }
}

type MakeChange = (what: string, by: string, at?: Node) => Change

const COMPARISONS: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '+': '-',
  '-': '+',
  '*': '/',
  '&': '|',
  '>>': '<<',
}
const LOGIC: Readonly<Record<string, string>> = { '&&': '||', '||': '&&' }

function operatorChanges(
  node: Node,
  source: string,
  swaps: Readonly<Record<string, string>>,
  change: MakeChange,
): readonly Change[] {
  const { left, right, operator } = node
  if (!isNode(left) || !isNode(right)) return []
  const [one, other] = [textOf(left, source), textOf(right, source)]
  if (operator === '??') return [change('default dropped', `(${one})`), change('always the default', `(${other})`)]
  const swap = swaps[String(operator)]
  // A plus may join texts, and a minus would then be meaningless.
  const isText = operator === '+' && /['"`]/.test(one + other)
  return swap === undefined || isText ? [] : [change('operator', `${one} ${swap} ${other}`)]
}

function literalChanges(node: Node, text: string, change: MakeChange): readonly Change[] {
  const { value } = node
  if (typeof value === 'number') return [change('number', String(value + 1))]
  if (typeof value === 'boolean') return [change('boolean', String(!value))]
  const [, pattern = '', flags = ''] = /^(\/.*\/)([a-z]+)$/.exec(text) ?? []
  return flags.includes('i') ? [change('flag dropped', pattern + flags.replace('i', ''))] : []
}

/** The last element of a list or table left out; only of long ones, which are tables. */
function elementChanges(node: Node, source: string, change: MakeChange): readonly Change[] {
  const items = node.type === 'ArrayExpression' ? node['elements'] : node['properties']
  if (!Array.isArray(items) || items.length < 3) return []
  return items.filter(isNode).flatMap((item) => {
    if (item.type.startsWith('Spread')) return []
    const comma = /^\s*,/.exec(source.slice(item.end))?.[0].length
    if (comma === undefined || /^[gs]et$/.test(String(item['kind']))) return []
    const part = item.type === 'Property' ? 'property' : 'element'
    return [{ ...change('element dropped', '', { ...item, end: item.end + comma }), part }]
  })
}

const textOf = (node: Node, source: string): string => source.slice(node.start, node.end)
const swapSign = (text: string): string =>
  text.replace(/--|\+=|-=/, (sign) => ({ '--': '++', '+=': '-=', '-=': '+=' })[sign] ?? sign)
const excerpt = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > 60 ? `${line.slice(0, 57)}...` : line || 'nothing'
}
