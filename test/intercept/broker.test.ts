import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, test } from '../helpers/test.ts'
import { Broker } from '../../src/intercept/broker.ts'
import { freePort } from '../helpers/free-port.ts'

test('a broker takes the sockets that it expects, each once, and no others', async () => {
  const broker = new Broker()
  expect(broker.port).toBe(0)
  await broker.listening
  const accepted: Socket[] = []
  const line = { accept: (socket: Socket) => void accepted.push(socket.on('error', () => {})) }
  const come = async (localPort: number): Promise<Socket> => {
    const socket = connect({ port: broker.port, host: '127.0.0.1', localPort })
    socket.on('error', () => {})
    await once(socket, 'connect')
    return socket
  }
  const port = await freePort()
  broker.expect(port, line)
  broker.expect(undefined, line)
  const first = await come(port)
  await expect.poll(() => accepted.length).toBe(1)
  expect(accepted[0]?.remotePort).toBe(port)
  // A reset leaves the port free at once.
  first.resetAndDestroy()
  await once(first, 'close')
  for (const stranger of [port, await freePort()]) {
    const socket = await come(stranger)
    socket.resume()
    await once(socket, 'close')
  }
  expect(accepted).toHaveLength(1)
})
