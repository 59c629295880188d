import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { bundled } from '../bundled.ts'

/** The environment of a process that replays. */
export interface Surroundings {
  readonly name: string
  readonly env?: Readonly<Record<string, string>>
  /** How many busy processes run next to it. */
  readonly load?: number
}

export const SURROUNDINGS: readonly Surroundings[] = [
  { name: 'as it is' },
  { name: 'in Kathmandu, in Turkish', env: { TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' } },
  { name: 'ten years later', env: { MOVED_YEARS: '10' } },
  { name: 'ten years ago, in Honolulu', env: { MOVED_YEARS: '-10', TZ: 'Pacific/Honolulu' } },
  { name: 'under load', load: 4 },
]

/** The result of some replays in one process. */
export interface Played {
  readonly replays: number
  /** Digests of everything that the clients saw; one if all replays were equal. */
  readonly digests: readonly string[]
  readonly connects: number
  readonly lookups: number
  /** The year, a time and the language, as the process saw them. */
  readonly surroundings: string
}

/** Replays this many times, with seeds from `first` on, in a process of its own. */
export async function playIn({ env = {}, load = 0 }: Surroundings, first: number, count: number): Promise<Played> {
  const busy = Array.from({ length: load }, () => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }))
  try {
    return await play({ ...process.env, ...env }, first, count)
  } finally {
    for (const child of busy) child.kill('SIGKILL')
  }
}

async function play(env: NodeJS.ProcessEnv, first: number, count: number): Promise<Played> {
  const script = bundled(new URL('child.ts', import.meta.url))
  const child = spawn(process.execPath, [script, `${first}`, `${count}`], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (text: Buffer) => (said += text.toString()))
  const [code]: unknown[] = await once(child, 'close')
  if (code !== 0) throw new Error(`the process that replays ended with ${String(code)}`)
  return JSON.parse(said)
}
