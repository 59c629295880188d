import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { expect, test } from '../helpers/test.ts'
import { VERSION } from '../../src/index.ts'
import {
  addCurlOptions,
  type CurlOptions,
  hasRequestOptions,
  planCurlRequest,
} from '../../src/requests/curl-options.ts'

// Made with the first file: the process that only lists the tests would leave it behind.
let folder: string | undefined
test.afterAll(() => folder !== undefined && rmSync(folder, { recursive: true }))

/** A file for an option that reads one. */
function file(name: string, content: string): string {
  folder ??= mkdtempSync(join(tmpdir(), 'wiretape-curl-'))
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const optionsOf = (args: readonly string[]): CurlOptions =>
  addCurlOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parse(args, { from: 'user' })
    .opts()

interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

async function sent(...args: readonly string[]): Promise<Sent> {
  const { method, url, headers, body } = await planCurlRequest(new URL('http://a.test/p?x=1'), optionsOf(args))
  const names = headers.map(([name]) => name)
  expect(names, 'each name once').toEqual([...new Set(names)])
  return { method, url: url.href, headers: Object.fromEntries(headers), body: body && Buffer.from(body).toString() }
}

const URL_AS_GIVEN = 'http://a.test/p?x=1'
const ALWAYS = { 'User-Agent': `wiretape/${VERSION}`, Accept: '*/*' }
const FORM = { ...ALWAYS, 'Content-Type': 'application/x-www-form-urlencoded' }
const JSON_TYPES = {
  'User-Agent': ALWAYS['User-Agent'],
  'Content-Type': 'application/json',
  Accept: 'application/json',
}

const get = (headers: Sent['headers'] = ALWAYS): Sent => ({
  method: 'GET',
  url: URL_AS_GIVEN,
  headers,
  body: undefined,
})
const post = (body: string, headers: Sent['headers'] = FORM): Sent => ({
  method: 'POST',
  url: URL_AS_GIVEN,
  headers,
  body,
})

// oxfmt-ignore
const CASES: Readonly<Record<string, readonly [args: readonly string[], sent: Sent]>> = {
  'no option':                        [[], get()],
  'a method':                         [['-X', 'DELETE'], { ...get(), method: 'DELETE' }],
  'a method with data':               [['-X', 'PUT', '-d', 'a'], { ...post('a'), method: 'PUT' }],
  'only the head':                    [['-I'], { ...get(), method: 'HEAD' }],
  'data':                             [['-d', 'a=1'], post('a=1')],
  'data of several options, in their order': [['-d', 'a=1', '--data-urlencode', 'b= &', '--data-raw', '@c', '--data-binary', 'd\n'], post('a=1&b=+%26&@c&d\n')],
  'data in the query':                [['-G', '-d', 'a=1', '-d', 'b=2'], { ...get(), url: 'http://a.test/p?x=1&a=1&b=2' }],
  'data in the query of HEAD':        [['-G', '-I', '-d', 'a=1'], { ...get(), method: 'HEAD', url: 'http://a.test/p?x=1&a=1' }],
  'a query without data':             [['-G'], get()],
  'JSON':                             [['--json', '{"a":', '--json', '1}'], post('{"a":1}', JSON_TYPES)],
  'JSON beside data':                 [['--json', '1', '-d', '2'], post('1&2')],
  'credentials':                      [['-u', 'ada:p:w'], get({ ...ALWAYS, Authorization: 'Basic YWRhOnA6dw==' })],
  'a name of the client':             [['-A', 'me'], get({ ...ALWAYS, 'User-Agent': 'me' })],
  'cookies':                          [['-b', 'a=1; b=2'], get({ ...ALWAYS, Cookie: 'a=1; b=2' })],
  'codings':                          [['--compressed'], get({ ...ALWAYS, 'Accept-Encoding': 'gzip, deflate, br' })],
  'a header':                         [['-H', 'X-A:  b : c '], get({ ...ALWAYS, 'X-A': 'b : c' })],
  'a header that has no value':       [['-H', 'X-A;'], get({ ...ALWAYS, 'X-A': '' })],
  'a header instead of a usual one':  [['-H', 'accept: text/html'], get({ 'User-Agent': ALWAYS['User-Agent'], accept: 'text/html' })],
  'a header that is left out':        [['-H', 'Accept:'], get({ 'User-Agent': ALWAYS['User-Agent'] })],
  'a header instead of that of an option': [['-A', 'me', '-H', 'user-agent: you'], get({ Accept: '*/*', 'user-agent': 'you' })],
  'a type instead of that of data':   [['-d', 'a', '-H', 'Content-Type: text/plain'], post('a', { ...ALWAYS, 'Content-Type': 'text/plain' })],
  'everything but unreserved characters': [['--data-urlencode', 'az AZ09-._~/?é'], post('az+AZ09-._~%2F%3F%C3%A9')],
  'a name that stays as it is':       [['--data-urlencode', 'a b=c=d'], post('a b=c%3Dd')],
  'no name before an equals sign':    [['--data-urlencode', '=a=b'], post('a%3Db')],
}

for (const [name, [args, expected]] of Object.entries(CASES))
  test(`curl's options: ${name}`, async () => {
    expect(await sent(...args)).toEqual(expected)
  })

test("curl's options: files", async () => {
  const data = file('data.txt', 'a\r\nb\0c\n')
  expect((await sent('-d', `@${data}`)).body).toBe('abc')
  expect((await sent('--data-binary', `@${data}`)).body).toBe('a\r\nb\0c\n')
  expect((await sent('--data-raw', `@${data}`)).body).toBe(`@${data}`)
  expect((await sent('--json', `@${file('a.json', '[1]\n')}`)).body).toBe('[1]\n')
  expect((await sent('--data-urlencode', `@${file('b', 'x y')}`)).body).toBe('x+y')
  expect((await sent('--data-urlencode', `n@${file('b', 'x y')}`)).body).toBe('n=x+y')
  const lines = file('headers', 'X-A: 1\r\n\r\nX-B;\nAccept:\n')
  expect((await sent('-H', `@${lines}`)).headers).toEqual({ 'User-Agent': ALWAYS['User-Agent'], 'X-A': '1', 'X-B': '' })
})

const part = (disposition: string, type: string | undefined, content: string): string =>
  `Content-Disposition: form-data; ${disposition}\r\n${type === undefined ? '' : `Content-Type: ${type}\r\n`}\r\n${content}`

// oxfmt-ignore
const PARTS: readonly (readonly [option: string, part: string])[] = [
  ['a=b;c', part('name="a"', undefined, 'b;c')],
  ['a=b;type=text/x', part('name="a"', 'text/x', 'b')],
  ['a=b;type=text/x; charset=utf-8;filename=f.txt', part('name="a"; filename="f.txt"', 'text/x; charset=utf-8', 'b')],
  ['a=b;filename="q;r"', part('name="a"; filename="q;r"', undefined, 'b')],
  ['a"\r\nb=c', part('name="a%22%0D%0Ab"', undefined, 'c')],
  ['a=', part('name="a"', undefined, '')],
]

for (const [option, expected] of PARTS)
  test(`a part of a form: ${JSON.stringify(option)}`, async () => {
    const { headers, body } = await sent('-F', option)
    const boundary = /^multipart\/form-data; boundary=(----wiretape-[\da-f-]{36})$/.exec(
      headers['Content-Type'] ?? '',
    )?.[1]
    expect(body).toBe(`--${boundary}\r\n${expected}\r\n--${boundary}--\r\n`)
  })

const TYPES: Readonly<Record<string, string>> = {
  'a.gif': 'image/gif',
  'a.htm': 'text/html',
  'a.html': 'text/html',
  'a.jpeg': 'image/jpeg',
  'a.JPG': 'image/jpeg',
  'a.json': 'application/json',
  'a.pdf': 'application/pdf',
  'a.png': 'image/png',
  'a.svg': 'image/svg+xml',
  'a.txt': 'text/plain',
  'a.xml': 'application/xml',
  'a.zip': 'application/octet-stream',
  a: 'application/octet-stream',
}

for (const [name, type] of Object.entries(TYPES))
  test(`a file of a form, ${name}, is ${type}`, async () => {
    const path = file(name, 'text')
    expect((await sent('-F', `f=@${path}`)).body).toContain(part(`name="f"; filename="${name}"`, type, 'text'))
  })

test('a file of a form under another name and type, and one that is only a value', async () => {
  const path = file('b.txt', 'text')
  expect((await sent('-F', `f=@${path};type=x/y;filename=z`)).body).toContain(
    part('name="f"; filename="z"', 'x/y', 'text'),
  )
  expect((await sent('-F', `f=<${path}`)).body).toContain(part('name="f"', undefined, 'text'))
  expect((await sent('-F', `f=<${path};type=x/y`)).body).toContain(part('name="f"', 'x/y', 'text'))
})

// oxfmt-ignore
const REFUSED: Readonly<Record<string, readonly [args: readonly string[], says: string]>> = {
  'data beside a form':     [['-F', 'a=b', '-d', 'c'], '-F cannot be combined with data'],
  'data with the head':     [['-I', '-d', 'c'], '-I sends no body; -G puts the data into the query'],
  'a form with the head':   [['-I', '-F', 'a=b'], '-I sends no body; -G puts the data into the query'],
  'a line without a colon': [['-H', 'X-A'], `"X-A" is not a header; write it as 'Name: value'`],
  'a line without a name':  [['-H', ': a'], `": a" is not a header; write it as 'Name: value'`],
  'a part without a name':  [['-F', '=b'], '-F "=b": write it as NAME=VALUE or NAME=@FILE'],
}

for (const [name, [args, says]] of Object.entries(REFUSED))
  test(`curl's options refuse ${name}`, async () => {
    await expect(sent(...args)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(says),
    })
  })

test('a user without a password is refused as it is read', () => {
  expect(() => optionsOf(['-u', 'ada'])).toThrow('Write it as user:password.')
})

test('which options set a method or a body', () => {
  const setting = [
    ['-X', 'GET'],
    ['-d', ''],
    ['--data-raw', ''],
    ['--data-binary', ''],
    ['--data-urlencode', ''],
    ['--json', ''],
    ['-F', 'a=b'],
    ['-I'],
    ['-G'],
  ]
  for (const args of setting) expect(hasRequestOptions(optionsOf(args)), args.join(' ')).toBe(true)
  const others = [[], ['-H', 'A: b'], ['-u', 'a:b'], ['-A', 'me'], ['-b', 'a=1'], ['--compressed']]
  for (const args of others) expect(hasRequestOptions(optionsOf(args)), args.join(' ')).toBe(false)
})
