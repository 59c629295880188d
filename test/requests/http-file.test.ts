import { expect, test } from '../helpers/test.ts'
import { type HttpFileRequest, parseHttpFile } from '../../src/requests/http-file.ts'
import { checkTemplates, fillTemplate, type NamedAnswer } from '../../src/requests/templates.ts'

test.describe('parseHttpFile', () => {
  test('reads requests, their names, headers and bodies, and leaves comments out', () => {
    const requests = read(`
# A comment
@host = api.test

### list-users
GET http://{{host}}/users
    ?page=1
    &size=10
Accept: text/html
// another comment
X-Empty:

### Text that is no name
# @name login
POST /login HTTP/1.1
Host: {{host}}
Content-Type: application/json

{
  "user": "{{user}}"
}


###

http://{{host}}/last
`)
    expect(requests).toEqual([
      {
        name: 'list-users',
        line: 6,
        method: 'GET',
        url: 'http://{{host}}/users?page=1&size=10',
        headers: [
          { name: 'Accept', value: 'text/html' },
          { name: 'X-Empty', value: '' },
        ],
        body: [],
        variables: new Map([['host', 'api.test']]),
      },
      {
        name: 'login',
        line: 15,
        method: 'POST',
        url: '/login',
        headers: [
          { name: 'Host', value: '{{host}}' },
          { name: 'Content-Type', value: 'application/json' },
        ],
        body: [{ type: 'text', text: '{\n  "user": "{{user}}"\n}' }],
        variables: new Map([['host', 'api.test']]),
      },
      {
        name: undefined,
        line: 26,
        method: 'GET',
        url: 'http://{{host}}/last',
        headers: [],
        body: [],
        variables: new Map([['host', 'api.test']]),
      },
    ])
  })

  test('takes a name from above a request, or from its separator, and not from within it', () => {
    const text = `# @name first
GET http://a.test/1
# @name no
A: b

# @name no

### second
// @name third
GET http://a.test/2

###
GET http://a.test/3
# @name no

###
# @name = fourth
GET http://a.test/4`
    expect(read(text).map(({ name, url }) => [name, url])).toEqual([
      ['first', 'http://a.test/1'],
      ['third', 'http://a.test/2'],
      [undefined, 'http://a.test/3'],
      ['fourth', 'http://a.test/4'],
    ])
  })

  test('takes a line `< file` for what is in the file, and other lines that begin so for text', () => {
    const [request] = read('POST http://a.test/\n\n<html>\n< ./body.xml\n<@ vars.json\n<@latin1 old.txt\nend')
    expect(request?.body).toEqual([
      { type: 'text', text: '<html>\n' },
      { type: 'file', path: './body.xml', hasVariables: false },
      { type: 'text', text: '\n' },
      { type: 'file', path: 'vars.json', hasVariables: true },
      { type: 'text', text: '\n' },
      { type: 'file', path: 'old.txt', hasVariables: true },
      { type: 'text', text: '\nend' },
    ])
  })

  test('ends the lines of a multipart body in CRLF, and joins the lines of a form', () => {
    const [multipart] = read('POST http://a.test/\nContent-Type: multipart/form-data; boundary=x\n\n--x\n\na\n--x--\n')
    expect(multipart?.body).toEqual([{ type: 'text', text: '--x\r\n\r\na\r\n--x--' }])
    const [form] = read('POST http://a.test/\nContent-Type: application/x-www-form-urlencoded\n\na=1\n&b=2\n')
    expect(form?.body).toEqual([{ type: 'text', text: 'a=1&b=2' }])
  })

  test('reads CRLF files and a byte order mark', () => {
    expect(read('\ufeffGET http://a.test/\r\nA: b\r\n\r\nbody\r\n')).toMatchObject([
      { url: 'http://a.test/', headers: [{ name: 'A', value: 'b' }], body: [{ text: 'body' }] },
    ])
  })

  test('knows a variable from its line on', () => {
    const requests = read('@a = 1\nGET http://a.test/\n###\n@a = 2\n@b = {{a}}\nGET http://b.test/')
    expect(requests.map(({ variables }) => Array.from(variables))).toEqual([
      [['a', '1']],
      [
        ['a', '2'],
        ['b', '{{a}}'],
      ],
    ])
  })

  for (const { what, text, line, says } of [
    { what: 'a script before a request', text: '< {%\n%}\nGET http://a.test/', line: 1, says: 'scripts are not run' },
    { what: 'a script behind one', text: 'GET http://a.test/\n\n> {%\n%}', line: 3, says: 'scripts are not run' },
    { what: 'a file for the answer', text: 'GET http://a.test/\n\n>> out.json', line: 3, says: 'remove this line' },
    { what: 'an old answer', text: 'GET http://a.test/\n\n<> 2026.200.json', line: 3, says: 'remove this line' },
    { what: 'another version of HTTP', text: 'GET http://a.test/ HTTP/2', line: 1, says: 'HTTP/1.1' },
    { what: 'another protocol', text: 'GRAPHQL http://a.test/', line: 1, says: 'GRAPHQL' },
    { what: 'a curl command', text: '\ncurl http://a.test/', line: 2, says: 'on the command line' },
    { what: 'a header that is indented', text: 'GET http://a.test/\nA: b\n  c: d', line: 3, says: "'Name: value'" },
    { what: 'a header without colon', text: 'GET http://a.test/\nnonsense', line: 2, says: "'Name: value'" },
  ]) {
    test(`refuses ${what}, and names the line`, () => {
      expect(() => read(text)).toThrow(new RegExp(`^api\\.http:${line}: .*${says.replaceAll('.', '\\.')}`))
    })
  }
})

// oxfmt-ignore
const READ: Readonly<Record<string, readonly [text: string, requests: readonly Partial<HttpFileRequest>[]]>> = {
  'names of requests':              ['### a b\nGET http://a/\n###c-1\nGET http://b/\n### d \n# @name e\nGET http://c/\n###\nGET http://d/', [{ name: undefined }, { name: 'c-1' }, { name: 'e' }, { name: undefined }]],
  'names in comments of both kinds': ['# @name = a\nGET http://a/\n###\n// @name b\nGET http://b/\n###\n# @name c d\nGET http://c/', [{ name: 'a' }, { name: 'b' }, { name: undefined }]],
  'a name behind a request line is only a comment': ['GET http://a/\n# @name a\nA: b', [{ name: undefined, headers: [{ name: 'A', value: 'b' }] }]],
  'variables with blanks around':   ['  @a.b-c =  1 2  \nGET http://a/', [{ variables: new Map([['a.b-c', '1 2']]) }]],
  'methods with a hyphen':          ['  M-SEARCH  http://a/  HTTP/1.1  ', [{ method: 'M-SEARCH', url: 'http://a/' }]],
  'an address alone':               ['http://a/b c', [{ method: 'GET', url: 'http://a/b c' }]],
  'a query on lines of its own, with comments between': ['GET http://a/\n  ?a=1\n# no\n  // no\n  &b=2\nA: b', [{ url: 'http://a/?a=1&b=2', headers: [{ name: 'A', value: 'b' }] }]],
  'comments between headers':       ['GET http://a/\nA: 1\n# no\n // no\nB :  2  ', [{ headers: [{ name: 'A', value: '1' }, { name: 'B', value: '2' }] }]],
  'hashes in a body':               ['POST http://a/\n\n# yes\n// yes', [{ body: [{ type: 'text', text: '# yes\n// yes' }] }]],
  'blank lines in a body, and none at its end': ['POST http://a/\n\na\n\nb\n \n\n', [{ body: [{ type: 'text', text: 'a\n\nb' }] }]],
  'a file as the whole body':       ['POST http://a/\n\n<@  a b.json  ', [{ body: [{ type: 'file', path: 'a b.json', hasVariables: true }] }]],
  'a less-than sign that names no file': ['POST http://a/\n\n<a> b\n<\n< ', [{ body: [{ type: 'text', text: '<a> b\n<\n< ' }] }]],
  'lines of a form that do not begin with &': ['POST http://a/\ncontent-type: application/x-www-form-urlencoded; charset=utf-8\n\na=1\nb\n&c=2', [{ body: [{ type: 'text', text: 'a=1\nb&c=2' }] }]],
  'a line that begins with & in another body': ['POST http://a/\nContent-Type: text/plain\n\na\n&b', [{ body: [{ type: 'text', text: 'a\n&b' }] }]],
  'files in a multipart body':      ['POST http://a/\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\n< f\n--x--', [{ body: [{ type: 'text', text: '--x\r\n\r\n' }, { type: 'file', path: 'f', hasVariables: false }, { type: 'text', text: '\r\n--x--' }] }]],
  'lines that only look like those of other editors': ['POST http://a/\n\n>> \n>>!\n<>\n> %\n>x', [{ body: [{ type: 'text', text: '>> \n>>!\n<>\n> %\n>x' }] }]],
  'nothing':                        ['\n# only\n###\n\n', []],
}

for (const [name, [text, expected]] of Object.entries(READ))
  test(`parseHttpFile reads ${name}`, () => {
    const requests = read(text)
    expect(requests).toHaveLength(expected.length)
    expect(requests).toMatchObject([...expected])
    for (const [index, { headers, body }] of expected.entries()) {
      if (headers !== undefined) expect(requests[index]?.headers).toEqual(headers)
      if (body !== undefined) expect(requests[index]?.body).toEqual(body)
    }
  })

test.describe('templates', () => {
  test('get values from the command line, the file, and the answers before', async () => {
    const fill = filler('@a = one {{b}}\n@b = two\nGET http://a.test/', { given: new Map([['b', '2']]) })
    expect(await fill('{{a}}, {{ b }}!')).toBe('one 2, 2!')
    expect(await fill('{{login.response.body.$.user.ids[1]}}')).toBe('7')
    expect(await fill('{{login.response.body.$.user["full name"]}}')).toBe('Ada')
    expect(await fill('{{login.response.body.$.user.ids}}')).toBe('[5,7]')
    expect(await fill('{{login.response.body}}')).toBe('{"user":{"ids":[5,7],"full name":"Ada"}}')
    expect(await fill('{{login.response.headers.x-token}}')).toBe('t')
    await expect(fill('{{login.response.body.$.nothing}}')).rejects.toThrow(
      'api.http:3: {{login.response.body.$.nothing}}: the answer to login has nothing there',
    )
  })

  // oxfmt-ignore
  const quotes: Readonly<Record<string, string | undefined>> = {
    'body.*': '{"user":{"ids":[5,7],"full name":"Ada"}}',
    'body.user.ids[0]': '5',
    'body.$.user.ids.1': '7',
    "body.$['user']['full name']": 'Ada',
    'body.$.user': '{"ids":[5,7],"full name":"Ada"}',
    'body.$.user.ids[2]': undefined,
    'body.$.user.ids.length.x': undefined,
    'body.$.toString': undefined,
    'headers.X-TOKEN': 't',
    'headers.x-other': undefined,
    'headers': undefined,
  }
  for (const [path, value] of Object.entries(quotes))
    test(`quote ${path} of an answer`, async () => {
      const filled = filler('GET http://a.test/')(`<{{login.response.${path}}}>`)
      if (value === undefined) await expect(filled).rejects.toThrow('the answer to login has nothing there')
      else expect(await filled).toBe(`<${value}>`)
    })

  test('have no value where nothing gives one', async () => {
    const fill = filler('GET http://a.test/')
    await expect(fill('{{a}}')).rejects.toThrow('api.http:1: {{a}}: it has no value')
    await expect(fill('{{$nope}}')).rejects.toThrow('api.http:1: {{$nope}}: it has no value')
    expect(await fill('{{}} { {a} } {{a}b}} {{ {b} }}')).toBe('{{}} { {a} } {{a}b}} {{ {b} }}')
  })

  test('make up what the editors make up', async () => {
    const fill = filler('GET http://a.test/')
    expect(await fill('{{$guid}}')).toMatch(/^[\da-f]{8}-[\da-f-]{27}$/)
    expect(await fill('{{$randomInt 5 6}}')).toBe('5')
    expect(await fill('{{$timestamp}}')).toMatch(/^\d{10}$/)
    expect(await fill('{{$isoTimestamp}}')).toMatch(/^\d{4}-\d\d-\d\dT/)
    expect(await fill('{{$uuid}} {{$random.uuid}}')).toMatch(/^[\da-f-]{36} [\da-f-]{36}$/)
    expect(Number(await fill('{{$randomInt}}'))).toBeLessThan(1000)
    expect(Number(await fill('{{$randomInt 999}}'))).toBe(999)
    expect(Math.abs(Number(await fill('{{$timestamp}}')) - Date.now() / 1000)).toBeLessThan(60)
    expect(await fill('{{$processEnv HOME}}')).toBe('/home/ada')
  })

  for (const { what, text, says } of [
    { what: 'an unknown variable', text: 'GET http://{{host}}/', says: '{{host}} has no value; write @host = ' },
    { what: 'one in a body', text: 'POST http://a.test/\n\n{{x}}', says: '{{x}} has no value' },
    { what: 'one behind another', text: '@a = {{b}}\nGET http://{{a}}/', says: '{{b}} has no value' },
    { what: 'a circle', text: '@a = {{b}}\n@b = {{a}}\nGET http://{{a}}/', says: 'refers to itself' },
    { what: 'an answer to nobody', text: 'GET http://a.test/{{l.response.body.$.a}}', says: 'no request above has' },
    {
      what: 'an answer that comes later',
      text: 'GET http://a.test/{{l.response.body.$.a}}\n### l\nGET http://a.test/',
      says: 'no request above has',
    },
    { what: 'an unknown system value', text: 'GET http://a.test/{{$moon}}', says: '{{$moon}} has no value' },
    { what: 'a variable that is not set', text: 'GET http://a.test/{{$processEnv NOPE}}', says: 'has no value' },
    { what: 'an empty range', text: 'GET http://a.test/{{$randomInt 5 5}}', says: 'has no value' },
  ]) {
    test(`are refused before the first request for ${what}`, () => {
      const file = { path: 'api.http', requests: read(text) }
      expect(() => checkTemplates(file, new Map(), {})).toThrow(says)
    })
  }
})

const read = (text: string): readonly HttpFileRequest[] => parseHttpFile('api.http', text).requests

const LOGIN: NamedAnswer = {
  headers: [['X-Token', 't']],
  body: '{"user":{"ids":[5,7],"full name":"Ada"}}',
}

function filler(
  text: string,
  { given = new Map() }: { readonly given?: ReadonlyMap<string, string> } = {},
): (template: string) => Promise<string> {
  const [request] = read(text)
  if (request === undefined) throw new Error('there is no request')
  const file = { path: 'api.http', requests: [request] }
  const context = {
    file,
    request,
    variables: given,
    env: { HOME: '/home/ada' },
    answerTo: () => Promise.resolve(LOGIN),
  }
  return (template) => fillTemplate(template, context)
}
