import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, readdir, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { loadCassette } from 'wiretape/cassette'
import { diffCassettes } from 'wiretape/inspect'
import { cleanEnvironment, type Project } from './project.ts'
import type { Check } from './use.ts'

const TESTS = 50

const SUITE = `
import { expect, test } from 'wiretape/playwright'

test.use({ baseURL: process.env.API_URL })

for (let number = 0; number < ${TESTS}; number++) {
  test('test ' + number, async ({ fetch, connect, cassette }) => {
    for (const path of ['/users/', '/orders/']) {
      const response = await fetch(path + number)
      expect(response).toHaveStatus(200)
      expect(await response.text()).toBe('answer to ' + path + number)
    }
    const connection = connect(process.env.API_URL)
    await connection.request('POST', '/bulk', { body: 'x'.repeat(5000) })
    expect(await (await connection.getResponse()).text()).toBe('answer to /bulk')
    expect(cassette).toHaveSentBytes('POST /bulk HTTP/1.1')
  })
}
`

const CONFIG = `
export default {
  testDir: '.',
  testMatch: 'suite.spec.mjs',
  fullyParallel: true,
  retries: 2,
  reporter: [['dot'], ['wiretape/playwright/reporter']],
}
`

const CASSETTES = 'suite.spec.mjs-cassettes'
const MANY = ['--workers=4', '--repeat-each=2']

/** 50 tests by 4 workers in 2 shards, each twice: recorded, compared with a serial run, killed half-way, replayed with the server gone. */
export async function checkSuite(project: Project, check: Check): Promise<void> {
  await project.write('suite.spec.mjs', SUITE)
  await project.write('playwright.config.mjs', CONFIG)
  const server = createServer((request, response) => {
    // The only difference between two runs.
    response.sendDate = false
    request.resume().on('end', () => response.end(`answer to ${request.url}`))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const env = { API_URL: `http://127.0.0.1:${Object(server.address()).port}` }
  const play = (args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<string> =>
    project.run(process.execPath, [cliOf(project), 'test', ...args], { ...env, ...more })

  await check(`${TESTS} tests, 2 shards, 4 workers, each twice: recorded`, async () => {
    for (const shard of ['1/2', '2/2']) await play([...MANY, `--shard=${shard}`])
    return `${(await cassettesOf(project, CASSETTES)).length} cassettes`
  })
  await check('the same by one worker, one after the other', async () => {
    await cp(join(project.dir, CASSETTES), join(project.dir, 'parallel'), { recursive: true })
    await rm(join(project.dir, CASSETTES), { recursive: true })
    await play(['--workers=1'])
    return `${await countEqual(project)} cassettes hold the same conversations`
  })
  await check('killed half-way: whole cassettes only, and the next run makes the rest', async () => {
    await rm(join(project.dir, CASSETTES), { recursive: true })
    await killHalfWay(project, server, env)
    const names = await cassettesOf(project, CASSETTES)
    for (const name of names) await loadCassette(join(project.dir, CASSETTES, name))
    await play(MANY)
    return `${names.length} were whole, ${await countEqual(project)} after the next run`
  })
  server.close().closeAllConnections()
  await check('with the server gone and CI set: replayed', async () => {
    const output = await play(MANY, { CI: 'true' })
    const summary = /wiretape: .*/.exec(output)?.[0] ?? 'no summary'
    if (!summary.includes(`${TESTS} cassettes`) || !summary.includes(' 0 recorded, 0 unused')) throw new Error(output)
    return summary
  })
}

const cliOf = ({ dir }: Project): string => join(dir, 'node_modules', '@playwright', 'test', 'cli.js')

async function cassettesOf({ dir }: Project, folder: string): Promise<readonly string[]> {
  const names = await readdir(join(dir, folder), { recursive: true })
  const strangers = names.filter((name) => !name.endsWith('.yaml') && !/\.(?:rec|lock)$|\.(?:tmp|lock-new)-/.test(name))
  if (strangers.length > 0) throw new Error(`${strangers.join(', ')} in ${folder}`)
  return names.filter((name) => name.endsWith('.yaml'))
}

async function countEqual(project: Project): Promise<number> {
  const names = await cassettesOf(project, 'parallel')
  const others = await cassettesOf(project, CASSETTES)
  if (names.toSorted().join() !== others.toSorted().join())
    throw new Error(`${names.length} and ${others.length} cassettes`)
  for (const name of names) {
    const [one, other] = await Promise.all(
      ['parallel', CASSETTES].map((folder) => loadCassette(join(project.dir, folder, name))),
    )
    if (one === undefined || other === undefined || !diffCassettes(one, other).isSame)
      throw new Error(`${name} differs`)
  }
  return names.length
}

/** Kills runner and workers at once, after half of the requests. */
async function killHalfWay(project: Project, server: Server, env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, [cliOf(project), 'test', '--workers=4'], {
    cwd: project.dir,
    env: { ...cleanEnvironment(), ...env },
    detached: true,
    stdio: 'ignore',
  })
  const closed = once(child, 'close')
  let requests = 0
  const onRequest = (): void => {
    requests += 1
    if (requests === (TESTS * 3) / 2) killGroup(child)
  }
  server.on('request', onRequest)
  await closed
  server.off('request', onRequest)
  if (requests < (TESTS * 3) / 2) throw new Error(`the run ended by itself after ${requests} requests`)
}

function killGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL')
}
