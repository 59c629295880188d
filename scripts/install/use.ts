import { join } from 'node:path'
import type { Project } from './project.ts'

export type Check = (name: string, run: () => Promise<string>) => Promise<void>

/** Records, replays, and imports every entry of the package. */
const ESM = `
import { once } from 'node:events'
import { createServer } from 'node:http'
import { rmSync } from 'node:fs'
import { useCassette, VERSION } from 'wiretape'
import { test } from 'wiretape/playwright'
import Reporter from 'wiretape/playwright/reporter'

if (typeof test !== 'function' || typeof Reporter !== 'function') throw new Error('an entry is not what it should be')
const server = createServer((request, response) => response.end('hello from ' + request.url))
await once(server.listen(0, '127.0.0.1'), 'listening')
const url = 'http://127.0.0.1:' + server.address().port
async function visit() {
  const cassette = await useCassette('hello')
  const connection = cassette.connect(url)
  await connection.request('GET', '/users')
  const text = await (await connection.getResponse()).text()
  await cassette.eject()
  return text
}
const live = await visit()
server.close().closeAllConnections()
const replayed = await visit()
rmSync('cassettes', { recursive: true })
if (live !== replayed || live !== 'hello from /users') throw new Error(live + ' / ' + replayed)
console.log(VERSION)
`

const CJS = `
const { useCassette, VERSION } = require('wiretape')
if (typeof useCassette !== 'function') throw new Error('useCassette is ' + useCassette)
console.log(VERSION)
`

const TYPED = `
import { useCassette, type OpenCassette } from 'wiretape'
import { expect, test } from 'wiretape/playwright'
import Reporter from 'wiretape/playwright/reporter'

export const open: OpenCassette = await useCassette('hello')
export const reporter = new Reporter({ failOn: ['orphan'] })
test('types', async ({ cassette, fetch }) => {
  expect(await fetch('http://localhost')).toHaveStatus(200)
  expect(cassette).toBeFullyPlayed()
  // @ts-expect-error a number is not a response
  expect(5).toHaveStatus(200)
})
`

export async function checkUse(project: Project, node: string, check: Check): Promise<void> {
  await project.write('use.mjs', ESM)
  await project.write('use.cjs', CJS)
  const version = (await project.run(node, ['--version'])).trim()
  await check(`Node ${version}: import, record, replay`, async () => lastLine(await project.run(node, ['use.mjs'])))
  await check(`Node ${version}: require()`, async () => lastLine(await project.run(node, ['use.cjs'])))
  await check(`Node ${version}: the command`, async () => {
    const help = await project.run(node, [join('node_modules', 'wiretape', 'dist', 'cli', 'main.js'), '--help'])
    if (!help.includes('Usage: wiretape')) throw new Error(help)
    return 'prints its help'
  })
  if (node !== process.execPath) return
  await project.write('typed.ts', TYPED)
  for (const [module, resolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const)
    await check(`TypeScript with moduleResolution ${resolution}`, async () => {
      const flags = ['--module', module, '--moduleResolution', resolution, '--target', 'es2023', '--strict', '--noEmit']
      const tsc = join('node_modules', 'typescript', 'bin', 'tsc')
      await project.run(node, [
        tsc,
        ...flags,
        '--lib',
        'es2023,dom,dom.iterable,esnext.disposable',
        '--types',
        'node',
        'typed.ts',
      ])
      return 'compiles'
    })
}

/** Warnings of Node follow it on the error output. */
const lastLine = (output: string): string => output.split('\n')[0] ?? ''
