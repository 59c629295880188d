import { LocalProtocolError } from '../errors.ts'
import type { RequestHook } from '../hooks/request-hook.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import type { Normalizer } from './normalizer.ts'

/** Functions of the user's that are called while a cassette is played. */
export interface PlayHookOptions {
  /**
   * Returns what a request is looked up as; what goes to a live server is what the client sent. While recording, the same function changes the request
   * that is recorded. Default: none. See `docs/redaction.md`.
   */
  readonly normalizeRequest?: RequestHook | undefined
  /** Milliseconds that a hook may take for one interaction. Default: 1,000. */
  readonly hookTimeout?: number | undefined
}

/** Refuses what is not a hook, and one that would never be called. @throws LocalProtocolError `INVALID_OPTION`. */
export function checkPlayHooks({ normalizeRequest, matchOn }: PlayHookOptions & { readonly matchOn?: unknown }): void {
  if (normalizeRequest === undefined) return
  if (typeof normalizeRequest !== 'function')
    throw new LocalProtocolError('INVALID_OPTION', 'normalizeRequest: not a function')
  if (matchOn === 'bytes')
    throw new LocalProtocolError(
      'INVALID_OPTION',
      "normalizeRequest is about requests; with matchOn: 'bytes' nothing is taken for one",
    )
}

/** Takes secrets out of a text. */
export type Clean = (text: string) => string

/** Calls the hooks. What that needs is loaded only if there is one. */
export class PlayHooks {
  readonly #options: PlayHookOptions
  #normalizer: Normalizer | undefined
  #error: LocalProtocolError | undefined

  constructor(options: PlayHookOptions) {
    this.#options = options
  }

  get normalizes(): boolean {
    return this.#options.normalizeRequest !== undefined
  }

  /** The first failure. */
  get error(): LocalProtocolError | undefined {
    return this.#error
  }

  /** @throws LocalProtocolError `INVALID_OPTION`. */
  async load(): Promise<void> {
    const { normalizeRequest, hookTimeout } = this.#options
    if (normalizeRequest === undefined || this.#normalizer !== undefined) return
    const { Normalizer: Loaded } = await import('./normalizer.ts')
    this.#normalizer ??= new Loaded(normalizeRequest, hookTimeout)
  }

  /** What a request is looked up as. @throws LocalProtocolError `PLAYBACK_HOOK_FAILED`. */
  normalized(origin: string, request: WireRequest, clean: Clean): WireRequest {
    if (!this.normalizes) return request
    if (this.#normalizer === undefined) throw notPrepared()
    return this.#normalizer.normalized(origin, request, (failure) => this.#fail(clean(failure)))
  }

  #fail(failure: string): never {
    const error = new LocalProtocolError('PLAYBACK_HOOK_FAILED', failure)
    this.#error ??= error
    throw error
  }
}

/** The error for what needs {@link Replayer.prepare}. */
export const notPrepared = (): LocalProtocolError =>
  new LocalProtocolError('WRONG_STATE', 'await replayer.prepare() before accept()')
