import { whenThere } from '../when-there.ts'
import { type AnswerHook, hookedAnswer } from '../hooks/answer-hook.ts'
import type { Interaction, Step } from '../interactions/interaction.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import type { TapeEvent } from '../tape/cassette.ts'

/** The steps of an answer; a text says why there are none. */
export type ChangedAnswer = Interaction['answer'] | string

/** The answer of an interaction as the user's hook returns it for a request; a text says why there is none. */
export function changedAnswer(
  call: AnswerHook,
  { request, answer, origin }: Interaction,
  asked: WireRequest,
  limit: number | undefined,
): ChangedAnswer | Promise<ChangedAnswer> {
  const received = answer.flatMap(({ action }, at): TapeEvent[] =>
    action.type === 'segment' ? [{ type: 'received', connection: 1, at, bytes: action.bytes, ends: action.ends }] : [],
  )
  const recorded: readonly TapeEvent[] = [{ type: 'sent', connection: 1, at: -1, bytes: request.raw }, ...received]
  return whenThere(hookedAnswer(call, { origin, asked: asked.raw, recorded }, limit), (outcome) => {
    if (outcome.type === 'failed') return outcome.reason
    // The time of an event is the place of its step: of some segments nothing may be left.
    const changed = new Map(outcome.value.map((event) => [event.at, event]))
    const isSame = received.every((event) => changed.get(event.at) === event)
    return isSame ? answer : answer.flatMap((step, at) => changedStep(step, changed.get(at)))
  })
}

function changedStep<Cause>(step: Step<Cause>, event: TapeEvent | undefined): readonly Step<Cause>[] {
  if (step.action.type !== 'segment') return [step]
  if (event?.type !== 'received') return []
  return [{ ...step, action: { type: 'segment', bytes: event.bytes, ends: event.ends } }]
}
