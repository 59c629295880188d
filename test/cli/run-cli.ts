import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundled } from '../../scripts/bundled.ts'
import { isWhole } from '../helpers/share.ts'

export const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs the built command in `cwd` to its end; colours only if `env` asks for them.
 *
 * Each run is a process of its own in a whole run of the tests; in a quick one they share a process.
 */
export async function runCli(
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Finished> {
  return isWhole ? runAlone(args, { cwd, env }) : runTogether(args, { cwd, env })
}

/** The same in the process of all such runs, also in a whole run of the tests: for many that only print. */
export async function runTogether(
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Finished> {
  warm ??= new WarmCli(() => (warm = undefined))
  return warm.run(args, cwd, { ...inheritedEnvironment(), ...env })
}

/** The same in a process of its own: what it starts writes to the output of its process, and modules are loaded once a process. */
export async function runAlone(
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Finished> {
  return finish(startCli(args, { cwd, env }))
}

/** What a run is asked to do. */
export interface Ask {
  readonly id: number
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** What a run has said, in latin-1, or how it ended. */
export interface Told {
  readonly id: number
  readonly stdout?: string
  readonly stderr?: string
  readonly code?: number
}

/** A process in which commands run one after another. It ends with the process of the tests. */
class WarmCli {
  readonly #child: ChildProcess
  readonly #running = new Map<number, (told: Told) => void>()
  #last = 0

  constructor(onEnd: () => void) {
    const child = fork(bundled(new URL('warm-cli.ts', import.meta.url)), [CLI], { stdio: ['ignore', 2, 2, 'ipc'] })
    this.#child = child
    child.unref()
    child.channel?.unref()
    child.on('message', (told: Told) => this.#running.get(told.id)?.(told))
    child.on('exit', (code) => {
      onEnd()
      for (const [id, tell] of this.#running) tell({ id, code: code ?? -1 })
    })
  }

  run(args: readonly string[], cwd: string, env: Ask['env']): Promise<Finished> {
    this.#last += 1
    const ask: Ask = { id: this.#last, args, cwd, env }
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []]
    this.#child.channel?.ref()
    return new Promise((resolve) => {
      this.#running.set(ask.id, (told) => {
        if (told.stdout !== undefined) stdout.push(Buffer.from(told.stdout, 'latin1'))
        if (told.stderr !== undefined) stderr.push(Buffer.from(told.stderr, 'latin1'))
        if (told.code === undefined) return
        this.#running.delete(ask.id)
        if (this.#running.size === 0) this.#child.channel?.unref()
        resolve({ code: told.code, stdout: String(Buffer.concat(stdout)), stderr: String(Buffer.concat(stderr)) })
      })
      this.#child.send(ask)
    })
  }
}

let warm: WarmCli | undefined

/** Starts the built command and lets it run. */
export function startCli(
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): ChildProcess {
  return spawn(process.execPath, [CLI, ...args], { cwd, env: { ...inheritedEnvironment(), ...env } })
}

function inheritedEnvironment(): Readonly<Record<string, string | undefined>> {
  const { FORCE_COLOR: _, NO_COLOR: __, ...inherited } = process.env
  return inherited
}

/** What a process said, once it is gone. */
export async function finish(child: ChildProcess): Promise<Finished> {
  const said = { stdout: '', stderr: '' }
  child.stdout?.on('data', (text: Buffer) => (said.stdout += text.toString()))
  child.stderr?.on('data', (text: Buffer) => (said.stderr += text.toString()))
  const [code]: unknown[] = await once(child, 'close')
  return { code: typeof code === 'number' ? code : null, ...said }
}

/** A folder that is gone at the end of the scope. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'wiretape-cli-'))
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** A TCP server that leaves everything to `onRequest`: called for each segment that comes. */
export async function serve(
  onRequest: (socket: Socket, bytes: string) => void,
): Promise<AsyncDisposable & { readonly url: string; readonly received: readonly string[]; connections: number }> {
  const received: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    served.connections += 1
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes) => {
      received.push(bytes.toString('latin1'))
      onRequest(socket, bytes.toString('latin1'))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const served = {
    url: `http://127.0.0.1:${port}`,
    received,
    connections: 0,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
  return served
}
