import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Readable } from 'node:stream'
import { transformSync } from 'esbuild'
import { LIMITS, within } from './limits.ts'

/** How a program ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Installs the packages of a `package.json`, once for each state of it, and copies the programs beside it to them.
 *
 * @param source where both are. Default: those of the clients.
 * @returns the folder of the programs.
 */
export function installPrograms(source = import.meta.dirname): string {
  const given = readFileSync(join(source, 'package.json'))
  const folder = join(tmpdir(), `wiretape-clients-${createHash('sha256').update(given).digest('hex').slice(0, 16)}`)
  if (!existsSync(join(folder, 'node_modules', '.package-lock.json'))) {
    mkdirSync(folder, { recursive: true })
    cpSync(join(source, 'package.json'), join(folder, 'package.json'))
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--prefix', folder]
    const { status, signal } = spawnSync('npm', args, { stdio: 'inherit', timeout: LIMITS.install })
    if (status !== 0)
      throw new Error(`the packages of ${source} could not be installed: npm ended with ${status ?? signal}`)
  }
  cpSync(join(source, 'programs'), join(folder, 'programs'), { recursive: true })
  return join(folder, 'programs')
}

/** Adds a module of ours to the programs, without its types: not every Node takes them. */
export function addModule(programs: string, name: string, file: string): void {
  const { code } = transformSync(readFileSync(file, 'utf8'), { loader: 'ts', format: 'esm' })
  writeFileSync(join(programs, name), code)
}

/** Whether a process can be run with a loopback of its own and no other network. */
export const canIsolate: boolean =
  spawnSync('unshare', ['-rn', 'sh', '-c', 'ip link set lo up'], { stdio: 'ignore' }).status === 0

/** How a program is run. */
export interface RunOptions {
  /** Without a network but loopback, where {@link canIsolate}. Default: `false`. */
  readonly isIsolated?: boolean
  /** Milliseconds until it must have ended. Default: {@link LIMITS}. */
  readonly limit?: number
}

/**
 * @param bin the folder of the Node that is used, by the program and by whatever it starts.
 * @throws if it has not ended in time, with what it said until then; it and what it started are gone then.
 */
export async function run(
  bin: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  { isIsolated = false, limit = LIMITS.run }: RunOptions = {},
): Promise<Ended> {
  const alone = isIsolated && canIsolate ? ['unshare', '-rn', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"'] : []
  const [program = '', ...args] = [...alone, ...words]
  const { PATH = '', HOME = '', TMPDIR = tmpdir() } = process.env
  const child = spawn(program, args, {
    env: { PATH: `${bin}${delimiter}${PATH}`, HOME, TMPDIR, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what it has started can be ended with it.
    detached: true,
  })
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)]
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  try {
    const code = await within(limit, `the end of ${words.join(' ')}`, ended)
    return { code, stdout: stdout(), stderr: stderr() }
  } catch (error) {
    if (child.pid === undefined) throw error // It has not started.
    endGroup(child.pid)
    throw new Error(`${String(error)}; it had said: ${stdout()}${stderr()}`, { cause: error })
  }
}

function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // All of them have ended by now.
  }
}

/** Gives what has been said so far. */
function textOf(stream: Readable): () => string {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString()
}
