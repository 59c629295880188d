import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { bundled } from '../../scripts/bundled.ts'

/** How a process ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** How long it lived on after its last word, ms. */
  readonly lingered: number
}

/** Runs a TypeScript file in a process of its own, to its end. An unhandled rejection ends it with an error. */
export const runTypeScript = (file: URL, ...args: readonly string[]): Promise<Ended> => runWith([], file, args)

/** The same where the time of young objects is not counted: the engine has room to leave them where they are. */
export const runTypeScriptWithRoom = (file: URL, ...args: readonly string[]): Promise<Ended> =>
  runWith(['--min-semi-space-size=256', '--max-semi-space-size=256'], file, args)

async function runWith(extra: readonly string[], file: URL, args: readonly string[]): Promise<Ended> {
  const flags = ['--expose-gc', '--unhandled-rejections=strict', ...extra]
  const command = [...flags, bundled(file), ...args]
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  let lastWord = performance.now()
  child.stdout.on('data', (text: Buffer) => {
    stdout += text.toString()
    lastWord = performance.now()
  })
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()))
  const [code]: unknown[] = await once(child, 'close')
  return { code: typeof code === 'number' ? code : null, stdout, stderr, lingered: performance.now() - lastWord }
}

/** What a process said on stderr, without what Node 26 says when a library (msw, for cookies) looks whether there is a storage. */
export const withoutStorageWarning = (stderr: string): string =>
  stderr.replace(/^\(node:\d+\) ExperimentalWarning: localStorage [^\n]*\n\(Use [^\n]*\n/, '')
