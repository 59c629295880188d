import { chmod, readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { loadCassette } from 'wiretape/cassette'
import { CertificateAuthority } from '../../src/certificates/certificate-authority.ts'
import { hasProgram, missing } from '../helpers/programs.ts'
import { serveTls } from '../helpers/tls-server.ts'
import { finish, type Finished, startCli } from './run-cli.ts'
import { api, projectWith, targetsIn } from './run-project.ts'

const PYTHON = 'import sys, urllib.request as u\nprint(u.urlopen(sys.argv[1]).read().decode())'

test.beforeEach(() => {
  test.skip(!hasProgram('curl'), missing('curl', 'curl'))
})

test('Node, curl and Python in one script: one cassette, each request once, replayed without the server', async () => {
  test.skip(!hasProgram('python3'), missing('python3', 'python3'))
  const server = await api()
  await using project = await projectWith({
    'all.sh': `curl -s ${server.url}/curl; echo
node app.mjs
python3 -c '${PYTHON}' ${server.url}/python
exit 5`,
    'app.mjs': `import { execFileSync, execSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
console.log(await (await fetch('${server.url}/fetch')).text())
const inherit = { stdio: 'inherit' }
execFileSync('curl', ['-s', '${server.url}/execFileSync'], inherit)
execSync('curl -s ${server.url}/execSync', inherit)
spawnSync('curl', ['-s', '${server.url}/spawnSync'], { ...inherit, env: { ...process.env, MORE: '1' } })
await once(spawn('curl', ['-s', '${server.url}/spawn'], inherit), 'exit')
console.log()`,
  })
  const first = await project.run('--host', server.host, '--', 'sh', 'all.sh')
  expect(first.stderr).toMatch(/all\.yaml: 7 recorded, 0 missed/)
  expect(first).toMatchObject({
    code: 5,
    stdout: '/curl 1\n/fetch 2\n/execFileSync 3/execSync 4/spawnSync 5/spawn 6\n/python 7\n',
  })
  expect(server.asked).toHaveLength(7)
  const targets = await targetsIn(path.join(project.path, 'cassettes/all.yaml'))
  expect(targets.toSorted()).toEqual(server.asked.toSorted())
  await server.stop()
  const second = await project.run('--host', server.host, '--', 'sh', 'all.sh')
  expect(second.stderr).toMatch(/7 played, 0 missed/)
  expect(second).toMatchObject({ code: 5, stdout: first.stdout })
})

test('over TLS a program trusts the proxy without a flag, and the proxy the servers that the program would have trusted', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  const authority = CertificateAuthority.create('servers')
  await using project = await projectWith({ 'ca.pem': authority.cert })
  const env = { SSL_CERT_FILE: path.join(project.path, 'ca.pem') }
  const ask = (port: number) =>
    project.runWith(env, '--host', 'api.localhost', '--', 'curl', '-s', '-i', `https://api.localhost:${port}/a`)
  let port = 0
  {
    await using server = await serveTls(
      (socket) =>
        socket.on('data', () => socket.write('HTTP/1.1 200 Quite fine\r\nx-ODD: a\r\nContent-Length: 5\r\n\r\nhello')),
      authority.leaf('api.localhost'),
    )
    port = server.port
    const live = await ask(port)
    expect(live).toMatchObject({ code: 0, stdout: expect.stringContaining('200 Quite fine\r\nx-ODD: a') })
  }
  expect(await ask(port)).toMatchObject({ code: 0, stdout: expect.stringContaining('200 Quite fine\r\nx-ODD: a') })
})

test('the certificate of a server that nobody has signed is refused, unless --insecure accepts any', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  await using project = await projectWith({})
  await using server = await serveTls(
    (socket) => socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello')),
    CertificateAuthority.create('of nobody').leaf('api.localhost'),
  )
  const ask = (command: string, ...options: readonly string[]): Promise<Finished> => {
    const words = ['--', 'curl', '-s', `https://api.localhost:${server.port}/`]
    return project.cli(command, ...options, ...words)
  }
  const refused = await ask('run', '--host', 'api.localhost')
  expect(refused.stdout).toMatch(/the TLS handshake failed.*certificate/)
  expect(refused.code).toBe(0)
  expect(await ask('run', '--host', 'api.localhost', '--insecure', '-m', 'all')).toMatchObject({
    code: 0,
    stdout: 'hello',
  })
  expect(await ask('record', '-k', '--force', '-o', 'recorded.yaml')).toMatchObject({ code: 0, stdout: 'hello' })
})

test('a request that is not on the cassette is answered with the report, and the run ends with 3', async () => {
  const server = await api()
  await using project = await projectWith({})
  await project.run('--host', server.host, '--', 'curl', '-s', `${server.url}/one`)
  await server.stop()
  const missed = await project.run('--host', server.host, '--', 'curl', '-s', '-i', `${server.url}/other`)
  expect(missed.stdout).toMatch(/^HTTP\/1\.1 599 [^]*Wiretape-Error: NO_MATCH[^]*GET http:\/\/localhost:\d+\/other/)
  expect(missed.stderr).toMatch(/GET http:\/\/localhost:\d+\/other[^]*0 played, 1 unused, 1 missed/)
  expect(missed.code).toBe(3)
})

test('without a cassette a run that may not record says so, to the program and at its end', async () => {
  await using project = await projectWith({})
  const run = await project.runWith({ CI: '1' }, '--host', 'localhost', '--', 'curl', '-s', 'http://localhost:9/')
  expect(run.stdout).toMatch(/there is no such cassette: record it/)
  expect(run.stderr).toMatch(/there is no such cassette: record it/)
  expect(run.code).toBe(3)
})

test('servers of this machine that are not named are left alone, though others are named', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  const [named, other] = [await api(), await api()]
  await using project = await projectWith({ 'both.sh': `curl -s ${named.url}/named; curl -s ${other.url}/other` })
  const first = await project.run('--host', named.host, '--', 'sh', 'both.sh')
  expect(first.stdout).toBe('/named 1/other 1')
  expect(await targetsIn(path.join(project.path, 'cassettes/both.yaml'))).toEqual(['/named'])
  await named.stop()
  const second = await project.run('--host', named.host, '--', 'sh', 'both.sh')
  expect(second.stdout).toBe('/named 1/other 2')
  await other.stop()
})

test('a run that has recorded nothing says why', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  const server = await api()
  await using project = await projectWith({ 'one.sh': `curl -s ${server.url}/one; exit $1` })
  const here = await project.run('--', 'sh', 'one.sh', '0')
  expect(here).toMatchObject({ code: 0, stdout: '/one 1' })
  expect(here.stderr).toContain(
    'wiretape: nothing was recorded: only what goes to other machines is, and nothing did; name those of this one: --host localhost:3000\n',
  )
  const elsewhere = await project.run('--host', 'localhost:1', '--', 'sh', 'one.sh', '0')
  expect(elsewhere.stderr).toContain('only what goes to other machines and to localhost:1 is, and nothing did\n')
  const failed = await project.run('-m', 'update', '--host', server.host, '--', 'sh', 'one.sh', '4')
  expect(failed.code).toBe(4)
  expect(failed.stderr).toContain('wiretape: the command failed, so nothing was saved\n')
  await server.stop()
})

test('a program in Node sees the variables of before, its children those of the proxy, and browsers neither', async () => {
  await using project = await projectWith({
    'app.mjs': `import { execFileSync } from 'node:child_process'
const here = [process.env.HTTPS_PROXY, process.env.NO_PROXY, process.env.JAVA_TOOL_OPTIONS]
const print = 'echo $HTTPS_PROXY $NO_PROXY'
const told = (file, args, options) => execFileSync(file, args, { encoding: 'utf8', ...options }).trim()
console.log(JSON.stringify({
  here,
  child: told('sh', ['-c', print]),
  own: told('sh', ['-c', print], { env: { ...process.env, HTTPS_PROXY: 'http://own.test' } }),
  bare: told('sh', ['-c', print], { env: { PATH: process.env.PATH } }),
  browser: told('./chromium', []),
}))`,
    chromium: '#!/bin/sh\necho $HTTPS_PROXY $NO_PROXY\n',
  })
  await chmod(path.join(project.path, 'chromium'), 0o755)
  const env = { HTTPS_PROXY: 'http://company.test:8080', HTTP_PROXY: '', NO_PROXY: '', JAVA_TOOL_OPTIONS: '' }
  const { stdout } = await project.runWith(env, '--', 'node', 'app.mjs')
  expect(JSON.parse(stdout)).toEqual({
    here: ['http://company.test:8080', '', ''],
    child: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+ localhost,127\.0\.0\.1,::1$/),
    own: 'http://own.test localhost,127.0.0.1,::1',
    bare: '',
    browser: 'http://company.test:8080',
  })
})

test('certificates that the user has named for Node stay trusted, and no file is left', async () => {
  const own = CertificateAuthority.create('a company').cert
  await using project = await projectWith({
    'company.pem': own,
    'print.sh': 'cat $NODE_EXTRA_CA_CERTS; echo $NODE_EXTRA_CA_CERTS',
  })
  const env = { NODE_EXTRA_CA_CERTS: path.join(project.path, 'company.pem') }
  const { stdout } = await project.runWith(env, '--', 'sh', 'print.sh')
  expect(stdout).toContain(own.trim())
  expect(stdout.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
  await expect(readFile(stdout.trim().split('\n').at(-1) ?? '')).rejects.toMatchObject({ code: 'ENOENT' })
})

test('`wiretape record -- COMMAND` records any program, also from this machine', async () => {
  const server = await api()
  await using project = await projectWith({})
  const words = ['record', '-o', 'one.yaml', '--', 'curl', '-s', `${server.url}/one`]
  const run = await finish(startCli(words, { cwd: project.path }))
  await server.stop()
  expect(run).toMatchObject({ code: 0, stdout: '/one 1' })
  expect((await loadCassette(path.join(project.path, 'one.yaml'))).tape.length).toBeGreaterThan(0)
})
