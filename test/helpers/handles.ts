import { nextTurn } from './scripted-transport.ts'

/** Sockets, servers, pipes and timers: what keeps a process alive. */
const KINDS = /^(?:TCP|TLS|Pipe|Timeout|Immediate)/

/** The kinds of all that is open in this process. */
export const openHandles = (): string[] => process.getActiveResourcesInfo().filter((kind) => KINDS.test(kind))

/**
 * Notes what is open. The function that it gives reports what is open beyond that, once it has had the time to close.
 */
export function noteHandles(): () => Promise<string[]> {
  const before = openHandles()
  return async () => {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      if (beyond(before).length === 0) return []
      await nextTurn()
    }
    return beyond(before)
  }
}

/** Closing takes a few turns of the event loop, and the other side's. */
const MAX_TURNS = 1_000

function beyond(before: readonly string[]): string[] {
  const known = [...before]
  return openHandles().filter((kind) => {
    const index = known.indexOf(kind)
    if (index !== -1) known.splice(index, 1)
    return index === -1
  })
}
