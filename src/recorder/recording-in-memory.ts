import type { Cassette, TapeEvent } from '../tape/cassette.ts'
import { HookedRecords } from '../hooks/hooked-records.ts'
import { inOrder } from '../tape/record.ts'
import { redactCassette, Redactor } from '../redaction/redact-cassette.ts'
import type { Connector } from '../transport.ts'
import { Recorder } from './recorder.ts'
import type { RecordingOptions } from './recording.ts'

/** A recording that is not written to a file. */
export class RecordingInMemory {
  readonly base: Cassette | undefined
  readonly #recorder: Recorder
  readonly #hooked: HookedRecords | undefined
  readonly #redactor: Redactor | undefined
  readonly #redact: RecordingOptions['redact']
  /** The events that the hook returned. */
  readonly #records: (readonly TapeEvent[])[] = []

  constructor(base: Cassette | undefined, { redact = {}, isUnwanted, protocols, ...hooks }: RecordingOptions) {
    this.base = base
    this.#redact = redact
    this.#redactor = redact === false ? undefined : new Redactor(redact)
    const hooked = HookedRecords.of(hooks, {
      redact: (events) => this.#redactor?.redact(events) ?? events,
      write: (events) => void this.#records.push(events),
    })
    const sink = hooked && ((events: readonly TapeEvent[]) => hooked.add(events))
    this.#hooked = hooked
    this.#recorder = new Recorder({ isUnwanted, protocols, after: base?.tape, sink })
  }

  get cassette(): Cassette {
    const { cassette } = this.#recorder
    return { ...cassette, tape: [...(this.base?.tape ?? []), ...cassette.tape, ...inOrder(this.#records.flat())] }
  }

  /** Redacted here, because nothing was redacted while it was recorded. */
  get redacted(): Cassette {
    const { cassette } = this
    return this.#redact === false ? cassette : redactCassette(cassette, this.#redact).cassette
  }

  wrap(inner: Connector): Connector {
    return this.#recorder.wrap(inner)
  }

  async save(): Promise<void> {
    this.#recorder.flush()
    await this.#hooked?.settle()
    const error = this.#hooked?.error((text) => this.#redactor?.redactText(text) ?? text)
    if (error !== undefined) throw error
  }

  discard(): void {}
}
