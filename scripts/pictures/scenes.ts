import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

const CLI = resolve(import.meta.dirname, '../../dist/cli/main.js')

/** A terminal in which something was typed. */
export interface Scene {
  readonly name: string
  readonly title: string
  /** Commands and what they printed, with the colours of a terminal. */
  readonly lines: readonly string[]
}

const CLIENT = `
const response = await fetch(process.argv[2]).catch(() => process.exit(1))
console.log(response.status)
`
const TEST = `
import { readFileSync } from 'node:fs'
if (readFileSync('users.yaml', 'utf8').includes('/users/7')) throw new TypeError('cannot read name of undefined')
`

/** Plays all scenes, one after another, in a folder and with a server of their own. The port of the server is shown as 8080. */
export async function playScenes(): Promise<readonly Scene[]> {
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-pictures-'))
  const server = await startServer()
  try {
    await writeFile(join(dir, 'client.mjs'), CLIENT)
    await writeFile(join(dir, 'test.mjs'), TEST)
    const origin = `http://127.0.0.1:${Object(server.address()).port}`
    const record = await play(
      dir,
      origin,
      `record ${origin}/users ${origin}/users/7 -H 'Authorization: Bearer aB3dE6gH9jK2mN5p' -o users.yaml`,
    )
    const client = '--host 127.0.0.1 -- node client.mjs'
    await play(dir, origin, `run -o app.yaml ${client} ${origin}/users/7`)
    await end(server)
    const miss = await play(dir, origin, `run -o app.yaml -m none ${client} ${origin}/users/8`)
    const shrink = await play(dir, origin, 'shrink users.yaml -- node test.mjs')
    return [
      { name: 'record', title: 'a recording of two requests, with the secret replaced', lines: record },
      { name: 'miss', title: 'a request that is not on the cassette, and what differs', lines: miss },
      { name: 'shrink', title: 'the smallest cassette that still fails the same way', lines: shrink },
    ]
  } finally {
    if (server.listening) await end(server)
    await rm(dir, { recursive: true })
  }
}

/** Text that is the same in every run: without colours, times, counts of runs, and the size of a file that has times in it. */
export const steady = (text: string): string =>
  stripVTControlCharacters(text).replaceAll(/[\d.,]+ ms|\d+ runs?\b|(?<=yaml {2})[\d,]+ bytes/g, 'SOME')

async function startServer(): Promise<Server> {
  const server = createServer((request, response) => {
    response
      .setHeader('Content-Type', 'application/json')
      .end(JSON.stringify({ path: request.url, users: ['Ada', 'Grace'] }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

async function end(server: Server): Promise<void> {
  server.close().closeAllConnections()
  await once(server, 'close')
}

/** Runs a command line of ours by a shell; what it says on both outputs, without the progress of a longer search. */
async function play(cwd: string, origin: string, line: string): Promise<readonly string[]> {
  const clean = Object.entries(process.env).filter(
    ([key]) => !/^(?:PW|PLAYWRIGHT|TEST_|CI$|NO_COLOR|WIRETAPE_)/.test(key),
  )
  const env = { ...Object.fromEntries(clean), COLUMNS: '100', FORCE_COLOR: '1' }
  const script = `"${process.execPath}" "${CLI}" ${line} 2>&1`
  const printed = await new Promise<string>((settle) => {
    execFile('sh', ['-c', script], { cwd, env }, (_error, stdout) => settle(stdout))
  })
  const text = `$ npx wiretape ${line}\n${printed}`.replaceAll(new URL(origin).host, '127.0.0.1:8080')
  return text
    .trimEnd()
    .split('\n')
    .filter((each) => !steady(each).startsWith('shrinking: '))
}
