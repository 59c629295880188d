import { expect, test } from '../helpers/test.ts'
import { inRun, type OneRun } from '../../src/one-run.ts'
import { Replayer, type ReplayerOptions } from '../../src/replay/replayer.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { Dialogue } from '../helpers/dialogue.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const API = 'http://api.test'
const next = request('GET', '/next')

/** Replayers as several processes of one run have them. */
function processes(cassette: Cassette, count: number, options: ReplayerOptions = {}): readonly Replayer[] {
  const takenBy = new Map<number, number>()
  return Array.from({ length: count }, (_, number) => {
    const by = (index: number): number => takenBy.get(index) ?? number
    const plays: OneRun['plays'] = {
      isTaken: (index) => by(index) !== number,
      take: (index) => takenBy.set(index, by(index)).get(index) === number,
    }
    return new Replayer(cassette, inRun(options, { now: () => 0, plays }))
  })
}

async function ask(replayer: Replayer | undefined, text = next): Promise<string> {
  if (replayer === undefined) throw new Error('no such process')
  const client = await Dialogue.with(replayer, API)
  client.say(text)
  return (await client.hearAll()).join('').replace(/^[^]*\r\n\r\n/, '')
}

const numbered = (...requests: readonly string[]): Cassette =>
  oneConnection(API, (it) => {
    for (const [index, text] of requests.entries()) it.sent(text).received(answer(String(index + 1)))
  })

test('equal requests of several processes get the recorded answers in order, each once', async () => {
  const [one, other] = processes(numbered(next, next, next, next), 2)
  expect([await ask(one), await ask(other), await ask(other), await ask(one)]).toEqual(['1', '2', '3', '4'])
})

test('a process beyond those that were recorded is answered as if it were alone', async () => {
  const [one, other] = processes(numbered(next, next), 2)
  expect([await ask(one), await ask(one), await ask(other), await ask(other)]).toEqual(['1', '2', '1', '2'])
  await expect(ask(other)).rejects.toMatchObject({ code: 'NO_MATCH' })
})

test('without a run each replayer plays all of it', async () => {
  const [one, other] = [new Replayer(numbered(next, next)), new Replayer(numbered(next, next))]
  expect([await ask(one), await ask(other)]).toEqual(['1', '1'])
})

test('a request that only resembles a taken one is left to the process that sends it', async () => {
  const french = request('GET', '/next', '', ['Accept-Language: fr'])
  const [one, other] = processes(numbered(next, french), 2)
  expect([await ask(one), await ask(other), await ask(other, french)]).toEqual(['1', '1', '2'])
})

test('who waits for 100 Continue is answered, though all is taken', async () => {
  const head = 'POST / HTTP/1.1\r\nHost: api.test\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n'
  const cassette = oneConnection(API, (it) =>
    it.sent(head).received('HTTP/1.1 100 Continue\r\n\r\n').sent('hi').received(answer('1')),
  )
  for (const replayer of processes(cassette, 2)) {
    const client = await Dialogue.with(replayer, API)
    client.say(head)
    expect(await client.hearAll()).toEqual(['HTTP/1.1 100 Continue\r\n\r\n'])
    client.say('hi')
    expect(await client.hearAll()).toEqual([answer('1')])
  }
})
