/** Header lines in the order and case they are sent in. */
export type HeaderLines = readonly (readonly [name: string, value: string])[]

/** A request as it will be sent. */
export interface PlannedRequest {
  readonly method: string
  readonly url: URL
  /** The target, if it is to be sent as it was written; otherwise that of the URL. */
  readonly target?: string | undefined
  readonly headers: HeaderLines
  readonly body: Uint8Array | undefined
}
