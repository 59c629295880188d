import { isMocked } from './hook.ts'

/** A request on a socket that is not known here. */
export interface Escape {
  readonly socket: object
  /** Such as `https://api.example.com`. */
  readonly origin: string
}

/**
 * Finds requests on sockets that were connected before this process was hooked: nothing else shows these, as a pool that is warm
 * connects no more.
 *
 * `node:http` and undici publish each request before they write it.
 */
export class Escapes {
  readonly #isKnown: (socket: object) => boolean
  readonly #onEscape: (escape: Escape) => void

  constructor(isKnown: (socket: object) => boolean, onEscape: (escape: Escape) => void) {
    this.#isKnown = isKnown
    this.#onEscape = onEscape
  }

  /** Returns what ends it. */
  listen(): () => void {
    const channels = process.getBuiltinModule('node:diagnostics_channel')
    channels.subscribe('undici:client:sendHeaders', this.#onUndici)
    channels.subscribe('http.client.request.start', this.#onHttp)
    return () => {
      channels.unsubscribe('undici:client:sendHeaders', this.#onUndici)
      channels.unsubscribe('http.client.request.start', this.#onHttp)
    }
  }

  readonly #onUndici = (message: unknown): void => {
    const { request, socket } = Object(message)
    this.#check(socket, String(Object(request).origin))
  }

  readonly #onHttp = (message: unknown): void => {
    const { request } = Object(message)
    const { protocol, socket, once, getHeader } = Object(request)
    if (typeof getHeader !== 'function') return
    const origin = `${String(protocol)}//${String(Reflect.apply(getHeader, request, ['host']))}`
    if (socket !== null && socket !== undefined) this.#check(socket, origin)
    else if (typeof once === 'function')
      Reflect.apply(once, request, ['socket', (given: unknown): void => this.#check(given, origin)])
  }

  #check(socket: unknown, origin: string): void {
    if (isOfSystem(socket) && !isMocked(socket) && !this.#isKnown(socket)) this.#onEscape({ socket, origin })
  }
}

/** Whether it is a socket of the operating system, and not what another library has made instead of one. */
const isOfSystem = (socket: unknown): socket is object =>
  typeof socket === 'object' && socket !== null && Boolean(Reflect.get(socket, '_handle'))

/** Ends the connections that wait in Node's own agents: the next request makes a new one, which is seen. */
export function emptyAgents(): void {
  const agents = [process.getBuiltinModule('node:http').globalAgent, process.getBuiltinModule('node:https').globalAgent]
  for (const { freeSockets } of agents)
    for (const sockets of Object.values(freeSockets)) for (const socket of sockets ?? []) socket.destroy()
}
