import { expect, test } from '../helpers/test.ts'
import { GuardedTransport } from '../../src/outgoing/guarded-transport.ts'
import { Dialogue, originOf } from '../helpers/dialogue.ts'
import { ScriptedPeers, ScriptedTransport } from '../helpers/scripted-transport.ts'
import { request } from '../helpers/tape.ts'
import type { Transport } from '../../src/transport.ts'

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

test('a connection is made when something goes out, as the client wants it by then', async () => {
  const made: ScriptedTransport[] = []
  const kept: boolean[] = []
  const make = (): Transport => {
    const peer = Object.assign(new ScriptedTransport(), {
      info: { remotePort: 1 },
      isQuiet: true,
      keepAlive: (value: boolean) => void kept.push(value),
      answered: (offset: number) => void kept.push(offset === 7),
    })
    made.push(peer)
    return peer
  }
  const transport = new GuardedTransport(make, 'http://api.test', refuse)
  expect([transport.info, transport.isQuiet]).toEqual([{}, undefined])
  transport.keepAlive(false)
  void transport.write(Buffer.from('GET / HT'))
  const read = transport.read()
  expect(made).toHaveLength(0)
  void transport.write(Buffer.from('TP/1.1\r\nHost: a\r\n\r\n'))
  expect([made.length, transport.info, transport.isQuiet, kept]).toEqual([1, { remotePort: 1 }, true, [false]])
  made[0]?.say('one')
  expect(String(await read)).toBe('one')
  transport.answered(7)
  transport.keepAlive(true)
  expect(kept).toEqual([false, true, true])
  transport.end()
  expect([made.length, made[0]?.isEnded]).toEqual([1, true])
})

test('after a refusal, or when the client has gone, no connection is made', async () => {
  let made = 0
  const make = (): Transport => {
    made += 1
    return new ScriptedTransport()
  }
  let refusals = 0
  const refused = new GuardedTransport(make, 'http://api.test', (found) => {
    refusals += 1
    refuse(found)
  })
  expect(() => refused.write(Buffer.from(request('GET', '/{{token.1}}')))).toThrow('token.1')
  refused.end()
  await expect(refused.read()).rejects.toThrow('token.1')
  expect(refusals).toBe(1)
  const gone = new GuardedTransport(make, 'http://api.test', refuse)
  const read = gone.read()
  gone.destroy()
  await expect(read).rejects.toThrow('the client has gone')
  const why = new GuardedTransport(make, 'http://api.test', refuse)
  why.destroy(new Error('enough'))
  await expect(why.read()).rejects.toThrow('enough')
  expect(made).toBe(0)
  // A client that ends without a word is connected, as by itself.
  new GuardedTransport(make, 'http://api.test', refuse).end()
  expect(made).toBe(1)
})
