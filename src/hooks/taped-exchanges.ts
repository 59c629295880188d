import type { TapeEvent } from '../tape/cassette.ts'
import { decodeContent, type DecodedContent } from '../content/coded-content.ts'
import { type Direction, readDirections } from '../messages/directions.ts'
import { contentOf } from '../messages/message-content.ts'
import type { Message } from '../messages/speech.ts'

/** A request and the answer to it, as a hook gets and gives them. */
export interface HookInteraction {
  /** Origin that was connected to, such as `https://api.example.com`; `''` where the opening is not among what is looked at. */
  readonly origin: string
  readonly request: HookRequest
  /** Absent where none came. It comes and goes with no hook. */
  readonly response?: HookResponse | undefined
}

/** A request as a hook gets and returns it. */
export interface HookRequest {
  /** A hook cannot change it. */
  readonly method: string
  /** As in the request line. */
  readonly target: string
  readonly headers: readonly HookHeader[]
  /** Content codings that are known are undone, and done again with what a hook gives; a text is taken as UTF-8. */
  readonly body: Uint8Array | string
}

/** A final response as a hook gets and returns it. */
export interface HookResponse {
  readonly status: number
  readonly reason: string
  readonly headers: readonly HookHeader[]
  /** As that of the request. */
  readonly body: Uint8Array | string
}

/**
 * Name and value as on the wire.
 *
 * What frames messages stays as the body needs it, whatever a hook does: Content-Length, Transfer-Encoding, Connection and Upgrade.
 */
export type HookHeader = readonly [name: string, value: string]

/** One message on a tape, taken apart. */
export interface TapedMessage {
  readonly direction: Direction
  readonly message: Message
  /** Start line without its end. */
  readonly startLine: string
  readonly content: string
  readonly decoded: DecodedContent
}

/** A request on a tape with its final answer. */
export interface Exchange {
  readonly origin: string
  readonly request: TapedMessage
  readonly response: TapedMessage | undefined
  /** All that the server said to the request, interim responses included; `undefined` if it said nothing. */
  readonly answer: Answer | undefined
}

/** A stretch of what was received. */
export interface Answer {
  readonly direction: Direction
  readonly start: number
  readonly end: number
  /** Absent if only interim responses came. */
  readonly final: TapedMessage | undefined
}

/** All exchanges of HTTP on a tape, and the directions to write edits to. An incomplete head does not count. */
export function readTapedExchanges(tape: readonly TapeEvent[], originOf: (connection: number) => string) {
  const directions = readDirections(tape)
  const received = new Map(directions.flatMap((each) => (each.type === 'received' ? [[each.connection, each]] : [])))
  const exchanges = directions.flatMap((sent): Exchange[] => {
    if (sent.type !== 'sent') return []
    const other = received.get(sent.connection)
    const answers = other === undefined ? [] : answersIn(other)
    return sent.speech.messages.map((message, k) => {
      const request = tapedMessage(sent, message)
      return { origin: originOf(sent.connection), request, response: answers[k]?.final, answer: answers[k] }
    })
  })
  return { directions, exchanges }
}

function answersIn(direction: Direction): Answer[] {
  const answers: Answer[] = []
  let start: number | undefined
  for (const message of direction.speech.messages) {
    start ??= message.headStart
    const final = tapedMessage(direction, message)
    if (isInterim(final)) continue
    answers.push({ direction, start, end: endOf(final), final })
    start = undefined
  }
  if (start !== undefined) answers.push({ direction, start, end: direction.text.length, final: undefined })
  return answers
}

const isInterim = ({ startLine }: TapedMessage): boolean => /^\S+ 1(?!01)/.test(startLine)

/** Where a message ends; one that never came to its end goes on to the end of its direction. */
export const endOf = ({ direction, message }: TapedMessage): number => message.end?.end ?? direction.text.length

function tapedMessage(direction: Direction, message: Message): TapedMessage {
  const { text } = direction
  const head = text.slice(message.headStart, message.headEnd)
  const startLine = /^(?:\r?\n)*([^\r\n]*)/.exec(head)?.[1] ?? ''
  const whole = contentOf(text, message)
  const content = whole.slice(0, whole.length)
  return {
    direction,
    message,
    startLine,
    content,
    decoded: decodeContent(content, message.fields, message.end !== undefined),
  }
}

/** A copy of an exchange for a hook. */
export function interactionOf({ origin, request, response }: Exchange): HookInteraction {
  const [method = '', target = ''] = request.startLine.split(' ')
  const [, status = '', reason = ''] = /^\S+ (\d+) ?(.*)$/.exec(response?.startLine ?? '') ?? []
  return {
    origin,
    request: { method, target, ...fieldsAndBody(request) },
    ...(response && { response: { status: Number(status), reason, ...fieldsAndBody(response) } }),
  }
}

function fieldsAndBody({ message, decoded }: TapedMessage): Pick<HookRequest, 'headers' | 'body'> {
  return {
    headers: message.fields.map(({ name, value }): HookHeader => [name, value]),
    body: Buffer.from(decoded.text, 'latin1'),
  }
}
