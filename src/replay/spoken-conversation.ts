import type { Cue } from '../interactions/cue.ts'
import { type Dialogue, Messages, type Protocol, type Question } from '../protocols/dialogue.ts'
import type { CassetteMiss } from '../misses/cassette-miss.ts'
import { type Exits, HandOver } from './exits.ts'
import type { RecordedLeaving, ReplayPeer, Tell } from './replay-transport.ts'
import type { Exchange, Part, Said, SegmentPlace } from './spoken-exchange.ts'
import type { ExchangeShelf, Follows } from './spoken-shelf.ts'

/** What a conversation needs of the replay that it is part of. */
export interface SpokenStage {
  /** The error for a question that has no answer. */
  missed(question: Question, shelf: ExchangeShelf): CassetteMiss
  /** The error for bytes that are not the protocol. */
  notSpoken(bytes: Uint8Array, reason: unknown): CassetteMiss
  /** The error for a client that waits for an answer that the recorded one did not wait for. */
  leftEarly(exchange: Exchange): CassetteMiss
}

/** Plays a server whose protocol is known: each question is answered by what answered it in the recording. */
export class SpokenConversation implements ReplayPeer {
  readonly isHeld = false
  readonly #stage: SpokenStage
  readonly #shelf: ExchangeShelf
  readonly #dialogue: Dialogue
  readonly #messages: Messages
  readonly #exits: Exits
  readonly #inTurn: number | undefined
  #follows: Follows | undefined
  #waiting: Exchange | undefined
  #hasTold = false
  #isOver = false
  /** When what is played was recorded, where it is not itself recorded. */
  #place: SegmentPlace = { at: 0, wait: 0 }

  /** `inTurn` is the number of the connection that was opened in this place among those to its origin. */
  constructor(stage: SpokenStage, shelf: ExchangeShelf, protocol: Protocol, inTurn: number | undefined, exits: Exits) {
    this.#stage = stage
    this.#shelf = shelf
    this.#exits = exits
    this.#dialogue = protocol.begin()
    this.#messages = new Messages((bytes) => this.#dialogue.sentLength(bytes))
    this.#inTurn = inTurn
    if (inTurn === undefined) return
    this.#follows = { connection: inTurn, place: -1 }
    shelf.begin(inTurn)
  }

  get leaving(): RecordedLeaving | undefined {
    const exchange = this.#waiting
    const leaving = exchange?.leaving
    if (exchange === undefined || leaving === undefined) return undefined
    return { wait: leaving.wait, miss: () => this.#stage.leftEarly(exchange) }
  }

  opened(tell: Tell): void {
    const { conversations } = this.#shelf
    const inTurn = conversations.find(({ connection }) => connection === this.#follows?.connection)
    const opening = (inTurn ?? conversations.findLast((one) => one.opening.length > 0))?.opening ?? []
    for (const said of opening) if (said.type === 'message') this.#dialogue.received(said.bytes)
    this.#tell(opening, tell)
  }

  sent(bytes: Uint8Array, tell: Tell): void {
    // The server has gone: what the client writes until it notices is a matter of timing.
    if (this.#isOver) return
    for (const question of this.#questionsIn(bytes)) {
      if (question.role === 'silent') {
        if (question.isLast === true) this.#end(tell)
        continue
      }
      this.#answer(question, bytes, tell)
      if (this.#isOver) return
    }
  }

  ended(tell: Tell): void {
    this.#end(tell)
  }

  closed(): undefined {
    this.#begun()
  }

  #begun(): void {
    if (this.#inTurn !== undefined) this.#shelf.begun(this.#inTurn)
  }

  *#questionsIn(bytes: Uint8Array): Generator<Question> {
    const messages = this.#messages.push(bytes)
    for (;;) {
      let question: Question
      try {
        const next = messages.next()
        if (next.done === true) return
        question = this.#dialogue.sent(next.value)
      } catch (reason) {
        throw this.#stage.notSpoken(bytes, reason)
      }
      yield question
    }
  }

  #answer(question: Question, bytes: Uint8Array, tell: Tell): void {
    const isFirst = !this.#hasTold
    this.#hasTold = true
    const exchange = this.#shelf.find(question, this.#follows)
    if (question.role === 'once') this.#begun()
    if (exchange === undefined && question.own === undefined) {
      // A live server can only take a connection over from its beginning.
      if (isFirst && this.#exits.unrecorded !== undefined) throw new HandOver(this.#exits.unrecorded, bytes)
      throw this.#stage.missed(question, this.#shelf)
    }
    if (exchange !== undefined) this.#follows = { connection: exchange.connection, place: exchange.place }
    this.#waiting = exchange
    const answer = exchange?.answer ?? []
    if (answer.length === 0 && question.own !== undefined) this.#tellMessages(question, [question.own], question, tell)
    else if (exchange !== undefined) this.#tellAnswer(question, exchange, tell)
  }

  #tellAnswer(question: Question, exchange: Exchange, tell: Tell): void {
    const messages = exchange.answer.filter((said) => said.type === 'message')
    const recorded = messages.map(({ bytes }) => bytes)
    const changed = this.#dialogue.answer(question, recorded, exchange.question)
    const said = messages.map((message, index): Said => {
      const bytes = changed[index] ?? message.bytes
      const [first] = message.parts
      return bytes === message.bytes || first === undefined
        ? message
        : { type: 'message', bytes, parts: [{ bytes, segment: first.segment }] }
    })
    const endings = exchange.answer.filter(({ type }) => type === 'action')
    const behind = this.#shelf.tellsBehind(exchange) ? exchange.behind : []
    this.#tell([...said, ...behind, ...endings], tell)
  }

  #tellMessages(asked: Question, answer: readonly Buffer[], recorded: Question, tell: Tell): void {
    const bytes = Buffer.concat(this.#dialogue.answer(asked, answer, recorded))
    tell(cueOf(bytes, this.#place))
  }

  /** Parts that came in one segment come in one again. */
  #tell(said: readonly Said[], tell: Tell): void {
    let parts: Part[] = []
    const flush = (): void => {
      const [first] = parts
      if (first !== undefined) tell(cueOf(Buffer.concat(parts.map(({ bytes }) => bytes)), first.segment))
      parts = []
    }
    for (const one of said) {
      if (one.type === 'action') {
        flush()
        this.#isOver = true
        tell({ ...one.step, after: undefined })
        continue
      }
      for (const part of one.parts) {
        if (parts[0] !== undefined && parts[0].segment !== part.segment) flush()
        parts.push(part)
        this.#place = part.segment
      }
    }
    flush()
  }

  #end(tell: Tell): void {
    if (this.#isOver) return
    this.#isOver = true
    tell({ action: { type: 'end' }, after: undefined, ...this.#place })
  }
}

const cueOf = (bytes: Uint8Array, { at, wait }: SegmentPlace): Cue => ({
  action: { type: 'segment', bytes },
  after: undefined,
  at,
  wait,
})
