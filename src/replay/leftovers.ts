import type { Interaction } from '../interactions/interaction.ts'
import { escapeText } from '../content/printable.ts'
import type { RecordedOrigin } from './recorded-origin.ts'

/** What the client did not do of all that was recorded, a line each. `shown` hides the secrets in a URL. */
export function leftoversOf(
  unplayed: readonly Interaction[],
  origins: ReadonlyMap<string, RecordedOrigin>,
  shown: (url: string) => string,
): string[] {
  const leftovers = unplayed.map((interaction) => describeInteraction(interaction, shown))
  for (const [origin, { connections, opened, scripts }] of origins) {
    for (const { connection, script, interactions } of scripts.unfinished)
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
