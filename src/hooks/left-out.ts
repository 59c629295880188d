import type { OpenEvent, TapeEvent } from '../tape/cassette.ts'
import { lengthOf } from '../tape/late-bytes.ts'
import type { ExchangePlace, HookResult } from './hook.ts'

/**
 * Takes off the tape what belongs to interactions that were left out, besides their bytes: how a connection ended after such an interaction, and
 * connections on which nothing else happened.
 *
 * A connection that ended after a failed poll would otherwise end, in a replay, after what came before the poll.
 */
export class LeftOut {
  readonly #connections = new Map<number, ConnectionState>()

  /** What is recorded of the events of one connection, which come in their order. */
  kept({ before, after, places }: HookResult): readonly TapeEvent[] {
    const [first] = before
    if (first === undefined) return after
    const state = this.#connections.get(first.connection) ?? { isLeftOut: false, isCut: false, opening: undefined }
    this.#connections.set(first.connection, state)
    const kept = state.isCut ? after.filter(isOfClient) : withoutEndings(before, after, places, state)
    state.isCut ||= places.some(({ isCut }) => isCut)
    if (before.some(({ type }) => type === 'close')) this.#connections.delete(first.connection)
    const isConcerned = state.opening !== undefined || places.some(({ isLeftOut }) => isLeftOut)
    return isConcerned ? withOpening(kept, state) : kept
  }
}

interface ConnectionState {
  /** Whether the last interaction was left out. */
  isLeftOut: boolean
  /** Whether everything is left out from now on. */
  isCut: boolean
  /** Held back until something happens on the connection. */
  opening: OpenEvent | undefined
}

function withoutEndings(
  before: readonly TapeEvent[],
  after: readonly TapeEvent[],
  places: readonly ExchangePlace[],
  state: ConnectionState,
): readonly TapeEvent[] {
  const gone = new Set<TapeEvent>()
  let sent = 0
  for (const event of before) {
    if (event.type === 'sent') {
      sent += lengthOf(event)
      state.isLeftOut = places.findLast(({ start }) => start < sent)?.isLeftOut ?? state.isLeftOut
    } else if (state.isLeftOut && isEnding(event)) gone.add(event)
  }
  return gone.size === 0 ? after : after.filter((event) => !gone.has(event))
}

function withOpening(events: readonly TapeEvent[], state: ConnectionState): readonly TapeEvent[] {
  const opening = state.opening ?? events.find((event) => event.type === 'open')
  if (opening === undefined) return events
  const others = events.filter(({ type }) => type !== 'open')
  state.opening = others.every(isOfClient) ? opening : undefined
  return state.opening === undefined ? [opening, ...others] : []
}

/** Whether the server, or its silence, ended the connection: a replay plays that. */
const isEnding = (event: TapeEvent): boolean => (event.type === 'end' || event.type === 'close') && !isOfClient(event)

/** What the client did with a connection that it did not use. */
function isOfClient(event: TapeEvent): boolean {
  if (event.type === 'close') return event.by === 'client' && event.failure?.code.endsWith('_TIMEOUT') !== true
  return event.type === 'end' && event.by === 'client'
}
