import { LocalProtocolError } from '../errors.ts'
import type { TapeEvent } from '../tape/cassette.ts'
import { type Direction, withEdits } from '../messages/directions.ts'
import type { Edit } from '../content/edits.ts'
import { callBounded, type FailedCall, type Outcome } from './bounded-call.ts'
import {
  type Exchange,
  type HookInteraction,
  interactionOf,
  readTapedExchanges,
  type TapedMessage,
} from './taped-exchanges.ts'
import { type NewExchange, type NewMessage, readHookResult } from './hook-result.ts'
import { changeEdits } from './message-change.ts'

/**
 * Gives what is to stand for an interaction: the same one, or another made of it.
 *
 * The interaction is a copy, so changing it does nothing. One that throws, rejects, takes too long or gives anything else has the
 * bodies of that interaction withheld.
 */
export type InteractionHook = (interaction: HookInteraction) => HookInteraction | PromiseLike<HookInteraction>

/** The name by which users know it. */
export type HookName = 'beforeRecord' | 'beforePlayback'

/** An interaction whose bodies were withheld, and why. */
export interface HookFailure {
  readonly code: FailedCall['code']
  /** Such as `GET /users`. */
  readonly request: string
  readonly reason: string
}

/** Milliseconds that a hook may take for one interaction, where nothing else is said. */
export const HOOK_TIMEOUT = 1000

/** A hook that hung so often is not called any more: each time costs the time that it may take. */
const MOST_TIMEOUTS = 3

/** A hook of the user's, and what became of its calls. */
export class Hook {
  readonly name: HookName
  readonly failures: HookFailure[] = []
  readonly #call: InteractionHook
  readonly #limit: number
  #timeouts = 0

  /** @throws LocalProtocolError `INVALID_OPTION`. */
  constructor(name: HookName, call: InteractionHook, limit: number = HOOK_TIMEOUT) {
    if (typeof call !== 'function') throw new LocalProtocolError('INVALID_OPTION', `${name}: not a function`)
    if (!Number.isInteger(limit) || limit < 1 || limit > LONGEST_TIMER)
      throw new LocalProtocolError('INVALID_OPTION', `hookTimeout: not a number of milliseconds: ${String(limit)}`)
    this.name = name
    this.#call = call
    this.#limit = limit
  }

  /** Begins to take events through the hook. */
  take(events: readonly TapeEvent[], originOf: (connection: number) => string): HookedEvents {
    const { directions, exchanges } = readTapedExchanges(events, originOf)
    return new HookedEvents(
      events,
      directions,
      exchanges.map((exchange) => new HookedExchange(exchange, this)),
    )
  }

  run(interaction: HookInteraction): Outcome<NewExchange> | Promise<Outcome<NewExchange>> {
    if (this.#timeouts >= MOST_TIMEOUTS)
      return {
        type: 'failed',
        code: 'HOOK_TIMEOUT',
        reason: `it hung ${MOST_TIMEOUTS} times and is not called any more`,
      }
    // What it is given is its own: it is judged by what came off the tape.
    const copy = copyOf(interaction)
    return callBounded(
      () => this.#call(copy),
      (result) => readHookResult(result, interaction),
      this.#limit,
    )
  }

  noteFailure({ code, reason }: FailedCall, { request }: HookInteraction): void {
    if (code === 'HOOK_TIMEOUT') this.#timeouts += 1
    this.failures.push({ code, reason, request: `${request.method} ${request.target}` })
  }

  /** Says what was withheld, if anything was; `clean` takes secrets out of what the hook said. */
  error(clean: (text: string) => string): LocalProtocolError | undefined {
    const [first] = this.failures
    if (first === undefined) return undefined
    const others = this.failures.length > 1 ? `, and ${this.failures.length - 1} more` : ''
    return new LocalProtocolError(first.code, clean(`${this.name}, at ${first.request}: ${first.reason}${others}`))
  }
}

/** What a timer takes. */
const LONGEST_TIMER = 2 ** 31 - 1

function copyOf({ origin, request, response }: HookInteraction): HookInteraction {
  return {
    origin,
    request: { ...request, ...copiesOf(request) },
    ...(response && { response: { ...response, ...copiesOf(response) } }),
  }
}

function copiesOf({ headers, body }: Pick<HookInteraction['request'], 'headers' | 'body'>) {
  return { headers: headers.map(([name, value]) => [name, value] as const), body: Buffer.from(body) }
}

/** Events on their way through a hook. */
export class HookedEvents {
  readonly #events: readonly TapeEvent[]
  readonly #directions: readonly Direction[]
  readonly #exchanges: readonly HookedExchange[]

  constructor(events: readonly TapeEvent[], directions: readonly Direction[], exchanges: readonly HookedExchange[]) {
    this.#events = events
    this.#directions = directions
    this.#exchanges = exchanges
  }

  get isDone(): boolean {
    return this.#exchanges.every(({ isDone }) => isDone)
  }

  /** Settles when the hook has, one way or the other; never rejects. */
  async done(): Promise<void> {
    await Promise.all(this.#exchanges.map((exchange) => exchange.done()))
  }

  /** What stands for the events. A hook that is not done has failed. */
  result(): readonly TapeEvent[] {
    const edits = new Map<Direction, Edit[]>(this.#directions.map((direction) => [direction, []]))
    for (const exchange of this.#exchanges)
      for (const [direction, own] of exchange.edits()) edits.get(direction)?.push(...own)
    for (const [direction, own] of edits) direction.edit(own)
    return withEdits(this.#events, this.#directions)
  }
}

type DirectionEdits = readonly (readonly [direction: Direction, edits: readonly Edit[]])[]

/** One exchange on its way through a hook. */
class HookedExchange {
  readonly #exchange: Exchange
  readonly #interaction: HookInteraction
  readonly #hook: Hook
  readonly #settled: Promise<void> | undefined
  #outcome: Outcome<NewExchange> | undefined

  constructor(exchange: Exchange, hook: Hook) {
    this.#exchange = exchange
    this.#hook = hook
    this.#interaction = interactionOf(exchange)
    const outcome = hook.run(this.#interaction)
    if (outcome instanceof Promise) this.#settled = this.#waitFor(outcome)
    else this.#outcome = outcome
  }

  async #waitFor(outcome: Promise<Outcome<NewExchange>>): Promise<void> {
    const settled = await outcome
    // It may have been given up.
    this.#outcome ??= settled
  }

  get isDone(): boolean {
    return this.#outcome !== undefined
  }

  async done(): Promise<void> {
    await this.#settled
  }

  edits(): DirectionEdits {
    this.#outcome ??= { type: 'failed', code: 'HOOK_TIMEOUT', reason: 'the recording ended before it' }
    if (this.#outcome.type === 'done') {
      try {
        return editsFor(this.#exchange, this.#outcome.value)
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        this.#outcome = { type: 'failed', code: 'HOOK_FAILED', reason }
      }
    }
    this.#hook.noteFailure(this.#outcome, this.#interaction)
    return withheldEdits(this.#exchange)
  }
}

function editsFor({ request, response }: Exchange, wanted: NewExchange): DirectionEdits {
  const edits: DirectionEdits[number][] = [[request.direction, changeEdits(request, wanted.request, undefined)]]
  if (response !== undefined && wanted.response !== undefined)
    edits.push([response.direction, changeEdits(response, wanted.response, request.message.method)])
  return edits
}

/** Stands for the bodies of an interaction that a hook did not give. */
const WITHHELD = '{{withheld-by-hook.1}}'

function withheldEdits(exchange: Exchange): DirectionEdits {
  const { request, response } = exchange
  try {
    return editsFor(exchange, { request: withoutBody(request), response: response && withoutBody(response) })
  } catch {
    // Nothing has to fit where nothing changes its length.
    return [request, ...(response === undefined ? [] : [response])].map(({ direction, message }) => [
      direction,
      message.chunks.map(({ dataStart, dataEnd }) => blank(dataStart, dataEnd)),
    ])
  }
}

const blank = (start: number, end: number): Edit => ({ start, end, with: '*'.repeat(end - start) })

function withoutBody({ message, startLine, content }: TapedMessage): NewMessage {
  const rest = startLine.split(' ').slice(1)
  const subject = message.method === '' ? rest.join(' ') : (rest[0] ?? '')
  return { subject, headers: message.fields, body: content === '' ? '' : WITHHELD }
}
