/**
 * Reads a large body slowly, and prints as JSON what came and how much memory that took.
 *
 * `tsx --expose-gc slow-reader-process.ts BYTES`
 */
import { createHash, randomFillSync } from 'node:crypto'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { afterRequests, serve } from '../helpers/live-server.ts'
import { finallyHeldBytes } from '../helpers/memory.ts'

export interface SlowReaderReport {
  readonly bytes: number
  readonly isSame: boolean
  /** The most bytes of the process beyond what it had before: of all its memory, and of what lives. */
  readonly rssGrowth: number
  readonly heldGrowth: number
  /** The most bytes that the server could send ahead of the reader. */
  readonly ahead: number
}

/** The reader pauses so often, bytes. */
const PAUSE_EVERY = 262_144

const size = Number(process.argv[2])
const sentDigest = createHash('sha256')
let sent = 0

await using server = await serve((socket) => afterRequests(socket, 1, () => void send(socket)))
await using connection = HttpConnection.to(`http://127.0.0.1:${server.port}`)
const before = { rss: process.memoryUsage().rss, held: await finallyHeldBytes() }
const most = { rss: before.rss, held: before.held, ahead: 0 }
const receivedDigest = createHash('sha256')
let received = 0
let pauseAt = PAUSE_EVERY
await connection.request('GET', '/')
for await (const piece of (await connection.getResponse()).body) {
  receivedDigest.update(piece)
  received += piece.length
  if (received < pauseAt) continue
  pauseAt += PAUSE_EVERY
  await delay(2)
  most.rss = Math.max(most.rss, process.memoryUsage().rss)
  most.ahead = Math.max(most.ahead, sent - received)
  if (pauseAt % (32 * PAUSE_EVERY) === 0) most.held = Math.max(most.held, await finallyHeldBytes())
}
const report: SlowReaderReport = {
  bytes: received,
  isSame: sentDigest.digest('hex') === receivedDigest.digest('hex'),
  rssGrowth: most.rss - before.rss,
  heldGrowth: most.held - before.held,
  ahead: most.ahead,
}
process.stdout.write(JSON.stringify(report))

async function send(socket: Socket): Promise<void> {
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`)
  while (sent < size) {
    const block = randomFillSync(Buffer.allocUnsafe(Math.min(65_536, size - sent)))
    sentDigest.update(block)
    sent += block.length
    if (!socket.write(block)) await new Promise((resolve) => socket.once('drain', resolve))
  }
  // It may end while its reader still pauses.
  socket.end()
}
