import { type Exchange, readExchanges } from '../messages/exchanges.ts'
import type { Cassette } from '../tape/cassette.ts'

/**
 * Requests that several processes of a run have made alike, and that were answered differently: `GET http://api.test/next`, each once.
 *
 * Nothing in a replay says which process is which of the recorded ones, so each gets the answers of the first.
 */
export function sharedRequests(parts: readonly Pick<Cassette, 'tape'>[]): readonly string[] {
  if (parts.length < 2) return []
  const answers = new Map<string, { readonly name: string; readonly byPart: string[] }>()
  for (const part of parts)
    for (const [key, { name, said }] of answersIn(part)) {
      const known = answers.get(key)
      if (known === undefined) answers.set(key, { name, byPart: [said] })
      else known.byPart.push(said)
    }
  const differing = Array.from(answers.values()).filter(({ byPart }) => new Set(byPart).size > 1)
  return [...new Set(differing.map(({ name }) => name))]
}

/** What one process was answered, by the request: all answers in their order. */
function answersIn(
  part: Pick<Cassette, 'tape'>,
): ReadonlyMap<string, { readonly name: string; readonly said: string }> {
  const found = new Map<string, { name: string; said: string }>()
  for (const exchange of readExchanges(part).exchanges) {
    const { request, url } = exchange
    const name = `${request.method} ${url}`
    const key = `${name}\n${latin1(request.body)}`
    const before = found.get(key)?.said ?? ''
    found.set(key, { name, said: before + answerOf(exchange) })
  }
  return found
}

/** Status and content: a date is always another one. */
const answerOf = ({ response }: Exchange): string =>
  response === undefined ? 'none\n' : `${response.status} ${latin1(response.body)}\n`

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
