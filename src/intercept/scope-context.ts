import type { AsyncLocalStorage } from 'node:async_hooks'
import { sharedPlace } from './hook.ts'

/** The place of a scope in an asynchronous context: the context is entered before its cassette is open. */
export interface ScopePlace<Scope> {
  scope: Scope | undefined
}

/** Every copy of this package in a process has to see the same contexts. */
const CONTEXT = Symbol.for('wiretape.scope-context')

/** The asynchronous contexts of this process that belong to a scope. */
export function scopeContext<Scope>(): AsyncLocalStorage<ScopePlace<Scope>> {
  const known: AsyncLocalStorage<ScopePlace<Scope>> | undefined = Reflect.get(sharedPlace(), CONTEXT)
  if (known !== undefined) return known
  const { AsyncLocalStorage: Context } = process.getBuiltinModule('node:async_hooks')
  const made = new Context<ScopePlace<Scope>>()
  Object.defineProperty(sharedPlace(), CONTEXT, { value: made })
  return made
}
