import { setImmediate as turnEnd } from 'node:timers/promises'
import { type OpenCassette, useCassette } from 'wiretape'
import { REQUEST_HEADERS, targetOf } from './exchange.ts'

/** A recording that something happens to. */
export interface Run {
  readonly dir: string
  /** Of the cassette. */
  readonly name: string
  readonly port: number
  readonly interactions: number
  readonly connections: number
  /** Bytes of each body. */
  readonly size: number
}

/** Opens the cassette as a user would. */
export const openCassette = ({ dir, name }: Run): Promise<OpenCassette> =>
  useCassette(name, { dir, mode: 'update', env: {} })

/** Asks for everything; `onAcknowledged` hears of each answer that was read to its end, once the turn in which that was is over. */
export async function ask(run: Run, cassette: OpenCassette, onAcknowledged: (index: number) => void): Promise<void> {
  let next = 0
  const oneConnection = async (): Promise<void> => {
    const connection = cassette.connect(`http://127.0.0.1:${run.port}`)
    while (next < run.interactions) {
      const index = next
      next += 1
      const headers = { ...REQUEST_HEADERS, 'X-Size': `${run.size}` }
      await connection.request('GET', targetOf(index), { headers })
      const body = await (await connection.getResponse()).bytes()
      if (body.length !== run.size) throw new Error(`answer ${index} has ${body.length} bytes`)
      await turnEnd()
      onAcknowledged(index)
    }
  }
  await Promise.all(Array.from({ length: run.connections }, oneConnection))
}
