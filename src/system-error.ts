import { getSystemErrorMap } from 'node:util'

/** The `errno` of a code such as `ECONNRESET` on this system; Linux, macOS and Windows have different numbers. */
export function errnoOf(code: string): number | undefined {
  for (const [number, [name]] of getSystemErrorMap()) if (name === code) return number
  return undefined
}
