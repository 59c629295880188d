import { inspect, stripVTControlCharacters } from 'node:util'
import { runInThisContext } from 'node:vm'
import { expect, test } from '../helpers/test.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import type { MatchList } from '../../src/matching/match-on.ts'
import { maskSecrets } from '../../src/redaction/masks.ts'
import { CassetteMiss } from '../../src/misses/cassette-miss.ts'
import { formatMissReport } from '../../src/misses/miss-text.ts'
import { Replayer, type ReplayerOptions } from '../../src/replay/replayer.ts'
import { Dialogue, originOf } from '../helpers/dialogue.ts'
import { answer, type ConnectionWriter, oneConnection, request, TapeWriter } from '../helpers/tape.ts'

const API = 'https://api.test'
const KEY = ['Authorization: Bearer top-secret-value']
const USER = '{"id":42,"name":"Ada","tags":["x","y"]}'

const writeUsers = (it: ConnectionWriter): ConnectionWriter =>
  it
    .sent(request('GET', '/users/42', '', KEY))
    .received(answer(USER))
    .sent(request('POST', '/users', USER, KEY))
    .received(answer('', '201 Created'))
    .sent(request('DELETE', '/users/42', '', KEY))
    .received(answer(''))

const users = (): Cassette => oneConnection(API, writeUsers)

/** The miss that these writes to one connection end in. */
async function missOf(
  writes: readonly string[],
  { cassette = users(), origin = API, ...options }: ReplayerOptions & { cassette?: Cassette; origin?: string } = {},
): Promise<CassetteMiss> {
  const { connector } = new Replayer(cassette, options)
  try {
    const transport = await connector(originOf(origin), {})
    for (const text of writes) void transport.write(Buffer.from(text, 'latin1'))
  } catch (error) {
    if (error instanceof CassetteMiss) return error
    throw error
  }
  throw new Error('everything was found')
}

/** Requests, and what the first advice on their misses is to say. */
const ADVISED = {
  'another JSON value': [
    request('POST', '/users', USER.replace('42', '43'), KEY),
    "['method', 'url', { body: { ignore: ['$.id'] } }]",
  ],
  'an element more in the middle': [
    request('POST', '/users', USER.replace('"y"', '"new","y"'), KEY),
    "['method', 'url', { body: { ignore: ['$.tags'] } }]",
  ],
  'a member more, with an odd name': [
    request('POST', '/users', USER.replace('{', String.raw`{"it's \\":1,`), KEY),
    String.raw`['method', 'url', { body: { ignore: ['$["it\'s \\\\"]'] } }]`,
  ],
  'another body that is no JSON': [request('POST', '/users', `${USER}!`, KEY), "['method', 'url']"],
  'one parameter of two': [
    request('GET', '/find?q=a&page=2', '', KEY),
    "['method', 'url', { query: { ignore: ['page'] } }, 'body']",
  ],
  'parameters in another order': [
    request('GET', '/find?page=1&q=a', '', KEY),
    "['method', 'url', { query: { anyOrder: true } }, 'body']",
  ],
  'another path': [request('GET', '/users/43', '', KEY), "['method', 'scheme', 'host', 'port', 'query', 'body']"],
} as const

const usersAndSearch = (): Cassette =>
  oneConnection(API, (it) =>
    writeUsers(it)
      .sent(request('GET', '/find?q=a&page=1', '', KEY))
      .received(answer('')),
  )

test.describe('the advice on a miss', () => {
  for (const [what, [text, list]] of Object.entries(ADVISED)) {
    test(`by ${what} makes it a match`, async () => {
      const { report } = await missOf([text], { cassette: usersAndSearch() })
      expect(report.advice[0]).toMatch(/^matchOn: (.*) accepts it/)
      expect(/^matchOn: (.*) accepts it/.exec(report.advice[0] ?? '')?.[1]).toBe(list)
      const matchOn: unknown = runInThisContext(list)
      if (!isMatchList(matchOn)) throw new Error('no list')
      await expect(missOf([text], { cassette: usersAndSearch(), matchOn })).rejects.toThrow('everything was found')
    })
  }
})

const isMatchList = (value: unknown): value is MatchList => Array.isArray(value)

test.describe('a miss', () => {
  test('shows an element that was inserted as one, and not as a change of all behind it', async () => {
    const { report } = await missOf([request('POST', '/users', USER.replace('"x"', '"new","x"'), KEY)])
    expect(report.nearest[0]?.json).toEqual([{ path: '$.tags[0]', recorded: undefined, asked: '"new"' }])
  })

  test('is shown in colours where the terminal has them, and says the same', async () => {
    const miss = await missOf([request('PUT', '/users', USER, KEY)])
    const [plain, painted] = [inspect(miss), inspect(miss, { colors: true })]
    expect(plain).toBe(miss.stack)
    expect(painted).toContain('\x1b[31m  - method differs: recorded POST, asked PUT\x1b[39m')
    expect(stripVTControlCharacters(painted)).toBe(plain)
    expect(miss.message).not.toContain('\x1b')
  })

  test('of another method names both, and where the bytes part', async () => {
    const { report, message, code } = await missOf([request('PUT', '/users', USER, KEY)])

    expect(code).toBe('NO_MATCH')
    expect(report).toMatchObject({
      origin: API,
      asked: { method: 'PUT', url: 'https://api.test/users', bodyLength: USER.length },
      matchOn: ['method', 'url', 'body'],
      recorded: 3,
      unplayed: 3,
    })
    expect(report.nearest).toHaveLength(3)
    expect(report.nearest[0]).toMatchObject({
      number: 2,
      connection: 1,
      method: 'POST',
      reasons: [{ what: 'method', detail: 'recorded POST, asked PUT' }],
      firstDifference: { offset: 1, recorded: { hex: '50 [4f] 53 54 20 2f 75 73 65 72' } },
    })
    expect(message).not.toContain('matchOn:')
    expect(message).toContain('recorded was a POST: another method is another request')
  })

  test('by one JSON field shows the field', async () => {
    const asked = request('POST', '/users', USER.replace('"y"', '"z"'), KEY)
    const { report, message } = await missOf([asked], { face: 'cassette' })

    expect(report.nearest[0]?.reasons.map(({ what }) => what)).toEqual(['body'])
    expect(report.nearest[0]?.json).toEqual([{ path: '$.tags[1]', recorded: '"y"', asked: '"z"' }])
    expect(report.nearest[0]?.firstDifference?.asked.text).toBe('ame":"Ada","tags":["x","[z]"]}')
    expect(message).toContain('$.tags[1]: recorded "y", asked "z"')
    expect(message).toContain("matchOn: ['method', 'url', { body: { ignore: ['$.tags[1]'] } }] accepts it")
    expect(message).toContain('WIRETAPE_MODE=new_episodes records it, and keeps the rest')
    expect(message).toContain('WIRETAPE_MODE=all records the conversation anew')
  })

  test('by JSON fields that are missing, new or of another kind shows each of them', async () => {
    const { report } = await missOf([request('POST', '/users', '{"id":"42","na me":"Ada","tags":["x"]}', KEY)])
    expect(report.nearest[0]?.json).toEqual([
      { path: '$.id', recorded: '42', asked: '"42"' },
      { path: '$.name', recorded: '"Ada"', asked: undefined },
      { path: '$.tags[1]', recorded: '"y"', asked: undefined },
      { path: '$["na me"]', recorded: undefined, asked: '"Ada"' },
    ])
  })

  test('by the case of a header, where bytes are compared, names the header', async () => {
    const first = request('GET', '/users/42', '', KEY)
    const { report, message } = await missOf([first.replace('Host', 'host')], { matchOn: 'bytes' })

    expect(report.nearest[0]).toMatchObject({
      number: 1,
      reasons: [{ what: 'bytes', detail: 'byte 24 differs' }],
      firstDifference: { offset: 24 },
      headers: [{ kind: 'case', recorded: 'Host', asked: 'host' }],
    })
    expect(message).toContain("matchOn: ['method', 'url', 'body'] accepts other headers")
  })

  test('by the order of headers, where bytes are compared, shows both orders', async () => {
    const [line, host, key] = request('GET', '/users/42', '', KEY).split('\r\n')
    const { report } = await missOf([`${line}\r\n${key}\r\n${host}\r\nX: 1\r\n\r\n`], { matchOn: 'bytes' })
    expect(report.nearest[0]?.headers).toEqual([
      { kind: 'extra', recorded: undefined, asked: 'X: 1' },
      { kind: 'order', recorded: 'host, authorization', asked: 'authorization, host' },
    ])
  })

  test('in the middle of a connection whose bytes are compared is distinguished from the request it is in', async () => {
    const first = request('GET', '/users/42', '', KEY)
    const { report } = await missOf([first, request('POST', '/user', USER, KEY)], { matchOn: 'bytes' })
    expect(report).toMatchObject({ asked: { method: 'POST', url: 'https://api.test/user' }, unplayed: 2 })
    expect(report.nearest).toMatchObject([{ number: 2, firstDifference: { offset: 10 } }])
  })

  test('by a body one byte longer gives both lengths and the offset', async () => {
    const cassette = oneConnection(API, (it) => it.sent(request('PUT', '/file', 'abc')))
    const { report, message } = await missOf([request('PUT', '/file', 'abcd')], { cassette })
    expect(report.nearest[0]).toMatchObject({
      reasons: [{ what: 'body', detail: 'recorded 3 bytes, asked 4, different from body byte 3 on' }],
      headers: [{ kind: 'value', recorded: 'Content-Length: 3', asked: 'Content-Length: 4' }],
      json: [],
    })
    expect(message).toContain('first difference at byte 3 of the body')
    expect(message).toContain('abc[d]')
  })

  test('of what was already played says so, and names the option', async () => {
    const first = request('GET', '/users/42', '', KEY)
    const { report, message } = await missOf([first, first])

    expect(report.unplayed).toBe(2)
    expect(report.nearest[0]).toMatchObject({
      number: 1,
      reasons: [{ what: 'played', detail: 'already played' }],
      firstDifference: undefined,
    })
    expect(message).toContain('allowPlaybackRepeats: true plays an interaction more than once')
    expect(message).not.toContain('first difference')
  })

  test('at another origin names the parts of the URL that differ, and those that do not', async () => {
    const { report, message } = await missOf([request('GET', '/users/42')], { origin: 'http://other.test:8080' })
    expect(report.nearest[0]).toMatchObject({
      number: 1,
      reasons: [
        {
          what: 'url',
          detail:
            'scheme differs: recorded https, asked http; host differs: recorded api.test, asked other.test; port differs: recorded 443, asked 8080',
        },
      ],
    })
    expect(message).toContain("matchOn: ['method', 'path', 'query', 'body'] accepts it")
    expect(message).toContain('nothing was recorded of http://other.test:8080, only of https://api.test')
  })

  test('on an empty cassette says that it is empty', async () => {
    const { report, message } = await missOf([request('GET', '/')], {
      cassette: new TapeWriter().cassette,
      face: 'cassette',
    })
    expect(report).toMatchObject({ nearest: [], recorded: 0, unplayed: 0 })
    expect(message).toBe(
      [
        'no recorded interaction matches the request: GET https://api.test/',
        'interactions: the cassette holds none; compared: method, url, body',
        '',
        'WIRETAPE_MODE=new_episodes records it, and keeps the rest',
        'WIRETAPE_MODE=all records the conversation anew',
      ].join('\n'),
    )
  })

  test('of bytes in another protocol names the conversation that agrees longest, wherever it was recorded', async () => {
    const said = ['HELLO', 'HELP', 'HELLO WORLD', 'QUIT']
    const tape = new TapeWriter()
    for (const text of said) tape.open('tcp://api.test:7').sent(`${text}\n`).received('ok\n')
    const nearestTo = async (text: string): Promise<number | undefined> => {
      const replayer = new Replayer(tape.cassette)
      const client = await Dialogue.with(replayer, 'tcp://api.test:7')
      expect(() => client.say(text)).toThrow(CassetteMiss)
      return replayer.misses[0]?.report.nearest[0]?.connection
    }
    expect(await nearestTo('HELLO WORMS\n')).toBe(3)
    expect(await nearestTo('HELPS\n')).toBe(2)
    expect(await nearestTo('QUICK\n')).toBe(4)
    expect(await nearestTo('HELLOS\n')).toBe(1)
  })

  test('of bytes that are no request says why they are none', async () => {
    const { report, message } = await missOf(['GET /a b HTTP/1.1\r\n\r\n'])
    expect(report.asked).toMatchObject({ method: undefined, problem: expect.stringContaining('at byte 7') })
    expect(message).toContain('that are not an HTTP request')
  })

  test('behind an upgrade shows where the bytes part, and advises nothing about requests', async () => {
    const upgrade = request('GET', '/', '', ['Connection: upgrade', 'Upgrade: websocket'])
    const cassette = oneConnection(API, (it) =>
      it.sent(upgrade).received('HTTP/1.1 101 S\r\n\r\n').sent('\x81\x85hello'),
    )
    const { report, message } = await missOf([upgrade, '\x81\x85', 'help'], { cassette })
    expect(report.nearest).toMatchObject([
      { number: undefined, connection: 1, reasons: [{ what: 'bytes' }], firstDifference: { offset: 5 } },
    ])
    expect(message).toContain('asked     \\x81\\x85hel[p]')
    expect(message).not.toContain('accepts')
  })

  test('of one connection too many, where bytes are compared, says so', async () => {
    const cassette = new TapeWriter().cassette
    const { message } = await missOf([], { cassette, matchOn: 'bytes' })
    expect(message).toContain('one more connection to https://api.test')
  })

  test('ranks what was not played above what was', async () => {
    const put = request('PUT', '/', 'x')
    const cassette = oneConnection(API, (it) => it.sent(put).received(answer('1')).sent(put).received(answer('2')))
    const { report } = await missOf([put, request('PUT', '/', 'y')], { cassette })
    expect(report.nearest.map(({ number }) => number)).toEqual([2, 1])
  })

  test('ranks the same path above the same method', async () => {
    const cassette = oneConnection(API, (it) =>
      it.sent(request('GET', '/other'), request('PUT', '/a/b', 'x'), request('GET', '/a/c'), request('GET', '/a/b?z')),
    )
    const { report } = await missOf([request('GET', '/a/b')], { cassette })
    expect(report.nearest.map(({ number }) => number)).toEqual([4, 3, 2])
  })
})

test.describe('what a report must not show', () => {
  const places: readonly ((secret: string) => string)[] = [
    (secret) => request('POST', `/in?api_key=${secret}&a=1`),
    (secret) => request('POST', '/in', '', [`Cookie: a=1; session=${secret}`]),
    (secret) => request('POST', '/in', '', [`Proxy-Authorization: Basic ${secret}`]),
    (secret) => request('POST', '/in', '', [`X-Api-Key: ${secret}`]),
    (secret) => request('POST', '/in', `user=Ada&password=${secret}`),
    (secret) => request('POST', '/in', `{"user":"Ada","password":"${secret}"}`),
    (secret) => request('POST', '/in', `{"user":"Ada","tokens":{"it":"${secret}"}}`),
    (secret) => request('POST', '/in', `<login user="Ada"><password>${secret}</password></login>`),
  ]
  for (const place of places) {
    test(`is the secret in ${JSON.stringify(place('SECRET').slice(0, 200))}, in any form`, async () => {
      const cassette = oneConnection(API, (it) => it.sent(place('OneQuux-1')))
      for (const matchOn of ['bytes', ['method', 'url', 'body', 'headers']] as const) {
        const miss = await missOf([place('TwoZyxw-2')], { cassette, matchOn })
        const shown = miss.message + JSON.stringify(miss.report)
        for (const value of ['Quux', 'Zyxw']) {
          expect(shown).not.toContain(value)
          expect(shown).not.toContain(Buffer.from(value).toString('hex').match(/../g)?.join(' '))
        }
        expect(shown).toContain('***')
      }
    })
  }

  test('are control characters, whichever side they come from', async () => {
    const nasty = '\x1b[31m\x9b2J\x07\x00\x7f'
    const put = (body: string, header: string): string => request('PUT', '/', nasty + body, [`X-A: ${header}`])
    const cassette = oneConnection(API, (it) => it.sent(put('a', '\x9b1')))
    const [body, header] = [
      await missOf([put('b', '\x9b1')], { cassette }),
      await missOf([put('b', '\x9b2')], { cassette }),
    ]

    expect(body.message + header.message).toMatch(/^[\n\x20-\x7e]*$/)
    expect(body.message).toContain('\\x1b[31m\\x9b2J\\x07\\x00\\x7f[b]')
    expect(header.message).toContain('asked X-A: \\xc2\\x9b2')
  })

  const masked: readonly (readonly [text: string, masked: string])[] = [
    ['AUTHORIZATION:Basic abc\r\nHost: a', 'AUTHORIZATION:*********\r\nHost: a'],
    ['?a=1&access_token=abc&b=2', '?a=1&access_token=***&b=2'],
    ['{"client_secret" : "a\\"b", "x":1}', '{"client_secret" : ******, "x":1}'],
    ['{"passwd":1234}', '{"passwd":****}'],
    ['Content-Type: text/plain', 'Content-Type: text/plain'],
    // The names are those of redaction, and a value that is shown ends no other.
    ['passphrase=abc;x=token=abc', 'passphrase=***;x=token=***'],
    ['X-Auth: abc\r\nX-Plan: free', 'X-Auth: abc\r\nX-Plan: free'],
    ['{"csrf":"ab", "x":{"pwd":"a"}}', '{"csrf":****, "x":{"pwd":***}}'],
    ['{"token":{"a":"}","b":1}, "c":2}', '{"token":***************, "c":2}'],
    ['<n:password>abc</n:password>', '<n:password>***</n:password>'],
    ['<input type="password" name="p" value="abc">', '<input type="password" name="p" value="***">'],
    ['password: |\n  abc\n  def\nx: 1', 'password: *************\nx: 1'],
    ['?code=users&key=sorted', '?code=users&key=sorted'],
    ['?code=8fk2Lq09xZ', '?code=**********'],
  ]
  for (const [text, expected] of masked) {
    test(`maskSecrets turns ${JSON.stringify(text)} into ${JSON.stringify(expected)}`, () => {
      expect(maskSecrets(text)).toBe(expected)
    })
  }
})

for (const [place, write] of Object.entries({
  path: (pin: string) => request('POST', `/a/${pin}`),
  query: (pin: string) => request('POST', `/a?n=${pin}`),
  header: (pin: string) => request('POST', '/a', 'x', [`X-N: ${pin}`]),
  JSON: (pin: string) => request('POST', '/a', `{"n":${pin}}`),
  text: (pin: string) => request('POST', '/a', `see ${pin}`),
}))
  test(`a registered number in the ${place} is in no miss, nor in its report`, async () => {
    const pin = '4829135507'
    const cassette = oneConnection(API, (it) => it.sent(write('1111111111').replace('/a', '/b')))
    for (const matchOn of [undefined, 'bytes', ['method', 'url', 'headers', 'body']] as const) {
      const miss = await missOf([write(pin)], { cassette, matchOn, redact: { secrets: [pin] } })
      expect(miss.message + JSON.stringify(miss.report)).not.toContain(pin)
    }
  })

test('a report can be kept as JSON and formatted later', async () => {
  const { report, detail } = await missOf([request('PUT', '/users', USER)])
  expect(formatMissReport(JSON.parse(JSON.stringify(report)))).toBe(detail)
})
