import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** A mishap at one call of the file system. */
export type Mishap =
  /** The call fails with this code: only this call, or also all later writes. */
  | { readonly type: 'error'; readonly code: ErrorCode; readonly persists: boolean }
  /** A write is only partly done; `fails`: whether the disk is full for the rest. */
  | { readonly type: 'short'; readonly fails: boolean }
  /** The process is killed before the call, after it, or in the middle of its write. */
  | { readonly type: 'kill'; readonly moment: 'before' | 'behind' | 'within' }

export type ErrorCode = 'ENOSPC' | 'EIO' | 'EROFS'

/** Wraps the file system for files in one folder. */
export interface Seam {
  /** The calls so far, by name. */
  readonly calls: readonly string[]
  /** Whether the mishap has happened. */
  readonly hasStruck: boolean
  remove(): void
}

// oxfmt-ignore
const CALLS = ['mkdirSync', 'openSync', 'writeSync', 'readSync', 'fsyncSync', 'ftruncateSync', 'closeSync', 'fstatSync', 'lstatSync',
  'renameSync', 'linkSync', 'unlinkSync', 'rmdirSync', 'writeFileSync', 'readFileSync', 'readdirSync'] as const

const WRITES: ReadonlySet<string> = new Set([
  'mkdirSync',
  'openSync',
  'writeSync',
  'fsyncSync',
  'renameSync',
  'linkSync',
  'writeFileSync',
])

type AnyFunction = (...args: readonly unknown[]) => unknown

/**
 * Causes `mishap` at call number `at` (from 0) that touches `folder`. Without a mishap it only counts.
 *
 * Calls that still work on a full or read-only disk (reading, removing, closing) are not affected.
 */
export function installSeam(folder: string, at = -1, mishap?: Mishap): Seam {
  const calls: string[] = []
  const descriptors = new Set<unknown>()
  const module: Record<string, unknown> = Object(fs)
  const originals = new Map<string, unknown>()
  let hasStruck = false
  let restIsFull = false

  const isOurs = ([target]: readonly unknown[]): boolean =>
    typeof target === 'string' ? target.startsWith(folder) : descriptors.has(target)

  function call(name: string, original: AnyFunction, args: readonly unknown[]): unknown {
    const index = calls.push(name) - 1
    const isHit = index === at && mishap !== undefined
    const isHitAgain = hasStruck && mishap?.type === 'error' && mishap.persists && WRITES.has(name)
    const failsNow = restIsFull && name === 'writeSync'
    if (!isHit && !isHitAgain && !failsNow) return run(name, original, args)
    hasStruck = true
    if (mishap === undefined || failsNow) throw errorOf('ENOSPC', name)
    return strike(name, original, args)
  }

  function strike(name: string, original: AnyFunction, args: readonly unknown[]): unknown {
    switch (mishap?.type) {
      case 'error':
        // A descriptor is released even if `close` fails.
        if (name === 'closeSync') run(name, original, args)
        throw errorOf(mishap.code, name)
      case 'short':
        if (name !== 'writeSync') return run(name, original, args)
        restIsFull = mishap.fails
        return original(...half(args))
      case 'kill':
        if (mishap.moment === 'behind') run(name, original, args)
        if (mishap.moment === 'within' && name === 'writeSync') original(...half(args))
        process.kill(process.pid, 'SIGKILL')
        for (;;); // The signal is on its way.
      case undefined:
        return run(name, original, args)
    }
  }

  function run(name: string, original: AnyFunction, args: readonly unknown[]): unknown {
    const result = original(...args)
    if (name === 'openSync') descriptors.add(result)
    if (name === 'closeSync') descriptors.delete(args[0])
    return result
  }

  for (const name of CALLS) {
    const original: unknown = module[name]
    if (!isFunction(original)) continue
    originals.set(name, original)
    module[name] = (...args: readonly unknown[]): unknown =>
      isOurs(args) ? call(name, original, args) : original(...args)
  }
  syncBuiltinESMExports()
  return {
    calls,
    get hasStruck() {
      return hasStruck
    },
    remove() {
      for (const [name, original] of originals) module[name] = original
      syncBuiltinESMExports()
    },
  }
}

const isFunction = (value: unknown): value is AnyFunction => typeof value === 'function'

const errorOf = (code: string, call: string): Error =>
  Object.assign(new Error(`${code}: injected, ${call.replace(/Sync$/, '')}`), { code, syscall: call })

/** The arguments of `writeSync(descriptor, bytes, offset, length)` for the first half of it. */
function half([descriptor, bytes, offset = 0, length]: readonly unknown[]): readonly unknown[] {
  const whole = typeof length === 'number' ? length : bytes instanceof Uint8Array ? bytes.length : 0
  return [descriptor, bytes, offset, whole >> 1]
}
