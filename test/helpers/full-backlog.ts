import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { bundled } from '../../scripts/bundled.ts'
import type { LiveServer } from './live-server.ts'

/** A port where further connections are neither accepted nor refused: its backlog is full. On Linux. */
export async function fullBacklog(): Promise<LiveServer> {
  const file = bundled(new URL('full-backlog-process.ts', import.meta.url))
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line]: unknown[] = await once(child.stdout, 'data')
  const port = Number(String(line))
  // Linux lets in one more than it is asked to.
  const waiting = [1, 2].map(() => connect(port, '127.0.0.1'))
  await Promise.all(waiting.map((socket) => once(socket, 'connect')))
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of waiting) socket.on('error', () => {}).destroy()
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}
