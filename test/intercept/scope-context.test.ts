import { expect, test } from '../helpers/test.ts'
import {
  enterPlace,
  insidePlace,
  leavePlace,
  scopeContext,
  type ScopePlace,
} from '../../src/intercept/scope-context.ts'

interface Named {
  readonly name: string
  isEnded: boolean
}

const named = (name: string): Named => ({ name, isEnded: false })

/** Runs in a context of its own, so that nothing of it is left to other tests. */
const apart = (run: () => void): void => scopeContext<Named>().run({ scope: undefined }, run)

const now = (): string | undefined => scopeContext<Named>().getStore()?.scope?.name

/** Enters a place whose scope is open at once. */
function enter(scope: Named): ScopePlace<Named> {
  const place = enterPlace<Named>()
  place.scope = scope
  return place
}

test('all who ask for the context of scopes get the same one', () => {
  expect(scopeContext()).toBe(scopeContext())
})

test('a place is inside the one that was entered before, and counts until it is left', () => {
  apart(() => {
    const [file, one] = [named('file'), named('one')]
    const outer = enter(file)
    const inner = enter(one)
    expect([now(), inner.outer]).toEqual(['one', outer])
    one.isEnded = true
    leavePlace(inner)
    expect(now()).toBe('file')
    // It is not where the caller is any more.
    leavePlace(inner)
    expect(now()).toBe('file')
  })
})

test('places whose scopes have ended are passed over, when one is entered and when one is left', () => {
  apart(() => {
    const [file, one, two] = [named('file'), named('one'), named('two')]
    const outer = enter(file)
    const first = enter(one)
    one.isEnded = true
    expect(enter(two).outer).toBe(outer)
    expect(first.outer).toBe(outer)
  })
  apart(() => {
    const [file, one, two] = [named('file'), named('one'), named('two')]
    enter(file)
    enter(one)
    const last = enter(two)
    one.isEnded = true
    two.isEnded = true
    leavePlace(last)
    expect(now()).toBe('file')
  })
})

test('where everything around has ended, the caller stays', () => {
  apart(() => {
    const [file, one] = [named('file'), named('one')]
    enter(file)
    const inner = enter(one)
    file.isEnded = true
    one.isEnded = true
    leavePlace(inner)
    // What is around all of them has no scope, and has not ended.
    expect(now()).toBeUndefined()
  })
  const context = scopeContext<Named>()
  const only: ScopePlace<Named> = { scope: named('only') }
  context.run(only, () => {
    leavePlace(only)
    expect(now()).toBe('only')
  })
})

test('what is started inside of a place leaves the caller where it was', () => {
  apart(() => {
    enter(named('file'))
    const inside = insidePlace(() => {
      enter(named('one'))
      return now()
    })
    expect([inside, now()]).toEqual(['one', 'file'])
    expect(() =>
      insidePlace(() => {
        enter(named('two'))
        throw new Error('no')
      }),
    ).toThrow('no')
    expect(now()).toBe('file')
  })
})
