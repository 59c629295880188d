import type { TapeEvent } from '../tape/cassette.ts'
import { bytesOf, countWholeResponses } from './answers.ts'
import { readRequests } from './speech.ts'

/**
 * Whether a client left before it had all of the answers, given the events of its connection, or the last ones from a request on.
 *
 * What was not HTTP, ended by the server, or given up by a time limit is not such a case: a limit is recorded as what it is.
 */
export function hasLeftEarly(events: readonly TapeEvent[]): boolean {
  const close = events.findLast((event) => event.type === 'close')
  if (close?.by !== 'client' || close.failure?.code.endsWith('_TIMEOUT') === true) return false
  if (events.some((event) => event.type === 'end' && event.by === 'server')) return false
  const methods = readRequests(bytesOf(events, 'sent')).messages.map(({ method }) => method)
  const whole = methods.length === 0 ? 0 : countWholeResponses(bytesOf(events, 'received'), methods)
  return whole !== undefined && whole < methods.length
}
