/**
 * Runs the built command many times in one process, one run after another: starting Node and loading the package takes ten times as
 * long as most commands do.
 *
 * Each run has its own arguments, folder, environment, output and exit code, and evaluates `cli/main.js` anew.
 */
import { PassThrough } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { Ask, Told } from './run-cli.ts'

/** Node keeps one for the whole process; a run that leaves some behind would be a leak, which whole runs see. */
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
const [, self = '', cli = ''] = process.argv
const { stdout, stderr } = process

let last: Promise<void> = Promise.resolve()
process.on('message', (ask: Ask) => {
  last = last.then(() => run(ask))
})
process.on('disconnect', () => process.exit())

async function run({ id, args, cwd, env }: Ask): Promise<void> {
  const before = SIGNALS.map((signal) => process.listeners(signal))
  process.chdir(cwd)
  replaceEnvironment(env)
  process.argv = [process.execPath, cli, ...args]
  process.exitCode = undefined
  replaceStream('stdout', capture(id, 'stdout'))
  replaceStream('stderr', capture(id, 'stderr'))
  process.on('exit', onExit)
  await import(`${cli}?run=${id}`)
  await setImmediate()
  process.off('exit', onExit)
  replaceStream('stdout', stdout)
  replaceStream('stderr', stderr)
  for (const [index, signal] of SIGNALS.entries())
    for (const listener of process.listeners(signal))
      if (before[index]?.includes(listener) !== true) process.off(signal, listener)
  const code = process.exitCode ?? 0
  process.exitCode = undefined
  tell({ id, code })

  /** The command ended its process, so this one goes, too. */
  function onExit(exitCode: number): void {
    tell({ id, code: exitCode })
  }
}

function replaceEnvironment(env: Ask['env']): void {
  for (const name of Object.keys(process.env)) if (!Object.hasOwn(env, name)) Reflect.deleteProperty(process.env, name)
  Object.assign(process.env, env)
}

function capture(id: number, name: 'stdout' | 'stderr'): PassThrough {
  const stream = new PassThrough()
  stream.on('data', (bytes: Buffer) => tell({ id, [name]: bytes.toString('latin1') }))
  return stream
}

function replaceStream(name: 'stdout' | 'stderr', stream: NodeJS.WritableStream): void {
  Object.defineProperty(process, name, { value: stream, configurable: true })
}

function tell(told: Told): void {
  process.send?.(told)
}

if (self === '') throw new Error('this file is started by run-cli.ts')
