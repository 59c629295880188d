import type { Interaction } from '../interactions/interaction.ts'
import { escapeText } from '../content/printable.ts'
import type { RecordedScript } from '../matching/script-shelf.ts'
import type { RecordedOrigin } from './recorded-origin.ts'

/** What the client did not do of all that was recorded, a line each. `shown` hides the secrets in a URL. */
export function leftoversOf(
  unplayed: readonly Interaction[],
  origins: ReadonlyMap<string, RecordedOrigin>,
  shown: (url: string) => string,
): string[] {
  const leftovers = unplayed.map((interaction) => describeInteraction(interaction, shown))
  for (const [origin, recorded] of origins) {
    const { connections, opened } = recorded
    for (const { connection, script, interactions } of unfinishedIn(recorded))
      if (script.bytes.length > 0 && interactions.length === 0)
        leftovers.push(`${script.bytes.length} bytes to ${origin} that are not HTTP (connection ${connection})`)
    for (const { number, failure } of connections.slice(opened))
      if (failure !== undefined)
        leftovers.push(`${failure.code} of an attempt to connect to ${origin} (connection ${number})`)
  }
  return leftovers.map(escapeText)
}

function describeInteraction(
  { index, connection, isPipelined, request }: Interaction,
  shown: (url: string) => string,
): string {
  const pipelined = isPipelined ? `; pipelined: it is played only right behind #${index}` : ''
  return `#${index + 1} ${request.method} ${shown(request.url)} (connection ${connection})${pipelined}`
}

/** Where a protocol is named, what was not said is known better. */
const unfinishedIn = (recorded: RecordedOrigin): readonly RecordedScript[] =>
  recorded.protocol === undefined ? recorded.scripts.unfinished : []

/** What is left of origins whose protocol is named, before anybody has connected. */
export const unspokenIn = (origins: ReadonlyMap<string, RecordedOrigin>): readonly string[] =>
  Array.from(origins).flatMap(([origin, { protocol, connections }]) =>
    protocol === undefined || connections.every(({ failure }) => failure !== undefined)
      ? []
      : [`what was said in ${protocol} to ${origin}`],
  )
