import type { Socket } from 'node:net'
import { expect, test } from '../helpers/test.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { connectSocket } from '../../src/client/socket-connector.ts'
import { toSocket } from '../../src/client/to-socket.ts'
import { Recorder } from '../../src/recorder/recorder.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import type { Connector, Origin } from '../../src/transport.ts'
import { Dialogue } from '../helpers/dialogue.ts'
import { serve } from '../helpers/live-server.ts'
import { oneConnection, TapeWriter } from '../helpers/tape.ts'
import { serveTls } from '../helpers/tls-server.ts'

const MAIL: Origin = { protocol: 'tcp', host: '127.0.0.1', port: 0 }

test.describe('a server that speaks first', () => {
  test('is recorded and replays with the server gone, banner and half-close included', async () => {
    const recorder = new Recorder()
    const { heard, origin } = await liveMail(recorder)
    const cassette = decodeCassette(encodeCassette(recorder.cassette))
    const replayer = new Replayer(cassette)
    expect(await deliver(replayer.connector, origin)).toEqual(heard)
    replayer.assertAllPlayed()
    expect(heard.join('')).toMatch(
      /^220 mail\.test\r\n250-mail\.test\r\n250 8BITMIME\r\n(?:250 ok\r\n){2}354 .*221 bye\r\n$/s,
    )
    expect(cassette.tape).toContainEqual(expect.objectContaining({ type: 'end', by: 'client' }))
    expect(replayer.interactions).toEqual([])
  })

  test('misses if the client writes other bytes, and reports the place', async () => {
    const replayer = new Replayer(mailTape())
    const dialogue = await Dialogue.with(replayer, 'tcp://mail.test:25')
    expect(await dialogue.hear()).toBe('220 mail.test\r\n')
    expect(() => dialogue.say('EHLO other\r\n')).toThrow(
      expect.objectContaining({ code: 'NO_MATCH', message: expect.stringContaining('byte 5 differs') }),
    )
  })

  test('holds an answer back until the client has written the bytes before it', async () => {
    const dialogue = await Dialogue.with(new Replayer(mailTape()), 'tcp://mail.test:25')
    expect(await dialogue.hearAll()).toEqual(['220 mail.test\r\n'])
    dialogue.say('EHLO ', 'me\r')
    expect(await dialogue.hearAll()).toEqual([])
    dialogue.say('\n')
    expect(await dialogue.hearAll()).toEqual(['250 mail.test\r\n'])
    dialogue.transport.end()
    expect(await dialogue.hearAll()).toEqual(['221 bye\r\n', '(end)'])
  })
})

test('bytes that look like HTTP are raw bytes if the origin is tcp', async () => {
  const cassette = oneConnection('tcp://echo.test:7', (connection) =>
    connection.sent('GET / HTTP/1.1\r\n\r\n').received('GET / HTTP/1.1\r\n\r\n'),
  )
  const replayer = new Replayer(cassette)
  expect(replayer.interactions).toEqual([])
  const dialogue = await Dialogue.with(replayer, 'tcp://echo.test:7')
  dialogue.say('GET / HTTP/1.1\r\n\r\n')
  expect(await dialogue.hear()).toBe('GET / HTTP/1.1\r\n\r\n')
  expect(() => dialogue.say('GET / HTTP/1.1\r\n\r\n')).toThrow(expect.objectContaining({ code: 'NO_MATCH' }))
})

test('HTTP and other protocols share a cassette', async () => {
  const tape = new TapeWriter()
  tape.open('http://api.test').sent('GET / HTTP/1.1\r\n\r\n').received('HTTP/1.1 204 No Content\r\n\r\n')
  tape.open('tcp://redis.test:6379').sent('PING\r\n').received('+PONG\r\n')
  const replayer = new Replayer(tape.cassette)
  const redis = await Dialogue.with(replayer, 'tcp://redis.test:6379')
  redis.say('PING\r\n')
  expect(await redis.hear()).toBe('+PONG\r\n')
  expect(replayer.unplayed.map(({ request }) => request.url)).toEqual(['http://api.test/'])
  await expect(replayer.connector({ protocol: 'tcp', host: 'redis.test', port: 6379 }, {})).rejects.toMatchObject({
    code: 'NO_MATCH',
  })
})

test('a protocol over TLS replays with the facts of its TLS session', async () => {
  const recorder = new Recorder()
  await using server = await serveTls((socket) => {
    socket.write('hello\n')
    socket.on('data', (bytes: Buffer) => socket.end(bytes.toString().toUpperCase()))
  })
  const origin: Origin = { protocol: 'tls', host: 'localhost', port: server.port }
  const live = await shout(recorder.wrap(connectSocket), origin, server.ca)
  const replayed = await shout(new Replayer(recorder.cassette).connector, origin, '')
  expect(replayed).toEqual(live)
  expect(live).toMatchObject({ heard: 'hello\nWHAT?\n', tls: { authorized: true } })
  expect(live.tls).not.toHaveProperty('alpn')
  expect(recorder.cassette.tape[0]).toMatchObject({ type: 'open', to: `tls://localhost:${server.port}` })
})

async function shout(connector: Connector, origin: Origin, ca: string): Promise<{ heard: string; tls: unknown }> {
  const transport = await connector(origin, { tls: { ca } })
  let heard = ''
  for (let segment = await transport.read(); segment !== null; segment = await transport.read()) {
    heard += Buffer.from(segment).toString()
    if (heard === 'hello\n') await transport.write(Buffer.from('what?\n'))
  }
  transport.destroy()
  return { heard, tls: transport.info.tls }
}

test('a client that was written for sockets replays it, too', async () => {
  const { connector } = new Replayer(mailTape())
  const socket = toSocket(await connector({ protocol: 'tcp', host: 'mail.test', port: 25 }, {}))
  let heard = ''
  for await (const bytes of socket) {
    heard += String(bytes)
    if (heard.endsWith('220 mail.test\r\n')) socket.write('EHLO me\r\n')
    else socket.end()
  }
  expect(heard).toBe('220 mail.test\r\n250 mail.test\r\n221 bye\r\n')
})

function mailTape(): ReturnType<typeof oneConnection> {
  return oneConnection('tcp://mail.test:25', (connection) =>
    connection
      .received('220 mail.test\r\n')
      .sent('EHLO me\r\n')
      .received('250 mail.test\r\n')
      .ended('client')
      .received('221 bye\r\n')
      .ended('server'),
  )
}

async function liveMail(recorder: Recorder): Promise<{ heard: string[]; origin: Origin }> {
  await using server = await serve(mailServer)
  const origin = { ...MAIL, port: server.port }
  return { heard: await deliver(recorder.wrap(connectSocket), origin), origin }
}

/** As much of SMTP as it takes: a banner, replies of several lines, a message, and farewell when the client has said all. */
function mailServer(socket: Socket): void {
  let unread = ''
  let isInMessage = false
  socket.write('220 mail.test\r\n')
  socket.on('data', (bytes: Buffer) => {
    unread += bytes.toString('latin1')
    for (let end = unread.indexOf('\r\n'); end !== -1; end = unread.indexOf('\r\n')) {
      const line = unread.slice(0, end)
      unread = unread.slice(end + 2)
      if (isInMessage && line !== '.') continue
      isInMessage = line === 'DATA'
      socket.write(MAIL_REPLIES[line.split(' ')[0] ?? ''] ?? '500 what?\r\n')
    }
  })
  socket.on('end', () => socket.end('221 bye\r\n'))
}

const MAIL_REPLIES: Readonly<Record<string, string>> = {
  EHLO: '250-mail.test\r\n250 8BITMIME\r\n',
  MAIL: '250 ok\r\n',
  RCPT: '250 ok\r\n',
  DATA: '354 go on\r\n',
  '.': '250 taken\r\n',
}

/** All segments that came, one a reply. */
async function deliver(connector: Connector, origin: Origin): Promise<string[]> {
  const transport = await connector(origin, {})
  const heard: string[] = []
  const hear = async (): Promise<boolean> => {
    const segment = await transport.read()
    if (segment !== null) heard.push(Buffer.from(segment).toString('latin1'))
    return segment !== null
  }
  await hear()
  for (const command of ['EHLO me', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'DATA', 'Subject: \xe9\r\n\r\n..\r\n.']) {
    await transport.write(Buffer.from(`${command}\r\n`, 'latin1'))
    await hear()
  }
  transport.end()
  while (await hear());
  transport.destroy()
  return heard
}
