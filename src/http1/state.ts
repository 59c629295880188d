/**
 * The two directions of a connection, as tables.
 *
 * Rows are states, columns are triggers, cells are the next state. A missing cell is a bug in this package: the
 * parsers find the faults of a peer, which are the trigger `error`. Nothing outside this file decides a next state.
 */
export type State =
  /** No request waits for an answer; bytes that come now are unsolicited. */
  | 'idle'
  /** A start line and header section is expected or incomplete. */
  | 'head'
  | 'body'
  /** The last message allowed on this connection is complete; what follows is not parsed. */
  | 'must-close'
  /** The connection carries another protocol now (101, or 2xx to CONNECT). */
  | 'tunnel'
  | 'failed'

export type Trigger =
  | 'request'
  | 'request-head'
  | 'interim-response'
  | 'response-head'
  | 'end-of-message'
  | 'end-and-close'
  | 'end-and-switch'
  | 'error'

type Steps = Readonly<Record<State, Readonly<Partial<Record<Trigger, State>>>>>

// oxfmt-ignore
export const RESPONSE_STEPS: Steps = {
  'idle':       { 'request': 'head', 'error': 'failed' },
  'head':       { 'interim-response': 'head', 'response-head': 'body', 'error': 'failed' },
  'body':       { 'end-of-message': 'idle', 'end-and-close': 'must-close', 'end-and-switch': 'tunnel', 'error': 'failed' },
  'must-close': {},
  'tunnel':     {},
  'failed':     {},
}

// oxfmt-ignore
export const REQUEST_STEPS: Steps = {
  'idle':       {},
  'head':       { 'request-head': 'body', 'error': 'failed' },
  'body':       { 'end-of-message': 'head', 'end-and-close': 'must-close', 'end-and-switch': 'tunnel', 'error': 'failed' },
  'must-close': {},
  'tunnel':     {},
  'failed':     {},
}

/** The state after `trigger`. */
export function step(steps: Steps, state: State, trigger: Trigger): State {
  const next = steps[state][trigger]
  if (next === undefined) throw new Error(`wiretape is at fault: ${trigger} while ${state}`)
  return next
}
