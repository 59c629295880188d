import { gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { type ServerSentEvent, serverSentEvents } from '../../src/content/server-sent-events.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { answered, head, responseWith } from '../helpers/made-response.ts'
import { byteByByte, cutAt } from '../helpers/trace.ts'
import { countOf } from '../helpers/share.ts'

type Expected = Partial<ServerSentEvent> & { readonly data: string }

// oxfmt-ignore
const STREAMS: readonly (readonly [name: string, stream: string, events: readonly Expected[]])[] = [
  ['an event of one line',                     'data: hello\n\n',                              [{ data: 'hello' }]],
  ['data of several lines',                    'data: a\ndata:b\ndata\ndata: c\n\n',           [{ data: 'a\nb\n\nc' }]],
  ['only the first blank of a value',          'data:  a \n\n',                                [{ data: ' a ' }]],
  ['an event type, for one event',             'event: add\ndata: 1\n\ndata: 2\n\n',           [{ event: 'add', data: '1' }, { data: '2' }]],
  ['an empty event type as none',              'event: add\nevent:\ndata: 1\n\n',              [{ data: '1' }]],
  ['empty data as data',                       'data\n\ndata:\ndata:\n\n',                     [{ data: '' }, { data: '\n' }]],
  ['no event without data',                    'event: add\n\nid: 7\n\n\n\ndata: 1\n\n',       [{ data: '1', id: '7' }]],
  ['an id until another is given',             'id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n', [{ data: 'a', id: '1' }, { data: 'b', id: '1' }, { data: 'c' }]],
  ['no id with a NUL in it',                   'id: 1\nid: 2\0\ndata: a\n\n',                  [{ data: 'a', id: '1' }]],
  ['a waiting time until another is given',    'retry: 10\n\ndata: a\n\nretry: 20\ndata: b\n\n', [{ data: 'a', retry: 10 }, { data: 'b', retry: 20 }]],
  ['no waiting time but digits',               'retry: 1s\nretry: -1\nretry:\ndata: a\n\n',    [{ data: 'a' }]],
  ['comments and unknown fields as nothing',   ': hello\n:\ndata: a\nfoo: b\nDATA: c\n\n',     [{ data: 'a' }]],
  ['a value with colons',                      'data: {"a":1}\n\n',                            [{ data: '{"a":1}' }]],
  ['lines that end in CR',                     'data: a\rdata: b\r\rdata: c\r\r',              [{ data: 'a\nb' }, { data: 'c' }]],
  ['lines that end in CRLF',                   'data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n',    [{ data: 'a\nb' }, { data: 'c' }]],
  ['line ends of all kinds',                   'data: a\rdata: b\n\r\ndata: c\n\n',            [{ data: 'a\nb' }, { data: 'c' }]],
  ['no byte order mark at the beginning',      '\ufeffdata: a\n\ndata: \ufeffb\n\n',           [{ data: 'a' }, { data: '\ufeffb' }]],
  ['characters of several bytes',              'data: é€😀\n\n',                               [{ data: 'é€😀' }]],
  ['no event that is not complete at the end', 'data: a\n\ndata: b\n',                         [{ data: 'a' }]],
  ['nothing in an empty body',                 '',                                             []],
]

const withDefaults = ({ event = 'message', data, id = '', retry }: Expected): ServerSentEvent => ({
  event,
  data,
  id,
  retry,
})

test.describe('serverSentEvents', () => {
  for (const [name, stream, events] of STREAMS) {
    test(`reads ${name}, for any cut into pieces`, async () => {
      const bytes = Buffer.from(stream)
      const expected = events.map(withDefaults)
      expect(await eventsOf([bytes])).toEqual(expected)
      expectEqual(await eventsOf(byteByByte(bytes)), expected, 'byte by byte')
      for (let cut = 1; cut < bytes.length; cut += 1) {
        expectEqual(await eventsOf(cutAt(bytes, [cut])), expected, `cut at ${cut}`)
      }
    })
  }

  test('replaces bytes that are not UTF-8 by U+FFFD', async () => {
    const bytes = Buffer.from('data: \xe9\n\n', 'latin1')
    expect(await eventsOf(byteByByte(bytes))).toMatchObject([{ data: '\ufffd' }])
  })

  test('returns any data that was written as a stream', async () => {
    const lineEnd = fc.constantFrom('\n', '\r', '\r\n')
    const text = fc.string({ unit: fc.constantFrom('a', ':', ' ', 'é', '\ufeff', '\0', '😀'), maxLength: 8 })
    const data = fc.array(fc.array(text, { minLength: 1, maxLength: 3 }), { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(data, lineEnd, fc.array(fc.nat(), { maxLength: 4 }), async (written, end, places) => {
        const blocks = written.map((lines) => lines.map((line) => `data: ${line}${end}`).join('') + end)
        const bytes = Buffer.from(blocks.join(''))
        const pieces = cutAt(
          bytes,
          places.map((place) => place % (bytes.length + 1)),
        )
        expectEqual(
          (await eventsOf(pieces)).map((event) => event.data),
          written.map((lines) => lines.join('\n')),
          JSON.stringify(blocks),
        )
      }),
      { numRuns: countOf(100, 300) },
    )
  })

  for (const [name, flood] of [
    ['a line without an end', ['data: aaaaaaaaaaaaaaaa']],
    ['a line without an end, in pieces', ['data: ', 'aaaaaaa', 'aaaaaaaaaaaa']],
    ['a comment without an end', [':aaaaaaaa', 'aaaaaaaaaaaaaaaa']],
    ['many data lines', ['data: aaaa\n', 'data: aaaa\n', 'data: aaaa\n', 'data: a']],
    ['many empty data lines', ['data\n'.repeat(30)]],
  ] as const) {
    test(`refuses ${name} beyond the limit`, async () => {
      const pieces = ['data: first\n\n', ...flood].map((text) => Buffer.from(text))
      const seen: string[] = []
      const reading = async (): Promise<void> => {
        for await (const { data } of serverSentEvents(from(pieces), 20)) seen.push(data)
      }
      await expect(reading()).rejects.toMatchObject({ name: 'DecodeError', code: 'EVENT_TOO_LARGE' })
      expect(seen).toEqual(['first'])
    })
  }

  // Each data line counts with its end, and a line that is read with all that it has.
  for (const [stream, least] of [
    ['data: abc\n\n', 9],
    ['data: abc\ndata: d\n\n', 11],
    ['data: d\ndata: abc\n\n', 11],
    ['data: d\ndata: e\ndata: f\n\n', 11],
    ['data\ndata\ndata\n\n', 6],
    ['data: abc\nevent: one\n\n', 14],
    ['event: one\ndata: abc\n\n', 10],
    ['data: abc\n\ndata: abc\n\n', 9],
    ['data: abc\n: a comment\n\n', 15],
    [': a comment\n: a comment\ndata: abc\n\n', 11],
  ] as const)
    test(`reads ${JSON.stringify(stream)} with a limit of ${least} characters, and not with one less`, async () => {
      const bytes = Buffer.from(stream)
      for (const pieces of [[bytes], byteByByte(bytes)]) {
        expect((await all(serverSentEvents(from(pieces), least))).length).toBeGreaterThan(0)
        await expect(all(serverSentEvents(from(pieces), least - 1))).rejects.toMatchObject({ code: 'EVENT_TOO_LARGE' })
      }
    })

  test('reads any number of comments and events below the limit', async () => {
    const pieces = [Buffer.from(`${': stay\n'.repeat(100)}data: aaaa\n\n`.repeat(3))]
    expect(await all(serverSentEvents(from(pieces), 20))).toHaveLength(3)
  })
})

test.describe('events()', () => {
  const STREAM = head('Content-Type: text/event-stream;charset=utf-8', 'Cache-Control: no-store')

  test('yields each event as soon as it is complete', async () => {
    const { response, peer } = await answered(STREAM, 'id: 1\ndata: one\n\nda')
    const events = response.events()[Symbol.asyncIterator]()

    expect(await events.next()).toMatchObject({ value: { data: 'one', id: '1' } })
    const second = events.next()
    peer.say('ta: two\n')
    peer.say('\n')
    expect(await second).toMatchObject({ value: { data: 'two', id: '1' } })
    peer.hangUp()
    expect(await events.next()).toEqual({ done: true, value: undefined })
    expect(response.isComplete).toBe(true)
  })

  test('gives up the rest when its loop is left', async () => {
    const { response, peer } = await answered(STREAM, 'data: one\n\ndata: two\n\n')

    for await (const { data } of response.events()) {
      expect(data).toBe('one')
      break
    }
    expect(peer.isDestroyed).toBe(true)
  })

  test('yields the events before the connection breaks, then the failure', async () => {
    const { response, peer } = await answered(STREAM, 'data: one\n\n')
    peer.fail(new Error('reset'))
    const events = response.events()[Symbol.asyncIterator]()

    expect(await events.next()).toMatchObject({ value: { data: 'one' } })
    await expect(events.next()).rejects.toThrow('reset')
  })

  test('decodes a content coding, without a limit on the total', async () => {
    const body = gzipSync('data: hello\n\n'.repeat(1_000))
    const response = await responseWith(body, 'Content-Type: text/event-stream', 'Content-Encoding: gzip')

    const events = response.decoded().events({ maxEventLength: 20 })
    expect(await all(events)).toHaveLength(1_000)
  })

  test('takes an event of some megabytes', async () => {
    const picture = 'A'.repeat(5 << 20)
    const response = await responseWith(`data: ${picture}\n\n`, 'Content-Type: text/event-stream')

    expect(await all(response.events())).toMatchObject([{ data: picture }])
  })

  test('takes an event of more than 16 MiB by default', async () => {
    const pieces = Array.from({ length: 17 }, () => 'A'.repeat(1 << 20))
    const response = await responseWith(`data: ${pieces.join('')}\n\n`, 'Content-Type: text/event-stream')

    const [event] = await all(response.events())
    expect(event?.data.length).toBe(17 << 20)
  })

  test('keeps a body whose event is too long, whatever its length, for another reading', async () => {
    const body = `data: first\n\ndata: ${'é'.repeat(2 << 20)}\n\n`
    const response = await responseWith(body, 'Content-Type: text/event-stream')
    const seen: string[] = []

    await expect(
      (async () => {
        for await (const { data } of response.events({ maxEventLength: 1_300_000 })) seen.push(data)
      })(),
    ).rejects.toMatchObject({ code: 'EVENT_TOO_LARGE' })
    expect(seen).toEqual(['first'])
    expect(await response.text()).toBe(body)
  })

  test('keeps no more of the events that were read than keepBytes says', async () => {
    const body = `${`data: ${'A'.repeat(50)}\n\n`.repeat(100)}data: ${'A'.repeat(200)}\n\n`
    const response = await responseWith(body, 'Content-Type: text/event-stream')

    const events = response.decoded({ keepBytes: 1_000 }).events({ maxEventLength: 100 })
    await expect(all(events)).rejects.toMatchObject({ code: 'EVENT_TOO_LARGE' })
    await expect(response.bytes()).rejects.toMatchObject({
      code: 'WRONG_STATE',
      detail: expect.stringContaining('keepBytes'),
    })
  })

  test('takes the last Content-Type of a list and of several lines', async () => {
    const list = 'Content-Type: application/json, text/event-stream; charset=utf-8'
    expect(await all((await responseWith('data: 1\n\n', list)).events())).toHaveLength(1)
    const lines = ['Content-Type: application/json', 'Content-Type: Text/Event-Stream ;a="b, c/d"'] as const
    expect(await all((await responseWith('data: 1\n\n', ...lines)).events())).toHaveLength(1)
  })

  test('refuses another Content-Type unless any is allowed, and leaves the body unread', async () => {
    const response = await responseWith('data: 1\n\n', 'Content-Type: text/plain')

    expect(() => response.events()).toThrow(
      expect.objectContaining({ code: 'DECODE_ERROR', detail: 'Content-Type: text/plain, not text/event-stream' }),
    )
    expect(await all(response.events({ anyContentType: true }))).toHaveLength(1)
  })
})

async function* from(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* pieces
}

const eventsOf = (pieces: readonly Uint8Array[]): Promise<ServerSentEvent[]> =>
  all(serverSentEvents(from(pieces), 1_000))

async function all(events: AsyncIterable<ServerSentEvent>): Promise<ServerSentEvent[]> {
  const seen: ServerSentEvent[] = []
  for await (const event of events) seen.push(event)
  return seen
}
