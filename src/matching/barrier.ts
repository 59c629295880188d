import type { Interaction, InteractionSource } from '../interactions/interaction.ts'
import { type BarrierOption, isWrite } from './order.ts'
import { isPoll, Polls } from './polls.ts'
import { queueMicrotask } from '../timers.ts'

/** Knows which writes of each origin have not come yet, and what polls wait for. */
export class Barrier {
  readonly #option: BarrierOption
  readonly #source: InteractionSource
  readonly #isPlayed: (interaction: Interaction) => boolean
  readonly #writes = new Map<string, { readonly all: Interaction[]; front: number }>()
  readonly #polls: Polls
  /** The kind of each interaction that was read, by index: every request needs one, and looking at the recorded request is slow in a long cassette. */
  readonly #kinds: Kind[] = []
  readonly #waiting = new Map<Interaction, (() => void)[]>()

  constructor(option: BarrierOption, source: InteractionSource, isPlayed: (interaction: Interaction) => boolean) {
    this.#option = option
    this.#source = source
    this.#isPlayed = isPlayed
    this.#polls = new Polls(source, isPlayed)
  }

  /** Whether its answer waits for what has to come before it; otherwise it is a miss. */
  holds(interaction: Interaction): boolean {
    return this.#option === 'wait' || this.#polls.before(interaction) !== undefined
  }

  /** The first write, or of a poll whatever its client said, that has to come before `interaction`. */
  before(interaction: Interaction): Interaction | undefined {
    const kind = this.#kindOf(interaction)
    if (kind === WRITE) return undefined
    const said = kind === POLL ? this.#polls.before(interaction) : undefined
    if (said !== undefined || this.#option === false) return said
    const write = this.#firstWriteOf(interaction.origin)
    return write !== undefined && write.index < interaction.index ? write : undefined
  }

  /** Calls back after the act that plays `write`: its answer comes first. */
  whenPlayed(write: Interaction, callback: () => void): void {
    const others = this.#waiting.get(write)
    if (others === undefined) this.#waiting.set(write, [callback])
    else others.push(callback)
  }

  /** The client has said something on the WebSocket that `interaction` opened. */
  heard(interaction: Interaction): void {
    this.#polls.heard(interaction)
    this.played(interaction)
  }

  played(interaction: Interaction): void {
    const waiting = this.#waiting.get(interaction)
    if (waiting === undefined) return
    this.#waiting.delete(interaction)
    for (const callback of waiting) queueMicrotask(callback)
  }

  #kindOf({ index }: Interaction): Kind | undefined {
    if (index >= this.#kinds.length) this.#catchUp()
    return this.#kinds[index]
  }

  #firstWriteOf(origin: string): Interaction | undefined {
    this.#catchUp()
    const writes = this.#writes.get(origin)
    if (writes === undefined) return undefined
    for (let first = writes.all[writes.front]; first !== undefined; first = writes.all[writes.front]) {
      if (!this.#isPlayed(first)) return first
      writes.front += 1
    }
    return undefined
  }

  /** What has been read is in recorded order, so no write that has not been read comes before one that has. */
  #catchUp(): void {
    const { interactionsRead: interactions } = this.#source
    for (let index = this.#kinds.length; index < interactions.length; index += 1) {
      const interaction = interactions[index]
      if (interaction === undefined) return
      const kind = isWrite(interaction) ? WRITE : isPoll(interaction) ? POLL : OTHER
      this.#kinds.push(kind)
      if (kind !== WRITE) continue
      const writes = this.#writes.get(interaction.origin)
      if (writes === undefined) this.#writes.set(interaction.origin, { all: [interaction], front: 0 })
      else writes.all.push(interaction)
    }
  }
}

const OTHER = 0
const WRITE = 1
const POLL = 2

type Kind = typeof OTHER | typeof WRITE | typeof POLL
