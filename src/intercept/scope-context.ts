import type { AsyncLocalStorage } from 'node:async_hooks'
import { sharedPlace } from './hook.ts'

/** The place of a scope in an asynchronous context: the context is entered before its cassette is open. */
export interface ScopePlace<Scope> {
  scope: Scope | undefined
  /** The place that was entered before, if its cassette was open: it counts again after this one. */
  readonly outer?: ScopePlace<Scope> | undefined
}

/** Every copy of this package in a process has to see the same contexts. */
const CONTEXT = Symbol.for('wiretape.scope-context')

interface Ending {
  readonly isEnded: boolean
}

/** Enters a place for a scope that is still to come, inside the one that is open here. */
export function enterPlace<Scope extends Ending>(): ScopePlace<Scope> {
  const place: ScopePlace<Scope> = { scope: undefined, outer: openPlace<Scope>() }
  scopeContext<Scope>().enterWith(place)
  return place
}

/**
 * The caller goes on in the place around this one. Where that has ended, or there is none, it stays: a request that comes too late is told,
 * and given to no other test.
 */
export function leavePlace<Scope extends Ending>(place: ScopePlace<Scope>): void {
  const context = scopeContext<Scope>()
  const { outer } = place
  if (context.getStore() === place && outer !== undefined && outer.scope?.isEnded !== true) context.enterWith(outer)
}

/** Starts what enters a place of its own; the caller does not go on in that. */
export function insidePlace<Result>(run: () => Result): Result {
  const outer = openPlace<Ending>()
  try {
    return run()
  } finally {
    // `AsyncLocalStorage.run` restores nothing if the caller is in that place already.
    if (outer !== undefined) scopeContext<Ending>().enterWith(outer)
  }
}

/** The place that this code is in, or the nearest around it whose scope has not ended. */
function openPlace<Scope extends Ending>(): ScopePlace<Scope> | undefined {
  let place = scopeContext<Scope>().getStore()
  while (place?.scope?.isEnded === true) place = place.outer
  return place
}

/** The asynchronous contexts of this process that belong to a scope. */
export function scopeContext<Scope>(): AsyncLocalStorage<ScopePlace<Scope>> {
  const known: AsyncLocalStorage<ScopePlace<Scope>> | undefined = Reflect.get(sharedPlace(), CONTEXT)
  if (known !== undefined) return known
  const { AsyncLocalStorage: Context } = process.getBuiltinModule('node:async_hooks')
  const made = new Context<ScopePlace<Scope>>()
  Object.defineProperty(sharedPlace(), CONTEXT, { value: made })
  return made
}
