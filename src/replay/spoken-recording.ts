import { CassetteError } from '../errors.ts'
import { leavingOf } from '../interactions/leaving.ts'
import type { RecordedConnection } from '../interactions/interaction.ts'
import { type Dialogue, Messages, type Protocol, type Question } from '../protocols/dialogue.ts'
import type { BytesEvent, CloseEvent, TapeEvent } from '../tape/cassette.ts'
import { type Exchange, matcherFor, type Part, type Said, type SegmentPlace } from './spoken-exchange.ts'

/** One recorded connection as questions and answers. */
export interface RecordedConversation {
  readonly connection: number
  /** What the server said before it was asked anything. */
  readonly opening: readonly Said[]
  readonly exchanges: readonly Exchange[]
}

/** @throws CassetteError `CASSETTE_INVALID` where the bytes are not the protocol. */
export function readConversation(connection: RecordedConnection, protocol: Protocol): RecordedConversation {
  try {
    return new ConversationReader(connection, protocol.begin()).read()
  } catch (error) {
    if (error instanceof CassetteError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new CassetteError(
      'CASSETTE_INVALID',
      `what was said on connection ${connection.number} to ${connection.origin} is not ${protocol.name}: ${reason}`,
    )
  }
}

interface Draft extends Exchange {
  answeredAt: number
  readonly answer: Said[]
  readonly behind: Said[]
}

/** Bytes of a segment that are in no whole message so far. */
interface Unread {
  readonly segment: SegmentPlace
  bytes: Buffer
}

class ConversationReader {
  readonly #connection: RecordedConnection
  readonly #dialogue: Dialogue
  readonly #sent: Messages
  readonly #received: Messages
  readonly #opening: Said[] = []
  readonly #exchanges = new Map<Question, Draft>()
  #unread: Unread[] = []
  readonly #openedAt: number
  #readyAt: number
  /** The longest that the client took to go on with the login: a busy one notices later that it is over. */
  #slowness = 0
  #actedAt: number
  #hasClientEnded = false
  #place = 0
  /** What was asked last, and last of what has its own place in a replay. */
  #last: Draft | undefined
  #lastOnce: Draft | undefined

  constructor(connection: RecordedConnection, dialogue: Dialogue) {
    this.#connection = connection
    this.#dialogue = dialogue
    this.#openedAt = connection.madeAt - connection.took
    this.#readyAt = connection.madeAt
    this.#actedAt = connection.madeAt
    this.#sent = new Messages((bytes) => dialogue.sentLength(bytes))
    this.#received = new Messages((bytes) => dialogue.receivedLength(bytes))
  }

  read(): RecordedConversation {
    const { events, number } = this.#connection
    for (const event of events) this.#add(event)
    const last = this.#last
    if (last !== undefined && last.answer.length === 0 && last.question.isUnanswered !== true)
      this.#exchanges.set(last.question, { ...last, leaving: leavingOf(events, () => true) })
    return { connection: number, opening: this.#opening, exchanges: [...this.#exchanges.values()] }
  }

  #add(event: TapeEvent): void {
    switch (event.type) {
      case 'sent':
        return this.#addSent(event)
      case 'received':
        return this.#addReceived(event)
      case 'end':
        if (event.by === 'client') this.#hasClientEnded = true
        else this.#addEnd(event.at, { type: 'end' })
        return
      case 'close':
        return this.#addClose(event)
      case 'open':
      case 'failed':
    }
  }

  #addSent({ bytes, at }: BytesEvent): void {
    const slowness = Math.max(this.#slowness, at - this.#readyAt)
    this.#actedAt = at
    for (const message of this.#sent.push(bytes)) {
      const question = this.#dialogue.sent(message)
      if (question.role === 'silent') this.#hasClientEnded ||= question.isLast === true
      else this.#ask(question, at)
    }
    this.#slowness = slowness
  }

  #ask(question: Question, at: number): void {
    const isFirst = question.role === 'once' && this.#lastOnce === undefined
    const draft: Draft = {
      connection: this.#connection.number,
      place: this.#place,
      at,
      opening: isFirst ? { at: this.#openedAt, noticedAt: this.#readyAt + this.#slowness } : undefined,
      answeredAt: Infinity,
      question,
      answer: [],
      behind: [],
      leaving: undefined,
      matches: matcherFor(question, this.#connection.events),
    }
    this.#place += 1
    this.#exchanges.set(question, draft)
    this.#last = draft
    if (question.role === 'once') this.#lastOnce = draft
  }

  #addReceived({ bytes, at }: BytesEvent): void {
    const segment = { at, wait: Math.max(at - this.#actedAt, 0) }
    if (this.#lastOnce === undefined) this.#readyAt = at
    this.#unread.push({ segment, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) })
    for (const message of this.#received.push(bytes)) {
      const parts = this.#take(message.length)
      const { to, isLeftOut = false, voids = [] } = this.#dialogue.received(message)
      for (const question of voids) this.#exchanges.delete(question)
      if (isLeftOut) continue
      this.#listFor(to).push({ type: 'message', bytes: message, parts })
      const asked = to && this.#exchanges.get(to)
      if (asked !== undefined) asked.answeredAt = at
    }
  }

  /** What the server says unasked comes after what has a place of its own: whatever else is asked may not be asked again. */
  #listFor(question: Question | undefined): Said[] {
    const asked = question && this.#exchanges.get(question)
    if (asked !== undefined) return asked.answer
    return (this.#lastOnce ?? this.#last)?.behind ?? this.#opening
  }

  #take(length: number): Part[] {
    const parts: Part[] = []
    for (let left = length; left > 0;) {
      const [first] = this.#unread
      if (first === undefined) return parts
      const bytes = first.bytes.subarray(0, left)
      parts.push({ bytes, segment: first.segment })
      first.bytes = first.bytes.subarray(bytes.length)
      if (first.bytes.length === 0) this.#unread.shift()
      left -= bytes.length
    }
    return parts
  }

  #addClose({ by, failure, at }: CloseEvent): void {
    if (failure === undefined) {
      if (by === 'server') this.#addEnd(at, { type: 'end' })
    } else if (by === 'server' || failure.code.endsWith('_TIMEOUT')) {
      this.#addEnd(at, { type: 'fail', failure })
    }
  }

  /** That a server ends what a client has ended is played whenever a client does so. */
  #addEnd(at: number, action: Extract<Said, { type: 'action' }>['step']['action']): void {
    if (this.#hasClientEnded) return
    const list = this.#last === undefined ? this.#opening : this.#last.answer
    // What was cut off is played as far as it came.
    const rest = this.#unread.map(({ bytes, segment }): Part => ({ bytes, segment }))
    if (rest.length > 0)
      list.push({ type: 'message', bytes: Buffer.concat(rest.map(({ bytes }) => bytes)), parts: rest })
    this.#unread = []
    list.push({ type: 'action', step: { action, at, wait: Math.max(at - this.#actedAt, 0) } })
  }
}
