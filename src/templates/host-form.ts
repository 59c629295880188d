import { fits, mayHoldPlaceholder, patternOf, type Values } from './pattern.ts'

/** Whether an origin, or a host with its port, is a recorded one: in the place of a placeholder any part of a host name may stand. */
export function isHostOf(recorded: string, asked: string): boolean {
  if (recorded === asked) return true
  const pattern = mayHoldPlaceholder(recorded, 0) ? patternOf(recorded) : undefined
  const values: Values = new Map()
  if (pattern === undefined || !fits(pattern, asked, values)) return false
  return [...values.values()].every((value) => /^[^/:?#@[\]]+$/.test(value))
}
