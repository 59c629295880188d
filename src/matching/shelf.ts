import type { NormalForm } from '../content/normal-form.ts'
import type { Values } from '../templates/pattern.ts'
import type { Template } from '../templates/template.ts'
import type { Interaction, InteractionSource } from '../interactions/interaction.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import { type Agreement, agreementOf, compareAgreements, isBest } from './agreement.ts'
import type { Bindings } from './bindings.ts'
import type { MatchRules } from './rules.ts'
import { sharePrefix } from './share-prefix.ts'

type Accepts = (interaction: Interaction) => boolean
/** How well one agrees; `undefined` where it does not. */
type Agrees = (interaction: Interaction) => Agreement | undefined

/** What a request is looked up by. */
export interface Keys {
  readonly head: string
  /** Head and content. */
  readonly whole: string
}

/**
 * All interactions in the order of one list of rules, as far as they have been read.
 *
 * Pipelined interactions are not among these: they are found after the one before them only.
 */
export class Shelf {
  readonly #rules: MatchRules
  readonly #source: InteractionSource
  readonly #isPlayed: Accepts
  #indexed = 0
  /** The whole key of each recorded request, by index. */
  readonly #wholeKeys: (string | undefined)[] = []
  /** Complete requests by head and content. */
  readonly #complete = new Map<string, Queue>()
  /** Requests that never came to their end, by head. */
  readonly #incomplete = new Map<string, Queue>()
  /** All that agree in their head, where one of them was answered before it was complete. */
  readonly #early = new Map<string, Queue>()
  #hasEarly = false
  /** Complete requests with placeholders in what is compared, by where they stand and by what stands around. */
  readonly #templates = new Map<string, { readonly first: Template; readonly queues: Map<string, Queue> }>()
  /** Complete requests that were not looked at for placeholders yet. */
  readonly #unread: Interaction[] = []
  readonly #bindings: Bindings

  constructor(rules: MatchRules, source: InteractionSource, isPlayed: Accepts, bindings: Bindings) {
    this.#rules = rules
    this.#source = source
    this.#isPlayed = isPlayed
    this.#bindings = bindings
  }

  keysOf(asked: WireRequest): Keys {
    const head = this.#rules.headKey(asked)
    return { head, whole: this.#rules.comparesContent ? head + this.#rules.contentKey(asked) : head }
  }

  /** Whether a complete request that was recorded is the same in all that is compared. `keys` are those of what is asked. */
  isExact(asked: WireRequest, { whole }: Keys, interaction: Interaction): boolean {
    const { request, index } = interaction
    if ((this.#wholeKeys[index] ??= this.keysOf(request).whole) === whole) return true
    // Equal bytes agree, however they would be read.
    return asked.bodyLength > 0 && asked.bodyLength === request.bodyLength && this.#rules.isExact(asked, request)
  }

  /**
   * The first complete request that is the same in all that is compared; of several the one whose other header fields agree best.
   * Reads on until there is one that nothing speaks against.
   */
  firstExact(asked: WireRequest, { whole }: Keys, accepts: Accepts): Interaction | undefined {
    const agreement = (interaction: Interaction): Agreement => this.#agreement(interaction, asked, undefined)
    let first: Interaction | undefined
    do {
      this.#index()
      first = this.#complete.get(whole)?.first(this.#isPlayed, accepts)
      if (first !== undefined && isBest(agreement(first))) return first
    } while (this.#source.readOn() || !this.#isIndexed)
    return first && this.#complete.get(whole)?.best(this.#isPlayed, accepts, agreement)?.interaction
  }

  /** The first one that was given up and can stand for the request, or is the same but for placeholders. */
  firstOther(asked: WireRequest, { head }: Keys, rules: MatchRules, accepts: Accepts): Interaction | undefined {
    this.#indexAll()
    const incomplete = this.#incomplete.get(head)?.first(this.#isPlayed, standsFor(asked, rules, accepts))
    if (incomplete !== undefined || !asked.isComplete) return incomplete
    return this.#firstLike(asked, accepts)
  }

  /** The last one that answers the request, whether it was played or not; of several one whose header fields and values agree best. */
  last(asked: WireRequest, { head, whole }: Keys, rules: MatchRules, accepts: Accepts): Interaction | undefined {
    this.#indexAll()
    const found =
      this.#complete.get(whole)?.bestOfLast(accepts, (one) => this.#agreement(one, asked, undefined))?.interaction ??
      this.#incomplete.get(head)?.last(standsFor(asked, rules, accepts))
    if (found !== undefined || !asked.isComplete) return found
    this.#readTemplates()
    if (this.#templates.size === 0) return undefined
    const form = this.#rules.formOf(asked)
    const agreement: Agrees = (interaction) => this.#templateAgreement(interaction, asked, form)
    return bestOf(
      this.#queuesLike(form).map((queue) => queue.bestOfLast(accepts, agreement)),
      (left, right) => right - left,
    )
  }

  /** The first one with the same head, where one of those was answered before it was complete. */
  early(asked: WireRequest, accepts: Accepts, allowsRepeats: boolean): Interaction | undefined {
    this.#indexAll()
    if (!this.#hasEarly) return undefined
    const queue = this.#early.get(this.#rules.headKey(asked))
    return queue?.first(this.#isPlayed, accepts) ?? (allowsRepeats ? queue?.last(accepts) : undefined)
  }

  /**
   * Of those that agree but for placeholders the one that agrees best: whose values are known before one that has new ones, before any other.
   *
   * Values that were seen before may belong to one further after, which is looked for among a few only: so it takes no
   * longer in a long cassette.
   */
  #firstLike(asked: WireRequest, accepts: Accepts): Interaction | undefined {
    this.#readTemplates()
    if (this.#templates.size === 0) return undefined
    const form = this.#rules.formOf(asked)
    const agreement: Agrees = (interaction) => this.#templateAgreement(interaction, asked, form)
    return bestOf(
      this.#queuesLike(form).map((queue) => queue.best(this.#isPlayed, accepts, agreement)),
      (left, right) => left - right,
    )
  }

  /** How one agrees whose form has placeholders; `undefined` where it does not. */
  #templateAgreement(interaction: Interaction, asked: WireRequest, form: NormalForm): Agreement | undefined {
    const values = this.#rules.templateOf(interaction.request)?.valuesIn(form)
    return values && this.#agreement(interaction, asked, values)
  }

  #agreement(interaction: Interaction, asked: WireRequest, values: Values | undefined): Agreement {
    return agreementOf(interaction, asked, values, this.#bindings)
  }

  #queuesLike(form: NormalForm): Queue[] {
    return Array.from(this.#templates.values(), ({ first, queues }) => queues.get(first.keyOf(form)) ?? NONE)
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
    this.#wholeKeys[interaction.index] = whole
    addTo(this.#complete, whole, interaction)
    this.#unread.push(interaction)
  }

  /** Reads the templates of what was added since: as long as every request is there to the letter, nobody needs them. */
  #readTemplates(): void {
    for (const interaction of this.#unread) this.#addTemplate(interaction)
    this.#unread.length = 0
  }

  #addTemplate(interaction: Interaction): void {
    const template = this.#rules.templateOf(interaction.request)
    if (template === undefined) return
    const { signature } = template
    let alike = this.#templates.get(signature)
    if (alike === undefined) this.#templates.set(signature, (alike = { first: template, queues: new Map() }))
    addTo(alike.queues, template.key, interaction)
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

/** Interactions looked at for one that agrees better than the first. */
const MOST_LOOKED_AT = 64

/** One that agrees, and how well. */
interface Candidate {
  readonly interaction: Interaction
  readonly agreement: Agreement
}

/** Of candidates that agree equally well the one that comes first in the order of indexes. */
function bestOf(
  some: readonly (Candidate | undefined)[],
  order: (left: number, right: number) => number,
): Interaction | undefined {
  return some
    .filter((one) => one !== undefined)
    .toSorted(
      (left, right) =>
        compareAgreements(left.agreement, right.agreement) || order(left.interaction.index, right.interaction.index),
    )[0]?.interaction
}

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

  /** Of the first ones that were not played the one that agrees best, and of several the first. */
  best(isPlayed: Accepts, accepts: Accepts, agreement: Agrees): Candidate | undefined {
    const search = new Search(accepts, agreement)
    this.first(isPlayed, search.isOver)
    return search.best
  }

  /** Of the last ones, played or not, the one that agrees best, and of several the last. */
  bestOfLast(accepts: Accepts, agreement: Agrees): Candidate | undefined {
    const search = new Search(accepts, agreement)
    this.#interactions.findLast(search.isOver)
    return search.best
  }

  last(accepts: Accepts): Interaction | undefined {
    return this.#interactions.findLast(accepts)
  }
}

/** Looks for what agrees best among a few. */
class Search {
  readonly #accepts: Accepts
  readonly #agreement: Agrees
  #looked = 0
  best: Candidate | undefined

  constructor(accepts: Accepts, agreement: Agrees) {
    this.#accepts = accepts
    this.#agreement = agreement
  }

  /** Looks at one more. */
  readonly isOver: Accepts = (interaction) => {
    const agreement = this.#agreement(interaction)
    if (agreement === undefined || !this.#accepts(interaction)) return false
    if (this.best === undefined || compareAgreements(agreement, this.best.agreement) < 0)
      this.best = { interaction, agreement }
    this.#looked += 1
    return isBest(this.best.agreement) || this.#looked > MOST_LOOKED_AT
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
