/**
 * Cassettes as handlers for msw 2 and 3, and recording through msw.
 *
 * ```ts
 * import { setupServer } from 'msw/node'
 * import { loadCassette } from 'wiretape/cassette'
 * import { handlersFrom } from 'wiretape/msw'
 *
 * const server = setupServer(...handlersFrom(await loadCassette('users.yaml')))
 * ```
 *
 * @packageDocumentation
 */
import type { HttpHandler, WebSocketHandler } from 'msw'
import type { Cassette } from '../entries/cassette.ts'
import { answersOf } from './answers.ts'
import { type HandlerOptions, handlersFromAnswers } from './handlers.ts'
import { handlersFromTalks } from './socket-handlers.ts'
import { talksOf } from './talks.ts'

export { answersOf, type Loss, type LossKind, lossReport } from './answers.ts'
export { recordThrough } from './record-through.ts'
export { talksOf } from './talks.ts'
export * from './browser.ts'

/** Makes handlers that return the answers of a cassette; {@link lossReport} says what they cannot return. */
export function handlersFrom(cassette: Cassette, options: HandlerOptions = {}): HttpHandler[] {
  return handlersFromAnswers(answersOf(cassette), options)
}

/** Makes handlers that play the WebSockets of a cassette, as {@link handlersFromTalks} says. */
export function socketHandlersFrom(cassette: Cassette): WebSocketHandler[] {
  return handlersFromTalks(talksOf(cassette))
}
