import type { WireRequest } from '../interactions/request-reader.ts'
import type { Transport } from '../transport.ts'

/** Begins a connection to a live server. */
export type Exit = () => Transport

/** The ways out of the replay of one connection. */
export interface Exits {
  /** For what the cassette does not hold; `undefined`: that is a miss. */
  readonly unrecorded: Exit | undefined
  /** For a request that is not to be looked up in the cassette at all. */
  passing(request: WireRequest): Exit | undefined
}

/** Thrown where a live server takes over, instead of a CassetteMiss. */
export class HandOver extends Error {
  override readonly name = 'HandOver'
  readonly exit: Exit
  /** What the client has written and the server has yet to see. */
  readonly bytes: Uint8Array

  constructor(exit: Exit, bytes: Uint8Array) {
    super('a live server takes over')
    this.exit = exit
    this.bytes = bytes
  }
}
