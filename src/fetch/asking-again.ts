import type { ConnectionInfo, Connector, Transport } from '../transport.ts'

/**
 * Connections that ask once more, on a new connection, where the server has ended a used one without an answer.
 *
 * A server may end an idle connection at the moment in which the next request is sent. Asking again is right only for safe methods (RFC 9110
 * section 9.2.2), and only if the request is here as a whole: without a body.
 */
export const askingAgain =
  (connector: Connector): Connector =>
  async (origin, options) =>
    new AskingAgain(await connector(origin, options), () => connector(origin, options))

class AskingAgain implements Transport {
  #transport: Transport
  readonly #connectAnew: () => Promise<Transport>
  /** What has been sent since the last byte of an answer; `undefined` on a new connection, which proves that the server wants no more. */
  #asked: Uint8Array[] | undefined
  #isAnswered = false
  #keepsAlive = true
  #destroyed: { readonly error: Error | undefined } | undefined

  constructor(transport: Transport, connectAnew: () => Promise<Transport>) {
    this.#transport = transport
    this.#connectAnew = connectAnew
  }

  get info(): ConnectionInfo {
    return this.#transport.info
  }

  async read(): Promise<Uint8Array | null> {
    let bytes: Uint8Array | null
    try {
      bytes = await this.#transport.read()
    } catch (error) {
      if (!isReset(error) || !this.#mayAskAgain()) throw error
      return this.#askAgain()
    }
    if (bytes === null && this.#mayAskAgain()) return this.#askAgain()
    this.#asked = undefined
    this.#isAnswered = true
    return bytes
  }

  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#isAnswered) (this.#asked ??= []).push(bytes)
    return this.#transport.write(bytes)
  }

  end(): void {
    this.#asked = undefined
    this.#transport.end()
  }

  keepAlive(value: boolean): void {
    this.#keepsAlive = value
    this.#transport.keepAlive?.(value)
  }

  destroy(error?: Error): void {
    this.#destroyed = { error }
    this.#transport.destroy(error)
  }

  #mayAskAgain(): boolean {
    return this.#destroyed === undefined && this.#asked !== undefined && isSafe(Buffer.concat(this.#asked))
  }

  async #askAgain(): Promise<Uint8Array | null> {
    const request = Buffer.concat(this.#asked ?? [])
    this.#asked = undefined
    this.#isAnswered = false
    this.#transport.destroy()
    const transport = await this.#connectAnew()
    this.#transport = transport
    if (this.#destroyed !== undefined) transport.destroy(this.#destroyed.error)
    if (!this.#keepsAlive) transport.keepAlive?.(false)
    await transport.write(request)
    return this.read()
  }
}

/** A single head of a safe method, and no body. */
function isSafe(request: Buffer): boolean {
  const end = request.indexOf('\r\n\r\n')
  return end === request.length - 4 && SAFE.test(request.toString('latin1', 0, 8))
}

const SAFE = /^(?:GET|HEAD|OPTIONS) /

/** The failures of a connection that the server has ended. */
const isReset = (error: unknown): boolean => RESETS.has(String(Object(error).systemCode ?? Object(error).code))
const RESETS: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE'])
