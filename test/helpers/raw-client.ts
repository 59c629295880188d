import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A TCP client that says bytes and notes all that comes, latin-1. */
export class RawClient implements Disposable {
  readonly #socket: Socket
  /** Each segment as it was read. */
  readonly segments: string[] = []
  /** How the connection ended: `end`, or the code of the error. */
  readonly ended: Promise<string>
  #onNews: () => void = () => {}
  #ending: string | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => {
      this.segments.push(bytes.toString('latin1'))
      this.#onNews()
    })
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#ending ??= how
        resolve(how)
        this.#onNews()
      }
      socket.on('end', () => end('end'))
      socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
      socket.on('close', () => end('close'))
    })
  }

  static async to(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  get heard(): string {
    return this.segments.join('')
  }

  say(text: string | Uint8Array): this {
    this.#socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
    return this
  }

  /** Says bytes, and resolves when the other side has taken them, or will take none. */
  async sayAll(bytes: Uint8Array): Promise<boolean> {
    if (this.#ending !== undefined || this.#socket.destroyed) return false
    return new Promise((resolve) =>
      this.#socket.write(bytes, (error) => resolve(error === undefined || error === null)),
    )
  }

  /** Half-close. */
  end(): this {
    this.#socket.end()
    return this
  }

  /** Resolves when so much has come, or nothing more will. */
  async until(isEnough: (heard: string) => boolean): Promise<string> {
    while (!isEnough(this.heard) && this.#ending === undefined)
      await new Promise<void>((resolve) => (this.#onNews = resolve))
    return this.heard
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}
