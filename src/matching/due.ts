import type { Interaction, InteractionSource } from '../interactions/interaction.ts'
import type { Order } from './order.ts'

/** Knows what has to come first where requests must keep their recorded order. */
export class Due {
  readonly #isOneForAll: boolean
  readonly #source: InteractionSource
  readonly #isPlayed: (interaction: Interaction) => boolean
  /** Place of the first interaction that was not played, for each group that keeps its order. */
  readonly #fronts = new Map<string, number>()

  constructor(order: Order, source: InteractionSource, isPlayed: (interaction: Interaction) => boolean) {
    this.#isOneForAll = order === 'recorded'
    this.#source = source
    this.#isPlayed = isPlayed
  }

  /** What has to come before `interaction`, which has been read and so has all that is before it. */
  before(interaction: Interaction): Interaction | undefined {
    if (this.#isPlayed(interaction)) return undefined
    const group = this.#isOneForAll ? '' : interaction.origin
    const { interactionsRead: interactions } = this.#source
    let front = this.#fronts.get(group) ?? 0
    for (let first = interactions[front]; first !== undefined; first = interactions[front]) {
      if (!this.#isPlayed(first) && (this.#isOneForAll || first.origin === group)) break
      front += 1
    }
    this.#fronts.set(group, front)
    const first = interactions[front]
    return first === interaction ? undefined : first
  }
}
