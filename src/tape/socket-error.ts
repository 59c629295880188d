import { errnoOf } from '../system-error.ts'
import type { SocketError } from './cassette.ts'

/** An error of a socket as a cassette keeps it: its properties that are text or whole numbers. */
export function describeError(error: Error): SocketError {
  const code = own(error, 'code')
  const facts = factsOf(error)
  return {
    message: error.message,
    ...(error.name !== 'Error' && { name: error.name }),
    ...(typeof code === 'string' && { code }),
    ...(Object.keys(facts).length > 0 && { facts }),
    ...(error instanceof AggregateError && { errors: error.errors.filter(isError).map(describeError) }),
  }
}

/** Creates the error again, with the numbers that this system has for its codes. */
export function rebuildError({ message, name, code, facts = {}, errors }: SocketError): Error {
  // The message of Node's own AggregateError is empty, and not an own property.
  const text = message === '' ? undefined : message
  const error = errors === undefined ? new Error(text) : new AggregateError(errors.map(rebuildError), text)
  if (name !== undefined && name !== error.name) Object.defineProperty(error, 'name', { value: name })
  const { errno } = facts
  const ownNumber = code === undefined || typeof errno !== 'number' ? {} : { errno: errnoOf(code) ?? errno }
  return Object.assign(error, facts, ownNumber, code !== undefined && { code })
}

/** The error as text, for the checksum of a record. */
export function textOfError({ message, name = '-', code = '-', facts = {}, errors = [] }: SocketError): string {
  const lines = Object.keys(facts)
    .toSorted()
    .map((key) => `${key}=${facts[key]}\n`)
  const head = `error ${name} ${code} ${Buffer.byteLength(message)}\n${message}`
  return [head, ...lines, ...errors.map(textOfError)].join('')
}

function factsOf(error: Error): Readonly<Record<string, string | number>> {
  const facts: Record<string, string | number> = {}
  for (const [key, value] of Object.entries(error))
    if (/^[a-z]\w*$/i.test(key) && !TOLD_OTHERWISE.has(key) && isFact(value)) facts[key] = value
  return facts
}

const TOLD_OTHERWISE: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'code', 'cause', 'errors'])

const isFact = (value: unknown): value is string | number => typeof value === 'string' || Number.isSafeInteger(value)

const isError = (value: unknown): value is Error => value instanceof Error

const own = (error: object, key: string): unknown => (Object.hasOwn(error, key) ? Reflect.get(error, key) : undefined)
