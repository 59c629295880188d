import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { sharedPlace } from './hook.ts'

/** Runs code in the asynchronous context that a request belongs to. */
export type Within = <Result>(run: () => Result) => Result

/** Decides about the requests that reach the servers of this process. */
export interface Reception {
  /** The name of the field, in lower case. A request without it is left alone. */
  readonly field: string
  /** Returns the context of a request; `greeting` if it only asks whether somebody is here; `undefined` to leave it alone. */
  readonly receive: (value: string) => Context | 'greeting' | undefined
}

/** The asynchronous context of a request. */
export interface Context {
  readonly within: Within
  /** What the request has to wait for. It never rejects. */
  readonly ready: Promise<void> | undefined
}

/** The field by which a greeting is answered. */
export const GREETED = 'wiretape-app'

const RECEPTION = Symbol.for('wiretape.reception')

/**
 * Lets `reception` see each request to a server of this process before the program does: what handles the request runs in its context.
 *
 * All servers of Node emit their requests as `net.Server`, whatever framework has made them.
 */
export function receiveRequests(reception: Reception): void {
  if (Reflect.has(sharedPlace(), RECEPTION)) return
  Object.defineProperty(sharedPlace(), RECEPTION, { value: reception })
  const { prototype } = process.getBuiltinModule('node:net').Server
  const original: Function = Reflect.get(prototype, 'emit')
  const emit = function (this: EventEmitter, ...args: readonly unknown[]): unknown {
    const goOn = (): unknown => Reflect.apply(original, this, args)
    const [event, request, answerer] = args
    if (typeof event !== 'string' || !REQUEST_EVENTS.has(event) || !isRequest(request)) return goOn()
    const context = contextOf(request, reception)
    if (context === undefined) return goOn()
    if (context === 'greeting') return greet(answerer)
    const { within, ready } = context
    remainWithin(request, answerer, within)
    if (ready === undefined) return within(goOn)
    // Its bytes wait, as nobody listens yet.
    void ready.then(() => within(goOn))
    return true
  }
  Object.defineProperty(prototype, 'emit', { value: emit, writable: true, configurable: true })
}

const REQUEST_EVENTS: ReadonlySet<string> = new Set(['request', 'upgrade', 'checkContinue', 'checkExpectation'])

/** Takes the field off the request, so that the program never sees it. */
function contextOf(request: IncomingMessage, { field, receive }: Reception): Context | 'greeting' | undefined {
  const value = request.headers[field]
  const context = typeof value === 'string' ? receive(value) : undefined
  if (context === undefined) return undefined
  delete request.headers[field]
  const { rawHeaders } = request
  for (let at = rawHeaders.length - 2; at >= 0; at -= 2)
    if (rawHeaders[at]?.toLowerCase() === field) rawHeaders.splice(at, 2)
  return context
}

function greet(answerer: unknown): boolean {
  if (isResponse(answerer)) answerer.writeHead(204, { [GREETED]: '1' }).end()
  return true
}

/**
 * Bytes of a request arrive later, and those of a WebSocket much later, in the context of the connection: its listeners shall run in that of
 * the request, too.
 */
function remainWithin(request: IncomingMessage, answerer: unknown, within: Within): void {
  emitWithin(request, within)
  if (isResponse(answerer)) emitWithin(answerer, within)
  // The socket of an HTTP/2 request is shared by others, and only looks like one.
  if (request.httpVersionMajor === 1) emitWithin(request.socket, within)
}

/** The context of each socket's last request. */
const contexts = new WeakMap<EventEmitter, Within>()

function emitWithin(emitter: EventEmitter | Socket, within: Within): void {
  const isKnown = contexts.has(emitter)
  contexts.set(emitter, within)
  if (isKnown) return
  const original: Function = Reflect.get(emitter, 'emit')
  const emit = function (this: EventEmitter, ...args: readonly unknown[]): unknown {
    const now = contexts.get(emitter)
    const goOn = (): unknown => Reflect.apply(original, this, args)
    return now === undefined ? goOn() : now(goOn)
  }
  Object.defineProperty(emitter, 'emit', { value: emit, writable: true, configurable: true })
}

const isRequest = (value: unknown): value is IncomingMessage =>
  typeof value === 'object' && value !== null && 'headers' in value && 'rawHeaders' in value

const isResponse = (value: unknown): value is ServerResponse =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'writeHead') === 'function'
