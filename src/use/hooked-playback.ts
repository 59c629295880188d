import type { WiretapeError } from '../errors.ts'
import { Hook, type InteractionHook } from '../hooks/hook.ts'
import { hookedCassette } from '../hooks/hooked-cassette.ts'
import { Redactor } from '../redaction/redact-cassette.ts'
import type { RedactionOptions } from '../redaction/redaction-options.ts'
import type { Cassette } from '../tape/cassette.ts'

/** How a hook is called, and what must not be said of its failures. */
export interface HookedPlaybackOptions {
  readonly hookTimeout: number | undefined
  readonly redact: RedactionOptions | false
}

/** A cassette as the user's `beforePlayback` gives it. */
export class HookedPlayback {
  readonly cassette: Cassette
  readonly #hook: Hook
  readonly #redact: RedactionOptions | false

  private constructor(cassette: Cassette, hook: Hook, redact: RedactionOptions | false) {
    this.cassette = cassette
    this.#hook = hook
    this.#redact = redact
  }

  static async of(cassette: Cassette, hook: InteractionHook, options: HookedPlaybackOptions): Promise<HookedPlayback> {
    const called = new Hook('beforePlayback', hook, options.hookTimeout)
    return new HookedPlayback(await hookedCassette(cassette, called), called, options.redact)
  }

  /** What went wrong in the hook, without secrets. */
  error(): WiretapeError | undefined {
    return this.#hook.error((text) => (this.#redact === false ? text : new Redactor(this.#redact).redactText(text)))
  }
}
