import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { test as base } from '../helpers/test.ts'

const ROOT = resolve(import.meta.dirname, '../..')

export interface Project {
  readonly dir: string
  /** Runs the suite; gives exit code and output. */
  run(args?: readonly string[], env?: Record<string, string>): Promise<{ code: number; output: string }>
}

export interface Api {
  readonly url: string
  readonly requests: string[]
  stop(): void
}

/** A project whose own runner is started by the tests, and a server that numbers its answers. */
export const test = base.extend<{ project: Project; api: Api }>({
  project: async ({}, use) => {
    await using project = await makeProject()
    await use(project)
  },
  api: async ({}, use) => {
    await using api = await startNumberingApi()
    await use(api)
  },
})

/** A project that is gone at the end of the scope. */
export async function makeProject(): Promise<AsyncDisposable & Project> {
  // Inside the repository, so that the suite finds `wiretape/playwright` by the package's own name.
  await mkdir(join(ROOT, '.tmp'), { recursive: true })
  const dir = await mkdtemp(join(ROOT, '.tmp', 'suite-'))
  await writeFile(join(dir, 'playwright.config.ts'), configWith("reporter: 'line'"))
  return {
    dir,
    run: (args = [], env = {}) => runSuite(dir, args, env),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true }),
  }
}

/** A server that numbers its answers, and is gone at the end of the scope. */
export async function startNumberingApi(): Promise<AsyncDisposable & Api> {
  const requests: string[] = []
  const api = await startApi((request, response) => response.end(`answer ${requests.push(String(request.url))}`))
  return { ...api, requests }
}

/** A server on loopback that is gone at the end of the scope. */
export async function startApi(
  listener: RequestListener,
): Promise<AsyncDisposable & { readonly url: string; stop(): void }> {
  const server = createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const stop = (): void => server.close().closeAllConnections()
  return {
    url: `http://127.0.0.1:${Object(server.address()).port}`,
    stop,
    [Symbol.asyncDispose]: async () => stop(),
  }
}

// Without a folder of its own a runner empties the one beside the nearest package.json, which is the outer runner's.
export const configWith = (more: string): string =>
  `export default { build: { external: ['**/dist/**'] }, testDir: '.', outputDir: 'test-results', respectGitIgnore: false, workers: 1, ${more} }\n`

// What the outer runner gives its workers, and what its environment says of recording, is not meant for the inner one.
const isMeant = ([key]: readonly [string, unknown]): boolean => !/^(?:PW|PLAYWRIGHT|TEST_|CI$|WIRETAPE_)/.test(key)

export async function runSuite(
  dir: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number; output: string }> {
  const clean = Object.fromEntries(Object.entries(process.env).filter(isMeant))
  const cli = join(ROOT, 'node_modules/@playwright/test/cli.js')
  const child = spawn(process.execPath, [cli, 'test', ...args], { cwd: dir, env: { ...clean, ...env } })
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: Number(code), output: output + errors }
}
