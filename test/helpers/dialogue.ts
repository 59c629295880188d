import { WiretapeError } from '../../src/errors.ts'
import type { Replayer } from '../../src/replay/replayer.ts'
import { type Origin, parseOrigin, type Transport } from '../../src/transport.ts'

/** The client's end of a replayed connection, in latin-1 text. */
export class Dialogue {
  readonly transport: Transport
  /** A read that has not been answered yet; the next `read` takes it over. */
  #pending: Promise<Uint8Array | null> | undefined

  constructor(transport: Transport) {
    this.transport = transport
  }

  static async with(replayer: Replayer, origin = 'http://api.test'): Promise<Dialogue> {
    return new Dialogue(await replayer.connector(originOf(origin), {}))
  }

  say(...texts: readonly string[]): void {
    for (const text of texts) void this.transport.write(Buffer.from(text, 'latin1'))
  }

  /** The next segment, `'(end)'`, or the code of the error; `'(nothing)'` where the read stays unanswered. */
  async hear(): Promise<string> {
    this.#pending ??= this.transport.read()
    const outcome = await Promise.race([this.#pending.then(textOf, codeOf), nextTurn()])
    if (outcome !== '(nothing)') this.#pending = undefined
    return outcome
  }

  /** Everything that can be heard without saying more. */
  async hearAll(): Promise<string[]> {
    const heard: string[] = []
    for (;;) {
      const segment = await this.hear()
      if (segment === '(nothing)') return heard
      heard.push(segment)
      if (/^\(.+\)$/.test(segment)) return heard
    }
  }
}

export function originOf(url: string): Origin {
  const origin = parseOrigin(url)
  if (origin === undefined) throw new Error(`no origin: ${url}`)
  return origin
}

const textOf = (segment: Uint8Array | null): string =>
  segment === null ? '(end)' : Buffer.from(segment).toString('latin1')

const codeOf = (error: unknown): string =>
  error instanceof WiretapeError ? `(${error.code})` : `(${error instanceof Error ? error.message : 'no error'})`

/** A replay has no timers: what is not there when all promises have settled never comes. */
const nextTurn = (): Promise<string> => new Promise((resolve) => void setImmediate(() => resolve('(nothing)')))
