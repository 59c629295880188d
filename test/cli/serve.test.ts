import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { every } from '../helpers/share.ts'
import { type Cassette, saveCassette } from 'wiretape/cassette'
import { curl } from '../helpers/curl.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { answer, request, TapeWriter } from '../helpers/tape.ts'
import { finish, type Finished, runAlone, runCli, startCli, temporaryFolder } from './run-cli.ts'
import { hasProgram, missing } from '../helpers/programs.ts'

const A = answer('first')
const B = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=1\r\nhello\r\n0\r\nX-Sum: 5\r\n\r\n'

function recording(): Cassette {
  const tape = new TapeWriter()
  tape.open('http://api.test').sent(request('GET', '/a')).received(A).sent(request('GET', '/b')).received(B)
  return tape.cassette
}

/** Serves the recording for the time that `use` takes, and ends it as Ctrl+C does. */
async function serving(
  args: readonly string[],
  use: (url: string, folder: string) => Promise<void>,
): Promise<Finished> {
  await using folder = await temporaryFolder()
  await saveCassette(path.join(folder.path, 'a.yaml'), recording())
  const child = startCli(['serve', 'a.yaml', ...args], { cwd: folder.path })
  const finished = finish(child)
  try {
    await use(await firstLine(child), folder.path)
  } finally {
    child.kill('SIGINT')
  }
  return finished
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('no stdout')
  let text = ''
  while (!text.includes('\n')) text += String(await once(stdout, 'data'))
  return text.slice(0, text.indexOf('\n'))
}

test.describe('wiretape serve', () => {
  test.beforeEach(() => test.skip(!hasProgram('curl'), missing('curl', 'curl')))

  test('prints its address, answers curl with the recorded bytes, and says at the end what was played', async () => {
    const run = await serving([], async (url) => {
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
      expect(await curl(`${url}/b`, '-H', 'Host: api.test')).toEqual({ code: 0, stdout: B })
      expect(await curl(`${url}/a`)).toEqual({ code: 0, stdout: A })
    })
    expect(run).toMatchObject({ code: 0, stderr: '2 answers played, 0 not played, 0 refused\n' })
  })

  test('turns away more clients than --max-clients allows, and ends idle ones', async () => {
    await serving(['--max-clients', '1', '--idle-timeout', '200'], async (url) => {
      using first = await RawClient.to(Number(new URL(url).port))
      await first.say('GET /a HTTP/1.1\r\nHost: api.test\r\n\r\n').until((heard) => heard.endsWith('first'))
      using second = await RawClient.to(Number(new URL(url).port))
      await second.ended
      expect(second.heard).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\nWiretape-Error: TOO_MANY_CLIENTS/)
      expect(await first.ended).toBe('end')
    })
  })

  test('answers what was not recorded with 599, reports it on stderr, and exits with 3', async () => {
    const run = await serving([], async (url) => {
      expect((await curl(`${url}/c`)).stdout).toMatch(/^HTTP\/1\.1 599 No Recorded Answer\r\n[^]*path differs/)
    })
    expect(run.code).toBe(3)
    expect(run.stderr).toMatch(/^miss: no recorded interaction matches the request: GET http:\/\/api\.test\/c\n/)
    expect(run.stderr).toMatch(/\n0 answers played, 2 not played, 1 refused\n$/)
  })

  test('--hooks takes hooks from a module, and says what is wrong with one', async () => {
    await using folder = await temporaryFolder()
    const hooks = path.join(folder.path, 'hooks.mjs')
    await writeFile(
      hooks,
      `export const normalizeRequest = ({ request }) => ({ ...request, target: request.target.replace(/[?].*/, '') })
      export const beforeAnswer = ({ asked, response }) => ({ ...response, body: 'to ' + asked.target })`,
    )
    const run = await serving(['--hooks', hooks], async (url) => {
      expect((await curl(`${url}/a?now=1`)).stdout).toBe(answer('to /a?now=1'))
    })
    expect(run.code).toBe(0)
    // A process loads a module once.
    for (const [text, why] of [
      ['export const other = 1', /hooks\.mjs exports other; export normalizeRequest or beforeAnswer/],
      ['throw new Error("no")', /hooks\.mjs cannot be loaded: Error: no/],
      ['export const beforeAnswer = 1', /beforeAnswer of .*hooks\.mjs is not a function/],
    ] as const) {
      await writeFile(hooks, text)
      const { code, stderr } = await runAlone(['serve', 'a.yaml', '--hooks', hooks], { cwd: folder.path })
      expect(code).toBe(2)
      expect(stderr).toMatch(why)
    }
  })

  test('--once is the default, --repeat plays as often as is asked', async () => {
    for (const [args, statuses] of [
      [[], ['200', '599']],
      [['--once'], ['200', '599']],
      [['--repeat'], ['200', '200']],
    ] as const)
      await serving(args, async (url) => {
        const got = [await curl(`${url}/a`), await curl(`${url}/a`)]
        expect(got.map(({ stdout }) => stdout.slice(9, 12))).toEqual(statuses)
      })
  })

  test('options say what a request must have, for whom it is, and what a miss is answered with', async () => {
    for (const [args, what, asked] of [
      [['--miss-status', '418'], '418', ['/c']],
      [['--match-on', 'path'], '200', ['/a', '-X', 'POST']],
      [['--match-on', 'method,path'], '599', ['/a', '-X', 'POST']],
      [['--allow-host', 'other.test'], '200', ['/a', '-H', 'Host: other.test']],
      [['--origin', 'http://api.test'], '200', ['/a']],
    ] as const)
      await serving(args, async (url) => {
        const [target, ...more] = asked
        const { stdout } = await curl(`${url}${target}`, ...more)
        expect([args, stdout.slice(9, 12)]).toEqual([args, what])
      })
  })

  test('--all-played fails where something was not asked for', async () => {
    const run = await serving(['--all-played'], async (url) => {
      await curl(`${url}/a`)
    })
    expect(run).toMatchObject({ code: 1 })
    expect(run.stderr).toMatch(/UNPLAYED.*GET http:\/\/api\.test\/b/)
  })

  for (const [fault, code, heard] of every(3, [
    ['reset,at=40', 56, A.slice(0, 40)],
    ['cut,at=-2', 18, A.slice(0, -2)],
    ['{"type":"corrupt","at":-1,"xor":1,"on":[0]}', 0, `${A.slice(0, -1)}u`],
  ] as const))
    test(`--fault ${fault} goes wrong on purpose`, async () => {
      await serving(['--fault', fault, '--segmentation', 'bytewise', '--timing', 'instant'], async (url) => {
        expect(await curl(`${url}/a`)).toEqual({ code, stdout: heard })
      })
    })

  test('--tls with --cert-out lets a client use the recorded URL', async () => {
    await serving(['--tls', '--cert-out', 'ca.pem'], async (url, folder) => {
      expect(url).toMatch(/^https:/)
      const { host } = new URL(url)
      const trusted = ['--cacert', path.join(folder, 'ca.pem')]
      expect(await curl('https://api.test/b', ...trusted, '--connect-to', `api.test:443:${host}`)).toEqual({
        code: 0,
        stdout: B,
      })
    })
  })
})

test('--request-timeout answers a request that is late with 408, and reports it on stderr', async () => {
  const run = await serving(['--request-timeout', '20'], async (url) => {
    using client = await RawClient.to(Number(new URL(url).port))
    expect(await client.say('GET /a HTTP/1.1\r\n').ended).toBe('end')
    expect(client.heard).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
  })
  expect(run).toMatchObject({ code: 1 })
  expect(run.stderr).toMatch(
    /^refused: the client did not send its whole request within the time allowed: 20 ms for a head/,
  )
})

for (const [args, said] of [
  [['--once', '--repeat'], /--once and --repeat contradict each other/],
  [['--fault', 'explode'], /Give a type and numbers/],
  [['--segmentation', 'seed'], /seed=42/],
  [['--timing', '-1'], /a factor such as 0\.5/],
  [['--request-timeout', '0'], /whole number of milliseconds/],
  [['--port', '70000'], /from 0 to 65535/],
  [['--host', '0.0.0.0'], /other machines reach 0\.0\.0\.0/],
  [['--cert', 'a.pem'], /a certificate needs its key/],
  [['--match-on', 'moon'], /Give bytes, or of method, url/],
  [['--origin', 'https://elsewhere.test'], /was not recorded/],
] as const)
  test(`wiretape serve ${args.join(' ')} is refused as nonsense, with exit code 2`, async () => {
    await using folder = await temporaryFolder()
    await saveCassette(path.join(folder.path, 'a.yaml'), recording())
    const run = await runCli(['serve', 'a.yaml', ...args], { cwd: folder.path })
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toMatch(said)
  })
