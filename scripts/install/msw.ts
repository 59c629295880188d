import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Project } from './project.ts'
import type { Check } from './use.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** Answers through msw from a cassette that was written by hand. */
const SCRIPT = `
import { setupServer } from 'msw/node'
import { handlersFrom, lossReport } from 'wiretape/msw'

const at = (at, event) => ({ connection: 1, at, ...event })
const bytes = (text) => ({ bytes: Buffer.from(text.replaceAll('|', '\\r\\n')) })
const tape = [
  at(0, { type: 'open', to: 'http://api.test', took: 1 }),
  at(1, { type: 'sent', ...bytes('GET /users HTTP/1.1|Host: api.test||') }),
  at(2, { type: 'received', ...bytes('HTTP/1.1 201 Made it|X-Tea: green|Content-Length: 5||hello') }),
  at(3, { type: 'sent', ...bytes('GET /cut HTTP/1.1|Host: api.test||') }),
  at(4, { type: 'received', ...bytes('HTTP/1.1 200 OK|Content-Length: 5||he') }),
  at(5, { type: 'close', by: 'server', failure: { code: 'CONNECTION_LOST', phase: 'body', message: 'reset' } }),
]
const cassette = { version: 1, recorded: { at: '2026-11-22T12:00:00.000Z', by: 'wiretape', node: '20' }, tape }
const server = setupServer(...handlersFrom(cassette))
server.listen({ onUnhandledRequest: 'error' })
const answer = await fetch('http://api.test/users')
const got = [answer.status, answer.statusText, answer.headers.get('x-tea'), await answer.text()].join(' | ')
const cut = await fetch('http://api.test/cut').then(() => 'an answer', () => 'a network error')
server.close()
const told = [got, cut, lossReport(cassette).map(({ kind }) => kind).join()].join(' | ')
if (told !== '201 | Made it | green | hello | a network error | headers,cut off,timing') throw new Error(told)
console.log('answers, errors and losses as recorded')
`

/** The supported versions of msw: 2 on every Node, 3 from Node 22 on, which it requires. */
export async function checkMsw(project: Project, nodes: readonly string[], check: Check): Promise<void> {
  await project.write('mocked.mjs', SCRIPT)
  const { devDependencies } = Object(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')))
  for (const wanted of [`msw@${devDependencies.msw}`, String(devDependencies.msw3).replace('npm:', '')]) {
    await project.run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', wanted])
    for (const node of nodes) {
      const version = (await project.run(node, ['--version'])).trim()
      if (wanted.startsWith('msw@3') && Number.parseInt(version.slice(1), 10) < 22) continue
      await check(`${wanted} on Node ${version}`, async () => {
        return (await project.run(node, [join(project.dir, 'mocked.mjs')])).trim()
      })
    }
  }
}
