import { once } from 'node:events'
import { connect as connectTcp, createServer } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { expect, test } from '../helpers/test.ts'
import { CertificateAuthority } from '../../src/certificates/certificate-authority.ts'
import { ForwardClient } from '../../src/proxy/forward-client.ts'
import { forwardSettings } from '../../src/proxy/forward-settings.ts'
import type { Connector } from '../../src/transport.ts'
import { ScriptedTransport } from '../helpers/scripted-transport.ts'
import { answer } from '../helpers/tape.ts'

const AUTHORITY = CertificateAuthority.create('forward-client')

/** Where a proxy connects for a client that speaks TLS in a tunnel, and with which options. */
async function connected(target: string, tls: ConnectionOptions, words: string): Promise<unknown> {
  const asked: unknown[] = []
  const connector: Connector = async ({ protocol, host, port }, { tls: given, address }) => {
    asked.push(`${protocol} ${host} ${port}`, {
      ...(given && { tls: given }),
      ...(address !== undefined && { address }),
    })
    return new ScriptedTransport().say(answer('one')).hangUp()
  }
  const parts = { connector, authority: AUTHORITY, isOpaque: () => false, onRefused: () => {} }
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    void new ForwardClient(socket, forwardSettings(undefined, parts)).serve()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const tunnel = connectTcp(Object(server.address()).port, '127.0.0.1')
  tunnel.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`)
  await once(tunnel, 'data')
  const client = connectTls({ socket: tunnel, ca: AUTHORITY.cert, checkServerIdentity: () => undefined, ...tls })
  client.on('error', () => {}).write(words)
  await once(client, 'data')
  client.destroy()
  tunnel.destroy()
  server.close()
  return asked
}

const get = (host: string): string => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`

test('a name that the client asks for by TLS, or in Host, is told to the server as the client would tell it', async () => {
  // oxfmt-ignore
  const TUNNELS: readonly (readonly [target: string, tls: ConnectionOptions, words: string, origin: string, options: object])[] = [
    ['a.test:443',    { servername: 'a.test' },                        get('a.test'),      'https a.test 443',    {}],
    ['a.test:443',    { servername: 'b.test' },                        get('b.test'),      'https a.test 443',    { tls: { servername: 'b.test' } }],
    ['10.0.0.1:443',  { servername: 'b.test' },                        get('b.test'),      'https b.test 443',    { address: '10.0.0.1' }],
    ['10.0.0.1:443',  { servername: '' },                              get('c.test'),      'https c.test 443',    { address: '10.0.0.1' }],
    ['10.0.0.1:443',  { servername: '' },                              get('c.test:444'),  'https 10.0.0.1 443',  {}],
    ['10.0.0.1:8443', { servername: '' },                              get('c.test:8443'), 'https c.test 8443',   { address: '10.0.0.1' }],
    ['a.test:465',    { servername: 'a.test', ALPNProtocols: ['x'] },  'HELO',             'tls a.test 465',      { tls: { ALPNProtocols: ['x'] } }],
    ['10.0.0.1:465',  { servername: 'b.test', ALPNProtocols: ['x'] },  'HELO',             'tls b.test 465',      { address: '10.0.0.1', tls: { ALPNProtocols: ['x'] } }],
  ]
  for (const [target, tls, words, origin, options] of TUNNELS)
    expect([target, words, await connected(target, tls, words)]).toEqual([target, words, [origin, options]])
})
