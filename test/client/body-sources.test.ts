import { openAsBlob } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import type { RequestOptions } from '../../src/client/connection-settings.ts'
import type { BodyInit } from '../../src/client/request-body.ts'
import { RequestParser } from '../../src/http1/request-parser.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { nextTurn, scripted } from '../helpers/scripted-transport.ts'
import { answer } from '../helpers/tape.ts'
import { joinData, read } from '../helpers/trace.ts'
import { countOf } from '../helpers/share.ts'

const BYTES = Uint8Array.of(0xff, 1, 2, 3, 0xff)

test.describe('A request body', () => {
  // oxfmt-ignore
  const SOURCES: readonly (readonly [what: string, body: () => BodyInit, sent: string, headers: readonly string[]])[] = [
    ['an ArrayBuffer',              () => BYTES.slice(1, 4).buffer,                                '\x01\x02\x03', ['Content-Length: 3']],
    ['a view on a part of a buffer', () => new DataView(BYTES.buffer, 1, 3),                       '\x01\x02\x03', ['Content-Length: 3']],
    ['an array of 16-bit numbers',  () => Uint16Array.of(0x6968),                                  'hi',           ['Content-Length: 2']],
    ['URLSearchParams',             () => new URLSearchParams({ 'a b': 'ü&' }),                    'a+b=%C3%BC%26', ['Content-Type: application/x-www-form-urlencoded;charset=UTF-8', 'Content-Length: 13']],
    ['a Blob without a type',       () => new Blob(['hel', BYTES.slice(1, 2), 'lo']),              'hel\x01lo',    ['Content-Length: 6']],
    ['a Blob with a type',          () => new Blob(['{}'], { type: 'application/json' }),          '{}',           ['Content-Type: application/json', 'Content-Length: 2']],
    ['a slice of a File',           () => new File(['hello'], 'a.txt').slice(1, 3, 'text/plain'),  'el',           ['Content-Type: text/plain', 'Content-Length: 2']],
    ['an empty Blob',               () => new Blob([]),                                            '',             ['Content-Length: 0']],
    ['a Readable',                  () => Readable.from(['hel', 'lo']),                            'hello',        ['Transfer-Encoding: chunked']],
    ['a Readable of bytes',         () => Readable.from([Buffer.from('hello')]),                   'hello',        ['Transfer-Encoding: chunked']],
    ['a web stream',                () => webStream('hel', 'lo'),                                  'hello',        ['Transfer-Encoding: chunked']],
    ['an array of pieces',          () => ['hel', Buffer.from('lo')],                              'hello',        ['Transfer-Encoding: chunked']],
    ['a generator',                 () => generator('hel', 'lo'),                                  'hello',        ['Transfer-Encoding: chunked']],
  ]
  for (const [what, body, expected, headers] of SOURCES) {
    test(`may be ${what}`, async () => {
      const request = await sent({ body: body() })
      expect(request.body).toBe(expected)
      expect(request.headers).toEqual(headers)
    })
  }

  test('keeps the given Content-Type', async () => {
    const headers = { 'content-type': 'text/csv' }
    expect((await sent({ body: new Blob(['a'], { type: 'text/plain' }), headers })).headers).toEqual([
      'content-type: text/csv',
      'Content-Length: 1',
    ])
  })

  test('from a stream is sent with the given length', async () => {
    for (const body of [Readable.from(['hel', 'lo']), webStream('hello'), ['hello'], generator('he', 'llo')]) {
      const request = await sent({ body, contentLength: 5 })
      expect(request.headers).toEqual(['Content-Length: 5'])
      expect(request.body).toBe('hello')
    }
  })

  test('is sent in chunks with trailers from any source', async () => {
    for (const body of [new Blob(['hello']), Readable.from(['hello']), ['hello'], new TextEncoder().encode('hello')]) {
      const request = await sent({ body, trailers: { 'X-Sum': '5' } })
      expect(request.headers).toEqual(['Transfer-Encoding: chunked'])
      expect(request.body).toBe('hello')
      expect(request.trailers).toEqual(['X-Sum: 5'])
    }
  })

  test('may be a file, which is read while it is sent', async () => {
    const file = await openAsBlob(import.meta.filename)
    const request = await sent({ body: file })
    expect(request.headers).toEqual([`Content-Length: ${file.size}`])
    expect(request.body).toBe(Buffer.from(await file.arrayBuffer()).toString('latin1'))
  })

  const ended = Readable.from([])
  ended.destroy()
  const locked = webStream('a')
  locked.getReader()
  for (const [what, options, code] of [
    ['a Blob of another length', { body: new Blob(['hello']), contentLength: 4 }, 'BODY_LENGTH_MISMATCH'],
    ['a form of another length', { body: new FormData(), contentLength: 4 }, 'BODY_LENGTH_MISMATCH'],
    ['a Readable that is over', { body: ended }, 'INVALID_OPTION'],
    ['a web stream that somebody reads', { body: locked }, 'INVALID_OPTION'],
    ['a plain object', { body: { id: 1 } }, 'INVALID_OPTION'],
    ['null', { body: null }, 'INVALID_OPTION'],
    ['a number', { body: 1 }, 'INVALID_OPTION'],
  ] as const) {
    test(`cannot be ${what}: nothing is written`, async () => {
      const { connection, peers } = scripted()
      // As from JavaScript.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const given = options as RequestOptions
      await expect(connection.request('POST', '/', given)).rejects.toMatchObject({ name: 'LocalProtocolError', code })
      expect(peers.all).toEqual([])
    })
  }
})

test.describe('A form', () => {
  test('is read by other parsers as it was written, and has a length', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', '\\', '%', 'ü', ';', ' ', '-', '😀'), maxLength: 6 })
    const file = fc.tuple(
      fc.uint8Array({ maxLength: 40 }),
      text,
      fc.constantFrom('application/octet-stream', 'text/plain'),
    )
    const entries = fc.array(fc.tuple(text, fc.oneof(text, file)), { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(entries, async (written) => {
        const form = new FormData()
        for (const [name, value] of written) {
          if (typeof value === 'string') form.append(name, value)
          else form.append(name, new Blob([value[0]], { type: value[2] }), value[1])
        }
        const request = await sent({ body: form })
        const [contentType = '', contentLength] = request.headers
        expectEqual(contentLength, `Content-Length: ${request.body.length}`, 'length')

        const headers = { 'content-type': contentType.replace('Content-Type: ', '') }
        const seen = await new Response(Buffer.from(request.body, 'latin1'), { headers }).formData()
        expectEqual(await listed(seen), await listed(form), request.body)
      }),
      { numRuns: countOf(40, 100) },
    )
  })

  test('has CRLF in texts, and escapes line ends in names', async () => {
    const form = new FormData()
    form.append('a\n"b', 'c\nd\re\r\nf')
    form.append('file', new File(['\n'], 'x\r\n".txt'))
    const { body } = await sent({ body: form })

    expect(body).toContain('name="a%0D%0A%22b"\r\n\r\nc\r\nd\r\ne\r\nf\r\n--')
    expect(body).toContain(
      'name="file"; filename="x%0D%0A%22.txt"\r\nContent-Type: application/octet-stream\r\n\r\n\n\r\n--',
    )
  })

  test('has a boundary of its own each time', async () => {
    const boundaries = await Promise.all([1, 2].map(async () => (await sent({ body: new FormData() })).headers[0]))
    expect(new Set(boundaries).size).toBe(2)
  })
})

test.describe('A source whose upload stops early', () => {
  const TOO_LARGE = answer('', '413 Content Too Large')

  for (const [what, pieces] of [
    ['an iterator', (onClosed: () => void) => endless(onClosed)],
    ['an async iterator', (onClosed: () => void) => endlessAsync(onClosed)],
    ['a web stream', (onClosed: () => void) => new ReadableStream({ pull: enqueueA, cancel: onClosed })],
    ['a Readable', (onClosed: () => void) => Readable.from(endless(onClosed))],
  ] as const) {
    test(`is closed if it is ${what}`, async () => {
      const { connection, peers } = scripted()
      await connection.connect()
      let isClosed = false
      const body = pieces(() => {
        isClosed = true
      })
      const requesting = connection.request('POST', '/', { body, expectContinue: true })
      peers.at(0).say('HTTP/1.1 100 Continue\r\n\r\n').block()
      await nextTurn()
      expect(peers.at(0).sent).toContain('\r\n\r\n1\r\na\r\n')
      expect(isClosed).toBe(false)

      peers.at(0).say(TOO_LARGE)
      await requesting
      await nextTurn()
      expect(isClosed).toBe(true)
      expect((await connection.getResponse()).status).toBe(413)
    })
  }

  test('is closed at once if it is a Readable without data at the moment', async () => {
    const { connection, peers } = scripted()
    const body = new PassThrough()
    const requesting = connection.request('POST', '/', { body })
    await nextTurn()
    peers.at(0).say(TOO_LARGE)
    await requesting

    expect(body.destroyed).toBe(true)
  })

  test('is left open if nothing was read from it, so that the request can be repeated', async () => {
    const { connection, peers } = scripted()
    const body = Readable.from(['hello'])
    const requesting = connection.request('POST', '/', { body, expectContinue: true })
    await nextTurn()
    peers.at(0).say(answer('', '401 Unauthorized'))
    await requesting
    expect((await connection.getResponse()).status).toBe(401)

    await connection.request('POST', '/', { body })
    expect(peers.at(1).sent).toMatch(/\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/)
  })
})

interface SentRequest {
  /** Without `Host`. */
  readonly headers: readonly string[]
  readonly body: string
  readonly trailers: readonly string[]
}

/** A POST as the server reads it. */
async function sent(options: RequestOptions): Promise<SentRequest> {
  const { connection, peers } = scripted()
  await connection.request('POST', '/', options)
  const { events, error } = read(new RequestParser(), [Buffer.from(peers.at(0).sent, 'latin1')])
  if (error !== undefined) throw error
  const request: { headers: string[]; body: string; trailers: string[] } = { headers: [], body: '', trailers: [] }
  for (const event of joinData(events)) {
    if (event.type === 'request-head') request.headers = event.fields.slice(1).map(lineOf)
    if (event.type === 'data') request.body += Buffer.from(event.bytes).toString('latin1')
    if (event.type === 'end-of-message') request.trailers = event.trailers.map(lineOf)
  }
  return request
}

const lineOf = ({ name, value }: { readonly name: string; readonly value: string }): string => `${name}: ${value}`

const listed = (form: FormData): Promise<unknown[]> =>
  Promise.all(
    Array.from(form, async ([name, value]) =>
      typeof value === 'string'
        ? [name, value]
        : [name, value.name, value.type, Array.from(new Uint8Array(await value.arrayBuffer()))],
    ),
  )

function webStream(...pieces: readonly string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(Buffer.from(piece))
      controller.close()
    },
  })
}

async function* generator(...pieces: readonly string[]): AsyncGenerator<string, void, undefined> {
  yield* pieces
}

const enqueueA = (controller: { enqueue(piece: Uint8Array): void }): void => controller.enqueue(Buffer.from('a'))

function* endless(onClosed: () => void): Generator<string, void, undefined> {
  try {
    for (;;) yield 'a'
  } finally {
    onClosed()
  }
}

async function* endlessAsync(onClosed: () => void): AsyncGenerator<string, void, undefined> {
  yield* endless(onClosed)
}
