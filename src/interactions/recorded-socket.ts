import { handshakeIn } from '../messages/socket-tracks.ts'
import { readExtensions, refusalOf } from '../websocket/extensions.ts'
import { acceptFor, type Agreement, isWebSocket, readerOf } from '../websocket/handshake.ts'
import type { SocketMessage } from '../websocket/message-reader.ts'
import type { Cue } from './cue.ts'
import type { Interaction } from './interaction.ts'
import type { WireRequest } from './request-reader.ts'

/** Something that the recorded client said on a WebSocket. */
export interface RecordedMessage {
  readonly message: SocketMessage
  /** Where it ends in what the client wrote after its request. */
  readonly end: number
}

/** An interaction that made its connection a WebSocket. */
export interface RecordedSocket {
  readonly agreement: Agreement
  /** Bytes of the answer up to the first frame. */
  readonly headLength: number
  /** What the client said: messages, and a close. */
  readonly messages: readonly RecordedMessage[]
  readonly pings: readonly RecordedMessage[]
  /** Why a client that asks so would refuse the recorded answer; `undefined` if it would not. */
  refusalFor(asked: WireRequest): string | undefined
  /** The answer with the `Sec-WebSocket-Accept` that belongs to the key of a client. */
  grantTo<Cause>(asked: WireRequest, cues: readonly Cue<Cause>[]): readonly Cue<Cause>[]
}

/** The WebSocket that an interaction began; `undefined` if it began none. */
export function recordedSocket({ request, answer, rest }: Interaction): RecordedSocket | undefined {
  if (!isWebSocket(request.fields)) return undefined
  const received = answer.flatMap(({ action }) =>
    action.type === 'segment' ? [{ type: 'received' as const, bytes: action.bytes }] : [],
  )
  const handshake = handshakeIn([{ type: 'sent', bytes: request.raw }, ...received])
  if (handshake === undefined) return undefined
  const said = rest === undefined ? [] : messagesIn(rest.bytes, handshake.agreement)
  const head = Buffer.concat(received.map(({ bytes }) => bytes)).toString('latin1', 0, handshake.received)
  return {
    agreement: handshake.agreement,
    headLength: handshake.received,
    messages: said.filter(({ message }) => !isPingPong(message)),
    pings: said.filter(({ message }) => message.kind === 'ping'),
    refusalFor: (asked) => refusalFor(asked, handshake.agreement),
    grantTo: (asked, cues) => granted(cues, acceptIn(head, request), keyOf(asked)),
  }
}

const isPingPong = ({ kind }: SocketMessage): boolean => kind === 'ping' || kind === 'pong'

function messagesIn(bytes: Uint8Array, agreement: Agreement): readonly RecordedMessage[] {
  const reader = readerOf(agreement, 'sent')
  return [...reader.push(bytes), ...reader.unfinished()].map((message) => ({
    message,
    end: message.frames.at(-1)?.end ?? 0,
  }))
}

function refusalFor({ fields }: WireRequest, { extensions, protocol }: Agreement): string | undefined {
  const offers = readExtensions(valueOf(fields, 'sec-websocket-extensions'))
  const protocols = valueOf(fields, 'sec-websocket-protocol')
    .split(',')
    .map((name) => name.trim())
  if (protocol !== '' && !protocols.includes(protocol))
    return `the server chose the protocol ${protocol}, which this client does not offer`
  return refusalOf(extensions, offers)
}

const valueOf = (fields: WireRequest['fields'], name: string): string =>
  fields
    .filter((field) => field.name.toLowerCase() === name)
    .map(({ value }) => value)
    .join(', ')

const keyOf = ({ fields }: WireRequest): string => valueOf(fields, 'sec-websocket-key')

interface Place {
  readonly start: number
  readonly end: number
}

/** Where the accept value stands, if it was right or has been redacted: a wrong one was recorded to be played. */
function acceptIn(head: string, recorded: WireRequest): Place | undefined {
  const match = /\r\nsec-websocket-accept:[ \t]*([^\r\n]*?)[ \t]*\r\n/i.exec(head)
  const [all = '', value = ''] = match ?? []
  const key = keyOf(recorded)
  const isRight = value === acceptFor(key) || `${key}${value}`.includes('{{')
  if (match === null || !isRight) return undefined
  const start = match.index + all.indexOf(value, all.indexOf(':'))
  return { start, end: start + value.length }
}

function granted<Cause>(cues: readonly Cue<Cause>[], place: Place | undefined, key: string): readonly Cue<Cause>[] {
  if (place === undefined || key === '') return cues
  const accept = Buffer.from(acceptFor(key))
  let at = 0
  return cues.map((cue): Cue<Cause> => {
    if (cue.action.type !== 'segment') return cue
    const { bytes } = cue.action
    const [start, end] = [place.start - at, place.end - at]
    at += bytes.length
    if (end <= 0 || start >= bytes.length) return cue
    // The value stands whole where it begins.
    const value = start >= 0 ? accept : new Uint8Array(0)
    const parts = [bytes.subarray(0, Math.max(start, 0)), value, bytes.subarray(Math.min(end, bytes.length))]
    return { ...cue, action: { ...cue.action, bytes: Buffer.concat(parts) } }
  })
}
