import { once } from 'node:events'
import type { Socket } from 'node:net'
import { expect, test } from '@playwright/test'
import { ServedConnection } from '../../src/listen/served-connection.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { serve } from '../helpers/live-server.ts'
import { RawClient } from '../helpers/raw-client.ts'

test('a client that was refused and does not leave is disconnected after half a minute', async () => {
  const clock = new FakeClock()
  let socket: Socket | undefined
  await using server = await serve((accepted) => {
    socket = accepted
    const connection = new ServedConnection({
      socket: accepted,
      carrier: accepted,
      replay: { failure: new Error('no') },
      answerTo: () => Buffer.from('refused'),
      maxRequestBytes: Infinity,
      onRefused: () => {},
      clock,
    })
    void connection.run()
  })
  using client = await RawClient.to(server.port)
  client.say('G')
  expect(await client.ended).toBe('end')
  expect(client.heard).toBe('refused')
  await expect.poll(() => clock.timers).toBe(1)
  await clock.advance(29_999)
  if (socket === undefined || socket.destroyed) throw new Error('it left early')
  const closed = once(socket, 'close')
  await clock.advance(1)
  await closed
  expect(clock.timers).toBe(0)
})
