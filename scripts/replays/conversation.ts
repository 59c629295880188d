import type { Cassette } from '../../src/tape/cassette.ts'
import { answer, request, TapeWriter } from '../../test/helpers/tape.ts'

/** One task of a client, on a connection that may have been used before. */
export interface Errand {
  readonly method: string
  readonly target: string
  readonly body?: string
  /** Whether it needs a connection of its own, because its answer ends the connection. */
  readonly endsConnection?: boolean
}

export const ORIGIN = 'http://api.test'

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const RESET = { code: 'CONNECTION_LOST', phase: 'body', systemCode: 'ECONNRESET', message: '' } as const

/** The answers of the server, and how they end, by target. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  plain: [answer('hello')],
  empty: ['HTTP/1.1 204 No Content\r\n\r\n'],
  pieces: ['HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhel', 'lo w', 'orld'],
  chunks: [CHUNKED, '5;a=b\r\nhello\r\n', '6\r\n world\r\n0\r\nX-Sum: 11\r\n\r\n'],
  interim: ['HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n', answer('late')],
  text: [answer('Zo\xc3\xab \xe6\xbc\xa2\xe5\xad\x97')],
}
const LAST_ANSWERS: Readonly<
  Record<string, { readonly says: readonly string[]; readonly by: 'fin' | 'reset' | 'silence' }>
> = {
  'until-close': { says: ['HTTP/1.1 200 OK\r\n\r\nall', ' of it'], by: 'fin' },
  cut: { says: ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'], by: 'fin' },
  reset: { says: [`${CHUNKED}4\r\nhalf\r\n`], by: 'reset' },
  silence: { says: ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'], by: 'silence' },
  garbage: { says: [`${CHUNKED}xyz\r\n`], by: 'fin' },
}

/** The tasks of one client, in any order; no two clients request the same. */
export function errandsOf(client: number): Errand[] {
  const on = (target: string): string => `/${client}/${target}`
  return [
    ...Object.keys(ANSWERS).map((name): Errand => ({ method: 'GET', target: on(name) })),
    ...Object.keys(LAST_ANSWERS).map((name): Errand => ({ method: 'GET', target: on(name), endsConnection: true })),
    { method: 'HEAD', target: on('plain') },
    { method: 'POST', target: on('json'), body: `{"client":${client},"tags":["a","b"]}` },
    { method: 'PUT', target: on('form'), body: `client=${client}&q=a+b` },
  ]
}

/** The answers to all tasks of this many clients. */
export function recordingFor(clients: number): Cassette {
  const tape = new TapeWriter()
  for (let client = 0; client < clients; client += 1) {
    const kept = tape.open(ORIGIN)
    for (const { method, target, body, endsConnection } of errandsOf(client)) {
      const name = target.split('/').at(-1) ?? ''
      const asked = request(method, target, body)
      if (endsConnection !== true) {
        kept.sent(asked).received(...saysTo(method, name, target))
        continue
      }
      const { says = [], by = 'fin' } = LAST_ANSWERS[name] ?? {}
      const own = tape
        .open(ORIGIN)
        .sent(asked)
        .received(...says)
      if (by === 'fin') own.ended('server')
      if (by === 'reset') own.closed('server', RESET)
    }
  }
  return tape.cassette
}

function saysTo(method: string, name: string, target: string): readonly string[] {
  if (method === 'HEAD') return ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n']
  return ANSWERS[name] ?? [answer(`done ${target}`, '201 Created')]
}
