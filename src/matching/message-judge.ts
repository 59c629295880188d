import type { Interaction } from '../interactions/interaction.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import type { RecordedMessage } from '../interactions/recorded-socket.ts'
import type { MatchList, Reason } from './match-on.ts'
import { isBodyRule } from './match-check.ts'
import { MatchRules } from './rules.ts'
import { readClose } from '../websocket/close.ts'
import type { SocketMessage } from '../websocket/message-reader.ts'

/** A message that was not recorded so. */
export interface MissedMessage {
  readonly asked: SocketMessage
  /** From 1, pings and pongs aside. */
  readonly number: number
  /** `undefined`: the recorded client said nothing more. */
  readonly recorded: RecordedMessage | undefined
  readonly reasons: readonly Reason[]
}

/** Compares what a client says on a WebSocket with what the recorded client said. */
export class MessageJudge {
  readonly #interaction: Interaction
  /** `undefined`: bodies are not compared, and so messages are only counted. */
  readonly #rules: MatchRules | undefined

  /** `list` is what requests like the one that opened the socket are compared by; what it says of bodies holds for messages. */
  constructor(interaction: Interaction, list: MatchList) {
    const body = list.find((rule) => rule === 'body' || (typeof rule !== 'function' && isBodyRule(rule)))
    this.#interaction = interaction
    this.#rules = body && new MatchRules([body])
  }

  /** Why a message is not the recorded one; none if it is. `shown` hides secrets. */
  reasonsAgainst(asked: SocketMessage, recorded: RecordedMessage, shown: (text: string) => string): readonly Reason[] {
    const theirs = recorded.message
    if (theirs.kind !== asked.kind)
      return [{ what: 'message', detail: `recorded was ${described(theirs)}, asked ${described(asked)}` }]
    if (this.#rules === undefined || Buffer.compare(theirs.payload, asked.payload) === 0) return []
    const [one, other] = comparable(asked, theirs)
    const interaction = { ...this.#interaction, request: this.asRequest(theirs, other) }
    return this.#rules.reasonsAgainst(this.asRequest(asked, one), interaction, shown)
  }

  /** A message as what rules and reports compare. */
  asRequest({ kind }: SocketMessage, body: Uint8Array): WireRequest {
    const { method, target, url, version, disguised } = this.#interaction.request
    const type = kind === 'binary' ? 'application/octet-stream' : 'text/plain'
    const fields = [{ name: 'Content-Type', value: type }]
    return {
      method,
      target,
      url,
      version,
      fields,
      body,
      bodyLength: body.length,
      trailers: [],
      isComplete: true,
      start: 0,
      raw: body,
      disguised,
    }
  }
}

const described = ({ kind, payload }: SocketMessage): string =>
  kind === 'close' ? `a close (${readClose(payload).code ?? 'without a code'})` : `a ${kind} message`

/**
 * What of two messages is compared as a content.
 *
 * Those of Engine.IO and Socket.IO are JSON after a short mark, and if the marks are equal, the JSON counts. A close is its code and reason.
 */
export function comparable(asked: SocketMessage, recorded: SocketMessage): readonly [Uint8Array, Uint8Array] {
  if (asked.kind === 'close') return [closeText(asked), closeText(recorded)]
  const mark = markOf(asked.payload)
  if (mark === 0 || mark !== markOf(recorded.payload)) return [asked.payload, recorded.payload]
  const isSame = Buffer.compare(asked.payload.subarray(0, mark), recorded.payload.subarray(0, mark)) === 0
  return isSame ? [asked.payload.subarray(mark), recorded.payload.subarray(mark)] : [asked.payload, recorded.payload]
}

/** The length of a mark before JSON, such as `42` or `42/chat,7`. */
function markOf(payload: Uint8Array): number {
  const start = Buffer.from(payload.buffer, payload.byteOffset, Math.min(payload.length, 80)).toString('latin1')
  return /^\d{1,2}(?:\/[^,[{]{1,60},)?\d{0,9}(?=[[{])/.exec(start)?.[0].length ?? 0
}

function closeText({ payload }: SocketMessage): Uint8Array {
  const { code, reason } = readClose(payload)
  return Buffer.from(`${code ?? 'no code'} ${reason}`.trim())
}
