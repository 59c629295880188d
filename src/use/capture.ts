import type { Destination } from '../intercept/destination.ts'
import { Interception } from '../intercept/interception.ts'
import type { Decision, Scope } from '../intercept/scopes.ts'
import { decideBy, notCaptured, type Policy } from '../intercept/policy.ts'
import type { Connector } from '../transport.ts'

/** What a captured cassette is made of. */
export interface CaptureParts {
  readonly title: string
  readonly connector: Connector
  readonly policy: Policy
  readonly isOfFile: boolean
  /** As of a scope. Default: no. */
  readonly recordsSockets?: (() => boolean) | undefined
  /** Called for each connection that came after the end. */
  readonly onLate?: ((what: string) => void) | undefined
}

/** The connections of a process, on a cassette: what `capture` of `useCassette` switches on. */
export class Capture implements Scope {
  readonly title: string
  readonly connector: Connector
  readonly isOfFile: boolean
  readonly escapes: Error[] = []
  /** Connections that a replay has refused. */
  readonly refused: Error[] = []
  readonly #policy: Policy
  readonly #recordsSockets: (() => boolean) | undefined
  readonly #onLate: ((what: string) => void) | undefined
  readonly #interception: Interception
  #isEnded = false
  #passed = 0

  private constructor(parts: CaptureParts, interception: Interception) {
    this.title = parts.title
    this.connector = parts.connector
    this.isOfFile = parts.isOfFile
    this.#policy = parts.policy
    this.#recordsSockets = parts.recordsSockets
    this.#onLate = parts.onLate
    this.#interception = interception
  }

  /** Catches connections from now on; those that come before the broker listens wait for it. */
  static start(parts: CaptureParts): Capture {
    const interception = Interception.ofProcess()
    const capture = new Capture(parts, interception)
    interception.open(capture)
    capture.started = interception.start()
    capture.started.catch(() => {})
    return capture
  }

  /** Resolves when connections are caught at once. */
  started: Promise<void> = Promise.resolve()

  get recordsSockets(): boolean {
    return this.#recordsSockets?.() === true
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Connections that it let through. */
  get passed(): number {
    return this.#passed
  }

  decide(destination: Destination): Decision {
    const verdict = decideBy(this.#policy, destination)
    if (verdict === 'pass') this.#passed++
    if (verdict !== 'refuse') return verdict
    const error = notCaptured(destination)
    this.refused.push(error)
    return error
  }

  noteLate(what: string): void {
    this.#onLate?.(what)
  }

  noteEscape(error: Error): void {
    this.escapes.push(error)
  }

  end(): void {
    this.#isEnded = true
    this.#interception.close(this)
  }
}
