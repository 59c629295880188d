import { once } from 'node:events'
import { connect as connectTls } from 'node:tls'
import { connect, type LookupFunction, type Socket } from 'node:net'

/** A way into a proxy. */
export type ProxyWay = 'absolute' | 'connect' | 'socks-name' | 'socks-address'

/** What a client says to a server through a proxy. */
export interface Conversation {
  readonly proxyPort: number
  readonly host: string
  readonly port: number
  readonly way: ProxyWay
  /** The authority to trust; absent: no TLS. */
  readonly ca?: string | undefined
  readonly alpn?: readonly string[] | undefined
  /** An origin-form request, or anything else. In absolute-form it is rewritten. */
  readonly say: string
}

/** Says it, and returns all that comes until the server ends, latin-1. */
export async function through(conversation: Conversation): Promise<string> {
  const { say, way, host, port } = conversation
  const socket = await openThrough(conversation)
  socket.write(way === 'absolute' ? say.replace(' /', ` http://${host}:${port}/`) : say, 'latin1')
  return allOf(socket)
}

/** A socket to a server through a proxy; TLS if there is an authority. */
export async function openThrough({ proxyPort, host, port, way, ca, alpn }: Conversation): Promise<Socket> {
  const socket = connect({ port: proxyPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
  await once(socket, 'connect')
  if (way === 'connect')
    await tunnel(socket, `CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`, (heard) =>
      heard.includes('\r\n\r\n'),
    )
  if (way === 'socks-name' || way === 'socks-address') {
    await tunnel(socket, Buffer.of(5, 1, 0), (heard) => heard.startsWith('\x05\0'))
    const address =
      way === 'socks-name' ? Buffer.concat([Buffer.of(3, host.length), Buffer.from(host)]) : Buffer.of(1, 127, 0, 0, 1)
    await tunnel(
      socket,
      Buffer.concat([Buffer.of(5, 1, 0), address, Buffer.of(port >> 8, port & 0xff)]),
      (heard) => heard.startsWith('\x05\0') && heard.length >= 10,
    )
  }
  if (ca === undefined) return socket
  const secure = connectTls({ socket, ca, servername: host, ALPNProtocols: [...(alpn ?? ['http/1.1'])] })
  await once(secure, 'secureConnect')
  return secure
}

/** All that comes until the end, latin-1; a reset is an end, too. */
export async function allOf(socket: Socket): Promise<string> {
  let heard = ''
  socket.on('data', (bytes: Buffer) => (heard += bytes.toString('latin1'))).resume()
  await new Promise<void>((resolve) => {
    socket.on('end', resolve)
    socket.on('close', () => resolve())
    socket.on('error', () => resolve())
  })
  socket.destroy()
  return heard
}

async function tunnel(socket: Socket, say: string | Uint8Array, isExpected: (heard: string) => boolean): Promise<void> {
  socket.resume().write(say)
  let heard = ''
  while (!isExpected(heard)) {
    const [bytes] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [''])])
    if (bytes === '') throw new Error(`the proxy said ${JSON.stringify(heard)}`)
    heard += Buffer.from(bytes).toString('latin1')
  }
  socket.pause()
  // Bytes of the server may have come with the answer of the proxy.
  const rest = heard.startsWith('HTTP') ? heard.slice(heard.indexOf('\r\n\r\n') + 4) : ''
  if (rest !== '') socket.unshift(Buffer.from(rest, 'latin1'))
}

/** A look-up in which these names have these addresses. */
export const namesAre =
  (names: Readonly<Record<string, string | readonly string[]>>): LookupFunction =>
  (host, { all }, callback) => {
    const found = names[host]
    const addresses = (typeof found === 'string' ? [found] : (found ?? [])).map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }))
    const [first] = addresses
    if (first === undefined) {
      const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), {
        code: 'ENOTFOUND',
        syscall: 'getaddrinfo',
      })
      return callback(error, [])
    }
    if (all === true) callback(null, addresses)
    else callback(null, first.address, first.family)
  }
