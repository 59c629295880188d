import { expect, test } from '../helpers/test.ts'
import type { RecordedConnection } from '../../src/interactions/interaction.ts'
import { loadProtocol } from '../../src/protocols/load.ts'
import type { Said } from '../../src/replay/spoken-exchange.ts'
import { readConversation } from '../../src/replay/spoken-recording.ts'
import type { Failure, TapeEvent } from '../../src/tape/cassette.ts'

/** A command of Redis as clients write it. */
const command = (text: string): string => {
  const words = text.split(' ')
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`
}

const sent = (at: number, ...commands: readonly string[]): TapeEvent => ({
  type: 'sent',
  connection: 3,
  at,
  bytes: Buffer.from(commands.map(command).join('')),
})
const received = (at: number, text: string): TapeEvent => ({
  type: 'received',
  connection: 3,
  at,
  bytes: Buffer.from(text),
})

/** `one|two @14+2 @16+4`: the parts of a message, and when each came and how long after the client's last bytes. */
function lineOf(said: Said): string {
  if (said.type === 'message') {
    const parts = said.parts.map(({ bytes }) => bytes.toString()).join('|')
    expect(said.bytes.toString()).toBe(parts.replaceAll('|', ''))
    return [parts.replaceAll('\r\n', '.'), ...said.parts.map(({ segment: { at, wait } }) => `@${at}+${wait}`)].join(' ')
  }
  const { action, at, wait } = said.step
  return `(${action.type === 'fail' ? action.failure.code : action.type}) @${at}+${wait}`
}

async function conversationOf(...events: readonly TapeEvent[]): Promise<ReturnType<typeof readConversation>> {
  const connection: RecordedConnection = {
    number: 3,
    origin: 'tcp://redis:6379',
    failure: undefined,
    tls: undefined,
    protocol: 'redis',
    took: 2,
    madeAt: 10,
    opening: { bytes: Buffer.alloc(0), steps: [], leaving: undefined },
    interactions: [],
    rest: undefined,
    events,
  }
  return readConversation(connection, await loadProtocol('redis'))
}

/** How the exchanges read: `3.1 INCR a 20-23: :1. @23+3`, with what the server said unasked behind `&`. */
async function linesOf(...events: readonly TapeEvent[]): Promise<readonly string[]> {
  const { exchanges } = await conversationOf(...events)
  return exchanges.map(({ connection, place, question, at, answeredAt, answer, behind }) =>
    [
      `${connection}.${place} ${question.text} ${at}-${answeredAt}:`,
      ...answer.map(lineOf),
      ...behind.map((said) => `& ${lineOf(said)}`),
    ].join(' '),
  )
}

const end = (by: 'client' | 'server'): TapeEvent => ({ type: 'end', connection: 3, at: 50, by })
const close = (by: 'client' | 'server', failure?: Failure): TapeEvent => ({
  type: 'close',
  connection: 3,
  at: 60,
  by,
  failure,
})

test.describe('a recorded conversation', () => {
  test('is what was asked, with the answers in the segments in which they came, and what was said unasked', async () => {
    expect(
      await linesOf(
        sent(12, 'hello 3'),
        received(14, '+OK\r\n'),
        sent(20, 'incr a', 'get b'),
        received(23, ':1\r\n$3\r\na'),
        received(25, 'bc\r\n>2\r\n+x\r\n:1\r\n'),
        sent(30, 'ping'),
        received(31, '+PONG\r\n>1\r\n+y\r\n'),
      ),
    ).toEqual([
      '3.0 HELLO 3 12-14: +OK. @14+2',
      '3.1 INCR a 20-23: :1. @23+3',
      '3.2 GET b 20-25: $3.a|bc. @23+3 @25+5 & >2.+x.:1. @25+5 & >1.+y. @31+1',
      '3.3 PING 30-31: +PONG. @31+1',
    ])
  })

  test('begins with what the server said before it was asked anything', async () => {
    const { connection, opening, exchanges } = await conversationOf(received(12, '>1\r\n+hi\r\n'), sent(20, 'get b'))
    expect([connection, opening.map(lineOf), exchanges.length]).toEqual([3, ['>1.+hi. @12+2'], 1])
    const cut = await conversationOf(received(12, '>1\r\n+h'), { type: 'end', connection: 3, at: 15, by: 'server' })
    expect(cut.opening.map(lineOf)).toEqual(['>1.+h @12+2', '(end) @15+5'])
  })

  test('was opened for the first question after the login, which was noticed as slowly as its steps', async () => {
    const { exchanges } = await conversationOf(
      sent(12, 'hello 3'),
      received(14, '+OK\r\n'),
      sent(19, 'select 1'),
      received(20, '+OK\r\n'),
      sent(90, 'incr a'),
      received(91, ':1\r\n'),
      sent(95, 'incr a'),
    )
    expect(exchanges.map(({ opening }) => opening)).toEqual([undefined, undefined, { at: 8, noticedAt: 25 }, undefined])
  })

  const LOST: Failure = { code: 'CONNECTION_LOST', phase: 'open', message: 'lost' }
  const LATE: Failure = { code: 'BODY_TIMEOUT', phase: 'open', message: 'late' }
  // oxfmt-ignore
  const ENDINGS: Readonly<Record<string, readonly [events: readonly TapeEvent[], answer: string, wait: number | undefined]>> = {
    'the server ends its side':             [[end('server')],                  ' : @44+4 (end) @50+10', undefined],
    'the server closes':                    [[close('server')],                ' : @44+4 (end) @60+20', undefined],
    'the server closes with a failure':     [[close('server', LOST)],          ' : @44+4 (CONNECTION_LOST) @60+20', undefined],
    'the client runs into a limit':         [[close('client', LATE)],          ' : @44+4 (BODY_TIMEOUT) @60+20', undefined],
    'the client has ended its side before': [[end('client'), close('server')], '', undefined],
    'the client closes':                    [[close('client')],                '', 16],
    'the client fails':                     [[close('client', LOST)],          '', 16],
  }
  for (const [what, [events, answer, wait]] of Object.entries(ENDINGS))
    test(`is played as far as it came where ${what}`, async () => {
      const all = [sent(40, 'incr c'), received(44, ':'), ...events]
      expect(await linesOf(...all)).toEqual([`3.0 INCR c 40-Infinity:${answer}`])
      const { exchanges } = await conversationOf(...all)
      expect(exchanges[0]?.leaving?.wait).toBe(wait)
    })

  test('has no client that left where all was answered', async () => {
    const { exchanges } = await conversationOf(sent(40, 'incr c'), received(44, ':1\r\n'), close('client'))
    expect(exchanges.map(({ leaving }) => leaving)).toEqual([undefined])
  })

  test('must be of the protocol', async () => {
    await expect(conversationOf(sent(12, 'get b'), received(14, 'HTTP/1.1 200 OK\r\n'))).rejects.toThrow(
      /what was said on connection 3 to tcp:\/\/redis:6379 is not redis: /,
    )
  })
})
