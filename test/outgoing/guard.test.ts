import { expect, test } from '../helpers/test.ts'
import { OutgoingGuard } from '../../src/outgoing/guard.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { Dialogue, originOf } from '../helpers/dialogue.ts'
import { ScriptedPeers } from '../helpers/scripted-transport.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const API = 'http://api.test'

/** What a request with this placeholder is refused with: the interaction that it came from; what has gone out if it is not refused. */
async function refusalOf(cassette: Cassette, placeholder: string): Promise<unknown> {
  const refusals: unknown[] = []
  const guard = new OutgoingGuard(cassette, (origin, { name, from }) => {
    refusals.push([origin, name, from])
    return new Error(name)
  })
  const live = new ScriptedPeers()
  const client = new Dialogue(guard.around(await live.connector(originOf(API), {}), API))
  try {
    client.say(request('GET', `/${placeholder}`))
  } catch {
    return refusals[0]
  }
  return live.at(0).sent
}

const HELLO = [request('GET', '/hello'), answer('hello')] as const
const recorded = (...texts: readonly (readonly [sent: string, received: string])[]): Cassette =>
  oneConnection(API, (connection) => {
    for (const [sent, received] of texts) connection.sent(sent).received(received)
    return connection
  })

test('a placeholder came from the first answer with it, or else from the first request', async () => {
  const sent = [request('GET', '/a', '', ['X-Token: {{token.1}}']), answer('a')] as const
  const told = [request('GET', '/b'), answer('{"token":"{{token.1}}"}')] as const
  expect(await refusalOf(recorded(sent, told, told), '{{token.1}}')).toEqual([API, 'token.1', 1])
  expect(await refusalOf(recorded(HELLO, sent, HELLO, sent), '{{token.1}}')).toEqual([API, 'token.1', 1])
  const interim = [HELLO[0], `HTTP/1.1 103 Early Hints\r\nLink: </{{token.1}}>\r\n\r\n${HELLO[1]}`] as const
  expect(await refusalOf(recorded(sent, interim, told), '{{token.1}}')).toEqual([API, 'token.1', 1])
})

test('of bytes that are not HTTP nobody knows which interaction they are of', async () => {
  const raw = recorded([request('GET', '/'), `${answer('ok')}more {{token.1}}`])
  expect(await refusalOf(raw, '{{token.1}}')).toEqual([API, 'token.1', undefined])
})

test('what only looks like a placeholder is of the client, and goes out', async () => {
  expect(await refusalOf(recorded(HELLO), '{{token.1}}')).toBe(request('GET', '/{{token.1}}'))
})
