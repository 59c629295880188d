import { AnswerEnds } from '../messages/answer-ends.ts'
import type { TapeEvent } from '../tape/cassette.ts'
import { isRaw } from '../transport.ts'

/**
 * Joins records until every request in them has its answer: pipelined requests are in one record, and their answers may be in later ones.
 *
 * What is not HTTP is not held up.
 */
export class WholeRecords {
  readonly #connections = new Map<number, ConnectionInRecords>()

  /** Takes the next record of a connection, and gives what is whole now. */
  add(record: readonly TapeEvent[]): readonly TapeEvent[] | undefined {
    const [first] = record
    if (first === undefined) return undefined
    const connection = this.#connections.get(first.connection) ?? new ConnectionInRecords(first)
    this.#connections.set(first.connection, connection)
    for (const event of record) connection.add(event)
    if (!connection.isWhole) return undefined
    if (connection.isClosed) this.#connections.delete(first.connection)
    return connection.take()
  }

  /** Gives what is held, though it is not whole. */
  takeAll(): readonly (readonly TapeEvent[])[] {
    return Array.from(this.#connections.values(), (connection) => connection.take()).filter(({ length }) => length > 0)
  }
}

class ConnectionInRecords {
  readonly #ends: AnswerEnds | undefined
  #held: TapeEvent[] = []
  /** Whether the server says nothing more. */
  #isEnded = false
  isClosed = false

  constructor(first: TapeEvent) {
    this.#ends = first.type === 'open' && !isRaw(first.to) ? new AnswerEnds() : undefined
  }

  get isWhole(): boolean {
    return this.#isEnded || this.#ends === undefined || this.#ends.isOver || this.#ends.isIdle
  }

  add(event: TapeEvent): void {
    this.#held.push(event)
    switch (event.type) {
      case 'sent':
        return this.#ends?.sent(event.bytes)
      case 'received':
        this.#ends?.received(event.bytes)
        return
      case 'end':
        this.#isEnded ||= event.by === 'server'
        return
      case 'close':
        this.#isEnded = true
        this.isClosed = true
        return
      case 'open':
      case 'failed':
        return
    }
  }

  take(): readonly TapeEvent[] {
    const held = this.#held
    this.#held = []
    return held
  }
}
