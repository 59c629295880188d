import { writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { expect, test } from '../helpers/test.ts'
import { createCertificate } from '../../demo/certificate.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { connectSocket } from '../../src/client/socket-connector.ts'
import { Recorder } from '../../src/recorder/recorder.ts'
import { serveCassette } from '../../src/serve/serve-cassette.ts'
import { curl, type Curled } from '../helpers/curl.ts'
import { serve } from '../helpers/live-server.ts'
import { serveTls } from '../helpers/tls-server.ts'
import { hasProgram, missing } from '../helpers/programs.ts'

test.beforeEach(() => test.skip(!hasProgram('curl'), missing('curl', 'curl')))

const BIG = Buffer.alloc(300_000, 'recorded ').toString('latin1')

/** What a server does once the request has come: segments, and how it ends; without an end the connection stays. */
interface Act {
  readonly method?: 'GET' | 'HEAD' | 'POST'
  readonly segments: readonly string[]
  readonly end?: 'fin' | 'reset'
  /** curl's exit code. */
  readonly code: number
}

// oxfmt-ignore
const ACTS: Readonly<Record<string, Act>> = {
  'a body with its length':          { segments: ['HTTP/1.1 200 Fine  \r\nx-ODD: a\r\nX-odd:b\r\nContent-Length: 5\r\n\r\n', 'he\0l\xff'], code: 0 },
  'chunks with extensions, trailers': { segments: ['HTTP/1.1 200 OK\r\nTRANSFER-encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5;a="b"\r\nhel', 'lo\r\n0a\r\n0123456789\r\n000\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n'], code: 0 },
  'interim responses':               { segments: ['HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n', 'HTTP/1.1 102 \r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!'], code: 0 },
  'no content':                      { segments: ['HTTP/1.1 204 No Content\r\nDate: never\r\n\r\n'], code: 0 },
  'HEAD':                            { method: 'HEAD', segments: ['HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n'], code: 0 },
  'POST':                            { method: 'POST', segments: ['HTTP/1.1 201 Created\r\nContent-Length: 0\r\nLocation: https://elsewhere.test/1\r\n\r\n'], code: 0 },
  'a body until the end':            { segments: ['HTTP/1.0 200 OK\r\n\r\n', 'first ', 'last'], end: 'fin', code: 0 },
  'much':                            { segments: [`HTTP/1.1 200 OK\r\nContent-Length: ${BIG.length}\r\n\r\n`, BIG], code: 0 },
  'an end before the end':           { segments: ['HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n', 'cut'], end: 'fin', code: 18 },
  'an end within a chunk':           { segments: ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe'], end: 'fin', code: 18 },
  'an end without a word':           { segments: [], end: 'fin', code: 52 },
  'a reset in the body':             { segments: ['HTTP/1.1 200 OK\r\nContent-Length: 20001\r\n\r\n', BIG.slice(0, 20_000)], end: 'reset', code: 56 },
  'a reset without a word':          { segments: [], end: 'reset', code: 56 },
  'what is no HTTP':                 { segments: ['SSH-2.0-OpenSSH_9.6\r\n'], end: 'fin', code: 1 },
}

for (const [name, act] of Object.entries(ACTS)) {
  test(`curl gets the same as live: ${name}`, async () => {
    const recorder = new Recorder()
    const live = await (async () => {
      await using server = await serve((socket) => play(act, socket))
      const url = `http://127.0.0.1:${server.port}/a?b=c`
      await record(url, act, recorder)
      return await ask(act, url)
    })()
    await using served = await serveCassette(recorder.cassette)
    expect(await ask(act, `${served.url}/a?b=c`)).toEqual(live)
    expect(live.code).toBe(act.code)
    expect(live.stdout).toBe(act.method === 'HEAD' ? act.segments[0] : act.code === 1 ? '' : act.segments.join(''))
    expect(served.replayer.allPlayed).toBe(true)
  })
}

for (const name of [
  'chunks with extensions, trailers',
  'an end before the end',
  'a reset in the body',
  'a body until the end',
]) {
  const act = ACTS[name]
  test(`curl gets the same as live over TLS, under the recorded URL: ${name}`, async ({}, info) => {
    if (act === undefined) return
    const certificate = await createCertificate()
    const recorder = new Recorder()
    const live = await (async () => {
      const carriers: Socket[] = []
      await using server = await serveTls(
        (socket) => play(act, socket, carriers.at(-1)),
        certificate,
        (carrier) => carriers.push(carrier),
      )
      const url = `https://localhost:${server.port}/a?b=c`
      await record(url, act, recorder, certificate.cert)
      return {
        url,
        port: server.port,
        ...(await ask(act, url, '--cacert', await pem(info.outputPath('live.pem'), certificate.cert))),
      }
    })()
    await using served = await serveCassette(recorder.cassette, { tls: true })
    const trusted = await pem(info.outputPath('served.pem'), served.certificate ?? '')
    const { code, stdout } = await ask(
      act,
      live.url,
      '--cacert',
      trusted,
      '--connect-to',
      `localhost:${live.port}:127.0.0.1:${served.port}`,
    )
    expect({ code, stdout }).toEqual({ code: live.code, stdout: live.stdout })
    expect(live).toMatchObject({ code: act.code, stdout: act.segments.join('') })
    expect(served.replayer.allPlayed).toBe(true)
  })
}

async function pem(path: string, text: string): Promise<string> {
  await writeFile(path, text)
  return path
}

const ask = ({ method = 'GET' }: Act, ...args: readonly string[]): Promise<Curled> => {
  const how = method === 'HEAD' ? ['-I'] : method === 'POST' ? ['-d', BODY, '-H', 'Expect:'] : []
  return curl(...how, ...args)
}

const BODY = '{"a":[1]}'

/** Does what `act` says once a request has come. */
function play(parts: Act, socket: Socket, carrier = socket): void {
  let received = ''
  socket.on('data', (bytes: Buffer) => {
    received += bytes.toString('latin1')
    if (!/\r\n\r\n(?:\{"a":\[1\]\})?$/.test(received) || (received.startsWith('POST') && !received.endsWith(BODY)))
      return
    received = ''
    void perform(parts, socket, carrier)
  })
  socket.on('end', () => socket.end())
}

async function perform({ segments, end }: Act, socket: Socket, carrier: Socket): Promise<void> {
  for (const segment of segments) {
    await new Promise((resolve) => socket.write(segment, 'latin1', resolve))
    await new Promise(setImmediate)
  }
  if (end === 'fin') socket.end()
  if (end === 'reset') carrier.resetAndDestroy()
}

/** Makes the request with our client, whatever comes of it. */
async function record(url: string, { method = 'GET' }: Act, recorder: Recorder, ca?: string): Promise<void> {
  await using connection = HttpConnection.to(url, { connector: recorder.wrap(connectSocket), tls: { ca } })
  try {
    await connection.request(method, '/a?b=c', method === 'POST' ? { body: BODY } : {})
    await (await connection.getResponse()).bytes()
  } catch {
    // What went wrong is on the tape.
  }
}
