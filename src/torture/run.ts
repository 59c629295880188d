import type { Cassette } from '../tape/cassette.ts'
import { HttpConnection } from '../client/http-connection.ts'
import type { HttpConnectionSettings } from '../client/connection-settings.ts'
import { type Clock, VirtualClock } from '../clock.ts'
import { Replayer, type ReplayerOptions } from '../replay/replayer.ts'
import type { Connector, Transport } from '../transport.ts'
import { turns, untilDone, untilIdle } from './idle.ts'
import type { TortureCase } from './plan.ts'
import { inTurn, ProcessWatch, type StrayError } from './process-watch.ts'

/** What the function under torture works with. */
export interface TortureWorld {
  /** For anything that takes a connector. */
  readonly connector: Connector
  /** It moves on by itself when everything waits; given to what waits, long waits cost no time. */
  readonly clock: Clock
  /** Aborts when the run is over, so that what hangs lets go. */
  readonly signal: AbortSignal
  /** A connection to the origin of `url`, whose time limits are by the clock; it is closed after the run. */
  readonly connect: (
    url: string | URL,
    settings?: Omit<HttpConnectionSettings, 'connector' | 'clock'>,
  ) => HttpConnection
}

/** Uses the answers, and gives what is to be the same in every run. */
export type Scenario<Result> = (world: TortureWorld) => Result | Promise<Result>

export type ReplayBase = Omit<ReplayerOptions, 'faults' | 'segmentation' | 'timing' | 'fallback' | 'route'>

/** What came of one run. */
export interface Outcome<Result> {
  readonly end:
    | { readonly type: 'result'; readonly result: Result }
    | { readonly type: 'error'; readonly error: unknown }
    | { readonly type: 'hang' }
  /** Errors that nobody handled, in order. */
  readonly strays: readonly StrayError[]
}

/** Runs the scenario once, alone in this process. */
export function runOnce<Result>(
  cassette: Cassette,
  scenario: Scenario<Result>,
  base: ReplayBase,
  { faults, segmentation }: TortureCase,
  hangAfter: number,
): Promise<Outcome<Result>> {
  return inTurn(async () => {
    const clock = new VirtualClock()
    const replayer = new Replayer(cassette, { ...base, faults, segmentation, timing: clock })
    await replayer.prepare()
    using watch = new ProcessWatch()
    await using world = new World(replayer.connector, clock)
    const end = await endOf(scenario, world, clock, hangAfter)
    // What was left running may go on to its end; what fails by the closing below is not its fault.
    await untilDone(clock, hangAfter)
    const strays = [...watch.errors]
    await world.close()
    await turns(AFTERMATH)
    return { end, strays }
  })
}

/** Turns of the event loop in which an error that nobody handles comes to light. */
const AFTERMATH = 4

async function endOf<Result>(
  scenario: Scenario<Result>,
  world: TortureWorld,
  clock: VirtualClock,
  hangAfter: number,
): Promise<Outcome<Result>['end']> {
  const over = new AbortController()
  const ended = (async (): Promise<Outcome<Result>['end']> => {
    try {
      return { type: 'result', result: await scenario(world) }
    } catch (error) {
      return { type: 'error', error }
    }
  })()
  const hung = untilIdle(clock, hangAfter, over.signal).then(() => ({ type: 'hang' }) as const)
  const end = await Promise.race([ended, hung])
  over.abort()
  return end
}

class World implements TortureWorld, AsyncDisposable {
  readonly connector: Connector
  readonly clock: Clock
  readonly #end = new AbortController()
  readonly #connections: HttpConnection[] = []
  readonly #transports: Transport[] = []

  constructor(connector: Connector, clock: Clock) {
    this.clock = clock
    this.connector = async (origin, options) => {
      const transport = await connector(origin, options)
      this.#transports.push(transport)
      return transport
    }
  }

  get signal(): AbortSignal {
    return this.#end.signal
  }

  // A field, so that a scenario may take it out of its world.
  readonly connect = (url: string | URL, settings: HttpConnectionSettings = {}): HttpConnection => {
    const connection = HttpConnection.to(url, { ...settings, connector: this.connector, clock: this.clock })
    this.#connections.push(connection)
    return connection
  }

  async close(): Promise<void> {
    this.#end.abort()
    await Promise.all(this.#connections.map((connection) => connection.close()))
    for (const transport of this.#transports) transport.destroy()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
