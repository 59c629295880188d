import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

/** The folder of our sources. */
export const SRC = resolve(import.meta.dirname, '../../src')

/** All source files, by path from `src`, each with what it imports: paths from `src`, packages, modules of Node. */
export function readImports(): ReadonlyMap<string, ReadonlySet<string>> {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  return new Map(files.toSorted().map((file) => [file, importsOf(file, readFileSync(join(SRC, file), 'utf8'))]))
}

/** Types count, too: a file that uses a name depends on it. */
export function importsOf(file: string, text: string): ReadonlySet<string> {
  const specifiers = text.matchAll(
    /(?:^(?:import|export)\s+(?:[\w*${},\s]*\sfrom\s+)?|\b(?:import|getBuiltinModule)\(\s*)['"]([^'"]+)['"]/gm,
  )
  const targets = Array.from(specifiers, ([, target = '']) =>
    target.startsWith('.') ? relative(SRC, resolve(SRC, dirname(file), target)) : target,
  )
  return new Set(targets)
}

/** The room of a file: its folder, or itself at the top of `src`. */
export const roomOf = (file: string): string => (file.includes('/') ? dirname(file) : file)

/** The same graph between rooms. */
export function roomGraph(imports: ReadonlyMap<string, ReadonlySet<string>>): ReadonlyMap<string, ReadonlySet<string>> {
  const rooms = new Map<string, Set<string>>()
  for (const [file, targets] of imports) {
    const room = roomOf(file)
    const others = rooms.get(room) ?? new Set<string>()
    rooms.set(room, others)
    for (const target of targets) if (imports.has(target) && roomOf(target) !== room) others.add(roomOf(target))
  }
  return rooms
}

/** Groups of nodes that reach each other; an empty list for a graph without circles. By Tarjan's algorithm. */
export function circlesIn(graph: ReadonlyMap<string, ReadonlySet<string>>): readonly (readonly string[])[] {
  const circles: string[][] = []
  const numbers = new Map<string, { readonly index: number; low: number }>()
  const stack: string[] = []
  const visit = (node: string): { readonly index: number; low: number } => {
    const own = { index: numbers.size, low: numbers.size }
    numbers.set(node, own)
    stack.push(node)
    for (const target of graph.get(node) ?? []) {
      if (!graph.has(target)) continue
      const known = numbers.get(target)
      if (known === undefined) own.low = Math.min(own.low, visit(target).low)
      else if (stack.includes(target)) own.low = Math.min(own.low, known.index)
    }
    if (own.low === own.index) {
      const group = stack.splice(stack.indexOf(node))
      if (group.length > 1) circles.push(group.toSorted())
    }
    return own
  }
  for (const node of graph.keys()) if (!numbers.has(node)) visit(node)
  return circles
}

/** Lines of code of each room, the largest first. */
export function roomSizes(files: Iterable<string>): readonly { readonly room: string; readonly lines: number }[] {
  const sizes = new Map<string, number>()
  for (const file of files) {
    const lines = readFileSync(join(SRC, file), 'utf8').split('\n').length - 1
    sizes.set(roomOf(file), (sizes.get(roomOf(file)) ?? 0) + lines)
  }
  return Array.from(sizes, ([room, lines]) => ({ room, lines })).toSorted((one, other) => other.lines - one.lines)
}
