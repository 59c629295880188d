import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { expect, test } from '../helpers/test.ts'
import { type Cassette, loadCassette } from 'wiretape/cassette'
import { createCertificate } from '../../demo/certificate.ts'
import { PRINTABLE_LINES } from './hostile.ts'
import { finish, runCli, serve, startCli, temporaryFolder } from './run-cli.ts'

const HELLO = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'

test.describe('wiretape record', () => {
  test('makes the requests over one connection, reports each, and saves every byte', async () => {
    await using folder = await temporaryFolder()
    await using server = await serve((socket) => socket.write(HELLO))

    const run = await runCli(['record', `${server.url}/a`, `${server.url}/b?c=d`, '-o', 'two.yaml'], {
      cwd: folder.path,
    })

    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toMatch(/^GET http:\S+\/a {2}200 OK {2}5 bytes {2}[\d.]+ ms$/m)
    expect(run.stdout).toMatch(/^GET http:\S+\/b\?c=d {2}200 OK {2}5 bytes {2}[\d.]+ ms$/m)
    expect(run.stdout).toContain(`1 connection, 4 segments, ${server.received.join('').length} bytes sent, 86 bytes`)
    expect(run.stdout).toMatch(/^two\.yaml {2}[\d,]+ bytes$/m)
    expect(server.connections).toBe(1)

    const cassette = await loadCassette(path.join(folder.path, 'two.yaml'))
    expect(passed(cassette, 'sent')).toBe(server.received.join(''))
    expect(passed(cassette, 'received')).toBe(HELLO + HELLO)
  })

  test('sends method, header lines and body exactly as given', async () => {
    await using folder = await temporaryFolder()
    await using server = await serve((socket, bytes) => {
      if (bytes.endsWith('{"n":1}')) socket.write(HELLO)
    })
    await writeFile(path.join(folder.path, 'body.json'), '{"n":1}')

    const common = [
      '-X',
      'PUT',
      '-H',
      'x-TRACE:  1 ',
      '-H',
      'Accept: text/plain',
      '-H',
      'User-Agent: me',
      '-o',
      'put.yaml',
    ]
    const run = await runCli(['record', `${server.url}/items`, '-d', '@body.json', ...common], { cwd: folder.path })

    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(server.received.join('').split('\r\n')).toEqual([
      'PUT /items HTTP/1.1',
      `Host: ${new URL(server.url).host}`,
      'Content-Type: application/x-www-form-urlencoded',
      'x-TRACE: 1',
      'Accept: text/plain',
      'User-Agent: me',
      'Content-Length: 7',
      '',
      '{"n":1}',
    ])
  })

  test('posts where there is a body and no method', async () => {
    await using folder = await temporaryFolder()
    await using server = await serve((socket) => socket.write(HELLO))
    const run = await runCli(['record', `${server.url}/`, '-d', 'n=1'], { cwd: folder.path })
    expect(run.code).toBe(0)
    expect(server.received.join('')).toMatch(/^POST \/ HTTP\/1\.1\r\n/)
  })

  test('names the cassette after the host, and replaces a file only when forced to', async () => {
    await using folder = await temporaryFolder()
    await using server = await serve((socket) => socket.write(HELLO))
    const name = `127.0.0.1-${new URL(server.url).port}.yaml`
    await writeFile(path.join(folder.path, name), 'precious')

    const refused = await runCli(['record', server.url], { cwd: folder.path })
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toBe(
      `error: FILE_EXISTS: ${name} exists already; --append adds to it, --force replaces it, -o FILE uses another name\n`,
    )
    expect(await readFile(path.join(folder.path, name), 'utf8')).toBe('precious')
    expect(server.connections).toBe(0)

    const forced = await runCli(['record', server.url, '--force'], { cwd: folder.path })
    expect(forced).toMatchObject({ code: 0, stderr: '' })
    expect(passed(await loadCassette(path.join(folder.path, name)), 'received')).toBe(HELLO)
  })

  test('records a request that fails, reports it, and makes the next one', async () => {
    await using folder = await temporaryFolder()
    await using server = await serve((socket, bytes) => {
      if (bytes.startsWith('GET /torn')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')
      else socket.write(HELLO)
    })

    const run = await runCli(['record', `${server.url}/torn`, `${server.url}/whole`, '-o', 'it.yaml'], {
      cwd: folder.path,
    })

    expect(run).toMatchObject({ code: 1, stderr: '' })
    expect(run.stdout).toMatch(/^GET http:\S+\/torn {2}PREMATURE_EOF: .+ {2}[\d.]+ ms$/m)
    expect(run.stdout).toMatch(/^GET http:\S+\/whole {2}200 OK {2}5 bytes/m)
    expect(passed(await loadCassette(path.join(folder.path, 'it.yaml')), 'received')).toContain('half')
  })

  test('records that a connection was refused', async () => {
    await using folder = await temporaryFolder()
    const run = await runCli(['record', `http://127.0.0.1:${await closedPort()}/`, '-o', 'no.yaml'], {
      cwd: folder.path,
    })
    expect(run.code).toBe(1)
    expect(run.stdout).toMatch(
      / {2}CONNECT_FAILED: .*ECONNREFUSED.*; check host and port, and that the server runs {2}/,
    )
    const { tape } = await loadCassette(path.join(folder.path, 'no.yaml'))
    expect(tape).toMatchObject([{ type: 'failed', failure: { phase: 'tcp', systemCode: 'ECONNREFUSED' } }])
  })

  test('verifies certificates, with --ca or not at all with --insecure', async () => {
    await using folder = await temporaryFolder()
    const certificate = await createCertificate()
    await writeFile(path.join(folder.path, 'ca.pem'), certificate.cert)
    const server = createTlsServer({ ...certificate }, (socket) => {
      socket.on('data', () => socket.write(HELLO)).on('error', () => socket.destroy())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const record = async (...more: string[]): Promise<string> => {
      const run = await runCli(['record', `https://127.0.0.1:${port}/`, '--force', ...more], { cwd: folder.path })
      return `${run.code} ${run.stdout}`
    }

    expect(await record()).toMatch(/^1 GET \S+ {2}TLS_FAILED: .*--ca FILE/)
    expect(await record('--ca', 'ca.pem')).toMatch(/^0 GET \S+ {2}200 OK/)
    expect(await record('--insecure')).toMatch(/^0 GET \S+ {2}200 OK/)
    server.close()
  })

  test('gives up on a silent server after --timeout', async () => {
    await using folder = await temporaryFolder()
    await using server = await serve(() => {})
    const run = await runCli(['record', server.url, '--timeout', '100', '-o', 'slow.yaml'], { cwd: folder.path })
    expect(run.code).toBe(1)
    expect(run.stdout).toMatch(/ {2}HEADERS_TIMEOUT: .*; allow more with --timeout MS {2}/)
    expect(passed(await loadCassette(path.join(folder.path, 'slow.yaml')), 'sent')).toBe(server.received.join(''))
  })

  test('saves what it has when it is interrupted, and says so with 130', async () => {
    await using folder = await temporaryFolder()
    let child: ChildProcess | undefined
    await using server = await serve((socket, bytes) => {
      if (bytes.startsWith('GET /silence')) child?.kill('SIGINT')
      else socket.write(HELLO)
    })
    const urls = ['/hello', '/silence', '/never'].map((target) => server.url + target)
    child = startCli(['record', ...urls, '-o', 'part.yaml'], { cwd: folder.path })
    const run = await finish(child)

    expect(run).toMatchObject({ code: 130, stderr: '' })
    expect(run.stdout).toMatch(/\/silence {2}ABORTED/)
    expect(run.stdout).not.toContain('/never')
    const cassette = await loadCassette(path.join(folder.path, 'part.yaml'))
    expect(passed(cassette, 'received')).toBe(HELLO)
    expect(passed(cassette, 'sent')).toContain('GET /silence HTTP/1.1')
  })

  test('fails before the first request where the cassette cannot be written', async () => {
    await using folder = await temporaryFolder()
    await using server = await serve((socket) => socket.write(HELLO))
    await writeFile(path.join(folder.path, 'file'), '')
    const run = await runCli(['record', server.url, '-o', 'file/it.yaml'], { cwd: folder.path })
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toMatch(/^error: SYSTEM_ERROR: (E[A-Z]+): (?!\1).*'file'.*; .*\n$/)
    expect(server.connections).toBe(0)
  })

  for (const { what, args, says } of [
    { what: 'no URL', args: [], says: /missing required argument 'target'/ },
    { what: 'a URL without scheme', args: ['example.com'], says: /begins with http:\/\/ or https:\/\// },
    { what: 'another scheme', args: ['ftp://example.com/'], says: /begins with http:\/\/ or https:\/\// },
    { what: 'credentials in the URL', args: ['http://me:pass@example.com/'], says: /-H 'Authorization: \.\.\.'/ },
    { what: 'a header without colon', args: ['http://127.0.0.1:9/', '-H', 'nonsense'], says: /'Name: value'/ },
    { what: 'a timeout of nothing', args: ['http://127.0.0.1:9/', '--timeout', '0'], says: /1 or more/ },
    { what: 'an unknown option', args: ['http://127.0.0.1:9/', '--colour'], says: /unknown option '--colour'/ },
    { what: 'a method that is none', args: ['http://127.0.0.1:9/', '-X', 'G ET'], says: /INVALID_METHOD/ },
    {
      what: 'a header of two lines',
      args: ['http://127.0.0.1:9/', '-H', 'a: b\r\nc: d'],
      says: /INVALID_HEADER_VALUE/,
    },
  ]) {
    test(`exits with 2 for ${what}, and records nothing`, async () => {
      await using folder = await temporaryFolder()
      const run = await runCli(['record', ...args], { cwd: folder.path })
      expect(run).toMatchObject({ code: 2, stdout: '' })
      expect(run.stderr).toMatch(says)
      expect(await readdir(folder.path)).toEqual([])
    })
  }

  test('opens one connection for each origin', async () => {
    await using folder = await temporaryFolder()
    await using one = await serve((socket) => socket.write(HELLO))
    await using two = await serve((socket) => socket.write(HELLO))
    const urls = [`${one.url}/1`, `${two.url}/2`, `${one.url}/3`, `${two.url}/4`]
    const run = await runCli(['record', ...urls, '-o', 'it.yaml'], { cwd: folder.path })
    expect(run.stdout).toContain('2 connections, 8 segments, ')
    expect([one.connections, two.connections]).toEqual([1, 1])
  })

  test('prints a reason as UTF-8, and what is not printable of it as \\xNN', async () => {
    await using folder = await temporaryFolder()
    const reason = Buffer.concat([Buffer.from('Grün '), Buffer.of(0x9b), Buffer.from('31m \u202e')])
    await using server = await serve((socket) => {
      socket.write(Buffer.concat([Buffer.from('HTTP/1.1 200 '), reason, Buffer.from('\r\nContent-Length: 0\r\n\r\n')]))
    })
    const run = await runCli(['record', server.url, '-o', 'it.yaml'], { cwd: folder.path })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toContain('  200 Grün \\x9b31m \\xe2\\x80\\xae  0 bytes  ')
    expect(run.stdout).toMatch(PRINTABLE_LINES)
  })

  test('does not print what arguments hold of terminal sequences', async () => {
    await using folder = await temporaryFolder()
    const urls = await runCli(['record', '\x1b[2J'], { cwd: folder.path })
    expect(urls.stderr).toMatch(PRINTABLE_LINES)
    expect(urls.stderr).toContain('\\x1b[2J')
    const options = await runCli(['record', '--\x9b31m'], { cwd: folder.path })
    expect(options.stderr).toBe("error: unknown option '--\\xc2\\x9b31m'\n")
  })
})

/** All bytes that went one way, over all connections. */
function passed({ tape }: Cassette, direction: 'sent' | 'received'): string {
  return tape.map((event) => (event.type === direction ? Buffer.from(event.bytes).toString('latin1') : '')).join('')
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return address !== null && typeof address === 'object' ? address.port : 0
}
