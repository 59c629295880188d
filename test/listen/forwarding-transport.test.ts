import { expect, test } from '../helpers/test.ts'
import type { RequestHead } from '../../src/http1/events.ts'
import { ForwardingTransport, type Router, type Way } from '../../src/listen/forwarding-transport.ts'
import { Dialogue } from '../helpers/dialogue.ts'
import { Gate } from '../helpers/gate.ts'
import { nextTurn, ScriptedTransport } from '../helpers/scripted-transport.ts'
import { answer, request } from '../helpers/tape.ts'

/** Goes where the first part of the path says; `/no` goes nowhere. What is not a request is refused, or goes to `others`. */
class Ways implements Router {
  readonly made: (readonly [to: string, peer: ScriptedTransport])[] = []
  readonly others: Way | undefined
  readonly #gate: Gate | undefined

  constructor({ others, gate }: { readonly others?: string; readonly gate?: Gate } = {}) {
    this.others = others === undefined ? undefined : this.#way(others)
    this.#gate = gate
  }

  route({ target }: RequestHead, bytes: Buffer): ReturnType<Router['route']> {
    const to = target.split('/')[1] ?? ''
    if (to === 'no') throw new Error(`refused ${target}`)
    return { way: this.#way(to), bytes: Buffer.from(String(bytes).replace('/', '/to/')) }
  }

  peer(place: number): ScriptedTransport {
    const [, peer] = this.made[place] ?? []
    if (peer === undefined) throw new Error(`${this.made.length} connections were made`)
    return peer
  }

  get sent(): readonly string[] {
    return this.made.map(([to, { sent }]) => `${to}: ${sent}`)
  }

  #way(to: string): Way {
    return {
      to,
      connect: async () => {
        await this.#gate?.opened
        const peer = new ScriptedTransport()
        this.made.push([to, peer])
        return peer
      },
    }
  }
}

function forwarding(ways: Router): { readonly client: Dialogue; readonly transport: ForwardingTransport } {
  const transport = new ForwardingTransport(ways)
  return { transport, client: new Dialogue(transport) }
}

const write = (transport: ForwardingTransport, text: string): Promise<string> =>
  transport.write(Buffer.from(text, 'latin1')).then(
    () => 'written',
    (error: Error) => error.message,
  )

const to = (target: string, body = ''): string => request(body === '' ? 'GET' : 'POST', target, body)
const sentTo = (target: string, body = ''): string => to(target, body).replace('/', '/to/')

test('requests to one origin share a connection; one to another waits until all before it is answered', async () => {
  const ways = new Ways()
  const { client, transport } = forwarding(ways)
  expect([transport.isQuiet, ways.made.length]).toEqual([true, 0])
  await write(transport, to('/a/1'))
  await write(transport, to('/a/2'))
  expect(ways.sent).toEqual([`a: ${sentTo('/a/1')}${sentTo('/a/2')}`])
  const moved = write(transport, to('/b/1') + to('/b/2'))
  ways.peer(0).say(answer('1'))
  expect(await client.hearAll()).toEqual([answer('1')])
  expect(ways.made).toHaveLength(1)
  ways.peer(0).say(answer('2'))
  expect(await client.hearAll()).toEqual([answer('2')])
  expect(await moved).toBe('written')
  expect(ways.sent.slice(1)).toEqual([`b: ${sentTo('/b/1')}${sentTo('/b/2')}`])
  // The old connection is of no use any more.
  expect(ways.made.map(([, { isDestroyed }]) => isDestroyed)).toEqual([true, false])
  ways.peer(1).say(answer('3'), answer('4'))
  expect(await client.hearAll()).toEqual([answer('3'), answer('4')])
  ways.peer(1).hangUp()
  expect(await client.hear()).toBe('(end)')
})

test('what comes before a refused request goes out and is answered, and nothing of what comes after it', async () => {
  for (const behind of ['', to('/no/2'), to('/a/2'), 'POST'] as const) {
    const ways = new Ways()
    const { transport } = forwarding(ways)
    expect(await write(transport, to('/a/1') + to('/no/1', 'body') + behind)).toBe('refused /no/1')
    expect(ways.sent).toEqual([`a: ${sentTo('/a/1')}`])
    const heard = transport.read().then(String, (error: Error) => error.message)
    await nextTurn()
    ways.peer(0).say(answer('1'))
    expect(await heard).toBe(answer('1'))
    await expect(transport.read()).rejects.toThrow('refused /no/1')
    expect(ways.peer(0).isDestroyed).toBe(true)
    expect(await write(transport, to('/a/3'))).toBe('refused /no/1')
    expect(ways.sent).toEqual([`a: ${sentTo('/a/1')}`])
  }
  const first = forwarding(new Ways())
  expect(await write(first.transport, to('/no/1'))).toBe('refused /no/1')
  await expect(first.transport.read()).rejects.toThrow('refused /no/1')
})

test('bytes that are no request pass to where others go, or are refused', async () => {
  const ways = new Ways({ others: 'z' })
  const { client, transport } = forwarding(ways)
  client.say('*1\r\n')
  await nextTurn()
  expect(ways.sent).toEqual(['z: *1\r\n'])
  ways.peer(0).say('+PONG')
  expect(await client.hearAll()).toEqual(['+PONG'])
  transport.end()
  await nextTurn()
  expect(ways.peer(0).isEnded).toBe(true)

  const half = new Ways({ others: 'z' })
  const halves = forwarding(half)
  halves.client.say('GET / HT')
  await nextTurn()
  expect(half.made).toHaveLength(0)
  halves.transport.end()
  await nextTurn()
  expect([half.sent, half.peer(0).isEnded]).toEqual([['z: GET / HT'], true])

  const refusing = new Ways()
  const refused = forwarding(refusing)
  expect(await write(refused.transport, '*1\r\n')).toBe('written')
  await expect(refused.transport.read()).rejects.toThrow('not a request')
  const saying = forwarding({
    route: (head, bytes) => refusing.route(head, bytes),
    invalid: (error) => new Error(`invalid: ${error instanceof Error}`),
  })
  expect(await write(saying.transport, `${to('/a/1')}*1\r\n`)).toBe('invalid: true')
  expect(refusing.sent).toEqual([`a: ${sentTo('/a/1')}`])

  const silent = forwarding(new Ways())
  silent.transport.end()
  expect(await silent.client.hear()).toBe('(end)')
})

test('a client that has gone takes all with it', async () => {
  for (const error of [undefined, new Error('enough')]) {
    const ways = new Ways()
    const { transport } = forwarding(ways)
    await write(transport, to('/a/1'))
    const read = transport.read().then(String, (reason: Error) => reason.message)
    transport.destroy(error)
    expect(await read).toBe(error?.message ?? 'the client has gone')
    await expect(transport.read()).rejects.toThrow(error?.message ?? 'the client has gone')
    expect([ways.peer(0).isDestroyed, ways.peer(0).destroyedWith]).toEqual([true, error])
    expect(await write(transport, to('/a/2'))).toBe(error?.message ?? 'the client has gone')
  }
  const never = new Ways()
  const { transport } = forwarding(never)
  const read = transport.read().then(String, (reason: Error) => reason.message)
  transport.destroy()
  expect(await read).toBe('the client has gone')
  expect(never.made).toHaveLength(0)
})

test('a connection that fails fails its client, and is waited for only while it owes an answer', async () => {
  const gate = new Gate()
  const ways = new Ways({ gate })
  const { client, transport } = forwarding(ways)
  void write(transport, to('/a/1', 'body'))
  await nextTurn()
  expect(transport.isQuiet).toBe(false)
  gate.open()
  await nextTurn()
  ways.peer(0).say(answer('1'))
  expect(await client.hearAll()).toEqual([answer('1')])
  expect(transport.isQuiet).toBe(true)
  void write(transport, to('/a/2').slice(0, -2))
  await nextTurn()
  expect(transport.isQuiet).toBe(true)
  // Half a request may be answered once no more comes of it.
  transport.end()
  expect(transport.isQuiet).toBe(false)
  ways.peer(0).fail(new Error('reset'))
  await expect(transport.read()).rejects.toThrow('reset')
  const broken = forwarding({
    route: (_, bytes) => ({ way: { to: 'x', connect: () => Promise.reject(new Error('no')) }, bytes }),
  })
  expect(await write(broken.transport, to('/a/1'))).toBe('no')
  await expect(broken.transport.read()).rejects.toThrow('no')
})

test('after an upgrade that is not taken, the connection ends', async () => {
  const ways = new Ways()
  const { client } = forwarding(ways)
  client.say('GET /a/ws HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n')
  await nextTurn()
  ways.peer(0).say(answer('no'))
  expect(await client.hearAll()).toEqual([answer('no'), '(end)'])
  const taken = new Ways()
  const upgraded = forwarding(taken)
  upgraded.client.say('GET /a/ws HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n')
  await nextTurn()
  const switching = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'
  taken.peer(0).say(switching)
  expect(await upgraded.client.hearAll()).toEqual([switching])
  upgraded.client.say('frame')
  await nextTurn()
  expect(taken.peer(0).sent.endsWith('frame')).toBe(true)
  taken.peer(0).say('frame back')
  expect(await upgraded.client.hearAll()).toEqual(['frame back'])
})
