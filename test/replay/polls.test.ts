import { expect, test } from '../helpers/test.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import { Dialogue } from '../helpers/dialogue.ts'
import { frame, MASK, upgradeAnswer, upgradeRequest } from '../helpers/sockets.ts'
import { answer, request, TapeWriter } from '../helpers/tape.ts'

const API = 'http://api.test'
const at = (transport: string, sid = 'S1'): string => `/socket.io/?EIO=4&transport=${transport}&sid=${sid}`
const poll = request('GET', at('polling'))
const post = (text: string, sid = 'S1'): string => request('POST', at('polling', sid), text)
const upgrade = upgradeRequest().replace('/chat', at('websocket'))
const probe = (mask: Uint8Array): Uint8Array => frame('text', '2probe', { mask })
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

test('a poll of Socket.IO is answered once its client has said what it had said by then', async () => {
  const tape = new TapeWriter()
  const [polls, posts] = [tape.open(API), tape.open(API)]
  polls.sent(poll)
  posts.sent(post('40')).received(answer('ok'))
  polls.received(answer('40{}')).sent(poll)
  posts.sent(post('42["say"]')).received(answer('ok'))
  polls.received(answer('42["said"]'))
  const replayer = new Replayer(tape.cassette)
  const [one, other] = [await Dialogue.with(replayer, API), await Dialogue.with(replayer, API)]
  one.say(poll)
  expect(await one.hearAll()).toEqual([])
  other.say(post('40'))
  expect([await other.hearAll(), await one.hearAll()]).toEqual([[answer('ok')], [answer('40{}')]])
  one.say(poll)
  expect(await one.hearAll()).toEqual([])
  other.say(post('42["say"]'))
  expect(await one.hearAll()).toEqual([answer('42["said"]')])
  expect(replayer.allPlayed).toBe(true)
})

test('it waits for a message on the WebSocket of its session, and not for the handshake alone', async () => {
  const tape = new TapeWriter()
  const [polls, socket] = [tape.open(API), tape.open(API)]
  polls.sent(poll)
  socket.sent(upgrade).received(upgradeAnswer()).sent(probe(MASK)).received(frame('text', '3probe'))
  polls.received(answer('6'))
  const replayer = new Replayer(tape.cassette)
  const [one, other] = [await Dialogue.with(replayer, API), await Dialogue.with(replayer, API)]
  one.say(poll)
  other.say(upgrade)
  expect([await other.hearAll(), await one.hearAll()]).toEqual([[upgradeAnswer()], []])
  other.say(latin1(probe(Uint8Array.of(9, 8, 7, 6))))
  expect([await other.hearAll(), await one.hearAll()]).toEqual([[latin1(frame('text', '3probe'))], [answer('6')]])
})

test('it waits so after a hook has made its answer, too', async () => {
  const tape = new TapeWriter()
  const [polls, posts] = [tape.open(API), tape.open(API)]
  polls.sent(poll)
  posts.sent(post('40')).received(answer('ok'))
  polls.received(answer('40{}'))
  const hooked: string[] = []
  const replayer = new Replayer(tape.cassette, {
    beforeAnswer: async ({ asked, response }) => {
      hooked.push(asked.method)
      return response
    },
  })
  const [one, other] = [await Dialogue.with(replayer, API), await Dialogue.with(replayer, API)]
  one.say(poll)
  expect([await one.hearAll(), hooked]).toEqual([[], ['GET']])
  other.say(post('40'))
  expect([await other.hearAll(), await one.hearAll()]).toEqual([[answer('ok')], [answer('40{}')]])
})

for (const [what, other] of [
  ['of another session', post('40', 'S2')],
  ['that is not of Socket.IO', request('POST', '/orders', '40')],
] as const)
  test(`it does not wait for a request ${what}`, async () => {
    const tape = new TapeWriter()
    const [polls, posts] = [tape.open(API), tape.open(API)]
    polls.sent(poll)
    posts.sent(other).received(answer('ok'))
    polls.received(answer('2'))
    const client = await Dialogue.with(new Replayer(tape.cassette), API)
    client.say(poll)
    expect(await client.hearAll()).toEqual([answer('2')])
  })

test('nor does any other request for what was sent while it was under way', async () => {
  const tape = new TapeWriter()
  const [reads, posts] = [tape.open(API), tape.open(API)]
  const list = request('GET', '/list?sid=S1')
  reads.sent(list)
  posts.sent(post('40')).received(answer('ok'))
  reads.received(answer('none'))
  const client = await Dialogue.with(new Replayer(tape.cassette), API)
  client.say(list)
  expect(await client.hearAll()).toEqual([answer('none')])
})
