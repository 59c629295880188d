import { expect, test } from '../helpers/test.ts'
import { GuardedTransport } from '../../src/outgoing/guarded-transport.ts'
import { Dialogue, originOf } from '../helpers/dialogue.ts'
import { ScriptedPeers } from '../helpers/scripted-transport.ts'
import { request } from '../helpers/tape.ts'

const refuse = ({ name }: { readonly name: string }): never => {
  throw new Error(name)
}

async function guarded(): Promise<{ readonly client: Dialogue; readonly live: ScriptedPeers }> {
  const live = new ScriptedPeers()
  const transport = await live.connector(originOf('http://api.test'), {})
  return { live, client: new Dialogue(GuardedTransport.around(transport, 'http://api.test', refuse)) }
}

test('a request goes to the server when it is whole, and what the server says comes back', async () => {
  const { client, live } = await guarded()
  const asked = request('POST', '/', 'hello')
  client.say(asked.slice(0, 10), asked.slice(10, -2))
  expect(live.at(0).sent).toBe('')
  client.say(asked.slice(-2))
  expect(live.at(0).sent).toBe(asked)
  live.at(0).say('one', 'two')
  expect(await client.hearAll()).toEqual(['one', 'two'])
})

test('what is held goes out with the end of the client, unless it is refused', async () => {
  const { client, live } = await guarded()
  client.say('GET / HT')
  client.transport.end()
  expect([live.at(0).sent, live.at(0).isEnded]).toEqual(['GET / HT', true])
  const other = await guarded()
  other.client.say('GET /{{token.1}} HT')
  other.client.transport.end()
  expect([other.live.at(0).sent, other.live.at(0).isDestroyed]).toEqual(['', true])
  expect(await other.client.hear()).toBe('(token.1)')
})

test('after a refusal the connection is gone, for reads and writes', async () => {
  const { client, live } = await guarded()
  expect(() => client.say(request('GET', '/{{token.1}}'))).toThrow('token.1')
  expect(() => client.say(request('GET', '/'))).toThrow('token.1')
  expect(await client.hear()).toBe('(token.1)')
  expect([live.at(0).sent, live.at(0).isDestroyed]).toEqual(['', true])
})
