import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'
import type { TestFunction } from './wrap.ts'

/** A place in code. */
export interface Place {
  /** As Node names it: a path, or a URL of a module. */
  readonly script: string
  /** The path. */
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Where the code stands that called into this package. */
export function callerPlace(): Place | undefined {
  const stackTraceLimit: unknown = Reflect.get(Error, 'stackTraceLimit')
  const prepareStackTrace: unknown = Reflect.get(Error, 'prepareStackTrace')
  Object.assign(Error, { stackTraceLimit: 20, prepareStackTrace: (_: Error, found: unknown) => found })
  const frames: unknown = new Error('only for its stack').stack
  Object.assign(Error, { stackTraceLimit, prepareStackTrace })
  if (!Array.isArray(frames)) return undefined
  for (const frame of frames) {
    const script: unknown = frame.getFileName()
    if (typeof script !== 'string' || script.startsWith('node:') || dirname(script) === OWN) continue
    const file = script.startsWith('file:') ? fileURLToPath(script) : script
    return { script, file, line: Number(frame.getLineNumber()), column: Number(frame.getColumnNumber()) }
  }
  return undefined
}

/** Functions of this package, which nobody has written for their tests. */
const OWN = dirname(import.meta.url)

/**
 * Calls `fn` from a place: `node:test` shows where a test stands by looking at who calls it, and that should be its author.
 */
export function callAt(place: Place | undefined, fn: TestFunction, args: readonly unknown[]): unknown {
  if (place === undefined) return fn(...args)
  const { script, line, column } = place
  const options = { filename: script, lineOffset: line - 1, columnOffset: column - 1 }
  const call: unknown = new Script('(fn, args) => fn(...args)', options).runInThisContext()
  return typeof call === 'function' ? call(fn, args) : fn(...args)
}
