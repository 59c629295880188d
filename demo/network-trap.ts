import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

/** Counts and blocks every attempt to reach a network. */
export interface NetworkTrap extends Disposable {
  readonly connects: number
  readonly lookups: number
}

/** Blocks TCP, TLS, pipes and name look-ups in this process until the trap is disposed of. */
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
  syncBuiltinESMExports() // for code with `import { lookup } from 'node:dns'`

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

/** Replaces a method; returns a function that restores it. */
function replace(owner: object, method: string, standIn: () => never): () => void {
  const original: unknown = Reflect.get(owner, method)
  Reflect.set(owner, method, standIn)
  return () => void Reflect.set(owner, method, original)
}
