import type { WiretapeError } from '../errors.ts'
import { Hook, type InteractionHook } from '../hooks/hook.ts'
import { hookedCassette } from '../hooks/hooked-cassette.ts'
import { Redactor } from '../redaction/redact-cassette.ts'
import type { RedactionOptions } from '../redaction/redaction-options.ts'
import type { Cassette } from '../tape/cassette.ts'

/** How a hook is called, and what must not be said of its failures. */
export interface PlaybackHookOptions {
  readonly hookTimeout: number | undefined
  readonly redact: RedactionOptions | false
}

/** The user's `beforePlayback`. */
export class PlaybackHook {
  readonly #hook: Hook
  readonly #redact: RedactionOptions | false

  /** @throws LocalProtocolError `INVALID_OPTION`. */
  constructor(hook: InteractionHook, { hookTimeout, redact }: PlaybackHookOptions) {
    this.#hook = new Hook('beforePlayback', hook, hookTimeout)
    this.#redact = redact
  }

  /** The cassette as the hook gives it. */
  apply(cassette: Cassette): Promise<Cassette> {
    return hookedCassette(cassette, this.#hook)
  }

  /** What went wrong in the hook, without secrets. */
  error(): WiretapeError | undefined {
    return this.#hook.error((text) => (this.#redact === false ? text : new Redactor(this.#redact).redactText(text)))
  }
}
