/**
 * `node --require wiretape/register`: the program is recorded or replayed, and not changed. See `docs/your-app-unchanged.md`.
 *
 * CommonJS, as Node's workers get no `--import`. Until something connects, nothing else of this package is loaded.
 */
import { existsSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { type Connect, type ConnectCall, hookSockets, type Interceptor } from '../intercept/hook.ts'
import { type Destination, destinationOf } from '../intercept/destination.ts'
import { decideBy, type Policy, policyOf } from '../intercept/policy.ts'
import { type Connector, PROCESS_CONNECTOR } from '../transport.ts'
import { beginRun } from './begin-run.ts'
import { hideProxy } from './child-environment.ts'
import type * as JoinRun from './join-run.ts'
import type { Run } from './run.ts'

/** In the package: CommonJS loads an ES module only by a call, and not before it is needed. */
const JOIN_RUN: string = '#join-run'

/** Waits for the first connection that a cassette would take. */
class Waiting implements Interceptor {
  readonly #policy: Policy
  readonly #load: () => Promise<void>
  readonly #next: () => Interceptor | undefined

  constructor(policy: Policy, load: () => Promise<void>, next: () => Interceptor | undefined) {
    this.#policy = policy
    this.#load = load
    this.#next = next
  }

  onConnect(socket: Socket, call: ConnectCall, connect: Connect): boolean {
    const destination = destinationOf(socket, call)
    if (destination === undefined || this.#decide(destination) === 'pass') return false
    // As Node does it: whatever the client writes or ends meanwhile waits for `connect`.
    Object.assign(socket, { connecting: true })
    // In the context of this call, so that a test's connection stays its own.
    this.#load().then(
      () => this.#goOn(socket, call, connect),
      (error: unknown) => socket.destroy(error instanceof Error ? error : new Error(String(error))),
    )
    return true
  }

  onTlsStart(): void {}

  #decide(destination: Destination): 'take' | 'pass' {
    return decideBy(this.#policy, destination) === 'pass' ? 'pass' : 'take'
  }

  #goOn(socket: Socket, call: ConnectCall, connect: Connect): void {
    if (socket.destroyed) return
    if (this.#next()?.onConnect(socket, call, connect) !== true) connect(call.options)
  }
}

function register(run: Run): void {
  const hook = hookSockets()
  let loaded: Promise<void> | undefined
  const load = async (): Promise<void> => {
    const { joinRun }: typeof JoinRun = await import(JOIN_RUN)
    await joinRun(run)
  }
  // For connections of wiretape's own client, which names no connector.
  const connector: Connector = async (origin, options) => {
    await hook.openProcess?.()
    const opened: Connector = Reflect.get(globalThis, PROCESS_CONNECTOR)
    return opened(origin, options)
  }
  Object.defineProperty(globalThis, PROCESS_CONNECTOR, { value: connector, configurable: true })
  hook.openProcess = () => (loaded ??= load())
  const waiting = new Waiting(
    policyOf({
      ...run,
      proxyPort: run.proxy?.port,
      replays: () => run.action === 'replay' || run.action === 'missing',
    }),
    () => hook.openProcess?.() ?? Promise.resolve(),
    () => hook.interceptor,
  )
  hook.interceptor ??= waiting
}

/** However this process ends, by `process.exit()` too: what it and its children have recorded becomes the cassette. */
function finishAtExit({ folder }: Run): void {
  process.once('exit', () => {
    if (!existsSync(folder)) return
    const { spawnSync } = process.getBuiltinModule('node:child_process')
    const { NODE_OPTIONS: _, ...env } = process.env
    // An exit handler can wait for nothing but another process.
    spawnSync(process.execPath, [FINISH], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  })
}

/** The script beside this one that finishes the run in its environment. */
const FINISH = join(__dirname, 'finish-main.js')

const run = beginRun(process.env)
if (run !== undefined && run.action !== 'pass') {
  if (run.proxy !== undefined) hideProxy(run.proxy, process.env)
  register(run)
  if (run.leader === process.pid && process.getBuiltinModule('node:worker_threads').isMainThread) finishAtExit(run)
}
