import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { CHROMIUM } from '../../test/helpers/chromium.ts'
import { SECRET, startServer } from './server.ts'
import type { Phase, Place, Tool } from './tools.ts'

/** What a client saw of one answer. */
export interface Seen {
  readonly reason?: string
  readonly fields?: readonly (readonly [name: string, value: unknown])[]
  readonly interim?: readonly number[]
  readonly trailers?: readonly unknown[]
  readonly pieces?: readonly string[]
  /** From the first piece to the last, ms. */
  readonly gap?: number
  readonly body?: string
  readonly error?: string
  readonly message?: string
}

export type SeenByScene = Readonly<Record<string, Seen>>

/** A tool's recording of the server, replayed with the server gone, beside what the same client sees without the tool. */
export interface Found {
  readonly plain: SeenByScene
  readonly replayed: SeenByScene
  /** The recording, all files of it as Latin-1. */
  readonly text: string
  /** How many of three finished interactions are in the files after `kill -9`. */
  readonly survivors: number
}

export async function tryOut(tool: Tool): Promise<Found> {
  const folder = mkdtempSync(join(tmpdir(), 'wiretape-'))
  const killed = mkdtempSync(join(tmpdir(), 'wiretape-'))
  const server = await startServer()
  try {
    const place = { folder, port: server.port }
    const plain = await run(tool, 'plain', place)
    await run(tool, 'record', place)
    await killWhileRecording(tool, { folder: killed, port: server.port })
    await server.stop()
    const recording = textOf(folder)
    const replayed = await run(tool, 'replay', place)
    const survivors = [1, 3, 4].filter((page) => textOf(killed).includes(`page=${page}`)).length
    return { plain, replayed, text: recording, survivors }
  } finally {
    await server.stop()
    for (const path of [folder, killed]) rmSync(path, { recursive: true, force: true })
  }
}

async function run(tool: Tool, phase: Phase, place: Place): Promise<SeenByScene> {
  const { child, beside } = await start(tool, phase, place, {})
  const [stdout] = await Promise.all([text(child.stdout), once(child, 'close')])
  if (beside !== undefined) {
    beside.process.kill('SIGINT')
    await once(beside.process, 'close')
  }
  const line = stdout.trim().split('\n').at(-1) ?? ''
  if (!line.startsWith('{')) throw new Error(`${tool.name}, ${phase}: the program printed ${JSON.stringify(stdout)}`)
  return Object(JSON.parse(line))
}

async function killWhileRecording(tool: Tool, place: Place): Promise<void> {
  const { child, beside } = await start(tool, 'record', place, { WAIT_TO_BE_KILLED: '1' })
  await once(child.stdout, 'data')
  const recorder = beside?.process ?? child
  const gone = Promise.all([once(recorder, 'exit'), once(child, 'exit')])
  for (const { pid = 0 } of new Set([recorder, child])) process.kill(pid, 'SIGKILL')
  await gone
}

async function start(tool: Tool, phase: Phase, place: Place, more: Readonly<Record<string, string>>) {
  const beside = phase === 'plain' ? undefined : await tool.beside?.(phase, place)
  const [command = '', ...args] = tool.command(phase, place)
  const { CI: _, WIRETAPE_MODE: __, ...env } = process.env
  const child = spawn(command, args, {
    env: { ...env, CHROMIUM, SECRET, NODE_NO_WARNINGS: '1', ...beside?.env, ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return { child, beside }
}

function textOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
  return files
    .filter((path) => !path.endsWith('.pem') && statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n')
}
