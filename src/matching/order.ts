import type { Interaction } from '../interactions/interaction.ts'
import { LocalProtocolError } from '../errors.ts'

/** In which order requests may come. */
export type Order = 'any' | 'recorded' | 'recorded-per-origin'

/**
 * What happens to a read that was recorded after a write, if that write has not come yet.
 *
 * - `false`: it is answered like any other.
 * - `'fail'`: it is a miss, or gets a repeat where those are allowed.
 * - `'wait'`: its answer waits for the write.
 */
export type BarrierOption = false | 'fail' | 'wait'

/** @throws LocalProtocolError `INVALID_OPTION` for an unknown value. */
export function checkOrder(order: Order, barrier: BarrierOption): void {
  if (barrier !== false && barrier !== 'fail' && barrier !== 'wait')
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `barrier is ${JSON.stringify(barrier)}; known are false, 'fail' and 'wait'`,
    )
  if (!ORDERS.has(order))
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `order is ${JSON.stringify(order)}; known are ${[...ORDERS].join(', ')}`,
    )
}

const ORDERS: ReadonlySet<Order> = new Set(['any', 'recorded', 'recorded-per-origin'])

/** RFC 9110 section 9.2.1: what may change something. */
export const isWrite = ({ request }: Interaction): boolean => !SAFE_METHODS.has(request.method)

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])
