import { type Context, receiveRequests } from '../intercept/incoming.ts'
import { scopeContext, type ScopePlace } from '../intercept/scope-context.ts'
import type { Scope } from '../intercept/scopes.ts'
import { GREETING, PASS_FIELD, readPass } from '../link/pass.ts'
import type { Join } from './join-app.ts'

/**
 * The tests whose requests reach this process, the app under test. What a request makes the program do, runs in the context of its test.
 *
 * Nothing but this is loaded before the first request of a test.
 */
export class TestsOfApp {
  readonly #secret: string
  readonly #load: () => Promise<Join>
  readonly #contexts = new Map<string, Context>()
  #loaded: Promise<Join> | undefined

  /** @param load what joins tests: a module that is not loaded before. */
  constructor(secret: string, load: () => Promise<Join>) {
    this.#secret = secret
    this.#load = load
  }

  /** Receives requests from now on. */
  receive(): void {
    receiveRequests({ field: PASS_FIELD, receive: (pass) => this.#contextOf(pass) })
  }

  #contextOf(pass: string): Context | 'greeting' | undefined {
    const known = this.#contexts.get(pass)
    if (known !== undefined) return known
    const test = readPass(this.#secret, pass)
    if (test === undefined) return undefined
    if (test.id === GREETING) return 'greeting'
    const place: ScopePlace<Scope> = { scope: undefined }
    const within: Context['within'] = (run) => scopeContext<Scope>().run(place, run)
    const context: Context = { within, ready: this.#join({ within, ready: undefined }, place, test.port, pass) }
    this.#contexts.set(pass, context)
    return context
  }

  /** @param joined the context when nothing has to wait any more. */
  async #join(joined: Context, place: ScopePlace<Scope>, port: number, pass: string): Promise<void> {
    this.#loaded ??= this.#load()
    const test = (await this.#loaded)(port, pass)
    place.scope = test
    await test.joined
    this.#contexts.set(pass, joined)
  }
}
