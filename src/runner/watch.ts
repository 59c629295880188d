import { connectSocket } from '../client/socket-connector.ts'
import { Interception } from '../intercept/interception.ts'
import type { Scope } from '../intercept/scopes.ts'

/** What belongs to no test and no file: it is let through, as without this package, until a file begins that records its server. */
const OUTSIDE: Scope = {
  title: 'outside of all tests',
  // A pool uses a connection of a test again.
  connector: connectSocket,
  isOfFile: true,
  isOutside: true,
  isEnded: false,
  decide: () => 'pass',
  noteLate: () => {},
  noteEscape: () => {},
}

/**
 * Watches the connections of this process to its end, also between the files of its tests: a test that has ended is refused what it
 * asks for, whenever it does.
 */
export function keepWatch(): void {
  Interception.ofProcess().open(OUTSIDE)
}
