/**
 * Serves each canned answer on a port of its own, in a process of its own, with as little work as can be: what is
 * measured is the client.
 *
 * Started by `server-process.ts`: tells its ports in a message, and ends with its parent.
 */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { type Answer, HUNDRED_CHUNKS, MEGABYTE, SIXTY_FOUR_KILOBYTES, SMALL, TEN_KILOBYTES } from './answers.ts'
import { HeadEnds } from './head-ends.ts'

const ANSWERS = { SMALL, TEN_KILOBYTES, SIXTY_FOUR_KILOBYTES, MEGABYTE, HUNDRED_CHUNKS } as const

/** Where each answer is served. */
export type Ports = Readonly<Record<keyof typeof ANSWERS, number>>

/** Answers every request of a connection; requests that came in one segment are answered by one write. */
function serve(socket: Socket, { bytes }: Answer): void {
  const answersTo = [Buffer.alloc(0), bytes]
  const heads = new HeadEnds()
  socket.on('error', () => socket.destroy())
  socket.on('data', (segment: Buffer) => {
    const requests = heads.count(segment)
    answersTo[requests] ??= Buffer.concat(Array.from({ length: requests }, () => bytes))
    if (requests > 0) socket.write(answersTo[requests] ?? '')
  })
}

async function listen(answer: Answer): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => serve(socket, answer))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

const ports: [name: string, port: number][] = []
for (const [name, answer] of Object.entries(ANSWERS)) ports.push([name, await listen(answer)])
process.send?.(Object.fromEntries(ports))
process.once('disconnect', () => process.exit())
