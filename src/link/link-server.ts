import { SocketTransport } from '../client/socket-transport.ts'
import { CassetteError } from '../errors.ts'
import { LocalServer } from '../listen/local-server.ts'
import type { Connector, Origin, Transport } from '../transport.ts'
import { type Frame, Frames } from './frames.ts'
import { connectIn, errorIn, passIn } from './messages.ts'
import { GREETING, passFor } from './pass.ts'
import { fromSentError, toSentError } from './sent-error.ts'
import { receivedOptions, type SentConnect } from './sent-options.ts'
import type { SentPolicy } from './sent-policy.ts'

/** A test whose app runs in other processes. */
export interface LinkedTest {
  readonly policy: SentPolicy
  /** Records or replays. */
  readonly connector: Connector
  /** Something was refused in a process of the app, and the program may have swallowed it. */
  noteProblem(problem: Error): void
}

/** A test that processes of the app may join. */
export interface OpenedTest {
  /** What its requests to the app carry. */
  readonly pass: string
  readonly close: () => void
}

/** The tests of this process that processes of the app may join. */
export class LinkServer {
  readonly #secret: string
  readonly #tests = new Map<string, OpenTest>()
  #server: LocalServer | undefined
  #count = 0

  private constructor(secret: string) {
    this.#secret = secret
  }

  /** Listens on loopback. @throws the system's error if it cannot. */
  static async start(secret: string): Promise<LinkServer> {
    const link = new LinkServer(secret)
    link.#server = await LocalServer.start({}, undefined, () => (socket) => {
      void link.#accept(new Frames(new SocketTransport(socket)))
    })
    return link
  }

  /** A pass that asks an app whether it can be joined. */
  get greeting(): string {
    return passFor(this.#secret, this.#port, GREETING)
  }

  /** Lets processes of the app join a test. */
  open(test: LinkedTest): OpenedTest {
    this.#count += 1
    const pass = passFor(this.#secret, this.#port, String(this.#count))
    const opened = new OpenTest(test)
    this.#tests.set(pass, opened)
    const close = (): void => {
      this.#tests.delete(pass)
      opened.close()
    }
    return { pass, close }
  }

  async close(): Promise<void> {
    for (const test of this.#tests.values()) test.close()
    this.#tests.clear()
    await this.#server?.close()
  }

  get #port(): number {
    return this.#server?.port ?? 0
  }

  async #accept(frames: Frames): Promise<void> {
    try {
      const first = await frames.next()
      const test = first && this.#tests.get(passIn(first))
      if (first === undefined || test === undefined) return
      await test.serve(first, frames)
    } catch {
      // One that speaks otherwise is none of ours, and one that has gone needs no answer.
    } finally {
      frames.destroy()
    }
  }
}

class OpenTest {
  readonly #test: LinkedTest
  readonly #links = new Set<Frames>()

  constructor(test: LinkedTest) {
    this.#test = test
  }

  async serve(first: Frame, frames: Frames): Promise<void> {
    this.#links.add(frames)
    try {
      if (first.kind === 'join') await this.#keep(frames)
      else if (first.kind === 'connect') await this.#connect(connectIn(first), frames)
    } finally {
      this.#links.delete(frames)
    }
  }

  close(): void {
    for (const frames of this.#links) frames.destroy()
  }

  /** A process has joined. It learns of the end by the end of its connection. */
  async #keep(frames: Frames): Promise<void> {
    await frames.send('policy', this.#test.policy)
    for (;;) {
      const frame = await frames.next()
      if (frame === undefined) return
      if (frame.kind === 'problem') this.#test.noteProblem(problemIn(frame))
    }
  }

  async #connect(asked: SentConnect, frames: Frames): Promise<void> {
    const giveUp = new AbortController()
    const hearing = new Hearing(frames, () => giveUp.abort(new Error('the client has given up')))
    const transport = await this.#open(asked, frames, giveUp.signal)
    if (transport === undefined) return
    await frames.send('opened', transport.info)
    await Promise.all([hearing.hear(transport), tell(transport, frames, hearing)])
  }

  async #open(asked: SentConnect, frames: Frames, signal: AbortSignal): Promise<Transport | undefined> {
    try {
      return await this.#test.connector(originIn(asked), {
        ...receivedOptions(asked),
        signal,
        onHandshake: () => void frames.send('handshake'),
      })
    } catch (error) {
      await frames.send('failed', toSentError(error))
      frames.end()
      return undefined
    }
  }
}

/** What the process of the app says: one read ahead, so that it is noticed if the process gives up. */
class Hearing {
  readonly #frames: Frames
  #next: Promise<Frame | undefined>
  #hasEnded = false

  constructor(frames: Frames, onGone: () => void) {
    this.#frames = frames
    this.#next = frames.next()
    this.#next.then(
      (frame) => frame === undefined && onGone(),
      () => onGone(),
    )
  }

  /** Whether the client has said all it will. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  async hear(transport: Transport): Promise<void> {
    try {
      for (;;) {
        const frame = await this.#next
        if (frame === undefined) return transport.destroy()
        if (frame.kind === 'data') await transport.write(frame.bytes)
        else if (frame.kind === 'tls') await this.#secure(connectIn(frame), transport)
        else if (frame.kind === 'end') {
          this.#hasEnded = true
          transport.end()
        }
        this.#next = this.#frames.next()
      }
    } catch {
      // The reader of the transport gets the reason. What the client still says is of no use.
      while ((await this.#frames.next()) !== undefined);
      transport.destroy()
    }
  }

  async #secure(asked: SentConnect, transport: Transport): Promise<void> {
    try {
      await transport.startTls?.(originIn(asked), receivedOptions(asked))
      await this.#frames.send('secured', transport.info)
    } catch (error) {
      await this.#frames.send('failed', toSentError(error))
    }
  }
}

/** What the server says, live or recorded, goes to the process of the app. */
async function tell(transport: Transport, frames: Frames, hearing: Hearing): Promise<void> {
  try {
    for (;;) {
      // A replay that has nothing to add ends as the server would.
      const segment = hearing.hasEnded && transport.isQuiet === true ? null : await transport.read()
      if (segment === null) break
      await frames.send('data', Buffer.from(segment))
    }
    await frames.send('end')
  } catch (error) {
    await frames.send('failed', toSentError(error))
  }
}

function problemIn(frame: Frame): Error {
  const sent = errorIn(frame)
  return sent.code === 'NOT_CAPTURED' ? new CassetteError('NOT_CAPTURED', sent.detail) : fromSentError(sent)
}

function originIn({ origin: { protocol, host, port } }: SentConnect): Origin {
  return { protocol, host, port }
}
