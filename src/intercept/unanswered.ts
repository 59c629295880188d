import type { IncomingMessage } from 'node:http'
import { objectIn } from './channel-message.ts'
import type { Scope } from './scopes.ts'

/**
 * Which requests wait for the end of their answers, on each client's socket.
 *
 * A pool keeps a connection when a test ends. It is cut off only if a request of that test is still under way. Both clients say when they have
 * read an answer to its end, before the code that asked goes on.
 */
export class Unanswered {
  readonly #bySocket = new WeakMap<object, Scope[]>()
  /** Of undici's requests. */
  readonly #socketOf = new WeakMap<object, object>()
  readonly #channels: Readonly<Record<string, (message: unknown) => void>> = {
    'undici:client:sendHeaders': (message) => this.#onSend(message),
    'undici:request:trailers': (message) => this.#onUndiciEnd(message),
    // It comes with the head of the answer.
    'http.client.response.finish': (message) => this.#onHttpHead(message),
  }

  /** Returns what ends it. */
  listen(): () => void {
    const { subscribe, unsubscribe } = process.getBuiltinModule('node:diagnostics_channel')
    for (const [name, listener] of Object.entries(this.#channels)) subscribe(name, listener)
    return () => {
      for (const [name, listener] of Object.entries(this.#channels)) unsubscribe(name, listener)
    }
  }

  /** The head of a request of `scope` is being written on `socket`. */
  asked(socket: object, scope: Scope): void {
    const scopes = this.#bySocket.get(socket)
    if (scopes === undefined) this.#bySocket.set(socket, [scope])
    else scopes.push(scope)
  }

  /** Whether a request of `scope` is under way on `socket`. */
  has(socket: object, scope: Scope): boolean {
    return this.#bySocket.get(socket)?.includes(scope) === true
  }

  #onSend(message: unknown): void {
    const [request, socket] = [objectIn(message, 'request'), objectIn(message, 'socket')]
    if (request !== undefined && socket !== undefined) this.#socketOf.set(request, socket)
  }

  #onUndiciEnd(message: unknown): void {
    const request = objectIn(message, 'request')
    const socket = request && this.#socketOf.get(request)
    if (socket !== undefined) this.#answered(socket)
  }

  #onHttpHead(message: unknown): void {
    const socket = objectIn(objectIn(message, 'request'), 'socket')
    const response = objectIn(message, 'response')
    if (socket === undefined || !isResponse(response)) return
    // Before the listeners of the program, which may end the test.
    response.prependOnceListener('end', () => this.#answered(socket))
  }

  /** Answers come in the order of the requests. */
  #answered(socket: object): void {
    this.#bySocket.get(socket)?.shift()
  }
}

const isResponse = (value: object | undefined): value is IncomingMessage =>
  value !== undefined && typeof Reflect.get(value, 'prependOnceListener') === 'function'
