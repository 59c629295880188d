/**
 * Serves each canned answer on a port of its own, in a process of its own, with as little work as possible, because only
 * the client is measured.
 *
 * Started by `server-process.ts`: sends its ports in a message, and ends with its parent.
 */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { type Answer, HUNDRED_CHUNKS, MEGABYTE, SIXTY_FOUR_KILOBYTES, SMALL, TEN_KILOBYTES, VARIED } from './answers.ts'
import { HeadEnds } from './head-ends.ts'

const ANSWERS = {
  SMALL: [SMALL],
  VARIED,
  TEN_KILOBYTES: [TEN_KILOBYTES],
  SIXTY_FOUR_KILOBYTES: [SIXTY_FOUR_KILOBYTES],
  MEGABYTE: [MEGABYTE],
  HUNDRED_CHUNKS: [HUNDRED_CHUNKS],
} as const

/** The port of each answer. */
export type Ports = Readonly<Record<keyof typeof ANSWERS, number>>

/** Answers every request of a connection, in turns; requests that came in one segment are answered by one write. */
function serve(socket: Socket, answers: readonly Answer[]): void {
  const answersTo = answers.map(({ bytes }) => [Buffer.alloc(0), bytes])
  const heads = new HeadEnds()
  let turn = 0
  socket.on('error', () => socket.destroy())
  socket.on('data', (segment: Buffer) => {
    const requests = heads.count(segment)
    if (requests === 0) return
    turn = (turn + 1) % answers.length
    const mine = answersTo[turn]
    const bytes = (mine ?? [])[requests] ?? several(answers, turn, requests)
    if (mine !== undefined) mine[requests] = bytes
    socket.write(bytes)
  })
}

function several(answers: readonly Answer[], turn: number, count: number): Buffer {
  const bytesOf = (index: number): Uint8Array => answers[(turn + index) % answers.length]?.bytes ?? Buffer.alloc(0)
  return Buffer.concat(Array.from({ length: count }, (_, index) => bytesOf(index)))
}

async function listen(answers: readonly Answer[]): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => serve(socket, answers))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

const ports: [name: string, port: number][] = []
for (const [name, answers] of Object.entries(ANSWERS)) ports.push([name, await listen(answers)])
process.send?.(Object.fromEntries(ports))
process.once('disconnect', () => process.exit())
