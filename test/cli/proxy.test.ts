import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { saveCassette } from 'wiretape/cassette'
import { curl } from '../helpers/curl.ts'
import { serve } from '../helpers/live-server.ts'
import { request, TapeWriter } from '../helpers/tape.ts'
import { finish, type Finished, runCli, startCli, temporaryFolder } from './run-cli.ts'
import { hasProgram, missing } from '../helpers/programs.ts'

const ANSWER = 'HTTP/1.1 200 Quite fine\r\nx-ODD: a\r\nContent-Length: 5\r\n\r\nhello'

async function lines({ stdout }: ChildProcess, count: number): Promise<readonly string[]> {
  if (stdout === null) throw new Error('no stdout')
  let text = ''
  while (text.split('\n').length <= count) text += String(await once(stdout, 'data'))
  return text.split('\n')
}

/** Runs the proxy for the time that `use` takes, and ends it as Ctrl+C does. */
async function proxying(
  folder: string,
  args: readonly string[],
  use: (...lines: readonly string[]) => Promise<void>,
  count = 1,
): Promise<Finished> {
  const child = startCli(['proxy', '--ca-dir', path.join(folder, 'ca'), ...args], {
    cwd: folder,
    env: { CI: '', WIRETAPE_MODE: '' },
  })
  const finished = finish(child)
  try {
    await use(...(await lines(child, count)))
  } finally {
    child.kill('SIGINT')
  }
  return finished
}

const origin = () =>
  serve((socket) => {
    socket.on('data', () => socket.write(ANSWER))
    socket.on('end', () => socket.end())
  })

test.describe('wiretape proxy', () => {
  test.beforeEach(() => test.skip(!hasProgram('curl'), missing('curl', 'curl')))

  test('records, and plays with the server gone; lists what passes; exits with 3 after a miss', async () => {
    await using folder = await temporaryFolder()
    const port = await (async () => {
      await using server = await origin()
      const run = await proxying(folder.path, ['a.yaml', '--allow', '127.0.0.1'], async (url) => {
        expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
        expect(await curl(`http://127.0.0.1:${server.port}/a`, '--noproxy', '', '-x', url ?? '')).toEqual({
          code: 0,
          stdout: ANSWER,
        })
      })
      expect(run.code).toBe(0)
      expect(run.stderr).toMatch(/^clients have to trust \S+ca\.pem, or get the variables of --env-out\n/)
      expect(run.stderr).toMatch(
        new RegExp(
          String.raw`\nGET http://127\.0\.0\.1:${server.port}/a  200  \d+ B  [\d.]+\sms\n0 played, 1 recorded, 0 not played, 0 refused\n$`,
        ),
      )
      return server.port
    })()
    const again = await proxying(folder.path, ['a.yaml'], async (url) => {
      const through = ['--noproxy', '', '-x', url ?? '']
      expect(await curl(`http://127.0.0.1:${port}/a`, ...through)).toEqual({ code: 0, stdout: ANSWER })
      expect((await curl(`http://127.0.0.1:${port}/b`, ...through)).stdout).toMatch(/^HTTP\/1\.1 599 [^]*path differs/)
    })
    expect(again.code).toBe(3)
    expect(again.stderr).toMatch(
      /\nmiss: [^]*--mode new_episodes[^]*\n1 played, 0 recorded, 0 not played, 1 refused\n$/,
    )
  })

  test('stands for one origin with --to', async () => {
    await using folder = await temporaryFolder()
    await using server = await origin()
    const run = await proxying(folder.path, ['a.yaml', '--to', `http://127.0.0.1:${server.port}`], async (url) => {
      expect(await curl(`${url}/a`)).toEqual({ code: 0, stdout: ANSWER })
    })
    expect(run.code, run.stderr).toBe(0)
    expect(await readFile(path.join(folder.path, 'a.yaml'), 'utf8')).toContain(`to: http://127.0.0.1:${server.port}`)
  })

  test('plays as its options say', async () => {
    await using folder = await temporaryFolder()
    const tape = new TapeWriter()
    tape.open('http://api.test').sent(request('GET', '/a')).received(ANSWER).sent(request('GET', '/b')).received(ANSWER)
    await saveCassette(path.join(folder.path, 'a.yaml'), tape.cassette)
    for (const [args, asked, statuses, code] of [
      [[], ['GET /a', 'GET /a', 'GET /b', 'POST /b'], [200, 599, 200, 599], 3],
      [['--mode', 'none', '--repeat'], ['GET /a', 'GET /a'], [200, 200], 0],
      [['--mode', 'none', '--all-played'], ['GET /a'], [200], 1],
      [['--mode', 'none', '--all-played'], ['GET /b', 'GET /a'], [200, 200], 0],
      [['--match-on', 'path', '--miss-status', '418'], ['POST /b', 'GET /c'], [200, 418], 3],
    ] as const) {
      const got: number[] = []
      const run = await proxying(folder.path, ['a.yaml', '--to', 'http://api.test', ...args], async (url) => {
        for (const one of asked) {
          const [method = '', target = ''] = one.split(' ')
          got.push((await fetch(`${url}${target}`, { method })).status)
        }
      })
      expect([args, got, run.code], run.stderr).toEqual([args, statuses, code])
    }
  })

  test('says what is not allowed, in its own words, and exits with 1', async () => {
    await using folder = await temporaryFolder()
    const run = await proxying(folder.path, ['a.yaml'], async (url) => {
      const { stdout } = await curl('http://127.0.0.1:1/', '--noproxy', '', '-x', url ?? '')
      expect(stdout).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/)
      expect(stdout).toContain('--allow 127.0.0.1 permits it')
    })
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('--allow 127.0.0.1 permits it')
  })

  test('writes the variables for programs, and opens scopes with --control', async () => {
    await using folder = await temporaryFolder()
    await using server = await origin()
    const args = ['a.yaml', '--env-out', 'proxy.env', '--control', '--allow', '127.0.0.1']
    const run = await proxying(
      folder.path,
      args,
      async (url, control) => {
        const text = await readFile(path.join(folder.path, 'proxy.env'), 'utf8')
        expect(text).toContain(`HTTPS_PROXY='${url}'\n`)
        const response = await fetch(`${control}/scopes`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: '{"cassette":"t1"}',
        })
        const scope = JSON.parse(await response.text())
        expect(await curl(`http://127.0.0.1:${server.port}/a`, '--noproxy', '', '-x', scope.url)).toEqual({
          code: 0,
          stdout: ANSWER,
        })
      },
      2,
    )
    expect(run.code).toBe(0)
    expect(await readFile(path.join(folder.path, 't1.yaml'), 'utf8')).toContain('GET /a')
  })

  for (const [args, message] of [
    [[], '--control'],
    [['a.yaml', '--mode', 'sometimes'], 'new_episodes'],
    [['a.yaml', '--port', 'x'], '0 to 65535'],
    [['a.yaml', '--raw', 'db:1'], 'tcp://host:port'],
  ] as const)
    test(`refuses ${JSON.stringify(args)}`, async () => {
      await using folder = await temporaryFolder()
      const run = await runCli(['proxy', ...args, '--ca-dir', path.join(folder.path, 'ca')], { cwd: folder.path })
      expect(run.code).toBe(2)
      expect(run.stderr).toContain(message)
    })
})
