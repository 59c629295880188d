import { CassetteError } from '../errors.ts'
import type { Destination } from '../intercept/destination.ts'
import { Interception } from '../intercept/interception.ts'
import type { Decision, Scope } from '../intercept/scopes.ts'
import { isLoopback } from '../listen/addresses.ts'
import { formatOrigin, type Connector, type Origin } from '../transport.ts'
import type { IsIgnored } from './ignored-hosts.ts'

/** What a captured cassette is made of. */
export interface CaptureParts {
  readonly title: string
  readonly connector: Connector
  /** Whether nothing may get out. Asked when it matters, as a cassette may be opened later than its scope. */
  readonly replays: () => boolean
  /** Whether a host is left alone. */
  readonly isIgnored: IsIgnored
  /** Whether a host is recorded though it would not be by default. */
  readonly isNamed: IsIgnored
  readonly isOfFile: boolean
  /** Called for each connection that came after the end. */
  readonly onLate?: ((what: string) => void) | undefined
}

/** The connections of a process, on a cassette: what `capture` of `useCassette` switches on. */
export class Capture implements Scope {
  readonly title: string
  readonly connector: Connector
  readonly isOfFile: boolean
  readonly escapes: Error[] = []
  readonly #replays: () => boolean
  readonly #onLate: ((what: string) => void) | undefined
  readonly #isIgnored: IsIgnored
  readonly #isNamed: IsIgnored
  readonly #interception: Interception
  #isEnded = false
  #passed = 0

  private constructor(parts: CaptureParts, interception: Interception) {
    this.title = parts.title
    this.connector = parts.connector
    this.isOfFile = parts.isOfFile
    this.#replays = parts.replays
    this.#onLate = parts.onLate
    this.#isIgnored = parts.isIgnored
    this.#isNamed = parts.isNamed
    this.#interception = interception
  }

  /** Catches connections from now on; those that come before the broker listens wait for it. */
  static start(parts: CaptureParts): Capture {
    const interception = Interception.ofProcess()
    const capture = new Capture(parts, interception)
    interception.scopes.open(capture)
    capture.started = interception.start()
    capture.started.catch(() => {})
    return capture
  }

  /** Resolves when connections are caught at once. */
  started: Promise<void> = Promise.resolve()

  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Connections that it let through. */
  get passed(): number {
    return this.#passed
  }

  decide(destination: Destination): Decision {
    const decision = this.#decide(destination)
    if (decision === 'pass') this.#passed++
    return decision
  }

  #decide({ origin, path }: Destination): Decision {
    if (this.#isNamed(origin)) return 'take'
    if (this.#isIgnored(origin)) return 'pass'
    if (path !== undefined || isLoopback(origin.host)) return 'pass'
    if (isHttp(origin)) return 'take'
    return this.#replays() ? new CassetteError('NOT_CAPTURED', advice(origin)) : 'pass'
  }

  noteLate(what: string): void {
    this.#onLate?.(what)
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
