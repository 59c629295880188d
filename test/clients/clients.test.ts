import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { dirname, resolve } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { type Client, CLIENTS } from '../../scripts/clients/clients.ts'
import { within } from '../../scripts/clients/limits.ts'
import { play } from '../../scripts/clients/play.ts'
import { run } from '../../scripts/clients/programs.ts'
import { isGood, lineOf, markdownTable } from '../../scripts/clients/table.ts'
import { http, portOf } from '../../scripts/clients/scenes.ts'
import { Tee } from '../../scripts/clients/tee.ts'
import { TLS } from '../helpers/servers.ts'

const BIN = dirname(process.execPath)
const PROGRAMS = resolve('scripts/clients/programs')
const SAME = { isRecordedSame: true, isReplayedSame: true, bytesApart: 0, details: [] }

/** Those that are packages of ours; `npm run clients` has all. */
const OURS = CLIENTS.filter(({ name }) => ['axios', 'ioredis'].includes(name))

test.describe('npm run clients', () => {
  for (const client of OURS)
    for (const [scene, open] of Object.entries(client.scenes))
      test(`${client.name} says the same by itself, recorded, and replayed without its server: ${scene}`, async () => {
        test.skip(!isWhole && client.name !== 'axios', ONLY_WHOLE)
        test.skip(open === undefined, `the server of ${scene} is not installed`)
        expect(open && (await play(BIN, PROGRAMS, client, open))).toEqual(SAME)
      })

  test('a client that does not start says why, and no table calls it the same', async () => {
    const missing: Client = { name: 'none', program: 'no-such-program', scenes: {} }
    const played = await play(BIN, PROGRAMS, missing, http).then((one) => [one], String)
    expect(played).toMatch(/it fails by itself: Error.*no-such-program/)
    const row = { client: 'none', node: '20.20.2', played }
    expect([isGood(row), lineOf(row)]).toEqual([false, expect.stringContaining('failed: ')])
    expect(markdownTable([row])).toContain('| none | failed |')
  })

  test('a program that does not end is named with what it said, and is gone with what it started', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const child = `require('node:net').connect(${portOf(server)}, '127.0.0.1')`
    // The child holds the program's stdout, and would keep it open.
    const program = `
      require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' })
      console.log('begun')
      setInterval(() => {}, 1000)`
    const [failure, [socket]] = await Promise.all([
      run(BIN, ['node', '-e', program], {}, { limit: 2_000 }).then(JSON.stringify, String),
      once(server, 'connection'),
    ])
    expect(failure).toMatch(/waited 2 s for the end of node[^]*it had said: begun/)
    if (!socket.destroyed) await once(socket.resume(), 'close')
    server.close()
  })

  test('the tee stops though a connection has not begun its handshake', async () => {
    const tee = await Tee.start(() => 0, { key: TLS.key, cert: TLS.cert })
    const socket = connect(tee.port, '127.0.0.1')
    await once(socket, 'connect')
    const gone = once(socket, 'close')
    await within(5_000, 'the tee to stop', tee.stop())
    await gone
  })
})
