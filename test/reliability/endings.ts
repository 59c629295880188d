import type { Socket } from 'node:net'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { afterPoll } from '../../src/client/socket-endings.ts'
import { attempt, endOf } from '../helpers/attempt.ts'
import { type LiveServer, serve } from '../helpers/live-server.ts'

/** How a server breaks off: right after the bytes, or when they may have been read. */
export type Ending = 'FIN' | 'RST' | 'later-FIN' | 'later-RST'

/** An answer in pieces: framing as it is, what is given to the caller of the body in its second place. */
export interface EndingCase {
  readonly name: string
  readonly method: string
  readonly pieces: readonly (string | readonly ['body', string])[]
  /** The body ends where the connection does. */
  readonly isUntilClose?: true
}

const ENDINGS: readonly Ending[] = ['FIN', 'RST', 'later-FIN', 'later-RST']

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`
const body = (text: string): readonly ['body', string] => ['body', text]
const chunk = (text: string, extension = ''): EndingCase['pieces'] => [
  `${text.length.toString(16)}${extension}\r\n`,
  body(text),
  '\r\n',
]
const get = (name: string, ...pieces: EndingCase['pieces']): EndingCase => ({ name, method: 'GET', pieces })
const to = (method: string, name: string, ...pieces: EndingCase['pieces']): EndingCase => ({ name, method, pieces })
const untilClose = (name: string, ...pieces: EndingCase['pieces']): EndingCase => ({
  ...get(name, ...pieces),
  isUntilClose: true,
})

/** Thirty answers, with every kind of framing. */
export const ENDING_CASES: readonly EndingCase[] = [
  get('a length', `${OK}Content-Length: 5\r\n\r\n`, body('hello')),
  get('a length of 0', `${OK}Content-Length: 0\r\n\r\n`),
  get('a length with leading zeros', `${OK}Content-Length: 0005\r\n\r\n`, body('hello')),
  get('Connection: close', `${OK}Connection: close\r\nContent-Length: 5\r\n\r\n`, body('hello')),
  get('HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n', body('hello')),
  get('HTTP/1.0, kept alive', 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\n', body('hello')),
  get('no reason', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n', body('ok')),
  get('a blank line before', '\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n', body('ok')),
  get('bytes above 0x7f', `${OK}X: \xe9\r\nContent-Length: 3\r\n\r\n`, body('\x00\xff\r')),
  get('a body like an answer', `${OK}Content-Length: 38\r\n\r\n`, body('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')),
  get('a 404', 'HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\n', body('none')),
  get('a 206', 'HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\n', body('he')),
  get('204', 'HTTP/1.1 204 No Content\r\n\r\n'),
  get('304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'),
  to('HEAD', 'HEAD with a length', `${OK}Content-Length: 5\r\n\r\n`),
  to('HEAD', 'HEAD, chunked', CHUNKED),
  to('HEAD', 'HEAD without either', `${OK}\r\n`),
  to('POST', 'an answer to POST', `${OK}Content-Length: 5\r\n\r\n`, body('hello')),
  get('100 before', 'HTTP/1.1 100 Continue\r\n\r\n', `${OK}Content-Length: 5\r\n\r\n`, body('hello')),
  get(
    '103 twice',
    ...['A', 'B'].map((name) => `HTTP/1.1 103 Hi\r\nLink: ${name}\r\n\r\n`),
    `${OK}Content-Length: 0\r\n\r\n`,
  ),
  get('one chunk', CHUNKED, ...chunk('hello'), '0\r\n\r\n'),
  get('three chunks', CHUNKED, ...chunk('one'), ...chunk(' and '), ...chunk('two'), '0\r\n\r\n'),
  get('a chunk of two digits', CHUNKED, ...chunk('x'.repeat(20)), '0\r\n\r\n'),
  get('no chunk', CHUNKED, '0\r\n\r\n'),
  get('chunk extensions', CHUNKED, ...chunk('hello', ';a;b="c;d"'), '0;e=f\r\n\r\n'),
  get('trailers', CHUNKED, ...chunk('hello'), '0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n'),
  get('chunked, HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', ...chunk('hello'), '0\r\n\r\n'),
  untilClose('until close', `${OK}\r\n`, body('hello')),
  untilClose('until close, HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\n', body('hello')),
  untilClose('until close, nothing', `${OK}Connection: close\r\n\r\n`),
]

/** Every case, broken off before each of its bytes and behind the last, in every way. */
export const EVERY_ENDING: readonly Broken[] = ENDING_CASES.flatMap((one) =>
  Array.from({ length: textOf(one).length + 1 }, (_, at) => ENDINGS.map((ending) => ({ one, at, ending }))).flat(),
)

export interface Broken {
  readonly one: EndingCase
  /** Bytes before the end. */
  readonly at: number
  readonly ending: Ending
}

/** A server that answers as a path asks for: `/<case>/<bytes>/<ending>`. */
export function serveEndings(): Promise<LiveServer> {
  return serve((socket) => {
    socket.once('data', (bytes: Buffer) => {
      const [, number, at, ending] = /^\S+ \/(\d+)\/(\d+)\/(\S+) /.exec(bytes.toString('latin1')) ?? []
      const one = ENDING_CASES[Number(number)]
      if (one !== undefined) void breakOff(socket, textOf(one).slice(0, Number(at)), ending)
    })
  })
}

/** What is wrong with what a client makes of it; `undefined`: nothing. */
export async function tryEnding(port: number, broken: Broken): Promise<string | undefined> {
  const { one, at, ending } = broken
  await using connection = new HttpConnection({ host: '127.0.0.1', port })
  const seen = await attempt(connection, one.method, `/${ENDING_CASES.indexOf(one)}/${at}/${ending}`)
  const found = `${endOf(seen)}, ${JSON.stringify(seen.body.toString('latin1'))}`
  const expected = `${expectedEnd(broken)}, ${JSON.stringify(bodyBefore(one, at))}`
  return found === expected ? undefined : `${one.name}, ${ending} after ${at}: ${found}, not ${expected}`
}

function expectedEnd({ one, at, ending }: Broken): string {
  const { length } = textOf(one)
  // Only the end of the connection can complete a body that has no other end.
  if (one.isUntilClose === true) {
    const head = length - bodyBefore(one, length).length
    if (ending.endsWith('FIN') && at >= head) return 'complete'
  } else if (at === length) return 'complete'
  if (ending.endsWith('RST')) return 'CONNECTION_LOST ECONNRESET'
  return at === 0 ? 'EMPTY_RESPONSE at 0' : `PREMATURE_EOF at ${at}`
}

/** The part of the body that lies in the first bytes. */
function bodyBefore({ pieces }: EndingCase, bytes: number): string {
  let given = ''
  let left = bytes
  for (const piece of pieces) {
    const text = typeof piece === 'string' ? piece : piece[1]
    if (typeof piece !== 'string') given += text.slice(0, Math.max(0, left))
    left -= text.length
  }
  return given
}

function textOf({ pieces }: EndingCase): string {
  return pieces.map((piece) => (typeof piece === 'string' ? piece : piece[1])).join('')
}

async function breakOff(socket: Socket, text: string, ending = ''): Promise<void> {
  if (text !== '') await new Promise((resolve) => socket.write(Buffer.from(text, 'latin1'), resolve))
  if (ending.startsWith('later')) await afterPoll()
  if (ending.endsWith('FIN')) socket.end()
  else socket.resetAndDestroy()
}
