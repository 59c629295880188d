import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '../helpers/test.ts'
import { every, isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { interactionsOf, loadCassette } from 'wiretape/cassette'
import { finish, type Finished, runAlone, serve, startCli, temporaryFolder } from './run-cli.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const HELLO = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'

/** What a script is that asks for each of `targets`, and then does what `end` says. */
const script = (url: string, targets: readonly string[], end = 'await connection.close()'): string => `
import { HttpConnection } from 'wiretape'
const connection = HttpConnection.to('${url}')
for (const target of ${JSON.stringify(targets)}) {
  await connection.request('GET', target, { headers: { Authorization: 'Bearer tok-8f3a91c07d52' } })
  const response = await connection.getResponse()
  console.log(\`\${response.status} \${await response.text()}\`)
}
${end}
`

test.describe('wiretape record -- COMMAND', () => {
  test('records what the HttpConnections of a script do, and leaves its output alone', async () => {
    await using project = await projectWith()
    await using server = await serve((socket) => socket.write(HELLO))
    await project.write('smoke.mjs', script(server.url, ['/a', '/b']))
    const run = await project.record('--', 'node', 'smoke.mjs', '-o', 'is the own option of the script')

    expect(run).toMatchObject({ code: 0, stdout: '200 hello\n200 hello\n' })
    expect(run.stderr).toMatch(/^\n.*1 connection, 4 segments, .*\nsmoke\.yaml {2}[\d,]+ bytes\n1 secret replaced; /)
    expect(await project.targetsIn('smoke.yaml')).toEqual(['/a', '/b'])
    expect(await readFile(path.join(project.path, 'smoke.yaml'), 'utf8')).not.toContain('tok-8f3a91c07d52')
    expect((await readdir(project.path)).toSorted()).toEqual(['node_modules', 'smoke.mjs', 'smoke.yaml'])
  })

  test('keeps what a script has seen that ends by process.exit(), by an exception, by kill -9', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    await using project = await projectWith()
    await using server = await serve((socket) => socket.write(HELLO))
    const ends = [
      ['exit.mjs', 'process.exit(3)', 3],
      ['exception.mjs', "throw new Error('as planned')", 1],
      ['killed.mjs', "setImmediate(() => process.kill(process.pid, 'SIGKILL'))", 137],
    ] as const
    for (const [name, end, code] of every(2, ends)) {
      await project.write(name, script(server.url, ['/a', '/b'], end))
      const run = await project.record('--', 'node', name)
      expect(run.code, name).toBe(code)
      const cassette = name.replace('.mjs', '.yaml')
      expect(run.stderr, name).toContain(`${cassette}  `)
      expect(await project.targetsIn(cassette), name).toEqual(['/a', '/b'])
      expect(await readFile(path.join(project.path, cassette), 'utf8'), name).not.toContain('tok-8f3a91c07d52')
    }
    expect((await readdir(project.path)).filter((name) => !/\.(?:mjs|yaml)$|^node_modules$/.test(name))).toEqual([])
  })

  test('records the processes of a command one after another into one cassette', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    await using project = await projectWith()
    await using server = await serve((socket) => socket.write(HELLO))
    await project.write('first.mjs', script(server.url, ['/first']))
    await project.write('second.mjs', script(server.url, ['/second'], 'process.exit(0)'))
    const run = await project.record('-o', 'both.yaml', '--', 'sh', '-c', 'node first.mjs && node second.mjs')
    expect(run.code).toBe(0)
    expect(await project.targetsIn('both.yaml')).toEqual(['/first', '/second'])
    const more = await project.record('--append', '-o', 'both.yaml', '--', 'node', 'first.mjs')
    expect(more.code).toBe(0)
    expect(await project.targetsIn('both.yaml')).toEqual(['/first', '/second', '/first'])
    const anew = await project.record('--force', '-o', 'both.yaml', '--', 'node', 'second.mjs')
    expect(anew.code).toBe(0)
    expect(await project.targetsIn('both.yaml')).toEqual(['/second'])
  })

  test('records other clients over defaultConnector: fetch, node:http', async () => {
    await using project = await projectWith()
    await using server = await serve((socket) => socket.write(HELLO))
    await project.write(
      'others.mjs',
      `import http from 'node:http'
import { once } from 'node:events'
import { defaultConnector } from 'wiretape'
import { nodeConnect } from 'wiretape/sockets'
import { fetchOver } from 'wiretape/fetch'
await using fetch = fetchOver(defaultConnector)
console.log(await (await fetch('${server.url}/fetch')).text())
const agent = Object.assign(new http.Agent(), { createConnection: nodeConnect(defaultConnector) })
const [response] = await once(http.get('${server.url}/node', { agent }), 'response')
for await (const chunk of response) console.log(String(chunk))
`.replace('await using fetch', 'const fetch') + 'await fetch.close()\n',
    )
    const run = await project.record('--', 'node', 'others.mjs')
    expect(run).toMatchObject({ code: 0, stdout: 'hello\nhello\n' })
    expect(await project.targetsIn('others.yaml')).toEqual(['/fetch', '/node'])
  })

  test('has nothing to do with a script that is run without it', async () => {
    await using project = await projectWith()
    await using server = await serve((socket) => socket.write(HELLO))
    await project.write('smoke.mjs', script(server.url, ['/a']))
    const run = await finish(startNode(project.path, ['smoke.mjs']))
    expect(run).toMatchObject({ code: 0, stdout: '200 hello\n', stderr: '' })
    expect((await readdir(project.path)).toSorted()).toEqual(['node_modules', 'smoke.mjs'])
  })

  test('fails where the command never connected, does not start, or would replace a cassette', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    await using project = await projectWith()
    await project.write('idle.mjs', "console.log('nothing to do')")
    const idle = await project.record('--', 'node', 'idle.mjs')
    expect(idle).toMatchObject({ code: 1, stdout: 'nothing to do\n' })
    expect(idle.stderr).toMatch(/^error: NOTHING_RECORDED: no program of the command connected to anything; /)
    const missing = await project.record('--', './no-such-program')
    expect(missing.code).toBe(1)
    expect(missing.stderr).toMatch(/^error: COMMAND_NOT_STARTED: .*ENOENT/)

    await project.write('idle.yaml', 'precious')
    const refused = await project.record('--', 'node', 'idle.mjs')
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/^error: FILE_EXISTS: idle\.yaml exists already; /)
    await project.write('left.yaml.rec', 'of a killed recording')
    const left = await project.record('-o', 'left.yaml', '--', 'node', 'idle.mjs')
    expect(left.stderr).toMatch(/^error: FILE_EXISTS: left\.yaml\.rec is what a killed recording left; .*recover/)
  })

  test('takes no options that are for requests, and no URLs beside the command', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    await using project = await projectWith()
    for (const [args, says] of [
      [['-X', 'PUT'], '-X, --request <method> is for requests that wiretape makes itself'],
      [['-d', 'x'], /-d, --data .* is for requests/],
      [['http://127.0.0.1:9/'], 'give URLs and .http files, or -- and a command: http://127.0.0.1:9/'],
    ] as const) {
      const run = await project.record(...args, '--', 'node', 'x.mjs')
      expect(run).toMatchObject({ code: 2, stdout: '' })
      expect(run.stderr).toMatch(says)
    }
  })

  test('takes URLs behind -- for URLs, as other programs do', async () => {
    await using project = await projectWith()
    await using server = await serve((socket) => socket.write(HELLO))
    const run = await project.record('-o', 'it.yaml', '--', `${server.url}/a`)
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(await project.targetsIn('it.yaml')).toEqual(['/a'])
  })

  for (const [signal, code] of every(2, [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const))
    test(`passes ${signal} on, keeps what there is, and leaves no temporary folder`, async () => {
      await using project = await projectWith()
      await using temporary = await temporaryFolder()
      let recording: ChildProcess | undefined
      await using server = await serve((socket, bytes) => {
        if (bytes.startsWith('GET /silence')) recording?.kill(signal)
        else socket.write(HELLO)
      })
      await project.write('waits.mjs', script(server.url, ['/hello', '/silence']))
      const env = { TMPDIR: temporary.path }
      recording = startCli(['record', '--', 'node', 'waits.mjs'], { cwd: project.path, env })
      expect(await finish(recording)).toMatchObject({ code, stdout: '200 hello\n' })
      expect((await project.targetsIn('waits.yaml'))[0]).toBe('/hello')
      expect(await readdir(temporary.path)).toEqual([])
    })
})

function startNode(cwd: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, args, { cwd })
}

interface Project extends AsyncDisposable {
  readonly path: string
  write(name: string, text: string): Promise<void>
  record(...args: readonly string[]): Promise<Finished>
  targetsIn(cassette: string): Promise<readonly string[]>
}

/** A folder in which `wiretape` is installed. */
async function projectWith(): Promise<Project> {
  const folder = await temporaryFolder()
  await mkdir(path.join(folder.path, 'node_modules'))
  await symlink(ROOT, path.join(folder.path, 'node_modules/wiretape'))
  return {
    path: folder.path,
    write: (name, text) => writeFile(path.join(folder.path, name), text),
    record: (...args) => runAlone(['record', ...args], { cwd: folder.path }),
    targetsIn: async (cassette) =>
      interactionsOf(await loadCassette(path.join(folder.path, cassette))).map(({ request }) => request.target),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}
