import { execFileSync } from 'node:child_process'

/** Where client and server run; undone when it is disposed of. */
export interface Placement {
  readonly name: string
  apply(serverPid: number): Disposable
}

/**
 * The ways to place a server beside its client, if this machine allows a choice (by `taskset`).
 *
 * On another core the client waits for a wake-up in each round trip; on the same core every instruction of the client is
 * measured, and nothing runs in parallel.
 */
export function placements(): readonly Placement[] {
  const cores = allowedCores()
  const [here] = cores
  const there = cores.at(-1)
  if (here === undefined || there === undefined) return [{ name: 'server where the system puts it', apply: leave }]
  const sameCore = placement('server on the same core', here, here)
  return here === there ? [sameCore] : [placement('server on another core', here, there), sameCore]
}

function placement(name: string, clientCore: number, serverCore: number): Placement {
  return {
    name,
    apply(serverPid) {
      const before = taskset('-cp', process.pid).replace(/^.*: /, '')
      taskset('-cp', clientCore, process.pid)
      taskset('-cp', serverCore, serverPid)
      return { [Symbol.dispose]: () => void taskset('-cp', before, process.pid) }
    },
  }
}

const leave = (): Disposable => ({ [Symbol.dispose]: () => {} })

/** The cores this process may run on, lowest first; empty without `taskset`. */
function allowedCores(): number[] {
  try {
    // `pid 7's current affinity list: 0,2-5`
    const list = taskset('-cp', process.pid).replace(/^.*: /, '')
    return list.split(',').flatMap((range) => {
      const [first = NaN, last = first] = range.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, index) => first + index)
    })
  } catch {
    return [] // not on this system
  }
}

/** Places only the main thread; helper threads of the engine run on any core. */
const taskset = (...args: readonly (string | number)[]): string =>
  execFileSync('taskset', args.map(String), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
