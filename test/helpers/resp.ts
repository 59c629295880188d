import type { Transport } from '../../src/transport.ts'

/** What Redis says: text in latin-1, a number, nothing, a list, an error; `undefined` where the connection has ended. */
export type Reply = string | number | null | undefined | Reply[] | { readonly error: string }

/** As much of a Redis client as tests need: version 2 of its protocol over a transport. */
export class Resp {
  readonly #transport: Transport
  #unread = Buffer.alloc(0)
  /** Everything that came, as it came. */
  received = Buffer.alloc(0)

  constructor(transport: Transport) {
    this.#transport = transport
  }

  async ask(...command: readonly (string | Uint8Array)[]): Promise<Reply> {
    this.send(command)
    return this.reply()
  }

  /** Sends commands in one write. */
  send(...commands: readonly (readonly (string | Uint8Array)[])[]): void {
    void this.#transport.write(Buffer.concat(commands.flatMap(partsOf)))
  }

  /** The next reply, asked for or not. */
  async reply(): Promise<Reply> {
    const line = await this.#line()
    if (line === undefined) return undefined
    const rest = line.slice(1)
    switch (line[0]) {
      case '+':
        return rest
      case '-':
        return { error: rest }
      case ':':
        return Number(rest)
      case '$':
        return rest === '-1' ? null : (await this.#take(Number(rest) + 2)).subarray(0, -2).toString('latin1')
      default:
        return rest === '-1' ? null : this.#list(Number(rest))
    }
  }

  close(): void {
    this.#transport.destroy()
  }

  async #list(length: number): Promise<Reply[]> {
    const items: Reply[] = []
    while (items.length < length) items.push(await this.reply())
    return items
  }

  async #line(): Promise<string | undefined> {
    let end = this.#unread.indexOf('\r\n')
    while (end === -1) {
      if (!(await this.#more())) return undefined
      end = this.#unread.indexOf('\r\n')
    }
    return (await this.#take(end + 2)).subarray(0, -2).toString('latin1')
  }

  async #take(length: number): Promise<Buffer> {
    while (this.#unread.length < length) if (!(await this.#more())) throw new Error('the reply is cut off')
    const taken = this.#unread.subarray(0, length)
    this.#unread = this.#unread.subarray(length)
    return taken
  }

  async #more(): Promise<boolean> {
    const segment = await this.#transport.read()
    if (segment === null) return false
    this.received = Buffer.concat([this.received, segment])
    this.#unread = Buffer.concat([this.#unread, segment])
    return true
  }
}

function partsOf(command: readonly (string | Uint8Array)[]): Buffer[] {
  const parts = [Buffer.from(`*${command.length}\r\n`)]
  for (const bytes of command.map((part) => Buffer.from(part)))
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'))
  return parts
}
