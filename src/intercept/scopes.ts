import type { Connector } from '../transport.ts'
import type { Destination } from './destination.ts'
import { scopeContext } from './scope-context.ts'

/** Whose cassette a connection, or one request on it, belongs to: a test, or a file of tests. */
export interface Scope {
  /** For people: the name of the cassette or the titles of the test. */
  readonly title: string
  /** Records or replays. */
  readonly connector: Connector
  /** Whether it lives as long as the tests of a file, and so takes what is of no test: pools and what is not HTTP. */
  readonly isOfFile: boolean
  /** Whether it stands for what is of no test and no file. */
  readonly isOutside?: boolean | undefined
  /** Whether only the asynchronous context can tell that it is meant: the tests of other processes, in the app that they test. */
  readonly isByContext?: boolean | undefined
  /**
   * Whether `connector` only records connections that it opens itself, so that the client's own may be recorded in their place. Asked when a
   * client connects. Absent: no.
   */
  readonly recordsSockets?: boolean | undefined
  /** What happens with a connection that the program makes. */
  decide(destination: Destination): Decision
  /** Whether its test has ended; what comes now is too late. */
  readonly isEnded: boolean
  /** Something came for it after its end. */
  noteLate(what: string): void
  /** A request of it was about to leave on a connection that is not known here. */
  noteEscape(error: Error): void
}

/** `take`: record or replay. `pass`: leave alone. Otherwise the reason why there is no connection. */
export type Decision = 'take' | 'pass' | Error

/**
 * Which scope is meant, now and here.
 *
 * The asynchronous context decides, where the code of a test runs inside a context of its own. Where it was lost, as in a pool that was
 * filled earlier, the only scope that is open is meant; and if several are, that of the file.
 */
export class Scopes {
  readonly #context = scopeContext<Scope>()
  readonly #open = new Set<Scope>()
  /** Called before the scope of a file is looked for: a runner may have turned to another file. */
  beforeAsked: (() => void) | undefined

  get isEmpty(): boolean {
    return this.#open.size === 0
  }

  /** Whether requests could be given to the wrong test. */
  get areSeveral(): boolean {
    return this.#tests().length > 1
  }

  /** The scope that the calling code belongs to; it may have ended. */
  get inContext(): Scope | undefined {
    const place = this.#context.getStore()
    return place?.scope ?? place?.outer?.scope
  }

  /** The scope of the file, if there is one. */
  get ofFile(): Scope | undefined {
    this.beforeAsked?.()
    return [...this.#open].findLast((scope) => scope.isOfFile)
  }

  /** `undefined` if there is none, or if several tests run and none of them is known to be meant. */
  get now(): Scope | undefined {
    return this.inContext ?? this.withoutContext
  }

  /** The same for code whose context says nothing. */
  get withoutContext(): Scope | undefined {
    const tests = this.#tests().filter((scope) => scope.isByContext !== true)
    return tests.length === 1 ? tests[0] : this.ofFile
  }

  /** The scope is open from now on, in every context that names no other. */
  open(scope: Scope): void {
    this.#open.add(scope)
  }

  close(scope: Scope): void {
    this.#open.delete(scope)
  }

  #tests(): readonly Scope[] {
    return [...this.#open].filter((scope) => !scope.isOfFile)
  }
}
