import { WiretapeError } from '../errors.ts'
import type { RequestHead } from '../http1/events.ts'
import { RequestHeads } from '../http1/request-heads.ts'
import { LateTransport } from '../late-transport.ts'
import { AnswerEnds } from '../messages/answer-ends.ts'
import type { ConnectionInfo, Transport } from '../transport.ts'
import { type ExchangeListeners, ExchangeWatch } from './exchange-watch.ts'

/** Where a request goes. */
export interface Way {
  /** The origin; requests to the same one that follow each other share a connection. */
  readonly to: string
  readonly connect: () => Promise<Transport>
}

/** Decides about requests. What it throws is sent to the client in place of an answer. */
export interface Router {
  /** Returns where a request goes, and the head that is passed on. */
  route(head: RequestHead, bytes: Buffer): { readonly way: Way; readonly bytes: Uint8Array }
  /** Where bytes go that are not a request, if they come first; absent: they are refused, too. */
  readonly others?: Way | undefined
  /** Called when bytes are not a request and may not be passed on, to say why. */
  invalid?(error: unknown): Error
}

/**
 * The server's end of a connection whose requests are forwarded, each to its origin.
 *
 * A connection to an origin is made with the first head: browsers open many that they never use. If a client of a proxy goes on to
 * another origin, everything to the first one is answered before the next connection is made, as answers come in order.
 */
export class ForwardingTransport implements Transport {
  readonly info: ConnectionInfo = {}
  readonly #router: Router
  readonly #heads: RequestHeads
  readonly #listeners: ExchangeListeners
  /** Where the heads of the bytes just pushed go. */
  readonly #ways = new Map<Uint8Array, { readonly way: Way; readonly head: RequestHead }>()
  #leg: Leg | undefined
  /** Settles when there is something to read from. */
  readonly #begun = new Signal()
  #refusal: Error | undefined
  /** Why the bytes just pushed are not all passed on. */
  #objection: Error | undefined
  #isSwitching = false

  constructor(router: Router, listeners: ExchangeListeners = {}) {
    this.#router = router
    this.#listeners = listeners
    this.#heads = new RequestHeads(this.#route, (error) => {
      this.#objection ??= router.invalid?.(error)
      return router.invalid === undefined ? undefined : 'drop'
    })
  }

  get isQuiet(): boolean {
    return this.#leg === undefined || this.#leg.isQuiet
  }

  async read(): Promise<Uint8Array | null> {
    for (;;) {
      await this.#begun.settled
      const leg = this.#leg
      // What came before is answered before a refusal.
      if (this.#refusal !== undefined && leg?.owesAnswer !== true) {
        leg?.destroy(this.#refusal)
        throw this.#refusal
      }
      if (leg === undefined) return null
      if (this.#isOverFor(leg)) {
        this.destroy()
        return null
      }
      const segment = await leg.read()
      if (segment === 'replaced') continue
      if (segment !== null) return segment
      if (!this.#isSwitching || leg.owesAnswer) return null
      leg.replace()
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#refusal !== undefined) throw this.#refusal
    let batch: Uint8Array[] = []
    for (const part of this.#heads.push(bytes)) {
      if (part === REFUSED) break
      const next = this.#ways.get(part)
      if (this.#leg === undefined || (next !== undefined && next.way.to !== this.#leg.to)) {
        await this.#leg?.write(batch)
        batch = []
        await this.#goTo(next?.way ?? this.#router.others)
      }
      if (next !== undefined) this.#leg?.noteRequest(next.head)
      batch.push(part)
    }
    this.#ways.clear()
    await this.#leg?.write(batch)
    if (this.#objection === undefined) return
    // The reader gets it, too.
    this.#refuse(this.#objection)
    throw this.#objection
  }

  end(): void {
    const rest = this.#heads.rest()
    if (this.#leg === undefined && rest.length > 0 && this.#router.others !== undefined)
      this.#begin(this.#router.others)
    this.#leg?.write([rest]).catch(() => {}) // The next read rejects.
    this.#leg?.end()
    this.#begun.settle()
  }

  destroy(error?: Error): void {
    this.#refusal ??= error ?? new Error('the client has gone')
    this.#leg?.destroy(error)
    this.#begun.settle()
  }

  /** What comes before a refused request in the same segment is passed on. */
  readonly #route = (head: RequestHead, bytes: Buffer): Uint8Array => {
    if (this.#objection !== undefined) return REFUSED
    try {
      const routed = this.#router.route(head, bytes)
      this.#ways.set(routed.bytes, { way: routed.way, head })
      return routed.bytes
    } catch (refusal) {
      this.#objection = refusal instanceof Error ? refusal : new WiretapeError('BAD_START_LINE', String(refusal))
      return REFUSED
    }
  }

  #refuse(reason: Error): void {
    this.#refusal ??= reason
    if (this.#leg?.owesAnswer !== true) this.#leg?.replace()
    this.#begun.settle()
  }

  /** After an upgrade that the server did not take, later requests would go to it unread. */
  #isOverFor(leg: Leg): boolean {
    return this.#router.others === undefined && this.#heads.isOpaque && leg.isRefusedUpgrade
  }

  async #goTo(way: Way | undefined): Promise<void> {
    if (way === undefined) return this.#refuse(this.#router.invalid?.(undefined) ?? new Error('not a request'))
    if (this.#leg !== undefined) {
      this.#isSwitching = true
      await this.#leg.answered
      this.#isSwitching = false
    }
    const old = this.#leg
    this.#begin(way)
    old?.replace()
  }

  #begin(way: Way): void {
    this.#leg = new Leg(way, this.#listeners)
    this.#begun.settle()
  }
}

/** The connection to one origin. */
class Leg {
  readonly to: string
  readonly #late: LateTransport
  readonly #watch: ExchangeWatch
  readonly #answers: AnswerEnds
  #inner: Transport | undefined
  #isReplaced = false
  #isEnding = false
  /** Whether a request has its answer. */
  #isAnswered = false
  /** Whether nothing more comes. */
  #isOver = false
  #answered = new Signal()

  constructor({ to, connect }: Way, listeners: ExchangeListeners) {
    this.to = to
    this.#watch = new ExchangeWatch(to, listeners)
    this.#answers = new AnswerEnds((event) => this.#watch.answer(event))
    this.#late = new LateTransport(async () => {
      this.#inner = await connect()
      return this.#inner
    })
  }

  get owesAnswer(): boolean {
    return !this.#isOver && !this.#answers.isOver && this.#answers.owesAnswer
  }

  /** A replay knows it. A live server may always have something to say, but is only waited for while it owes an answer. */
  get isQuiet(): boolean {
    const known = this.#inner?.isQuiet
    if (known !== undefined) return known
    // A server may answer half a request when it hears that no more comes.
    return !this.#answers.isOver && (this.#isEnding ? this.#answers.isIdle : !this.#answers.owesAnswer)
  }

  get isRefusedUpgrade(): boolean {
    return this.#isAnswered && !this.#answers.isOver && this.#answers.isIdle
  }

  /** Resolves when everything is answered that was asked, or nothing more comes. */
  get answered(): Promise<void> {
    if (!this.owesAnswer) return Promise.resolve()
    this.#answered = new Signal()
    return this.#answered.settled
  }

  async read(): Promise<Uint8Array | 'replaced' | null> {
    try {
      const segment = await this.#late.read()
      if (this.#isReplaced) return 'replaced'
      if (segment === null) this.#finish()
      else this.#note(segment)
      return segment
    } catch (error) {
      if (this.#isReplaced) return 'replaced'
      this.#finish(error)
      throw error
    }
  }

  async write(parts: readonly Uint8Array[]): Promise<void> {
    const [first = NOTHING, ...others] = parts
    const bytes = others.length === 0 ? first : Buffer.concat(parts)
    if (bytes.length === 0) return
    this.#answers.sent(bytes)
    await this.#late.write(bytes)
  }

  noteRequest(head: RequestHead): void {
    this.#watch.request(head)
  }

  end(): void {
    this.#isEnding = true
    this.#late.end()
  }

  /** Ends it without a failure: an outstanding `read` gives `'replaced'`. */
  replace(): void {
    this.#isReplaced = true
    this.#finish()
    this.#late.destroy()
  }

  destroy(error?: Error): void {
    this.#finish(error)
    this.#late.destroy(error)
  }

  #note(segment: Uint8Array): void {
    this.#watch.received(segment.length)
    if (this.#answers.received(segment) !== undefined) this.#isAnswered = true
    if (!this.owesAnswer) this.#answered.settle()
  }

  #finish(error?: unknown): void {
    this.#isOver = true
    this.#watch.end(error)
    this.#answered.settle()
  }
}

/** A promise that can be settled from outside. */
class Signal {
  settle: () => void = () => {}
  readonly settled = new Promise<void>((resolve) => (this.settle = resolve))
}

const NOTHING = Buffer.alloc(0)

/** Stands for a head that is not passed on; not empty, or nobody would see it. */
const REFUSED = Buffer.of(0)
