import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { connectSocket } from '../../src/client/socket-connector.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { importPcap } from '../../src/import/index.ts'
import { HttpConnection } from '../../src/index.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import type { Connector } from '../../src/transport.ts'
import { afterRequests, serve } from '../helpers/live-server.ts'
import { seenError } from '../helpers/seen-error.ts'
import { every, isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { captured, NO_TCPDUMP, NO_TSHARK } from '../helpers/tcpdump.ts'
import { serveTls } from '../helpers/tls-server.ts'
import { wireCases } from '../helpers/wire.ts'
import { runCase } from '../helpers/wire-client.ts'

test.skip(NO_TCPDUMP !== undefined, NO_TCPDUMP)

/** The connections of a cassette, each as a cassette of its own, as it is written and read. */
function connectionsOf(cassette: Cassette): readonly Cassette[] {
  const numbers = new Set(cassette.tape.map(({ connection }) => connection))
  return Array.from(numbers, (number) => {
    const tape = cassette.tape.filter(({ connection }) => connection === number)
    return decodeCassette(
      encodeCassette({ ...cassette, tape: tape.map((event) => Object.assign({}, event, { connection: 1 })) }),
    )
  })
}

test('what was captured of a client replays as what the client saw', async () => {
  test.slow()
  const cases = every(
    8,
    wireCases().filter(({ to = [] }) => to.length > 0),
  )
  let served = cases.values()
  await using server = await serve((socket) => {
    const { value } = served.next()
    if (value === undefined) return
    const middle = Math.floor(value.bytes.length / 2)
    afterRequests(socket, value.to?.length ?? 0, () => {
      socket.write(value.bytes.subarray(0, middle))
      setImmediate(() => {
        socket.write(value.bytes.subarray(middle))
        if (value.eof) socket.end()
      })
    })
  })
  const live: (readonly string[])[] = []
  const file = await captured([server.port], async () => {
    for (const one of cases) live.push((await runCase(one, connectSocket, server.port)).trace)
  })
  served = [].values()
  const { cassette, notes } = await importPcap(file)
  const recorded = connectionsOf(cassette)
  expect(notes.filter((note) => note.includes(`:${server.port}:`))).toEqual([])
  expect(recorded.length).toBe(cases.length)
  for (const [place, one] of cases.entries()) {
    const replay = new Replayer(recorded[place] ?? cassette).connector
    expect((await runCase(one, replay, server.port)).trace, one.name).toEqual(live[place])
  }
})

/** What a client sees of one request: the answer, or the error with all that it says. */
async function seen(
  connector: Connector,
  port: number,
  { ca, length = 70_000 }: { ca?: string; length?: number } = {},
): Promise<unknown> {
  const secure = ca === undefined ? {} : { tls: { ca } }
  await using connection = new HttpConnection({
    host: 'localhost',
    port,
    connector,
    protocol: ca === undefined ? 'http' : 'https',
    ...secure,
  })
  try {
    await connection.request(
      length === 0 ? 'GET' : 'POST',
      '/x?y=1',
      length === 0 ? {} : { body: Buffer.alloc(length, 'a') },
    )
    const response = await connection.getResponse()
    return [
      response.status,
      response.reason,
      [...response.headers],
      Buffer.from(await response.bytes()).toString('latin1'),
      response.trailers,
    ]
  } catch (error) {
    return seenError(error, port)
  }
}

test('an answer that a reset cuts off fails as it did', async () => {
  await using server = await serve((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', () =>
        setImmediate(() => socket.resetAndDestroy()),
      )
      socket.pause()
    })
  })
  let live: unknown
  const file = await captured(
    [server.port],
    async () => void (live = await seen(connectSocket, server.port, { length: 0 })),
  )
  const { cassette } = await importPcap(file)
  // In which call the client met the reset is not on the wire.
  const lost = {
    class: 'Error',
    name: 'ConnectionError',
    code: 'CONNECTION_LOST',
    phase: 'open',
    systemCode: 'ECONNRESET',
  }
  expect(live).toMatchObject(lost)
  expect(await seen(new Replayer(cassette).connector, server.port, { length: 0 })).toMatchObject(lost)
})

test('a port that nobody listens on refuses as it did', async () => {
  const { port } = await serve(() => {}).then(async (server) => (await server[Symbol.asyncDispose](), server))
  let live: unknown
  const toAddress =
    (connector: Connector): Connector =>
    (_, options) =>
      connector({ protocol: 'http', host: '127.0.0.1', port }, options)
  const file = await captured([port], async () => void (live = await seen(toAddress(connectSocket), port)))
  const { cassette } = await importPcap(file)
  expect(live).toMatchObject({ code: 'CONNECT_FAILED', systemCode: 'ECONNREFUSED' })
  const replay = await seen(toAddress(new Replayer(cassette).connector), port)
  expect(Object(replay)).toMatchObject({ code: 'CONNECT_FAILED', systemCode: 'ECONNREFUSED' })
})

test.describe('TLS', () => {
  test.skip(NO_TSHARK !== undefined, NO_TSHARK)

  for (const version of every(2, ['TLSv1.3', 'TLSv1.2'] as const))
    test(`${version} with a key log is decrypted, and replays as what the client saw`, async () => {
      const body = 'x'.repeat(100_000)
      await using server = await serveTls(
        (socket) => {
          let length = 0
          socket.on('data', (bytes) => {
            length += bytes.length
            if (length < 70_000) return
            socket.write('HTTP/1.1 200 Fine\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n')
            socket.write(`${body.length.toString(16)}\r\n${body}\r\n`)
            socket.end('0\r\nX-T: 2\r\n\r\n')
          })
        },
        undefined,
        undefined,
        { minVersion: version, maxVersion: version },
      )
      let live: unknown
      const file = await captured(
        [server.port],
        async () => void (live = await seen(connectSocket, server.port, { ca: server.ca })),
      )
      await expect(importPcap(file)).rejects.toThrow('it is TLS, and there is no key log')
      const { cassette } = await importPcap(file, { keyLog: server.keyLog() })
      expect(cassette.tape[0]).toMatchObject({
        type: 'open',
        to: `https://localhost:${server.port}`,
        tls: { version, authorized: false },
      })
      expect(Array.isArray(live)).toBe(true)
      expect(await seen(new Replayer(cassette).connector, server.port, { ca: server.ca })).toEqual(live)
    })

  test('what a key log does not open is left out from there on, and neither keys nor bytes stay on the disk', async () => {
    await using server = await serveTls(
      (socket) => void socket.on('data', () => socket.end('HTTP/1.1 204 No Content\r\n\r\n')),
      undefined,
      undefined,
      { minVersion: 'TLSv1.3' },
    )
    const file = await captured(
      [server.port],
      async () => void (await seen(connectSocket, server.port, { ca: server.ca })),
    )
    const keys = Buffer.from(server.keyLog()).toString()
    const [tmpdirBefore, pathBefore] = [process.env['TMPDIR'], process.env['PATH']]
    const folder = await mkdtemp(join(tmpdir(), 'wiretape-keys-'))
    const said = async (keyLog: string): Promise<unknown> => {
      const read = await importPcap(file, { keyLog }).catch((error: unknown) => String(error))
      expect((await readdir(folder)).filter((name) => name !== 'tshark')).toEqual([])
      return typeof read === 'string' ? read : read.cassette.tape.map(({ type }) => type).join(' ')
    }
    try {
      process.env['TMPDIR'] = folder
      expect(await said(keys)).toMatch(/^open sent received /)
      for (const label of ['SERVER_TRAFFIC_SECRET_0'])
        expect(await said(keys.replaceAll(new RegExp(`^${label} .*$`, 'gm'), ''))).toContain(
          `to 127.0.0.1:${server.port}: it is TLS that the key log does not open`,
        )
      await writeFile(join(folder, 'tshark'), '#!/bin/sh\necho "first\nThe file is cut short." >&2\nexit 2\n', {
        mode: 0o700,
      })
      process.env['PATH'] = `${folder}:${pathBefore}`
      expect(await said(keys)).toMatch(/tshark could not decrypt the capture: The file is cut short\.$/)
    } finally {
      process.env['PATH'] = pathBefore
      if (tmpdirBefore === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = tmpdirBefore
      await rm(folder, { recursive: true })
    }
  })

  test('keys that a pcapng file brings are used', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    test.skip(spawnSync('editcap', ['--version']).error !== undefined, 'editcap of Wireshark is not installed')
    await using server = await serveTls((socket) => {
      socket.on('data', () => socket.end('HTTP/1.1 204 No Content\r\n\r\n'))
    })
    const file = await captured(
      [server.port],
      async () => void (await seen(connectSocket, server.port, { ca: server.ca })),
    )
    const folder = await mkdtemp(join(tmpdir(), 'wiretape-keys-'))
    try {
      const [plain, log, whole] = ['plain', 'log', 'whole'].map((name) => join(folder, name))
      if (plain === undefined || log === undefined || whole === undefined) throw new Error('no paths')
      await writeFile(plain, file)
      await writeFile(log, server.keyLog())
      expect(spawnSync('editcap', ['--inject-secrets', `tls,${log}`, plain, whole]).status).toBe(0)
      const { cassette } = await importPcap(await readFile(whole))
      expect(cassette.tape.some((event) => event.type === 'received')).toBe(true)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('without tshark, an error says what to install', async () => {
    const path = process.env['PATH']
    const hello = Buffer.from([0x16, 3, 1, 0, 1, 1])
    const { captureOf, HANDSHAKE, packetsOf } = await import('../packets/packet-maker.ts')
    const file = captureOf(packetsOf([...HANDSHAKE, { by: 'client', ack: 0, data: hello }]))
    try {
      process.env['PATH'] = ''
      await expect(importPcap(file, { keyLog: '' })).rejects.toMatchObject({ code: 'PROGRAM_MISSING' })
    } finally {
      process.env['PATH'] = path
    }
  })
})
