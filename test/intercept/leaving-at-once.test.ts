import { once } from 'node:events'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import path from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { loadCassette } from 'wiretape/cassette'
import { CertificateAuthority } from '../../src/certificates/certificate-authority.ts'
import { projectWith } from '../cli/run-project.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'

/** How a client leaves that has something to say in the end; the system would send it. */
const WAYS = {
  'ends, and is destroyed when it was written': 'k.write(BYE, () => k.end().destroy())',
  'is destroyed in the same turn': 'k.write(BYE); k.destroy()',
  'ends the process in the same turn': 'k.write(BYE); process.exit(0)',
  'ends the process when it was written': 'k.write(BYE, () => process.exit(0))',
  'is destroyed after more than one segment': 'k.write(BYE.repeat(60_000), () => k.destroy())',
}

/** Each takes seconds, so a quick run has this one. */
const QUICK = 'ends the process in the same turn'

const program = (port: number, way: string, isTls: boolean): string => `import net from 'node:net'
import tls from 'node:tls'
const BYE = 'bye'
const place = { port: ${port}, host: 'localhost', rejectUnauthorized: false }
const k = ${isTls ? 'tls' : 'net'}.connect(place, () => k.write('ask'))
k.once('data', () => { ${way} })`

interface Heard extends AsyncDisposable {
  readonly port: number
  /** What the next client has said when it has left. */
  next(): Promise<string>
}

/** Answers "ask". */
async function listen(isTls: boolean): Promise<Heard> {
  const heard: Promise<string>[] = []
  const serve = (socket: Socket): void => {
    let said = ''
    socket
      .on('error', () => {})
      .on('data', (bytes: Buffer) => {
        said += String(bytes)
        if (said === 'ask') socket.write('answer')
      })
    heard.push(once(socket, 'close').then(() => said))
  }
  const server: Server = isTls
    ? createTlsServer(CertificateAuthority.create('test').leaf('localhost'), serve)
    : createTcpServer(serve)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port }: AddressInfo = Object(server.address())
  return {
    port,
    next: async () => (await heard.shift()) ?? 'nobody came',
    async [Symbol.asyncDispose]() {
      await once(server.close(), 'close')
    },
  }
}

test.describe('the last words of a client that leaves at once reach the server, the cassette and the replay:', () => {
  for (const isTls of [false, true])
    for (const [name, way] of Object.entries(WAYS)) {
      // Bytes of TLS that nobody has decrypted cannot be when the process ends.
      if (isTls && name.startsWith('ends the process')) continue
      test(`${isTls ? 'over TLS it' : 'it'} ${name}`, async () => {
        test.skip(!isWhole && (isTls || name !== QUICK), ONLY_WHOLE)
        const server = await listen(isTls)
        await using project = await projectWith({ 'app.mjs': program(server.port, way, isTls) })
        const run = (mode: string): ReturnType<typeof project.run> =>
          project.run('--mode', mode, '--host', `localhost:${server.port}`, '--', 'node', 'app.mjs')
        expect((await run('passthrough')).code).toBe(0)
        const plain = await server.next()
        expect(await run('all')).toMatchObject({
          code: 0,
          stderr: expect.stringContaining('0 recorded, 1 connection not of HTTP, 0 missed'),
        })
        expect(await server.next()).toBe(plain)
        const { tape } = await loadCassette(path.join(project.path, 'cassettes/app.yaml'))
        const sent = tape.flatMap((event) => (event.type === 'sent' ? [Buffer.from(event.bytes)] : []))
        expect(Buffer.concat(sent).toString()).toBe(plain)
        await server[Symbol.asyncDispose]()
        expect(await run('none')).toMatchObject({
          code: 0,
          stderr: expect.stringContaining('1 connection not of HTTP, 0 missed'),
        })
      })
    }
})
