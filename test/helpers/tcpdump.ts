import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { serve } from './live-server.ts'
import { hasProgram, missing } from './programs.ts'

const LOOPBACK = process.platform === 'linux' ? 'lo' : 'lo0'

/** Why packets cannot be captured here; `undefined` if they can. */
export const NO_TCPDUMP = ((): string | undefined => {
  if (!hasProgram('tcpdump')) return missing('tcpdump', 'tcpdump')
  // It asks for the interface, which only the system may allow, and captures nothing.
  const { status } = spawnSync('tcpdump', ['-i', LOOPBACK, '-d', 'port 1'])
  return status === 0 ? undefined : 'tcpdump may not capture here'
})()

/** Why TLS cannot be decrypted here; `undefined` if it can. */
export const NO_TSHARK = hasProgram('tshark') ? undefined : missing('tshark', 'tshark')

/** What is sent last, so that all that was sent before has been captured when it comes. */
const MARKER = Buffer.from('the last packet of this capture')

/** Captures what goes over the ports on loopback while `run` runs. */
export async function captured(ports: readonly number[], run: () => Promise<void>): Promise<Uint8Array> {
  await using last = await serve((socket) => socket.end())
  const filter = [...ports, last.port].map((port) => `port ${port}`).join(' or ')
  // With a buffer of 2 MiB, its default, the kernel dropped packets on a busy machine.
  const tcpdump = spawn('tcpdump', ['-i', LOOPBACK, '-U', '--immediate-mode', '-B', '16384', '-w', '-', filter])
  const said = collect(tcpdump.stderr)
  const file = collect(tcpdump.stdout)
  try {
    await said.has(Buffer.from('listening on'))
    await run()
    connect(last.port, '127.0.0.1').end(MARKER)
    await file.has(MARKER)
    return file.bytes()
  } finally {
    tcpdump.kill('SIGKILL')
    await once(tcpdump, 'close')
  }
}

function collect(stream: NodeJS.ReadableStream): { bytes(): Buffer; has(text: Buffer): Promise<void> } {
  const chunks: Buffer[] = []
  const bytes = (): Buffer => Buffer.concat(chunks)
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return {
    bytes,
    async has(text) {
      while (!bytes().includes(text)) await once(stream, 'data')
    },
  }
}
