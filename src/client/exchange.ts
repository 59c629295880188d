import type { EndOfMessage, InterimResponse, ResponseHead } from '../http1/events.ts'

/** One request that was sent and what has come of its answer: filled by the Wire, emptied by the HttpResponse. */
export class Exchange {
  readonly method: string
  readonly interim: InterimResponse[] = []
  head: ResponseHead | undefined
  /** Body bytes that came and were not taken yet. */
  readonly pieces: Uint8Array[] = []
  end: EndOfMessage | undefined
  /** Why nothing more will come; told once all that came before it has been taken. */
  failure: unknown
  /** The body was announced and not sent, or not to its end: what follows on the connection has no meaning. */
  isBodyWithheld = false
  /** Called once nothing more will come, for good or ill. */
  onSettled: (() => void) | undefined

  constructor(method: string) {
    this.method = method
  }

  get isSettled(): boolean {
    return this.end !== undefined || this.failure !== undefined
  }

  fail(failure: unknown): void {
    if (this.isSettled) return
    this.failure = failure
    this.onSettled?.()
  }
}
