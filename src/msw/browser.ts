/**
 * Makes handlers for msw from recorded answers that are plain data, without modules of Node. `wiretape generate msw` writes files that use it.
 *
 * @packageDocumentation
 */
export { type HandlerOptions, handlersFromAnswers } from './handlers.ts'
export type { Content, RecordedAnswer, RecordedResponse } from './recorded-answer.ts'
export { handlersFromTalks, type RecordedSaying, type RecordedTalk } from './socket-handlers.ts'
