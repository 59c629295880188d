import type { TapeEvent } from '../tape/cassette.ts'
import type { WiretapeError } from '../errors.ts'
import { Hook, type HookedEvents, type RecordHook } from './hook.ts'
import { type RequestHook, requestHook } from './request-hook.ts'
import { LeftOut } from './left-out.ts'
import { WholeRecords } from './whole-records.ts'

/** Functions of the user's that change what is recorded. */
export interface RecordHooks {
  /**
   * Returns what to record instead of an interaction; `null` leaves the interaction out. It sees placeholders instead of secrets, and its result is
   * redacted again. Default: none.
   */
  readonly beforeRecord?: RecordHook | undefined
  /** Returns what to record instead of a request, before `beforeRecord`. It sees the request as it was sent. Default: none. */
  readonly normalizeRequest?: RequestHook | undefined
  /** Milliseconds that each may take for one interaction. Default: 1,000. */
  readonly hookTimeout?: number | undefined
}

/** Where records come from and go to. */
export interface HookedRecordsOptions {
  /** Takes secrets out of a record before the hook sees it. */
  readonly redact: (events: readonly TapeEvent[]) => readonly TapeEvent[]
  /** Takes records that a hook has seen, and those that could not be redacted, as they are. */
  readonly write: (events: readonly TapeEvent[]) => void
}

/**
 * Takes records through a hook on their way to the file, and keeps their order.
 *
 * A hook that answers at once holds nothing up: its record is written when `add` returns, unless it has pipelined requests whose answers are
 * still to come. After a hook that promises an answer the records wait, for as long as a hook may take.
 */
export class HookedRecords {
  readonly #normalizing: Hook | undefined
  readonly #hook: Hook | undefined
  readonly #options: HookedRecordsOptions
  readonly #whole = new WholeRecords()
  readonly #waiting: HookedEvents[] = []
  readonly #leftOut = new LeftOut()
  readonly #origins = new Map<number, string>()

  /** `undefined` if there are no hooks. @throws LocalProtocolError `INVALID_OPTION`. */
  static of(hooks: RecordHooks, options: HookedRecordsOptions): HookedRecords | undefined {
    const isHooked = hooks.beforeRecord !== undefined || hooks.normalizeRequest !== undefined
    return isHooked ? new HookedRecords(hooks, options) : undefined
  }

  private constructor({ beforeRecord, normalizeRequest, hookTimeout }: RecordHooks, options: HookedRecordsOptions) {
    this.#normalizing = normalizeRequest && requestHook(normalizeRequest, hookTimeout)
    this.#hook = beforeRecord && new Hook('beforeRecord', beforeRecord, hookTimeout)
    this.#options = options
  }

  /** Says what was withheld, if anything was; `clean` takes secrets out of what a hook said. */
  error(clean: (text: string) => string): WiretapeError | undefined {
    return this.#normalizing?.error(clean) ?? this.#hook?.error(clean)
  }

  add(events: readonly TapeEvent[]): void {
    const whole = this.#whole.add(events)
    if (whole !== undefined) this.#take(whole)
  }

  /** Waits for what is under way, which is not for ever. */
  async settle(): Promise<void> {
    this.#takeAll()
    await Promise.all(this.#waiting.map((hooked) => hooked.done()))
    this.#writeDone()
  }

  /** Writes what is waiting, now: where the hook is not done, without the bodies. */
  giveUp(): void {
    this.#takeAll()
    for (const hooked of this.#waiting.splice(0)) this.#write(hooked)
  }

  #takeAll(): void {
    for (const events of this.#whole.takeAll()) this.#take(events)
  }

  #take(events: readonly TapeEvent[]): void {
    for (const event of events) if (event.type === 'open') this.#origins.set(event.connection, event.to)
    let redacted: readonly TapeEvent[]
    try {
      redacted = this.#options.redact(events)
      // As it was sent: a placeholder and the secret that it stands for may not become the same. What is secret in it is known by now.
      if (this.#normalizing !== undefined) redacted = this.#options.redact(this.#normalized(events, this.#normalizing))
    } catch {
      // The writer redacts again, and reports the failure.
      return this.#options.write(events)
    }
    if (this.#hook === undefined) return this.#options.write(redacted)
    const hooked = this.#hook.take(redacted, this.#originOf)
    this.#waiting.push(hooked)
    if (hooked.isDone) this.#writeDone()
    else void hooked.done().then(() => this.#writeDone())
  }

  #normalized(events: readonly TapeEvent[], hook: Hook): readonly TapeEvent[] {
    return hook.take(events, this.#originOf).result().after
  }

  readonly #originOf = (connection: number): string => this.#origins.get(connection) ?? ''

  #writeDone(): void {
    for (let [first] = this.#waiting; first?.isDone === true; [first] = this.#waiting) {
      this.#waiting.shift()
      this.#write(first)
    }
  }

  #write(hooked: HookedEvents): void {
    const kept = this.#leftOut.kept(hooked.result())
    if (kept.length > 0) this.#options.write(kept)
  }
}
