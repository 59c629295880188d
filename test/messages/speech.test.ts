import { expect, test } from '../helpers/test.ts'
import { type Message, readRequests, readResponses, type Speech } from '../../src/messages/speech.ts'
import { byteByByte } from '../helpers/trace.ts'

const headsOf = ({ messages, restStart }: Speech): readonly object[] => [
  { restStart },
  ...messages.map((one) => Object.assign({}, one, { chunks: [] })),
]

/** What each message has, read whole and byte by byte: both are the same. */
function partsOf(text: string, read: (segments: Iterable<Uint8Array>) => Speech): readonly object[] {
  const bytes = Buffer.from(text, 'latin1')
  const [whole, cut] = [read([bytes]), read(byteByByte(bytes))]
  expect(headsOf(cut)).toEqual(headsOf(whole))
  return [...whole.messages, { restStart: whole.restStart }]
}

const END = '\r\n\r\n'
const message = (facts: Partial<Message>): Message => ({
  headStart: 0,
  headEnd: 0,
  method: '',
  fields: [],
  isChunked: false,
  chunks: [],
  end: undefined,
  ...facts,
})

test.describe('requests taken apart', () => {
  test('one with a length, one in chunks, and one that was cut off', () => {
    const first = `POST /a HTTP/1.1\r\nContent-Length: 3${END}`
    const second = `PUT /b HTTP/1.1\r\nTransfer-Encoding: chunked${END}`
    const chunks = `2;x=1\r\nde\r\n10\r\n${'f'.repeat(16)}\r\n0\r\nX-T: 1${END}`
    const third = `POST /c HTTP/1.1\r\nContent-Length: 5${END}`
    const [a, b, c] = [first.length, first.length + 3, first.length + 3 + second.length]
    const d = c + chunks.length
    expect(partsOf(`${first}abc${second}${chunks}${third}gh`, readRequests)).toEqual([
      message({
        headEnd: a,
        method: 'POST',
        fields: [{ name: 'Content-Length', value: '3' }],
        chunks: [{ lineStart: a, lineEnd: a, size: 0, dataStart: a, dataEnd: b }],
        end: { start: b, end: b },
      }),
      message({
        headStart: b,
        headEnd: c,
        method: 'PUT',
        fields: [{ name: 'Transfer-Encoding', value: 'chunked' }],
        isChunked: true,
        chunks: [
          { lineStart: c, lineEnd: c + 7, size: 2, dataStart: c + 7, dataEnd: c + 9 },
          { lineStart: c + 9, lineEnd: c + 15, size: 16, dataStart: c + 15, dataEnd: c + 31 },
        ],
        end: { start: c + 31, end: d },
      }),
      message({
        headStart: d,
        headEnd: d + third.length,
        method: 'POST',
        fields: [{ name: 'Content-Length', value: '5' }],
        chunks: [
          {
            lineStart: d + third.length,
            lineEnd: d + third.length,
            size: 0,
            dataStart: d + third.length,
            dataEnd: d + third.length + 2,
          },
        ],
      }),
      { restStart: d + third.length + 2 },
    ])
  })

  test('a chunk that was cut off is as long as announced and holds what came', () => {
    const head = `POST / HTTP/1.1\r\nTransfer-Encoding: chunked${END}`
    const [one] = readRequests([Buffer.from(`${head}a\r\nbcd`)]).messages
    const at = head.length
    expect(one?.chunks).toEqual([{ lineStart: at, lineEnd: at + 3, size: 10, dataStart: at + 3, dataEnd: at + 6 }])
    expect(one?.end).toBeUndefined()
  })

  test('what is not HTTP is the rest, however much of it there is', () => {
    const get = `GET / HTTP/1.1\r\nHost: a${END}`
    expect(readRequests([Buffer.from(get), Buffer.from('\0\0\r\n\r\n'), Buffer.from('more')])).toMatchObject({
      messages: [{ method: 'GET' }],
      restStart: get.length,
    })
    expect(readRequests([Buffer.from('\0\0\r\n\r\n'), Buffer.from('more')])).toEqual({ messages: [], restStart: 0 })
    expect(readRequests([])).toEqual({ messages: [], restStart: 0 })
  })
})

test.describe('answers taken apart', () => {
  test('one to HEAD without a body, an interim one, and one in chunks', () => {
    const head = `HTTP/1.1 200 OK\r\nContent-Length: 9${END}`
    const early = `HTTP/1.1 103 Early Hints${END}`
    const last = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked${END}`
    const [a, b] = [head.length, head.length + early.length]
    const c = b + last.length
    const text = `${head}${early}${last}1\r\nx\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n`
    expect(partsOf(text, (segments) => readResponses(segments, ['HEAD', 'GET']))).toEqual([
      message({ headEnd: a, fields: [{ name: 'Content-Length', value: '9' }], end: { start: a, end: a } }),
      message({ headStart: a, headEnd: b }),
      message({
        headStart: b,
        headEnd: c,
        fields: [{ name: 'Transfer-Encoding', value: 'chunked' }],
        isChunked: true,
        chunks: [{ lineStart: c, lineEnd: c + 3, size: 1, dataStart: c + 3, dataEnd: c + 4 }],
        end: { start: c + 4, end: c + 11 },
      }),
      { restStart: c + 11 },
    ])
  })

  test('a body without a length goes on to the end of the bytes, and a switch of protocols leaves the rest', () => {
    const endless = `HTTP/1.1 200 OK${END}`
    const at = endless.length
    expect(partsOf(`${endless}abc`, (segments) => readResponses(segments, ['GET', 'GET']))).toEqual([
      message({ headEnd: at, chunks: [{ lineStart: at, lineEnd: at, size: 0, dataStart: at, dataEnd: at + 3 }] }),
      { restStart: at + 3 },
    ])
    const tunnel = `HTTP/1.1 101 Switching Protocols${END}`
    const end = tunnel.length
    expect(partsOf(`${tunnel}abc`, (segments) => readResponses(segments, ['GET', 'GET']))).toEqual([
      message({ headEnd: end, end: { start: end, end } }),
      { restStart: end },
    ])
  })

  test('what is not HTTP is the rest, and so is what nobody asked for', () => {
    const one = `HTTP/1.1 204 No Content${END}`
    expect(readResponses([Buffer.from('220 mail.test\r\n'), Buffer.from('x')], ['GET'])).toEqual({
      messages: [],
      restStart: 0,
    })
    expect(readResponses([Buffer.from(one), Buffer.from(one)], ['GET'])).toMatchObject({ restStart: one.length })
    expect(readResponses([Buffer.from(one)], [])).toEqual({ messages: [], restStart: 0 })
  })
})
