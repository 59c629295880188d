import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { once } from 'node:events'
import { expect, test } from '../helpers/test.ts'
import { createCertificate } from '../../demo/certificate.ts'
import { type ListenOptions, LocalServer } from '../../src/listen/local-server.ts'
import { RawClient } from '../helpers/raw-client.ts'

const MOST = 2

/** A server of at most two clients that greets each and waits for its end; and how many of them are still there. */
async function greeter(isTls: boolean): Promise<{ readonly server: LocalServer; readonly there: () => number }> {
  const certificate = await createCertificate()
  const identity = isTls ? { certificate, trusted: certificate.cert } : undefined
  let there = 0
  const server = await LocalServer.start({ maxClients: MOST }, identity, (carrier) => {
    there += 1
    carrier.once('close', () => (there -= 1))
    return (socket) => {
      socket.on('error', () => {}).on('end', () => socket.end())
      socket.resume().write('hello')
    }
  })
  return { server, there: () => there }
}

test.describe('a server of a limited number of clients', () => {
  test('counts those that are there, not those that were', async () => {
    const { server, there } = await greeter(false)
    for (let round = 0; round < 3; round += 1) {
      const clients = await Promise.all([RawClient.to(server.port), RawClient.to(server.port)])
      for (const client of clients) expect(await client.until((heard) => heard !== '')).toBe('hello')
      using another = await RawClient.to(server.port)
      await another.ended
      expect(another.heard).toBe(
        'HTTP/1.1 503 Service Unavailable\r\nWiretape-Error: TOO_MANY_CLIENTS\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
      )
      for (const client of clients) {
        client.end()
        await client.ended
      }
      await expect.poll(there).toBe(0)
    }
    await server.close()
  })

  test('lets those that are turned away read why, and no longer than a second', async () => {
    const { server } = await greeter(false)
    const clients = await Promise.all([RawClient.to(server.port), RawClient.to(server.port)])
    for (const client of clients) await client.until((heard) => heard !== '')
    // A client of its own that reads, and does not leave: what it says then reaches nobody.
    const another = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true })
    await once(another.resume(), 'end')
    const gone = new Promise<unknown>((resolve) =>
      another.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code)),
    )
    const talking = setInterval(() => another.write('x'), 20)
    expect(await gone).toMatch(/^(?:ECONNRESET|EPIPE)$/)
    clearInterval(talking)
    another.destroy()
    await server.close()
  })

  test('does so with TLS, also if a client breaks off the handshake', async () => {
    const { server, there } = await greeter(true)
    for (let round = 0; round < 3; round += 1) {
      const broken = await RawClient.to(server.port)
      broken.say('this is not TLS').end()
      await broken.ended
      const client = connectTls({
        port: server.port,
        host: '127.0.0.1',
        ca: server.certificate,
        servername: 'localhost',
      })
      const [greeting]: unknown[] = await once(client, 'data')
      expect(String(greeting)).toBe('hello')
      client.end()
      await once(client, 'close')
      await expect.poll(there).toBe(0)
    }
    await server.close()
  })

  test('ends all that are there when it is closed', async () => {
    const { server } = await greeter(false)
    const clients = await Promise.all([RawClient.to(server.port), RawClient.to(server.port)])
    for (const client of clients) await client.until((heard) => heard !== '')
    await server.close()
    for (const client of clients) await client.ended
    await server.close()
  })
})

const start = (options: ListenOptions): Promise<LocalServer> =>
  LocalServer.start(options, undefined, () => (socket) => void socket.end())

test.describe('a server', () => {
  test('listens on loopback and a free port, if nothing else is said, and says where', async () => {
    const server = await start({})
    expect(server.port).toBeGreaterThan(0)
    expect([server.authority, server.isTls, server.certificate]).toEqual([`127.0.0.1:${server.port}`, false, undefined])
    await expect(start({ port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await server.close()
    const again = await start({ port: server.port, host: 'localhost' })
    expect([again.port, again.authority]).toEqual([server.port, `localhost:${server.port}`])
    await again.close()
  })

  test('is for this machine unless others are allowed, and for at least one client', async () => {
    await expect(start({ host: '0.0.0.0' })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('host: other machines reach 0.0.0.0'),
    })
    for (const maxClients of [0, -1, 1.5, Number.NaN])
      await expect(start({ maxClients })).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        message: expect.stringContaining(`maxClients: not a number from 1 on: ${maxClients}`),
      })
    await (await start({ maxClients: 1 })).close()
  })
})
