import type { Interaction, RequestProgress } from '../interactions/interaction.ts'
import { beginsWith, type Cue, type Played } from '../interactions/cue.ts'

/** What a request is being told. */
export class Answer {
  /** `undefined` while nothing is known that may answer the request. */
  interaction: Interaction | undefined
  /** Whether the interaction was played; until then the request may still become another one. */
  isSettled = false
  #played: Played<RequestProgress> = NOTHING
  #told = 0

  /** Segments and endings that the client was told. */
  get told(): number {
    return this.#told
  }

  get hasBegun(): boolean {
    return this.#told > 0
  }

  get isAllTold(): boolean {
    return this.#told === this.#played.cues.length
  }

  /** Whether the server says nothing more once the request has its answer. */
  get fallsSilent(): boolean {
    return this.#played.fallsSilent && this.isSettled
  }

  /** Goes on as another one: the client may have got as much of it as of the one before. */
  become(interaction: Interaction | undefined, played: Played<RequestProgress> | undefined): void {
    this.interaction = interaction
    this.#played = played ?? NOTHING
  }

  /** Whether another answer begins with what was told of this one. */
  mayBecome(cues: readonly Cue[]): boolean {
    return beginsWith(cues, this.#played.cues.slice(0, this.#told))
  }

  /** What it has got, and what else would come: the taker of this plays the rest. */
  handOn(): { readonly told: readonly Cue<RequestProgress>[]; readonly rest: readonly Cue<RequestProgress>[] } {
    const { cues } = this.#played
    const parts = { told: cues.slice(0, this.#told), rest: cues.slice(this.#told) }
    this.#told = cues.length
    return parts
  }

  /** What the client gets next, now that it has come so far; `undefined` where nothing is due. */
  next(progress: RequestProgress): Cue | undefined {
    const cue = this.#played.cues[this.#told]
    if (cue === undefined || !isDue(cue.after, progress)) return undefined
    this.#told += 1
    return cue
  }
}

const NOTHING: Played<RequestProgress> = { cues: [], fallsSilent: false }

const isDue = (after: RequestProgress, now: RequestProgress): boolean =>
  (now.isEnded || !after.isEnded) && (now.isComplete || (!after.isComplete && now.bodyLength >= after.bodyLength))
