/** Something to wait for that the test lets happen. */
export class Gate {
  readonly opened: Promise<void>
  #open: (() => void) | undefined

  constructor() {
    this.opened = new Promise((resolve) => (this.#open = resolve))
  }

  open(): void {
    this.#open?.()
  }

  /** Two pieces; the second comes once the gate is open. */
  async *between(first: string, second: string): AsyncGenerator<string> {
    yield first
    await this.opened
    yield second
  }
}
