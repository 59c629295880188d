import type { TapeEvent } from '../tape/cassette.ts'
import type { Hook, HookedEvents } from './hook.ts'

/**
 * Takes records through a hook on their way to the file, and keeps their order.
 *
 * A hook that answers at once holds nothing up: its record is written when `add` returns. Behind one that promises an answer the
 * records wait, for as long as a hook may take.
 */
export class HookedRecords {
  readonly #hook: Hook
  readonly #write: (events: readonly TapeEvent[]) => void
  readonly #waiting: HookedEvents[] = []
  readonly #origins = new Map<number, string>()

  constructor(hook: Hook, write: (events: readonly TapeEvent[]) => void) {
    this.#hook = hook
    this.#write = write
  }

  add(events: readonly TapeEvent[]): void {
    for (const event of events) if (event.type === 'open') this.#origins.set(event.connection, event.to)
    const hooked = this.#hook.take(events, (connection) => this.#origins.get(connection) ?? '')
    this.#waiting.push(hooked)
    if (hooked.isDone) this.#writeDone()
    else void hooked.done().then(() => this.#writeDone())
  }

  /** Waits for what is under way, which is not for ever. */
  async settle(): Promise<void> {
    await Promise.all(this.#waiting.map((hooked) => hooked.done()))
    this.#writeDone()
  }

  /** Writes what is waiting, now: where the hook is not done, without the bodies. */
  giveUp(): void {
    for (const hooked of this.#waiting.splice(0)) this.#write(hooked.result())
  }

  #writeDone(): void {
    while (this.#waiting[0]?.isDone === true) this.#write(this.#waiting.shift()?.result() ?? [])
  }
}
