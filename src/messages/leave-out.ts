import type { Edit } from '../content/edits.ts'
import type { Cassette, TapeEvent } from '../tape/cassette.ts'
import { directionKey, editTape } from './edit-tape.ts'
import type { Exchange, Exchanges, InspectedConnection, InspectedMessage } from './exchanges.ts'

/**
 * The cassette without some of its exchanges; the bytes of the others are exactly as they were.
 *
 * A connection of which no exchange stays goes. How a connection ended stays only with the exchange that it ended.
 *
 * @param inspected what `readExchanges` found in the cassette.
 */
export function leaveOut(cassette: Cassette, inspected: Exchanges, isOut: (exchange: Exchange) => boolean): Cassette {
  const edits = new Map<string, readonly Edit[]>()
  const gone = new Set<number>()
  const endless = new Set<number>()
  for (const connection of inspected.connections) {
    const { number, exchanges } = connection
    const out = exchanges.filter(isOut)
    if (out.length === 0) continue
    if (out.length === exchanges.length) {
      gone.add(number)
      continue
    }
    const outs = new Set(out)
    edits.set(directionKey('sent', number), sentCuts(connection, outs))
    edits.set(directionKey('received', number), receivedCuts(connection, outs))
    const last = lastServed(connection)
    if (last !== undefined && outs.has(last)) endless.add(number)
  }
  const kept = cassette.tape.filter(
    (event) => !gone.has(event.connection) && !(endless.has(event.connection) && isEnding(event)),
  )
  return { ...cassette, tape: editTape(kept, edits) }
}

/** The client's own orderly closing ends no exchange. */
const isEnding = (event: TapeEvent): boolean =>
  (event.type === 'end' && event.by === 'server') ||
  (event.type === 'close' && (event.by === 'server' || event.failure !== undefined))

/** Each request up to the next one; what follows the last one, such as a tunnel, goes with it. */
function sentCuts({ exchanges, sent }: InspectedConnection, outs: ReadonlySet<Exchange>): Edit[] {
  return exchanges.flatMap((exchange, place) => {
    const end = exchanges[place + 1]?.request.start ?? sent.bytes.length
    return outs.has(exchange) ? [{ start: exchange.request.start, end, with: '' }] : []
  })
}

function receivedCuts(connection: InspectedConnection, outs: ReadonlySet<Exchange>): Edit[] {
  const { exchanges, received } = connection
  const last = lastServed(connection)
  const starts = exchanges.map((exchange) => firstOf(exchange)?.start)
  return exchanges.flatMap((exchange, place) => {
    if (!outs.has(exchange)) return []
    const next = exchange === last ? undefined : starts.slice(place + 1).find((start) => start !== undefined)
    const start = starts[place] ?? (exchange === last ? received.restStart : undefined)
    const end = exchange === last ? received.bytes.length : next
    return start === undefined || end === undefined ? [] : [{ start, end, with: '' }]
  })
}

const firstOf = ({ interim, response }: Exchange): InspectedMessage | undefined => interim[0] ?? response

/** The exchange that the server was at when the connection ended: the first without a whole answer, or the last one. */
function lastServed({ exchanges }: InspectedConnection): Exchange | undefined {
  return exchanges.find(({ response }) => response?.isComplete !== true) ?? exchanges.at(-1)
}
