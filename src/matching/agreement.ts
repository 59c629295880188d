import type { Interaction } from '../interactions/interaction.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import type { Values } from '../templates/pattern.ts'
import type { Bindings, ValueFit } from './bindings.ts'
import { headerFit } from './choosing-headers.ts'

/** How well a recorded request agrees with one that is asked. */
export interface Agreement extends ValueFit {
  /** In how many header fields they differ that are not compared. */
  readonly distance: number
  /** What stands for the placeholders then, in what is compared and in header fields. */
  readonly values: Values
}

/**
 * @param values What stands for the placeholders in what is compared. They count before those in header fields.
 */
export function agreementOf(
  { request }: Interaction,
  asked: WireRequest,
  values: Values | undefined,
  bindings: Bindings,
): Agreement {
  const { distance, values: inHeaders } = headerFit(request, asked)
  const all = values === undefined ? inHeaders : new Map([...inHeaders, ...values])
  if (distance === 0 && all.size === 0) return WHOLE
  return { distance, values: all, ...bindings.fitOf(all) }
}

export const WHOLE: Agreement = { distance: 0, others: 0, news: 0, values: new Map() }

/** Negative if `one` agrees better. Values that belong to something else are worse than new ones. */
export const compareAgreements = (one: Agreement, other: Agreement): number =>
  one.distance - other.distance || one.others - other.others || one.news - other.news

/** Whether no other could agree better: nobody knows a value that is new. */
export const isBest = ({ distance, others }: Agreement): boolean => distance === 0 && others === 0
