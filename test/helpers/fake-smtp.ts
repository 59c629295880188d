import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { Certificate } from '../../src/certificates/certificate-authority.ts'

/** A mail server on loopback, whose greetings, challenges and queue ids are new in each run. */
export interface FakeSmtp extends AsyncDisposable {
  readonly port: number
  /** Mails as they came. */
  readonly mails: readonly string[]
  stop(): Promise<void>
}

export async function startFakeSmtp(certificate: Certificate): Promise<FakeSmtp> {
  const mails: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.write(`220 fake ESMTP ${id()}\r\n`)
    serve(socket, certificate, mails, false)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    mails,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

const id = (): string => randomBytes(6).toString('hex')

/** Answers line by line; a mail ends with a line of one dot. */
function serve(socket: Socket, certificate: Certificate, mails: string[], isSecure: boolean): void {
  let text = ''
  let isMail = false
  const onData = (bytes: Buffer): void => {
    text += bytes.toString('latin1')
    for (
      let end = text.indexOf(isMail ? '\r\n.\r\n' : '\r\n');
      end !== -1;
      end = text.indexOf(isMail ? '\r\n.\r\n' : '\r\n')
    ) {
      const part = text.slice(0, end)
      text = text.slice(end + (isMail ? 5 : 2))
      if (isMail) {
        mails.push(part)
        isMail = false
        socket.write(`250 queued as ${id()}\r\n`)
        continue
      }
      const [verb = ''] = part.split(' ', 1)
      if (verb === 'STARTTLS') {
        socket.off('data', onData)
        socket.write('220 go ahead\r\n')
        const secure = new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(certificate) })
        secure.on('error', () => {})
        return serve(secure, certificate, mails, true)
      }
      isMail = verb === 'DATA'
      socket.write(replyTo(verb, isSecure))
      if (verb === 'QUIT') socket.end()
    }
  }
  socket.on('data', onData)
}

function replyTo(verb: string, isSecure: boolean): string {
  switch (verb) {
    case 'EHLO':
      return `250-fake at ${id()}\r\n${isSecure ? '' : '250-STARTTLS\r\n'}250 AUTH PLAIN LOGIN\r\n`
    case 'AUTH':
      return '235 welcome\r\n'
    case 'DATA':
      return '354 go on\r\n'
    case 'QUIT':
      return '221 bye\r\n'
    default:
      return '250 fine\r\n'
  }
}
