/** The result of a parser for an input, in a form that fits any parser. */
export interface Transcript {
  /** A text for each head, body and end of a message, in order. Chunks are joined, because not every parser shows them. */
  readonly steps: readonly string[]
  readonly ending: Ending
}

/** Our transcript, with positions. */
export interface OurTranscript extends Transcript {
  /** Where each step ends, in bytes of the input. */
  readonly ends: readonly number[]
}

/** How it ended; `at` counts bytes of the input. */
export type Ending =
  /** More bytes may come. */
  | { readonly type: 'open' }
  /** The last message allowed on the connection is complete; bytes from here on are not read. */
  | { readonly type: 'closed'; readonly at: number }
  /** Bytes from here on belong to another protocol. */
  | { readonly type: 'switched'; readonly at: number }
  /** The input is refused because of a byte near this place, or because it ended there. */
  | { readonly type: 'error'; readonly code: string; readonly at: number }

/** Puts the steps of a transcript together. */
export class Scribe {
  readonly steps: string[] = []
  readonly #data: string[] = []

  /** `kind` is that of our event. */
  head(kind: string, startLine: string, fields: readonly string[]): void {
    this.steps.push([`${kind} ${startLine}`, ...fields].join('\n'))
  }

  data(bytes: Uint8Array): void {
    this.#data.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).latin1Slice(0, bytes.length))
  }

  endOfMessage(trailers: readonly string[]): void {
    this.flush()
    this.steps.push(['end-of-message', ...trailers].join('\n'))
  }

  /** Makes a step of the data of a message that does not end. */
  flush(): void {
    if (this.#data.length > 0) this.steps.push(`data ${this.#data.splice(0).join('')}`)
  }
}
