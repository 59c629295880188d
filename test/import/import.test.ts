import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test as base } from '../helpers/test.ts'
import { fetchOver } from '../../src/entries/fetch.ts'
import { Replayer } from '../../src/index.ts'
import { decodeCassette, encodeCassette } from '../../src/entries/cassette.ts'
import { toHar, toPcap } from '../../src/generate/index.ts'
import { importHar, type Imported, importNock, importPolly, importVcr } from '../../src/import/index.ts'
import { runCli } from '../cli/run-cli.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'
import { runTypeScript, withoutStorageWarning } from '../helpers/ts-process.ts'

const test = base.extend<{ dir: string }>({
  dir: async ({}, use) => {
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
    await use(dir)
    await rm(dir, { recursive: true })
  },
})

type Ask = readonly [url: string, body?: string | Uint8Array<ArrayBuffer>]

/** What a client gets from an imported cassette that was written and read again. */
async function replayed({ cassette }: Imported, asks: readonly Ask[]): Promise<unknown[]> {
  const replayer = new Replayer(decodeCassette(encodeCassette(cassette)))
  await using fetch = fetchOver(replayer.connector)
  const answers: unknown[] = []
  for (const [url, body] of asks) {
    const init = body === undefined ? {} : { method: 'POST', body }
    const response = await fetch(url, { ...init, redirect: 'manual' })
    const bytes = Buffer.from(await response.arrayBuffer())
    answers.push([response.status, response.statusText, bytes.toString('latin1')])
  }
  expect(replayer.allPlayed).toBe(true)
  return answers
}

const textsOf = ({ cassette }: Imported): readonly string[] =>
  cassette.tape.flatMap((event) => ('bytes' in event ? [Buffer.from(event.bytes).toString('latin1')] : []))

// oxfmt-ignore
const VCR_RUBY = `---
http_interactions:
- request:
    method: get
    uri: http://api.test/users?page=1
    body:
      encoding: US-ASCII
      string: ''
    headers:
      Accept-Encoding: [gzip;q=1.0]
      User-Agent:
      - Ruby
  response:
    status:
      code: 200
      message: OK
    headers:
      Content-Type:
      - application/json
      Set-Cookie:
      - a=1
      - b=2
      Transfer-Encoding:
      - chunked
    body:
      encoding: UTF-8
      string: '{"users":[]}'
  recorded_at: Tue, 01 Nov 2011 04:58:44 GMT
- request:
    method: post
    uri: http://api.test/logo
    body: { encoding: ASCII-8BIT, base64_string: AAH/ }
    headers: {}
  response:
    status: { code: 201, message: Created }
    headers: { Content-Type: [image/png] }
    body: { encoding: ASCII-8BIT, base64_string: iVBO/wA= }
  recorded_at: Tue, 01 Nov 2011 04:58:45 GMT
recorded_with: VCR 6.2.0
`

const VCRPY = `interactions:
- request:
    body: null
    headers:
      Accept: ['*/*']
    method: GET
    uri: http://api.test/zip
  response:
    body:
      string: !!binary |
        H4sIAAAAAAAAA6tWSlSyMqwFAK+sG1YHAAAA
    headers:
      Content-Encoding: [gzip]
      Content-Length: ['27']
    status: {code: 200, message: OK}
- request:
    body: name=Ada
    headers: {}
    method: POST
    uri: http://api.test/users
  response:
    body: {string: 'caf\u00e9'}
    headers: {X-Tea: [green]}
    status: {code: 303, message: See Other}
version: 1
`

/** As a browser writes it. */
const entry = (url: string, status: number): object => ({
  startedDateTime: '2026-01-01T00:00:00.000Z',
  time: 12.5,
  request: {
    method: 'GET',
    url,
    httpVersion: 'h2',
    headers: [
      { name: ':authority', value: 'x' },
      { name: ':method', value: 'GET' },
      { name: ':scheme', value: 'https' },
      { name: ':path', value: '/' },
      { name: 'accept', value: '*/*' },
    ],
  },
  response: {
    status,
    statusText: '',
    headers: [{ name: 'content-encoding', value: 'br' }],
    content: { text: 'plain' },
  },
})

test.describe('what other tools recorded is replayed', () => {
  test('VCR of Ruby', async () => {
    const imported = importVcr(VCR_RUBY)
    const asks: Ask[] = [['http://api.test/users?page=1'], ['http://api.test/logo', new Uint8Array([0, 1, 255])]]
    expect(await replayed(imported, asks)).toEqual([
      [200, 'OK', '{"users":[]}'],
      [201, 'Created', '\u0089PN\u00ff\0'],
    ])
    expect(imported.cassette.recorded.at).toBe('2011-11-01T04:58:44.000Z')
    expect(textsOf(imported)[1]).toBe(
      'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 12\r\n\r\n{"users":[]}',
    )
    expect(imported.notes).toEqual([
      'VCR never had: chunk framing, trailers, interim responses, segmentation, times within an answer, answers that failed or were cut off',
    ])
  })

  test('vcrpy', async () => {
    const imported = importVcr(VCRPY)
    const asks: Ask[] = [['http://api.test/zip'], ['http://api.test/users', 'name=Ada']]
    expect(await replayed(imported, asks)).toEqual([
      [200, 'OK', '{"a":1}'],
      [303, 'See Other', 'caf\u00c3\u00a9'],
    ])
    expect(imported.notes).toEqual([expect.stringMatching(/^vcrpy never had/)])
  })

  for (const [tool, read, reason] of [
    ['nock', importNock, ['', '', '']],
    ['polly', importPolly, ['OK', 'OK', 'Created']],
  ] as const) {
    test(`${tool}, which records now`, async ({ dir }) => {
      const { code, stdout, stderr } = await runTypeScript(new URL('other-tools.ts', import.meta.url), tool, dir)
      expect([code, withoutStorageWarning(stderr)]).toEqual([0, ''])
      const imported = read(stdout)
      const { origin } = new URL(/http:\/\/127\.0\.0\.1:\d+/.exec(stdout)?.[0] ?? '')
      const asks: Ask[] = [[`${origin}/zip`], [`${origin}/png`], [`${origin}/orders?x=1`, '{"n":1}']]
      expect(await replayed(imported, asks)).toEqual([
        [200, reason[0], '{"a":1}'],
        [200, reason[1], '\u0089PN\u00ff\0'],
        [201, reason[2], '{"url":"/orders?x=1"}'],
      ])
    })
  }

  test('HAR of ours, which was made of a cassette', async () => {
    const cassette = oneConnection('http://api.test', (it) =>
      it
        .sent(request('GET', '/a'))
        .received('HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n\u00ff\0a\r\n0\r\n\r\n')
        .sent(request('POST', '/b', 'tea'))
        .received(answer('two', '500 Oh')),
    )
    const imported = importHar(JSON.stringify(toHar(cassette)))
    expect(await replayed(imported, [['http://api.test/a'], ['http://api.test/b', 'tea']])).toEqual([
      [200, 'Fine', '\u00ff\0a'],
      [500, 'Oh', 'two'],
    ])
    expect(imported.cassette.recorded.at).toBe('2026-11-22T12:00:00.001Z')
  })

  test('HAR of a browser: decoded bodies, HTTP/2, sockets, and requests that failed', async () => {
    const log = {
      entries: [entry('https://site.test/', 200), entry('wss://site.test/', 101), entry('https://site.test/x', 0)],
    }
    const imported = importHar(JSON.stringify({ log }))
    expect(await replayed(imported, [['https://site.test/']])).toEqual([[200, '', 'plain']])
    expect(imported.notes.slice(1).toSorted()).toEqual([
      'bodies were kept decoded: Content-Encoding is left out',
      'left out GET https://site.test/x: there is no answer',
      'log.entries[] wss://site.test/ has no messages in the file, and is left out',
    ])
    expect(textsOf(imported)[0]).toBe('GET / HTTP/1.1\r\nHost: site.test\r\naccept: */*\r\n\r\n')
  })
})

test('a list of JSON that looks like hex stays JSON, and an alias of Ruby is followed', () => {
  const nock = importNock(
    JSON.stringify([{ scope: 'http://api.test', method: 'GET', path: '/', status: 200, response: ['ab', 'cd'] }]),
  )
  expect(textsOf(nock)[1]).toContain('["ab","cd"]')
  const vcr = importVcr(VCR_RUBY.replace("string: ''", "string: &1 ''").replace('encoding: UTF-8', 'encoding: *1'))
  expect(textsOf(vcr)).toHaveLength(4)
})

test('what could end a line or a message is left out, not written', () => {
  const definition = { scope: 'http://api.test', method: 'GET', path: '/', status: 200, response: 'x' }
  const smuggled = importNock(
    JSON.stringify([
      { ...definition, headers: { 'X-A': '1\r\nX-B: 2' } },
      { ...definition, method: 'GET / HTTP/1.1\r\n' },
      { ...definition, headers: { 'content-length': '500', 'transfer-encoding': 'chunked' } },
    ]),
  )
  expect(smuggled.notes.filter((note) => note.startsWith('left out'))).toHaveLength(2)
  expect(textsOf(smuggled)).toEqual([
    'GET / HTTP/1.1\r\nHost: api.test\r\n\r\n',
    'HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nx',
  ])
})

for (const [name, read, text] of [
  ['no JSON', importHar, '{'],
  ['no log', importHar, '{}'],
  ['no list', importNock, '{"scope":1}'],
  ['no YAML', importVcr, '- [\n'],
  ['no interactions', importVcr, 'a: 1'],
  ['a reference to itself', importVcr, 'interactions: &a\n- *a'],
] as const) {
  test(`a file with ${name} is refused, and says where`, () => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'IMPORT_INVALID' }))
  })
}

test('the command writes a cassette without secrets, and says what was never there', async ({ dir }) => {
  await writeFile(
    join(dir, 'users.yml'),
    VCR_RUBY.replace('- Ruby', '- Ruby\n      Authorization: [Bearer aB3dE6gH9jK2mN5p]'),
  )
  const { code, stderr } = await runCli(['import', 'vcr', 'users.yml', '-o', 'tapes/users.yaml'], { cwd: dir })
  expect(stderr).toMatch(/^wrote 2 interactions to tapes\/users\.yaml\n {2}VCR never had: /)
  expect(code).toBe(0)
  const text = await readFile(join(dir, 'tapes/users.yaml'), 'utf8')
  expect(text).not.toContain('aB3dE6gH9jK2mN5p')
  expect((await runCli(['import', 'har', 'users.yml'], { cwd: dir })).code).toBe(1)
})

test('the command takes a capture, what there is to say of TLS, and refuses both for other files', async ({ dir }) => {
  const cassette = oneConnection('http://api.test', (it) =>
    it
      .sent(request('GET', '/a', '', ['Authorization: Bearer aB3dE6gH9jK2mN5p']))
      .received(answer('ok'))
      .closed('client'),
  )
  await writeFile(join(dir, 'users.pcapng'), toPcap(cassette))
  const { code, stderr } = await runCli(['import', 'pcap', 'users.pcapng'], { cwd: dir })
  expect([code, stderr.split('\n')[0]]).toEqual([0, 'wrote 1 interaction to users.yaml'])
  const text = await readFile(join(dir, 'users.yaml'), 'utf8')
  expect(text).toContain('to: http://api.test')
  expect(text).not.toContain('aB3dE6gH9jK2mN5p')
  const refused = await runCli(['import', 'har', 'users.pcapng', '--key-log', 'keys.log'], { cwd: dir })
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--key-log and --raw are for pcap') })
})

/** A HAR whose content is in a file. */
const harNaming = (name: string): string =>
  JSON.stringify({
    log: {
      entries: [
        {
          request: { method: 'GET', url: 'http://a.test/', headers: [] },
          response: { status: 200, headers: [], content: { _file: name } },
        },
      ],
    },
  })

test('the command reads files that a HAR names, and folders of stubs, but nothing outside of them', async ({ dir }) => {
  await mkdir(join(dir, 'in/mappings'), { recursive: true })
  await mkdir(join(dir, 'in/__files'))
  await writeFile(join(dir, 'secret'), 'outside')
  await writeFile(join(dir, 'in/body'), 'tea')
  await writeFile(join(dir, 'in/good.har'), harNaming('body'))
  await writeFile(join(dir, 'in/bad.har'), harNaming('../secret'))
  await writeFile(join(dir, 'in/__files/a.txt'), 'from a file')
  const stub = { request: { method: 'GET', url: '/a' }, response: { status: 200, bodyFileName: 'a.txt' } }
  await writeFile(join(dir, 'in/mappings/a.json'), JSON.stringify(stub))
  expect(await runCli(['import', 'har', 'in/good.har'], { cwd: dir })).toMatchObject({ code: 0 })
  expect(await readFile(join(dir, 'good.yaml'), 'utf8')).toContain('tea')
  await writeFile(join(dir, 'in/CAPITALS.HAR'), harNaming('body'))
  expect(await runCli(['import', 'har', 'in/CAPITALS.HAR'], { cwd: dir })).toMatchObject({ code: 0 })
  expect(await readFile(join(dir, 'CAPITALS.yaml'), 'utf8')).toContain('tea')
  const bad = await runCli(['import', 'har', 'in/bad.har'], { cwd: dir })
  expect(bad).toMatchObject({ code: 1, stderr: expect.stringContaining('_file') })
  const args = ['import', 'wiremock', 'in/mappings', '--origin', 'https://api.test', '-o', 'stubs.yaml']
  expect(await runCli(args, { cwd: dir })).toMatchObject({ code: 0 })
  expect(await readFile(join(dir, 'stubs.yaml'), 'utf8')).toMatch(/https:\/\/api\.test[^]*from a file/)
})
