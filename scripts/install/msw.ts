import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Project } from './project.ts'
import type { Check } from './use.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** Answers of a cassette that was written by hand, through msw. */
const SCRIPT = `
import { setupServer } from 'msw/node'
import { decodeCassette } from 'wiretape'
import { handlersFrom, lossReport } from 'wiretape/msw'

const cassette = await decodeCassette(process.env.CASSETTE)
const server = setupServer(...handlersFrom(cassette))
server.listen({ onUnhandledRequest: 'error' })
const answer = await fetch('http://api.test/users')
const got = [answer.status, answer.statusText, answer.headers.get('x-tea'), await answer.text()].join(' | ')
const cut = await fetch('http://api.test/cut').then(() => 'an answer', () => 'a network error')
server.close()
const told = [got, cut, lossReport(cassette).map(({ kind }) => kind).join()].join(' | ')
if (told !== '201 | Made it | green | hello | a network error | cut off,timing') throw new Error(told)
console.log('answers, errors and losses as recorded')
`

const CASSETTE = `wiretape: 1
recorded: { at: 2026-11-22T12:00:00.000Z, by: wiretape 0.1.0, node: 20.20.2 }
tape:
  - { open: 1, to: http://api.test, at: 0, took: 1 }
  - { via: 1, at: 1, sent: { crlf: "GET /users HTTP/1.1\\nHost: api.test\\n\\n" } }
  - { via: 1, at: 2, received: { crlf: "HTTP/1.1 201 Made it\\nX-Tea: green\\nContent-Length: 5\\n\\nhello" } }
  - { via: 1, at: 3, sent: { crlf: "GET /cut HTTP/1.1\\nHost: api.test\\n\\n" } }
  - { via: 1, at: 4, received: { crlf: "HTTP/1.1 200 OK\\nContent-Length: 5\\n\\nhe" } }
  - { close: 1, at: 5, by: server, failure: { code: CONNECTION_LOST, phase: body, message: reset } }
`

/** The versions of msw that are promised: 2 on every Node, 3 from Node 22 on, as it asks for. */
export async function checkMsw(project: Project, nodes: readonly string[], check: Check): Promise<void> {
  await project.write('mocked.mjs', SCRIPT)
  const { devDependencies } = Object(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')))
  for (const wanted of [`msw@${devDependencies.msw}`, String(devDependencies.msw3).replace('npm:', '')]) {
    await project.run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', wanted])
    for (const node of nodes) {
      const version = (await project.run(node, ['--version'])).trim()
      if (wanted.startsWith('msw@3') && Number.parseInt(version.slice(1), 10) < 22) continue
      await check(`${wanted} on Node ${version}`, async () => {
        return (await project.run(node, [join(project.dir, 'mocked.mjs')], { CASSETTE })).trim()
      })
    }
  }
}
