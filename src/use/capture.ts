import { CassetteError } from '../errors.ts'
import type { Destination } from '../intercept/destination.ts'
import { Interception } from '../intercept/interception.ts'
import type { Decision, Scope } from '../intercept/scopes.ts'
import { isLoopback } from '../listen/addresses.ts'
import { formatOrigin, type Connector, type Origin } from '../transport.ts'
import type { CaptureOptions } from './capture-options.ts'
import { ignoredHosts, type IsIgnored } from './ignored-hosts.ts'

/** What a captured cassette is made of. */
export interface CaptureParts {
  readonly title: string
  readonly connector: Connector
  readonly replays: boolean
  readonly isIgnored: IsIgnored
  readonly isOfFile: boolean
}

/** The connections of a process, on a cassette: what `capture` of `useCassette` switches on. */
export class Capture implements Scope {
  readonly title: string
  readonly connector: Connector
  readonly isOfFile: boolean
  readonly late: string[] = []
  readonly escapes: Error[] = []
  readonly #replays: boolean
  readonly #isIgnored: IsIgnored
  readonly #isNamed: IsIgnored
  readonly #interception: Interception
  #isEnded = false

  private constructor(parts: CaptureParts, { hosts = [] }: CaptureOptions, interception: Interception) {
    this.title = parts.title
    this.connector = parts.connector
    this.isOfFile = parts.isOfFile
    this.#replays = parts.replays
    this.#isIgnored = parts.isIgnored
    this.#isNamed = ignoredHosts(hosts)
    this.#interception = interception
  }

  /** Catches connections from now on. */
  static async start(parts: CaptureParts, options: CaptureOptions): Promise<Capture> {
    const interception = Interception.ofProcess()
    const capture = new Capture(parts, options, interception)
    await interception.start()
    interception.scopes.open(capture)
    return capture
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  decide({ origin, path }: Destination): Decision {
    if (this.#isNamed(origin)) return 'take'
    if (this.#isIgnored(origin)) return 'pass'
    if (path !== undefined || isLoopback(origin.host)) return 'pass'
    if (isHttp(origin)) return 'take'
    return this.#replays ? new CassetteError('NOT_CAPTURED', advice(origin)) : 'pass'
  }

  noteLate(what: string): void {
    this.late.push(what)
  }

  noteEscape(error: Error): void {
    this.escapes.push(error)
  }

  end(): void {
    this.#isEnded = true
    this.#interception.close(this)
  }
}

const isHttp = ({ protocol }: Origin): boolean => protocol === 'http' || protocol === 'https'

const advice = (origin: Origin): string =>
  `${formatOrigin(origin)}; to record it, name it: capture: { hosts: ['${origin.host}:${origin.port}'] }; ignoreHosts lets it through`
