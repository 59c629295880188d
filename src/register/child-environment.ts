/**
 * Keeps the variables of a run's proxy away from Node, whose sockets are caught, and hands them on to the programs that Node starts.
 *
 * A client in Node that read them would be recorded by the proxy instead, without its own certificates and errors. START HERE for how
 * `node` and `curl` of one script come to be on one cassette, each once.
 */
import type { ChildProcess } from 'node:child_process'
import { type ProxyOfRun, RUN_VARIABLE } from './run.ts'

type Environment = Record<string, string | undefined>

/** Makes `env` what it would be without the proxy, and from now on adds the variables for each process that is started with it. */
export function hideProxy(proxy: ProxyOfRun, env: Environment): void {
  for (const [name, value] of Object.entries(proxy.given)) {
    if (env[name] !== value) continue
    const before = proxy.before[name]
    if (before === undefined) delete env[name]
    else env[name] = before
  }
  wrapStarts(proxy, env)
}

function wrapStarts(proxy: ProxyOfRun, env: Environment): void {
  const children = process.getBuiltinModule('node:child_process')
  wrapSpawn(children.ChildProcess.prototype, proxy)
  for (const name of ['spawnSync', 'execFileSync', 'execSync'] as const) wrapSync(children, name, proxy, env)
  // For those who import these by name.
  process.getBuiltinModule('node:module').syncBuiltinESMExports()
}

/** Undocumented, but the one way of `spawn`, `exec`, `execFile` and `fork` since Node 0.6. */
function wrapSpawn(prototype: ChildProcess, proxy: ProxyOfRun): void {
  const original: unknown = Reflect.get(prototype, 'spawn')
  if (typeof original !== 'function') return
  const spawn = function (this: ChildProcess, options: unknown): unknown {
    const { file, envPairs }: Readonly<Record<string, unknown>> = Object(options)
    const isOurs = Array.isArray(envPairs) && typeof file === 'string'
    const given = isOurs ? { ...Object(options), envPairs: withProxy(envPairs.map(String), file, proxy) } : options
    return Reflect.apply(original, this, [given])
  }
  Object.defineProperty(prototype, 'spawn', { value: spawn, writable: true, configurable: true, enumerable: true })
}

function wrapSync(children: object, name: string, proxy: ProxyOfRun, env: Environment): void {
  const original: unknown = Reflect.get(children, name)
  if (typeof original !== 'function') return
  const wrapped = (...args: readonly unknown[]): unknown => {
    const place = args.findIndex((arg) => typeof arg === 'object' && arg !== null && !Array.isArray(arg))
    const options: Readonly<Record<string, unknown>> = Object(place === -1 ? {} : args[place])
    const pairs = pairsOf(Object(options['env'] ?? env))
    // A command line is for a shell.
    const file = name === 'execSync' ? '' : String(args[0])
    const given = { ...options, env: Object.fromEntries(withProxy(pairs, file, proxy).map(pairOf)) }
    return Reflect.apply(original, children, place === -1 ? [...args, given] : args.with(place, given))
  }
  Object.defineProperty(children, name, { value: wrapped, writable: true, configurable: true, enumerable: true })
}

/** As Node does it: with what `env` inherits, and without what is undefined. */
function pairsOf(env: Environment): readonly string[] {
  const pairs: string[] = []
  // oxlint-disable-next-line guard-for-in
  for (const name in env) if (env[name] !== undefined) pairs.push(`${name}=${env[name]}`)
  return pairs
}

/** Variables as `NAME=value`. A child that was not given the run's own variable was meant to know nothing of it, and what the program has set stays. */
function withProxy(pairs: readonly string[], file: string, { given, before }: ProxyOfRun): string[] {
  const known = new Map(pairs.map(pairOf))
  if (!known.has(RUN_VARIABLE) || BROWSER.test(file)) return [...pairs]
  const added = Object.entries(given).filter(([name]) => known.get(name) === before[name])
  const names = new Set(added.map(([name]) => name))
  return [...pairs.filter((pair) => !names.has(pairOf(pair)[0])), ...added.map(([name, value]) => `${name}=${value}`)]
}

const pairOf = (pair: string): readonly [name: string, value: string] => {
  const at = pair.indexOf('=', 1)
  return [pair.slice(0, at), pair.slice(at + 1)]
}

/** Browsers, and what drives them: they would go through the proxy, but no variable makes them trust it. */
const BROWSER =
  /(?:chrom|headless[_-]shell|firefox|geckodriver|msedge|webkit|minibrowser|pw_run|electron|cypress)[^/\\]*$/i
