import type { Interaction, InteractionSource } from '../../interactions/interaction.ts'
import type { WireRequest } from '../../interactions/request-reader.ts'
import { isRedacted } from '../../redaction/redacted-match.ts'
import { sharePrefix } from './content.ts'
import { latin1 } from './request-parts.ts'
import type { MatchRules } from './rules.ts'

type Accepts = (interaction: Interaction) => boolean

/** What a request is looked up by. */
export interface Keys {
  readonly head: string
  /** Head and content. */
  readonly whole: string
}

/**
 * All interactions in the order of one list of rules, as far as they have been read.
 *
 * Pipelined interactions are not among these: they are found behind the one before them only.
 */
export class Shelf {
  readonly #rules: MatchRules
  readonly #source: InteractionSource
  readonly #isPlayed: Accepts
  #indexed = 0
  /** Complete requests by head and content. */
  readonly #complete = new Map<string, Queue>()
  /** Requests that never came to their end, by head. */
  readonly #incomplete = new Map<string, Queue>()
  /** All that agree in their head, where one of them was answered before it was complete. */
  readonly #early = new Map<string, Queue>()
  #hasEarly = false
  /** Complete requests with placeholders in what is compared, by the parts that have none. */
  readonly #redacted = new Map<number, Map<string, Queue>>()

  constructor(rules: MatchRules, source: InteractionSource, isPlayed: Accepts) {
    this.#rules = rules
    this.#source = source
    this.#isPlayed = isPlayed
  }

  keysOf(asked: WireRequest): Keys {
    const head = this.#rules.headKey(asked)
    return { head, whole: this.#rules.comparesContent ? head + this.#rules.contentKey(asked) : head }
  }

  /** The first complete request that is the same to the letter. Reads on until there is one. */
  firstExact({ whole }: Keys, accepts: Accepts): Interaction | undefined {
    do {
      this.#index()
      const found = this.#complete.get(whole)?.first(this.#isPlayed, accepts)
      if (found !== undefined) return found
    } while (this.#source.readOn() || !this.#isIndexed)
    return undefined
  }

  /** The first one that was given up and can stand for the request, or is the same but for placeholders. */
  firstOther(asked: WireRequest, { head }: Keys, rules: MatchRules, accepts: Accepts): Interaction | undefined {
    this.#indexAll()
    const incomplete = this.#incomplete.get(head)?.first(this.#isPlayed, standsFor(asked, rules, accepts))
    if (incomplete !== undefined || !asked.isComplete || this.#redacted.size === 0) return incomplete
    const agrees = agreesWith(asked, rules, accepts)
    return earliest(this.#redactedAs(asked).map((queue) => queue.first(this.#isPlayed, agrees)))
  }

  /** The last one that answers the request, whether it was played or not. */
  last(asked: WireRequest, { head, whole }: Keys, rules: MatchRules, accepts: Accepts): Interaction | undefined {
    this.#indexAll()
    const found =
      this.#complete.get(whole)?.last(accepts) ?? this.#incomplete.get(head)?.last(standsFor(asked, rules, accepts))
    if (found !== undefined || !asked.isComplete || this.#redacted.size === 0) return found
    const agrees = agreesWith(asked, rules, accepts)
    return latest(this.#redactedAs(asked).map((queue) => queue.last(agrees)))
  }

  /** The first one with the same head, where one of those was answered before it was complete. */
  early(asked: WireRequest, accepts: Accepts, allowsRepeats: boolean): Interaction | undefined {
    this.#indexAll()
    if (!this.#hasEarly) return undefined
    const queue = this.#early.get(this.#rules.headKey(asked))
    return queue?.first(this.#isPlayed, accepts) ?? (allowsRepeats ? queue?.last(accepts) : undefined)
  }

  #redactedAs(asked: WireRequest): Queue[] {
    return Array.from(this.#redacted, ([mask, queues]) => queues.get(this.#rules.literalKey(asked, mask)) ?? NONE)
  }

  /** Others read on, too: a matcher that looks at what was not played. */
  get #isIndexed(): boolean {
    return this.#indexed === this.#source.interactionsRead.length
  }

  #indexAll(): void {
    while (this.#source.readOn());
    this.#index()
  }

  #index(): void {
    const { interactionsRead: interactions } = this.#source
    if (this.#isIndexed) return
    const from = this.#indexed
    this.#indexed = interactions.length
    const added = interactions.slice(from).filter(({ isPipelined }) => !isPipelined)
    for (const interaction of added) this.#add(interaction)
    this.#addEarly(added)
  }

  #add(interaction: Interaction): void {
    const { request } = interaction
    const { head, whole } = this.keysOf(request)
    if (!request.isComplete) return addTo(this.#incomplete, head, interaction)
    addTo(this.#complete, whole, interaction)
    // The content counts even where it is not compared: its length is in the head.
    if (!isRedacted(head) && !isRedacted(latin1(request.body))) return
    const mask = this.#rules.literalParts(request)
    let queues = this.#redacted.get(mask)
    if (queues === undefined) this.#redacted.set(mask, (queues = new Map()))
    addTo(queues, this.#rules.literalKey(request, mask), interaction)
  }

  #addEarly(added: readonly Interaction[]): void {
    const wasEarly = this.#hasEarly
    this.#hasEarly ||= added.some(isAnsweredEarly)
    if (!this.#hasEarly) return
    const { interactionsRead: interactions } = this.#source
    const all = wasEarly ? added : interactions.slice(0, this.#indexed).filter(({ isPipelined }) => !isPipelined)
    for (const interaction of all) addTo(this.#early, this.#rules.headKey(interaction.request), interaction)
  }
}

/** Whether the server said something before the request was complete. */
export const isAnsweredEarly = ({ answer }: Interaction): boolean => answer.some(({ after }) => !after.isComplete)

/** Whether a recorded request that never came to its end can answer one that agrees with it as far as it went. */
export function canStandFor(interaction: Interaction, asked: WireRequest, rules: MatchRules): boolean {
  if (asked.isComplete && !isAnsweredEarly(interaction)) return false
  return !rules.comparesContent || sharePrefix(asked, interaction.request)
}

const standsFor = (asked: WireRequest, rules: MatchRules, accepts: Accepts): Accepts => {
  return (interaction) => canStandFor(interaction, asked, rules) && accepts(interaction)
}

const agreesWith = (asked: WireRequest, rules: MatchRules, accepts: Accepts): Accepts => {
  return (interaction) => rules.agrees(asked, interaction) && accepts(interaction)
}

const found = (one: Interaction | undefined): one is Interaction => one !== undefined
const earliest = (some: readonly (Interaction | undefined)[]): Interaction | undefined =>
  some.filter(found).toSorted((left, right) => left.index - right.index)[0]
const latest = (some: readonly (Interaction | undefined)[]): Interaction | undefined =>
  some.filter(found).toSorted((left, right) => right.index - left.index)[0]

/** Interactions in recorded order; those played from the front cost nothing any more. */
class Queue {
  readonly #interactions: Interaction[] = []
  #front = 0

  add(interaction: Interaction): void {
    this.#interactions.push(interaction)
  }

  first(isPlayed: Accepts, accepts: Accepts): Interaction | undefined {
    const interactions = this.#interactions
    for (let index = this.#front; index < interactions.length; index += 1) {
      const interaction = interactions[index]
      if (interaction === undefined) break
      if (!isPlayed(interaction)) {
        if (accepts(interaction)) return interaction
      } else if (index === this.#front) this.#front += 1
    }
    return undefined
  }

  last(accepts: Accepts): Interaction | undefined {
    return this.#interactions.findLast(accepts)
  }
}

const NONE = new Queue()

function addTo(queues: Map<string, Queue>, key: string, interaction: Interaction): void {
  const queue = queues.get(key)
  if (queue !== undefined) return queue.add(interaction)
  const first = new Queue()
  queues.set(key, first)
  first.add(interaction)
}
