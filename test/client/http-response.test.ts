import { expect, test } from '../helpers/test.ts'
import type { HttpResponse } from '../../src/client/http-response.ts'
import { RemoteProtocolError } from '../../src/errors.ts'
import { answered, head, responseWith } from '../helpers/made-response.ts'

const HELLO = head('Content-Length: 10')
const WRONG_STATE = expect.objectContaining({ name: 'LocalProtocolError', code: 'WRONG_STATE' })

test.describe('The body of a response', () => {
  const READINGS: readonly (readonly [name: string, read: (response: HttpResponse) => Promise<unknown>])[] = [
    ['bytes()', (response) => response.bytes()],
    ['text()', (response) => response.text()],
    ['json()', (response) => response.json()],
    ['decoded().bytes()', (response) => response.decoded().bytes()],
    ['a loop over body', (response) => textOf(response.body)],
    ['a loop over decoded()', (response) => textOf(response.decoded())],
  ]
  for (const [first, read] of READINGS) {
    test(`can be read only once: not by ${READINGS.map(([name]) => name).join(', ')} after ${first}`, async () => {
      const response = await responseWith('"hello"')

      await read(response)
      for (const [, readAgain] of READINGS) await expect(readAgain(response)).rejects.toEqual(WRONG_STATE)
    })
  }

  test('continues where a manual loop stopped', async () => {
    const { response } = await answered(HELLO, 'hello', 'world')
    const pieces = response.body[Symbol.asyncIterator]()

    expect(Buffer.from((await pieces.next()).value ?? []).toString()).toBe('hello')
    expect(await response.text()).toBe('world')
    expect(await pieces.next()).toEqual({ done: true, value: undefined })
    expect(response.isComplete).toBe(true)
  })

  test('cannot have two readers at a time', async () => {
    const { response, peer } = await answered(HELLO, 'hello')
    const text = response.text()

    await expect(response.bytes()).rejects.toEqual(WRONG_STATE)
    peer.say('world')
    expect(await text).toBe('helloworld')
  })

  test('is given up, with the connection, by leaving a loop over it', async () => {
    const { response, peer } = await answered(HELLO, 'hello')

    for await (const piece of response.body) {
      expect(piece.length).toBe(5)
      break
    }
    expect(peer.isDestroyed).toBe(true)
    await expect(response.bytes()).rejects.toEqual(WRONG_STATE)
  })

  test('is given up by leaving a loop over it, but a complete one keeps the connection', async () => {
    const { response, peer } = await answered(Buffer.concat([HELLO, Buffer.from('helloworld')]))

    for await (const piece of response.decoded()) {
      expect(piece.length).toBe(10)
      break
    }
    expect(peer.isDestroyed).toBe(false)
    await expect(response.bytes()).rejects.toEqual(WRONG_STATE)
  })

  test('ends for its reader when it is cancelled', async () => {
    const { response, peer } = await answered(HELLO, 'hello')
    const bytes = response.bytes()
    response.cancel()

    await expect(bytes).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    expect(peer.isDestroyed).toBe(true)
    await expect(response.text()).rejects.toEqual(WRONG_STATE)
  })

  test('may be cancelled after its end, and twice, and the connection stays usable', async () => {
    const { response, peer, connection } = await answered(HELLO, 'helloworld')

    expect(await response.text()).toBe('helloworld')
    response.cancel()
    response.cancel()
    await connection.request('GET', '/next')
    peer.say(HELLO, 'next  page')
    const next = await connection.getResponse()
    expect(await next.text()).toBe('next  page')
  })

  test('that is not read does not block the next answer', async () => {
    const { response, peer, connection } = await answered(HELLO, 'hello')
    await connection.request('GET', '/next')
    peer.say('world', HELLO, 'next  page')

    const next = await connection.getResponse()
    expect(await next.text()).toBe('next  page')
    expect(await response.text()).toBe('helloworld')
  })

  test('that is being read as a whole may be large while the next answer is awaited', async () => {
    const length = 3_000_000
    const { response, peer, connection } = await answered(head(`Content-Length: ${length}`))
    await connection.request('GET', '/next')
    const bytes = response.bytes()
    const next = connection.getResponse()
    peer.say(Buffer.alloc(length / 2), Buffer.alloc(length / 2), HELLO, 'next  page')

    expect((await bytes).length).toBe(length)
    expect(await (await next).text()).toBe('next  page')
  })

  test('that breaks off fails every reading, but its first part can be iterated', async () => {
    const { response, peer } = await answered(
      head('Content-Length: 10', 'Content-Type: text/event-stream'),
      'he',
      'llo',
    )
    peer.hangUp()
    const cut = { name: 'RemoteProtocolError', code: 'PREMATURE_EOF' }

    await expect(response.bytes()).rejects.toMatchObject(cut)
    await expect(response.json()).rejects.toMatchObject(cut)
    await expect(textOf(response.decoded())).rejects.toMatchObject(cut)
    const pieces: string[] = []
    const reading = async (): Promise<void> => {
      for await (const piece of response.body) pieces.push(Buffer.from(piece).toString())
    }
    await expect(reading()).rejects.toThrow(RemoteProtocolError)
    expect(pieces.join('')).toBe('hello')
    expect([response.isComplete, [...response.trailers]]).toEqual([false, []])
  })

  test('is read from the wire only on demand', async () => {
    const { response, peer } = await answered(HELLO, 'hello', 'world')
    const reads = peer.reads
    const pieces = response.decoded()[Symbol.asyncIterator]()

    expect(peer.reads).toBe(reads)
    await pieces.next()
    expect(peer.reads).toBe(reads + 1)
  })
})

test.describe('A response', () => {
  test('knows where its head was among the bytes of the connection', async () => {
    const { response, peer, connection } = await answered(HELLO, 'helloworld')
    expect(response.headRange).toEqual({ start: 0, end: HELLO.length })
    await response.bytes()
    await connection.request('GET', '/next')
    peer.say(`HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${String(head('Content-Length: 0'))}`)
    const next = await connection.getResponse()
    const start = HELLO.length + 10 + 'HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n'.length
    expect(next.headRange).toEqual({ start, end: start + head('Content-Length: 0').length })
    expect(next.interim).toMatchObject([{ status: 103, reason: 'Early Hints' }])
    expect([...(next.interim[0]?.headers ?? [])]).toEqual([['Link', 'a']])
  })

  test('of HTTP/1.0 says so', async () => {
    const { response } = await answered('HTTP/1.0 404 Gone away\r\n\r\n')
    expect(response).toMatchObject({ httpVersion: '1.0', status: 404, reason: 'Gone away', isComplete: false })
  })

  test('has its trailers at the end', async () => {
    const { response } = await answered(head('Transfer-Encoding: chunked'), '1\r\na\r\n', '0\r\nX-Sum: 1\r\n\r\n')
    expect([...response.trailers]).toEqual([])
    expect(await response.text()).toBe('a')
    expect([...response.trailers]).toEqual([['X-Sum', '1']])
  })
})

test.describe('text()', () => {
  const E_ACUTE = Uint8Array.of(0x63, 0xe9)
  // oxfmt-ignore
  const CASES: readonly (readonly [name: string, contentType: string, body: Uint8Array, text: string])[] = [
    ['is UTF-8 where no charset is named',          'text/plain',                                  Buffer.from('cé'),                'cé'],
    ['goes by the charset',                         'text/plain; charset=iso-8859-1',              E_ACUTE,                           'cé'],
    ['goes by a quoted charset, whatever its case', 'text/plain;a="; charset=utf-16"; Charset="ISO-8859-\\1"', E_ACUTE,              'cé'],
    ['goes by the first charset',                   'text/plain; charset=latin1; charset=utf-8',   E_ACUTE,                           'cé'],
    ['is UTF-8 where the charset is empty',         'text/plain; charset=""',                      Buffer.from('cé'),                'cé'],
    ['knows what is not of one byte',               'text/plain; charset=Shift_JIS',               Uint8Array.of(0x93, 0xfa),         '日'],
    ['believes a byte order mark more',             'text/plain; charset=iso-8859-1',              Buffer.from('\ufeffcé'),          'cé'],
    ['knows the mark of UTF-16, little end first',  'text/plain',                                  Buffer.from('\ufeffcé', 'utf16le'), 'cé'],
    ['knows the mark of UTF-16, big end first',     'text/plain',                                  Buffer.from('\ufeffcé', 'utf16le').swap16(), 'cé'],
    ['takes the last type of a list',               'application/json, text/event-stream; charset=utf-8', Buffer.from('cé'),         'cé'],
    ['takes the charset of the same type before',   'text/plain; charset=latin1, text/plain',      E_ACUTE,                           'cé'],
    ['drops the charset of another type before',    'text/html; charset=latin1, text/plain',       Buffer.from('cé'),                'cé'],
    ['keeps it beside other parameters',            'text/plain;charset=latin1;a=b, text/plain;x=y', E_ACUTE,                        'cé'],
    ['leaves out what is no type, and any type',    'text/plain;charset=latin1, */*, nonsense',    E_ACUTE,                           'cé'],
    ['does not take it over another type between',  'text/plain;charset=latin1, text/html, text/plain', Buffer.from('cé'),           'cé'],
    ['takes a comma in quotes for a part of them',  'text/plain;a="x, y";charset=latin1',          E_ACUTE,                           'cé'],
    ['reads quotes that are not closed to the end', 'text/plain;charset="latin1',                  E_ACUTE,                           'cé'],
    ['goes on behind a charset that is empty',      'text/plain;charset=;charset=latin1',          E_ACUTE,                           'cé'],
    ['goes by what is in quotes, not behind them',  'text/plain;charset="latin1"utf-8',            E_ACUTE,                           'cé'],
    ['takes no name with a blank for a charset',    'text/plain;charset = latin1',                 Buffer.from('cé'),                'cé'],
    ['knows how MySQL calls UTF-8',                 'text/plain; charset=utf8mb4',                 Buffer.from('cé'),                'cé'],
    ['puts U+FFFD where the bytes are wrong',       'text/plain; charset=utf-8',                   E_ACUTE,                           'c\ufffd'],
  ]
  for (const [name, contentType, body, text] of CASES) {
    test(name, async () => {
      const response = await responseWith(body, `Content-Type: ${contentType}`)
      expect(await response.text()).toBe(text)
    })
  }

  test('goes by several lines as by one', async () => {
    const lines = ['Content-Type: text/html; charset=utf-8', 'Content-Type: text/plain; charset=iso-8859-1']
    expect(await (await responseWith(E_ACUTE, ...lines)).text()).toBe('cé')
    expect(await (await responseWith(E_ACUTE, ...lines.toReversed())).text()).toBe('c\ufffd')
  })

  test('lets the caller name the charset', async () => {
    const response = await responseWith(E_ACUTE, 'Content-Type: text/plain; charset=utf-8')
    expect(await response.text({ charset: 'windows-1252' })).toBe('cé')
  })

  test('refuses invalid bytes with fatal, and leaves the body unread', async () => {
    const response = await responseWith(E_ACUTE)

    await expect(response.text({ fatal: true })).rejects.toMatchObject({ name: 'DecodeError', code: 'DECODE_ERROR' })
    expect(Buffer.from(await response.bytes())).toEqual(Buffer.from(E_ACUTE))
  })

  test('refuses a charset that it does not know, and leaves the body unread', async () => {
    const response = await responseWith('hello', 'Content-Type: text/plain; charset=klingon')

    await expect(response.text()).rejects.toMatchObject({
      name: 'DecodeError',
      code: 'UNKNOWN_CHARSET',
      detail: '"klingon"',
    })
    expect(await response.text({ charset: 'utf-8' })).toBe('hello')
  })
})

test.describe('json()', () => {
  for (const charset of ['utf8mb4', 'ISO-8859-1', 'klingon', 'utf-16', '"']) {
    test(`is UTF-8 with charset=${charset}`, async () => {
      for (const mark of ['', '\ufeff']) {
        const response = await responseWith(`${mark}"cé"`, `Content-Type: application/json; charset=${charset}`)
        expect(await response.json()).toBe('cé')
      }
    })
  }

  test('returns the value for any Content-Type, without the byte order mark', async () => {
    const response = await responseWith('\ufeff{"id":42}', 'Content-Type: text/plain')
    expect(await response.json()).toEqual({ id: 42 })
  })

  test('reports where a text is not JSON, and leaves it readable as text', async () => {
    const response = await responseWith('{\r\n  "id": 42,\r\n  "name": Ada\r\n}')

    await expect(response.json()).rejects.toMatchObject({
      name: 'DecodeError',
      code: 'DECODE_ERROR',
      position: { offset: 26, line: 3, column: 11 },
      detail:
        'not JSON at line 3, column 11, offset 26: ' +
        String.raw`expected a value after "{\r\n  \"id\": 42,\r\n  \"name\": ", found "Ada\r\n}"`,
    })
    expect(await response.text()).toContain('Ada')
  })

  test('reports an empty body', async () => {
    const response = await responseWith('')
    await expect(response.json()).rejects.toMatchObject({ detail: expect.stringContaining('the body is empty') })
  })
})

async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all).toString()
}
