import { HttpConnection } from '../../src/client/http-connection.ts'
import { VirtualClock } from '../../src/clock.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import { readExchanges } from '../../src/messages/exchanges.ts'
import type { Connector } from '../../src/transport.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { request, TapeWriter } from '../helpers/tape.ts'

const ORIGIN = 'http://api.test'

/** A planted bug: what the server said where, and what the client makes of it. */
export interface Bug {
  readonly name: string
  readonly cassette: Cassette
  /** What the client does with the whole cassette, request by request; returns how it fails. */
  readonly failing: (cassette: Cassette) => Promise<string | undefined>
  /** Something that must still be on the cassette. */
  readonly clue: RegExp
  readonly mostInteractions: number
}

/** An item as most answers hold one: JSON, some headers, chunked or not, in one segment or several. */
function item(number: number, { headers = [], json = {}, extension = '' }: Extra = {}): readonly string[] {
  const body = JSON.stringify({
    id: number,
    name: `item ${number}`,
    tags: ['a', 'b'],
    price: { amount: 12, unit: 'EUR' },
    ...json,
  })
  const head = [
    'HTTP/1.1 200 OK',
    'Content-Type: application/json',
    `X-Number: ${number}`,
    'Cache-Control: no-store',
    ...headers,
  ]
  if (extension === '' && number % 3 !== 0)
    return [`${[...head, `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`]
  const half = body.length >> 1
  return [
    `${[...head, 'Transfer-Encoding: chunked'].join('\r\n')}\r\n\r\n`,
    chunk(body.slice(0, half), extension),
    `${chunk(body.slice(half))}0\r\n\r\n`,
  ]
}

const chunk = (text: string, more = ''): string => `${text.length.toString(16)}${more}\r\n${text}\r\n`

interface Extra {
  readonly headers?: readonly string[]
  readonly json?: object
  readonly extension?: string
}

/** `count` interactions on five connections, with other answers in some places. */
function session(
  count: number,
  special: ReadonlyMap<number, (tape: TapeWriter) => readonly string[] | undefined>,
): Cassette {
  const tape = new TapeWriter()
  const connections = Array.from({ length: 5 }, () => tape.open(ORIGIN))
  for (let number = 0; number < count; number += 1) {
    const segments = special.has(number) ? special.get(number)?.(tape) : item(number)
    if (segments === undefined) continue
    connections[number % 5]?.sent(request('GET', `/items/${number}`, '', ['Accept: */*'])).received(...segments)
  }
  for (const connection of connections) connection.closed('client')
  return tape.cassette
}

/** Asks for every item that is on the cassette, in the order of their numbers. */
async function* answers(cassette: Cassette): AsyncGenerator<Answer> {
  const numbers = readExchanges(cassette).exchanges.map(({ request: { target } }) => Number(target.split('/').at(-1)))
  let seen: string[] = []
  const clock = new VirtualClock()
  const { connector } = new Replayer(cassette, { timing: clock })
  const watched: Connector = async (origin, options) => {
    const transport = await connector(origin, options)
    const read = async (): Promise<Uint8Array | null> => {
      const bytes = await transport.read()
      if (bytes !== null) seen.push(Buffer.from(bytes).toString('latin1'))
      return bytes
    }
    const { info } = transport
    return {
      info,
      read,
      write: (bytes) => transport.write(bytes),
      end: () => transport.end(),
      destroy: (error) => transport.destroy(error),
    }
  }
  let connection = new HttpConnection({ host: 'api.test', port: 80, connector: watched, clock })
  for (const number of numbers.toSorted((one, other) => one - other)) {
    seen = []
    try {
      await connection.request('GET', `/items/${number}`)
      const response = await connection.getResponse()
      const text = await response.text()
      yield { number, segments: seen, text, headers: response.headers, error: undefined }
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
      yield { number, segments: seen, text: '', headers: undefined, error: code }
      await connection.close()
      connection = new HttpConnection({ host: 'api.test', port: 80, connector: watched, clock })
    }
  }
  await connection.close()
}

interface Answer {
  readonly number: number
  readonly segments: readonly string[]
  readonly text: string
  readonly headers: { get(name: string): string | undefined } | undefined
  readonly error: string | undefined
}

const VERSIONS = { 140: 'v1', 261: 'v2' } as const

const first = async (
  cassette: Cassette,
  judge: (answer: Answer) => string | undefined,
): Promise<string | undefined> => {
  for await (const answer of answers(cassette)) {
    const failure = judge(answer)
    if (failure !== undefined) return failure
  }
  return undefined
}

/** The six kinds of row R26, in `count` interactions. */
export function plantedBugs(count: number): readonly Bug[] {
  const at = (count * 3) >> 2
  const reset = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 400\r\n\r\n${'x'.repeat(137)}`
  const [early, late] = [count >> 2, count >> 1]
  return [
    {
      name: 'one header',
      cassette: session(count, new Map([[at, () => item(at, { headers: ['X-Retry: soon'] })]])),
      failing: (cassette) =>
        first(cassette, ({ headers }) =>
          Number.isNaN(Number(headers?.get('X-Retry') ?? 0)) ? 'X-Retry is no number' : undefined,
        ),
      clue: /X-Retry/,
      mostInteractions: 1,
    },
    {
      name: 'one segment cut',
      cassette: session(
        count,
        new Map([
          [
            at,
            () => {
              const text = Buffer.from(`{"id":${at},"name":"Zo\u00eb","note":"long enough"}`).toString('latin1')
              const head = `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n`
              const middle = text.indexOf('\xc3') + 1
              return [`${head}${text.slice(0, middle)}`, text.slice(middle)]
            },
          ],
        ]),
      ),
      // A client that decodes segment by segment.
      failing: (cassette) =>
        first(cassette, ({ segments }) =>
          segments.some((segment) => Buffer.from(segment, 'latin1').toString().includes('\ufffd'))
            ? 'a character is cut'
            : undefined,
        ),
      clue: /\xc3/,
      mostInteractions: 1,
    },
    {
      name: 'one chunk extension',
      cassette: session(count, new Map([[at, () => item(at, { extension: ';sig=ab12' })]])),
      failing: (cassette) =>
        first(cassette, ({ segments }) => (/\r\n[\da-f]+;sig=/.test(segments.join('')) ? 'bad chunk size' : undefined)),
      clue: /;sig=/,
      mostInteractions: 1,
    },
    {
      name: 'reset offset',
      cassette: session(
        count,
        new Map([
          [
            at,
            (tape) => {
              tape
                .open(ORIGIN)
                .sent(request('GET', `/items/${at}`, '', ['Accept: */*']))
                .received(reset)
                .closed('server', {
                  code: 'CONNECTION_LOST',
                  phase: 'body',
                  systemCode: 'ECONNRESET',
                  message: 'read ECONNRESET',
                })
              return undefined
            },
          ],
        ]),
      ),
      // A client whose buffer has just this size.
      failing: (cassette) =>
        first(cassette, ({ error, segments }) =>
          error === 'CONNECTION_LOST' && segments.join('').split('\r\n\r\n')[1]?.length === 137 ? error : undefined,
        ),
      clue: /Content-Length/,
      mostInteractions: 1,
    },
    {
      name: 'order of two answers',
      cassette: session(
        count,
        new Map([
          [early, () => item(early, { json: { version: VERSIONS[261] } })],
          [late, () => item(late, { json: { version: VERSIONS[140] } })],
        ]),
      ),
      failing: async (cassette) => {
        const versions: string[] = []
        for await (const { text } of answers(cassette)) {
          const version = /"version":"(v\d)"/.exec(text)?.[1]
          if (version !== undefined) versions.push(version)
        }
        return versions.join() === 'v2,v1' ? 'an older version comes after a newer one' : undefined
      },
      clue: /v2[^]*v1/,
      mostInteractions: 2,
    },
    {
      name: 'one JSON field',
      cassette: session(count, new Map([[at, () => item(at, { json: { price: { amount: '12', unit: 'EUR' } } })]])),
      failing: (cassette) =>
        first(cassette, ({ text }) => {
          try {
            const { price }: { readonly price?: { readonly amount?: unknown } } = JSON.parse(text)
            return typeof price?.amount === 'string' ? 'amount is no number' : undefined
          } catch {
            return undefined
          }
        }),
      clue: /"price":\{"amount":"/,
      mostInteractions: 1,
    },
  ]
}
