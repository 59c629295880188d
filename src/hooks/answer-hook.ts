import type { Edit } from '../content/edits.ts'
import { type Direction, withEdits } from '../messages/directions.ts'
import type { TapeEvent } from '../tape/cassette.ts'
import { callBounded, type Outcome } from './bounded-call.ts'
import { whenThere } from '../when-there.ts'
import { HOOK_TIMEOUT } from './hook.ts'
import { type NewMessage, readHookResponse } from './hook-result.ts'
import { changeEdits, isBodiless, replacingEdits } from './message-change.ts'
import {
  type HookInteraction,
  type HookRequest,
  type HookResponse,
  interactionOf,
  readTapedExchanges,
  type TapedMessage,
} from './taped-exchanges.ts'

/** A recorded interaction that is about to be played, and the request that it answers. */
export interface HookAnswer extends HookInteraction {
  /** What the client sent; `request` is what was recorded. */
  readonly asked: HookRequest
  readonly response: HookResponse
}

/**
 * Returns what the client gets instead of a recorded response, or a promise of it; `undefined`: the response as it was recorded.
 *
 * It sees the request that is asked, so it can give a client what this one expects in its answer: the `id` of a JSON-RPC call, a nonce, a state.
 */
export type AnswerHook = (answer: HookAnswer) => HookResponse | undefined | Promise<HookResponse | undefined>

/** What is played, and what is asked. */
export interface AnswerToHook {
  readonly origin: string
  /** Bytes of the request. */
  readonly asked: Uint8Array
  /** A request and its answer, on one connection. */
  readonly recorded: readonly TapeEvent[]
}

/**
 * Takes an answer through the user's hook.
 *
 * Segments keep their borders as near as lengths allow. If there is no response, the hook is not called.
 */
export function hookedAnswer(
  call: AnswerHook,
  { origin, asked, recorded }: AnswerToHook,
  limit = HOOK_TIMEOUT,
): Outcome<readonly TapeEvent[]> | Promise<Outcome<readonly TapeEvent[]>> {
  const [question] = readTapedExchanges([{ type: 'sent', connection: 1, at: 0, bytes: asked }], () => origin).exchanges
  const { directions, exchanges } = readTapedExchanges(recorded, () => origin)
  const [exchange] = exchanges
  const interaction = exchange && interactionOf(exchange)
  if (question === undefined || exchange?.response === undefined || interaction?.response === undefined)
    return { type: 'done', value: recorded }
  const { response, request } = exchange
  const answer: HookAnswer = { ...interaction, response: interaction.response, asked: interactionOf(question).request }
  const { status } = interaction.response
  const called = callBounded(
    () => call(answer),
    (given) => (given === undefined ? undefined : readHookResponse(given, status)),
    limit,
  )
  return whenThere(called, (outcome) => {
    if (outcome.type === 'failed') return outcome
    return outcome.value === undefined
      ? { type: 'done', value: recorded }
      : withResponse({ directions, recorded }, response, outcome.value, request.message.method)
  })
}

/** The events with another response. */
function withResponse(
  { directions, recorded }: { readonly directions: readonly Direction[]; readonly recorded: readonly TapeEvent[] },
  response: TapedMessage,
  wanted: NewMessage,
  method: string,
): Outcome<readonly TapeEvent[]> {
  try {
    response.direction.edit(editsFor(response, wanted, method))
    return { type: 'done', value: withEdits(recorded, directions) }
  } catch (error) {
    return { type: 'failed', code: 'HOOK_FAILED', reason: error instanceof Error ? error.message : String(error) }
  }
}

function editsFor(response: TapedMessage, wanted: NewMessage, method: string): readonly Edit[] {
  const [, before = ''] = response.startLine.split(' ')
  // RFC 9110 section 8.6: no Content-Length in a 204, whatever fits.
  if (isBodiless(wanted.subject.slice(0, 3)) !== isBodiless(before)) return replacingEdits(response, wanted, method)
  try {
    return changeEdits(response, wanted, method)
  } catch {
    // The recorded framing has no room for it, so it gets another one.
    return replacingEdits(response, wanted, method)
  }
}
