import { LocalProtocolError } from '../errors.ts'
import { refusePromise } from './bounded-call.ts'
import { Hook } from './hook.ts'
import type { HookInteraction, HookRequest } from './taped-exchanges.ts'

/**
 * Returns what stands for a request: the same one, or another made of it. It acts when a request is recorded and when one is looked up, so that what
 * differs from run to run is equal on both sides.
 *
 * It is synchronous, and its results depend on the request alone.
 */
export type RequestHook = (asked: Pick<HookInteraction, 'origin' | 'request'>) => HookRequest

/** @throws LocalProtocolError `INVALID_OPTION`. */
export function requestHook(call: RequestHook, limit?: number): Hook {
  if (typeof call !== 'function') throw new LocalProtocolError('INVALID_OPTION', 'normalizeRequest: not a function')
  return new Hook(
    'normalizeRequest',
    ({ origin, request, response }) => ({ request: refusePromise(call({ origin, request })), response }),
    limit,
  )
}
