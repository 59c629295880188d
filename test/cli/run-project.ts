import { once } from 'node:events'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { interactionsOf, loadCassette } from 'wiretape/cassette'
import { finish, type Finished, startCli, temporaryFolder } from './run-cli.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** An API on loopback that answers with what was asked, and the number of the answer. */
export async function api(): Promise<{
  readonly url: string
  readonly host: string
  readonly asked: string[]
  stop(): Promise<void>
}> {
  const asked: string[] = []
  const server: Server = createServer((request, response) => {
    asked.push(String(request.url))
    response.end(`${request.url} ${asked.length}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = Object(server.address())
  return {
    url: `http://localhost:${port}`,
    host: `localhost:${port}`,
    asked,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A folder with a program that can import this package. */
export interface Project extends AsyncDisposable {
  readonly path: string
  write(name: string, text: string): Promise<void>
  run(...args: readonly string[]): Promise<Finished>
  /** Any command of wiretape. */
  cli(...args: readonly string[]): Promise<Finished>
  /** The same with other variables. */
  runWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Finished>
}

export async function projectWith(files: Readonly<Record<string, string>>): Promise<Project> {
  const folder = await temporaryFolder()
  await mkdir(path.join(folder.path, 'node_modules'))
  await symlink(ROOT, path.join(folder.path, 'node_modules/wiretape'))
  const write = (name: string, text: string): Promise<void> => writeFile(path.join(folder.path, name), text)
  for (const [name, text] of Object.entries(files)) await write(name, text)
  const env = { CI: '', WIRETAPE_MODE: '' }
  return {
    path: folder.path,
    write,
    cli: (...args) => finish(startCli(args, { cwd: folder.path, env })),
    run: (...args) => finish(startCli(['run', ...args], { cwd: folder.path, env })),
    runWith: (more, ...args) => finish(startCli(['run', ...args], { cwd: folder.path, env: { ...env, ...more } })),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

/** The targets of the requests of a cassette, in its order. */
export const targetsIn = async (file: string): Promise<readonly string[]> =>
  interactionsOf(await loadCassette(file)).map(({ request }) => request.target)
