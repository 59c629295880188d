import { LocalProtocolError } from '../errors.ts'
import type { TapeEvent } from '../tape/cassette.ts'
import { type Direction, withEdits } from '../messages/directions.ts'
import type { Edit } from '../content/edits.ts'
import { callBounded, type FailedCall, type Outcome } from './bounded-call.ts'
import {
  endOf,
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

/**
 * An {@link InteractionHook} that may also return `null`: then the interaction is left out of the recording.
 *
 * What else happened on its connection is recorded as usual. How the connection ended is left out if it ended after this interaction, and a
 * connection on which nothing else happened is left out as a whole.
 */
export type RecordHook = (interaction: HookInteraction) => HookInteraction | null | PromiseLike<HookInteraction | null>

/** The name by which users know it. */
export type HookName = 'beforeRecord' | 'beforePlayback' | 'normalizeRequest'

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
  readonly #call: (interaction: HookInteraction) => unknown
  readonly #limit: number
  #timeouts = 0

  /** @throws LocalProtocolError `INVALID_OPTION`. */
  constructor(name: HookName, call: (interaction: HookInteraction) => unknown, limit: number = HOOK_TIMEOUT) {
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

  /** `null`: the interaction is left out. */
  run(interaction: HookInteraction): Outcome<NewExchange | null> | Promise<Outcome<NewExchange | null>> {
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
      (result) => (result === null && this.name === 'beforeRecord' ? null : readHookResult(result, interaction)),
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
  result(): HookResult {
    const edits = new Map<Direction, Edit[]>(this.#directions.map((direction) => [direction, []]))
    const places: ExchangePlace[] = []
    /** Connections of which everything from some exchange on is left out. */
    const cut = new Set<number>()
    for (const exchange of this.#exchanges) {
      if (cut.has(exchange.connection)) continue
      for (const [direction, own] of exchange.edits()) edits.get(direction)?.push(...own)
      places.push(exchange.place)
      if (exchange.place.isCut) cut.add(exchange.connection)
    }
    for (const [direction, own] of edits) direction.edit(own)
    return { before: this.#events, after: withEdits(this.#events, this.#directions), places }
  }
}

/** What became of events. */
export interface HookResult {
  readonly before: readonly TapeEvent[]
  /** With what the hook gave, and without the bytes of what is left out. */
  readonly after: readonly TapeEvent[]
  readonly places: readonly ExchangePlace[]
}

/** Where an exchange stands in the events, and whether it is left out. */
export interface ExchangePlace {
  readonly connection: number
  /** Offset of the request in what was sent. */
  readonly start: number
  readonly isLeftOut: boolean
  /** Whether everything that follows on the connection is left out as well. */
  readonly isCut: boolean
}

type DirectionEdits = readonly (readonly [direction: Direction, edits: readonly Edit[]])[]

/** One exchange on its way through a hook. */
class HookedExchange {
  readonly #exchange: Exchange
  readonly #interaction: HookInteraction
  readonly #hook: Hook
  readonly #settled: Promise<void> | undefined
  #outcome: Outcome<NewExchange | null> | undefined

  constructor(exchange: Exchange, hook: Hook) {
    this.#exchange = exchange
    this.#hook = hook
    this.#interaction = interactionOf(exchange)
    const outcome = hook.run(this.#interaction)
    if (outcome instanceof Promise) this.#settled = this.#waitFor(outcome)
    else this.#outcome = outcome
  }

  async #waitFor(outcome: Promise<Outcome<NewExchange | null>>): Promise<void> {
    const settled = await outcome
    // It may have been given up.
    this.#outcome ??= settled
  }

  get connection(): number {
    return this.#exchange.request.direction.connection
  }

  get isDone(): boolean {
    return this.#outcome !== undefined
  }

  get place(): ExchangePlace {
    const isLeftOut = this.#outcome?.type === 'done' && this.#outcome.value === null
    return {
      connection: this.connection,
      start: this.#exchange.request.message.headStart,
      isLeftOut,
      isCut: isLeftOut && isLastOfHttp(this.#exchange),
    }
  }

  async done(): Promise<void> {
    await this.#settled
  }

  edits(): DirectionEdits {
    this.#outcome ??= { type: 'failed', code: 'HOOK_TIMEOUT', reason: 'the recording ended before it' }
    if (this.#outcome.type === 'done') {
      const { value } = this.#outcome
      if (value === null) return leavingOutEdits(this.#exchange)
      try {
        return editsFor(this.#exchange, value)
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

function leavingOutEdits(exchange: Exchange): DirectionEdits {
  const { request, answer } = exchange
  const isLast = isLastOfHttp(exchange)
  const without = (direction: Direction, start: number, end: number): DirectionEdits[number] => [
    direction,
    [{ start, end: isLast ? direction.text.length : end, with: '' }],
  ]
  const sent = without(request.direction, request.message.headStart, endOf(request))
  return answer === undefined ? [sent] : [sent, without(answer.direction, answer.start, answer.end)]
}

/** Whether what follows on the connection is another protocol, or cannot be told from this exchange. */
function isLastOfHttp({ request, response }: Exchange): boolean {
  if (request.message.end === undefined) return true
  if (response === undefined) return false
  const [, status = ''] = response.startLine.split(' ')
  const isSwitch = status === '101' || (request.message.method === 'CONNECT' && status.startsWith('2'))
  return isSwitch || response.message.end === undefined
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
