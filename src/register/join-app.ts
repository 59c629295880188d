import { connectSocket } from '../client/socket-connector.ts'
import type { Destination } from '../intercept/destination.ts'
import { hookSockets } from '../intercept/hook.ts'
import { Interception } from '../intercept/interception.ts'
import { decideBy, type Policy } from '../intercept/policy.ts'
import type { Decision, Scope } from '../intercept/scopes.ts'
import { JoinedTest } from '../link/joined-test.ts'
import { type Connector, isSecure } from '../transport.ts'

/** Joins the test that listens on `port`. */
export type Join = (port: number, pass: string) => JoinedTest

/**
 * Catches the connections of this process from now on: those that a test has caused, for its cassette, and all others for that of the run.
 *
 * @param policy which of the others the run takes; absent: there is no run, and they are let through.
 */
export async function joinApp(policy: Policy | undefined): Promise<Join> {
  const interception = Interception.ofProcess()
  const { scopes } = interception
  if (scopes.ofFile === undefined) interception.open(new Unasked(policy, interception))
  await interception.start()
  return (port, pass) => {
    const test = new JoinedTest(port, pass, (ended) => interception.close(ended))
    interception.open(test)
    return test
  }
}

/** What no test has caused. The cassette of the run is opened when something is to be recorded or played. */
class Unasked implements Scope {
  readonly title = 'outside of all tests'
  readonly isOfFile = true
  readonly isEnded = false
  readonly #policy: Policy | undefined
  readonly #interception: Interception

  constructor(policy: Policy | undefined, interception: Interception) {
    this.#policy = policy
    this.#interception = interception
  }

  decide(destination: Destination): Decision {
    // The run's own scope counts what it refuses.
    return this.#policy === undefined || decideBy(this.#policy, destination) === 'pass' ? 'pass' : 'take'
  }

  readonly connector: Connector = async (origin, options) => {
    const destination: Destination = { origin, path: undefined, isTls: isSecure(origin), offers: [], options: {} }
    // A pool uses a connection of a test again.
    if (this.decide(destination) === 'pass') return connectSocket(origin, options)
    await hookSockets().openProcess?.()
    const run = this.#interception.scopes.ofFile
    const decision = run?.decide(destination)
    if (run === undefined || run === this) throw new Error('the run has no cassette')
    if (decision instanceof Error) throw decision
    return run.connector(origin, options)
  }

  noteLate(): void {}

  noteEscape(): void {}
}
