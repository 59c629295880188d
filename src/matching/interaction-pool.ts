import type { Interaction, InteractionSource } from '../interactions/interaction.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import type { SharedPlays } from '../one-run.ts'
import { Barrier } from './barrier.ts'
import type { MatchList, MatchOn, Reason } from './match-on.ts'
import { Due } from './due.ts'
import type { BarrierOption, Order } from './order.ts'
import { type MatchRules, rulesFor } from './rules.ts'
import type { Values } from '../templates/pattern.ts'
import { type Agreement, agreementOf, compareAgreements, isBest, WHOLE } from './agreement.ts'
import { Bindings } from './bindings.ts'
import { headerFit } from './choosing-headers.ts'
import { canStandFor, isAnsweredEarly, type Keys, Shelf } from './shelf.ts'

export interface PoolOptions {
  readonly matchOn: Exclude<MatchOn, 'bytes'>
  readonly allowPlaybackRepeats: boolean
  readonly order: Order
  readonly barrier: BarrierOption
  /** Requests that may be left out or repeated. Absent: none. */
  readonly optional?: ((request: WireRequest) => boolean) | undefined
  /** What other processes of the same run have played. Absent: there are none. */
  readonly shared?: SharedPlays | undefined
}

/** The answer to a request, and the write that has to come before it is given. */
export interface Found {
  readonly interaction: Interaction
  readonly waitsFor: Interaction | undefined
}

/**
 * The recorded interactions that can be played, found by what a request looks like.
 *
 * Everything that can be compared as a string is a key of a Map: a request that was recorded to the letter is found as quickly
 * in a large cassette as in a small one. Three things do grow: the first request that is not there to the letter has all of the
 * cassette read, once; custom functions and placeholders are tried one by one, on those that agree in all the rest; and of
 * equal requests, those that were played out of their order are passed over again each time.
 */
export class InteractionPool {
  readonly #source: InteractionSource
  readonly #rulesFor: (request: WireRequest) => MatchRules
  readonly #allowsRepeats: boolean
  readonly #optional: ((request: WireRequest) => boolean) | undefined
  readonly #due: Due | undefined
  readonly #barrier: Barrier
  readonly #shelves = new Map<string, Shelf>()
  readonly #shared: SharedPlays | undefined
  readonly #bindings = new Bindings()
  /** How often each was played, by index. */
  readonly #counts: number[] = []
  #playCount = 0
  #playedCount = 0

  /** The options are checked ones. */
  constructor(source: InteractionSource, options: PoolOptions) {
    const { matchOn, allowPlaybackRepeats, order, barrier, optional, shared } = options
    this.#source = source
    this.#rulesFor = rulesFor(matchOn)
    this.#allowsRepeats = allowPlaybackRepeats
    this.#optional = optional
    this.#shared = shared
    this.#barrier = new Barrier(barrier, source, this.#isDone)
    this.#due = order === 'any' ? undefined : new Due(order, source, this.#isDone)
  }

  /** How often an interaction was played, repeats included. */
  get playCount(): number {
    return this.#playCount
  }

  /** How many different interactions were played. */
  get playedCount(): number {
    return this.#playedCount
  }

  /** The names of what is compared for such a request, `function` for a custom one. */
  namesFor(request: WireRequest): readonly string[] {
    return this.#rulesFor(request).names
  }

  /** The list of what is compared for such a request. */
  listFor(request: WireRequest): MatchList {
    return this.#rulesFor(request).list
  }

  /** What would answer the request on a connection where `last` was played before, if interactions could be played more than once. */
  repeatFor(asked: WireRequest, last: Interaction | undefined): Interaction | undefined {
    if (this.#mayRepeat(asked) || this.#isBound(last)) return undefined
    const rules = this.#rulesFor(asked)
    const shelf = this.#shelf(rules)
    return shelf.last(
      asked,
      shelf.keysOf(asked),
      rules,
      (interaction) =>
        this.#barrier.before(interaction) === undefined &&
        rules.agreesBeyondKeys(asked, interaction) &&
        this.#isDue(interaction),
    )
  }

  isPlayed({ index }: Interaction): boolean {
    return this.#counts[index] !== undefined
  }

  readonly #isPlayed = (interaction: Interaction): boolean => this.isPlayed(interaction)

  /** Whether nothing has to wait for it. */
  readonly #isDone = (interaction: Interaction): boolean =>
    this.isPlayed(interaction) || this.#optional?.(interaction.request) === true

  #mayRepeat(request: WireRequest): boolean {
    return this.#allowsRepeats || this.#optional?.(request) === true
  }

  play(interaction: Interaction): void {
    const before = this.#counts[interaction.index] ?? 0
    this.#counts[interaction.index] = before + 1
    this.#playCount += 1
    if (before > 0) return
    this.#playedCount += 1
    this.#barrier.played(interaction)
  }

  /** Calls back once `write` has been played. */
  whenPlayed(write: Interaction, callback: () => void): void {
    this.#barrier.whenPlayed(write, callback)
  }

  /** The client has said something on the WebSocket that `interaction` opened. */
  heard(interaction: Interaction): void {
    this.#barrier.heard(interaction)
  }

  /** The first request that has to come before `interaction` is answered. */
  writeBefore(interaction: Interaction): Interaction | undefined {
    return this.#barrier.before(interaction)
  }

  /** How often it was played. */
  playsOf({ index }: Interaction): number {
    return this.#counts[index] ?? 0
  }

  /** What was recorded right after `interaction` on the same connection. */
  following(interaction: Interaction | undefined): Interaction | undefined {
    return interaction && this.#source.interactionsOn(interaction.connection)[interaction.place + 1]
  }

  /**
   * The interaction that answers a complete request, or `undefined`.
   *
   * First choice is what was recorded next on the connection that is being played (`last` was played before), then the
   * first one not yet played, in recorded order. But a pool takes whatever connection is free: an equal request on another one, which had
   * been answered before that next one was sent, comes first. `continues` says whether an answer goes on from what was told of it.
   *
   * Of recorded requests that are equal to that one, the first that no other process of the run has taken is given. If they are all taken,
   * there are more processes than were recorded, and this one is answered as if it were alone.
   */
  find(asked: WireRequest, last: Interaction | undefined, continues: Accepts = () => true): Found | undefined {
    const alone = this.#find(asked, last, continues)
    const found = alone && (this.#sharedLike(alone, asked, last, continues) ?? alone)
    if (found?.values !== undefined) this.#bindings.bind(found.values)
    return found
  }

  /** Takes what answers the request of one process, or an equal one. */
  #sharedLike(
    { interaction: { request } }: Choice,
    asked: WireRequest,
    last: Interaction | undefined,
    continues: Accepts,
  ): Choice | undefined {
    const shared = this.#shared
    if (shared === undefined) return undefined
    const rules = this.#rulesFor(asked)
    const isFree: Accepts = (other) =>
      !shared.isTaken(other.index) &&
      rules.isExact(request, other.request) &&
      headerFit(other.request, request).distance === 0 &&
      continues(other)
    for (;;) {
      const found = this.#find(asked, last, isFree)
      if (found === undefined || shared.take(found.interaction.index)) return found
    }
  }

  #find(asked: WireRequest, last: Interaction | undefined, continues: Accepts): Choice | undefined {
    const rules = this.#rulesFor(asked)
    const next = this.#next(last)
    const isBound = this.#isBound(last)
    const shelf = this.#shelf(rules)
    const keys = shelf.keysOf(asked)
    const agreement = next && this.#agreement(next, asked, keys, rules)
    const isNext = next !== undefined && agreement !== undefined && continues(next) && this.#isDue(next)
    const isNextFree = isNext && this.#barrier.before(next) === undefined
    if (isNextFree && isBound) return given(next, agreement.values)
    if (isBound) return isNext ? this.#held(next) : undefined

    const fits = (interaction: Interaction): boolean =>
      rules.agreesBeyondKeys(asked, interaction) && continues(interaction) && this.#isDue(interaction)
    const isFree = (interaction: Interaction): boolean =>
      this.#barrier.before(interaction) === undefined && fits(interaction)
    const exact = shelf.firstExact(asked, keys, isFree)
    if (exact !== undefined) {
      const found = this.#exactAgreement(exact, asked)
      if (!isNextFree || !agreement.isExact) return given(exact, found.values)
      const difference = compareAgreements(agreement, found)
      const isNextMeant = difference < 0 || (difference === 0 && !isOverBefore(exact, next))
      return isNextMeant ? given(next, agreement.values) : given(exact, found.values)
    }
    if (isNextFree && isBest(agreement)) return given(next, agreement.values)
    const other = shelf.firstOther(asked, keys, rules, isFree)
    const found = other && this.#agreement(other, asked, keys, rules)
    // What comes next on its connection is more likely than one that agrees no better.
    if (isNextFree && (found === undefined || compareAgreements(agreement, found) <= 0))
      return given(next, agreement.values)
    if (other !== undefined) return given(other, found?.values)
    const repeated = this.#mayRepeat(asked) ? shelf.last(asked, keys, rules, isFree) : undefined
    if (repeated !== undefined) return given(repeated, this.#agreement(repeated, asked, keys, rules)?.values)
    const held = shelf.firstExact(asked, keys, fits) ?? shelf.firstOther(asked, keys, rules, fits)
    return held && this.#held(held)
  }

  /**
   * The interaction that a request under way is about to become, where it matters before the request is complete:
   * the client may wait for `100 Continue`, or be refused while it is still sending.
   */
  lead(asked: WireRequest, last: Interaction | undefined): Interaction | undefined {
    const shared = this.#shared
    const free = shared && this.#lead(asked, last, ({ index }) => !shared.isTaken(index))
    return free ?? this.#lead(asked, last, () => true)
  }

  #lead(asked: WireRequest, last: Interaction | undefined, isFree: Accepts): Interaction | undefined {
    const rules = this.#rulesFor(asked)
    const accepts = (interaction: Interaction): boolean =>
      mayBecome(asked, interaction, rules) &&
      this.#isDue(interaction) &&
      this.#barrier.before(interaction) === undefined &&
      isFree(interaction)
    const next = this.#next(last)
    if (next !== undefined && accepts(next)) return next
    if (this.#isBound(last)) return undefined
    return this.#shelf(rules).early(asked, accepts, this.#allowsRepeats)
  }

  /** Why `interaction` does not answer `asked` on a connection where `last` was played before; never empty for a miss. */
  reasonsAgainst(
    asked: WireRequest,
    interaction: Interaction,
    last: Interaction | undefined,
    shown: (text: string) => string,
  ): Reason[] {
    const reasons = this.#rulesFor(asked).reasonsAgainst(asked, interaction, shown)
    if (asked.isComplete && !interaction.request.isComplete && !isAnsweredEarly(interaction))
      reasons.push({
        what: 'incomplete',
        detail: 'the recorded request was given up before its end and never answered',
      })
    if (!this.#mayRepeat(asked) && this.isPlayed(interaction))
      reasons.push({ what: 'played', detail: 'already played' })
    reasons.push(...this.#orderReasons(interaction, last))
    if (reasons.length === 0)
      reasons.push({ what: 'order', detail: 'the answer of another interaction had begun before the body was known' })
    return reasons
  }

  #orderReasons(interaction: Interaction, last: Interaction | undefined): Reason[] {
    const reasons: Reason[] = []
    const next = this.following(last)
    if (next !== undefined && this.#isBound(last) && interaction !== next)
      reasons.push({ what: 'order', detail: `the connection goes on with recorded interaction ${next.index + 1} only` })
    else if (interaction.isPipelined && interaction !== next)
      reasons.push({
        what: 'order',
        detail: `it was pipelined: it is played only right behind recorded interaction ${interaction.index}, on one connection`,
      })
    const due = this.#due?.before(interaction)
    if (due !== undefined)
      reasons.push({ what: 'order', detail: `recorded interaction ${due.index + 1} has to come before it` })
    const write = this.#barrier.before(interaction)
    if (write !== undefined)
      reasons.push({
        what: 'barrier',
        detail: `it was read behind recorded interaction ${write.index + 1}, a ${write.request.method} that has not come`,
      })
    return reasons
  }

  #shelf(rules: MatchRules): Shelf {
    let shelf = this.#shelves.get(rules.signature)
    if (shelf === undefined) {
      shelf = new Shelf(rules, this.#source, this.#isPlayed, this.#bindings)
      this.#shelves.set(rules.signature, shelf)
    }
    return shelf
  }

  /** The answer that is given when its write has come, where reads wait. */
  #held(interaction: Interaction): Choice | undefined {
    if (!this.#barrier.holds(interaction)) return undefined
    return { interaction, waitsFor: this.#barrier.before(interaction), values: undefined }
  }

  /** What the connection goes on with, where that may be played. */
  #next(last: Interaction | undefined): Interaction | undefined {
    const next = this.following(last)
    if (next === undefined || !this.isPlayed(next)) return next
    return this.#allowsRepeats && next.isPipelined ? next : undefined
  }

  /** Whether a connection that has played `last` can go on with nothing but the pipelined request after it. */
  #isBound(last: Interaction | undefined): boolean {
    return this.following(last)?.isPipelined === true
  }

  /** How well a recorded interaction answers a request; `undefined` where it does not. */
  #agreement(interaction: Interaction, asked: WireRequest, keys: Keys, rules: MatchRules): FoundAgreement | undefined {
    const agreement = this.#agreementInKeys(interaction, asked, keys, rules)
    return agreement && rules.agreesBeyondKeys(asked, interaction) ? agreement : undefined
  }

  #agreementInKeys(
    interaction: Interaction,
    asked: WireRequest,
    keys: Keys,
    rules: MatchRules,
  ): FoundAgreement | undefined {
    const { request } = interaction
    if (!request.isComplete)
      return canStandFor(interaction, asked, rules) && rules.agreesInHead(asked, interaction) ? EXACT : undefined
    if (this.#shelf(rules).isExact(asked, keys, interaction)) return this.#exactAgreement(interaction, asked)
    const template = rules.templateOf(request)
    if (template === undefined) return undefined
    const form = rules.formOf(asked)
    if (template.keyOf(form) !== template.key) return undefined
    const values = template.valuesIn(form)
    return values && { ...agreementOf(interaction, asked, values, this.#bindings), isExact: false }
  }

  #exactAgreement(interaction: Interaction, asked: WireRequest): FoundAgreement {
    const agreement = agreementOf(interaction, asked, undefined, this.#bindings)
    return agreement === WHOLE ? EXACT : { ...agreement, isExact: true }
  }

  /** Whether the order that is asked for lets it be played now. */
  #isDue(interaction: Interaction): boolean {
    return this.#due?.before(interaction) === undefined
  }
}

type Accepts = (interaction: Interaction) => boolean

/** What answers a request; its values are those of the placeholders once it is given. */
interface Choice extends Found {
  readonly values: Values | undefined
}

const given = (interaction: Interaction, values: Values | undefined): Choice => ({
  interaction,
  waitsFor: undefined,
  values,
})

interface FoundAgreement extends Agreement {
  /** Whether it is the same in all that is compared, and not only with values for its placeholders. */
  readonly isExact: boolean
}

const EXACT: FoundAgreement = { ...WHOLE, isExact: true }

/** Whether a request under way can still become the recorded one. */
function mayBecome(asked: WireRequest, interaction: Interaction, rules: MatchRules): boolean {
  const recorded = interaction.request
  return (
    rules.agreesInHead(asked, interaction) &&
    expectsContinue(asked) === expectsContinue(recorded) &&
    rules.agreesSoFar(asked, recorded)
  )
}

const expectsContinue = ({ fields }: WireRequest): boolean =>
  fields.some(({ name, value }) => name.toLowerCase() === 'expect' && value.toLowerCase() === '100-continue')

/** Whether the answer of one had ended before the request of the other was sent: then no client had both under way. */
function isOverBefore({ connection, answer }: Interaction, other: Interaction): boolean {
  const [end, begin] = [answer.at(-1), other.answer[0]]
  return connection !== other.connection && end !== undefined && begin !== undefined && end.at <= begin.at - begin.wait
}
