import { AsyncLocalStorage } from 'node:async_hooks'
import { resolve } from 'node:path'
import { after } from 'node:test'
import { callAt, callerPlace } from './caller-place.ts'
import { FileRun } from './file-run.ts'
import type { RunnerOptions } from './runner-options.ts'
import type { Outcome, Tape } from './tape.ts'
import { isTestFunction, standIn, type TestFunction, wrapped } from './wrap.ts'

/** A test as it was defined. */
interface Definition {
  readonly titles: readonly string[]
  readonly run: FileRun
  tries: number
}

/** A test that runs. */
interface Running {
  readonly run: FileRun
  readonly tape: Tape
}

/** What is used of a context of `node:test`. */
interface TestContext {
  readonly fullName?: string
  after(fn: () => Promise<void>): void
}

/** The tests of a process of `node --test`: one file, unless isolation is off. */
export class NodeTests {
  readonly #options: () => RunnerOptions
  readonly #runs = new Map<string, FileRun>()
  /** The titles around the code that defines tests. */
  readonly #around = new AsyncLocalStorage<readonly string[]>()
  readonly #defined = new Map<string, Definition[]>()
  readonly #running = new WeakMap<object, Running>()
  /** Set inside a test: what is defined there are subtests. */
  readonly #inside = new AsyncLocalStorage<Running>()

  constructor(options: () => RunnerOptions) {
    this.#options = options
    after(() => this.#finish())
    // Before the first test, as code beside the tests may connect, too.
    if (!IS_SHARED && process.argv[1] !== undefined) this.#runOf(process.argv[1])
  }

  /** A function that defines tests, with those that hang on it. */
  test<Fn extends object>(original: Fn): Fn {
    return this.#withVariants(original, (args) => this.#withTape(args))
  }

  /** A function that defines suites. */
  suite<Fn extends object>(original: Fn): Fn {
    return this.#withVariants(original, (args) => {
      const titles = [...(this.#around.getStore() ?? []), titleOf(args)]
      return replaced(args, (fn) => wrapped(fn, (call) => this.#around.run(titles, call)))
    })
  }

  /** A function that defines hooks of tests. */
  hook<Fn extends object>(original: Fn): Fn {
    return this.#withVariants(original, (args) => replaced(args, (fn) => this.#inTest(fn)))
  }

  #withVariants<Fn extends object>(original: Fn, change: (args: readonly unknown[]) => readonly unknown[]): Fn {
    return new Proxy(original, {
      apply: (target, _self, args: readonly unknown[]) => {
        const place = callerPlace()
        const changed = change(args)
        return isTestFunction(target) ? callAt(place, target, changed) : undefined
      },
      get: (target, name, receiver) => {
        const found: unknown = Reflect.get(target, name, receiver)
        return VARIANTS.has(name) && typeof found === 'function' ? this.#withVariants(found, change) : found
      },
    })
  }

  #withTape(args: readonly unknown[]): readonly unknown[] {
    if (this.#inside.getStore() !== undefined) return args
    const titles = [...(this.#around.getStore() ?? []), titleOf(args)]
    const definition: Definition = { titles, run: this.#runOf(callerPlace()?.file ?? process.cwd()), tries: 0 }
    definition.run.expect(definition, titles)
    const fullName = titles.join(' > ')
    this.#defined.set(fullName, [...(this.#defined.get(fullName) ?? []), definition])
    return replaced(args, (fn) => this.#recorded(fn, definition))
  }

  /** A test, in the context of its tape. */
  #recorded(fn: TestFunction, definition: Definition): TestFunction {
    return standIn(ONE_PARAMETER, async (self, args) => {
      const [context] = args
      if (!isContext(context)) return Reflect.apply(fn, self, args)
      const running = this.#runningOf(context, definition)
      let outcome: Outcome = 'failed'
      try {
        const result: unknown = await this.#run(running, () => called(fn, self, args))
        if (running.tape.problem !== undefined) throw running.tape.problem
        outcome = 'passed'
        return result
      } finally {
        // After the hooks that the test itself has asked for.
        context.after(() => this.#end(context, running, outcome))
      }
    })
  }

  #inTest(fn: TestFunction): TestFunction {
    return standIn(fn, (self, args) => {
      const [context] = args
      const call = (): unknown => Reflect.apply(fn, self, args)
      if (!isContext(context) || this.#inside.getStore() !== undefined) return call()
      const running = this.#running.get(context) ?? this.#expected(context)
      return running === undefined ? call() : this.#run(running, call)
    })
  }

  #run<Result>(running: Running, call: () => Result): Result {
    return this.#inside.run(running, () => running.tape.run(call))
  }

  /** A hook comes before the test itself, and knows it by its name only. */
  #expected(context: TestContext): Running | undefined {
    const all = this.#defined.get(context.fullName ?? '') ?? []
    const definition = all.find(({ tries }) => tries === 0) ?? all.at(-1)
    return definition && this.#runningOf(context, definition)
  }

  #runningOf(context: TestContext, definition: Definition): Running {
    const known = this.#running.get(context)
    if (known !== undefined) return known
    const { run, titles } = definition
    const tape = run.begin(definition, { titles, isRetry: definition.tries > 0 })
    definition.tries++
    const running = { run, tape }
    this.#running.set(context, running)
    return running
  }

  async #end(context: TestContext, { run, tape }: Running, outcome: Outcome): Promise<void> {
    this.#running.delete(context)
    const isSkipped = Reflect.get(context, 'skipped') === true
    const problem = await run.end(tape, isSkipped ? 'skipped' : outcome)
    if (problem !== undefined && outcome === 'passed') throw problem
  }

  #runOf(file: string): FileRun {
    const path = resolve(IS_SHARED ? file : (process.argv[1] ?? file))
    const known = this.#runs.get(path)
    if (known !== undefined) return known
    const flag = hasArgument(/^--test-update-snapshots$/) ? 'update' : undefined
    const run = new FileRun({ file: path, options: this.#options, flag })
    if (hasArgument(/^--test-(?:name|skip)-pattern|^--test-only$/)) run.noteLeftOut()
    this.#runs.set(path, run)
    return run
  }

  async #finish(): Promise<void> {
    const problems = await Promise.all(Array.from(this.#runs.values(), (run) => run.finish()))
    const problem = problems.find((each) => each !== undefined)
    if (problem !== undefined) throw problem
  }
}

/** Whether several files run in this process: `node --test --test-isolation=none`. */
const IS_SHARED = process.execArgv.includes('--test')

/** A test that takes its context, and no callback. */
const ONE_PARAMETER: TestFunction = (_context) => {}

const VARIANTS: ReadonlySet<PropertyKey> = new Set(['only', 'skip', 'todo', 'it', 'test', 'suite', 'describe'])

const hasArgument = (pattern: RegExp): boolean => process.execArgv.some((argument) => pattern.test(argument))

/** The name, or that of the function, as `node:test` does it. */
function titleOf(args: readonly unknown[]): string {
  const [first] = args
  if (typeof first === 'string') return first
  const fn = args.findLast(isTestFunction)
  const name: unknown = Reflect.get(Object(first), 'name')
  return typeof name === 'string' && name !== '' ? name : fn?.name || '<anonymous>'
}

function replaced(args: readonly unknown[], change: (fn: TestFunction) => TestFunction): readonly unknown[] {
  const place = args.findLastIndex(isTestFunction)
  return args.map((arg, index) => (index === place && isTestFunction(arg) ? change(arg) : arg))
}

/** Calls a function of a test, with a callback if it takes one. */
function called(fn: TestFunction, self: unknown, args: readonly unknown[]): unknown {
  if (fn.length < 2) return Reflect.apply(fn, self, args)
  return new Promise<void>((pass, fail) => {
    Reflect.apply(fn, self, [args[0], (error: unknown) => (error ? fail(error) : pass())])
  })
}

const isContext = (value: unknown): value is TestContext =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'after') === 'function'
