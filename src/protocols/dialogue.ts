import type { ProtocolName } from './names.ts'

/** A protocol that is understood well enough to play it by what is said. */
export interface Protocol {
  readonly name: ProtocolName
  /** Begins to follow one connection. */
  begin(): Dialogue
}

/**
 * Follows one connection, recorded or live: what the client sends as questions, and which of them the server answers.
 *
 * Both sides have to be given in the order in which they spoke. Nothing here waits, reads a clock or touches a socket.
 */
export interface Dialogue {
  /** Bytes of the first message in `bytes`; if that is more than there are, at least so many are needed to know. @throws NotSpoken. */
  sentLength(bytes: Buffer): number
  receivedLength(bytes: Buffer): number
  /** One whole message of the client's. @throws NotSpoken. */
  sent(message: Buffer): Question
  /** One whole message of the server's. @throws NotSpoken. */
  received(message: Buffer): Told
  /**
   * What a client that has just asked `asked` hears, when `recorded` was answered with `answer`: ids become its own.
   *
   * A message that need not change is returned as it is. Only for connections that are played: it moves the dialogue on as `received` does.
   */
  answer(asked: Question, answer: readonly Buffer[], recorded: Question): readonly Buffer[]
}

/** One message of a client, in the words of its protocol. */
export interface Question {
  /** What it is: `Query`, `Bind`. Only questions of one kind are compared. */
  readonly kind: string
  /** In one line, for people: `Query SELECT 1`. */
  readonly text: string
  /** What must agree, besides the kind, for a recorded answer to be an answer. */
  readonly fields: readonly Field[]
  /**
   * - `'once'`: each recorded one is played once, and is missed if nobody asks for it.
   * - `'setup'`: may be asked more or less often than recorded: logging in, keeping alive, preparing.
   * - `'silent'`: nobody answers it, and nothing is compared.
   */
  readonly role: 'once' | 'setup' | 'silent'
  /** What came before it and decides about it, such as the statements of a transaction: preferred among equal ones. */
  readonly context?: string | undefined
  /** Answers where none was recorded. */
  readonly own?: Buffer | undefined
  /** Whether that answer is better than one that was recorded elsewhere. */
  readonly prefersOwn?: boolean | undefined
  /** The server says nothing to it, though it is compared. */
  readonly isUnanswered?: boolean | undefined
  /** The client says no more after it, and the server ends the connection. */
  readonly isLast?: boolean | undefined
  /** With the next byte of the client, TLS begins. */
  readonly startsTls?: boolean | undefined
  /** What of the message is a password, or would let somebody find one out. */
  readonly secrets?: readonly Span[] | undefined
  /** How the protocol finds the question again that an answer is for. */
  readonly id?: number | undefined
  /** What the protocol remembers of it. */
  readonly memo?: unknown
}

export interface Field {
  readonly name: string
  /** Bytes are Latin-1. */
  readonly value: string
}

/** Offsets in a message, the second one excluded. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** One message of a server. */
export interface Told {
  /** What it answers; `undefined`: it comes unasked. */
  readonly to: Question | undefined
  /** Whether it belongs to what a replay leaves out: proofs of a login. */
  readonly isLeftOut?: boolean | undefined
  /** Questions that it makes void: the server never answers them. */
  readonly voids?: readonly Question[] | undefined
  /** After it, TLS begins. */
  readonly startsTls?: boolean | undefined
  readonly secrets?: readonly Span[] | undefined
}

/** Thrown for bytes that are not the protocol that was named. */
export class NotSpoken extends Error {
  override readonly name = 'NotSpoken'
}

/** Cuts what one side says into messages. */
export class Messages {
  readonly #lengthOf: (bytes: Buffer) => number
  #rest: Buffer = Buffer.alloc(0)
  #waiting: Buffer[] = []
  #length = 0
  #needed = 1

  constructor(lengthOf: (bytes: Buffer) => number) {
    this.#lengthOf = lengthOf
  }

  /** Bytes that are part of no whole message yet. */
  get pending(): number {
    return this.#length
  }

  /** Messages that these bytes complete, one at a time: the next one may be read otherwise once this one is understood. @throws NotSpoken. */
  *push(bytes: Uint8Array): Generator<Buffer> {
    this.#waiting.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
    this.#length += bytes.length
    // Long messages come in many pieces, which are joined once.
    while (this.#length > 0 && this.#length >= this.#needed) {
      this.#rest = Buffer.concat([this.#rest, ...this.#waiting])
      this.#waiting = []
      const length = this.#lengthOf(this.#rest)
      this.#needed = length
      if (length > this.#length) return
      const message = this.#rest.subarray(0, length)
      this.#rest = this.#rest.subarray(length)
      this.#length -= length
      this.#needed = 1
      yield message
    }
  }
}
