import { isBytes } from '../messages/directions.ts'
import { readExchanges } from '../messages/exchanges.ts'
import { leaveOut } from '../messages/leave-out.ts'
import { byConnection } from '../tape/record.ts'
import type { BytesEvent, Cassette, TapeEvent } from '../tape/cassette.ts'
import type { Part, Parts } from './parts.ts'

/** Whole connections. */
export function connections(cassette: Cassette): Parts {
  const numbers = byConnection(cassette.tape).map(([first]) => first?.connection ?? 0)
  return {
    parts: numbers.map((number) => ({ what: `connection ${number}` })),
    without(removed) {
      const gone = new Set(Array.from(removed, (index) => numbers[index]))
      return { ...cassette, tape: cassette.tape.filter(({ connection }) => !gone.has(connection)) }
    },
  }
}

/** Requests with their answers. */
export function interactions(cassette: Cassette): Parts {
  const inspected = readExchanges(cassette)
  const places = new Map(inspected.exchanges.map((exchange, index) => [exchange, index]))
  return {
    parts: inspected.exchanges.map(({ request, url }) => ({ what: `${request.method} ${url}` })),
    without: (removed) => leaveOut(cassette, inspected, (exchange) => removed.has(places.get(exchange) ?? -1)),
  }
}

/** How sides and connections ended. */
export function endings(cassette: Cassette): Parts {
  const events = cassette.tape.filter(({ type }) => type === 'end' || type === 'close')
  const lengths = new Map<string, number>()
  const placed = cassette.tape.flatMap((event): Part[] => {
    const { connection } = event
    const key = `${connection}`
    if (event.type === 'received') lengths.set(key, (lengths.get(key) ?? 0) + event.bytes.length)
    if (event.type !== 'end' && event.type !== 'close') return []
    const start = lengths.get(key) ?? 0
    return [{ what: wordsOf(event, start), place: { connection, type: 'received', start, end: start } }]
  })
  return {
    parts: placed,
    without(removed) {
      const gone = new Set<TapeEvent | undefined>(Array.from(removed, (index) => events[index]))
      return { ...cassette, tape: cassette.tape.filter((event) => !gone.has(event)) }
    },
  }
}

function wordsOf(event: Extract<TapeEvent, { type: 'end' | 'close' }>, received: number): string {
  const after = `after ${received} received bytes`
  if (event.type === 'end') return `the ${event.by} ends its side ${after}`
  const { failure } = event
  if (failure === undefined) return `the ${event.by} closes the connection ${after}`
  return `the connection fails ${after}: ${[failure.code, failure.systemCode].filter((code) => code !== undefined).join(' ')}`
}

/** Borders between segments that came one after the other. */
export function borders(cassette: Cassette): Parts {
  /** The last event of each connection. */
  const last = new Map<number, TapeEvent>()
  const offsets = new Map<string, number>()
  const seconds: BytesEvent[] = []
  const parts: Part[] = []
  for (const event of cassette.tape) {
    const before = last.get(event.connection)
    last.set(event.connection, event)
    if (!isBytes(event)) continue
    const { connection, type } = event
    const start = offsets.get(`${type} ${connection}`) ?? 0
    offsets.set(`${type} ${connection}`, start + event.bytes.length)
    if (before?.type !== type) continue
    seconds.push(event)
    const what = `border between two ${type === 'sent' ? 'writes' : 'segments'} at byte ${start} of what was ${type}`
    parts.push({ what, place: { connection, type, start, end: start } })
  }
  return {
    parts,
    without(removed) {
      return { ...cassette, tape: join(cassette.tape, new Set(Array.from(removed, (index) => seconds[index]))) }
    },
  }
}

/** The tape with each of these segments at the end of the one before it. */
function join(tape: readonly TapeEvent[], seconds: ReadonlySet<TapeEvent | undefined>): readonly TapeEvent[] {
  const result: TapeEvent[] = []
  /** Place in the result of the last event of each connection. */
  const places = new Map<number, number>()
  for (const event of tape) {
    const place = places.get(event.connection)
    const first = place === undefined ? undefined : result[place]
    if (place !== undefined && first !== undefined && isBytes(event) && isBytes(first) && seconds.has(event)) {
      result[place] = joined(first, event)
      continue
    }
    places.set(event.connection, result.length)
    result.push(event)
  }
  return result
}

function joined(first: BytesEvent, second: BytesEvent): BytesEvent {
  const { type, connection, at } = first
  const ends = [...(first.ends ?? []), ...(second.ends ?? []).map((end) => first.bytes.length + end)]
  const redacted = { ...first.redacted, ...second.redacted }
  return {
    type,
    connection,
    at,
    bytes: Buffer.concat([first.bytes, second.bytes]),
    ...(ends.length > 0 && { ends }),
    ...(Object.keys(redacted).length > 0 && { redacted }),
  }
}
