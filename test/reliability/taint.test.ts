import { expect, test } from '../helpers/test.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import type { Socket } from 'node:net'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { attempt } from '../helpers/attempt.ts'
import { serve } from '../helpers/live-server.ts'
import { answer } from '../helpers/tape.ts'
import { SLOW_TAINT_TRIALS, TAINT_TRIALS, tallyTaint } from './taint.ts'

test.describe('after a surplus answer of a server', () => {
  test('every wrong answer is marked', async () => {
    const tally = await tallyTaint(TAINT_TRIALS, 30)
    expect(tally.right).toBeGreaterThan(0)
    expect(tally.WRONG).toBe(undefined)
    expect(tally.none).toBe(undefined)
  })

  test('every wrong answer is marked, even if the client pauses for less time than the server takes', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const tally = await tallyTaint(SLOW_TAINT_TRIALS, 5)
    expect(tally['wrong, but suspect']).toBeGreaterThan(0)
    expect(tally.WRONG).toBe(undefined)
    expect(tally.none).toBe(undefined)
  })

  test('bytes that came in a pause are read before the next request, even if the process was busy', async () => {
    const sockets: Socket[] = []
    await using server = await serve((socket) => {
      sockets.push(socket)
      socket.on('data', () => socket.write(answer(`of connection ${sockets.length}`)))
    })
    await using connection = new HttpConnection({ host: '127.0.0.1', port: server.port })
    expect((await attempt(connection, 'GET', '/')).body.toString()).toBe('of connection 1')

    sockets[0]?.write(answer('nobody asked'))
    // The system has it, and this process does not get round to read it.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 120)
    const { body, response } = await attempt(connection, 'GET', '/')
    expect(body.toString()).toBe('of connection 2')
    expect(response?.isSuspect).toBe(false)
  })
})
