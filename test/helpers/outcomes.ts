import { fileURLToPath } from 'node:url'
import { expectKept } from './kept-text.ts'

/** Compares lines with a text that is kept in a file. */
export const expectKeptLines = (file: URL, lines: readonly string[]): void =>
  expectKept(fileURLToPath(file), `${lines.join('\n')}\n`)

/** A text in one line: what is not printable ASCII is escaped. */
export const inOneLine = (text: string): string =>
  text.replaceAll(/[^\x20-\x7e]|\\/g, (char) => {
    const code = char.charCodeAt(0)
    if (char === '\\') return '\\\\'
    if (char === '\n') return '\\n'
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })

/** What a function gives, or the error that it throws, in one line. */
export function outcome(run: () => unknown): string {
  try {
    return shown(run())
  } catch (error) {
    return `throws ${inOneLine(error instanceof Error ? `${error.name}: ${error.message}` : String(error))}`
  }
}

/** A value in one line, as JSON with maps, sets, bytes and what is undefined in it. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${inOneLine(value)}'`
  if (typeof value === 'bigint') return `${value}n`
  if (value instanceof Error) return `${value.name}: ${inOneLine(value.message)}`
  if (value instanceof Uint8Array) return `bytes '${inOneLine(Buffer.from(value).toString('latin1'))}'`
  if (value instanceof Map) return `Map ${shown([...value])}`
  if (value instanceof Set) return `Set ${shown([...value])}`
  if (value instanceof RegExp || typeof value !== 'object' || value === null)
    return typeof value === 'function' ? 'function' : String(value)
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`
  const members = Object.entries(value).map(([name, member]) => `${name}: ${shown(member)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

/** Lines of things with the same outcome: the outcome, and the things below it. */
export function linesOf(groups: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const lines: string[] = []
  for (const [name, things] of groups) {
    lines.push(name)
    for (const thing of things) lines.push(`  ${thing}`)
  }
  return lines
}
