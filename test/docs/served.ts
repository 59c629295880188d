import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** Milliseconds to the first line. */
const LONGEST_START = 30_000

/** A command that serves, from its address to its end. */
export interface Served {
  readonly port: string
  /** The line with its address. */
  readonly said: string
  /** @throws Error if it does not end with 0, as it does not if a client asked for what is not recorded. */
  stop(): Promise<void>
  kill(): void
}

/** Starts a command of a page that serves, and waits for the address that it prints. */
export async function startServer(
  command: string,
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Served> {
  const child = spawn('bash', ['-c', `exec ${command}`], { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  const complaints = text(child.stderr)
  const limit = setTimeout(() => child.kill('SIGKILL'), LONGEST_START)
  let said = ''
  child.stdout.setEncoding('utf8')
  for await (const part of child.stdout.iterator({ destroyOnReturn: false })) {
    said += String(part)
    if (said.includes('\n')) break
  }
  clearTimeout(limit)
  const [, port] = /:(\d+)/.exec(said) ?? []
  if (port === undefined) {
    child.kill('SIGKILL')
    throw new Error(`${command} gives no address:\n${said}${await complaints}`)
  }
  child.stdout.resume()
  return {
    port,
    said,
    stop: async () => {
      child.kill('SIGTERM')
      const [status] = await ended
      if (status !== 0) throw new Error(`${command}\nended with ${status}:\n${await complaints}`)
    },
    kill: () => void child.kill('SIGKILL'),
  }
}
