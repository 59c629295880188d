import { type ChildProcess, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { interactionsOf, loadCassette } from 'wiretape/cassette'
import { finish, runCli, serve, startCli, temporaryFolder } from './run-cli.ts'
import { every } from '../helpers/share.ts'
import { hasProgram, missing } from '../helpers/programs.ts'

const HELLO = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'

test.describe('wiretape record sends what curl sends', () => {
  test.skip(!hasProgram('curl'), missing('curl', 'curl'))

  for (const args of every(3, [
    ['-d', 'a=1', '-d', 'b=two words&c'],
    ['-d', '@lines.txt'],
    ['--data-raw', '@lines.txt'],
    ['--data-binary', '@lines.txt', '-d', 'more'],
    ['--data-urlencode', 'a b&c', '--data-urlencode', 'n=ü /?', '--data-urlencode', 'f@lines.txt', '-d', 'x=%20'],
    ['--data-urlencode', '@lines.txt', '--data-urlencode', '=a=b'],
    ['--json', '{"n":', '--json', '1}'],
    ['--json', '@body.json', '-H', 'Accept: text/plain'],
    ['-G', '-d', 'q=1', '--data-urlencode', 'w=a b'],
    ['-G', '-d', 'q=1', '-I'],
    ['-I'],
    ['-X', 'PATCH', '-d', '{}', '-H', 'content-type: application/merge-patch+json'],
    ['-u', 'me:p ä:ss'],
    ['-A', 'agent/1', '-b', 'a=1; b=2', '-H', 'X-Empty;', '-H', 'Accept:'],
    ['-H', '@headers.txt', '-H', 'X-Own:   3  '],
  ])) {
    test(args.join(' '), async () => {
      await using folder = await folderWithFiles()
      const { ours, theirs } = await bothRequests(folder.path, args)
      expect(ours.line).toBe(theirs.line)
      expect(ours.body).toEqual(theirs.body)
      expect(comparable(ours.fields)).toEqual(comparable(theirs.fields))
    })
  }

  for (const args of every(2, [
    ['-F', 'a=1', '-F', 'b=@lines.txt', '-F', 'c=<lines.txt'],
    ['-F', 'a={"x":1};type=application/json', '-F', 'p=@body.json;filename=other.bin;type=image/png'],
    ['-F', 'photo=@pixel.png', '-F', 'odd"name=v w'],
  ])) {
    test(args.join(' '), async () => {
      await using folder = await folderWithFiles()
      const { ours, theirs } = await bothRequests(folder.path, args)
      expect(ours.line).toBe(theirs.line)
      expect(withoutBoundary(ours)).toBe(withoutBoundary(theirs))
    })
  }
})

test.describe('wiretape record', () => {
  for (const { what, args, says } of every(3, [
    { what: '-F with data', args: ['-F', 'a=1', '-d', 'b'], says: /-F cannot be combined with data/ },
    { what: '-I with a body', args: ['-I', '-d', 'b'], says: /-I sends no body/ },
    { what: 'a user without password', args: ['-u', 'me'], says: /user:password/ },
    { what: 'a part without name', args: ['-F', '@file'], says: /NAME=VALUE/ },
    { what: 'no repetitions', args: ['--repeat', '0'], says: /1 or more/ },
    { what: '--force with --append', args: ['--force', '--append'], says: /give one of them/ },
    { what: 'a variable without value', args: ['--var', 'a'], says: /name=value/ },
  ])) {
    test(`exits with 2 for ${what}`, async () => {
      await using folder = await temporaryFolder()
      const run = await runCli(['record', 'http://127.0.0.1:9/', ...args], { cwd: folder.path })
      expect(run).toMatchObject({ code: 2, stdout: '' })
      expect(run.stderr).toMatch(says)
    })
  }

  for (const place of ['me@', ':x7y8z9@', 'me:x7y8z9@'])
    test(`takes no credentials from a URL with ${place}, and does not show them`, async () => {
      await using folder = await temporaryFolder()
      const run = await runCli(['record', `http://${place}127.0.0.1:9/`], { cwd: folder.path })
      expect(run).toMatchObject({ code: 2, stdout: '' })
      expect(run.stderr).toContain('send credentials with -u user:password')
      expect(run.stderr).not.toContain('x7y8z9')
    })

  test('names a file that a body should come from, where it is missing', async () => {
    await using folder = await temporaryFolder()
    const run = await runCli(['record', 'http://127.0.0.1:9/', '-d', '@no.txt'], { cwd: folder.path })
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toMatch(/^error: SYSTEM_ERROR: ENOENT: .*no\.txt.*; check the path$/m)
  })

  test('makes the requests of a .http file, with what earlier answers said', async () => {
    await using folder = await folderWithFiles()
    await using server = await serve((socket, bytes) => {
      const answer = bytes.startsWith('POST /login') ? '{"token":"abc","next":"/items"}' : 'ok'
      socket.write(`HTTP/1.1 200 OK\r\nX-Page: 2\r\nContent-Length: ${answer.length}\r\n\r\n${answer}`)
    })
    await writeFile(
      path.join(folder.path, 'api.http'),
      `@base = ${server.url}
# @name login
POST {{base}}/login
Content-Type: application/json

< ./body.json

###
@auth = Bearer {{login.response.body.$.token}}
GET {{base}}{{login.response.body.$.next}}?page={{login.response.headers.X-Page}}
Authorization: {{auth}}
`,
    )
    const run = await runCli(['record', 'api.http', '-H', 'X-Run: 1', '--allow-secrets'], { cwd: folder.path })

    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toMatch(/^POST http:\S+\/login {2}200 OK {2}31 bytes/m)
    expect(run.stdout).toMatch(/^2 requests, 200 x 2, 33 bytes of bodies$/m)
    expect(run.stdout).toMatch(/^fastest [\d.]+ ms, half within [\d.]+ ms, 95 % within [\d.]+ ms, slowest [\d.]+ ms$/m)
    expect(run.stdout).toMatch(/^api\.yaml {2}[\d,]+ bytes$/m)
    const interactions = interactionsOf(await loadCassette(path.join(folder.path, 'api.yaml')))
    expect(interactions.map(({ request: { method, target } }) => `${method} ${target}`)).toEqual([
      'POST /login',
      'GET /items?page=2',
    ])
    expect(Buffer.from(interactions[0]?.request.body ?? []).toString()).toBe('{"n":1}\n')
    const [, second] = interactions
    expect(second?.request.fields).toContainEqual({ name: 'Authorization', value: 'Bearer abc' })
    expect(second?.request.fields).toContainEqual({ name: 'X-Run', value: '1' })
  })

  test('goes on where a request of a .http file fails, and names those that wanted its answer', async () => {
    await using folder = await temporaryFolder()
    await using server = await serve((socket, bytes) => {
      if (bytes.startsWith('GET /bad')) socket.end('nonsense')
      else socket.write(HELLO)
    })
    const requests = [
      `### bad\nGET ${server.url}/bad`,
      `### \nGET ${server.url}/{{bad.response.body}}`,
      `### \nGET ${server.url}/good`,
    ]
    await writeFile(path.join(folder.path, 'api.http'), requests.join('\n'))
    const run = await runCli(['record', 'api.http'], { cwd: folder.path })
    expect(run).toMatchObject({ code: 1, stderr: '' })
    expect(run.stdout).toMatch(/\/bad {2}BAD_START_LINE/)
    expect(run.stdout).toMatch(/NO_ANSWER: the request bad was not answered/)
    expect(run.stdout).toMatch(/\/good {2}200 OK/)
    expect(run.stdout).toMatch(/^3 requests, 200 x 1, failed x 2/m)
  })

  test('sends nothing where a .http file cannot be understood', async () => {
    await using folder = await temporaryFolder()
    await using server = await serve((socket) => socket.write(HELLO))
    await writeFile(path.join(folder.path, 'api.http'), `GET ${server.url}/\n###\nGET ${server.url}/{{who}}`)
    const run = await runCli(['record', 'api.http'], { cwd: folder.path })
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toMatch(/^error: HTTP_FILE_INVALID: api\.http:3: \{\{who\}\} has no value; .*--var who=/)
    expect(server.connections).toBe(0)
    const given = await runCli(['record', 'api.http', '--var', 'who=me'], { cwd: folder.path })
    expect(given.code).toBe(0)
    expect(server.received.join('')).toContain('GET /me HTTP/1.1')
  })

  test('an error about a target shows no key and no password of it', async () => {
    await using folder = await temporaryFolder()
    for (const target of ['ftp://h/a?api_key=S3CR3T', 'ftp://ada:S3CR3T@h/a', 'h.test/a#token=S3CR3T', '//u:S3CR3T@h'])
      expect(await runCli(['record', target], { cwd: folder.path }), target).toMatchObject({
        code: 2,
        stderr: expect.not.stringContaining('S3CR3T'),
      })
  })

  test('repeats the list over so many connections, and sums up what it does not list', async () => {
    await using folder = await temporaryFolder()
    await using server = await serve((socket) => socket.write(HELLO))
    const args = [
      'record',
      `${server.url}/a`,
      `${server.url}/b`,
      '--repeat',
      '60',
      '--connections',
      '3',
      '-o',
      'it.yaml',
    ]
    const run = await runCli(args, { cwd: folder.path })
    expect(run.code).toBe(0)
    expect(run.stdout).toMatch(/^\n120 requests, 200 x 120, 600 bytes of bodies\nfastest/)
    expect(run.stdout).toContain('3 connections, 240 segments')
    expect(run.stderr.split('\n')).toEqual([
      ...Array.from({ length: 10 }, (_, at) => `made ${(at + 1) * 12} of 120`),
      '',
    ])
    expect(server.connections).toBe(3)
    const cassette = await loadCassette(path.join(folder.path, 'it.yaml'))
    expect(interactionsOf(cassette)).toHaveLength(120)
  })

  test('adds to a cassette with --append, and leaves a broken one alone', async () => {
    await using folder = await temporaryFolder()
    await using server = await serve((socket) => socket.write(HELLO))
    const record = async (...args: readonly string[]): ReturnType<typeof runCli> =>
      runCli(['record', ...args, '-o', 'it.yaml'], { cwd: folder.path })
    expect((await record(`${server.url}/a`, '--append')).code).toBe(0)
    expect((await record(`${server.url}/b`, '--append')).stdout).toContain('2 connections, 4 segments')
    const targets = interactionsOf(await loadCassette(path.join(folder.path, 'it.yaml'))).map(
      ({ request }) => request.target,
    )
    expect(targets).toEqual(['/a', '/b'])

    await writeFile(path.join(folder.path, 'it.yaml'), 'precious')
    const refused = await record(`${server.url}/c`, '--append')
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/^error: CASSETTE_/)
    expect(server.connections).toBe(2)
  })

  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    test(`saves what it has on ${signal}, and ends with ${code}`, async () => {
      await using folder = await temporaryFolder()
      let child: ChildProcess | undefined
      await using server = await serve((socket, bytes) => {
        if (bytes.startsWith('GET /silence')) child?.kill(signal)
        else socket.write(HELLO)
      })
      const urls = ['/hello', '/silence'].map((target) => server.url + target)
      child = startCli(['record', ...urls, '-o', 'part.yaml'], { cwd: folder.path })
      expect(await finish(child)).toMatchObject({ code, stderr: '' })
      expect(interactionsOf(await loadCassette(path.join(folder.path, 'part.yaml')))).toHaveLength(2)
    })
  }
})

interface Request {
  readonly line: string
  readonly fields: readonly string[]
  readonly body: string
}

/** The same arguments given to curl and to wiretape, and what each of them sent. */
async function bothRequests(cwd: string, args: readonly string[]): Promise<{ ours: Request; theirs: Request }> {
  return {
    ours: await sentBy((url) => runCli(['record', url, ...args, '-o', 'it.yaml', '--force'], { cwd })),
    theirs: await sentBy((url) => finish(spawn('curl', ['-s', '-m', '20', url, ...args], { cwd }))),
  }
}

async function sentBy(run: (url: string) => Promise<unknown>): Promise<Request> {
  await using server = await serve((socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'))
  await run(`${server.url}/path?x=y`)
  return requestOf(server.received.join(''))
}

function requestOf(wire: string): Request {
  const end = wire.indexOf('\r\n\r\n')
  const [line = '', ...fields] = wire.slice(0, end).split('\r\n')
  return { line, fields: fields.toSorted((one, other) => one.localeCompare(other)), body: wire.slice(end + 4) }
}

/** Without the defaults of both programs, whose values differ, and the blanks around values. */
const comparable = (fields: readonly string[]): readonly string[] =>
  fields
    .filter((field) => !/^(?:host:|user-agent: (?:curl|wiretape)\/|expect:)/i.test(field))
    .map((field) => field.replace(/:[ \t]*/, ': ').trim())

/** The boundary is drawn at random. */
function withoutBoundary({ fields, body }: Request): string {
  const type = fields.find((field) => /^content-type:/i.test(field)) ?? ''
  return body.replaceAll(/boundary=(.*)$/.exec(type)?.[1] ?? '(none)', 'BOUNDARY')
}

async function folderWithFiles(): ReturnType<typeof temporaryFolder> {
  const folder = await temporaryFolder()
  await writeFile(path.join(folder.path, 'lines.txt'), 'one\r\ntwo & ü\n')
  await writeFile(path.join(folder.path, 'body.json'), '{"n":1}\n')
  await writeFile(path.join(folder.path, 'headers.txt'), 'X-One: 1\r\nX-Two: 2\n\n')
  await writeFile(path.join(folder.path, 'pixel.png'), Buffer.from([0x89, 0x50, 0, 13, 10, 255]))
  return folder
}
