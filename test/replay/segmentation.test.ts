import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import type { Cassette } from '../../src/tape/cassette.ts'
import type { Step } from '../../src/interactions/interaction.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { WiretapeError } from '../../src/errors.ts'
import type { ResponseEvent } from '../../src/http1/events.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import { cutBy } from '../../src/replay/cutting.ts'
import type { Segmentation } from '../../src/replay/segmentation.ts'
import { Dialogue } from '../helpers/dialogue.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { every } from '../helpers/share.ts'
import { answer, oneConnection, request, TapeWriter } from '../helpers/tape.ts'
import { formatEvent, joinData } from '../helpers/trace.ts'
import { type WireCase, wireCases } from '../helpers/wire.ts'
import { runCase } from '../helpers/wire-client.ts'

const API = 'http://api.test'
const RESET = { code: 'CONNECTION_LOST', phase: 'open', systemCode: 'ECONNRESET', message: 'read ECONNRESET' } as const
const SEGMENTATIONS: readonly Segmentation[] = [
  'coalesced',
  'boundaries',
  'bytewise',
  { seed: 1 },
  { seed: 2 },
  { seed: -7 },
]

/** What follows from one write of the client, in latin-1. */
function cut(segmentation: Segmentation, ...segments: readonly string[]): string[] {
  const steps = segments.map(stepOf)
  return [...cutBy(segmentation)(steps)].map(textOf)
}

const stepOf = (text: string, index: number): Step => ({
  after: undefined,
  action: text === '(end)' ? { type: 'end' } : { type: 'segment', bytes: Buffer.from(text, 'latin1') },
  at: index,
  wait: index,
})

const textOf = ({ action }: Step): string =>
  action.type === 'segment' ? Buffer.from(action.bytes).toString('latin1') : `(${action.type})`

test.describe('segmentation', () => {
  test('coalesced joins what follows from one write, up to an ending', () => {
    expect(cut('coalesced', 'HTTP/1.1 200', ' OK\r\n', '\r\n', 'hello', '(end)')).toEqual([
      'HTTP/1.1 200 OK\r\n\r\nhello',
      '(end)',
    ])
  })

  test('bytewise gives one byte a segment', () => {
    expect(cut('bytewise', 'abc', 'd', '(end)')).toEqual(['a', 'b', 'c', 'd', '(end)'])
  })

  test('boundaries cuts around CR and LF, and before a status line', () => {
    expect(cut('boundaries', 'HTTP/1.1 200 OK\r\n\r', '\nhelloHTTP/1.1 204', ' X')).toEqual([
      'HTTP/1.1 200 OK',
      '\r',
      '\n',
      '\r',
      '\n',
      'hello',
      'HTTP/1.1 204 X',
    ])
  })

  test('with a seed cuts the same bytes alike every time, and otherwise with another seed', () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
    const cuts = [1, 1, 2, 3].map((seed) => cut({ seed }, text))
    expect(cuts[0]).toEqual(cuts[1])
    expect(new Set(cuts.map((pieces) => pieces.join('|'))).size).toBe(3)
    // However the bytes were recorded.
    expect(cut({ seed: 1 }, text.slice(0, 20), text.slice(20))).toEqual(cuts[0])
  })

  test('never changes the bytes, their order or where an ending stands', () => {
    const told = fc.array(fc.oneof(fc.string({ unit: 'binary-ascii', minLength: 1 }), fc.constant('(end)')))
    const some = fc.oneof(fc.constantFrom(...SEGMENTATIONS), fc.record({ seed: fc.integer() }))
    fc.assert(
      fc.property(told, some, (segments, segmentation) => {
        const pieces = cut(segmentation, ...segments)
        expect(pieces).not.toContain('')
        expect(pieces.join('')).toBe(segments.join(''))
      }),
    )
  })

  test('gives each piece the time of the recorded segment that brought its last byte', () => {
    const steps = ['ab', 'cd', 'ef'].map(stepOf)
    expect(Array.from(cutBy('coalesced')(steps), ({ at }) => at)).toEqual([2])
    expect(Array.from(cutBy('bytewise')(steps), ({ at }) => at)).toEqual([0, 0, 1, 1, 2, 2])
  })

  for (const segmentation of ['bytes', 'toString', { seed: 0.5 }, {}]) {
    test(`refuses ${JSON.stringify(segmentation)}`, () => {
      const cassette = oneConnection(API, () => {})
      // @ts-expect-error A caller without types.
      expect(() => new Replayer(cassette, { segmentation })).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION' }),
      )
    })
  }

  test('keeps to causal order: nothing comes before the client bytes that it followed', async () => {
    const cassette = oneConnection(API, (it) =>
      it
        .sent(request('POST', '/', 'hello', ['Expect: 100-continue']).slice(0, -5))
        .received('HTTP/1.1 100 Continue\r\n\r\n')
        .sent('hello')
        .received(answer('ok')),
    )
    for (const segmentation of SEGMENTATIONS) {
      const client = await Dialogue.with(new Replayer(cassette, { segmentation }))
      client.say(request('POST', '/', 'hello', ['Expect: 100-continue']).slice(0, -5))
      expect((await client.hearAll()).join('')).toBe('HTTP/1.1 100 Continue\r\n\r\n')
      client.say('hello')
      expect((await client.hearAll()).join('')).toBe(answer('ok'))
    }
  })
})

/** A request, what the server says to it in recorded segments, and how the connection goes on. */
type Exchange = readonly [method: string, segments: readonly string[], ending?: 'end' | 'reset']

const targetOf = (name: string): string => `/${encodeURIComponent(name)}`

const HEAD = 'HTTP/1.1 200 OK\r\n'
// oxfmt-ignore
const FRAMINGS: Readonly<Record<string, Exchange>> = {
  'length':              ['GET', [`${HEAD}Content-Le`, 'ngth: 5\r\n\r', '\nhe', 'llo']],
  'chunked':             ['GET', [`${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r`, '\nhello\r\n1', '0;a="b"\r\n0123456789abcdef\r\n0\r\nX-Sum: 1\r\n', '\r\n']],
  'until close':         ['GET', [`${HEAD}\r\nto the\r\n`, '\r\nend'], 'end'],
  'no body':             ['GET', ['HTTP/1.1 204 No Content\r\n\r\n']],
  'to HEAD':             ['HEAD', [`${HEAD}Content-Length: 5\r\n\r\n`]],
  'interim':             ['GET', ['HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r', `\n${HEAD}Content-Length: 1\r\n\r\nx`]],
  'reset in the body':   ['GET', [`${HEAD}Content-Length: 5\r\n\r\nhel`], 'reset'],
  'end inside a chunk':  ['GET', [`${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhe`], 'end'],
  'a chunk-size of z':   ['GET', [`${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nz\r\n`]],
  'no HTTP at all':      ['GET', ['220 mail.test\r\n'], 'end'],
}

test.describe('time is linear in the bytes of an answer', () => {
  const cases: readonly (readonly [segmentation: Segmentation, byte: string])[] = [
    ['bytewise', 'x'],
    ['boundaries', '\n'],
  ]
  for (const [segmentation, byte] of cases) {
    test(`for ${JSON.stringify(segmentation)}`, async () => {
      await timeOf(segmentation, byte, 10_000)
      const lengths = [40_000, 160_000]
      // The shortest of several runs is the one that the machine disturbed least; one that is good is enough.
      const times = await shortest(6, lengths, isLinear, (length) => timeOf(segmentation, byte, length))
      expect(isLinear(times), times.join(' and ')).toBe(true)
    })
  }

  test('for the parts of a segment that brought 20,000 pipelined answers', async () => {
    const bytes = Buffer.alloc(200_000, 'x')
    const timeFor = (parts: number): number => {
      const steps = Array.from({ length: parts }, (_, index): Step => {
        const action = { type: 'segment', bytes: bytes.subarray(index * 10, index * 10 + 10), of: bytes } as const
        return { after: undefined, at: 0, wait: 0, action }
      })
      const before = process.cpuUsage()
      expect([...cutBy('recorded')(steps)].map(textOf)).toEqual(['x'.repeat(parts * 10)])
      return cpuSince(before)
    }
    timeFor(20_000)
    const times = await shortest(6, [5_000, 20_000], isLinear, timeFor)
    expect(isLinear(times), times.join(' and ')).toBe(true)
  })
})

/** Of an answer and one of four times the bytes: quadratic time would be 16, and what is beyond 4 is the garbage collector's. */
const isLinear = ([once = 0, four = 0]: readonly number[]): boolean => four / once < 9

/** Milliseconds of the processor until the client has read an answer of such bytes: other programs take none of these. */
async function timeOf(segmentation: Segmentation, byte: string, length: number): Promise<number> {
  const body = answer(byte.repeat(length))
  const cassette = oneConnection(API, (it) => it.sent(request('GET', '/')).received(body))
  const { transport } = await Dialogue.with(new Replayer(cassette, { segmentation }))
  const before = process.cpuUsage()
  void transport.write(Buffer.from(request('GET', '/')))
  for (let left = body.length; left > 0;) left -= (await transport.read())?.length ?? Infinity
  return cpuSince(before)
}

/** Milliseconds. */
function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

async function shortest(
  runs: number,
  lengths: readonly number[],
  isEnough: (times: readonly number[]) => boolean,
  timeFor: (length: number) => number | Promise<number>,
): Promise<number[]> {
  const best = lengths.map(() => Infinity)
  for (let run = 0; run < runs && !isEnough(best); run += 1)
    for (const [index, length] of lengths.entries())
      best[index] = Math.min(best[index] ?? Infinity, await timeFor(length))
  return best
}

test.describe('a cassette of 10 interactions with all framings', () => {
  const tape = new TapeWriter()
  for (const [name, [method, segments, ending]] of Object.entries(FRAMINGS)) {
    const connection = tape
      .open(API)
      .sent(request(method, targetOf(name)))
      .received(...segments)
    if (ending === 'end') connection.ended('server')
    if (ending === 'reset') connection.closed('server', RESET)
  }

  test('gives one result in all segmentations', async () => {
    const recorded = await playAll(tape.cassette, 'recorded')
    expect(recorded.filter((line) => /^[A-Z_]{8,} /.test(line))).toHaveLength(4)
    for (const segmentation of SEGMENTATIONS) expect(await playAll(tape.cassette, segmentation)).toEqual(recorded)
  })
})

/** Every event and error of every exchange, adjacent data joined. */
async function playAll(cassette: Cassette, segmentation: Segmentation): Promise<string[]> {
  const { connector } = new Replayer(cassette, { segmentation })
  const lines: string[] = []
  for (const [name, [method]] of Object.entries(FRAMINGS)) {
    const events: ResponseEvent[] = []
    await using connection = HttpConnection.to(API, { connector, onEvent: (event) => void events.push(event) })
    await connection.request(method, targetOf(name))
    const error = await connection
      .getResponse()
      .then((response) => response.bytes())
      .then(String, describe)
    lines.push(name, ...joinData(events).map(formatEvent), error)
  }
  return lines
}

const describe = (error: unknown): string =>
  error instanceof WiretapeError ? `${error.code} ${error.message}` : String(error)

test.describe('a wire fixture gives the same in all segmentations', () => {
  for (const wireCase of every(4, wireCases())) {
    if (wireCase.to === undefined) continue
    test(`${wireCase.name} (${wireCase.file})`, async () => {
      const cassette = cassetteOf(wireCase)
      const play = async (segmentation: Segmentation): Promise<readonly string[]> => {
        const { connector } = new Replayer(cassette, { segmentation })
        return (await runCase(wireCase, connector, 80, { isReplay: true })).trace
      }
      const recorded = await play('recorded')
      for (const segmentation of SEGMENTATIONS) {
        // Byte by byte through the whole client, a long case takes seconds; the parser's own tests cut it so, too.
        if (segmentation === 'bytewise' && wireCase.bytes.length > 20_000) continue
        expectEqual(await play(segmentation), recorded, JSON.stringify(segmentation))
      }
    })
  }
})

const cassetteOf = ({ to = [], bytes, eof }: WireCase): Cassette =>
  oneConnection('http://127.0.0.1', (it) => {
    for (const method of to) it.sent(request(method, method === 'CONNECT' ? 'example.com:443' : '/'))
    const middle = Math.floor(bytes.length / 2)
    it.received(bytes.subarray(0, middle), bytes.subarray(middle))
    if (eof) it.ended('server')
  })
