import { createContext, Script } from 'node:vm'
import { WiretapeError } from '../errors.ts'
import { clearTimeout, setTimeout } from '../timers.ts'

/** How a call of the user's ended. */
export type Outcome<Value> = { readonly type: 'done'; readonly value: Value } | FailedCall

export interface FailedCall {
  readonly type: 'failed'
  readonly code: 'HOOK_FAILED' | 'HOOK_TIMEOUT'
  readonly reason: string
}

/**
 * Calls a function of the user's for at most so many milliseconds, endless loops and patterns that backtrack without end included.
 *
 * Its result is read by `read` within the same bounds. Only where it promises a result is that a promise here, too. A loop after an
 * `await` cannot be stopped by anybody.
 */
export function callBounded<Value>(
  call: () => unknown,
  read: (result: unknown) => Value,
  limit: number,
): Outcome<Value> | Promise<Outcome<Value>> {
  try {
    const given = stopAfter(limit, () => {
      const result = call()
      return isThenable(result) ? { promise: result } : { value: read(result) }
    })
    // Not within the bounds of the call: these end with it.
    return 'promise' in given ? promised(given.promise, read, limit) : { type: 'done', value: given.value }
  } catch (error) {
    return failedCall(error, limit)
  }
}

/** The same for a function that is synchronous. */
export function callAtOnce<Value>(
  call: () => unknown,
  read: (result: unknown) => Value,
  limit: number,
): Outcome<Value> {
  try {
    return { type: 'done', value: stopAfter(limit, () => read(refusePromise(call()))) }
  } catch (error) {
    return failedCall(error, limit)
  }
}

async function promised<Value>(
  result: PromiseLike<unknown>,
  read: (result: unknown) => Value,
  limit: number,
): Promise<Outcome<Value>> {
  let timer: NodeJS.Timeout | undefined
  try {
    const value = await new Promise<unknown>((resolve, reject) => {
      timer = setTimeout(() => reject(tooLate(limit)), limit)
      // A thenable may be anybody's code; that of a promise only notes who is to be told.
      stopAfter(limit, () => void result.then(resolve, reject))
    })
    return { type: 'done', value: stopAfter(limit, () => read(value)) }
  } catch (error) {
    return failedCall(error, limit)
  } finally {
    clearTimeout(timer)
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

/** For a hook that is synchronous. @throws TypeError for a promise, which may then reject without anybody's notice. */
export function refusePromise(result: unknown): unknown {
  if (!isThenable(result)) return result
  result.then(ignore, ignore)
  throw new TypeError('it returned a promise, and is synchronous')
}

const ignore = (): void => {}

const CALL = new Script('call()')
const WATCHED = createContext({ call: (): unknown => undefined })

/** `node:vm` can end what it runs, and what that calls, at any moment. */
function stopAfter<Value>(limit: number, call: () => Value): Value {
  const results: Value[] = []
  const outer = WATCHED['call']
  WATCHED['call'] = () => void results.push(call())
  try {
    CALL.runInContext(WATCHED, { timeout: limit })
  } finally {
    WATCHED['call'] = outer
  }
  for (const result of results) return result
  throw tooLate(limit)
}

const tooLate = (limit: number): WiretapeError => new WiretapeError('HOOK_TIMEOUT', `${limit} ms`)

function failedCall(error: unknown, limit: number): FailedCall {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  if (code === 'HOOK_TIMEOUT' || code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
    return { type: 'failed', code: 'HOOK_TIMEOUT', reason: `it took more than ${limit} ms` }
  return { type: 'failed', code: 'HOOK_FAILED', reason: describe(error) }
}

/** Whatever was thrown: also what cannot be made a text of. */
function describe(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : `it threw ${String(error)}`
  } catch {
    return 'it threw something that has no text'
  }
}
