import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Certificate } from './certificate.ts'

/** The demo's server while it runs. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number | undefined
  readonly port: number
  /** Ends the process, and resolves after its end. Calling it twice is fine. */
  end(): Promise<void>
}

/** Starts `server.ts` in a process of its own and waits until it listens on a free port of 127.0.0.1. */
export async function startServer(certificate: Certificate): Promise<ServerProcess> {
  const child = fork(new URL('server.ts', import.meta.url), {
    execArgv: ['--import', import.meta.resolve('tsx')], // Node 20 cannot run TypeScript by itself
  })
  const exit = once(child, 'exit')
  child.send(certificate)
  const port = await Promise.race([portOf(child), exit.then(failedToStart)])
  const end = async (): Promise<void> => {
    child.kill()
    await exit
  }
  return { pid: child.pid, port, end, [Symbol.asyncDispose]: end }
}

/** The result of a new connection to a port of 127.0.0.1: `ECONNREFUSED` if nobody listens. */
export async function knock(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return 'an open door'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  } finally {
    socket.destroy()
  }
}

async function portOf(child: ChildProcess): Promise<number> {
  const [port]: unknown[] = await once(child, 'message')
  return Number(port)
}

function failedToStart(): never {
  throw new Error('the server process ended before it listened')
}
