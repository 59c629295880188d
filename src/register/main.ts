/**
 * `node --require wiretape/register`: the program is recorded or replayed, and not changed. See `docs/your-app-unchanged.md`.
 *
 * CommonJS, as Node's workers get no `--import`. Until something connects, nothing else of this package is loaded.
 */
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { type Connect, type ConnectCall, type Hook, hookSockets, type Interceptor } from '../intercept/hook.ts'
import { destinationOf } from '../intercept/destination.ts'
import { decideBy, type Policy, policyOf } from '../intercept/policy.ts'
import { APP_VARIABLE, parseRendezvous } from '../link/pass.ts'
import { type Connector, PROCESS_CONNECTOR } from '../transport.ts'
import { beginRun } from './begin-run.ts'
import { hideProxy } from './child-environment.ts'
import { finishAtExit } from './finish-at-exit.ts'
import type * as JoinApp from './join-app.ts'
import type * as JoinRun from './join-run.ts'
import type { Run } from './run.ts'
import { TestsOfApp } from './tests-of-app.ts'

/** In the package: CommonJS loads an ES module only by a call, and not before it is needed. */
const JOIN_RUN: string = '#join-run'
const JOIN_APP: string = '#join-app'

/** Waits for the first connection that a cassette would take. */
class Waiting implements Interceptor {
  readonly #policy: Policy
  readonly #hook: Hook

  constructor(hook: Hook, policy: Policy) {
    this.#hook = hook
    this.#policy = policy
  }

  onConnect(socket: Socket, call: ConnectCall, connect: Connect): boolean {
    const destination = destinationOf(socket, call)
    if (destination === undefined || decideBy(this.#policy, destination) === 'pass') return false
    // As Node does it: whatever the client writes or ends meanwhile waits for `connect`.
    Object.assign(socket, { connecting: true })
    this.#hook.waiting.add(socket)
    // In the context of this call, so that a test's connection stays its own.
    this.#load().then(
      () => this.#goOn(socket, call, connect),
      (error: unknown) => socket.destroy(error instanceof Error ? error : new Error(String(error))),
    )
    return true
  }

  onTlsStart(): void {}

  async #load(): Promise<void> {
    await this.#hook.openProcess?.()
  }

  #goOn(socket: Socket, call: ConnectCall, connect: Connect): void {
    if (socket.destroyed) return
    if (this.#hook.interceptor?.onConnect(socket, call, connect) !== true) connect(call.options)
  }
}

/** The cassette of the run is opened at the first connection that it takes. */
function openRunLater(hook: Hook, run: Run): void {
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
}

/** The script beside this one that finishes the run in its environment. */
const FINISH = join(__dirname, 'finish-main.js')

function register(run: Run | undefined, app: string | undefined): void {
  const policy =
    run &&
    policyOf({
      ...run,
      proxyPort: run.proxy?.port,
      replays: () => run.action === 'replay' || run.action === 'missing',
    })
  const hook = hookSockets()
  if (run !== undefined && policy !== undefined) {
    openRunLater(hook, run)
    hook.interceptor ??= new Waiting(hook, policy)
  }
  if (app === undefined) return
  const tests = new TestsOfApp(parseRendezvous(app).secret, async () => {
    const { joinApp }: typeof JoinApp = await import(JOIN_APP)
    return joinApp(policy)
  })
  tests.receive()
}

const run = beginRun(process.env)
const taken = run?.action === 'pass' ? undefined : run
const app = process.env[APP_VARIABLE]
if (taken?.proxy !== undefined) hideProxy(taken.proxy, process.env)
if (taken !== undefined || app !== undefined) register(taken, app)
if (taken?.leader === process.pid && process.getBuiltinModule('node:worker_threads').isMainThread)
  finishAtExit(taken, FINISH)
