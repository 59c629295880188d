import { execFileSync, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Events, type OpenSocket } from './client.ts'

// Debian's packages belong to its own Python, which need not be the first one.
const PYTHON = process.platform === 'linux' ? '/usr/bin/python3' : 'python3'

/** Why tests with Python are skipped; `undefined` if there is what they need. */
export const NO_PYTHON = hasWebsockets() ? undefined : 'needs python3 with the package websockets'

/** The library `websockets` of Python, in a process that is over with the scope. */
export function pythonClient(): Disposable & { readonly open: OpenSocket } {
  const child = spawn(PYTHON, [fileURLToPath(new URL('sockets_client.py', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const sockets: Events[] = []
  createInterface(child.stdout).on('line', (line) => {
    const told: unknown = JSON.parse(line)
    if (Array.isArray(told)) sockets[Number(told[0])]?.add(String(told[1]))
  })
  const say = (...command: readonly unknown[]): void => void child.stdin.write(`${JSON.stringify(command)}\n`)
  return {
    open(url) {
      const events = new Events()
      const key = sockets.push(events) - 1
      say(key, 'open', url)
      return {
        send: (data) =>
          typeof data === 'string' ? say(key, 'text', data) : say(key, 'binary', Buffer.from(data).toString('hex')),
        close: (code = 1000, reason = '') => say(key, 'close', [code, reason]),
        next: () => events.next(),
      }
    },
    [Symbol.dispose]: () => void child.kill(),
  }
}

function hasWebsockets(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import websockets'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
