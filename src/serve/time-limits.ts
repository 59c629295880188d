import { checkMilliseconds } from '../client/timeouts.ts'
import type { RequestLimits } from './request-watch.ts'

/** How long clients may take. */
export interface TimeLimits {
  /**
   * Milliseconds that a client may take for the head of a request, and for each gap in a body; `null`: no limit. Default: 30,000.
   *
   * A late request is answered with 408; if the client has sent nothing at all, the connection is closed. There is no limit with
   * `matchOn: 'bytes'`, and for origins that do not speak HTTP.
   */
  readonly requestTimeout?: number | null | undefined
  /**
   * Milliseconds that a client may stay between requests, while it waits for no answer; `null`: no limit. Default: 300,000.
   *
   * Then the connection is closed. There is no limit with `matchOn: 'bytes'`, and for origins that do not speak HTTP.
   */
  readonly idleTimeout?: number | null | undefined
}

/** Every option there is. */
export const TIME_LIMITS: Readonly<Record<keyof TimeLimits, true>> = { requestTimeout: true, idleTimeout: true }

/** @throws LocalProtocolError `INVALID_OPTION` for an invalid time limit. */
export const requestLimits = ({ requestTimeout = 30_000, idleTimeout = 300_000 }: TimeLimits): RequestLimits => ({
  request: requestTimeout === null ? undefined : checkMilliseconds(requestTimeout),
  idle: idleTimeout === null ? undefined : checkMilliseconds(idleTimeout),
})
