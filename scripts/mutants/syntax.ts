import { parseSync } from 'oxc-parser'

export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

/** Calls `act` with each node of a source file that stands for something that runs; no types, imports, or texts of messages. */
export function visit(file: string, source: string, act: (node: Node) => void): void {
  within(parseSync(file, source).program, act)
}

/** All nodes of a source file. */
export function nodesOf(file: string, source: string): readonly Node[] {
  const nodes: Node[] = []
  const add = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(add)
    if (!isNode(value)) return
    nodes.push(value)
    for (const child of Object.values(value)) if (typeof child === 'object') add(child)
  }
  add(parseSync(file, source).program)
  return nodes
}

function within(value: unknown, act: (node: Node) => void): void {
  if (Array.isArray(value)) return value.forEach((each) => within(each, act))
  if (!isNode(value) || SKIPPED.test(value.type)) return
  act(value)
  for (const [name, child] of Object.entries(value)) {
    const isName = name === 'key' && value['computed'] === false
    if (typeof child === 'object' && !isName) within(child, act)
  }
}

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value && 'end' in value

const SKIPPED = /^(?:TS(?!As|NonNull|Satisfies).*|Import.*|Export(?:All|Specifier).*|ThrowStatement|TemplateLiteral)$/
