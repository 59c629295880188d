import { LocalProtocolError } from '../errors.ts'
import { whenThere } from '../when-there.ts'
import type { AnswerHook } from '../hooks/answer-hook.ts'
import type { RequestHook } from '../hooks/request-hook.ts'
import type { Interaction } from '../interactions/interaction.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import type { changedAnswer } from './changed-answer.ts'
import type { Normalizer } from './normalizer.ts'

/** Functions of the user's that are called while a cassette is played. */
export interface PlayHookOptions {
  /**
   * Returns what a request is looked up as; what goes to a live server is what the client sent. While recording, the same function changes the request
   * that is recorded. Default: none. See `docs/redaction.md`.
   */
  readonly normalizeRequest?: RequestHook | undefined
  /**
   * Returns what the client gets instead of a recorded response, given the request that it asks; `undefined`: the response as it was recorded. Default:
   * none. See `docs/redaction.md`.
   */
  readonly beforeAnswer?: AnswerHook | undefined
  /** Milliseconds that a hook may take for one interaction. Default: 1,000. */
  readonly hookTimeout?: number | undefined
}

/** Refuses what is not a function, and a hook that would never be called. @throws LocalProtocolError `INVALID_OPTION`. */
export function checkPlayHooks(
  options: PlayHookOptions & {
    readonly matchOn?: unknown
    readonly passthrough?: unknown
    readonly optional?: unknown
  },
): void {
  for (const name of ['passthrough', 'optional'] as const)
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw new LocalProtocolError('INVALID_OPTION', `${name}: not a function`)
  for (const name of ['normalizeRequest', 'beforeAnswer'] as const) {
    if (options[name] === undefined) continue
    if (typeof options[name] !== 'function') throw new LocalProtocolError('INVALID_OPTION', `${name}: not a function`)
    if (options.matchOn === 'bytes')
      throw new LocalProtocolError(
        'INVALID_OPTION',
        `${name} is about requests; with matchOn: 'bytes' nothing is taken for one`,
      )
  }
}

/** Takes secrets out of a text. */
export type Clean = (text: string) => string

/** Calls the hooks. What that needs is loaded only if there is one. */
export class PlayHooks {
  readonly #options: PlayHookOptions
  #normalizer: Normalizer | undefined
  #changeAnswer: typeof changedAnswer | undefined
  #error: LocalProtocolError | undefined

  constructor(options: PlayHookOptions) {
    this.#options = options
  }

  get normalizes(): boolean {
    return this.#options.normalizeRequest !== undefined
  }

  get changesAnswers(): boolean {
    return this.#options.beforeAnswer !== undefined
  }

  /** The first failure. */
  get error(): LocalProtocolError | undefined {
    return this.#error
  }

  /** @throws LocalProtocolError `INVALID_OPTION`. */
  async load(): Promise<void> {
    const { normalizeRequest, beforeAnswer, hookTimeout } = this.#options
    if (normalizeRequest !== undefined && this.#normalizer === undefined) {
      const { Normalizer: Loaded } = await import('./normalizer.ts')
      this.#normalizer ??= new Loaded(normalizeRequest, hookTimeout)
    }
    if (beforeAnswer !== undefined) this.#changeAnswer = (await import('./changed-answer.ts')).changedAnswer
  }

  /** What a request is looked up as. @throws LocalProtocolError `PLAYBACK_HOOK_FAILED`. */
  normalized(origin: string, request: WireRequest, clean: Clean): WireRequest {
    if (!this.normalizes) return request
    if (this.#normalizer === undefined) throw notPrepared()
    return this.#normalizer.normalized(origin, request, (failure) => this.#fail(clean(failure)))
  }

  /**
   * What `use` makes of the steps that are played of an interaction to a client that asks so; a promise if the hook returns one.
   *
   * Throws, or rejects with, LocalProtocolError `PLAYBACK_HOOK_FAILED`.
   */
  answer<Played>(
    interaction: Interaction,
    asked: WireRequest,
    clean: Clean,
    use: (steps: Interaction['answer']) => Played,
  ): Played | Promise<Played> {
    const { beforeAnswer, hookTimeout } = this.#options
    if (beforeAnswer === undefined) return use(interaction.answer)
    if (this.#changeAnswer === undefined) throw notPrepared()
    return whenThere(this.#changeAnswer(beforeAnswer, interaction, asked, hookTimeout), (changed) => {
      if (typeof changed !== 'string') return use(changed)
      const advice = 'it must return a response, or undefined for the recorded one'
      return this.#fail(clean(`beforeAnswer, at ${describe(asked)}: ${changed}; ${advice}`))
    })
  }

  /** The error for a change of what the client has already. */
  changedTooLate({ request }: Interaction, clean: Clean): LocalProtocolError {
    const why = 'the answer had begun before the request was complete, so it cannot change; return undefined for it'
    return this.#noteError(clean(`beforeAnswer, at ${describe(request)}: ${why}`))
  }

  #fail(failure: string): never {
    throw this.#noteError(failure)
  }

  #noteError(failure: string): LocalProtocolError {
    const error = new LocalProtocolError('PLAYBACK_HOOK_FAILED', failure)
    this.#error ??= error
    return error
  }
}

const describe = ({ method, target }: WireRequest): string => `${method} ${target}`

/** The error for what needs {@link Replayer.prepare}. */
export const notPrepared = (): LocalProtocolError =>
  new LocalProtocolError('WRONG_STATE', 'await replayer.prepare() before accept()')
