import type { Socket } from 'node:net'
import { clearTimeout, setImmediate, setTimeout } from '../timers.ts'

/** What the first bytes say; `'more'`: they are too few to say anything. */
export type Verdict<Found> = Found | 'more'

/**
 * Reads what a client says first, until `judge` knows what it is, and puts back what was not consumed: the next reader of the socket sees
 * these bytes again.
 *
 * Resolves with `'ended'` if the client ends or fails before, and with `'late'` after `limit` milliseconds.
 */
export async function firstBytes<Found>(
  socket: Socket,
  limit: number | undefined,
  judge: (bytes: Buffer) => Verdict<Found>,
  consumed: (found: Found) => number = () => 0,
): Promise<Found | 'ended' | 'late'> {
  let bytes: Buffer = Buffer.alloc(0)
  const found = await new Promise<Found | 'ended' | 'late'>((resolve) => {
    const timer = limit === undefined ? undefined : setTimeout(() => settle('late'), limit)
    const onReadable = (): void => {
      for (let chunk: unknown = socket.read(); chunk instanceof Buffer; chunk = socket.read()) {
        bytes = Buffer.concat([bytes, chunk])
        const verdict = judge(bytes)
        if (verdict !== 'more') return settle(verdict)
      }
    }
    const onEnd = (): void => settle('ended')
    const settle = (result: Found | 'ended' | 'late'): void => {
      if (timer !== undefined) clearTimeout(timer)
      socket.off('readable', onReadable).off('end', onEnd).off('close', onEnd).off('error', onEnd)
      resolve(result)
    }
    socket.on('readable', onReadable).on('end', onEnd).on('close', onEnd).on('error', onEnd)
    onReadable()
  })
  if (found !== 'ended' && found !== 'late') bytes = bytes.subarray(consumed(found))
  if (bytes.length > 0 && found !== 'ended') socket.unshift(bytes)
  // A turn later the socket flows again for its next reader.
  await new Promise((resolve) => void setImmediate(resolve))
  return found
}
