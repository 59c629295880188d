import type { ErrorCode } from '../errors.ts'
import type { FieldLine } from '../http1/events.ts'
import type { Reason } from '../matching/match-on.ts'
import type { ByteDifference, HeaderDifference } from './differences.ts'
import type { JsonDifference } from './json-differences.ts'

/** Why there is no recorded answer, and what can be done about it. Values of secret-looking fields are masked. */
export interface MissReport {
  /** The origin that was connected to: `https://api.example.com`. */
  readonly origin: string
  readonly asked: AskedRequest
  /** What had to agree: the names of the option `matchOn`, `function` for a custom one. */
  readonly matchOn: readonly string[]
  /** `true` if `asked` is the request as `normalizeRequest` returned it, and not as the client sent it. */
  readonly isNormalized?: boolean | undefined
  /** The recorded interactions that come closest, at most three, the nearest first. */
  readonly nearest: readonly NearMiss[]
  /** The origins that the recorded client connected to. */
  readonly origins: readonly string[]
  /** Whether the request was found, but the client would refuse the recorded handshake of its WebSocket. */
  readonly isRefused?: boolean | undefined
  /** Segments of the answer that the client had got where the recording ends; `undefined` if there was no answer to begin with. */
  readonly told?: number | undefined
  /** What would have gone to a live server; `undefined` if nothing was on its way to one. */
  readonly placeholder?: SentPlaceholder | undefined
  /** Interactions on the cassette. */
  readonly recorded: number
  /** Those of them that were not played. */
  readonly unplayed: number
  /** What would accept the request, or record it; one sentence each. */
  readonly advice: readonly string[]
}

/** A placeholder of the cassette in a request to a live server. */
export interface SentPlaceholder {
  /** Such as `{{token.1}}`. */
  readonly text: string
  /** Such as `the header Authorization`. */
  readonly where: string
  /** Place on the cassette, from 1, of the interaction that it came from; `undefined` if it came from bytes that are not HTTP. */
  readonly interaction: number | undefined
}

/** What the client sent. */
export interface AskedRequest {
  /** `undefined` where the bytes are not an HTTP request. */
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: readonly FieldLine[]
  /** Bytes of content, without the transfer coding. */
  readonly bodyLength: number
  /** Bytes of the request as it was written. */
  readonly length: number
  /** What was said on the WebSocket that the request had opened, where that was missed and not the request. */
  readonly message?: AskedMessage | undefined
  /** Why the bytes are not an HTTP request, where they are not. */
  readonly problem: string | undefined
  readonly problemCode: ErrorCode | undefined
  /** What it is in the words of a protocol that was named, such as `Query SELECT 1`. */
  readonly statement?: string | undefined
}

/** A message on a WebSocket. Its length is that of the content. */
export interface AskedMessage {
  readonly kind: 'text' | 'binary' | 'close'
  /** Place among what the client said, from 1; pings and pongs do not count. */
  readonly number: number
}

/** A recorded interaction, and why it is not the answer. */
export interface NearMiss {
  /** Its place on the cassette, from 1; `undefined` for bytes that are not HTTP. */
  readonly number: number | undefined
  readonly connection: number
  readonly method: string | undefined
  readonly url: string | undefined
  /** As in {@link AskedRequest}. */
  readonly statement?: string | undefined
  readonly reasons: readonly Reason[]
  /** `undefined` where what was compared is the same. */
  readonly firstDifference: ByteDifference | undefined
  readonly headers: readonly HeaderDifference[]
  /** Where both bodies are JSON. */
  readonly json: readonly JsonDifference[]
}
