import { expect, test } from '../helpers/test.ts'
import { askingAgain } from '../../src/fetch/asking-again.ts'
import { ConnectionError } from '../../src/errors.ts'
import type { Transport } from '../../src/transport.ts'
import { Gate } from '../helpers/gate.ts'
import { originOf } from '../helpers/dialogue.ts'
import { nextTurn, ScriptedPeers } from '../helpers/scripted-transport.ts'

const GET = 'GET /2 HTTP/1.1\r\nHost: a\r\n\r\n'
const ORIGIN = originOf('http://api.test')
const OPTIONS = { timeout: 5 }
const RESET = new ConnectionError('CONNECTION_LOST', 'open', '', { systemCode: 'ECONNRESET' })

/** A connection on which one request has been answered. */
async function used(): Promise<{ readonly transport: Transport; readonly peers: ScriptedPeers }> {
  const peers = new ScriptedPeers()
  const transport = await askingAgain(peers.connector)(ORIGIN, OPTIONS)
  void transport.write(Buffer.from('GET /1 HTTP/1.1\r\n\r\n'))
  peers.at(0).say('one')
  expect(String(await transport.read())).toBe('one')
  return { transport, peers }
}

const readOf = (transport: Transport): Promise<unknown> =>
  transport.read().then(
    (bytes) => bytes && String(bytes),
    (error: unknown) => error,
  )

const end = (peers: ScriptedPeers): void => void peers.at(0).hangUp()
const reset = (peers: ScriptedPeers): void => void peers.at(0).fail(RESET)
const broken =
  (code: string) =>
  (peers: ScriptedPeers): void =>
    void peers.at(0).fail(Object.assign(new Error(code), { code }))

test('a used connection that has ended, or was reset, is made anew for a request that is safe and here as a whole', async () => {
  // oxfmt-ignore
  const CASES: readonly (readonly [writes: readonly string[], how: (peers: ScriptedPeers) => void, isAsked: boolean])[] = [
    [[GET],                               end,   true],
    [[GET],                               reset, true],
    [[GET],                               broken('EPIPE'), true],
    [[GET],                               broken('ECONNRESET'), true],
    [[GET],                               broken('EPROTO'), false],
    [[GET.slice(0, 9), GET.slice(9)],     end,   true],
    [[GET.replace('GET', 'HEAD')],        end,   true],
    [[GET.replace('GET', 'OPTIONS')],     end,   true],
    [[GET.replace('GET', 'POST')],        end,   false],
    [[GET.replace('GET', 'GETS')],        end,   false],
    [[GET.slice(0, -1)],                  end,   false],
    [[GET, 'body'],                       end,   false],
    [[GET + GET],                         end,   false],
    [[GET, GET],                          end,   false],
    [[],                                  end,   false],
  ]
  for (const [writes, how, isAsked] of CASES) {
    const { transport, peers } = await used()
    for (const bytes of writes) void transport.write(Buffer.from(bytes))
    how(peers)
    const read = readOf(transport)
    await nextTurn()
    expect([writes, how.name, peers.all.length]).toEqual([writes, how.name, isAsked ? 2 : 1])
    if (isAsked) {
      expect(peers.at(0).isDestroyed).toBe(true)
      expect([peers.origins[1], peers.options[1]]).toEqual([ORIGIN, OPTIONS])
      expect(peers.at(1).sent).toBe(writes.join(''))
      peers.at(1).say('two')
      expect(await read).toBe('two')
    } else if (how === end) expect(await read).toBeNull()
    else expect(await read).toMatchObject({ code: 'EPROTO' })
  }
})

test('each request on a connection may be asked again, but none twice, and none of a client that has ended', async () => {
  const { transport, peers } = await used()
  for (const at of [1, 2]) {
    void transport.write(Buffer.from(GET))
    peers.at(at - 1).hangUp()
    const read = readOf(transport)
    await nextTurn()
    peers.at(at).say(`${at}`)
    expect(await read).toBe(`${at}`)
  }
  void transport.write(Buffer.from(GET))
  peers.at(2).hangUp()
  const read = readOf(transport)
  await nextTurn()
  peers.at(3).hangUp()
  expect(await read).toBeNull()
  expect(peers.all).toHaveLength(4)

  const ended = await used()
  void ended.transport.write(Buffer.from(GET))
  ended.transport.end()
  ended.peers.at(0).hangUp()
  expect([await readOf(ended.transport), ended.peers.at(0).isEnded, ended.peers.all.length]).toEqual([null, true, 1])

  const fresh = new ScriptedPeers()
  const first = await askingAgain(fresh.connector)(ORIGIN, {})
  void first.write(Buffer.from(GET))
  fresh.at(0).hangUp()
  expect([await readOf(first), fresh.all.length]).toEqual([null, 1])

  const gone = await used()
  void gone.transport.write(Buffer.from(GET))
  const error = new Error('gone')
  const reading = readOf(gone.transport)
  gone.transport.destroy(error)
  expect([await reading, gone.peers.at(0).destroyedWith, gone.peers.all.length]).toEqual([error, error, 1])
})

test('a new connection is as the client wants it by then', async () => {
  for (const gone of [undefined, new Error('gone')]) {
    const gate = new Gate()
    const peers = new ScriptedPeers()
    const kept: unknown[] = []
    let isFirst = true
    const transport = await askingAgain(async (origin, options) => {
      if (!isFirst) await gate.opened
      const number = isFirst ? 1 : 2
      isFirst = false
      const made = await peers.connector(origin, options)
      return Object.assign(made, {
        info: { remotePort: number },
        keepAlive: (value: boolean) => void kept.push([number, value]),
      })
    })(ORIGIN, {})
    void transport.write(Buffer.from(GET))
    peers.at(0).say('one')
    await transport.read()
    transport.keepAlive?.(false)
    void transport.write(Buffer.from(GET))
    peers.at(0).hangUp()
    const read = readOf(transport)
    await nextTurn()
    if (gone !== undefined) transport.destroy(gone)
    gate.open()
    await nextTurn()
    expect(kept).toEqual([
      [1, false],
      [2, false],
    ])
    expect(transport.info).toEqual({ remotePort: 2 })
    expect([peers.at(1).isDestroyed, peers.at(1).destroyedWith]).toEqual([gone !== undefined, gone])
    if (gone !== undefined) {
      expect(await read).toBe(gone)
      continue
    }
    transport.keepAlive?.(true)
    expect(kept.at(-1)).toEqual([2, true])
    peers.at(1).say('two')
    expect(await read).toBe('two')
  }
})
