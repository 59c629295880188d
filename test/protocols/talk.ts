import { Recorder } from '../../src/recorder/recorder.ts'
import { Replayer, type ReplayerOptions } from '../../src/replay/replayer.ts'
import type { ProtocolName } from '../../src/protocols/names.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import type { Connector, Origin, Transport } from '../../src/transport.ts'

export const SERVICE: Origin = { protocol: 'tcp', host: 'service', port: 1 }

/** What a client writes at once, and what a server answers it; `''`: nothing. */
export type Turn = readonly [sent: Buffer | string, answered: Buffer | string]

/** The turns of one connection, after what the server says first. */
export interface Talk {
  readonly greeting?: Buffer | string
  readonly turns: readonly Turn[]
}

const bytesOf = (value: Buffer | string): Buffer => (typeof value === 'string' ? Buffer.from(value, 'latin1') : value)

/** A server that answers write by write, whatever is written. */
function serverOf({ greeting = '', turns }: Talk): Connector {
  return () => {
    const due: Buffer[] = bytesOf(greeting).length === 0 ? [] : [bytesOf(greeting)]
    let turn = 0
    const transport: Transport = {
      info: {},
      read: async () => due.shift() ?? null,
      write: () => {
        const answer = bytesOf(turns[turn]?.[1] ?? '')
        turn += 1
        if (answer.length > 0) due.push(answer)
      },
      end: () => {},
      destroy: () => {},
    }
    return Promise.resolve(transport)
  }
}

/** Records some connections, one after another. */
export async function recorded(protocol: ProtocolName, ...talks: readonly Talk[]): Promise<Cassette> {
  let now = 0
  const recorder = new Recorder({ protocols: { 'service:1': protocol }, now: () => (now += 1) })
  for (const talk of talks) {
    const transport = await recorder.wrap(serverOf(talk))(SERVICE, {})
    if (talk.greeting !== undefined) await transport.read()
    for (const [sent, answered] of talk.turns) {
      await transport.write(bytesOf(sent))
      if (bytesOf(answered).length > 0) await transport.read()
    }
    transport.destroy()
  }
  return recorder.cassette
}

/** All bytes of one direction of a cassette. */
export const bytesIn = (cassette: Cassette, type: 'sent' | 'received'): Buffer =>
  Buffer.concat(cassette.tape.flatMap((event) => (event.type === type ? [event.bytes] : [])))

/** A client of a replay: says something, and hears the answer. */
export class Client {
  readonly #transport: Transport

  private constructor(transport: Transport) {
    this.#transport = transport
  }

  static async of(replayer: Replayer): Promise<Client> {
    return new Client(await replayer.connector(SERVICE, {}))
  }

  /** @throws CassetteMiss. */
  async say(bytes: Buffer | string): Promise<Buffer> {
    await this.#transport.write(bytesOf(bytes))
    return this.hear()
  }

  /** All that is there to be read. */
  async hear(): Promise<Buffer> {
    const heard: Uint8Array[] = []
    while (this.#transport.isQuiet !== true) {
      const bytes = await this.#transport.read()
      if (bytes === null) break
      heard.push(bytes)
    }
    return Buffer.concat(heard)
  }
}

export const replayOf = (cassette: Cassette, options: ReplayerOptions = {}): Replayer => new Replayer(cassette, options)
