import { createRequire } from 'node:module'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { encodeCassette, redactCassette } from '../../src/entries/cassette.ts'
import { type BrunoCollection, toBruno } from '../../src/generate/index.ts'
import { readExchanges } from '../../src/messages/exchanges.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { runCli, temporaryFolder } from '../cli/run-cli.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { countOf } from '../helpers/share.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

/** Bruno's own reader of its files; it has no types, and takes a second to load. */
const bruno = (): Record<'bruToJsonV2' | 'collectionBruToJson', (text: string) => unknown> =>
  Object(createRequire(import.meta.url)('@usebruno/lang'))

/** A request as Bruno understands the file. */
interface Read {
  readonly url: string
  readonly method: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
  readonly status: string
}

function read({ files }: BrunoCollection, name: string): Read {
  const file = files.find((one) => one.name === name)
  const {
    http,
    headers = [],
    body = {},
    assertions = [],
  } = Object(bruno().bruToJsonV2(String(Buffer.from(file?.bytes ?? []))))
  const pairs = headers.map((header: { name: string; value: string; enabled: boolean }) => [
    header.enabled ? header.name : `~${header.name}`,
    header.value,
  ])
  const [{ filePath = '', contentType = '' } = {}] = body.file ?? []
  const kept = files.find((one) => one.name === filePath)
  return {
    url: http.url,
    method: http.method,
    headers: filePath === '' || contentType === '' ? pairs : [...pairs, ['Content-Type', contentType]],
    body: kept === undefined ? Buffer.from(body[http.body] ?? '').toString('latin1') : latin1(kept.bytes),
    status: assertions[0]?.value,
  }
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

const recorded = (): Cassette => {
  const secret = 'aB3dE6gH9jK2mN5pQ8'
  const cassette = oneConnection('https://api.test', (it) =>
    it
      .sent(request('POST', `/login?access_token=${secret}`, '{"otp":48151623}', ['Content-Type: application/json']))
      .received(answer('{"id":1}', '201 Made'))
      .sent(request('GET', '/a', '', ['X-A: 1', 'Cookie: a=1', 'x-a: 2', 'Cookie: b=2']))
      .received(answer('ok', '404 Not Found'))
      .sent(request('PROPFIND', '/text', '\n  }\n}\n\n', ['Content-Type: text/plain']))
      .received(answer('ok'))
      .sent(request('POST', '/bytes', '\u00ff\u0000', ['Content-Type: image/png']))
      .received(answer('ok'))
      .sent(request('GET', '/{{$guid}}'))
      .received(answer('ok'))
      .sent(request('GET', '/a/../b'))
      .received(answer('ok'))
      .sent(request('get', '/c'))
      .received(answer('ok')),
  )
  return redactCassette(cassette, { env: {} }).cassette
}

test('a collection has a file for each request, with placeholders and origins as variables', () => {
  const collection = toBruno(recorded(), 'login.yaml')
  expect(collection.files.map(({ name }) => name)).toEqual([
    '0001-post-login.bru',
    '0002-get-a.bru',
    '0003-propfind-text.bru',
    'contents/0004-post-bytes.body',
    '0004-post-bytes.bru',
    'collection.bru',
    'bruno.json',
  ])
  expect(read(collection, '0001-post-login.bru')).toEqual({
    url: '{{ORIGIN_1}}/login?access_token={{token.1}}',
    method: 'post',
    headers: [['Content-Type', 'application/json']],
    body: '{"otp":{{otp.1}}}',
    status: 'eq 201',
  })
  expect(read(collection, '0002-get-a.bru')).toMatchObject({
    headers: [
      ['X-A', '1, 2'],
      ['Cookie', expect.stringMatching(/^a=.*; b=/)],
    ],
    status: 'eq 404',
  })
  expect(read(collection, '0003-propfind-text.bru')).toMatchObject({ method: 'propfind', body: '\n  }\n}\n\n' })
  expect(read(collection, '0004-post-bytes.bru')).toMatchObject({
    headers: [['Content-Type', 'image/png']],
    body: '\u00ff\u0000',
  })
})

test('variables have the recorded origins, and what is left out is named in the docs', () => {
  const { files, notes } = toBruno(recorded(), 'login.yaml')
  const file = files.find(({ name }) => name === 'collection.bru')
  const { vars, docs } = Object(bruno().collectionBruToJson(String(Buffer.from(file?.bytes ?? []))))
  const variables = vars.req.map(({ name, value }: { name: string; value: string }) => [name, value])
  expect(variables.slice(0, 3)).toEqual([
    ['ORIGIN_1', 'https://api.test'],
    ['token.1', ''],
    ['otp.1', ''],
  ])
  expect(notes).toEqual([
    'Left out: GET https://api.test/{{$guid}}: it has {{ that is not a placeholder, which would be read as a variable.',
    'Left out: GET https://api.test/a/../b: Bruno would send another target, /b.',
    'Left out: get https://api.test/c: Bruno sends methods in capitals.',
  ])
  expect(docs).toBe(['Made by wiretape from a cassette.', ...notes].join('\n'))
})

test('any request is read back as it was, or is named among those left out', () => {
  const text = fc.string({
    unit: fc.constantFrom(...Array.from('ab }{\n\r:~\'"@()[]/*,\t'), '{{', "'''", 'é', '\u0000', '// '),
    maxLength: 12,
  })
  const value = text.map((one) => one.replaceAll(/[\r\n\0]/g, '').trim())
  const name = fc
    .string({ unit: fc.constantFrom(...Array.from('aX-~!#$%&*+.^_`|')), minLength: 1, maxLength: 4 })
    .map((one) => `N${one}`)
  const headers = fc.uniqueArray(
    fc.tuple(
      fc.oneof(
        name,
        name.map((one) => one.slice(1)),
      ),
      value,
    ),
    {
      selector: ([key]) => key.toLowerCase(),
      maxLength: 3,
    },
  )
  const type = fc.constantFrom('', 'text/plain', 'application/json', 'x/y')
  let kept = 0
  fc.assert(
    fc.property(headers, text, type, (given, content, mediaType) => {
      const lines = given.map(([key, one]) => `${key}: ${Buffer.from(one).toString('latin1')}`)
      const all = mediaType === '' ? lines : [...lines, `Content-Type: ${mediaType}`]
      const body = Buffer.from(content).toString('latin1')
      const cassette = oneConnection('http://api.test', (it) =>
        it.sent(request('POST', '/a', body, all)).received(answer('')),
      )
      const [exchange] = readExchanges(cassette).exchanges
      if (exchange === undefined) throw new Error('not a request')
      const collection = toBruno(cassette, 'x')
      if (collection.notes.length > 0) return
      const found = read(collection, '0001-post-a.bru')
      const sent = exchange.request.fields.filter(({ name: key }) => !/^(?:host|content-length)$/i.test(key))
      const wanted = sent.map((field) => [field.name, field.value])
      expectEqual([found.headers, found.body], [wanted, latin1(exchange.request.body)], 'read back')
      kept += 1
    }),
    { numRuns: countOf(80, 500) },
  )
  expect(kept).toBeGreaterThan(40)
})

test('the command writes the folder, and says what is left out', async () => {
  await using folder = await temporaryFolder()
  const cwd = folder.path
  await writeFile(join(cwd, 'login.yaml'), encodeCassette(recorded()))
  const { code, stderr } = await runCli(['generate', 'bruno', 'login.yaml', '-o', 'collection'], { cwd })
  expect(code).toBe(0)
  expect(stderr.trim().split('\n')).toHaveLength(4)
  expect(stderr).toContain('wrote 7 files into collection')
  expect(await readFile(join(cwd, 'collection', 'bruno.json'), 'utf8')).toContain('"type": "collection"')
  const refused = await runCli(['generate', 'bruno', 'login.yaml'], { cwd })
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('--output') })
})
