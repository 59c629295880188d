import { spawn } from 'node:child_process'
import { rm, stat } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { startUnchangedServers } from './unchanged-servers.ts'

const APP = fileURLToPath(new URL('unchanged-app.mjs', import.meta.url))
const WIRETAPE = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const FILE = fileURLToPath(new URL('out/unchanged.yaml', import.meta.url))

/** A program that knows nothing of wiretape, run twice: with its servers, and without. */
export interface UnchangedRuns {
  readonly live: string
  readonly replay: string
  /** What the servers were asked, and how much of it after they had ended: nothing. */
  readonly asked: number
  readonly cassetteBytes: number
}

/** @throws Error if one of the runs fails. */
export async function runUnchanged(): Promise<UnchangedRuns> {
  await rm(FILE, { force: true })
  const servers = await startUnchangedServers()
  const env = { API: servers.api, REDIS_PORT: String(servers.redisPort), TOKEN: crypto.randomUUID() }
  let live: string
  try {
    live = await run(env)
  } finally {
    await servers.end()
  }
  const replay = await run(env)
  return { live, replay, asked: servers.asked.length, cassetteBytes: (await stat(FILE)).size }
}

async function run(env: Readonly<Record<string, string>>): Promise<string> {
  const words = ['run', '--host', 'localhost', '-o', FILE, '--', process.execPath, APP]
  const child = spawn(process.execPath, [WIRETAPE, ...words], {
    env: { ...process.env, CI: '', WIRETAPE_MODE: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.on('close', resolve)),
  ])
  if (code !== 0) throw new Error(`the unchanged program ended with ${String(code)}\n${out}${err}`)
  return out
}
