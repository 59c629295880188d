import { bytesOf, countWholeResponses } from '../messages/answers.ts'
import type { TapeEvent } from '../tape/cassette.ts'
import type { Interaction, Leaving } from './interaction.ts'

/** How the client left a connection; `undefined` if the server ended it, or its end is not on the tape. */
export function leavingOf(events: readonly TapeEvent[], isEarly: () => boolean): Leaving | undefined {
  const place = events.findIndex(({ type }) => type === 'close')
  const close = events[place]
  if (close?.type !== 'close' || close.by !== 'client' || close.failure?.code.endsWith('_TIMEOUT') === true)
    return undefined
  const before = events.slice(0, place)
  if (before.some((event) => event.type === 'end' && event.by === 'server')) return undefined
  return { wait: Math.max(close.at - (before.at(-1)?.at ?? close.at), 0), isEarly }
}

/** Gives those interactions of a connection their {@link Leaving} that may not have been answered to the end. */
export function noteLeaving(
  events: readonly TapeEvent[],
  interactions: readonly { -readonly [Key in keyof Interaction]: Interaction[Key] }[],
): void {
  let answered: number | undefined
  // Counted when somebody waits for more, once for all of them: most clients never do.
  const countAnswered = (): number => {
    const methods = interactions.map(({ request }) => request.method)
    answered ??= countWholeResponses(bytesOf(events, 'received'), methods) ?? interactions.length
    return answered
  }
  // What is sent after a pipelined request is pipelined, too.
  const mayBeUnfinished = interactions.filter(
    (_, place) => place === interactions.length - 1 || interactions[place + 1]?.isPipelined === true,
  )
  for (const interaction of mayBeUnfinished)
    interaction.leaving = leavingOf(events, () => countAnswered() <= interaction.place)
}
