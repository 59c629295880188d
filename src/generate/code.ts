import { toPrintableJson } from '../content/printable.ts'

/** A JSON value as an expression of TypeScript; data stays data: nothing in it can end a literal, or begin a script in HTML. */
export function toCode(value: unknown): string {
  return toPrintableJson(value).replaceAll(/[<>]/g, (character) => (character === '<' ? '\\u003c' : '\\u003e'))
}
