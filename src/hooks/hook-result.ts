import { isFieldValue, isTarget, isToken } from '../http1/grammar.ts'
import type { HookInteraction } from './taped-exchanges.ts'

/** What a hook gave for a message, as byte strings. */
export interface NewMessage {
  /** Target of a request, or `status reason` of a response. */
  readonly subject: string
  readonly headers: readonly NewHeader[]
  readonly body: string
}

export interface NewHeader {
  readonly name: string
  readonly value: string
}

/** What a hook gave for an exchange. */
export interface NewExchange {
  readonly request: NewMessage
  readonly response: NewMessage | undefined
}

/** Reads what a hook gave, which may be anything. @throws TypeError that says what is wrong with it. */
export function readHookResult(result: unknown, { request, response }: HookInteraction): NewExchange {
  if (!isRecord(result)) throw new TypeError(`it gave ${kindOf(result)} and not the interaction`)
  const given = result['request']
  if (!isRecord(given)) throw new TypeError(`its request is ${kindOf(given)}`)
  if (given['method'] !== request.method) throw new TypeError('its method is another one')
  if ((result['response'] === undefined) !== (response === undefined))
    throw new TypeError(response === undefined ? 'it has a response where none came' : 'its response is missing')
  const target = given['target']
  if (typeof target !== 'string' || !isTarget(target)) throw new TypeError(`its target is ${kindOf(target)}`)
  return {
    request: { subject: target, ...readFieldsAndBody(given, 'request') },
    response: response === undefined ? undefined : readHookResponse(result['response'], response.status),
  }
}

/** Reads what a hook gave for a response; `before` is the status that it had. @throws TypeError that says what is wrong with it. */
export function readHookResponse(given: unknown, before: number): NewMessage {
  if (!isRecord(given)) throw new TypeError(`its response is ${kindOf(given)}`)
  const { status, reason } = given
  if (typeof status !== 'number' || !/^[1-9]\d\d$/.test(String(status)))
    throw new TypeError(`its status is ${kindOf(status)}`)
  // After such an answer comes something else than after others.
  if (status !== before && (status < 200 || before < 200))
    throw new TypeError(`its status is ${status}, and was ${before}`)
  if (typeof reason !== 'string' || !isFieldValue(reason)) throw new TypeError(`its reason is ${kindOf(reason)}`)
  return { subject: `${status} ${reason}`, ...readFieldsAndBody(given, 'response') }
}

function readFieldsAndBody(
  given: Readonly<Record<string, unknown>>,
  what: string,
): Pick<NewMessage, 'headers' | 'body'> {
  const { headers, body } = given
  if (!Array.isArray(headers)) throw new TypeError(`the headers of its ${what} are ${kindOf(headers)} and no list`)
  return { headers: Array.from(headers, (header: unknown) => readHeader(header, what)), body: readBody(body, what) }
}

function readHeader(header: unknown, what: string): NewHeader {
  const [name, value]: readonly unknown[] = Array.isArray(header) && header.length === 2 ? header : []
  if (typeof name !== 'string' || typeof value !== 'string' || !isToken(name) || !isFieldValue(value))
    throw new TypeError(`one of the headers of its ${what} is not a pair of a name and a value`)
  return { name, value: value.trim() }
}

function readBody(body: unknown, what: string): string {
  if (typeof body === 'string') return Buffer.from(body).toString('latin1')
  // Of another realm, as some test runners have them, it is no instance.
  if (!ArrayBuffer.isView(body)) throw new TypeError(`the body of its ${what} is ${kindOf(body)}`)
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** What a value is, without the value: it may hold what is not to be told. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'string' ? 'a text that may not stand there' : `of type ${typeof value}`
}
