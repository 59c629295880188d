import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { connect, type ConnectionOptions } from 'node:tls'
import { expect, test } from '../helpers/test.ts'
import { CertificateAuthority } from '../../src/certificates/certificate-authority.ts'
import { acceptTls, type SecureClient } from '../../src/proxy/client-tls.ts'

const AUTHORITY = CertificateAuthority.create('client-tls')
const checkServerIdentity = (): undefined => undefined
const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

/** What the proxy makes of a client that begins so; the client's own view, and the timers that are left. */
async function handshake(options: ConnectionOptions, limit: number | undefined): Promise<readonly unknown[]> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const before = timers()
  const client = connect({ port: Object(server.address()).port, host: '127.0.0.1', ca: AUTHORITY.cert, ...options })
  const own = new Promise((resolve) => {
    client.once('secureConnect', () => resolve([client.authorized, client.getPeerCertificate().subject.CN]))
    client.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })
  const [carrier]: Socket[] = await once(server, 'connection')
  if (carrier === undefined) throw new Error('no connection')
  carrier.on('error', () => {})
  const seen = await acceptTls(carrier, 'a.test', AUTHORITY, limit).then(
    ({ socket, ...facts }: SecureClient) => [facts, socket.destroyed],
    (error: Error) => error.message,
  )
  const result = [seen, await own, timers() - before]
  client.destroy()
  carrier.destroy()
  server.close()
  return result
}

test('a client is shown a certificate for the name that it asks for, or else for where it goes', async () => {
  const names = { servername: undefined, alpn: undefined }
  // oxfmt-ignore
  const CLIENTS: readonly (readonly [options: ConnectionOptions, facts: object, shown: string])[] = [
    [{ servername: 'A.test' },                                          { ...names, servername: 'a.test' },         'a.test'],
    [{ servername: 'b.test' },                                          { ...names, servername: 'b.test' },         'b.test'],
    [{ servername: '' },                                                names,                                      'a.test'],
    [{ servername: 'b.test', ALPNProtocols: ['h2', 'http/1.1'] },       { servername: 'b.test', alpn: 'http/1.1' }, 'b.test'],
    [{ servername: 'b.test', ALPNProtocols: ['h2', 'http/1.0'] },       { servername: 'b.test', alpn: 'http/1.0' }, 'b.test'],
    [{ servername: 'b.test', ALPNProtocols: ['x', 'h2'] },              { servername: 'b.test', alpn: 'h2' },       'b.test'],
    [{ servername: 'b.test', ALPNProtocols: ['x', 'y'] },               { servername: 'b.test', alpn: 'x' },        'b.test'],
  ]
  for (const [options, facts, shown] of CLIENTS) {
    const seen = await handshake({ ...options, checkServerIdentity }, 60_000)
    // No timer is left that would end it later.
    expect([options, ...seen]).toEqual([options, [facts, false], [true, shown], 0])
  }
})

test('a client that does not trust the certificate has gone, with the reason', async () => {
  const [seen, , left] = await handshake({ servername: 'b.test', ca: [] }, 60_000)
  expect(seen).toMatch(/with the client, for b\.test: the client does not trust the certificate/)
  expect(left).toBe(0)
})
