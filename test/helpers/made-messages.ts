import * as fc from 'fast-check'
import { type Conversation, conversation } from './wire.ts'

/** The entries of a `wire` list (fixtures/wire/README.md): bytes, and below them what must be said of them. */
type Entries = readonly (string | Readonly<Record<string, unknown>>)[]

const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String.fromCharCode(from + index))

const TCHARS = ["!#$%&'*+-.^_`|~".split(''), range(0x30, 0x39), range(0x41, 0x5a), range(0x61, 0x7a)].flat()
const FIELD_CHARS = ['\t', ...range(0x20, 0x7e), ...range(0x80, 0xff)]

const token = fc.string({ unit: fc.constantFrom(...TCHARS), minLength: 1, maxLength: 12 })
const text = fc.string({ unit: fc.constantFrom(...FIELD_CHARS), maxLength: 24 })
const blanks = fc.string({ unit: fc.constantFrom(' ', '\t'), maxLength: 2 })
const content = fc.uint8Array({ maxLength: 40 }).map((data) => Buffer.from(data).toString('latin1'))
const blankLines = fc.constantFrom('', '', '', '\r\n', '\r\n\r\n')

/** Fields that say how a message is framed or whether the connection goes on are for the maker of the message. */
const FRAMING = /^(?:content-length|transfer-encoding|connection)$/i

/** A field line as it is sent and as it is meant. */
interface MadeField {
  readonly sent: string
  readonly meant: string
}

const field: fc.Arbitrary<MadeField> = fc
  .record({ name: token.filter((name) => !FRAMING.test(name)), value: text, before: blanks, after: blanks })
  .map(({ name, value, before, after }) => {
    const meant = value.replace(/^[ \t]+|[ \t]+$/g, '')
    return { sent: `${name}:${before}${meant}${after}\r\n`, meant: `${name}: ${meant}` }
  })

const fields = fc.array(field, { maxLength: 4 })

/** A field that the maker needs. */
const own = (name: string, value: string): MadeField => ({ sent: `${name}: ${value}\r\n`, meant: `${name}: ${value}` })

const quoted = text.map((value) => `"${value.replace(/["\\]/g, String.raw`\$&`)}"`)
const extension = fc
  .tuple(blanks, blanks, token, fc.option(fc.tuple(blanks, blanks, fc.oneof(token, quoted))))
  .map(
    ([before, after, name, value]) =>
      `${before};${after}${name}${value === null ? '' : `${value[0]}=${value[1]}${value[2]}`}`,
  )

/** How sizes are written: case and leading zeros are free, blanks may come before the first `;` only. */
const chunk = fc
  .record({
    data: content.filter((data) => data !== ''),
    zeros: fc.nat(4),
    isUpper: fc.boolean(),
    extensions: fc.array(extension, { maxLength: 2 }).map((all) => all.join('')),
  })
  .map(({ data, zeros, isUpper, extensions }): Entries => {
    const digits = data.length.toString(16)
    return [
      `${'0'.repeat(zeros)}${isUpper ? digits.toUpperCase() : digits}${extensions}\r\n`,
      { 'chunk-head': `${data.length}${extensions.replace(/^[ \t]+/, '')}` },
      data,
      { data: data.length },
      '\r\n',
    ]
  })

/** A body with the fields that frame it and the entries that carry it. */
interface MadeBody {
  readonly framing: readonly MadeField[]
  readonly entries: Entries
}

/** No body; `framing` is then to be ignored. */
const noBody = (framing: readonly MadeField[] = []): MadeBody => ({ framing, entries: [{ 'end-of-message': [] }] })

const lengthBody: fc.Arbitrary<MadeBody> = content.map((data) => ({
  framing: [own('Content-Length', `${data.length}`)],
  entries: [...dataEntries(data), { 'end-of-message': [] }],
}))

const chunkedBody: fc.Arbitrary<MadeBody> = fc
  .record({ chunks: fc.array(chunk, { maxLength: 4 }), trailers: fields, zeros: fc.integer({ min: 1, max: 4 }) })
  .map(({ chunks, trailers, zeros }) => ({
    framing: [own('Transfer-Encoding', 'chunked')],
    entries: [
      ...chunks.flat(),
      `${'0'.repeat(zeros)}\r\n${trailers.map(({ sent }) => sent).join('')}\r\n`,
      { 'end-of-message': trailers.map(({ meant }) => meant) },
    ],
  }))

const untilCloseBody: fc.Arbitrary<MadeBody> = content.map((data) => ({
  framing: [],
  entries: [...dataEntries(data), { eof: true }, { 'end-of-message': [] }],
}))

const dataEntries = (data: string): Entries => (data === '' ? [] : [data, { data: data.length }])

/** A head with the given fields among others, in any order. */
function head(
  type: string,
  startLine: fc.Arbitrary<readonly [sent: string, meant: string]>,
  given: readonly MadeField[],
): fc.Arbitrary<Entries> {
  const all = fields.chain((others) =>
    fc.shuffledSubarray([...others, ...given], { minLength: others.length + given.length }),
  )
  return fc
    .record({ line: startLine, all, before: blankLines })
    .map(({ line, all: sent, before }) => [
      `${before}${line[0]}\r\n${sent.map((each) => each.sent).join('')}\r\n`,
      { [type]: [line[1], ...sent.map(({ meant }) => meant)] },
    ])
}

/** `HTTP/1.1 200 OK`; without a reason the space before it may be missing. */
const statusLine = (status: fc.Arbitrary<number>): fc.Arbitrary<readonly [string, string]> =>
  fc
    .tuple(status, fc.option(text))
    .map(([code, reason]) => [
      `HTTP/1.1 ${code}${reason === null ? '' : ` ${reason}`}`,
      `HTTP/1.1 ${code}${reason === null || reason === '' ? '' : ` ${reason}`}`,
    ])

const interim = head(
  'interim-response',
  statusLine(fc.integer({ min: 100, max: 199 }).filter((status) => status !== 101)),
  [],
)

/** A method, and all that answers it. */
interface Exchange {
  readonly method: string
  readonly entries: Entries
}

const response = (method: string, status: fc.Arbitrary<number>, made: fc.Arbitrary<MadeBody>): fc.Arbitrary<Exchange> =>
  fc
    .tuple(
      fc.array(interim, { maxLength: 2 }),
      made.chain(({ framing, entries }) =>
        fc.tuple(head('response-head', statusLine(status), framing), fc.constant(entries)),
      ),
    )
    .map(([before, [start, body]]) => ({ method, entries: [...before.flat(), ...start, ...body] }))

const withBody = fc.integer({ min: 200, max: 999 }).filter((status) => status !== 204 && status !== 304)

const idleFraming = fc.constantFrom([], [own('Content-Length', '5')], [own('Transfer-Encoding', 'chunked')]).map(noBody)

const closed = fc.oneof(response('GET', withBody, untilCloseBody), response('POST', withBody, untilCloseBody))

const exchange = fc.oneof(
  response('GET', withBody, lengthBody),
  response('POST', withBody, chunkedBody),
  response('HEAD', withBody, idleFraming),
  response('GET', fc.constantFrom(204, 304), idleFraming),
)

/** Up to four answers on one connection, the last of which may end with it. */
export const responses: fc.Arbitrary<Conversation> = fc
  .tuple(fc.array(exchange, { minLength: 1, maxLength: 3 }), fc.option(closed))
  .map(([kept, last]) => {
    const all = last === null ? kept : [...kept, last]
    return conversation(
      all.map(({ method }) => method),
      all.flatMap(({ entries }) => entries),
    )
  })

const requestLine = fc
  .tuple(
    token.filter((method) => method !== 'CONNECT'),
    fc.string({ unit: fc.constantFrom(...range(0x21, 0x7e)), minLength: 1, maxLength: 20 }),
  )
  .map(([method, target]) => [`${method} ${target} HTTP/1.1`, `${method} ${target} HTTP/1.1`] as const)

const request = fc
  .oneof(fc.constant(noBody()), lengthBody, chunkedBody)
  .chain(({ framing, entries }) =>
    head('request-head', requestLine, framing).map((start): Entries => start.concat(entries)),
  )

/** Up to three requests on one connection. */
export const requests: fc.Arbitrary<Conversation> = fc
  .array(request, { minLength: 1, maxLength: 3 })
  .map((all) => conversation(undefined, all.flat()))

/** Starts that lead deep into a parser. */
const START = fc.constantFrom(
  '',
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'GET / HTTP/1.1\r\n',
  'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n',
)
const LINE = fc.constantFrom(
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.0 204 \r\n',
  'GET / HTTP/1.1\r\n',
  'Content-Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Connection: close\r\n',
  'A: b\r\n',
  '\r\n',
  '5\r\nhello',
  '5;a="b;"\r\n',
  '0\r\n',
  'hello',
)
const NASTY = fc.constantFrom(...'\r\n \t:;="\\,/.05aF\0\x7f\x80\xe9'.split(''))

/** Lines of HTTP in any order, with bytes between them that break it: near misses of every kind. */
export const soup: fc.Arbitrary<Buffer> = fc
  .tuple(START, fc.array(fc.oneof({ weight: 3, arbitrary: LINE }, { weight: 1, arbitrary: NASTY }), { maxLength: 16 }))
  .map(([start, bits]) => Buffer.from(start + bits.join(''), 'latin1'))

/** `bytes` with up to three of them replaced, taken away, or with one put before them. */
export const mutant = (bytes: Buffer): fc.Arbitrary<Buffer> =>
  fc
    .array(fc.record({ at: fc.nat(bytes.length), by: NASTY, removed: fc.nat(2), isAdded: fc.boolean() }), {
      minLength: 1,
      maxLength: 3,
    })
    .map((changes) => {
      let changed = bytes.toString('latin1')
      for (const { at, by, removed, isAdded } of changes) {
        changed = changed.slice(0, at) + (isAdded ? by : '') + changed.slice(at + removed)
      }
      return Buffer.from(changed, 'latin1')
    })
