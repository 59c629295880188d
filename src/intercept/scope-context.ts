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
  const context = scopeContext<Scope>()
  const place: ScopePlace<Scope> = { scope: undefined, outer: openFrom(context.getStore()) }
  context.enterWith(place)
  return place
}

/**
 * The caller goes on in the nearest place around this one whose scope has not ended. If there is none, it stays: a request that comes too
 * late is reported, and belongs to no other test.
 */
export function leavePlace<Scope extends Ending>(place: ScopePlace<Scope>): void {
  const context = scopeContext<Scope>()
  const outer = openFrom(place.outer)
  if (context.getStore() === place && outer !== undefined) context.enterWith(outer)
}

/** Starts what enters a place of its own; the caller does not go on in that. */
export function insidePlace<Result>(run: () => Result): Result {
  const context = scopeContext<Ending>()
  const outer = openFrom(context.getStore())
  try {
    return run()
  } finally {
    // `AsyncLocalStorage.run` restores nothing if the caller is in that place already.
    if (outer !== undefined) context.enterWith(outer)
  }
}

/** This place, or the nearest around it whose scope has not ended. */
function openFrom<Scope extends Ending>(innermost: ScopePlace<Scope> | undefined): ScopePlace<Scope> | undefined {
  let place = innermost
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
