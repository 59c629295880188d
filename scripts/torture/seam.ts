import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** What happens at one call of the file system. */
export type Mishap =
  /** The call fails with this code: this one, or it and all that would write after it. */
  | { readonly type: 'error'; readonly code: ErrorCode; readonly persists: boolean }
  /** A write takes a part only; `fails` says whether the rest finds the disk full. */
  | { readonly type: 'short'; readonly fails: boolean }
  /** The process is killed before the call, behind it, or in the middle of what it writes. */
  | { readonly type: 'kill'; readonly moment: 'before' | 'behind' | 'within' }

export type ErrorCode = 'ENOSPC' | 'EIO' | 'EROFS'

/** Stands between a recording and the file system, as far as files in one folder go. */
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
 * Lets `mishap` happen at call number `at` (from 0) that touches `folder`. Without one it only counts.
 *
 * What is left of the file system when a disk is full or read-only (reading, removing, closing) goes on.
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
        // A descriptor is gone even where `close` fails.
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
