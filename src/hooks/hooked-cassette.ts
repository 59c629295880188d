import type { Cassette } from '../tape/cassette.ts'
import type { Hook } from './hook.ts'

/** The cassette as a hook gives it, all of it at once. */
export async function hookedCassette(cassette: Cassette, hook: Hook): Promise<Cassette> {
  const { tape } = cassette
  const origins = new Map(tape.flatMap((event) => (event.type === 'open' ? [[event.connection, event.to]] : [])))
  const hooked = hook.take(tape, (connection) => origins.get(connection) ?? '')
  await hooked.done()
  return { version: cassette.version, recorded: cassette.recorded, tape: hooked.result().after }
}
