import { getSystemErrorMap } from 'node:util'

/** The number (`errno`) that Node has on this system for a code such as `ECONNRESET`; Linux, macOS and Windows differ in them. */
export function errnoOf(code: string): number | undefined {
  for (const [number, [name]] of getSystemErrorMap()) if (name === code) return number
  return undefined
}
