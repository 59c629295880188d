import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Ports } from './server.ts'

/** The server while it runs. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number
  readonly ports: Ports
}

/** Starts `server.ts` and waits until it listens. */
export async function startServer(): Promise<ServerProcess> {
  const child = fork(new URL('server.ts', import.meta.url), {
    execArgv: ['--import', import.meta.resolve('tsx')], // Node 20 cannot run TypeScript by itself
  })
  const exit = once(child, 'exit')
  const [ports]: unknown[] = await Promise.race([once(child, 'message'), exit])
  if (child.pid === undefined || !isPorts(ports)) throw new Error('the server process ended before it listened')
  return {
    pid: child.pid,
    ports,
    async [Symbol.asyncDispose]() {
      child.kill()
      await exit
    },
  }
}

const isPorts = (message: unknown): message is Ports =>
  typeof message === 'object' && message !== null && 'SMALL' in message && typeof message.SMALL === 'number'
