import { expect as base, test } from '../helpers/test.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { useCassette } from '../../src/index.ts'
import { saveCassette } from '../../src/entries/cassette.ts'
import { expect } from '../../src/playwright/matchers.ts'
import { answered } from '../helpers/made-response.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

/** The message of an expectation that fails, without colours. */
async function complaint(expectation: () => unknown): Promise<string> {
  try {
    await expectation()
  } catch (error) {
    // oxlint-disable-next-line no-control-regex
    return String(error).replaceAll(/\u001b\[\d+m/g, '')
  }
  return 'no complaint'
}

const HEAD = [
  'HTTP/1.1 201 Made it',
  'X-cAsE: kept',
  'Set-Cookie: a=1',
  'Set-Cookie: b=2',
  'Content-Length: 0',
  '',
  '',
].join('\r\n')

const wire = async () => (await answered(HEAD)).response

test.describe('toHaveStatus', () => {
  test('takes a number or a class, of every kind of response', async () => {
    expect(await wire()).toHaveStatus(201)
    expect(await wire()).toHaveStatus('2xx')
    expect(await wire()).not.toHaveStatus(200)
    expect(new Response('', { status: 404 })).toHaveStatus('4xx')
    base(await complaint(async () => expect(await wire()).toHaveStatus(404))).toContain(
      'Expected: 404\nReceived: 201 Made it\n\n    X-cAsE: kept',
    )
  })
})

test.describe('toHaveHeader', () => {
  test('knows case, values and order', async () => {
    const response = await wire()
    expect(response).toHaveHeader('X-cAsE')
    expect(response).toHaveHeader('X-cAsE', 'kept', { before: 'Set-Cookie' })
    expect(response).toHaveHeader('x-case', /^k/, { ignoreCase: true })
    expect(response).toHaveHeader('Set-Cookie', 'b=2')
    expect(response).toHaveHeader('Set-Cookie', ['a=1', 'b=2'], { after: 'X-cAsE' })
    expect(new Response('', { headers: { 'X-Tea': 'green' } })).toHaveHeader('X-Tea', 'green')
    for (const [expectation, why] of [
      [() => expect(response).toHaveHeader('X-Case'), 'It is written X-cAsE'],
      [() => expect(response).toHaveHeader('Server'), 'There is no header Server.'],
      [() => expect(response).toHaveHeader('X-cAsE', 'lost'), 'Its value is kept.'],
      [() => expect(response).toHaveHeader('Set-Cookie', ['b=2', 'a=1']), 'Its value is a=1 | b=2.'],
      [() => expect(response).toHaveHeader('Set-Cookie', ['a=1']), 'Its value is a=1 | b=2.'],
      [() => expect(response).toHaveHeader('Set-Cookie', 'a=1', { before: 'X-cAsE' }), 'not come before X-cAsE.'],
      [
        () => expect(response).toHaveHeader('X-cAsE', 'kept', { after: 'Content-Length' }),
        'not come after Content-Length.',
      ],
      [() => expect(response).toHaveHeader('X-cAsE', 'kept', { after: 'Server' }), 'not come after Server.'],
    ] as const)
      base(await complaint(expectation)).toContain(why)
  })
})

test.describe('with a cassette', () => {
  const cassette = oneConnection('http://api.test', (it) =>
    it.sent(request('GET', '/a')).received(answer('{"id":1}')).sent(request('GET', '/b')).received(answer('two')),
  )

  test('toMatchCassette, toBeFullyPlayed and toHaveSentBytes tell what is missing', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
    await saveCassette(join(dir, 'talk.yaml'), cassette)
    await using open = await useCassette('talk', { dir, env: {}, mode: 'none', keepSent: 1000 })
    const connection = open.connect('http://api.test')
    await connection.request('GET', '/a')
    await (await connection.getResponse()).bytes()
    expect(open).not.toBeFullyPlayed()
    base(await complaint(() => expect(open).toBeFullyPlayed())).toMatch(/talk\.yaml\n[^]*GET http:\/\/api\.test\/b/)

    expect(open).toHaveSentBytes('GET /a HTTP/1.1\r\nHost: ')
    expect(open).toHaveSentBytes(request('GET', '/a'), { exactly: true, connection: 1 })
    expect(open).toHaveSentBytes(/host: api/i)
    // These flags make a pattern go on where its last use ended.
    for (const pattern of [/GET/y, /GET/g, /Host/y]) for (const _ of [1, 2]) expect(open).toHaveSentBytes(pattern)
    expect(open).toHaveSentBytes(Buffer.from('GET'))
    expect(open).not.toHaveSentBytes('GET /b')
    expect(open).not.toHaveSentBytes('GET /a', { connection: 2 })
    const exact = await complaint(() => expect(open).toHaveSentBytes(request('GET', '/b'), { exactly: true }))
    base(exact).toContain('first difference at byte 5: sent "GET /a HTTP/1.1\\x0d\\x0aHost"')
    base(exact).toContain('connection 1 to http://api.test, 35 bytes:\n    GET /a HTTP/1.1\n    Host: api.test')

    await connection.request('GET', '/b')
    await (await connection.getResponse()).bytes()
    expect(open).toBeFullyPlayed()

    await expect(open).toMatchCassette(join(dir, 'talk.yaml'))
    await expect(open).toMatchCassette(cassette)
    const other = oneConnection('http://api.test', (it) => it.sent(request('GET', '/a')).received(answer('{"id":2}')))
    await expect(other).not.toMatchCassette(cassette)
    const diff = await complaint(() => expect(other).toMatchCassette(cassette))
    base(diff).toContain('1 changed, 1 removed')
    base(diff).toMatch(/id.*1 -> 2/)
    await rm(dir, { recursive: true })
  })
})

/** How many bytes were sent, how many of them are kept, how many are shown, and what is said of the others. */
const LONG_TEXTS: readonly (readonly [sent: number, kept: number, shown: number, lines: readonly string[]])[] = [
  [1999, 9000, 1999, []],
  [2000, 9000, 2000, []],
  [2001, 9000, 2000, ['... 1 more byte']],
  [4500, 9000, 2000, ['... 2,500 more bytes']],
  [4500, 3000, 2000, ['... 2,500 more bytes', '(1,500 bytes were not kept; cassetteOptions: { keepSent } keeps more)']],
  [4500, 2000, 2000, ['... 2,500 more bytes', '(2,500 bytes were not kept; cassetteOptions: { keepSent } keeps more)']],
  [4500, 500, 500, ['... 4,000 more bytes', '(4,000 bytes were not kept; cassetteOptions: { keepSent } keeps more)']],
  [501, 500, 500, ['... 1 more byte', '(1 byte was not kept; cassetteOptions: { keepSent } keeps more)']],
]

test('of a long text toHaveSentBytes shows the beginning, and counts what it does not show', async () => {
  for (const [size, keepSent, shown, lines] of LONG_TEXTS) {
    const body = 'x'.repeat(size - (size > 1000 ? 61 : 60))
    const sent = request('POST', '/long', body)
    base(sent.length).toBe(size)
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
    const cassette = oneConnection('http://api.test', (it) => it.sent(sent).received(answer('ok')))
    await saveCassette(join(dir, 'long.yaml'), cassette)
    await using open = await useCassette('long', { dir, env: {}, mode: 'none', keepSent })
    const connection = open.connect('http://api.test')
    await connection.request('POST', '/long', { body })
    await (await connection.getResponse()).bytes()
    const bytes = sent.slice(0, shown).split('\r\n')
    const all = await complaint(() => expect(open).toHaveSentBytes('nothing like it'))
    base(all.split('Sent:\n')[1]).toBe(
      [`connection 1 to http://api.test, ${size.toLocaleString('en')} bytes:`]
        .concat([...bytes, ...lines].map((line) => `    ${line}`))
        .join('\n'),
    )
    await rm(dir, { recursive: true })
  }
})

test('toHaveSentBytes says where what was sent differs first, also at an end', async () => {
  const sent = { to: 'http://api.test', bytes: Buffer.from('GET / HTTP/1.1\r\n\r\n'), omitted: 0 }
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
  await saveCassette(join(dir, 'talk.yaml'), cassetteOf(sent.bytes))
  await using open = await useCassette('talk', { dir, env: {}, mode: 'none', keepSent: 1000 })
  const transport = await open.connector({ protocol: 'http', host: 'api.test', port: 80 }, {})
  void transport.write(sent.bytes)
  for (const [expected, place] of [
    [
      'GET / HTTP/1.1\r\n',
      'at byte 16: sent "GET / HTTP/1.1\\x0d\\x0a\\x0d\\x0a", expected "GET / HTTP/1.1\\x0d\\x0a"',
    ],
    [
      'GET / HTTP/1.1\r\n\r\n!',
      'at byte 18: sent "T / HTTP/1.1\\x0d\\x0a\\x0d\\x0a", expected "T / HTTP/1.1\\x0d\\x0a\\x0d\\x0a!"',
    ],
    ['', 'at byte 0: sent "GET / HTTP/1.1\\x0d\\x0a", expected ""'],
    ['PUT / HTTP/1.1\r\n\r\n', 'at byte 0: sent "GET / HTTP/1.1\\x0d\\x0a", expected "PUT / HTTP/1.1\\x0d\\x0a"'],
  ] as const)
    base(await complaint(() => expect(open).toHaveSentBytes(expected, { exactly: true }))).toContain(
      `    first difference ${place}`,
    )
  base(await complaint(() => expect(open).not.toHaveSentBytes(sent.bytes, { exactly: true }))).toContain('    the same')
  base(await complaint(() => expect(open).toHaveSentBytes('GET', { connection: 2 }))).toContain(
    '  nothing over a connection 2',
  )
  transport.destroy()
  await rm(dir, { recursive: true })
})

const cassetteOf = (sent: Uint8Array) => oneConnection('http://api.test', (it) => it.sent(sent).received(answer('ok')))
