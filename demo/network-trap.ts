import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

/** Counts every attempt to reach a network, and lets none through. */
export interface NetworkTrap extends Disposable {
  readonly connects: number
  readonly lookups: number
}

/** Closes the way out of this process for TCP, TLS, pipes and name look-ups, until the trap is disposed of. */
export function trapNetwork(): NetworkTrap {
  const caught = { connects: 0, lookups: 0 }
  const releaseConnect = replace(net.Socket.prototype, 'connect', () => {
    caught.connects += 1
    throw new Error('a socket was opened while the network is trapped')
  })
  const releaseLookup = replace(dns, 'lookup', () => {
    caught.lookups += 1
    throw new Error('a name was looked up while the network is trapped')
  })
  syncBuiltinESMExports() // for those who wrote `import { lookup } from 'node:dns'`

  return {
    get connects() {
      return caught.connects
    },
    get lookups() {
      return caught.lookups
    },
    [Symbol.dispose]() {
      releaseConnect()
      releaseLookup()
      syncBuiltinESMExports()
    },
  }
}

/** Puts another function in the place of a method, and gives the way back. */
function replace(owner: object, method: string, standIn: () => never): () => void {
  const original: unknown = Reflect.get(owner, method)
  Reflect.set(owner, method, standIn)
  return () => void Reflect.set(owner, method, original)
}
