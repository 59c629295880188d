/**
 * The same GET by every client: one connection, the status checked, the whole body taken as bytes.
 *
 * A named function inside a hot loop costs extra under tsx, which keeps the names; so there is none here.
 */
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { Client as Undici } from 'undici'
import { HttpConnection } from 'wiretape'
import type { Answer } from './answers.ts'

export interface Client {
  /** Reads the answer to its last byte; returns the length of its body. */
  get(): Promise<number>
  /** Sends this many requests before it reads the first answer; returns the length of all bodies. */
  getPipelined(depth: number): Promise<number>
  close(): Promise<void> | void
}

/** The settings of a client. */
export interface Route {
  /** Of 127.0.0.1. */
  readonly port: number
  /** The only target that is served. */
  readonly answer: Answer
  /** Requests in flight, at most. */
  readonly depth: number
}

export type OpenClient = (route: Route) => Client | Promise<Client>

export const openHttpConnection: OpenClient = (route) => new HttpConnectionClient(route)

export const openUndici: OpenClient = (route) => new UndiciClient(route)

export const openNodeHttp: OpenClient = (route) => new NodeHttpClient(route)

export const openNet: OpenClient = async (route) => {
  const { port } = route
  const socket = connect({ port, host: HOST, noDelay: true })
  await once(socket, 'connect')
  return new NetClient(socket, route)
}

const HOST = '127.0.0.1'

class HttpConnectionClient implements Client {
  readonly #connection: HttpConnection

  constructor({ port }: Route) {
    this.#connection = HttpConnection.to(`http://${HOST}:${port}`)
  }

  async get(): Promise<number> {
    await this.#connection.request('GET', '/')
    return this.#read()
  }

  async getPipelined(depth: number): Promise<number> {
    const sent = []
    for (let i = 0; i < depth; i += 1) sent.push(this.#connection.request('GET', '/'))
    await Promise.all(sent)
    let length = 0
    for (let i = 0; i < depth; i += 1) length += await this.#read()
    return length
  }

  close(): Promise<void> {
    return this.#connection.close()
  }

  async #read(): Promise<number> {
    const response = await this.#connection.getResponse()
    checkStatus(response.status)
    const body = await response.bytes()
    return body.length
  }
}

class UndiciClient implements Client {
  readonly #client: Undici

  constructor({ port, depth }: Route) {
    this.#client = new Undici(`http://${HOST}:${port}`, { pipelining: depth })
  }

  async get(): Promise<number> {
    const response = await this.#client.request({ method: 'GET', path: '/' })
    checkStatus(response.statusCode)
    const body = await response.body.bytes()
    return body.length
  }

  async getPipelined(depth: number): Promise<number> {
    const lengths = []
    for (let i = 0; i < depth; i += 1) lengths.push(this.get())
    return sum(await Promise.all(lengths))
  }

  close(): Promise<void> {
    return this.#client.destroy()
  }
}

class NodeHttpClient implements Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #port: number

  constructor({ port }: Route) {
    this.#port = port
  }

  async get(): Promise<number> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get({ host: HOST, port: this.#port, path: '/', agent: this.#agent }, resolve).on('error', reject)
    })
    checkStatus(response.statusCode)
    const pieces: Buffer[] = []
    await new Promise((resolve, reject) => {
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('end', resolve)
      response.on('error', reject)
    })
    const [first] = pieces
    const body = pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces)
    return body.length
  }

  getPipelined(): Promise<number> {
    throw new Error('node:http does not pipeline')
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** Knows the number of bytes beforehand and only counts them: the limit of the socket itself. */
class NetClient implements Client {
  readonly #socket: Socket
  readonly #request: Buffer
  readonly #answer: Answer
  #missing = 0
  #onComplete: (() => void) | undefined

  constructor(socket: Socket, { port, answer }: Route) {
    this.#socket = socket
    this.#request = Buffer.from(`GET / HTTP/1.1\r\nHost: ${HOST}:${port}\r\n\r\n`)
    this.#answer = answer
    socket.on('data', (segment: Buffer) => {
      this.#missing -= segment.length
      if (this.#missing <= 0) this.#onComplete?.()
    })
  }

  get(): Promise<number> {
    return this.getPipelined(1)
  }

  async getPipelined(depth: number): Promise<number> {
    this.#missing = depth * this.#answer.bytes.length
    this.#socket.write(depth === 1 ? this.#request : Buffer.concat(Array.from({ length: depth }, () => this.#request)))
    await new Promise<void>((resolve) => {
      this.#onComplete = resolve
    })
    return depth * this.#answer.bodyLength + this.#missing
  }

  close(): void {
    this.#socket.destroy()
  }
}

function checkStatus(status: number | undefined): void {
  if (status !== 200) throw new Error(`expected 200, got ${status}`)
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
