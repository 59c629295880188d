import type { Failure } from '../tape/cassette.ts'
import { rebuildError } from '../tape/socket-error.ts'
import type { ServerAction } from '../interactions/interaction.ts'
import { type ScheduledAction, SYSTEM_CLOCK } from '../clock.ts'
import { closedByThisSide, ConnectionError, ERROR_CODES, type ErrorCode, LocalProtocolError } from '../errors.ts'
import type { ConnectionInfo, Transport, ConnectOptions, Origin } from '../transport.ts'
import { DueQueue } from './due-queue.ts'
import type { Cue } from '../interactions/cue.ts'
import { HandOver } from './exits.ts'
import type { Cut } from './cutting.ts'
import { PacedQueue } from './paced-queue.ts'
import type { Pace } from './timing.ts'

/** Plays the server of one connection: hears what the client does, and plays what follows from it. */
export interface ReplayPeer {
  /** Whether what it plays next waits for another connection. */
  readonly isHeld: boolean
  /** Where the recording ends for a client that waits for more, `undefined` where it does not. */
  readonly leaving: RecordedLeaving | undefined
  /** The connection is made. What the peer plays later than in answer to the client, it plays inside of `act`. */
  opened(tell: Tell, act: Act): void
  /**
   * The client has written `bytes`.
   *
   * @throws CassetteMiss when they are not what was recorded, or HandOver when a live server is to answer them.
   */
  sent(bytes: Uint8Array, tell: Tell): void
  /** The client has ended its side. */
  ended(tell: Tell): void
  /** The client has gone, with `error` where it did not want to. Gives what would explain that error. */
  closed(error: Error | undefined): Error | undefined
}

/** The recorded client left here. */
export interface RecordedLeaving {
  /** Milliseconds that it had waited. */
  readonly wait: number
  /** The error for a client that does not leave. */
  miss(): Error
}

/** Hands on what the client is to see next. */
export type Tell = (cue: Cue) => void

/** Does something that the client has not asked for just now, and hands on what follows from it. */
export type Act = (act: () => void) => void

/** How what the peer plays reaches the client. */
export interface Delivery {
  readonly cut: Cut
  /** `undefined`: at once. */
  readonly pace: Pace | undefined
}

/** A transport without a network: what is read from it was recorded, up to where a peer hands over to a live server. */
export class ReplayTransport implements Transport {
  readonly info: ConnectionInfo
  readonly #peer: ReplayPeer
  readonly #cut: Cut
  /** What the peer has told since the client did something. */
  readonly #told: Cue[] = []
  /** What is due and not yet read. */
  readonly #queue = new DueQueue<Outcome>()
  /** What has been played and is not yet due; absent where everything is due at once. */
  readonly #paced: PacedQueue<Outcome> | undefined
  readonly #pace: Pace | undefined
  #reader: Reader | undefined
  /** Runs while the client waits where the recorded one left. */
  #patience: ScheduledAction | undefined
  #miss: Failed | undefined
  /** Where the client's bytes go since the peer handed over. */
  #live: Transport | undefined
  /** Bytes that were not of a live server. */
  #replayed = 0
  #isPulling = false
  #keepsAlive = true
  #isEnded = false
  #isDestroyed = false
  /** What every further read is answered with. */
  #last: Outcome | undefined

  constructor(peer: ReplayPeer, info: ConnectionInfo, { cut, pace }: Delivery) {
    this.info = info
    this.#peer = peer
    this.#cut = cut
    this.#pace = pace
    this.#paced = pace && new PacedQueue(pace, (outcome) => this.#enqueue([outcome]))
    peer.opened(this.#tell, this.#act)
    this.#pass()
  }

  /** Whether nothing more comes unless the client does something. */
  get isQuiet(): boolean {
    if (this.#live !== undefined) return false
    return this.#queue.isEmpty && this.#paced?.isEmpty !== false && !this.#peer.isHeld && this.#patience === undefined
  }

  read(): Promise<Uint8Array | null> {
    if (this.#reader !== undefined)
      return Promise.reject(new LocalProtocolError('WRONG_STATE', 'a read is outstanding'))
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
      this.#deliver()
    })
  }

  /** @throws CassetteMiss when no recorded interaction matches; reads reject with it, too, after all that came before. */
  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#miss !== undefined) throw this.#miss.error
    if (this.#last?.type === 'error') return Promise.reject(this.#last.error)
    if (this.#isEnded) throw new LocalProtocolError('WRONG_STATE', 'write after end')
    if (this.#live !== undefined) return this.#live.write(bytes)
    try {
      this.#peer.sent(bytes, this.#tell)
    } catch (error) {
      this.#pass()
      if (error instanceof HandOver) return this.#goLive(error)
      throw this.#noteMiss(error)
    }
    this.#pass()
    this.#watch()
    return undefined
  }

  /** The cassette holds the bytes inside TLS, so a replay has nothing to do; a live server that has taken over does. */
  async startTls(origin: Origin, options: ConnectOptions): Promise<void> {
    await this.#live?.startTls?.(origin, options)
  }

  end(): void {
    if (this.#isEnded || this.#last?.type === 'error') return
    this.#isEnded = true
    if (this.#live !== undefined) return this.#live.end()
    this.#act(() => this.#peer.ended(this.#tell))
  }

  answered(offset: number): void {
    if (offset > this.#replayed) this.#live?.answered?.(offset - this.#replayed)
  }

  keepAlive(value: boolean): void {
    this.#paced?.keepAlive(value)
    this.#keepsAlive = value
    this.#live?.keepAlive?.(value)
  }

  destroy(error?: Error): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    if (this.#live === undefined) explain(error, this.#closePeer(error))
    else this.#live.destroy(error)
    this.#paced?.clear()
    this.#stopWatching()
    this.#queue.clear()
    this.#last = { type: 'error', error: error ?? closedByThisSide() }
    this.#deliver()
  }

  /** Why nothing came, where that is known: a cassette that turns out to be broken is a reason, too. */
  #closePeer(error: Error | undefined): Error | undefined {
    try {
      return this.#peer.closed(error)
    } catch (reason) {
      return reason instanceof Error ? reason : undefined
    }
  }

  readonly #tell: Tell = (cue) => {
    this.#told.push(cue)
    if (cue.action.type === 'segment') this.#replayed += cue.action.bytes.length
  }

  readonly #act: Act = (act) => {
    if (this.#isDestroyed) return
    try {
      act()
    } catch (error) {
      this.#pass()
      // Nobody waits for this write any more; the next read shows how it ended.
      if (error instanceof HandOver) this.#goLive(error).catch(() => {})
      else this.#noteMiss(error)
      return
    }
    this.#pass()
    this.#watch()
  }

  /**
   * Where the recorded client left, this one may do so, too: it gets twice the time. If it waits for more, that is a miss.
   *
   * Left alone it would wait for ever, or for a limit of its own whose error says nothing of the recording.
   */
  #watch(): void {
    this.#stopWatching()
    if (this.#reader === undefined || this.#live !== undefined || this.#isDestroyed) return
    if (!this.#queue.isEmpty || this.#paced?.isEmpty === false) return
    const { leaving } = this.#peer
    if (leaving === undefined) return
    const { clock, factor } = this.#pace ?? AT_ONCE
    this.#patience = clock.schedule(2 * leaving.wait * Math.max(factor, 1) + TIME_TO_LEAVE, () => {
      this.#patience = undefined
      this.#noteMiss(leaving.miss())
    })
  }

  #stopWatching(): void {
    this.#patience?.cancel()
    this.#patience = undefined
  }

  /** Reads and writes fail with it from now on, after all that was told before. */
  #noteMiss(error: unknown): unknown {
    this.#miss = { type: 'error', error }
    this.#schedule(this.#miss, 0)
    return error
  }

  /** Hands on what follows from one act of the client. */
  #pass(): void {
    if (this.#told.length === 0) return
    const cues = this.#cut(this.#told.splice(0))
    if (this.#paced === undefined) return this.#enqueue(outcomesOf(cues))
    for (const { action, wait, delay } of cues) this.#schedule(action, wait, delay)
  }

  #schedule(outcome: Outcome, wait: number, delay?: number): void {
    if (this.#paced === undefined) this.#enqueue([outcome])
    else this.#paced.add(outcome, wait, delay)
  }

  /** What was told before is still read first. */
  async #goLive({ exit, bytes }: HandOver): Promise<void> {
    const live = exit()
    live.keepAlive?.(this.#keepsAlive)
    let written: void | Promise<void>
    try {
      written = live.write(bytes)
    } catch (error) {
      // Not a byte has gone.
      throw this.#noteMiss(error)
    }
    this.#live = live
    // The client may have ended its side while an earlier answer waited.
    if (this.#isEnded) live.end()
    this.#deliver()
    await written
  }

  /** Asks the live server, once nothing recorded is left. */
  #pull(): void {
    const live = this.#live
    if (live === undefined || this.#isPulling || this.#paced?.isEmpty === false) return
    this.#isPulling = true
    const enqueue = (outcome: Outcome): void => {
      this.#isPulling = false
      this.#enqueue([outcome])
    }
    live.read().then(
      (bytes) => enqueue(bytes === null ? { type: 'end' } : { type: 'segment', bytes }),
      (error: unknown) => enqueue({ type: 'error', error }),
    )
  }

  #enqueue(outcomes: Iterable<Outcome>): void {
    if (this.#isDestroyed) return
    this.#queue.push(outcomes)
    this.#deliver()
  }

  /** The reader's code runs in a later microtask, so a client is never called from inside its own `write`. */
  #deliver(): void {
    const reader = this.#reader
    if (reader === undefined) return
    const outcome = this.#queue.shift() ?? this.#last
    if (outcome === undefined) return this.#live === undefined ? this.#watch() : this.#pull()
    this.#stopWatching()
    this.#reader = undefined
    switch (outcome.type) {
      case 'segment':
        // A copy: what the client does to its bytes must not reach the cassette.
        return reader.resolve(Buffer.from(outcome.bytes))
      case 'end':
        this.#last = outcome
        return reader.resolve(null)
      case 'fail':
        this.#last = { type: 'error', error: errorOf(outcome.failure) }
        return reader.reject(this.#last.error)
      case 'error':
        this.#last = outcome
        return reader.reject(outcome.error)
    }
  }
}

/** From the outside a client that waits in vain looks like one that takes its time, so its own error has to say why. */
function explain(error: Error | undefined, cause: Error | undefined): void {
  if (error !== undefined && cause !== undefined && error.cause === undefined) error.cause = cause
}

/** The error that a live client met, made again: same code, phase, system code and words, and the same cause. */
export function errorOf({ code, phase, systemCode, message, error }: Failure): ConnectionError {
  const socketError = error === undefined || error === 'end' ? error : rebuildError(error)
  const cause = socketError === 'end' ? undefined : socketError
  return new ConnectionError(isErrorCode(code) ? code : 'CONNECTION_LOST', phase, message, {
    systemCode,
    socketError,
    ...(cause && { cause }),
  })
}

/** Those of a generator are made when their turn comes. */
function outcomesOf(cues: Iterable<Cue>): Iterable<Outcome> {
  return Array.isArray(cues) ? cues.map(actionOf) : actionsOf(cues)
}

function* actionsOf(cues: Iterable<Cue>): Generator<Outcome> {
  for (const { action } of cues) yield action
}

const actionOf = ({ action }: Cue): Outcome => action

const AT_ONCE: Pace = { clock: SYSTEM_CLOCK, factor: 1 }

/** Milliseconds that a client has at least to leave where the recorded one left: it may run on a slower machine. */
const TIME_TO_LEAVE = 500

type Outcome = ServerAction | Failed

interface Failed {
  readonly type: 'error'
  readonly error: unknown
}

interface Reader {
  resolve(segment: Uint8Array | null): void
  reject(error: unknown): void
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CODES, code)
