import { expect, test } from '../helpers/test.ts'
import { RequestReader } from '../../src/interactions/request-reader.ts'
import { request } from '../helpers/tape.ts'
import { byteByByte } from '../helpers/trace.ts'

const ORIGIN = 'http://api.test'
const GET = request('GET', '/a')
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

/** A reader that was given these writes, and has read all events in them. */
function after(...writes: readonly (string | Uint8Array)[]): RequestReader {
  const reader = new RequestReader(ORIGIN)
  for (const write of writes) say(reader, write)
  return reader
}

function say(reader: RequestReader, write: string | Uint8Array): void {
  reader.push(typeof write === 'string' ? bytes(write) : write)
  while (reader.next() !== undefined);
}

/** All that a request has, bytes as text. */
function factsOf({ request: asked }: RequestReader): unknown {
  if (asked === undefined) return undefined
  const { method, target, url, version, body, bodyLength, trailers, isComplete, start, raw } = asked
  const text = [body, raw].map((part) => Buffer.from(part).toString('latin1'))
  return [method, target, url, version, bodyLength, trailers, isComplete, start, ...text]
}

test('a request has all that stands on the wire, however it was cut', () => {
  const text = 'PUT /x?y=1 HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello'
  const wanted = ['PUT', '/x?y=1', `${ORIGIN}/x?y=1`, '1.0', 5, [], true, 0, 'hello', text]
  expect(factsOf(after(text))).toEqual(wanted)
  expect(factsOf(after(...byteByByte(bytes(text))))).toEqual(wanted)
  const chunked = 'POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\nX-T: 1\r\n\r\n'
  const second = after(GET, chunked)
  const trailers = [{ name: 'X-T', value: '1' }]
  expect(factsOf(second)).toEqual(['POST', '/c', `${ORIGIN}/c`, '1.1', 5, trailers, true, GET.length, 'abcde', chunked])
  expect(second.request?.fields).toEqual([{ name: 'Transfer-Encoding', value: 'chunked' }])
  expect(second.request?.disguised).toBeUndefined()
})

test('a request under way grows with what is written', () => {
  const head = 'POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n'
  const reader = after(head)
  const seen = (): unknown => factsOf(reader)
  const first = ['POST', '/', `${ORIGIN}/`, '1.1']
  expect(seen()).toEqual([...first, 0, [], false, 0, '', head])
  say(reader, 'ab')
  expect(seen()).toEqual([...first, 2, [], false, 0, 'ab', `${head}ab`])
  say(reader, 'c')
  expect(seen()).toEqual([...first, 3, [], false, 0, 'abc', `${head}abc`])
  expect([reader.hasBegunNext, reader.isLost]).toEqual([false, false])
  say(reader, `d${GET}`)
  expect(seen()).toEqual(['GET', '/a', `${ORIGIN}/a`, '1.1', 0, [], true, head.length + 4, '', GET])
})

test('the next request has begun with its first byte; line ends are not one', () => {
  const reader = new RequestReader(ORIGIN)
  const states: boolean[] = [reader.hasBegunNext]
  for (const write of ['\r\n', 'G', GET.slice(1), '\r', '\n', 'x']) {
    say(reader, write)
    states.push(reader.hasBegunNext)
  }
  expect(states).toEqual([false, false, true, false, false, false, true])
  expect(reader.isLost).toBe(false)
})

test.describe('bytes are lost', () => {
  const close = request('GET', '/', '', ['Connection: close'])
  const tunnel = 'CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n'
  for (const [what, writes, isLost, unread] of [
    ['not at the beginning', [], false, ''],
    ['not in the middle of a head', ['GET /'], false, 'GET /'],
    ['that are no request', ['\0\0\r\n\r\n'], true, '\0\0\r\n\r\n'],
    ['that are no request after one', [GET, '\0\0\r\n\r\n', 'x'], true, '\0\0\r\n\r\nx'],
    ['not after the last request', [close], false, ''],
    ['not as line ends after the last request', [close, '\r\n'], false, '\r\n'],
    ['of a request after the last one', [close, GET], true, GET],
    ['not after CONNECT', [tunnel], false, ''],
    ['of a tunnel', [tunnel, '\x16\x03'], true, '\x16\x03'],
  ] as const)
    test(what, () => {
      const reader = after(...writes)
      expect([reader.isLost, Buffer.from(reader.unread).toString('latin1')]).toEqual([isLost, unread])
      expect(reader.failure !== undefined).toBe(unread.startsWith('\0'))
    })

  test('all of them, where the origin is not HTTP', () => {
    for (const [origin, isLost] of [
      ['tcp://db.test:5432', true],
      ['tls://db.test:5432', true],
      ['https://db.test:5432', false],
    ] as const) {
      const reader = new RequestReader(origin)
      expect(reader.isLost).toBe(isLost)
      say(reader, GET)
      expect([reader.isLost, reader.request === undefined]).toEqual([isLost, isLost])
      expect(reader.origin).toBe(origin)
      if (isLost) expect(Buffer.from(reader.unread).toString()).toBe(GET)
    }
  })
})

test('the failure is that of the parser, and a request in progress stays what it was', () => {
  const reader = after('POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nxyz\r\n')
  expect(reader.failure).toMatchObject({ code: 'BAD_CHUNK_SIZE' })
  expect(reader.isLost).toBe(true)
  expect(reader.hasBegunNext).toBe(false)
  expect([reader.request?.isComplete, reader.request?.bodyLength]).toEqual([false, 2])
})

test('targets become URLs on the origin, or stay what they are', () => {
  for (const [target, url] of [
    ['/a?b', `${ORIGIN}/a?b`],
    ['*', ORIGIN],
    ['http://other.test/x', 'http://other.test/x'],
  ] as const)
    expect(after(request(target === '*' ? 'OPTIONS' : 'GET', target)).request?.url).toBe(url)
  expect(after('CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n').request?.url).toBe('a.test:443')
})

test('each request may mean an origin of its own', () => {
  const reader = new RequestReader(ORIGIN, ({ target }) =>
    target.includes('one') ? 'http://one.test' : 'http://two.test',
  )
  expect(reader.origin).toBe(ORIGIN)
  for (const [target, url] of [
    ['HTTP://one.test:80/a', 'http://one.test/a'],
    ['/b', 'http://two.test/b'],
    ['https://one.test', 'https://one.test'],
  ] as const) {
    say(reader, request('GET', target))
    expect([reader.request?.target, reader.request?.url]).toEqual([target, url])
  }
  expect(reader.origin).toBe('http://one.test')
  const refusing = new RequestReader(ORIGIN, () => {
    throw new RangeError('nobody is meant')
  })
  refusing.push(bytes(GET))
  expect(() => refusing.next()).toThrow('nobody is meant')
})

test('what was redacted is known to the requests that follow, by what is written', () => {
  const reader = after(GET)
  reader.noteRedacted({ 'otp.1': '404001' })
  reader.noteRedacted({ 'otp.2': '404002' })
  expect(reader.request?.disguised).toBeUndefined()
  say(reader, GET)
  expect(reader.request?.disguised).toEqual(
    new Map([
      ['404001', 'otp.1'],
      ['404002', 'otp.2'],
    ]),
  )
})
