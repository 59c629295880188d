import { type Disguised, disguisedOf } from '../content/placeholders.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import { type Exchange, readExchanges } from '../messages/exchanges.ts'
import { isBytes } from '../messages/directions.ts'
import type { Cassette } from '../tape/cassette.ts'
import type { Exit } from '../late-transport.ts'
import { LateTransport } from '../late-transport.ts'
import type { Transport } from '../transport.ts'
import { GuardedTransport } from './guarded-transport.ts'
import type { Refuse } from './held-requests.ts'
import { type FoundPlaceholder, placeholdersIn, placeholdersInMessage } from './placeholders-in.ts'

/** A placeholder of a cassette that was on its way to a live server. */
export interface OutgoingPlaceholder extends FoundPlaceholder {
  /** Place of the interaction that it came from, from 0; `undefined` if it came from bytes that are not HTTP. */
  readonly from: number | undefined
}

/** The error for it. `request` is the one that it stands in, as far as it has come. */
export type Refusal = (origin: string, found: OutgoingPlaceholder, request: WireRequest | undefined) => Error

/**
 * Keeps the placeholders of a cassette from live servers: a client that was given one in a replayed answer sends it in its next request.
 *
 * The cassette is searched when something that looks like a placeholder is on its way.
 */
export class OutgoingGuard {
  readonly #cassette: Cassette
  readonly #refusal: Refusal
  #origins: ReadonlyMap<string, number | undefined> | undefined
  #disguised: Disguised | undefined

  constructor(cassette: Cassette, refusal: Refusal) {
    this.#cassette = cassette
    this.#refusal = refusal
  }

  /** A transport for a connection that is made when there is something to send. */
  late(exit: Exit, origin: string): Transport {
    return new GuardedTransport(() => new LateTransport(exit), origin, this.#refuseAt(origin), this.#disguisedFor)
  }

  around(transport: Transport, origin: string): Transport {
    return GuardedTransport.around(transport, origin, this.#refuseAt(origin), this.#disguisedFor)
  }

  /** The cassette is read for it only if something in the text may be one: digits that begin as those do, or a UUID. */
  readonly #disguisedFor = (text: string): Disguised | undefined => {
    if (!/404\d|dddddddd-/.test(text)) return undefined
    this.#disguised ??= disguisedIn(this.#cassette)
    return this.#disguised
  }

  #refuseAt(origin: string): Refuse {
    return (found, request) => {
      this.#origins ??= placeholdersOf(this.#cassette)
      // What only looks like one is the client's own, such as a template.
      if (!this.#origins.has(found.name)) return
      throw this.#refusal(origin, { ...found, from: this.#origins.get(found.name) }, request)
    }
  }
}

const disguisedIn = ({ tape }: Cassette): Disguised => disguisedOf(tape.filter(isBytes))

/** The placeholders of a cassette, and the interaction that each came from: the first one in whose response it stands, or else in whose request. */
function placeholdersOf(cassette: Cassette): ReadonlyMap<string, number | undefined> {
  const { exchanges, connections } = readExchanges(cassette)
  const found = new Map<string, number | undefined>()
  const disguised = disguisedIn(cassette)
  const note = (index: number, { response, interim, request }: Exchange, side: 'response' | 'request'): void => {
    for (const message of side === 'request' ? [request] : [...interim, ...(response === undefined ? [] : [response])])
      for (const { name } of placeholdersInMessage(message, disguised)) if (!found.has(name)) found.set(name, index)
  }
  for (const [index, exchange] of exchanges.entries()) note(index, exchange, 'response')
  for (const [index, exchange] of exchanges.entries()) note(index, exchange, 'request')
  for (const { sent, received } of connections)
    for (const { bytes, restStart } of [sent, received])
      for (const name of placeholdersIn(Buffer.from(bytes.subarray(restStart)).toString('latin1')))
        if (!found.has(name)) found.set(name, undefined)
  return found
}
