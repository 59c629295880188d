import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { nodeConnect, toSocket } from '../../src/entries/sockets.ts'
import { serve } from '../helpers/live-server.ts'
import { ScriptedTransport } from '../helpers/scripted-transport.ts'
import { answer } from '../helpers/tape.ts'
import { runTypeScript } from '../helpers/ts-process.ts'
import { every } from '../helpers/share.ts'

const PROCESS = new URL('idle-process.ts', import.meta.url)

/** Milliseconds: without us it is some 20, and a connection that held the process would do so for minutes. */
const AT_ONCE = 3_000

test.describe('a process with an idle connection ends by itself:', () => {
  for (const client of every(2, ['node', 'undici'])) {
    test(client, async () => {
      const dir = await mkdtemp(join(tmpdir(), 'wiretape-idle-'))
      await using server = await serve((socket) => void socket.on('data', () => socket.write(answer('hello'))))
      const url = `http://127.0.0.1:${server.port}/`
      for (const [what, moment, folder] of every(2, [
        ['without us', 'plain', ''],
        ['while it is recorded', 'open', 'cut short'],
        ['after it was recorded', 'ejected', 'whole'],
        ['after it was replayed', 'ejected', 'whole'],
        ['while it is replayed', 'open', 'whole'],
      ] as const)) {
        const { code, stdout, stderr, lingered } = await runTypeScript(PROCESS, client, moment, url, join(dir, folder))
        expect([code, stdout, stderr], what).toEqual([0, 'done', ''])
        expect(lingered, what).toBeLessThan(AT_ONCE)
      }
      await rm(dir, { recursive: true })
    })
  }
})

test('ref and unref of a socket reach its transport, even if called before it was connected', async () => {
  class Kept extends ScriptedTransport {
    readonly told: boolean[] = []
    keepAlive(value: boolean): void {
      this.told.push(value)
    }
  }
  const transport = new Kept()
  const socket = toSocket(transport)
  expect(socket.unref().ref()).toBe(socket)
  expect(transport.told).toEqual([false, true])
  socket.destroy()

  const late = new Kept()
  const connecting = nodeConnect(async () => late).call({}, { host: 'api.test' })
  connecting.unref()
  await once(connecting, 'connect')
  expect(late.told).toEqual([false])
  connecting.destroy()
})
