import type { Hook } from '../hooks/hook.ts'
import { type RequestHook, requestHook } from '../hooks/request-hook.ts'
import { RequestReader, type WireRequest } from '../interactions/request-reader.ts'
import type { TapeEvent } from '../tape/cassette.ts'

/** Takes requests through `normalizeRequest` as the recorder does: on a tape. */
export class Normalizer {
  readonly #hook: Hook

  /** @throws LocalProtocolError `INVALID_OPTION`. */
  constructor(call: RequestHook, limit: number | undefined) {
    this.#hook = requestHook(call, limit)
  }

  /** @param fail called with the reason why there is no request. */
  normalized(origin: string, request: WireRequest, fail: (why: string) => never): WireRequest {
    const event: TapeEvent = { type: 'sent', connection: 1, at: 0, bytes: request.raw }
    const before = this.#hook.failures.length
    const { after } = this.#hook.take([event], () => origin).result()
    const failure = this.#hook.failures[before]
    if (failure !== undefined)
      fail(`normalizeRequest, at ${failure.request}: ${failure.reason}; it must return a request for each that it gets`)
    const [changed] = after
    if (changed === event || changed?.type !== 'sent') return request
    return readRequest(changed.bytes, origin, request) ?? request
  }
}

function readRequest(bytes: Uint8Array, origin: string, { url, target }: WireRequest): WireRequest | undefined {
  // The URL of an absolute-form is on the origin that was meant, if something has said which.
  const reader = new RequestReader(origin, url === target ? undefined : () => origin)
  reader.push(bytes)
  while (reader.next() !== undefined);
  return reader.request
}
