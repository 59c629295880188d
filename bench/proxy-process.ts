/**
 * One proxy in a process of its own, so that its work is not that of the client: `wiretape`, `wiretape-to`, with the origin it stands for, or
 * `mockttp`, with the path of its module; or the server of the sockets: `echo`. Started by `proxies.ts`: sends its port, and ends with its parent.
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocketServer } from 'ws'
import { recordingProxy } from 'wiretape/proxy'

/** What is used of mockttp, which is only installed where the benchmark runs. */
interface Mockttp {
  readonly getLocal: (options: { readonly recordTraffic: boolean }) => {
    readonly port: number
    start(): Promise<void>
    forAnyRequest(): { thenPassThrough(): Promise<unknown> }
  }
}

const KINDS: Readonly<Record<string, (given: string) => Promise<number>>> = {
  wiretape: () => ours(undefined),
  'wiretape-to': (origin) => ours(origin),
  mockttp,
  echo,
}

const [kind = '', given = ''] = process.argv.slice(2)
const port = await KINDS[kind]?.(given)
process.send?.(port)
process.once('disconnect', () => process.exit())

/** Records everything to the disk, as it does for its users. */
async function ours(to: string | undefined): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'wiretape-bench-'))
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }))
  const proxy = await recordingProxy('bench', { dir, mode: 'all', env: {}, to, allow: ['127.0.0.1'] })
  return proxy.port
}

/** Passes everything on, and keeps nothing. */
async function mockttp(path: string): Promise<number> {
  const { getLocal }: Mockttp = await import(path)
  const server = getLocal({ recordTraffic: false })
  await server.start()
  await server.forAnyRequest().thenPassThrough()
  return server.port
}

async function echo(): Promise<number> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  server.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })))
  await once(server, 'listening')
  return Number(Object(server.address()).port)
}
