/** A function of a test or a hook. */
export type TestFunction = (this: unknown, ...args: readonly unknown[]) => unknown

/** Runs code somewhere, as in an asynchronous context. */
export type Around = <Result>(run: () => Result) => Result

/** Wrapped functions, and what is in them. */
const originals = new WeakMap<object, TestFunction>()

/** The function itself, if it has been wrapped: a test that is tried again is wrapped again. */
export const originalOf = (fn: TestFunction): TestFunction => originals.get(fn) ?? fn

/** What a runner gets instead of `original`: it has the same name and number of parameters, by which runners know whether it takes a callback. */
export function standIn(
  original: TestFunction,
  call: (self: unknown, args: readonly unknown[]) => unknown,
): TestFunction {
  const outer: TestFunction = function (this: unknown, ...args) {
    return call(this, args)
  }
  Object.defineProperty(outer, 'length', { value: original.length })
  Object.defineProperty(outer, 'name', { value: original.name })
  originals.set(outer, originalOf(original))
  return outer
}

/** `fn` as it is, run by `around`; a generator stays as it is, since runners know these by their kind. */
export function wrapped(fn: TestFunction, around: Around): TestFunction {
  if (Object.prototype.toString.call(fn) === '[object GeneratorFunction]') return fn
  const original = originalOf(fn)
  return standIn(original, (self, args) => around(() => Reflect.apply(original, self, args)))
}

/** `fn`, which fails with what `problem` gives once it has passed. */
export function checked(fn: TestFunction, problem: () => Error | undefined): TestFunction {
  if (fn.length > 0)
    return standIn(fn, (self, args) =>
      Reflect.apply(fn, self, [...args.slice(0, -1), withProblem(args.at(-1), problem)]),
    )
  return standIn(fn, async (self, args) => {
    const result: unknown = await Reflect.apply(fn, self, args)
    const found = problem()
    if (found !== undefined) throw found
    return result
  })
}

function withProblem(callback: unknown, problem: () => Error | undefined): unknown {
  if (typeof callback !== 'function') return callback
  const outer = (error?: unknown): unknown => Reflect.apply(callback, undefined, [error ?? problem()])
  // Mocha's `done` has methods of its own.
  return Object.assign(outer, callback)
}

export const isTestFunction = (value: unknown): value is TestFunction => typeof value === 'function'
