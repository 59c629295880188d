/** Content as text if it is UTF-8 that JSON can hold, otherwise as base64; absent if there is none. */
export interface Content {
  readonly text?: string
  readonly base64?: string
}

/** One request of a cassette and its answer as plain data, for handlers in Node and in browsers. */
export interface RecordedAnswer {
  readonly method: string
  /** Absolute, with its query. */
  readonly url: string
  /** Content of the request; of several answers for one URL, the one with the same content is used. */
  readonly sent?: Content
  /** What stands for secrets in the request and does not show it, such as a number in JSON: any value is as good. */
  readonly hidden?: readonly string[]
  /** What the client got; absent if it got no whole answer: the client then gets a network error. */
  readonly response?: RecordedResponse
}

/** A recorded response as a handler returns it. */
export interface RecordedResponse {
  readonly status: number
  readonly reason: string
  /** In order, names as they were written, values latin-1. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body?: Content
}

/** The bytes of a content, without modules of Node. */
export function bytesOf({ text, base64 }: Content): Uint8Array<ArrayBuffer> {
  if (text !== undefined) return new TextEncoder().encode(text)
  return Uint8Array.from(atob(base64 ?? ''), (character) => character.charCodeAt(0))
}
