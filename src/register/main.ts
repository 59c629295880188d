/**
 * `node --require wiretape/register`: the program is recorded or replayed, and not changed. See `docs/your-app-unchanged.md`.
 *
 * CommonJS, as Node's workers get no `--import`. Until something connects, nothing else of this package is loaded.
 */
import type { NetConnectOpts, Socket } from 'node:net'
import { type ConnectCall, hookSockets, type Interceptor } from '../intercept/hook.ts'
import { type Destination, destinationOf } from '../intercept/destination.ts'
import { decideBy, type Policy, policyOf } from '../intercept/policy.ts'
import { beginRun } from './begin-run.ts'
import type { Run } from './run.ts'

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

  onConnect(socket: Socket, call: ConnectCall, connect: (options: NetConnectOpts) => void): boolean {
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

  #goOn(socket: Socket, call: ConnectCall, connect: (options: NetConnectOpts) => void): void {
    if (socket.destroyed) return
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the options as the client gave them
    if (this.#next()?.onConnect(socket, call, connect) !== true) connect(call.options as unknown as NetConnectOpts)
  }
}

function register(run: Run): void {
  const hook = hookSockets()
  let loaded: Promise<void> | undefined
  const load = async (): Promise<void> => {
    const { joinRun } = await import('./join-run.ts')
    await joinRun(run)
  }
  hook.openProcess = () => (loaded ??= load())
  const waiting = new Waiting(
    policyOf(run),
    () => hook.openProcess?.() ?? Promise.resolve(),
    () => hook.interceptor,
  )
  hook.interceptor ??= waiting
}

const run = beginRun(process.env)
if (run !== undefined) register(run)
