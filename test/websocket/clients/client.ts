import { Agent as HttpAgent } from 'node:http'
import { Agent, WebSocket as UndiciSocket } from 'undici'
import { type RawData, WebSocket } from 'ws'
import { nodeConnect, undiciConnect } from '../../../src/client/to-socket.ts'
import type { Connector } from '../../../src/transport.ts'

/** What the clients of this folder have in common. */
export interface Socket {
  send(data: string | Uint8Array): void
  close(code?: number, reason?: string): void
  /** What happens next: `open`, `text: ...`, `binary: ...`, `close 1000 done`. */
  next(): Promise<string>
}

export type OpenSocket = (url: string) => Socket

/** What a client saw and nobody has asked for. */
export class Events {
  readonly #events: string[] = []
  readonly #waiting: ((event: string) => void)[] = []

  add(event: string): void {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#events.push(event)
    else waiting(event)
  }

  next(): Promise<string> {
    const event = this.#events.shift()
    return event === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(event)
  }
}

const shown = (data: Uint8Array, isBinary: boolean): string =>
  isBinary ? `binary: ${Buffer.from(data).toString('hex')}` : `text: ${Buffer.from(data).toString()}`

/** The client `ws`. @param connector absent: it connects by itself, as in a program. */
export const wsClient =
  (connector?: Connector): OpenSocket =>
  (url) => {
    const events = new Events()
    const agent = connector && Object.assign(new HttpAgent(), { createConnection: nodeConnect(connector) })
    const socket = new WebSocket(url, { agent })
    socket.on('open', () => events.add(`open ${socket.extensions}`))
    socket.on('message', (data, isBinary) => events.add(shown(toBytes(data), isBinary)))
    socket.on('pong', (data) => events.add(`pong ${data.toString()}`))
    socket.on('close', (code, reason) => events.add(`close ${code} ${reason.toString()}`))
    socket.on('error', (error) => events.add(`error ${error.message.split('\n')[0]}`))
    return {
      send: (data) => socket.send(data),
      close: (code, reason) => socket.close(code, reason),
      next: () => events.next(),
    }
  }

export const toBytes = (data: RawData): Uint8Array =>
  Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? new Uint8Array(data) : data

/** The WebSocket of undici, which is that of Node from 22 on. */
export const undiciClient =
  (connector?: Connector): OpenSocket =>
  (url) => {
    const events = new Events()
    const dispatcher = new Agent(connector === undefined ? {} : { connect: undiciConnect(connector) })
    const socket = new UndiciSocket(url, { dispatcher })
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('open', () => events.add(`open ${socket.extensions}`))
    socket.addEventListener('message', ({ data }: { data: unknown }) =>
      events.add(
        typeof data === 'string'
          ? `text: ${data}`
          : shown(new Uint8Array(data instanceof ArrayBuffer ? data : []), true),
      ),
    )
    socket.addEventListener('close', ({ code, reason }: { code: number; reason: string }) =>
      events.add(`close ${code} ${reason}`),
    )
    socket.addEventListener('error', () => events.add('error'))
    return {
      send: (data) => socket.send(typeof data === 'string' ? data : Buffer.from(data)),
      close: (code, reason) => socket.close(code, reason),
      next: () => events.next(),
    }
  }
