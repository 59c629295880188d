import { type Exchange, readExchanges, segmentAt } from '../messages/exchanges.ts'
import type { Cassette } from '../tape/cassette.ts'

/**
 * Requests that several processes of a run have made alike, and at the same time, and that were answered differently:
 * `GET http://api.test/next`, each once.
 *
 * Nothing in a replay says which process is which of the recorded ones: each answer is given to the one that asks first. That is the recorded one if
 * they ask one after another.
 */
export function sharedRequests(parts: readonly Pick<Cassette, 'tape'>[]): readonly string[] {
  if (parts.length < 2) return []
  const asked = new Map<string, Asked[]>()
  for (const part of parts)
    for (const [key, one] of askedIn(part)) {
      const others = asked.get(key)
      if (others === undefined) asked.set(key, [one])
      else others.push(one)
    }
  const shared = Array.from(asked.values()).filter((byPart) => isShared(byPart))
  return [...new Set(shared.map(([first]) => first?.name ?? ''))]
}

/** What one process has asked again and again, and all answers in their order. */
interface Asked {
  readonly name: string
  readonly from: number
  to: number
  said: string
}

function askedIn(part: Pick<Cassette, 'tape'>): ReadonlyMap<string, Asked> {
  const found = new Map<string, Asked>()
  for (const exchange of readExchanges(part).exchanges) {
    const { connection, request, response, url } = exchange
    const name = `${request.method} ${url}`
    const key = `${name}\n${latin1(request.body)}`
    const from = segmentAt(connection.sent, request.start)?.event.at ?? 0
    const to = (response && segmentAt(connection.received, response.end - 1)?.event.at) ?? from
    const asked = found.get(key) ?? { name, from, to, said: '' }
    found.set(key, asked)
    asked.to = Math.max(asked.to, to)
    asked.said += answerOf(exchange)
  }
  return found
}

function isShared(byPart: readonly Asked[]): boolean {
  if (new Set(byPart.map(({ said }) => said)).size < 2) return false
  const inTime = byPart.toSorted((one, other) => one.from - other.from)
  return inTime.some(({ from }, index) => inTime.slice(0, index).some(({ to }) => from < to))
}

/** Status and content: a date is always another one. */
const answerOf = ({ response }: Exchange): string =>
  response === undefined ? 'none\n' : `${response.status} ${latin1(response.body)}\n`

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
