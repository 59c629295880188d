import { type Dialogue, Messages, type Span } from '../protocols/dialogue.ts'
import type { BytesEvent } from '../tape/cassette.ts'
import type { ConnectionTape, Note } from './connection-tape.ts'
import type { NoteTaker } from './recording-transport.ts'

/** Something that was noted and is not on the tape yet; of bytes, how many are in no whole message so far. */
interface Held {
  readonly note: Note
  readonly at: number
  undecided: number
}

type BytesNote = Extract<Note, { readonly bytes: Uint8Array }>
type Direction = BytesEvent['type']

/**
 * Takes what would let somebody find out a password off the notes of one connection, before anything is written.
 *
 * In its place are as many asterisks. What is noted waits until the message that it belongs to is whole; what never becomes whole, or is not
 * the protocol that was named, is nothing but asterisks on the tape.
 */
export class ScrubbedTape implements NoteTaker {
  readonly #tape: ConnectionTape
  readonly #dialogue: Dialogue
  readonly #now: () => number
  readonly #onLost: (reason: unknown) => void
  readonly #messages: Readonly<Record<Direction, Messages>>
  /** Bytes of a direction that are in no whole message, in order. */
  readonly #unread: Readonly<Record<Direction, Held[]>> = { sent: [], received: [] }
  readonly #queue: Held[] = []
  #isLost = false

  /** `onLost` is called once, where the bytes are not the protocol. */
  constructor(tape: ConnectionTape, dialogue: Dialogue, now: () => number, onLost: (reason: unknown) => void) {
    this.#tape = tape
    this.#dialogue = dialogue
    this.#now = now
    this.#onLost = onLost
    this.#messages = {
      sent: new Messages((bytes) => dialogue.sentLength(bytes)),
      received: new Messages((bytes) => dialogue.receivedLength(bytes)),
    }
  }

  add(note: Note): void {
    if (note.type === 'sent' || note.type === 'received') this.#addBytes(note)
    else this.#queue.push({ note, at: this.#now(), undecided: 0 })
    if (note.type === 'close') this.#giveUp()
    this.#release()
  }

  answered(offset: number): void {
    this.#tape.answered(offset)
  }

  flush(): void {
    this.#giveUp()
    this.#release()
    this.#tape.flush()
  }

  #addBytes(note: BytesNote): void {
    const { type } = note
    // A copy, which is changed here.
    const bytes = Buffer.from(note.bytes)
    const held: Held = { note: { ...note, bytes }, at: this.#now(), undecided: bytes.length }
    this.#queue.push(held)
    this.#unread[type].push(held)
    if (this.#isLost) return this.#giveUp()
    try {
      for (const message of this.#messages[type].push(Buffer.from(note.bytes))) {
        const { secrets = [] } = type === 'sent' ? this.#dialogue.sent(message) : this.#dialogue.received(message)
        this.#decide(type, message.length, secrets)
      }
    } catch (reason) {
      this.#isLost = true
      this.#giveUp()
      this.#onLost(reason)
    }
  }

  /** The next `length` bytes of a direction are one message. */
  #decide(type: Direction, length: number, secrets: readonly Span[]): void {
    const unread = this.#unread[type]
    let at = 0
    for (let [held] = unread; held !== undefined && at < length; [held] = unread) {
      const taken = Math.min(held.undecided, length - at)
      const bytes = bytesOf(held)
      const shift = bytes.length - held.undecided - at
      for (const { start, end } of secrets)
        if (start < at + taken && end > at)
          bytes.fill(ASTERISK, Math.max(start, at) + shift, Math.min(end, at + taken) + shift)
      held.undecided -= taken
      at += taken
      if (held.undecided === 0) unread.shift()
    }
  }

  /** Nothing more is known of what is in no whole message. */
  #giveUp(): void {
    for (const type of ['sent', 'received'] as const) {
      for (const held of this.#unread[type]) {
        const bytes = bytesOf(held)
        // Its message may still become whole: then the place is counted on, though it has been written by then.
        bytes.fill(ASTERISK, bytes.length - held.undecided)
      }
      if (this.#isLost) this.#unread[type].length = 0
    }
    for (const held of this.#queue.splice(0)) this.#tape.add(held.note, held.at)
  }

  #release(): void {
    for (let [held] = this.#queue; held !== undefined && held.undecided === 0; [held] = this.#queue) {
      this.#queue.shift()
      this.#tape.add(held.note, held.at)
    }
  }
}

const ASTERISK = 0x2a

const bytesOf = ({ note }: Held): Buffer =>
  'bytes' in note ? Buffer.from(note.bytes.buffer, note.bytes.byteOffset, note.bytes.length) : Buffer.alloc(0)
