import type { Socket } from 'node:net'
import { expect, test } from '../helpers/test.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { afterPoll } from '../../src/client/socket-endings.ts'
import { attempt, endOf } from '../helpers/attempt.ts'
import { noteHandles } from '../helpers/handles.ts'
import { serve } from '../helpers/live-server.ts'
import { answer } from '../helpers/tape.ts'

const PIECES = ['one ', 'two ', 'three ', 'four ', 'five ', 'six ']
const BODY = PIECES.join('')

/** Takes an upload and answers piece by piece, each in a segment of its own; answers anything else at once. */
function onConnection(socket: Socket): void {
  let text = ''
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1')
    if (text.startsWith('GET')) socket.write(answer('fresh'))
    else if (text.endsWith('\r\n0\r\n\r\n')) void answerSlowly(socket)
    else return
    text = ''
  })
  socket.on('end', () => socket.end())
}

async function answerSlowly(socket: Socket): Promise<void> {
  const head = `HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\n\r\n`
  for (const segment of ['HTTP/1.1 103 Early Hints\r\n\r\n', head, ...PIECES]) {
    if (socket.writable) socket.write(segment)
    await afterPoll()
  }
}

test.describe('an exchange that is aborted (Q16)', () => {
  for (const [when, act] of [
    ['at once', (abort: () => void) => abort()],
    ['a turn later', (abort: () => void) => void setImmediate(abort)],
  ] as const) {
    test(`ends at any point, leaves nothing open, and the next one succeeds: ${when}`, async () => {
      const leftOpen = noteHandles()
      {
        await using server = await serve(onConnection)
        const ends = new Set<string>()
        for (let point = 0; point < 20; point += 1) {
          ends.add(await abortAt(server.port, point, act))
        }
        expect([...ends].toSorted()).toEqual(['ABORTED', 'complete'])
      }
      expect(await leftOpen()).toEqual([])
    })
  }
})

/** Aborts at the so-manieth thing that happens: a piece of the upload is asked for, or something of the answer has come. */
async function abortAt(port: number, point: number, act: (abort: () => void) => void): Promise<string> {
  const controller = new AbortController()
  let points = 0
  const pass = (): void => {
    if (points === point) act(() => controller.abort())
    points += 1
  }
  const upload = async function* (): AsyncGenerator<string, void, undefined> {
    for (const piece of PIECES) {
      pass()
      yield piece
    }
  }
  await using connection = HttpConnection.to(`http://127.0.0.1:${port}`, { onEvent: pass })
  const seen = await attempt(connection, 'POST', '/', { body: upload(), signal: controller.signal })
  const end = endOf(seen)
  const body = seen.body.toString()
  // What had come is given, and nothing else.
  expect(BODY.startsWith(body) && (end === 'ABORTED' || body === BODY), `${end} at ${point}: ${body}`).toBe(true)
  points = Infinity
  expect(String((await attempt(connection, 'GET', '/')).body)).toBe('fresh')
  return end
}

test.describe('requests after one that fails (Q18)', () => {
  for (const [what, first, ends] of [
    [
      'without an answer',
      undefined,
      ['CONNECTION_LOST ECONNRESET', 'CONNECTION_LOST ECONNRESET', 'CONNECTION_LOST ECONNRESET'],
    ],
    ['after its answer', answer('hello'), ['complete', 'CONNECTION_LOST ECONNRESET', 'CONNECTION_LOST ECONNRESET']],
  ] as const) {
    test(`fail without an answer, and nothing is sent twice: ${what}`, async () => {
      const heard: string[] = []
      let connections = 0
      await using server = await serve((socket) => {
        connections += 1
        socket.on('data', (bytes: Buffer) => {
          heard.push(...(bytes.toString('latin1').match(/(?:GET|POST) \/\d/g) ?? []))
          if (!heard.includes('GET /2')) return
          if (first === undefined) socket.resetAndDestroy()
          else socket.write(first, () => socket.resetAndDestroy())
        })
      })
      await using connection = HttpConnection.to(`http://127.0.0.1:${server.port}`)
      await connection.request('POST', '/0', { body: 'hello' })
      await connection.request('GET', '/1')
      await connection.request('GET', '/2')
      const seen = [0, 1, 2].map(() =>
        connection.getResponse().then(
          () => 'complete',
          (error) => endOf({ error }),
        ),
      )
      expect(await Promise.all(seen)).toEqual(ends)
      expect(heard).toEqual(['POST /0', 'GET /1', 'GET /2'])
      expect(connections).toBe(1)
    })
  }
})
