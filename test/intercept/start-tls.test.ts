import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, createSecureContext, TLSSocket } from 'node:tls'
import { expect, test } from '../helpers/test.ts'
import { type Certificate, createCertificate } from '../../demo/certificate.ts'
import { useCassette } from '../../src/use/use-cassette.ts'

/** Greets, goes on with TLS when it is asked to, and then answers each word in capitals. */
async function greeter({ key, cert }: Certificate): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((plain) => {
    sockets.add(plain)
    plain.on('error', () => {})
    plain.write('220 hello\r\n')
    plain.once('data', () => {
      plain.write('220 go ahead\r\n', () => {
        const secured = new TLSSocket(plain, { isServer: true, secureContext: createSecureContext({ key, cert }) })
        secured.on('error', () => {})
        secured.on('data', (words: Buffer) => secured.write(words.toString().toUpperCase()))
      })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: Number(Object(server.address()).port),
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Resolves with what the client saw, or with the code of its error. */
async function talk(port: number, ca: string | undefined): Promise<readonly unknown[]> {
  const plain = connect(port, 'localhost')
  const [greeting]: Buffer[] = await once(plain, 'data')
  plain.write('STARTTLS\r\n')
  const [goAhead]: Buffer[] = await once(plain, 'data')
  const seen: unknown[] = [String(greeting), String(goAhead)]
  const secured = connectTls({ socket: plain, servername: 'localhost', ...(ca === undefined ? {} : { ca }) })
  try {
    await once(secured, 'secureConnect')
    secured.write('one')
    seen.push(String((await once(secured, 'data'))[0]))
    secured.write('two')
    seen.push(String((await once(secured, 'data'))[0]), secured.authorized)
  } catch (error) {
    seen.push(Reflect.get(Object(error), 'code'))
  }
  secured.destroy()
  return seen
}

test.describe('TLS on a connection that began without it', () => {
  let dir: string
  let certificate: Certificate

  test.beforeAll(async () => {
    certificate = await createCertificate()
  })
  test.beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
  })
  test.afterEach(() => rm(dir, { recursive: true }))

  for (const isTrusted of [true, false]) {
    test(`${isTrusted ? 'a trusted' : 'an unknown'} server: the same plain, recorded and replayed`, async () => {
      const server = await greeter(certificate)
      const run = (): Promise<readonly unknown[]> => talk(server.port, isTrusted ? certificate.cert : undefined)
      const plain = await run()
      expect(plain.at(-1)).toBe(isTrusted ? true : 'DEPTH_ZERO_SELF_SIGNED_CERT')

      const options = { dir, env: {}, capture: { hosts: ['localhost'] } }
      const first = await useCassette('mail', options)
      expect(await run()).toEqual(plain)
      await first.eject()
      await server.close()

      const second = await useCassette('mail', options)
      expect(await run()).toEqual(plain)
      await second.eject()
      const text = await readFile(join(dir, 'mail.yaml'), 'utf8')
      expect(text).toContain('STARTTLS')
      if (isTrusted) expect(text).toContain('TWO')
    })
  }
})
