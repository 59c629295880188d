import type { TapeEvent } from '../tape/cassette.ts'
import type { Hook, HookedEvents } from './hook.ts'
import { LeftOut } from './left-out.ts'
import { WholeRecords } from './whole-records.ts'

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
 * still to come. Behind a hook that promises an answer the records wait, for as long as a hook may take.
 */
export class HookedRecords {
  readonly #hook: Hook
  readonly #options: HookedRecordsOptions
  readonly #whole = new WholeRecords()
  readonly #waiting: HookedEvents[] = []
  readonly #leftOut = new LeftOut()
  readonly #origins = new Map<number, string>()

  constructor(hook: Hook, options: HookedRecordsOptions) {
    this.#hook = hook
    this.#options = options
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
    } catch {
      // Whoever writes it redacts again, and reports the failure.
      return this.#options.write(events)
    }
    const hooked = this.#hook.take(redacted, (connection) => this.#origins.get(connection) ?? '')
    this.#waiting.push(hooked)
    if (hooked.isDone) this.#writeDone()
    else void hooked.done().then(() => this.#writeDone())
  }

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
