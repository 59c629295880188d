import type { Question } from '../protocols/dialogue.ts'
import { type Exchange, keyOf } from './spoken-exchange.ts'
import type { RecordedConversation } from './spoken-recording.ts'

/** How far a connection that is played has come, in terms of the recorded one that it took its last answer from. */
export interface Follows {
  readonly connection: number
  readonly place: number
}

/** What was recorded of one origin. Which connection answers depends on what is asked, as those of a pool are alike. */
export class ExchangeShelf {
  readonly conversations: readonly RecordedConversation[]
  /** In the order in which they were wanted. */
  readonly all: readonly Exchange[]
  /** When each was wanted whose connection was opened for it. */
  readonly #wantedAt: ReadonlyMap<Exchange, number>
  readonly #allowsRepeats: boolean
  readonly #byKey = new Map<string, Exchange[]>()
  readonly #played = new Set<Exchange>()
  readonly #beginning = new Set<number>()
  readonly #toldBehind = new Set<Exchange>()

  constructor(conversations: readonly RecordedConversation[], allowsRepeats: boolean) {
    this.conversations = conversations
    this.#allowsRepeats = allowsRepeats
    const asked = conversations.flatMap(({ exchanges }) => exchanges)
    this.#wantedAt = openedFor(asked)
    this.all = asked.toSorted(
      (one, other) =>
        this.#wanted(one) - this.#wanted(other) || one.connection - other.connection || one.place - other.place,
    )
    for (const exchange of this.all) {
      const key = keyOf(exchange.question)
      const others = this.#byKey.get(key)
      if (others === undefined) this.#byKey.set(key, [exchange])
      else others.push(exchange)
    }
  }

  isPlayed(exchange: Exchange): boolean {
    return this.#played.has(exchange)
  }

  /** What has a place of its own and was not asked for. */
  get unplayed(): readonly Exchange[] {
    return this.all.filter((exchange) => exchange.question.role === 'once' && !this.#played.has(exchange))
  }

  /** Whether what the server said unasked is played after an answer: it said that once. */
  tellsBehind(exchange: Exchange): boolean {
    if (this.#toldBehind.has(exchange)) return false
    this.#toldBehind.add(exchange)
    return true
  }

  /** A connection is opened for the recorded one with that number. */
  begin(connection: number): void {
    this.#beginning.add(connection)
  }

  /** That connection has been asked something, or has gone. */
  begun(connection: number): void {
    this.#beginning.delete(connection)
  }

  /** What answers `question`; `undefined`: nothing, or nothing any more. */
  find(question: Question, follows: Follows | undefined): Exchange | undefined {
    const equal = this.#equalTo(question)
    const found =
      question.role === 'setup'
        ? setupIn(question, equal, follows, this.#played)
        : this.#onceIn(equal, question, follows)
    if (found !== undefined) this.#played.add(found)
    return found
  }

  /**
   * Equal ones are played in recorded order, as their answers may differ; what belongs to a transaction like this one is preferred.
   *
   * Of several that were under way at the same time the connection's own is the one.
   */
  #onceIn(equal: readonly Exchange[], { context }: Question, follows: Follows | undefined): Exchange | undefined {
    const unplayed = equal.filter((exchange) => !this.#played.has(exchange))
    const alike = unplayed.filter((exchange) => exchange.question.context === context)
    const left = alike.length > 0 ? alike : unplayed
    const [first, ...others] = left.filter((exchange) => !this.#isKept(exchange, follows))
    if (first === undefined) return left[0] ?? (this.#allowsRepeats ? equal.at(-1) : undefined)
    return (
      others.find((one) => this.#wanted(one) < first.answeredAt && isNext(one, follows) && !isNext(first, follows)) ??
      first
    )
  }

  /** What a connection was opened for is kept for the one that is opened in its place, and is still logging in. */
  #isKept(exchange: Exchange, follows: Follows | undefined): boolean {
    const { connection } = exchange
    return this.#wantedAt.has(exchange) && connection !== follows?.connection && this.#beginning.has(connection)
  }

  #wanted(exchange: Exchange): number {
    return this.#wantedAt.get(exchange) ?? exchange.at
  }

  #equalTo(question: Question): readonly Exchange[] {
    const exact = this.#byKey.get(keyOf(question))
    return exact ?? this.all.filter((exchange) => exchange.matches(question))
  }
}

/**
 * What connections were opened for, and when that was: a pool opens one when all others are busy, and what is asked then waits for the login.
 *
 * A connection that was ready while another one was asked something and answered it was waiting itself: a pool opened it in vain, or a test
 * before.
 */
function openedFor(asked: readonly Exchange[]): ReadonlyMap<Exchange, number> {
  const wantedAt = new Map<Exchange, number>()
  for (const exchange of asked) {
    const { opening, connection, at } = exchange
    if (opening === undefined) continue
    const hasIdled = asked.some(
      (other) =>
        other.question.role === 'once' &&
        other.connection !== connection &&
        other.at >= opening.noticedAt &&
        other.answeredAt <= at,
    )
    if (!hasIdled) wantedAt.set(exchange, opening.at)
  }
  return wantedAt
}

/** What sets a connection up goes on where the connection is; new ones begin in recorded order, and those beyond that are like the last one. */
function setupIn(
  question: Question,
  equal: readonly Exchange[],
  follows: Follows | undefined,
  played: ReadonlySet<Exchange>,
): Exchange | undefined {
  const next = equal.find((exchange) => isNext(exchange, follows))
  if (next !== undefined || question.prefersOwn === true) return next
  return equal.find((exchange) => !played.has(exchange)) ?? equal.at(-1)
}

const isNext = ({ connection, place }: Exchange, follows: Follows | undefined): boolean =>
  connection === follows?.connection && place > follows.place
