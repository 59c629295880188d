import type { WiretapeError } from '../errors.ts'
import { Hook, type InteractionHook } from '../hooks/hook.ts'
import { hookedCassette } from '../hooks/hooked-cassette.ts'
import { Redactor } from '../redaction/redact-cassette.ts'
import type { RedactionOptions } from '../redaction/redaction-options.ts'
import type { Cassette } from '../tape/cassette.ts'

/** How to call a hook, and the secrets that reports of its failures must not contain. */
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

  /** The cassette as the hook changes it. */
  apply(cassette: Cassette): Promise<Cassette> {
    return hookedCassette(cassette, this.#hook)
  }

  /** What went wrong in the hook, without secrets. */
  error(): WiretapeError | undefined {
    return this.#hook.error((text) => (this.#redact === false ? text : new Redactor(this.#redact).redactText(text)))
  }
}
