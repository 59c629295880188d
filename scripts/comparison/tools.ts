import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { NO_CHROMIUM } from '../../test/helpers/chromium.ts'

export type Phase = 'plain' | 'record' | 'replay'

/** Where a program finds its recording and the server. */
export interface Place {
  readonly folder: string
  readonly port: number
}

/** Something that records HTTP and plays it back, and a program that uses it as its documentation says. */
export interface Tool {
  readonly name: string
  /** `undefined` if it is not installed. */
  readonly version: string | undefined
  /** What a program must see for a word about it to be meaningful. */
  readonly client: string
  /** Words of a command line: it asks for everything and prints what it saw. */
  command(phase: Phase, place: Place): readonly string[]
  /** A process beside it that records or replays. */
  beside?(phase: Phase, place: Place): Promise<Beside>
}

export interface Beside {
  readonly env: Readonly<Record<string, string>>
  readonly process: ChildProcess
}

const program = (name: string): string => join(import.meta.dirname, 'programs', name)

const nodeTool = (name: string, version: string | undefined, client = 'node:http'): Tool => ({
  name,
  version,
  client,
  command: (phase, { folder, port }) => ['node', program('node.mjs'), IDS[name] ?? 'none', phase, folder, String(port)],
})

const IDS: Readonly<Record<string, string>> = {
  wiretape: 'wiretape',
  'undici SnapshotAgent': 'snapshot-agent',
  nock: 'nock',
  'Polly.JS': 'polly',
}

/** Those that our own tests have installed. */
export const INSTALLED_TOOLS: readonly Tool[] = [
  nodeTool('wiretape', versionOf('wiretape')),
  nodeTool('undici SnapshotAgent', versionOf('undici'), 'undici'),
  nodeTool('nock', versionOf('nock')),
  nodeTool('Polly.JS', versionOf('@pollyjs/core')),
]

const HAR: Tool = {
  name: 'Playwright HAR',
  version: NO_CHROMIUM === undefined ? versionOf('@playwright/test') : undefined,
  client: 'a page in Chromium',
  command: (phase, { folder, port }) => ['node', program('page.mjs'), 'har', phase, folder, String(port)],
}

const MITMPROXY: Tool = {
  name: 'mitmproxy',
  get version() {
    return answerOf('mitmdump', ['--version'], /Mitmproxy: (\S+)/)
  },
  client: 'node:http by a proxy',
  command: (phase, { folder, port }) => ['node', program('node.mjs'), 'none', phase, folder, String(port)],
  async beside(phase, { folder }) {
    const flows = join(folder, 'flows')
    const job = phase === 'record' ? ['-w', flows] : ['-S', flows, '--set', 'server_replay_kill_extra=true']
    const child = spawn('mitmdump', ['--listen-host', '127.0.0.1', '-p', '0', '--set', `confdir=${folder}`, ...job], {
      env: { ...process.env, PYTHONUNBUFFERED: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    return { env: { PROXY_PORT: await listeningPort(child) }, process: child }
  },
}

const VCRPY: Tool = {
  name: 'vcrpy',
  get version() {
    return answerOf('/usr/bin/python3', ['-c', 'import vcr; print(vcr.__version__)'], /(\S+)/)
  },
  client: 'http.client',
  command: (phase, { folder, port }) => ['/usr/bin/python3', program('vcrpy.py'), 'vcrpy', phase, folder, String(port)],
}

const VCR: Tool = {
  name: 'VCR',
  get version() {
    return answerOf('ruby', ['-e', 'require "vcr"; print VCR.version'], /(\S+)/)
  },
  client: 'Net::HTTP',
  command: (phase, { folder, port }) => ['ruby', program('vcr.rb'), 'vcr', phase, folder, String(port)],
}

/** Those that `npm run comparison` tries. */
export const ALL_TOOLS: readonly Tool[] = [...INSTALLED_TOOLS, HAR, MITMPROXY, VCRPY, VCR]

async function listeningPort(child: ChildProcess): Promise<string> {
  let said = ''
  for await (const [text] of on(child)) {
    said += String(text)
    const port = /listening at \S*:(\d+)/.exec(said)?.[1]
    if (port !== undefined) return port
  }
  throw new Error(`mitmdump does not listen: ${said}`)
}

async function* on(child: ChildProcess): AsyncGenerator<unknown[], void, undefined> {
  while (child.exitCode === null && child.stdout !== null) yield await once(child.stdout, 'data')
}

function versionOf(name: string): string {
  const { version } = Object(createRequire(import.meta.url)(`${name}/package.json`))
  return String(version)
}

function answerOf(command: string, args: readonly string[], pattern: RegExp): string | undefined {
  const { stdout } = spawnSync(command, args, { encoding: 'utf8' })
  return stdout === null ? undefined : pattern.exec(stdout)?.[1]
}
