import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, createSecureContext, TLSSocket } from 'node:tls'
import { expect, test as base } from '../helpers/test.ts'
import { createCertificate } from '../../demo/certificate.ts'
import type { OpenCassette } from '../../src/use/open-cassette.ts'
import { useCassette } from '../../src/use/use-cassette.ts'
import type { UseCassetteOptions } from '../../src/use/use-options.ts'

/** A connection of a pool that was made before any cassette was opened, and has been spoken on. */
interface Pooled {
  /** Says a word, and resolves with the answer. */
  ask(word: string): Promise<string>
}

interface Setup {
  readonly options: UseCassetteOptions
  readonly plain: Pooled
  /** On it TLS was started later, as databases do it. */
  readonly secured: Pooled
}

async function asked(socket: Socket, word: string): Promise<string> {
  socket.write(word)
  const [answer]: unknown[] = await once(socket, 'data')
  return String(answer)
}

const pooled = (socket: Socket): Pooled => ({ ask: (word) => asked(socket, word) })

const answerOn = (socket: Socket): void =>
  void socket.on('error', () => {}).on('data', (word: Buffer) => socket.write(word.toString().toUpperCase()))

const test = base.extend<{ setup: Setup }>({
  setup: async ({}, use) => {
    const { key, cert } = await createCertificate()
    const sockets: Socket[] = []
    const server = createServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => {})
      socket.once('data', (word: Buffer) => {
        socket.write(word.toString().toUpperCase())
        if (word.toString() !== 'tls') return answerOn(socket)
        answerOn(new TLSSocket(socket, { isServer: true, secureContext: createSecureContext({ key, cert }) }))
      })
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const port = Number(Object(server.address()).port)
    const [plain, carrier] = [connect(port, 'localhost'), connect(port, 'localhost')]
    for (const socket of [plain, carrier]) sockets.push(socket.on('error', () => {}))
    await asked(plain, 'hello')
    await asked(carrier, 'tls')
    const secured = connectTls({ socket: carrier, servername: 'localhost', ca: cert })
    await once(
      secured.on('error', () => {}),
      'secureConnect',
    )
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
    const options = { dir, env: {}, capture: { hosts: [`localhost:${port}`] }, failOnMiss: true }
    await use({ options, plain: pooled(plain), secured: pooled(secured) })
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => void server.close(resolve))
    await rm(dir, { recursive: true })
  },
})

/** Ends a cassette; gives the code of what it complains of. */
const ended = (cassette: OpenCassette): Promise<unknown> =>
  cassette.eject().then(
    () => 'fine',
    (error: unknown) => Reflect.get(Object(error), 'code'),
  )

test.describe('a pool that is older than a cassette', () => {
  test('is nothing to complain of while it is idle, in any test', async ({ setup: { options } }) => {
    for (const name of ['first', 'second', 'third']) expect(await ended(await useCassette(name, options))).toBe('fine')
    const [outer, inner] = [await useCassette('outer', options), await useCassette('inner', options)]
    expect([await ended(inner), await ended(outer)]).toEqual(['fine', 'fine'])
  })

  test('has escaped in the test in which it was used over TLS, and in no other', async ({
    setup: { options, secured },
  }) => {
    expect(await ended(await useCassette('before', options))).toBe('fine')
    expect(await secured.ask('free')).toBe('FREE')
    const cassette = await useCassette('using', options)
    expect(await secured.ask('used')).toBe('USED')
    expect(await ended(cassette)).toBe('SOCKET_ESCAPED')
    expect(await ended(await useCassette('after', options))).toBe('fine')
  })

  test('is refused in the test that uses it without TLS', async ({ setup: { options, plain } }) => {
    const cassette = await useCassette('using', options)
    await expect(plain.ask('used')).rejects.toMatchObject({ code: 'SOCKET_ESCAPED' })
    expect(await ended(cassette)).toBe('SOCKET_ESCAPED')
    expect(await ended(await useCassette('after', options))).toBe('fine')
  })

  test('is as it was once the cassette is ejected', async ({ setup: { options, plain, secured } }) => {
    expect(await ended(await useCassette('idle', options))).toBe('fine')
    for (const word of ['a', 'b'])
      expect([await plain.ask(word), await secured.ask(word)]).toEqual(Array(2).fill(word.toUpperCase()))
    expect(await ended(await useCassette('after', options))).toBe('fine')
  })

  test('is left alone if its host is not named', async ({ setup: { options, plain, secured } }) => {
    const cassette = await useCassette('using', { ...options, capture: true })
    expect([await plain.ask('a'), await secured.ask('b')]).toEqual(['A', 'B'])
    expect(await ended(cassette)).toBe('fine')
  })
})
