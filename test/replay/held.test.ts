import { expect, test } from '../helpers/test.ts'
import type { AnswerHook } from '../../src/hooks/answer-hook.ts'
import { Replayer, type ReplayerOptions } from '../../src/replay/replayer.ts'
import { Dialogue } from '../helpers/dialogue.ts'
import { ScriptedPeers } from '../helpers/scripted-transport.ts'
import { frame, MASK, upgradeAnswer, upgradeRequest } from '../helpers/sockets.ts'
import { answer, type ConnectionWriter, request, TapeWriter } from '../helpers/tape.ts'

const API = 'http://api.test'
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

const ECHO = request('GET', '/', '', ['Connection: Upgrade', 'Upgrade: echo'])
const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n'
const GOODBYE = text(frame('close', Uint8Array.of(3, 232)))
const FAREWELL = text(frame('close', Uint8Array.of(3, 232), { mask: MASK }))
const HALF = 'GET /hal'

interface Talk {
  /** What the client says before it ends its side. */
  readonly said: readonly string[]
  readonly heard: readonly string[]
  readonly record: (connection: ConnectionWriter) => unknown
}

/** Connections whose client ends its side, and whose server goes on only then. */
const TALKS: Readonly<Record<string, Talk>> = {
  'the rest of a response': {
    said: [request('GET', '/')],
    heard: ['HTTP/1.1 200 OK\r\n\r\nuntil', ' the end', '(end)'],
    record: (it) =>
      it
        .sent(request('GET', '/'))
        .received('HTTP/1.1 200 OK\r\n\r\nuntil')
        .ended('client')
        .received(' the end')
        .ended('server'),
  },
  'the answer to a second request': {
    said: [request('GET', '/'), request('GET', '/2')],
    heard: [answer('1'), answer('2'), '(end)'],
    record: (it) =>
      it
        .sent(request('GET', '/'))
        .received(answer('1'))
        .sent(request('GET', '/2'))
        .ended('client')
        .received(answer('2'))
        .ended('server'),
  },
  'bytes after an upgrade': {
    said: [ECHO, 'bye'],
    heard: [SWITCHED, 'bye bye', '(end)'],
    record: (it) => it.sent(ECHO).received(SWITCHED).sent('bye').ended('client').received('bye bye').ended('server'),
  },
  'the end after an upgrade': {
    said: [ECHO],
    heard: [SWITCHED, '(end)'],
    record: (it) => it.sent(ECHO).received(SWITCHED).ended('client').ended('server'),
  },
  'the end of a WebSocket': {
    said: [upgradeRequest(), FAREWELL],
    heard: [upgradeAnswer(), GOODBYE, '(end)'],
    record: (it) =>
      it
        .sent(upgradeRequest())
        .received(upgradeAnswer())
        .sent(FAREWELL)
        .ended('client')
        .received(GOODBYE)
        .ended('server'),
  },
  'the end after half a head': {
    said: [request('GET', '/'), HALF],
    heard: [answer('1'), answer('', '400 Bad Request'), '(end)'],
    record: (it) =>
      it
        .sent(request('GET', '/'))
        .received(answer('1'))
        .sent(HALF)
        .ended('client')
        .received(answer('', '400 Bad Request'))
        .ended('server'),
  },
}

/** What lets the answers of a connection wait. */
interface Hold {
  readonly options: ReplayerOptions
  /** Lets them go. */
  readonly release: (replayer: Replayer) => Promise<void>
}

const WRITE = request('POST', '/write', 'x')

const HOLDS: Readonly<Record<string, () => Hold>> = {
  'a hook that promises': () => {
    const waiting: (() => void)[] = []
    const beforeAnswer: AnswerHook = ({ response }) =>
      new Promise((resolve) => void waiting.push(() => resolve(response)))
    return {
      options: { beforeAnswer },
      release: async () => {
        for (let go = waiting.shift(); go !== undefined; go = waiting.shift()) {
          go()
          await new Promise((resolve) => void setImmediate(resolve))
        }
      },
    }
  },
  'a write on another connection': () => ({
    options: { barrier: 'wait' },
    release: async (replayer) => {
      const writer = await Dialogue.with(replayer)
      writer.say(WRITE)
      expect(await writer.hearAll()).toEqual([answer('written')])
    },
  }),
}

for (const [what, hold] of Object.entries(HOLDS))
  test.describe(`a client that has ended its side while its answer waited for ${what}`, () => {
    for (const [name, { record, said, heard }] of Object.entries(TALKS))
      test(`is told ${name}`, async () => {
        const tape = new TapeWriter()
        tape.open(API).sent(WRITE).received(answer('written'))
        record(tape.open(API))
        const { options, release } = hold()
        const replayer = new Replayer(tape.cassette, options)
        const client = await Dialogue.with(replayer)
        client.say(...said)
        client.transport.end()
        expect(await client.hearAll()).toEqual([])
        await release(replayer)
        expect(await client.hearAll()).toEqual(heard)
      })

    test('ends the live connection that answers what is not recorded', async () => {
      const tape = new TapeWriter()
      tape.open(API).sent(WRITE).received(answer('written'))
      tape.open(API).sent(request('GET', '/')).received(answer('1'))
      const { options, release } = hold()
      const live = new ScriptedPeers()
      const replayer = new Replayer(tape.cassette, { ...options, fallback: live.connector })
      const client = await Dialogue.with(replayer)
      client.say(request('GET', '/'), request('GET', '/new'), request('GET', '/newer'))
      client.transport.end()
      expect(await client.hearAll()).toEqual([])
      await release(replayer)
      expect(await client.hearAll()).toEqual([answer('1')])
      expect(live.at(0).sent).toBe(request('GET', '/new') + request('GET', '/newer'))
      expect(live.at(0).isEnded).toBe(true)
      live.at(0).say(answer('new')).hangUp()
      expect(await client.hearAll()).toEqual([answer('new'), '(end)'])
    })
  })
