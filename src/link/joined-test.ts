import type { Destination } from '../intercept/destination.ts'
import { decideBy, notCaptured, type Policy } from '../intercept/policy.ts'
import type { Decision, Scope } from '../intercept/scopes.ts'
import type { Connector } from '../transport.ts'
import type { Frames } from './frames.ts'
import { framesTo, LinkedTransport } from './linked-transport.ts'
import { policyIn } from './messages.ts'
import { toPolicy } from './sent-policy.ts'
import { toSentError } from './sent-error.ts'

/**
 * A test in another process, as the app under test knows it: what the app asks for because of that test's requests goes to that test's
 * cassette.
 */
export class JoinedTest implements Scope {
  readonly isOfFile = false
  readonly isByContext = true
  /** Settles when it can decide: the program sees no request of the test before. It never rejects. */
  readonly joined: Promise<void>
  readonly #port: number
  readonly #pass: string
  readonly #onEnd: (test: JoinedTest) => void
  #frames: Frames | undefined
  #policy: Policy | undefined
  #title = 'a test'
  #isEnded = false
  #isTold = false

  /** @param onEnd called when the test has ended. */
  constructor(port: number, pass: string, onEnd: (test: JoinedTest) => void) {
    this.#port = port
    this.#pass = pass
    this.#onEnd = onEnd
    this.joined = this.#join()
  }

  get title(): string {
    return this.#title
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  readonly connector: Connector = (origin, options) => LinkedTransport.open(this.#port, this.#pass, origin, options)

  decide(destination: Destination): Decision {
    const verdict = this.#policy === undefined ? 'take' : decideBy(this.#policy, destination)
    if (verdict !== 'refuse') return verdict
    const error = notCaptured(destination)
    this.#tell(error)
    return error
  }

  /** Nobody can fail a test that is over. */
  noteLate(what: string): void {
    if (this.#isTold) return
    this.#isTold = true
    process.emitWarning(`${this.#title} had ended when the app asked ${what} because of it`, {
      type: 'WiretapeWarning',
      code: 'SCOPE_ENDED',
    })
  }

  noteEscape(error: Error): void {
    this.#tell(error)
  }

  #tell(problem: Error): void {
    void this.#frames?.send('problem', toSentError(problem))
  }

  async #join(): Promise<void> {
    try {
      const frames = await framesTo(this.#port)
      frames.keepAlive(false)
      this.#frames = frames
      await frames.send('join', { pass: this.#pass })
      const answer = await frames.next()
      if (answer?.kind !== 'policy') return this.#end()
      const sent = policyIn(answer)
      this.#title = sent.title
      this.#policy = toPolicy(sent)
      void this.#untilEnd(frames)
    } catch {
      // It has ended before this process knew of it.
      this.#end()
    }
  }

  /** The test closes the connection when it ends. */
  async #untilEnd(frames: Frames): Promise<void> {
    while ((await frames.next()) !== undefined);
    frames.destroy()
    this.#end()
  }

  #end(): void {
    this.#isEnded = true
    this.#onEnd(this)
  }
}
